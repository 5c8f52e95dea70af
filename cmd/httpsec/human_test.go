package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOutputOfABlockedFetch(t *testing.T) {
	o := checked(failing(http.StatusUnauthorized, true), "-from", app, "-method", "PUT", "-credentials", "-probe=false", events)
	assert.Equal(t, `→ OPTIONS https://api.example.com/events/1
  Origin: https://app.example.com; Access-Control-Request-Method: PUT
← 401 Access-Control-Allow-Origin: https://app.example.com;
  Access-Control-Allow-Credentials: true; Location: /login
blocked: Access to fetch at 'https://api.example.com/events/1' from origin
  'https://app.example.com' has been blocked by CORS policy: Response to
  preflight request doesn't pass access control check: It does not have HTTP ok
  status.
send: 204 to OPTIONS requests before anything asks who it is: they carry no
  credentials
`, o.out)
}

func TestWhatToDoAboutAPreflight(t *testing.T) {
	for status, want := range map[int]string{
		302: "send: 204 to OPTIONS requests before anything redirects them, or fetch /login\n",
		401: "send: 204 to OPTIONS requests before anything asks who it is: they carry no credentials\n",
		404: "send: 204 to OPTIONS requests here; a CORS middleware has to stand around the router, not around a route\n",
		405: "send: 204 to OPTIONS requests here; a CORS middleware has to stand around the router, not around a route\n",
		403: "send: 204 to OPTIONS requests\n",
		500: "send: 204 to OPTIONS requests\n",
	} {
		out := unwrapped(checked(failing(status, true), "-from", app, "-method", "PUT", "-probe=false", events).out)
		assert.True(t, strings.HasSuffix(out, "\n"+want), out)
		out = unwrapped(checked(failing(status, false), "-from", app, "-method", "PUT", "-probe=false", events).out)
		if status == 403 || status == 500 { // who answers them so may know the origin
			want = ""
		}
		if status != 302 {
			want = "send: Access-Control-Allow-Origin: " + app + "\n" + want
		}
		assert.True(t, strings.HasSuffix(out, "\n"+want), out)
	}
}

func TestWhatTheHeaderDoesNotSay(t *testing.T) {
	wildcards := header("Access-Control-Allow-Origin", app, "Access-Control-Allow-Credentials", "true",
		"Access-Control-Allow-Methods", "GET, *", "Access-Control-Allow-Headers", "*")
	failing := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(headerNosniff, "nosniff")
		w.Header().Set(headerHSTS, "max-age=31536000")
		w.WriteHeader(http.StatusBadGateway)
	}
	for _, test := range []struct {
		handler http.HandlerFunc
		flags   string
		want    string // after what is sent
	}{
		{wildcards, "-credentials -method PUT", "note: * stands for every method only where there are no credentials\n"},
		{wildcards, "-header Authorization:x", "note: * stands for every header only where there are no credentials, and never for Authorization\n"},
		{api(only(app)), "-method PATCH", ""},
		{api(only(app)), "-header X-Other:1", ""},
		{failing, "", "note: the answer is an error, 502; other answers may have the header, but errors need it as well\n"},
		{http.RedirectHandler("/next", http.StatusFound).ServeHTTP, "", "note: a redirect needs the header as well as the answer that it leads to\n"},
		{api(only()), "", ""},
	} {
		args := append(strings.Fields(test.flags), "-from", app, "-probe=false", events)
		assert.Regexp(t, "\nsend: [^\n]*\n"+regexp.QuoteMeta(test.want)+"$", unwrapped(checked(test.handler, args...).out), test.want)
	}
	mixed := checked(api(only()), "-from", app, "-probe=false", "http://api.example.com/")
	assert.NotContains(t, mixed.out, "note: ")
}

func TestOutputOfProbes(t *testing.T) {
	for _, test := range []struct {
		allowed func(string) bool
		want    string
	}{
		{only(), "tried 7 other origins: none is let in\n"},
		{only("null"), "tried null (a sandboxed page, of any site): let in with credentials\ntried 6 more: not let in\nproblems\n  cors-null: null is let in with credentials, and so is every site by means of a\n    sandboxed frame; do not allow null\n"},
		{only("https://httpsec.example"), "tried https://httpsec.example (another site): let in with credentials\nproblems\n"},
	} {
		assert.Contains(t, checked(api(test.allowed), events).out, test.want)
	}
	public := checked(header("Access-Control-Allow-Origin", "*"), events)
	assert.Contains(t, public.out, "\ntried https://httpsec.example (another site): let in without credentials\n")
	assert.NotContains(t, public.out, "problems")
}

