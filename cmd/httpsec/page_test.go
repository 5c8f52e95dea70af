package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const site = "https://www.example.com/"

// page answers every request with a document; lines are further headers.
func page(markup string, lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(lines); i += 2 {
			w.Header().Add(lines[i], lines[i+1])
		}
		quiet(w, "text/html", markup)
	}
}

func TestPageWithNothingToSay(t *testing.T) {
	o := checked(page("<h1>Hello</h1>"), "-json", "-probe=false", site)
	assert.Equal(t, exitFine, o.exit)
	r := o.report(t)
	assert.Equal(t, verdictOpened, r.Verdict)
	assert.Empty(t, r.Findings)
	assert.Equal(t, []string{"GET " + site}, o.lines())
	assert.Equal(t, "document", o.requests[0].Header.Get("Sec-Fetch-Dest"))
	assert.Equal(t, "none", o.requests[0].Header.Get("Sec-Fetch-Site"), "as from the address bar")
	strict := checked(page("<h1>Hello</h1>"), "-strict", "-probe=false", site)
	assert.Equal(t, "→ GET "+site+"\n← 200\nopened\n", strict.out)
	assert.Equal(t, exitFine, strict.exit)
}

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
			said := ""
			for _, f := range r.Findings {
				if f.ID == test.id {
					said += f.Message + "\n"
					assert.Equal(t, test.header, f.Field)
				}
			}
			assert.Contains(t, said, test.message)
			for _, word := range []string{"Omit", "NonceSource", "leave it empty", "Headers."} {
				assert.NotContains(t, said, word, "this is about servers of any kind")
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

// TestSeveralPolicies has what one policy lacks in another.
func TestSeveralPolicies(t *testing.T) {
	const scripts, frames = "default-src 'self'; base-uri 'none'; form-action 'self'", "frame-ancestors 'none'"
	for name, handler := range map[string]http.HandlerFunc{
		"lines":    page("", headerCSP, scripts, headerCSP, frames),
		"commas":   page("", headerCSP, scripts+", "+frames),
		"meta":     page(meta(scripts), headerCSP, frames),
		"two meta": page(meta(scripts)+meta("object-src 'none'"), headerCSP, frames),
		"reversed": page("", headerCSP, frames, headerCSP, scripts),
	} {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, checked(handler, "-json", "-probe=false", site).report(t).Findings)
		})
	}
	weak := page("", headerCSP, "script-src 'unsafe-inline'; frame-ancestors 'none'", headerCSP, "script-src 'unsafe-inline' 'self'; object-src 'none'")
	assert.Equal(t, []string{"content-security-policy-script-src"}, checked(weak, "-json", "-probe=false", site).report(t).ids(advice))
}

func meta(policy string) string {
	return fmt.Sprintf("<meta http-equiv=Content-Security-Policy content=%q>", policy)
}

func TestMetaPolicies(t *testing.T) {
	for markup, policies := range map[string][]string{
		meta("default-src 'self'"):                                    {"default-src 'self'"},
		meta("default-src 'self', script-src x.com"):                  {"default-src 'self'", "script-src x.com"},
		meta("frame-ancestors 'none'; sandbox; report-uri /r; "):      nil,
		meta("Sandbox; img-src *"):                                    {"img-src *"},
		"<body>" + meta("default-src 'self'"):                         nil,
		"<p>text" + meta("default-src 'self'"):                        nil,
		"<noscript>" + meta("default-src 'self'") + "</noscript>":     nil,
		"<template>" + meta("default-src 'self'") + "</template>":     nil,
		"<!-- " + meta("default-src 'self'") + " -->":                 nil,
		"<script>'" + meta("default-src 'self'") + "'</script>":       nil,
		"<meta name=description content='default-src'>":               nil,
		"<title>x</title>" + strings.ToUpper(meta("default-src x.y")): {"DEFAULT-SRC X.Y"},
	} {
		assert.Equal(t, policies, metaPolicies(strings.NewReader(markup)), markup)
	}
	nested := strings.Repeat("<p><b>", 10000)
	assert.Empty(t, metaPolicies(strings.NewReader(nested)))
}

func TestFramingInMetaDoesNotCount(t *testing.T) {
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set(headerHSTS, "max-age=31536000")
		w.Header().Set(headerNosniff, "nosniff")
		w.Write([]byte(meta("default-src 'self'; frame-ancestors 'none'")))
	}
	assert.Equal(t, []string{"x-frame-options-missing"}, checked(handler, "-json", "-probe=false", site).report(t).ids(advice))
}

