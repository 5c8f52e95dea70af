package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

// group uses Route: Group and With wrap single routes, none of which is OPTIONS.
func group() http.Handler {
	router := chi.NewRouter()
	router.Use(secure)
	router.Get("/health", noContent)
	router.Route("/api", func(api chi.Router) {
		api.Use(cors)
		api.Put("/events/{id}", noContent)
	})
	return router
}
