// Package routertest checks over a real server what CORS middleware does around a
// router that knows GET /health and PUT /api/events/{id}.
package routertest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const origin = "http://localhost:3000"

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
	server := httptest.NewServer(handler)
	defer server.Close()
	for _, c := range checks {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, nil)
			require.NoError(t, err)
			request.Header.Set("Origin", origin)
			if c.method == http.MethodOptions {
				request.Header.Set("Access-Control-Request-Method", http.MethodPut)
				request.Header.Set("Access-Control-Request-Headers", "content-type")
			}
			response, err := server.Client().Do(request)
			require.NoError(t, err)
			defer response.Body.Close()
			assert.Equal(t, c.status, response.StatusCode)
			assert.Equal(t, []string{"nosniff"}, response.Header["X-Content-Type-Options"])
			maps.DeleteFunc(response.Header, func(name string, _ []string) bool {
				return name != "Vary" && !strings.HasPrefix(name, "Access-Control-")
			})
			assert.Equal(t, c.want, response.Header)
		})
	}
}
