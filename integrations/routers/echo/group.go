package main

import (
	"net/http"

	"github.com/labstack/echo/v5"
)

// group needs no route for OPTIONS: a Group that has middleware brings a catch-all,
// which also makes its 405s 404s.
func group() http.Handler {
	e := echo.New()
	e.GET("/health", noContent)
	api := e.Group("/api", echo.WrapMiddleware(cors))
	api.PUT("/events/:id", noContent)
	return secure(e)
}
