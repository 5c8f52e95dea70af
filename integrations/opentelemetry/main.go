// Command opentelemetry counts what the policy decides, and notes it on the
// request's span.
package main

import (
	"log"
	"net/http"
	"time"

	"github.com/httpsec/httpsec"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func service(meters metric.MeterProvider, tracers trace.TracerProvider) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/events", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })

	config := httpsec.DefaultConfig()
	config.OnDecision = observe(meters.Meter("github.com/httpsec/httpsec"))
	// The span has to begin outside the policy, which answers preflights itself.
	return otelhttp.NewHandler(httpsec.Must(httpsec.CORS(config))(mux), "api",
		otelhttp.WithMeterProvider(meters), otelhttp.WithTracerProvider(tracers))
}

func observe(meter metric.Meter) func(*http.Request, httpsec.Decision) {
	decisions := httpsec.Must(meter.Int64Counter("cors.decisions",
		metric.WithDescription("CORS requests, preflights and handshakes.")))
	return func(r *http.Request, d httpsec.Decision) {
		attributes := []attribute.KeyValue{attribute.String("cors.kind", d.Kind.String())}
		if !d.Allowed {
			attributes = append(attributes, attribute.String("cors.reason", string(d.Reason)))
		}
		decisions.Add(r.Context(), 1, metric.WithAttributes(attributes...))
		span := trace.SpanFromContext(r.Context())
		span.SetAttributes(attributes...)
		// Anybody can send any number of origins: too many for a metric. String cuts
		// long ones.
		span.AddEvent(d.String())
	}
}

func main() {
	metrics := sdkmetric.NewPeriodicReader(httpsec.Must(stdoutmetric.New()), sdkmetric.WithInterval(10*time.Second))
	traces := httpsec.Must(stdouttrace.New())
	handler := service(sdkmetric.NewMeterProvider(sdkmetric.WithReader(metrics)), sdktrace.NewTracerProvider(sdktrace.WithBatcher(traces)))
	server := http.Server{Addr: "localhost:8000", Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
