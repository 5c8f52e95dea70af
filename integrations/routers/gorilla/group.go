package main

import (
	"net/http"

	"github.com/gorilla/mux"
)

// group mounts a second router: what a Subrouter has is Use, which sees only what a
// route matches, and none matches OPTIONS.
func group() http.Handler {
	router, api := mux.NewRouter(), mux.NewRouter()
	router.HandleFunc("/health", noContent).Methods("GET")
	router.PathPrefix("/api/").Handler(cors(api))
	api.HandleFunc("/api/events/{id}", noContent).Methods("PUT")
	return secure(router)
}
