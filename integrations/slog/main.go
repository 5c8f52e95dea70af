// Command slog logs refusals, but only so many of them.
package main

import (
	"log"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/httpsec/httpsec"
	"golang.org/x/time/rate"
)

func service(logger *slog.Logger, interval time.Duration) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/events", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })

	config := httpsec.DefaultConfig()
	config.OnDecision = logRefusals(logger, interval)
	return httpsec.Must(httpsec.CORS(config))(mux)
}

// logRefusals logs the first refusal for each reason, and then one per interval,
// with the number of those since the last: anybody can be refused as often as they
// like, and each line costs disk and money.
func logRefusals(logger *slog.Logger, interval time.Duration) func(*http.Request, httpsec.Decision) {
	type sample struct {
		rate.Sometimes
		refused atomic.Int64
	}
	// By reason, not by origin: there are as many origins as anybody cares to send.
	samples := map[httpsec.Reason]*sample{}
	for _, reason := range httpsec.Reasons() {
		samples[reason] = &sample{Sometimes: rate.Sometimes{Interval: interval}}
	}
	return func(r *http.Request, d httpsec.Decision) {
		if d.Allowed {
			return
		}
		s := samples[d.Reason]
		s.refused.Add(1)
		var count int64
		s.Do(func() { count = s.refused.Swap(0) })
		if count > 0 {
			// As a slog.LogValuer the decision cuts what is too long for a log.
			logger.WarnContext(r.Context(), "request refused", "decision", d, "count", count)
		}
	}
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: service(slog.Default(), time.Minute), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
