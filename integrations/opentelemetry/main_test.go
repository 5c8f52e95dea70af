package main

import (
	"testing"

	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

func TestMetricAndSpans(t *testing.T) {
	metrics, spans := sdkmetric.NewManualReader(), tracetest.NewSpanRecorder()
	handler := service(
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(metrics)),
		sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
	)
	const allowed, foreign, put = "Origin: http://localhost:3000", "Origin: https://evil.example", "Access-Control-Request-Method: PUT"
	kind := func(word string) attribute.KeyValue { return attribute.String("cors.kind", word) }
	reason := func(word string) attribute.KeyValue { return attribute.String("cors.reason", word) }
	requests := []struct {
		request string
		lines   []string
		status  int
		event   string
		want    []attribute.KeyValue
	}{
		{"GET /api/events", nil, 204, "", nil},
		{"GET /api/events", []string{allowed}, 204, `request from "http://localhost:3000" allowed`, []attribute.KeyValue{kind("actual")}},
		{"GET /api/events", []string{foreign}, 204, `request from "https://evil.example" refused: its origin is not allowed`, []attribute.KeyValue{kind("actual"), reason("origin")}},
		{"OPTIONS /api/events", []string{allowed, put}, 200, `preflight from "http://localhost:3000" allowed`, []attribute.KeyValue{kind("preflight")}},
		{"OPTIONS /api/events", []string{foreign, put}, 403, `preflight from "https://evil.example" refused: its origin is not allowed`, []attribute.KeyValue{kind("preflight"), reason("origin")}},
		{"GET /api/events", []string{foreign, wire.Handshake}, 403, `handshake from "https://evil.example" refused: its origin is not allowed`, []attribute.KeyValue{kind("websocket"), reason("origin")}},
	}
	var points []metricdata.DataPoint[int64]
	for i, tt := range requests {
		assert.Equal(t, tt.status, wire.Send(t, handler, tt.request, tt.lines...).Status, tt.request)
		// The server has closed, so that the span has ended.
		require.Len(t, spans.Ended(), i+1)
		span := spans.Ended()[i]
		for _, attr := range tt.want {
			assert.Contains(t, span.Attributes(), attr)
		}
		if tt.want == nil {
			assert.Empty(t, span.Events())
			continue
		}
		require.Len(t, span.Events(), 1)
		assert.Equal(t, tt.event, span.Events()[0].Name)
		points = append(points, metricdata.DataPoint[int64]{Attributes: attribute.NewSet(tt.want...), Value: 1})
	}
	metricdatatest.AssertEqual(t, metricdata.Sum[int64]{
		DataPoints: points, Temporality: metricdata.CumulativeTemporality, IsMonotonic: true,
	}, decisions(t, metrics), metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
}

func decisions(t *testing.T, reader sdkmetric.Reader) metricdata.Sum[int64] {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &all))
	for _, scope := range all.ScopeMetrics {
		for _, metric := range scope.Metrics {
			if metric.Name == "cors.decisions" {
				return metric.Data.(metricdata.Sum[int64])
			}
		}
	}
	t.Fatal("no metric cors.decisions")
	panic("unreachable")
}
