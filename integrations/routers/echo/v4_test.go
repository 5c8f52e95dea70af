package main

import (
	"net/http"
	"testing"

	"github.com/httpsec/httpsec/integrations/internal/routertest"
	"github.com/labstack/echo/v4"
)

// TestVersion4 does to echo v4 what the example does to v5.
func TestVersion4(t *testing.T) {
	noContent := func(c echo.Context) error { return c.NoContent(http.StatusNoContent) }
	t.Run("whole", func(t *testing.T) {
		e := echo.New()
		e.GET("/health", noContent)
		e.PUT("/api/events/:id", noContent)
		routertest.Whole(t, secure(cors(e)))
	})
	t.Run("use", func(t *testing.T) {
		e := echo.New()
		e.Use(echo.WrapMiddleware(secure), echo.WrapMiddleware(cors))
		e.GET("/health", noContent)
		e.PUT("/api/events/:id", noContent)
		routertest.Whole(t, e)
	})
	t.Run("group", func(t *testing.T) {
		e := echo.New()
		e.GET("/health", noContent)
		api := e.Group("/api", echo.WrapMiddleware(cors))
		api.PUT("/events/:id", noContent)
		routertest.Group(t, secure(e), http.StatusNotFound)
	})
}
