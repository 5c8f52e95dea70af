// Command negroni mounts the middleware in a chain of negroni's.
package main

import (
	"log"
	"net/http"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/urfave/negroni/v3"
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
	chain := negroni.New(adapt(secure), adapt(cors))
	chain.UseHandler(mux)
	return chain
}

// adapt makes negroni middleware of net/http middleware, which decides whether next
// runs. With negroni.Wrap it always would, also after a refusal.
func adapt(wrap func(http.Handler) http.Handler) negroni.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		wrap(next).ServeHTTP(w, r)
	}
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: whole(), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
