// Command templ serves a page whose inline style and script run by the nonce of
// their response.
package main

import (
	"log"
	"net/http"
	"time"

	"github.com/a-h/templ"
	"github.com/httpsec/httpsec"
)

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.977 generate

func service() http.Handler {
	csp := httpsec.DefaultCSP().
		With("script-src", httpsec.NonceSource).
		With("style-src", httpsec.NonceSource)
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicy: csp.String()}))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		// A cache that serves the page to others would serve them its nonce, too.
		w.Header().Set("Cache-Control", "no-store")
		templ.Handler(page(r.FormValue("name"))).ServeHTTP(w, r)
	})
	return secure(withNonce(mux))
}

// withNonce tells templ the nonce that SecurityHeaders made for this request.
func withNonce(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(templ.WithNonce(r.Context(), httpsec.Nonce(r.Context()))))
	})
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: service(), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
