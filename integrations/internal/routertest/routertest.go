// Package routertest checks over a real server what CORS middleware does around a
// router that knows GET /health and PUT /api/events/{id}.
package routertest

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/stretchr/testify/assert"
)

const origin, foreign = "http://localhost:3000", "https://evil.example"

var (
	preflighted = http.Header{
		"Access-Control-Allow-Origin":      {origin},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Methods":     {"GET, POST, PUT, PATCH, DELETE, OPTIONS"},
		"Access-Control-Allow-Headers":     {"content-type"},
		"Access-Control-Max-Age":           {"600"},
		"Vary":                             {"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"},
	}
	allowed = http.Header{
		"Access-Control-Allow-Origin":      {origin},
		"Access-Control-Allow-Credentials": {"true"},
		"Vary":                             {"Origin"},
	}
	none = http.Header{}
)

type check struct {
	method, path string
	status       int
	want         http.Header
}

// Whole checks a router that is wrapped as a whole: every answer has the headers.
func Whole(t *testing.T, handler http.Handler) {
	t.Helper()
	run(t, handler, []check{
		{"OPTIONS", "/api/events/1", 200, preflighted},
		{"PUT", "/api/events/1", 204, allowed},
		{"PATCH", "/api/events/1", 405, allowed},
		{"PUT", "/api/nowhere", 404, allowed},
		{"GET", "/health", 204, allowed},
		{"GET", "/nowhere", 404, allowed},
	})
}

// MidChain checks a router that has the policy between other middleware: what was
// registered before, /health, is without it; all 404s and 405s have it.
func MidChain(t *testing.T, handler http.Handler) {
	t.Helper()
	run(t, handler, []check{
		{"OPTIONS", "/api/events/1", 200, preflighted},
		{"PUT", "/api/events/1", 204, allowed},
		{"PATCH", "/api/events/1", 405, allowed},
		{"PUT", "/api/nowhere", 404, allowed},
		{"GET", "/health", 204, none},
		{"GET", "/nowhere", 404, allowed},
	})
}

// Group checks a router of which only /api is wrapped, in such a way that what the
// group does not find has the headers too. To a method that a path of the group
// does not know it answers notAllowed.
func Group(t *testing.T, handler http.Handler, notAllowed int) {
	t.Helper()
	run(t, handler, []check{
		{"OPTIONS", "/api/events/1", 200, preflighted},
		{"PUT", "/api/events/1", 204, allowed},
		{"PATCH", "/api/events/1", notAllowed, allowed},
		{"PUT", "/api/nowhere", 404, allowed},
		{"GET", "/health", 204, none},
		{"GET", "/nowhere", 404, none},
	})
}

func run(t *testing.T, handler http.Handler, checks []check) {
	t.Helper()
	t.Run("foreign preflight", func(t *testing.T) {
		answer := wire.Send(t, handler, "OPTIONS /api/events/1", "Origin: "+foreign, "Access-Control-Request-Method: PUT")
		assert.Equal(t, 403, answer.Status)
		assert.Equal(t, "origin not allowed\n", answer.Body)
	})
	t.Run("foreign handshake", func(t *testing.T) {
		answer := wire.Send(t, handler, "GET /api/events/1", wire.Handshake, "Origin: "+foreign)
		assert.Equal(t, 403, answer.Status)
		assert.Equal(t, "origin not allowed\n", answer.Body)
	})
	for _, c := range checks {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			lines := []string{"Origin: " + origin}
			if c.method == http.MethodOptions {
				lines = append(lines, "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: content-type")
			}
			answer := wire.Send(t, handler, c.method+" "+c.path, lines...)
			assert.Equal(t, c.status, answer.Status)
			assert.Equal(t, []string{"nosniff"}, answer.Header["X-Content-Type-Options"])
			maps.DeleteFunc(answer.Header, func(name string, _ []string) bool {
				return name != "Vary" && !strings.HasPrefix(name, "Access-Control-")
			})
			assert.Equal(t, c.want, answer.Header)
		})
	}
}
