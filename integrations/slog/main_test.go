package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/stretchr/testify/assert"
)

const foreign = "Origin: https://evil.example"

func TestOneLinePerReasonAndInterval(t *testing.T) {
	lines, logger := newLogger()
	handler := service(logger, time.Hour)
	for range 3 {
		assert.Equal(t, 204, wire.Send(t, handler, "GET /api/events", "Origin: http://localhost:3000").Status)
		assert.Equal(t, 204, wire.Send(t, handler, "GET /api/events", foreign).Status)
		assert.Equal(t, 403, wire.Send(t, handler, "OPTIONS /api/events", foreign, "Access-Control-Request-Method: PUT").Status)
		assert.Equal(t, 403, wire.Send(t, handler, "GET /api/events", wire.Handshake, "Origin: evil").Status)
	}
	assert.Equal(t, []string{
		`level=WARN msg="request refused" decision.kind=actual decision.allowed=false decision.origin=https://evil.example decision.reason=origin count=1`,
		`level=WARN msg="request refused" decision.kind=websocket decision.allowed=false decision.origin=evil decision.reason=malformed-origin count=1`,
	}, lines())
}

func TestCountSinceTheLastLine(t *testing.T) {
	lines, logger := newLogger()
	const interval = 200 * time.Millisecond
	handler := service(logger, interval)
	refuse := func() { wire.Send(t, handler, "GET /api/events", foreign) }
	refuse()
	refuse()
	time.Sleep(interval)
	refuse()
	assert.Len(t, lines(), 2)
	assert.Contains(t, lines()[0], "count=1")
	assert.Contains(t, lines()[1], "count=2")
}

// A log of requests must not be a way to fill a disk.
func TestLongOriginIsCut(t *testing.T) {
	lines, logger := newLogger()
	wire.Send(t, service(logger, time.Hour), "GET /api/events", "Origin: https://"+strings.Repeat("a", 100_000))
	assert.Len(t, lines(), 1)
	assert.Less(t, len(lines()[0]), 1000)
}

// newLogger returns a logger, and what it has logged so far.
func newLogger() (func() []string, *slog.Logger) {
	var log bytes.Buffer
	withoutTime := func(_ []string, attr slog.Attr) slog.Attr {
		if attr.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return attr
	}
	lines := func() []string { return strings.Split(strings.TrimSpace(log.String()), "\n") }
	return lines, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
}
