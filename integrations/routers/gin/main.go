// Command gin mounts the middleware around a gin engine, or, started with the
// argument "group", around /api only, or, with "midchain", between gin's own.
package main

import (
	"log"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/httpsec/httpsec"
)

var (
	secure = httpsec.Must(httpsec.SecurityHeaders(httpsec.APIHeaders()))
	cors   = httpsec.Must(httpsec.CORS(httpsec.DefaultConfig()))
)

func noContent(c *gin.Context) { c.Status(http.StatusNoContent) }

func whole() http.Handler {
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.GET("/health", noContent)
	engine.PUT("/api/events/:id", noContent)
	return secure(cors(engine))
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: whole(), ReadHeaderTimeout: 5 * time.Second}
	switch {
	case slices.Contains(os.Args, "group"):
		server.Handler = group()
	case slices.Contains(os.Args, "midchain"):
		server.Handler = midChain()
	}
	log.Fatal(server.ListenAndServe())
}
