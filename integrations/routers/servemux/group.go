package main

import "net/http"

// group names no method for /api/, so that preflights get there.
func group() http.Handler {
	mux, api := http.NewServeMux(), http.NewServeMux()
	mux.HandleFunc("GET /health", noContent)
	mux.Handle("/api/", cors(api))
	api.HandleFunc("PUT /api/events/{id}", noContent)
	return secure(mux)
}
