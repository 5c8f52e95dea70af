package main

import (
	"io"
	"net/http"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/integrations/internal/routertest"
	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/stretchr/testify/assert"
	"github.com/urfave/negroni/v3"
)

func TestWhole(t *testing.T) { routertest.Whole(t, whole()) }

// TestAdapt counts how often a request gets to its handler.
func TestAdapt(t *testing.T) {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://app.example.com"}, RejectDisallowed: true}))
	adapted := adapt(cors)
	// The mistake that negroni's own adapter invites.
	wrapped := negroni.Wrap(cors(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))

	const allowed, foreign = "Origin: https://app.example.com", "Origin: https://evil.example"
	for _, tt := range []struct {
		name       string
		middleware negroni.Handler
		request    string
		lines      []string
		status     int
		body       string
		runs       int
	}{
		{"no origin", adapted, "GET /", nil, 200, "stream", 1},
		{"allowed", adapted, "GET /", []string{allowed}, 200, "stream", 1},
		{"foreign", adapted, "GET /", []string{foreign}, 403, "origin not allowed\n", 0},
		{"foreign handshake", adapted, "GET /", []string{foreign, wire.Handshake}, 403, "origin not allowed\n", 0},
		{"preflight", adapted, "OPTIONS /", []string{allowed, "Access-Control-Request-Method: PUT"}, 200, "", 0},
		{"foreign preflight", adapted, "OPTIONS /", []string{foreign, "Access-Control-Request-Method: PUT"}, 403, "origin not allowed\n", 0},
		{"Wrap runs what was refused", wrapped, "DELETE /", []string{foreign}, 403, "origin not allowed\nstream", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			runs := 0
			chain := negroni.New(tt.middleware)
			chain.UseHandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				runs++
				_, _ = io.WriteString(w, "stream")
			})
			answer := wire.Send(t, chain, tt.request, tt.lines...)
			assert.Equal(t, tt.status, answer.Status)
			assert.Equal(t, tt.body, answer.Body)
			assert.Equal(t, tt.runs, runs)
		})
	}
}
