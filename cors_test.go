package httpsec_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
)

// A test whose name begins with "row N" is that row of the cases in
// docs/conformance.md. Several tests may look at one: from the policy, from
// Decide, and over a real server.

func TestActualRequests(t *testing.T) {
	varied := http.Header{"Vary": {"Origin"}}
	exchanges{
		{"row 1: no Origin", "GET", nil, ran(varied)},
		{"row 3: listed origin", "GET", from("https://a.com"), ran(sharedWithA())},
		{"row 4: foreign origin", "GET", from("https://evil.com"), ran(varied)},
		{"row 8: HEAD, a method that is not listed", "HEAD", from("https://a.com"), ran(sharedWithA())},
		{"row 8: DELETE, a method that is not listed", "DELETE", from("https://a.com"), ran(sharedWithA())},
		{"row 8: a method of one's own", "anything", from("https://a.com"), ran(sharedWithA())},
		{"row 17: OPTIONS without Access-Control-Request-Method", "OPTIONS", from("https://a.com"), ran(sharedWithA())},
		{"row 18: OPTIONS without Origin", "OPTIONS", askingToPut(nil), ran(varied)},
		{"OPTIONS with an empty Origin", "OPTIONS", askingToPut(from("")), ran(varied)},
		{"OPTIONS with two Origin lines", "OPTIONS", askingToPut(from("https://a.com", "https://a.com")), ran(varied)},
		{"PUT with Access-Control-Request-Method", "PUT", askingToPut(from("https://a.com")), ran(sharedWithA())},
		{"row 20: null", "GET", from("null"), ran(varied)},
		{"row 21: empty Origin", "GET", from(""), ran(varied)},
		{"row 22: two Origin lines", "GET", from("https://a.com", "https://b.com"), ran(varied)},
		{"row 22: two equal Origin lines", "GET", from("https://a.com", "https://a.com"), ran(varied)},
		{"row 22: two empty Origin lines", "GET", from("", ""), ran(varied)},
		{"row 38: the service's own origin", "POST", from("http://example.com"), ran(varied)},
	}.run(t, twoOrigins())
}

func TestActualRequestsOfAnyone(t *testing.T) {
	public := ran(http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Expose-Headers": {"X-Bar"}})
	tests := exchanges{
		{"row 2: no Origin", "GET", nil, public},
		{"some origin", "GET", from("https://evil.com"), public},
		{"listed beside the asterisk", "GET", from("https://a.com"), public},
		{"row 20: null", "GET", from("null"), public},
		{"row 21: empty Origin", "GET", from(""), public},
		{"row 22: two Origin lines", "GET", from("https://a.com", "https://a.com"), public},
		{"malformed", "POST", from("https://a.com/"), public},
		{"OPTIONS with two Origin lines", "OPTIONS", askingToPut(from("https://a.com", "https://b.com")), public},
	}
	const a = "https://a.com"
	expose := []string{"X-Bar"}
	for name, c := range map[string]httpsec.Config{
		"alone":                      {Origins: []string{"*"}, ExposeHeaders: expose},
		"row 29: with credentials":   {Origins: []string{"*"}, ExposeHeaders: expose, Credentials: true},
		"row 30: before another":     {Origins: []string{"*", a}, ExposeHeaders: expose, Credentials: true},
		"after another":              {Origins: []string{a, "*"}, ExposeHeaders: expose, Credentials: true},
		"rejecting the disallowed":   {Origins: []string{"*"}, ExposeHeaders: expose, RejectDisallowed: true},
		"beside an unasked function": {Origins: []string{"*"}, ExposeHeaders: expose, OriginFunc: neverAsked(t)},
	} {
		t.Run(name, func(t *testing.T) { tests.run(t, c) })
	}
}

func TestCredentialsAndExposedHeaders(t *testing.T) {
	const origin = "https://a.com"
	var (
		varied  = http.Header{"Vary": {"Origin"}}
		shared  = http.Header{"Access-Control-Allow-Origin": {origin}, "Vary": {"Origin"}}
		public  = http.Header{"Access-Control-Allow-Origin": {"*"}}
		trusted = http.Header{
			"Access-Control-Allow-Origin":      {origin},
			"Access-Control-Allow-Credentials": {"true"},
			"Vary":                             {"Origin"},
		}
	)
	exposing := func(header http.Header, names string) http.Header {
		return adding(header, "Access-Control-Expose-Headers", names)
	}
	listed, foreign, anyone := []string{origin}, []string{"https://b.com"}, []string{"*"}
	tests := []struct {
		name        string
		origins     []string
		credentials bool
		expose      []string
		want        http.Header
	}{
		{"neither", listed, false, nil, shared},
		{"row 31: credentials", listed, true, nil, trusted},
		{"exposed, as written, once", listed, false, []string{"x-a", "X-B", "X-A"}, exposing(shared, "x-a, X-B")},
		{"both", listed, true, []string{"X-One"}, exposing(trusted, "X-One")},
		{"all exposed", listed, false, []string{"X-One", "*"}, exposing(shared, "*")},
		{"anyone", anyone, false, nil, public},
		{"row 29: anyone, credentials", anyone, true, nil, public},
		{"anyone, credentials, all exposed", anyone, true, []string{"*"}, exposing(public, "*")},
		{"row 31: refused, credentials", foreign, true, []string{"X-One"}, varied},
		{"nobody", []string{}, true, nil, varied},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := httpsec.Config{Origins: test.origins, Credentials: test.credentials, ExposeHeaders: test.expose}
			assert.Equal(t, ran(test.want), answerTo(newHandler(t, c), newRequest("GET", from(origin)), nil))
		})
	}
}

