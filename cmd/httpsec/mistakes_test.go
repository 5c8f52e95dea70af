package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	app    = "https://app.example.com"
	events = "https://api.example.com/events/1"
)

func header(lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(lines); i += 2 {
			w.Header().Add(lines[i], lines[i+1])
		}
		quiet(w, "application/json", "{}")
	}
}

// failing answers OPTIONS requests as a server does that knows nothing of them.
func failing(status int, withOrigin bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if withOrigin {
			w.Header().Set("Access-Control-Allow-Origin", app)
			w.Header().Set("Access-Control-Allow-Credentials", "true")
		}
		if r.Method == http.MethodOptions {
			w.Header().Set("Location", "/login")
			w.WriteHeader(status)
			return
		}
		quiet(w, "application/json", "{}")
	}
}

func TestBlocked(t *testing.T) {
	doubled := header("Access-Control-Allow-Origin", app, "Access-Control-Allow-Origin", app)
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		args    string
		reason  string
		send    string
	}{
		{"no header", header(), "", "MissingAllowOriginHeader", "send: Access-Control-Allow-Origin: " + app},
		{"another origin", header("Access-Control-Allow-Origin", "https://a.com"), "", "AllowOriginMismatch", "send: Access-Control-Allow-Origin: " + app},
		{"null sent", header("Access-Control-Allow-Origin", "null"), "", "AllowOriginMismatch", "send: Access-Control-Allow-Origin: " + app},
		{"doubled", doubled, "", "MultipleAllowOriginValues", "send: Access-Control-Allow-Origin: " + app},
		{"no scheme", header("Access-Control-Allow-Origin", "app.example.com"), "", "InvalidAllowOriginValue", "send: Access-Control-Allow-Origin: " + app},
		{"* with credentials", header("Access-Control-Allow-Origin", "*"), "-credentials", "WildcardOriginNotAllowed", "send: Access-Control-Allow-Origin: " + app},
		{"no credentials", header("Access-Control-Allow-Origin", app), "-credentials", "InvalidAllowCredentials", "send: Access-Control-Allow-Credentials: true"},
		{"preflight 401", failing(401, true), "-method PUT", "PreflightInvalidStatus", "send: 204 to OPTIONS"},
		{"preflight 404", failing(404, true), "-method PUT", "PreflightInvalidStatus", "send: 204 to OPTIONS"},
		{"preflight 405", failing(405, true), "-method PUT", "PreflightInvalidStatus", "send: 204 to OPTIONS"},
		{"preflight 405 bare", failing(405, false), "-method PUT", "PreflightMissingAllowOriginHeader", "send: Access-Control-Allow-Origin: " + app},
		{"preflight redirected", failing(302, true), "-method PUT", "PreflightDisallowedRedirect", "send: 204 to OPTIONS"},
		{"method", api(only(app)), "-method PATCH", "MethodDisallowedByPreflightResponse", "send: Access-Control-Allow-Methods: PATCH"},
		{"header", api(only(app)), "-header X-Other:1", "HeaderDisallowedByPreflightResponse", "send: Access-Control-Allow-Headers: x-other"},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{"-from", app, "-probe=false"}, strings.Fields(test.args)...)
			people := checked(test.handler, append(args, events)...)
			assert.Equal(t, exitProblem, people.exit)
			assert.Contains(t, people.out, "\n"+test.send)
			r := checked(test.handler, append(append([]string{"-json"}, args...), events)...).report(t)
			assert.Equal(t, verdictBlocked, r.Verdict)
			require.NotNil(t, r.Blocked)
			assert.Equal(t, test.reason, r.Blocked.Reason)
			assert.Contains(t, unwrapped(people.out), "blocked: "+r.Blocked.Message)
			assert.Equal(t, r.Blocked, r.Exchanges[len(r.Exchanges)-1].Blocked)

			expected := checked(test.handler, append(append([]string{"-expect", "blocked"}, args...), events)...)
			assert.Equal(t, exitFine, expected.exit, expected.out)
		})
	}
}

// unwrapped undoes the breaking of lines.
func unwrapped(out string) string { return regexp.MustCompile(`\n +`).ReplaceAllString(out, " ") }

