package main

import (
	"net/http"
	"testing"

	"github.com/httpsec/httpsec/integrations/internal/routertest"
	"github.com/labstack/echo/v5"
)

func TestWhole(t *testing.T) { routertest.Whole(t, whole()) }

func TestGroup(t *testing.T) { routertest.Group(t, group(), http.StatusNotFound) }

// TestUse mounts the middleware between echo's own, which run for what no route
// matches, too.
func TestUse(t *testing.T) {
	e := echo.New()
	e.Use(echo.WrapMiddleware(secure), echo.WrapMiddleware(cors))
	e.GET("/health", noContent)
	e.PUT("/api/events/:id", noContent)
	routertest.Whole(t, e)
}
