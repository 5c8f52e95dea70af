// Command websocket checks the origin of WebSocket handshakes for two libraries.
package main

import (
	"log"
	"net/http"
	"time"

	"github.com/httpsec/httpsec"
)

func main() {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.DefaultConfig()))
	mux := http.NewServeMux()
	mux.Handle("GET /gorilla", gorillaEcho(policy))
	mux.Handle("GET /coder", coderEcho(policy))
	// The policy around the mux refuses foreign handshakes already. The checks in
	// the handlers are for those that are mounted without it.
	server := http.Server{Addr: "localhost:8000", Handler: policy.Handler(mux), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