func TestRejectDisallowed(t *testing.T) {
	const own = "http://example.com"
	varied := http.Header{"Vary": {"Origin"}}
	site := func(origin, site string) http.Header {
		return http.Header{"Origin": {origin}, "Sec-Fetch-Site": {site}}
	}
	exchanges{
		{"row 39: GET from a foreign origin", "GET", from("https://evil.com"), refused("Origin")},
		{"row 39: POST from a foreign origin", "POST", from("https://evil.com"), refused("Origin")},
		{"OPTIONS that is not a preflight", "OPTIONS", from("https://evil.com"), refused("Origin")},
		{"null", "POST", from("null"), refused("Origin")},
		{"malformed", "POST", from("https://a.com/"), refused("Origin")},
		{"two Origin lines", "POST", from("https://a.com", "https://a.com"), refused("Origin")},
		{"two Origin lines, both the service's own", "POST", from(own, own), refused("Origin")},
		{"preflight from a foreign origin", "OPTIONS", preflightOf("https://evil.com", "PUT"), refused(preflightVary)},
		{"listed origin", "POST", from("https://a.com"), ran(sharedWithA())},
		{"no Origin", "POST", nil, ran(varied)},
		{"empty Origin", "POST", from(""), ran(varied)},
		{"row 38: own host", "POST", from(own), ran(varied)},
		{"row 38: own host behind a proxy that ends TLS", "POST", from("https://example.com"), ran(varied)},
		{"row 38: own origin, as the browser says", "POST", site("https://renamed.com", "same-origin"), ran(varied)},
		{"own host, but the browser says otherwise", "POST", site(own, "same-site"), refused("Origin")},
		{"another port of the host", "POST", from("http://example.com:8080"), refused("Origin")},
	}.run(t, with(twoOrigins(), func(c *httpsec.Config) { c.RejectDisallowed = true }))
}

func TestOriginFunc(t *testing.T) {
	varied := http.Header{"Vary": {"Origin"}}
	tests := []struct {
		name   string
		header http.Header
		asked  []string
		want   http.Header
	}{
		{"no Origin", nil, nil, varied},
		{"listed", from("https://a.com"), nil, sharedWith("https://a.com")},
		{"covered by a pattern", from("https://x.b.com"), nil, sharedWith("https://x.b.com")},
		{"allowed by the function", from("https://c.com"), []string{"https://c.com"}, sharedWith("https://c.com")},
		{"another scheme", from("capacitor://c.com"), []string{"capacitor://c.com"}, varied},
		{"refused by the function", from("https://evil.com"), []string{"https://evil.com"}, varied},
		{"null", from("null"), nil, varied},
		{"empty", from(""), nil, varied},
		{"two lines", from("https://c.com", "https://c.com"), nil, varied},
		{"path", from("https://c.com/"), nil, varied},
		{"default port", from("https://c.com:443"), nil, varied},
		{"upper case", from("https://C.com"), nil, varied},
		{"no scheme", from("c.com"), nil, varied},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRequest("GET", test.header)
			var asked []string
			handler := newHandler(t, httpsec.Config{
				Origins: []string{"https://a.com", "https://*.b.com"},
				OriginFunc: func(got *http.Request, origin string) bool {
					assert.Same(t, r, got)
					asked = append(asked, origin)
					return origin == "https://c.com"
				},
			})
			assert.Equal(t, ran(test.want), answerTo(handler, r, nil))
			assert.Equal(t, test.asked, asked)
		})
	}

	t.Run("a panic passes through", func(t *testing.T) {
		lookup := func(*http.Request, string) bool { panic("lookup failed") }
		handler, r := newHandler(t, httpsec.Config{OriginFunc: lookup}), newRequest("GET", from("https://a.com"))
		assert.PanicsWithValue(t, "lookup failed", func() { answerTo(handler, r, nil) })
	})
}

