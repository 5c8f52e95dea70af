// Command prometheus counts what the policy decides.
package main

import (
	"log"
	"net/http"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func service(registry *prometheus.Registry) http.Handler {
	api := http.NewServeMux()
	api.HandleFunc("GET /api/events", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })

	config := httpsec.DefaultConfig()
	config.OnDecision = count(registry)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.Handle("/api/", httpsec.Must(httpsec.CORS(config))(api))
	return mux
}

// count registers the metrics and returns the OnDecision that feeds them.
func count(registry *prometheus.Registry) func(*http.Request, httpsec.Decision) {
	metrics := promauto.With(registry)
	decisions := metrics.NewCounterVec(prometheus.CounterOpts{
		Name: "cors_decisions_total",
		Help: "CORS requests, preflights, handshakes and refusals by kind.",
	}, []string{"kind"})
	refusals := metrics.NewCounterVec(prometheus.CounterOpts{
		Name: "cors_refusals_total",
		Help: "What is not allowed, by reason.",
	}, []string{"reason"})
	// A counter that appears with the first refusal shows no increase, so that an
	// alert on rate() would miss it.
	for _, reason := range httpsec.Reasons() {
		refusals.WithLabelValues(string(reason))
	}
	// Origin and Detail are no labels: anybody can send any number of them.
	return func(_ *http.Request, d httpsec.Decision) {
		decisions.WithLabelValues(d.Kind.String()).Inc()
		if !d.Allowed {
			refusals.WithLabelValues(string(d.Reason)).Inc()
		}
	}
}

func main() {
	server := http.Server{Addr: "localhost:8000", Handler: service(prometheus.NewRegistry()), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
