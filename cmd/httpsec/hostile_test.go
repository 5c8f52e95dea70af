package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHostilePages would take minutes, or all memory, if what the page repeats were
// compared with itself.
func TestHostilePages(t *testing.T) {
	t.Parallel()
	var policies strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&policies, "<meta http-equiv=Content-Security-Policy content='x%d y'>", i)
	}
	for name, markup := range map[string]string{
		"noscript":   strings.Repeat("<noscript>", 100_000),
		"attributes": "<p " + strings.Repeat("a ", 100_000) + ">",
		"nested":     strings.Repeat("<div>", 100_000),
		"policies":   policies.String(),
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, verdictOpened, checked(page(markup), "-json", "-probe=false", site).report(t).Verdict)
		})
	}
	many := checked(page(strings.Repeat("<p style=x>\n", 5000)), "-json", "-probe=false", site).report(t)
	require.Len(t, many.Violations, 100)
	assert.Equal(t, 100, many.Violations[99].Line, "the first are listed")
	assert.Equal(t, []string{"violations-limit"}, many.ids(advice))
	assert.Equal(t, "4900 more things that the page asks for are not listed", many.Findings[len(many.Findings)-1].Message)
}

// TestLimitOfViolations keeps what is blocked from drowning in what is reported.
func TestLimitOfViolations(t *testing.T) {
	markup := strings.Repeat("<p style=x>\n", 150) + "<script>start()</script>"
	o := checked(page(markup, headerCSP, "script-src 'none'; frame-ancestors 'none'", headerCSP+"-Report-Only", "style-src 'none'; report-uri /r"), "-json", "-probe=false", site)
	r := o.report(t)
	assert.Equal(t, []string{"blocked-csp-script-src-elem"}, r.ids(problem))
	assert.Equal(t, exitProblem, o.exit)
	assert.Len(t, r.Violations, 101)
}

// controls are what a terminal might obey, and what hides or reorders text.
const controls = "\x1b[2J\x1b]0;title\x07\b\x00\x7f\u009b31m\u202egnp.exe\u2066\u200b\u2028\u061c\ufeff\r"

func TestControlCharacters(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.URL.Path == "/" {
			h["Location"] = []string{"/next\x1b[2J"}
			h["Access-Control-Allow-Origin"] = []string{"*"}
			w.WriteHeader(http.StatusFound)
			return
		}
		h["Access-Control-Allow-Origin"] = []string{controls}
		h["Access-Control-Allow-Headers"] = []string{"\x9b\xff"}
		h["Referrer-Policy"] = []string{controls}
		h["X-\x1b[2J"] = []string{"\x1b[2J"}
		h["Set-Cookie"] = []string{"a\x1b=b\x1b; Path=/\x1b"}
		h[headerCSP] = []string{"default-src 'none'; \x1b[31m"}
		quiet(w, "text/html", "<script src='/\u202e\x1b[31m.js'></script><img src=\"https://a.com/\x1b\u009b\">")
	}
	for _, args := range []string{"", "-json", "-load", "-json -load", "-from " + app, "-json -from " + app} {
		o := checked(handler, append(strings.Fields(args), site, site+"next")...)
		require.NotEmpty(t, o.requests, o.errors)
		for _, c := range o.out {
			assert.False(t, isControl(c) && c != '\n', "%s: %U", args, c)
		}
		assert.True(t, strings.Contains(o.out, `\x1b[2J`) || strings.Contains(o.out, `\u001b[2J`), o.out)
	}
	o := checked(handler, "-from", app, site+"next")
	assert.Contains(t, o.out, `Access-Control-Allow-Origin: \x1b[2J\x1b]0;title\x07\x08\x00\x7f\x9b31m\u202egnp.exe\u2066\u200b\u2028\u061c\ufeff\x0d`)
	preflight := checked(handler, "-from", app, "-method", "PUT", site+"next")
	assert.Contains(t, preflight.out, `\x9b\xff`, "bytes that are not UTF-8")
	r := checked(handler, "-json", "-from", app, site+"next").report(t)
	assert.Equal(t, controls, r.Exchanges[0].Response["Access-Control-Allow-Origin"], "JSON keeps what was sent")
	usage := checked(handler, "-from", "https://a\x1b[2J", site)
	assert.NotContains(t, usage.errors, "\x1b")
	assert.Contains(t, usage.errors, `\x1b[2J`)
}

// TestNothingReachesTheTerminalAsItIs, wherever in a report it comes from.
func TestNothingReachesTheTerminalAsItIs(t *testing.T) {
	b := &blocked{Rule: "cors\x1b", Reason: "\x1b", Message: "\x1b", Fix: "\x1b", URL: "\x1b"}
	reported := *b
	reported.ReportOnly = true
	r := &report{
		URL: "\x1b", Verdict: verdictBlocked, Error: "\x1b", Blocked: b, Violations: []*blocked{b, &reported},
		Exchanges: []*exchange{{Method: "\x1b", URL: "\x1b"}, {Method: "\x1b", URL: "\x1b", Status: 200, Request: map[string]string{"Origin": "\x1b"}, Response: map[string]string{"Location": "\x1b"}}},
		Probes:    []*probe{{Origin: "\x1b", Why: "\x1b", Allowed: true}},
		Findings:  []*finding{{ID: "\x1b", Level: problem, Field: "\x1b", Value: "\x1b", Message: "\x1b"}, {ID: "\x1b", Level: advice, violation: b}},
	}
	for _, verdict := range []string{verdictBlocked, verdictUnreachable} {
		r.Verdict = verdict
		var out strings.Builder
		require.NoError(t, writeHuman(&out, false)(r))
		assert.NotContains(t, out.String(), "\x1b")
		assert.Contains(t, out.String(), `→ \x1b \x1b`)
	}
}