// TestForeignWritesWithoutOrigin has requests that a page sent under the referrer
// policy no-referrer, or that a person made.
func TestForeignWritesWithoutOrigin(t *testing.T) {
	rejecting := with(twoOrigins(), func(c *httpsec.Config) { c.RejectDisallowed = true })
	varied := ran(http.Header{"Vary": {"Origin"}})
	site := func(sites ...string) http.Header { return http.Header{"Sec-Fetch-Site": sites} }
	for _, test := range []struct {
		method  string
		site    http.Header
		refused bool
	}{
		{"POST", site("cross-site"), true},
		{"POST", site("same-site"), true},
		{"POST", site("anything"), true},
		{"POST", site("same-origin", "cross-site"), true},
		{"DELETE", site("cross-site"), true},
		{"CONNECT", site("cross-site"), true},
		{"post", site("cross-site"), true},
		{"POST", site("same-origin"), false},
		{"POST", site("none"), false},
		{"POST", site(""), false},
		{"POST", nil, false},
		{"GET", site("cross-site"), false},
		{"HEAD", site("cross-site"), false},
		{"OPTIONS", site("cross-site"), false},
	} {
		t.Run(fmt.Sprint(test.method, test.site["Sec-Fetch-Site"]), func(t *testing.T) {
			var decisions []httpsec.Decision
			p := newPolicy(t, with(rejecting, func(c *httpsec.Config) {
				c.OnDecision = func(_ *http.Request, d httpsec.Decision) { decisions = append(decisions, d) }
			}))
			r := newRequest(test.method, test.site)
			got := answerTo(p.Handler(handle), r, nil)
			if !test.refused {
				assert.Equal(t, varied, got, "row 51")
				assert.Empty(t, decisions)
				assert.Equal(t, httpsec.Decision{Allowed: true}, p.Decide(r))
				return
			}
			want := httpsec.Decision{Reason: httpsec.ReasonCrossSite}
			assert.Equal(t, refused("Origin"), got, "row 50")
			assert.Equal(t, []httpsec.Decision{want}, decisions)
			assert.Equal(t, want, p.Decide(r))
		})
	}
	public := ran(http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Expose-Headers": {"X-Bar"}})
	exchanges{
		{"row 51: under *", "POST", site("cross-site"), public},
	}.run(t, with(rejecting, func(c *httpsec.Config) { c.Origins = []string{"*"} }))
	foreign := adding(from("https://a.com"), "Sec-Fetch-Site", "cross-site")
	exchanges{
		{"row 52: listed origin", "POST", foreign, ran(sharedWithA())},
	}.run(t, rejecting)
}

// TestRejectsAllThatCrossOriginProtectionDoes sends every combination of what that
// type looks at: nothing that it refuses may pass, but for origins that the policy
// allows.
func TestRejectsAllThatCrossOriginProtectionDoes(t *testing.T) {
	rejecting := newHandler(t, with(twoOrigins(), func(c *httpsec.Config) { c.RejectDisallowed = true }))
	protection := http.NewCrossOriginProtection()
	methods := []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "CONNECT"}
	origins := []string{
		"-", "", "null", "garbage", "https://evil.com", "https://a.com",
		"http://example.com", "https://example.com", "http://example.com:80", "http://example.com:8080",
	}
	sites := []string{"-", "", "same-origin", "none", "same-site", "cross-site"}
	hosts := []string{"example.com", "example.com:80", "example.com:443", "example.com:8080", "evil.com"}
	refusals := 0
	check := func(method, origin, site, host string) {
		r := under(host, newRequest(method, nil))
		if origin != "-" {
			r.Header["Origin"] = []string{origin}
		}
		if site != "-" {
			r.Header["Sec-Fetch-Site"] = []string{site}
		}
		if protection.Check(r) == nil || origin == "https://a.com" {
			return
		}
		refusals++
		got := answerTo(rejecting, r, nil)
		assert.Equal(t, http.StatusForbidden, got.status, "%s of %q to %q, %q", method, origin, host, site)
	}
	for _, method := range methods {
		for _, origin := range origins {
			for _, site := range sites {
				for _, host := range hosts {
					check(method, origin, site, host)
				}
			}
		}
	}
	assert.Positive(t, refusals)
}

// TestHostIsComparedInAnyCase is the one difference to that type: it compares Host
// byte for byte.
func TestHostIsComparedInAnyCase(t *testing.T) {
	rejecting := newHandler(t, with(twoOrigins(), func(c *httpsec.Config) { c.RejectDisallowed = true }))
	r := under("Example.COM", newRequest("POST", from("http://example.com")))
	assert.Error(t, http.NewCrossOriginProtection().Check(r))
	assert.Equal(t, handled, answerTo(rejecting, r, nil).status)
}