func TestOriginsThatGetIn(t *testing.T) {
	suffix := func(s string) func(string) bool {
		return func(origin string) bool { return strings.HasSuffix(origin, s) }
	}
	prefix := func(s string) func(string) bool {
		return func(origin string) bool { return strings.HasPrefix(origin, s) }
	}
	matching := func(s string) func(string) bool { return regexp.MustCompile(s).MatchString }
	for _, test := range []struct {
		name     string
		allowed  func(string) bool
		problems []string
		advice   []string
	}{
		{"a list", only(app), nil, nil},
		{"reflected", suffix(""), []string{"cors-any-origin"}, nil},
		{"null", only(app, "null"), []string{"cors-null"}, nil},
		{"prefix", prefix(app), []string{"cors-prefix"}, nil},
		{"suffix", suffix("example.com"), []string{"cors-suffix", "cors-http"}, nil},
		{"dot as wildcard", matching(`^https://app.example.com$`), []string{"cors-dot"}, nil},
		{"http variant", only(app, "http://app.example.com"), []string{"cors-http"}, nil},
		{"any port", matching(`^https://app\.example\.com(:\d+)?$`), nil, []string{"cors-port"}},
	} {
		for _, fetch := range []string{"", "-method PUT", "-credentials", "-header X-Api-Key:1"} {
			t.Run(test.name+" "+fetch, func(t *testing.T) {
				args := append([]string{"-json", "-from", app}, strings.Fields(fetch)...)
				o := checked(api(test.allowed), append(args, events)...)
				r := o.report(t)
				assert.Equal(t, verdictAllowed, r.Verdict)
				assert.Equal(t, test.problems, r.ids(problem))
				assert.Equal(t, test.advice, r.ids(advice))
				assert.Equal(t, test.problems != nil, o.exit == exitProblem)
				for _, p := range r.Probes {
					assert.Equal(t, test.allowed(p.Origin), p.Credentials, p.Origin)
					assert.Equal(t, p.Credentials, p.Allowed, p.Origin)
				}
			})
		}
	}
}

func TestProbesVaryTheURLsOwnOriginElse(t *testing.T) {
	o := checked(api(only("null", "http://api.example.com")), "-json", events)
	r := o.report(t)
	assert.Equal(t, []string{"cors-null", "cors-http"}, r.ids(problem))
	assert.Equal(t, []string{
		"GET " + events,
		"GET " + events + " https://httpsec.example",
		"GET " + events + " null",
		"GET " + events + " https://api.example.com.httpsec.example",
		"GET " + events + " https://httpsecexample.com",
		"GET " + events + " https://apixexample.com",
		"GET " + events + " http://api.example.com",
		"GET " + events + " https://api.example.com:8443",
	}, o.lines())

	blocked := checked(api(only()), "-json", "-from", "https://a.b.example.net", events)
	assert.Equal(t, verdictBlocked, blocked.report(t).Verdict)
	assert.Contains(t, blocked.lines(), "GET "+events+" https://apixexample.com")
	null := checked(api(only("null")), "-json", "-from", "null", events)
	assert.Equal(t, verdictAllowed, null.report(t).Verdict)
	assert.Equal(t, []string{"GET " + events + " null", "GET " + events + " https://httpsec.example"}, null.lines()[:2])
	assert.NotContains(t, null.lines()[1:], "GET "+events+" null")
}

// TestProbesThatCouldOnlySayTheSame are not sent: what compares the beginning lets in
// another port, and what compares the end another character for a dot.
func TestProbesThatCouldOnlySayTheSame(t *testing.T) {
	prefix := checked(api(func(origin string) bool { return strings.HasPrefix(origin, app) }), "-from", app, "-ignore", "cors-prefix", events)
	assert.Len(t, prefix.requests, 7)
	assert.NotContains(t, prefix.lines(), "GET "+events+" "+app+":8443")
	suffix := checked(api(func(origin string) bool { return strings.HasSuffix(origin, "example.com") }), "-from", app, events)
	assert.Len(t, suffix.requests, 7)
	assert.NotContains(t, suffix.lines(), "GET "+events+" https://appxexample.com")
}

func TestProbesStopWhereAStrangerGetsIn(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"with credentials": api(func(string) bool { return true }),
		"anyone without":   header("Access-Control-Allow-Origin", "*"),
	} {
		t.Run(name, func(t *testing.T) {
			o := checked(handler, "-json", "-from", app, events)
			assert.Len(t, o.requests, 2)
			r := o.report(t)
			assert.True(t, r.Probes[0].Allowed)
			assert.Equal(t, name == "with credentials", r.Probes[0].Credentials)
			if name != "with credentials" {
				assert.Empty(t, r.Findings, "public data")
			}
		})
	}
}

