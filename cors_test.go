package httpsec_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

func TestVaryIsExtended(t *testing.T) {
	const method, headers = "Access-Control-Request-Method", "Access-Control-Request-Headers"
	tests := []struct {
		name      string
		left      []string
		actual    []string // what is added to it
		preflight []string
	}{
		{"empty", nil, []string{"Origin"}, []string{preflightVary}},
		{"row 5: another name", []string{"Accept-Encoding"}, []string{"Origin"}, []string{"Origin", method, headers}},
		{"several lines", []string{"Accept", "A, B"}, []string{"Origin"}, []string{"Origin", method, headers}},
		{"there already", []string{"Origin"}, nil, []string{method, headers}},
		{"there in another case", []string{"oRIGIN"}, nil, []string{method, headers}},
		{"there in a list, with tabs", []string{"Accept ,\torigin\t, Cookie"}, nil, []string{method, headers}},
		{"there on the second line", []string{"Accept", "Cookie,Origin"}, nil, []string{method, headers}},
		{"only a longer name", []string{"X-Origin, Origin-X"}, []string{"Origin"}, []string{"Origin", method, headers}},
		{"all there", []string{"access-control-request-headers", "access-control-request-method,origin"}, nil, nil},
		{"asterisk", []string{"*"}, nil, nil},
		{"asterisk beside a name", []string{"Accept", "Cookie, *"}, nil, nil},
	}
	handler := newHandler(t, twoOrigins())
	anyone := newHandler(t, httpsec.Config{Origins: []string{"*"}})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			varyOf := func(handler http.Handler, method, origin string) []string {
				left := http.Header{}
				if test.left != nil {
					left["Vary"] = slices.Clone(test.left)
				}
				header := http.Header{"Access-Control-Request-Method": {"PUT"}}
				if origin != "" {
					header["Origin"] = []string{origin}
				}
				return answerTo(handler, newRequest(method, header), left).header["Vary"]
			}
			for _, origin := range []string{"", "https://a.com", "https://evil.com"} {
				want := slices.Concat(test.left, test.actual)
				assert.Equal(t, want, varyOf(handler, "GET", origin), "GET from %q", origin)
				assert.Equal(t, test.left, varyOf(anyone, "GET", origin), "GET from %q under *", origin)
			}
			for _, origin := range []string{"https://a.com", "https://evil.com"} {
				want := slices.Concat(test.left, test.preflight)
				assert.Equal(t, want, varyOf(handler, "OPTIONS", origin), "preflight from %q", origin)
				assert.Equal(t, test.left, varyOf(anyone, "OPTIONS", origin), "preflight from %q under *", origin)
			}
		})
	}
}

