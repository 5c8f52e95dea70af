package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// group mounts a second engine: a RouterGroup wraps only its own routes, none of
// which is OPTIONS, and no 404.
func group() http.Handler {
	engine, api := gin.New(), gin.New()
	engine.GET("/health", noContent)
	engine.Any("/api/*path", gin.WrapH(cors(api)))
	api.HandleMethodNotAllowed = true
	api.PUT("/api/events/:id", noContent)
	return secure(engine)
}
