package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	chi "github.com/go-chi/cors"
	gorilla "github.com/gorilla/handlers"
	"github.com/httpsec/httpsec"
	jub0bs "github.com/jub0bs/cors"
	rs "github.com/rs/cors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/unrolled/secure"
)

// documented are the middlewares as the first program of their documentation has them.
func documented(t *testing.T) map[string]middleware {
	example, err := jub0bs.NewMiddleware(jub0bs.Config{
		Origins:        []string{"https://example.com"},
		Methods:        []string{http.MethodGet, http.MethodPost},
		RequestHeaders: []string{"Authorization"},
	})
	require.NoError(t, err)
	return map[string]middleware{
		ours:        httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://app.example.com"}, Credentials: true})),
		jub0bsCORS:  example.Wrap,
		rsCORS:      rs.Default().Handler,
		gorillaCORS: gorilla.CORS(),
		chiCORS: chi.Handler(chi.Options{
			AllowedOrigins: []string{"https://*", "http://*"},
			AllowedMethods: []string{"GET", "POST", "PUT", "DELETE", "OPTIONS"},
			AllowedHeaders: []string{"Accept", "Authorization", "Content-Type", "X-CSRF-Token"},
			ExposedHeaders: []string{"Link"},
			MaxAge:         300,
		}),
		// The same with one option more, which every one of them offers.
		rsCORS + " with credentials":      rs.New(rs.Options{AllowCredentials: true}).Handler,
		gorillaCORS + " with credentials": gorilla.CORS(gorilla.AllowCredentials()),
		chiCORS + " with credentials":     chi.Handler(chi.Options{AllowedOrigins: []string{"https://*", "http://*"}, AllowCredentials: true}),
	}
}

// TestCheckOfPeers asks the command httpsec check about each: what a page of an allowed
// origin may do, and who else.
func TestCheckOfPeers(t *testing.T) {
	command := newCheckCommand(t)
	middlewares := documented(t)
	const (
		app      = "-from https://app.example.com"
		example  = "-from https://example.com"
		anyone   = "https://httpsec.example"
		noHeader = "PreflightMissingAllowOriginHeader"
		wildcard = "cors-wildcard-credentials"
	)
	for _, test := range []struct {
		contender, flags string
		blocked          string // why; "" if it is not
		letIn            string // who else; with " with credentials"
		problem          string
	}{
		{ours, app, "", "", ""},
		{ours, app + " -credentials -method PUT -header X-Api-Key:1", "", "", ""},
		{ours, "-from https://evil.example", "MissingAllowOriginHeader", "", ""},
		{jub0bsCORS, example, "", "", ""},
		{jub0bsCORS, example + " -header Authorization:x", "", "", ""},
		{jub0bsCORS, example + " -method PUT", noHeader, "", ""},
		{jub0bsCORS, example + " -credentials", "InvalidAllowCredentials", "", ""},
		{jub0bsCORS, app, "MissingAllowOriginHeader", "", ""},
		{rsCORS, app, "", anyone, ""},
		{rsCORS, app + " -credentials", "WildcardOriginNotAllowed", anyone, ""},
		{rsCORS, app + " -method PUT", noHeader, "", ""},
		{gorillaCORS, app, "", anyone, ""},
		{gorillaCORS, app + " -credentials", "WildcardOriginNotAllowed", anyone, ""},
		{gorillaCORS, app + " -method PUT", noHeader, "", ""},
		{chiCORS, app, "", anyone, ""},
		{chiCORS, app + " -method PUT -header Authorization:x", "", anyone, ""},
		{chiCORS, app + " -credentials", "InvalidAllowCredentials", anyone, ""},
		{rsCORS + " with credentials", app, "", anyone, wildcard},
		{rsCORS + " with credentials", app + " -credentials", "WildcardOriginNotAllowed", anyone, wildcard},
		{gorillaCORS + " with credentials", app, "", anyone, wildcard},
		{chiCORS + " with credentials", app + " -credentials", "", anyone + " with credentials", "cors-any-origin"},
	} {
		t.Run(test.contender+" "+test.flags, func(t *testing.T) {
			r := command.check(t, middlewares[test.contender], "application/json", strings.Fields(test.flags)...)
			verdict := "allowed"
			if test.blocked != "" {
				verdict = "blocked"
			}
			assert.Equal(t, verdict, r.Verdict)
			assert.Equal(t, test.blocked, r.Blocked.Reason)
			var letIn []string
			for _, p := range r.Probes {
				if p.Credentials {
					p.Origin += " with credentials"
				}
				if p.Allowed {
					letIn = append(letIn, p.Origin)
				}
			}
			assert.Equal(t, test.letIn, strings.Join(letIn, ", "))
			assert.Equal(t, test.problem, strings.Join(r.ids("problem"), ", "))
			assert.Empty(t, r.ids("advice"))
		})
	}
}

// TestCheckOfHeaders opens a page with what each sends without any option.
func TestCheckOfHeaders(t *testing.T) {
	command := newCheckCommand(t)
	missing := []string{"content-security-policy-missing", "x-content-type-options-missing", "x-frame-options-missing"}
	unrolled := command.check(t, secure.New().Handler, "text/html")
	assert.Equal(t, missing, unrolled.ids("advice"))
	zero := command.check(t, httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{})), "text/html")
	assert.Empty(t, zero.ids("problem"))
	for _, id := range missing {
		assert.NotContains(t, zero.ids("advice"), id)
	}
}

// checkCommand is the path of the command.
type checkCommand string

func newCheckCommand(t *testing.T) checkCommand {
	if testing.Short() {
		t.Skip("builds the command")
	}
	path := filepath.Join(t.TempDir(), "httpsec.exe") // which Windows insists on
	out, err := exec.Command("go", "build", "-C", "../..", "-o", path, "./cmd/httpsec").CombinedOutput()
	require.NoError(t, err, string(out))
	return checkCommand(path)
}

// checked is what the tests ask of the command's JSON.
type checked struct {
	Verdict  string                       `json:"verdict"`
	Blocked  struct{ Reason string }      `json:"blocked"`
	Findings []struct{ ID, Level string } `json:"findings"`
	Probes   []struct {
		Origin      string `json:"origin"`
		Allowed     bool   `json:"allowed"`
		Credentials bool   `json:"credentials"`
	} `json:"probes"`
}

func (r *checked) ids(level string) (ids []string) {
	for _, f := range r.Findings {
		if f.Level == level {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// check runs the command on a server of a middleware.
func (command checkCommand) check(t *testing.T, wrap middleware, contentType string, flags ...string) *checked {
	server := httptest.NewServer(wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		if contentType == "application/json" {
			w.Header().Set("X-Content-Type-Options", "nosniff")
		}
	})))
	defer server.Close()
	out, err := exec.Command(string(command), append(append([]string{"check", "-json"}, flags...), server.URL)...).Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	r := new(checked)
	require.NoError(t, json.Unmarshal(out, r))
	return r
}
