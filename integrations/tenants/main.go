// Command tenants lets each tenant's pages, under domains of their own, use one API.
package main

import (
	"log"
	"net/http"
	"time"

	"github.com/httpsec/httpsec"
)

func service(d *domains) http.Handler {
	api := http.NewServeMux()
	api.HandleFunc("GET /api/events", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins:    []string{"https://app.example.com"}, // our own, known without asking
		OriginFunc: d.allows,
		// No Credentials: with cookies one tenant's page could act for the users of
		// all others. Pages send a token in Authorization.
		RejectDisallowed: true,
	}))

	mux := http.NewServeMux()
	mux.Handle("/api/", cors(api))
	mux.HandleFunc("PUT /domains", d.change(true))
	mux.HandleFunc("DELETE /domains", d.change(false))
	return mux
}

// change answers /domains?url=https://shop.example.com. It belongs behind the
// tenants' log-in, and after a proof that the domain is theirs, such as a TXT record.
func (d *domains) change(allow bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		// People paste what stands in their address bar; what is stored is what
		// browsers send, so that no request needs parsing.
		origin, err := httpsec.OriginOf("url", r.FormValue("url"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := d.set(r.Context(), origin, allow); err != nil {
			log.Print(err)
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: service(newDomains(&memory{}, time.Minute)), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
