package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain keeps a proxy of the user's out of the tests, or is the program.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Setenv("NO_PROXY", "*")
	os.Exit(m.Run())
}

// world is a transport on which a handler serves every host, and which writes down
// what arrives.
type world struct {
	handler  http.Handler
	requests []*http.Request
}

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w.requests = append(w.requests, r)
	if r.URL.Scheme == "https" {
		r.TLS = &tls.ConnectionState{}
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

// lines are the requests, each as "METHOD URL" and the origin if it says one.
func (w *world) lines() (lines []string) {
	for _, r := range w.requests {
		line := r.Method + " " + r.URL.String()
		if origin := r.Header.Get("Origin"); origin != "" {
			line += " " + origin
		}
		lines = append(lines, line)
	}
	return lines
}

// outcome is what a run left.
type outcome struct {
	exit        int
	out, errors string
	*world
}

// checked runs httpsec check on a world of the handler.
func checked(handler http.HandlerFunc, args ...string) *outcome {
	return checkedWith(handler, "", args...)
}

func checkedWith(handler http.HandlerFunc, stdin string, args ...string) *outcome {
	o := &outcome{world: &world{handler: handler}}
	var out, errors bytes.Buffer
	o.exit = run(append([]string{"check"}, args...), strings.NewReader(stdin), &out, &errors, o.world)
	o.out, o.errors = out.String(), errors.String()
	return o
}

// report is the one object of a run with -json.
func (o *outcome) report(t *testing.T) *report {
	t.Helper()
	var r report
	decoder := json.NewDecoder(strings.NewReader(o.out))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&r), o.out+o.errors)
	require.Equal(t, o.exit, r.Exit)
	return &r
}

// ids are those of the findings of a level.
func (r *report) ids(level string) (ids []string) {
	for _, f := range r.Findings {
		if f.Level == level {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// quiet answers with headers that give nothing to advise, and a body.
func quiet(w http.ResponseWriter, contentType, body string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	if strings.HasPrefix(contentType, "text/html") {
		if h["Content-Security-Policy"] == nil {
			h.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'")
		}
		h.Set("X-Frame-Options", "DENY")
	}
	w.Write([]byte(body))
}

// api is an answer with nothing to advise that lets an origin in with credentials
// where allowed says so.
func api(allowed func(origin string) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Origin")
		if origin := r.Header.Get("Origin"); origin != "" && allowed(origin) {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Allow-Credentials", "true")
			w.Header().Set("Access-Control-Allow-Methods", "PUT, DELETE")
			w.Header().Set("Access-Control-Allow-Headers", "X-Api-Key, Authorization, Content-Type")
		}
		quiet(w, "application/json", `{"a":1}`)
	}
}

func only(origins ...string) func(string) bool {
	return func(origin string) bool {
		return slices.Contains(origins, origin)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return strings.ReplaceAll(string(content), "\r\n", "\n") // as git checks it out on Windows
}
