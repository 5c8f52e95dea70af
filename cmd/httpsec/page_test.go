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
