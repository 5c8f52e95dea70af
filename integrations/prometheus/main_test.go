package main

import (
	"testing"

	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
)

const (
	allowed = "Origin: http://localhost:3000"
	foreign = "Origin: https://evil.example"
)

func TestRefusalsByReason(t *testing.T) {
	handler := service(prometheus.NewRegistry())
	metrics := func() string { return wire.Send(t, handler, "GET /metrics").Body }

	assert.Equal(t, `# HELP cors_refusals_total What is not allowed, by reason.
# TYPE cors_refusals_total counter
cors_refusals_total{reason="credentials"} 0
cors_refusals_total{reason="cross-site"} 0
cors_refusals_total{reason="header"} 0
cors_refusals_total{reason="host"} 0
cors_refusals_total{reason="malformed-origin"} 0
cors_refusals_total{reason="method"} 0
cors_refusals_total{reason="origin"} 0
`, metrics(), "before any request")

	assert.Equal(t, 204, wire.Send(t, handler, "GET /api/events").Status)
	assert.Equal(t, 204, wire.Send(t, handler, "GET /api/events", allowed).Status)
	assert.Equal(t, 204, wire.Send(t, handler, "GET /api/events", foreign).Status)
	assert.Equal(t, 200, wire.Send(t, handler, "OPTIONS /api/events", allowed, "Access-Control-Request-Method: PUT").Status)
	assert.Equal(t, 200, wire.Send(t, handler, "OPTIONS /api/events", allowed, "Access-Control-Request-Method: PURGE").Status)
	assert.Equal(t, 403, wire.Send(t, handler, "OPTIONS /api/events", foreign, "Access-Control-Request-Method: PUT").Status)
	assert.Equal(t, 403, wire.Send(t, handler, "GET /api/events", foreign, wire.Handshake).Status)
	assert.Equal(t, 403, wire.Send(t, handler, "GET /api/events", "Origin: evil", wire.Handshake).Status)

	after := metrics()
	for _, line := range []string{
		`cors_decisions_total{kind="actual"} 2`,
		`cors_decisions_total{kind="preflight"} 3`,
		`cors_decisions_total{kind="websocket"} 2`,
		`cors_refusals_total{reason="malformed-origin"} 1`,
		`cors_refusals_total{reason="method"} 1`,
		`cors_refusals_total{reason="origin"} 3`,
		`cors_refusals_total{reason="host"} 0`,
	} {
		assert.Contains(t, after, line+"\n")
	}
}
