package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bare answers as a handler that knows of no headers.
func bare(contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Write([]byte("{}"))
	}
}

func TestHeadersThatAreMissing(t *testing.T) {
	const csp, nosniff, frames, hsts = "content-security-policy-missing", "x-content-type-options-missing", "x-frame-options-missing", "strict-transport-security-missing"
	for _, test := range []struct {
		url, contentType string
		args             []string
		missing          []string
	}{
		{site, "text/html; charset=utf-8", nil, []string{csp, hsts, nosniff, frames}},
		{site, "application/xhtml+xml", nil, []string{csp, hsts, nosniff, frames}},
		{site, "application/json", nil, []string{hsts, nosniff}},
		{"http://www.example.com/", "text/html", nil, []string{csp, nosniff, frames}},
		{"http://localhost:8080/", "text/html", nil, []string{csp, nosniff, frames}},
		{"https://localhost/", "application/json", nil, []string{nosniff}},
		{"https://app.localhost/", "application/json", nil, []string{nosniff}},
		{"https://127.0.0.1/", "application/json", nil, []string{nosniff}},
		{"https://192.0.2.1/", "application/json", nil, []string{nosniff}},
		{"https://[2001:db8::1]/", "application/json", nil, []string{nosniff}},
		{site, "text/html", []string{"-from", "https://www.example.com"}, []string{hsts, nosniff}},
	} {
		t.Run(test.url+" "+test.contentType, func(t *testing.T) {
			args := append(append([]string{"-json", "-probe=false"}, test.args...), test.url)
			o := checked(bare(test.contentType), args...)
			r := o.report(t)
			assert.Equal(t, exitFine, o.exit, "advice fails nothing")
			assert.ElementsMatch(t, test.missing, r.ids(advice))
			assert.Empty(t, r.ids(problem))
			for _, f := range r.Findings {
				assert.Contains(t, f.Message, "; send "+f.Field+": ")
				assert.Equal(t, strings.ToLower(f.Field)+"-missing", f.ID)
			}
			assert.Equal(t, exitProblem, checked(bare(test.contentType), append([]string{"-strict"}, args...)...).exit)
		})
	}
}

// TestOtherAnswersAreAskedForLittle: what does nothing outside documents is not judged
// there.
func TestOtherAnswersAreAskedForLittle(t *testing.T) {
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Referrer-Policy", "nonsense")
		w.Header().Set("X-Frame-Options", "nonsense")
		w.Header().Set(headerCSP, "nonsense")
		quiet(&replacer{w, headerNosniff, "nonsense"}, "application/json", "{}")
	}
	for _, args := range [][]string{nil, {"-from", "https://www.example.com"}} {
		r := checked(handler, append(append([]string{"-json", "-probe=false"}, args...), site)...).report(t)
		assert.Equal(t, []string{"x-content-type-options-invalid"}, r.ids(problem))
		assert.Empty(t, r.ids(advice))
	}
}

func TestAdviceFitsTheScheme(t *testing.T) {
	for url, upgrades := range map[string]bool{site: true, "http://www.example.com/": false} {
		for _, f := range checked(bare("text/html"), "-json", url).report(t).Findings {
			if f.Field == headerCSP {
				assert.Equal(t, upgrades, strings.Contains(f.Message, "upgrade-insecure-requests"))
			}
		}
	}
}