func TestProblemsComeFirst(t *testing.T) {
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Referrer-Policy", "nonsense")
	}
	out := checked(handler, "-probe=false", site).out
	assert.Less(t, strings.Index(out, "\nproblems\n"), strings.Index(out, "\nadvice\n"))
	assert.Equal(t, 1, strings.Count(out, "\nproblems\n"))
	r := checked(handler, "-probe=false", "-json", site).report(t)
	assert.Equal(t, problem, r.Findings[0].Level)
	assert.Equal(t, advice, r.Findings[1].Level)
}

func TestOutputOfFindings(t *testing.T) {
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Referrer-Policy", "same-orgin")
		w.Header().Set("X-Xss-Protection", "1; mode=block")
		quiet(&replacer{w, headerCSP, "default-src self; frame-ancestors 'none'"}, "text/html", "")
	}
	assert.Equal(t, `→ GET https://www.example.com/
← 200
opened
problems
  content-security-policy-invalid: default-src: "self" has no single quotes;
    write "'self'"
  referrer-policy-invalid: unknown policy "same-orgin"; did you mean
    "same-origin"?
advice
  x-xss-protection-weak: 1; mode=block steers a filter that browsers dropped for
    its own holes; write "0", or leave it out
`, checked(handler, "-probe=false", site).out)
	weak := checked(page("", headerCSP, "default-src 'self'; script-src 'nonce-cmFuZG9tIGVub3VnaA=='; frame-ancestors 'none'"), "-probe=false", site).out
	assert.Contains(t, weak, "\n  content-security-policy-weak: the policy has no base-uri, so")
}

// TestWidth runs what has long lines.
func TestWidth(t *testing.T) {
	for _, o := range []*outcome{
		checked(api(only(app)), "-from", app, "-method", "PUT", "-credentials", "-header", "X-Api-Key: 1", "-header", "Content-Type: application/json", events),
		checked(bare("text/html"), site),
		checked(page("<script>start()</script><p style='color: red' onclick='go()'>", headerCSP+"-Report-Only", "default-src 'none'"), site),
		checked(failing(405, false), "-from", app, "-method", "PUT", events),
		checked(leading(map[string]string{"/": "https://example.net/a/path/that/is/rather/long"}), site),
	} {
		require.NotEmpty(t, o.out)
		for line := range strings.SplitSeq(o.out, "\n") {
			assert.LessOrEqual(t, utf8.RuneCountInString(line), width, line)
		}
	}
	long := "https://www.example.com/" + strings.Repeat("long/", 40)
	assert.Contains(t, checked(page(""), long).out, "→ GET "+long+"\n", "a value is never cut")
}

func TestColors(t *testing.T) {
	r := checked(api(only(app, "null")), "-json", "-from", app, "-method", "PATCH", events).report(t)
	var plain, colored bytes.Buffer
	require.NoError(t, writeHuman(&plain, false)(r))
	require.NoError(t, writeHuman(&colored, true)(r))
	assert.NotContains(t, plain.String(), "\x1b")
	assert.Contains(t, colored.String(), "\x1b[31mblocked: ")
	assert.Contains(t, colored.String(), "\x1b[1msend: Access-Control-Allow-Methods: PATCH\x1b[0m\n")
	assert.Contains(t, colored.String(), "\x1b[31mproblems\x1b[0m\n")
	without := colored.String()
	for _, code := range []string{"\x1b[1m", "\x1b[31m", "\x1b[0m"} {
		without = strings.ReplaceAll(without, code, "")
	}
	assert.Equal(t, plain.String(), without)

	var fine bytes.Buffer
	require.NoError(t, writeHuman(&fine, true)(checked(api(only(app)), "-json", "-from", app, events).report(t)))
	assert.Contains(t, fine.String(), "\x1b[32mallowed: ")
}

func TestWhereColorsAre(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a device, as terminals are
	require.NoError(t, err)
	defer device.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer file.Close()
	reader, pipe, err := os.Pipe()
	require.NoError(t, err)
	defer reader.Close()
	defer pipe.Close()
	assert.True(t, isColored(device))
	assert.False(t, isColored(file))
	assert.False(t, isColored(pipe))
	assert.False(t, isColored(&bytes.Buffer{}))
	t.Setenv("NO_COLOR", "1")
	assert.False(t, isColored(device))
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "dumb")
	assert.False(t, isColored(device))
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestOutputThatCannotBeWritten(t *testing.T) {
	for _, args := range [][]string{{"check", site}, {"check", "-json", site}} {
		var errors bytes.Buffer
		assert.Equal(t, exitUsage, run(args, nil, full{}, &errors, &world{handler: page("")}))
		assert.Equal(t, "httpsec check: write: file already closed\n", errors.String())
	}
}

func TestProbesOfPreflightsSaySo(t *testing.T) {
	out := checked(api(only(app)), "-from", app, "-method", "PUT", events).out
	assert.Contains(t, out, "\ntried 7 other origins, with the same preflight: none is let in\n")
}
