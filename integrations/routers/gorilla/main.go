// Command gorilla mounts the middleware around a gorilla/mux router, or, started with the
// argument "group", around /api only.
package main

import (
	"log"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/gorilla/mux"
	"github.com/httpsec/httpsec"
)

var (
	secure = httpsec.Must(httpsec.SecurityHeaders(httpsec.APIHeaders()))
	cors   = httpsec.Must(httpsec.CORS(httpsec.DefaultConfig()))
)

func noContent(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

// whole does not call router.Use, whose middleware sees only what a route matches.
func whole() http.Handler {
	router := mux.NewRouter()
	router.HandleFunc("/health", noContent).Methods("GET")
	router.HandleFunc("/api/events/{id}", noContent).Methods("PUT")
	return secure(cors(router))
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: whole(), ReadHeaderTimeout: 5 * time.Second}
	if slices.Contains(os.Args, "group") {
		server.Handler = group()
	}
	log.Fatal(server.ListenAndServe())
}
