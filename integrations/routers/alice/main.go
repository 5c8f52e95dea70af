// Command alice mounts the middleware in a chain of alice's.
package main

import (
	"log"
	"net/http"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/justinas/alice"
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
	return alice.New(secure, cors).Then(mux)
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: whole(), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