func TestHeadersThatAreWrongOrWeak(t *testing.T) {
	const (
		policy     = "default-src 'self'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
		reportOnly = headerCSP + "-Report-Only"
	)
	for _, test := range []struct {
		header, value string
		level, id     string
		message       string
	}{
		{headerNosniff, "no-sniff", problem, "x-content-type-options-invalid", "nosniff"},
		{headerHSTS, "max-age", problem, "strict-transport-security-invalid", ""},
		{headerHSTS, "max-age=60", advice, "strict-transport-security-weak", "max-age=31536000"},
		{"X-Frame-Options", "ALLOWALL", problem, "x-frame-options-invalid", ""},
		{"X-Frame-Options", "SAMEORIGIN", advice, "x-frame-options-weak", "disagrees with frame-ancestors"},
		{"X-Xss-Protection", "1; mode=block", advice, "x-xss-protection-weak", `write "0", or leave it out`},
		{"Referrer-Policy", "same-orgin", problem, "referrer-policy-invalid", `"same-origin"`},
		{"Referrer-Policy", "unsafe-url", advice, "referrer-policy-weak", "shows whole addresses"},
		{"Permissions-Policy", "camera 'none'", problem, "permissions-policy-invalid", ""},
		{"Cross-Origin-Opener-Policy", "same-orgin", problem, "cross-origin-opener-policy-invalid", ""},
		{"Cross-Origin-Embedder-Policy", "yes", problem, "cross-origin-embedder-policy-invalid", ""},
		{"Cross-Origin-Resource-Policy", "any", problem, "cross-origin-resource-policy-invalid", ""},
		{"Origin-Agent-Cluster", "yes", problem, "origin-agent-cluster-invalid", ""},
		{"Timing-Allow-Origin", "example.com", problem, "timing-allow-origin-invalid", ""},
		{headerCSP, "defualt-src 'self'; frame-ancestors 'none'", problem, "content-security-policy-invalid", "default-src"},
		{headerCSP, "default-src self; frame-ancestors 'none'", problem, "content-security-policy-invalid", "'self'"},
		{headerCSP, policy + "; script-src 'unsafe-inline'", advice, "content-security-policy-script-src", "use a nonce or hashes"},
		{headerCSP, policy + "; script-src *", advice, "content-security-policy-script-src", "runs scripts from anywhere"},
		{headerCSP, "frame-ancestors 'none'", advice, "content-security-policy-weak", "every script runs"},
		{headerCSP, policy + "; report-to nobody", advice, "content-security-policy-report-to", "add it there"},
		{headerCSP, policy + "; block-all-mixed-content", advice, "content-security-policy-block-all-mixed-content", "remove it"},
		{reportOnly, "default-src 'none'", advice, "content-security-policy-report-only-weak", "neither blocks nor reports"},
		{reportOnly, "script-src 'unsafe-eval'; report-uri /r", advice, "content-security-policy-report-only-script-src", "runs strings"},
	} {
		t.Run(test.header+" "+test.value, func(t *testing.T) {
			handler := func(w http.ResponseWriter, r *http.Request) {
				replacing := &replacer{w, test.header, test.value}
				quiet(replacing, "text/html", "<p>text</p>")
			}
			r := checked(handler, "-json", "-probe=false", site).report(t)
			require.Contains(t, r.ids(test.level), test.id, "%v", r.Findings)
			var said strings.Builder
			for _, f := range r.Findings {
				if f.ID == test.id {
					said.WriteString(f.Message + "\n")
					assert.Equal(t, test.header, f.Field)
				}
			}
			assert.Contains(t, said.String(), test.message)
			for _, word := range []string{"Omit", "NonceSource", "leave it empty", "Headers."} {
				assert.NotContains(t, said.String(), word, "this is about servers of any kind")
			}
			assert.Equal(t, test.level == problem, r.Exit == exitProblem)
			assert.Equal(t, exitFine, checked(handler, "-probe=false", "-ignore", "other, "+test.id, site).exit)
		})
	}
}

// replacer sets one header to another value before the answer begins.
type replacer struct {
	http.ResponseWriter
	name, value string
}

func (r *replacer) Write(b []byte) (int, error) {
	r.Header().Set(r.name, r.value)
	return r.ResponseWriter.Write(b)
}

func TestDoubledHeaders(t *testing.T) {
	for _, test := range []struct {
		header, value string // beside that of quiet
		problems      []string
	}{
		{headerNosniff, "nosniff", nil},
		{"X-Frame-Options", "DENY", nil},
		{"X-Frame-Options", "SAMEORIGIN", []string{"x-frame-options-invalid"}},
		{headerHSTS, "max-age=31536000", nil},
		{headerHSTS, "max-age=0", []string{"strict-transport-security-invalid"}},
	} {
		handler := func(w http.ResponseWriter, _ *http.Request) {
			quiet(&adder{w, test.header, test.value}, "text/html", "<p>text</p>")
		}
		r := checked(handler, "-json", "-probe=false", site).report(t)
		assert.Equal(t, test.problems, r.ids(problem), "%s: %s", test.header, test.value)
		assert.Empty(t, r.ids(advice))
	}
}

// adder adds a line before the answer begins.
type adder struct {
	http.ResponseWriter
	name, value string
}

func (a *adder) Write(b []byte) (int, error) {
	a.Header().Add(a.name, a.value)
	return a.ResponseWriter.Write(b)
}
