// Command yaml reads its policy from a file, and again whenever that changes.
package main

import (
	"bytes"
	"flag"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/httpsec/httpsec"
)

func service(policy *httpsec.Policy) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/events", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return policy.Handler(mux)
}

// watch loads the file again when its content has changed. It reads rather than
// waits for notifications: editors and Kubernetes do not write a file but put
// another in its place, which notifications on the file itself miss. What has an
// error is reported once, and the policy before it stays in force.
func watch(path string, content []byte, policy *httpsec.Policy, logger *slog.Logger, every <-chan time.Time) {
	for range every {
		read, err := os.ReadFile(path)
		switch {
		case err != nil:
			logger.Error("the policy stays as it was", "error", err)
			continue
		case bytes.Equal(read, content):
			continue
		}
		content = read
		if err := load(content, policy); err != nil {
			logger.Error("the policy stays as it was", "error", err)
			continue
		}
		logger.Info("policy changed")
	}
}

func main() {
	path := flag.String("policy", "yaml/cors.yaml", "file with the policy")
	flag.Parse()
	content := httpsec.Must(os.ReadFile(*path))
	var policy httpsec.Policy
	if err := load(content, &policy); err != nil {
		log.Fatal(err) // at the start there is no policy to keep
	}
	go watch(*path, content, &policy, slog.Default(), time.Tick(time.Second))
	server := http.Server{Addr: "localhost:8000", Handler: service(&policy), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