func TestProbesNeverSendWhatIsUnsafe(t *testing.T) {
	put := checked(api(only(app)), "-from", app, "-method", "PUT", "-header", "X-Api-Key: 1", events)
	require.Len(t, put.requests, 9)
	assert.Equal(t, []string{"OPTIONS " + events + " " + app, "PUT " + events + " " + app}, put.lines()[:2])
	for _, r := range put.requests[2:] {
		assert.Equal(t, http.MethodOptions, r.Method)
		assert.Equal(t, "PUT", r.Header.Get("Access-Control-Request-Method"))
		assert.Equal(t, "x-api-key", r.Header.Get("Access-Control-Request-Headers"))
	}
	post := checked(api(only(app)), "-from", app, "-method", "POST", events)
	assert.Equal(t, []string{"POST " + events + " " + app}, post.lines(), "no preflight, so none to send")
	head := checked(api(only(app)), "-from", app, "-method", "HEAD", events)
	require.Len(t, head.requests, 8)
	assert.Equal(t, "GET "+events+" https://httpsec.example", head.lines()[1])
	none := checked(api(only(app)), "-from", app, "-probe=false", events)
	assert.Len(t, none.requests, 1)
	same := checked(api(only()), "-from", "https://api.example.com", "-method", "PUT", events)
	assert.Len(t, same.requests, 8, "another origin would have a preflight")
	allIn := checked(api(func(string) bool { return true }), "-from", app, "-method", "DELETE", events)
	assert.Equal(t, "OPTIONS "+events+" https://httpsec.example", allIn.lines()[2])
	assert.Len(t, allIn.requests, 3)
}

func TestProbesOfAddresses(t *testing.T) {
	for url, origins := range map[string][]string{
		"http://127.0.0.1:8080/": {"https://httpsec.example", "null", "https://127.0.0.1.httpsec.example", "http://127.0.0.1:8443"},
		"http://localhost:8080/": {"https://httpsec.example", "null", "https://localhost.httpsec.example", "http://localhost:8443"},
		"https://[::1]:8443/":    {"https://httpsec.example", "null", "http://[::1]:8443", "https://[::1]:8444"},
		"http://example.com/": {"http://httpsec.example", "null", "http://example.com.httpsec.example", "http://httpsecexample.com",
			"http://example.com:8443"},
	} {
		t.Run(url, func(t *testing.T) {
			var tried []string
			for _, p := range checked(api(only()), "-json", url).report(t).Probes {
				tried = append(tried, p.Origin)
			}
			assert.Equal(t, origins, tried)
		})
	}
}

func TestContradictions(t *testing.T) {
	both := header("Access-Control-Allow-Origin", "*", "Access-Control-Allow-Credentials", "true")
	r := checked(both, "-json", "-from", app, events).report(t)
	assert.Equal(t, verdictAllowed, r.Verdict)
	assert.Equal(t, []string{"cors-wildcard-credentials"}, r.ids(problem))

	doubled := header("Access-Control-Allow-Origin", app, "Access-Control-Allow-Origin", "*")
	r = checked(doubled, "-json", events).report(t)
	assert.Equal(t, []string{"cors-invalid"}, r.ids(problem))
	assert.Contains(t, r.Findings[0].Message, "contains multiple values 'https://app.example.com, *'")
}

func TestVary(t *testing.T) {
	silent := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == app {
			w.Header().Set("Access-Control-Allow-Origin", app)
		}
		quiet(w, "application/json", "{}")
	}
	assert.Equal(t, []string{"vary-missing"}, checked(silent, "-json", "-from", app, events).report(t).ids(advice))
	fixed := header("Access-Control-Allow-Origin", app)
	assert.Empty(t, checked(fixed, "-json", "-from", app, events).report(t).ids(advice), "it is always the same")
}

// TestOriginsAreSeenWhereThePreflightFails: what stops every request, stops nothing
// that needs no preflight.
func TestOriginsAreSeenWhereThePreflightFails(t *testing.T) {
	reflecting := func(status int, lines ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
			w.Header().Set("Access-Control-Allow-Credentials", "true")
			for i := 0; i < len(lines); i += 2 {
				w.Header().Set(lines[i], lines[i+1])
			}
			w.WriteHeader(status)
		}
	}
	for reason, handler := range map[string]http.HandlerFunc{
		"MethodDisallowedByPreflightResponse":  reflecting(200),
		"PreflightInvalidStatus":               reflecting(404),
		"InvalidAllowMethodsPreflightResponse": reflecting(200, "Access-Control-Allow-Methods", "PUT;"),
		"InvalidAllowHeadersPreflightResponse": reflecting(200, "Access-Control-Allow-Headers", "a b"),
		"HeaderDisallowedByPreflightResponse":  reflecting(200, "Access-Control-Allow-Methods", "PUT"),
	} {
		t.Run(reason, func(t *testing.T) {
			r := checked(handler, "-json", "-from", app, "-method", "PUT", "-header", "X-Api-Key: 1", events).report(t)
			assert.Equal(t, reason, r.Blocked.Reason)
			assert.Equal(t, []string{"cors-any-origin"}, r.ids(problem))
		})
	}
	redirected := reflecting(302, "Location", "/login")
	r := checked(redirected, "-json", "-from", app, "-method", "PUT", events).report(t)
	assert.Equal(t, "PreflightDisallowedRedirect", r.Blocked.Reason)
	assert.Empty(t, r.ids(problem), "of which browsers read no header")
}
