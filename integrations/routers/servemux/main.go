// Command servemux mounts the middleware around a ServeMux, or, started with the
// argument "group", around /api only.
package main

import (
	"log"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/httpsec/httpsec"
)

var (
	secure = httpsec.Must(httpsec.SecurityHeaders(httpsec.APIHeaders()))
	cors   = httpsec.Must(httpsec.CORS(httpsec.DefaultConfig()))
)

func noContent(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func whole() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", noContent)
	mux.HandleFunc("PUT /api/events/{id}", noContent)
	return secure(cors(mux))
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: whole(), ReadHeaderTimeout: 5 * time.Second}
	if slices.Contains(os.Args, "group") {
		server.Handler = group()
	}
	log.Fatal(server.ListenAndServe())
}