func TestWhatThePageBlocks(t *testing.T) {
	const markup = "<h1>Hello</h1>\n<script>start()</script>\n<img src=https://cdn.example.net/a.png>\n<script src=http://www.example.com/a.js></script>"
	handler := page(markup, headerCSP+"-Report-Only", "style-src 'none'; img-src 'none'; report-uri /reports")
	o := checked(handler, "-json", "-probe=false", site)
	r := o.report(t)
	assert.Equal(t, exitProblem, o.exit)
	assert.Equal(t, []string{"GET " + site}, o.lines(), "nothing is loaded")
	assert.Equal(t, []string{"blocked-csp-script-src-elem", "blocked-csp-img-src", "blocked-csp-script-src-elem"}, r.ids(problem))
	require.Len(t, r.Violations, 4)
	assert.Equal(t, blocked{
		Rule: "csp", Reason: "script-src-elem", URL: "inline", Line: 2, Fix: "'sha256-" + hashOfStart + "'",
		Message: r.Violations[0].Message,
	}, *r.Violations[0])
	reported := 0
	for _, v := range r.Violations {
		if v.ReportOnly {
			reported++
			assert.Equal(t, "img-src", v.Reason)
		}
	}
	assert.Equal(t, 1, reported)

	people := unwrapped(checked(handler, "-probe=false", site).out)
	assert.Contains(t, people, "\nreported only line 3: Loading the image")
	assert.Contains(t, people, "blocked-csp-script-src-elem: line 2: Executing inline script violates")
	assert.Contains(t, people, "add to that directive: 'sha256-"+hashOfStart+"'")
	none := unwrapped(checked(page(markup, headerCSP, "script-src 'none'; frame-ancestors 'none'"), "-probe=false", site).out)
	assert.Contains(t, none, "in that directive, write instead of 'none': 'sha256-"+hashOfStart+"'")
}

// The digest of "start()", by openssl dgst -sha256 -binary | base64.
const hashOfStart = "DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00="

func TestReportOnlyIsNoProblem(t *testing.T) {
	o := checked(page("<script>start()</script>", headerCSP, "script-src 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'",
		headerCSP+"-Report-Only", "script-src 'self'; report-uri /r"), "-json", "-probe=false", site)
	r := o.report(t)
	assert.Equal(t, exitFine, o.exit)
	require.Len(t, r.Violations, 1)
	assert.True(t, r.Violations[0].ReportOnly)
	assert.Empty(t, r.ids(problem))
}

func TestNonces(t *testing.T) {
	count := 0
	nonces := func(make func() string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			nonce := make()
			w.Header().Set(headerCSP, "script-src 'nonce-"+nonce+"'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
			w.Header().Set("Access-Control-Allow-Origin", "https://app.example.com")
			quiet(w, "text/html", "<script nonce="+nonce+">start()</script>")
		}
	}
	fixed := checked(nonces(func() string { return "cmFuZG9tIGVub3VnaA==" }), "-json", site).report(t)
	assert.Equal(t, []string{"nonce-repeated"}, fixed.ids(problem))
	assert.Equal(t, "'nonce-cmFuZG9tIGVub3VnaA=='", fixed.Findings[0].Value)
	assert.Empty(t, fixed.Violations)
	fresh := checked(nonces(func() string { count++; return fmt.Sprintf("cmFuZG9tIGVub3VnaA%02d", count) }), "-json", site).report(t)
	assert.Empty(t, fresh.Findings)
	once := checked(nonces(func() string { return "cmFuZG9tIGVub3VnaA==" }), "-json", "-probe=false", site).report(t)
	assert.Empty(t, once.Findings, "one answer says nothing about another")
}

func TestUpgradesAreRightWhereHTTPSWorks(t *testing.T) {
	policy := "default-src 'self'; frame-ancestors 'none'; upgrade-insecure-requests"
	secure := checked(page("", headerCSP, policy), "-json", "-probe=false", site).report(t)
	assert.Empty(t, secure.Findings)
	plain := checked(page("", headerCSP, policy), "-json", "-probe=false", "http://www.example.com/").report(t)
	assert.Equal(t, []string{"content-security-policy-upgrade-insecure-requests"}, plain.ids(advice))
}

func TestPageThatIsNotOne(t *testing.T) {
	none := checked(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, "-json", site)
	assert.Equal(t, exitUsage, none.exit)
	assert.Equal(t, "the answer has no page in it; with -from a script fetches it", none.report(t).Error)

	failed := checked(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusInternalServerError)
	}, "-json", site).report(t)
	assert.Equal(t, verdictOpened, failed.Verdict, "browsers show error pages, too")
	assert.Contains(t, failed.ids(advice), "content-security-policy-missing")
}
