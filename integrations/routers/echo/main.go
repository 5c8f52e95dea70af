// Command echo mounts the middleware around an Echo, or, started with the
// argument "group", around /api only.
package main

import (
	"log"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/labstack/echo/v5"
)

var (
	secure = httpsec.Must(httpsec.SecurityHeaders(httpsec.APIHeaders()))
	cors   = httpsec.Must(httpsec.CORS(httpsec.DefaultConfig()))
)

func noContent(c *echo.Context) error { return c.NoContent(http.StatusNoContent) }

func whole() http.Handler {
	e := echo.New()
	e.GET("/health", noContent)
	e.PUT("/api/events/:id", noContent)
	return secure(cors(e))
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: whole(), ReadHeaderTimeout: 5 * time.Second}
	if slices.Contains(os.Args, "group") {
		server.Handler = group()
	}
	log.Fatal(server.ListenAndServe())
}