// TestNestedPolicies checks that the inner policy decides alone, whatever an outer
// one, or anything else, has put into the response.
func TestNestedPolicies(t *testing.T) {
	inner := newPolicy(t, twoOrigins())
	expose := []string{"X-Outer"}
	var (
		anyone    = httpsec.Config{Origins: []string{"*"}, ExposeHeaders: expose}
		trusting  = httpsec.Config{Origins: []string{"https://a.com"}, ExposeHeaders: expose, Credentials: true}
		unrelated = httpsec.Config{Origins: []string{"https://c.com"}}
	)
	tests := []struct {
		name   string
		outer  httpsec.Config
		origin string
		want   http.Header
	}{
		{"row 34: outer allows anyone, inner refuses", anyone, "https://evil.com", http.Header{"Vary": {"Origin"}}},
		{"outer allows anyone, inner allows", anyone, "https://a.com", sharedWithA()},
		{"row 35: outer has credentials, inner allows without", trusting, "https://a.com", sharedWithA()},
		{"outer refuses, inner allows", unrelated, "https://a.com", sharedWithA()},
		{"outer allows, inner refuses", unrelated, "https://c.com", http.Header{"Vary": {"Origin"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			handler := newPolicy(t, test.outer).Handler(inner.Handler(handle))
			assert.Equal(t, ran(test.want), answerTo(handler, newRequest("GET", from(test.origin)), nil))
		})
	}
}

func TestHeadersLeftByOuterMiddleware(t *testing.T) {
	left := http.Header{
		"Access-Control-Allow-Origin":      {"https://left.com", "*"},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Methods":     {"LEFT"},
		"Access-Control-Allow-Headers":     {"Left"},
		"Access-Control-Expose-Headers":    {"Left"},
		"Access-Control-Max-Age":           {"1"},
		"Access-Control-Other":             {"kept: it is none of ours"},
		"X-Left":                           {"kept"},
	}
	kept := func(header http.Header) http.Header {
		header["Access-Control-Other"] = []string{"kept: it is none of ours"}
		header["X-Left"] = []string{"kept"}
		return header
	}
	rejecting := with(twoOrigins(), func(c *httpsec.Config) { c.RejectDisallowed = true })
	refusal := func(vary string) answer {
		want := refused(vary)
		kept(want.header)
		return want
	}
	approval := kept(http.Header{
		"Access-Control-Allow-Origin":  {"https://a.com"},
		"Access-Control-Allow-Methods": {"PUT"},
		"Access-Control-Allow-Headers": {"authorization, x-foo"},
		"Access-Control-Max-Age":       {"900"},
		"Vary":                         {preflightVary},
	})
	publicApproval := kept(http.Header{
		"Access-Control-Allow-Origin":  {"*"},
		"Access-Control-Allow-Methods": {"*"},
		"Access-Control-Allow-Headers": {"*, Authorization"},
		"Access-Control-Max-Age":       {"600"},
	})
	anyone := httpsec.Config{Origins: []string{"*"}, Methods: []string{"*"}}
	public := kept(http.Header{"Access-Control-Allow-Origin": {"*"}})
	tests := []struct {
		name   string
		config httpsec.Config
		method string
		header http.Header
		want   answer
	}{
		{"no Origin", twoOrigins(), "GET", nil, ran(kept(http.Header{"Vary": {"Origin"}}))},
		{"allowed", twoOrigins(), "GET", from("https://a.com"), ran(kept(sharedWithA()))},
		{"not allowed", twoOrigins(), "GET", from("https://evil.com"), ran(kept(http.Header{"Vary": {"Origin"}}))},
		{"rejected", rejecting, "GET", from("https://evil.com"), refusal("Origin")},
		{"preflight", twoOrigins(), "OPTIONS", preflightOf("https://a.com", "PUT"), approved(approval)},
		{"refused preflight", twoOrigins(), "OPTIONS", preflightOf("https://evil.com", "PUT"), refusal(preflightVary)},
		{"anyone", anyone, "GET", nil, ran(public)},
		{"preflight of anyone", anyone, "OPTIONS", preflightOf("https://a.com", "PUT"), approved(publicApproval)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, answerTo(newHandler(t, test.config), newRequest(test.method, test.header), left))
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

func TestZeroPolicyAllowsNobody(t *testing.T) {
	var p httpsec.Policy
	handler := p.Handler(handle)
	varied := http.Header{"Vary": {"Origin"}}
	actual := newRequest("GET", from("https://a.com"))
	preflight := newRequest("OPTIONS", preflightOf("https://a.com", "PUT"))
	assert.Equal(t, ran(varied), answerTo(handler, newRequest("GET", nil), nil))
	assert.Equal(t, ran(varied), answerTo(handler, actual, nil))
	assert.Equal(t, refused(preflightVary), answerTo(handler, preflight, nil))
	assert.Equal(t, refused("Origin"), answerTo(handler, handshake(from("https://a.com")), nil))

	require.NoError(t, p.Reload(twoOrigins()))
	assert.Equal(t, ran(sharedWithA()), answerTo(handler, actual, nil), "a handler made before Reload")
}

func TestHandlerRefusesNil(t *testing.T) {
	p := newPolicy(t, twoOrigins())
	assert.PanicsWithValue(t, "httpsec: Policy.Handler: next is nil", func() { p.Handler(nil) })
}

func TestReloadKeepsTheOldPolicyOnError(t *testing.T) {
	p := newPolicy(t, twoOrigins())
	handler := p.Handler(handle)
	varied := http.Header{"Vary": {"Origin"}}
	a, c := newRequest("GET", from("https://a.com")), newRequest("GET", from("https://c.com"))
	require.Error(t, p.Reload(httpsec.Config{Origins: []string{"https://c.com", "c.com"}}))
	assert.Equal(t, ran(sharedWithA()), answerTo(handler, a, nil))
	assert.Equal(t, ran(varied), answerTo(handler, c, nil))

	require.NoError(t, p.Reload(httpsec.Config{Origins: []string{"https://c.com"}}))
	assert.Equal(t, ran(varied), answerTo(handler, a, nil))
	assert.Equal(t, ran(sharedWith("https://c.com")), answerTo(handler, c, nil))
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

func TestOpaqueOrigins(t *testing.T) {
	asked := neverAsked(t)
	varied := ran(http.Header{"Vary": {"Origin"}})
	exchanges{
		{"row 72: null", "GET", from("null"), varied},
		{"row 72: file://", "GET", from("file://"), varied},
		{"row 72: ws", "GET", from("ws://a.com"), varied},
		{"row 72: wss", "GET", from("wss://a.com"), varied},
		{"row 72: data", "GET", from("data://x"), varied},
		{"row 72: blob", "GET", from("blob://x"), varied},
		{"row 72: filesystem", "GET", from("filesystem://x"), varied},
		{"row 72: malformed", "GET", from("https://a.com/"), varied},
	}.run(t, httpsec.Config{OriginFunc: asked})
	exchanges{
		{"row 20, row 73: null", "GET", from("null"), ran(sharedWith("null"))},
		{"row 73: file://", "GET", from("file://"), ran(sharedWith("file://"))},
		{"row 73: file:///", "GET", from("file:///"), varied},
		{"row 73: NULL", "GET", from("NULL"), varied},
	}.run(t, httpsec.Config{Origins: []string{"null", "file://"}})
}

func TestPatterns(t *testing.T) {
	const longLabel = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
	for _, test := range []struct {
		entry       string
		passes, not []string
	}{
		{"https://pr-*.example.net", // row 74
			[]string{"https://pr-1.example.net", "https://pr-a_b-c.example.net"},
			[]string{"https://pr-.example.net", "https://xpr-1.example.net", "https://pr-1.x.example.net",
				"https://x.pr-1.example.net", "https://pr-" + longLabel + ".example.net",
				"https://pr-1.example.net:8443", "https://example.net"}},
		{"moz-extension://*", // row 75
			[]string{"moz-extension://d1b3"},
			[]string{"moz-extension://x/", "moz-extension://", "chrome-extension://x"}},
	} {
		varied := http.Header{"Vary": {"Origin"}}
		handler := newHandler(t, httpsec.Config{Origins: []string{test.entry}})
		for _, origin := range test.passes {
			assert.Equal(t, ran(sharedWith(origin)), answerTo(handler, newRequest("GET", from(origin)), nil), origin)
		}
		for _, origin := range test.not {
			assert.Equal(t, ran(varied), answerTo(handler, newRequest("GET", from(origin)), nil), origin)
		}
	}
}

// TestRefusalsAreNotStored has what an outer middleware says of every response.
func TestRefusalsAreNotStored(t *testing.T) {
	rejecting := newHandler(t, with(twoOrigins(), func(c *httpsec.Config) { c.RejectDisallowed = true }))
	left := http.Header{"Cache-Control": {"public, max-age=600"}}
	foreign := newRequest("GET", from("https://evil.com"))
	assert.Equal(t, refused("Origin"), answerTo(rejecting, foreign, left), "row 80")
	kept := answerTo(rejecting, newRequest("GET", from("https://a.com")), left)
	assert.Equal(t, []string{"public, max-age=600"}, kept.header["Cache-Control"], "row 80")
}
