package httpsec_test

import (
	"net/http"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSelect(t *testing.T) {
	tenant := newPolicy(t, twoOrigins())
	choose := func(r *http.Request) *httpsec.Policy {
		if r.Host == "tenant.example.com" {
			return tenant
		}
		return nil
	}
	handler := httpsec.Select(choose)(handle)
	left := http.Header{"Access-Control-Allow-Origin": {"https://left.com"}}

	for name, r := range map[string]*http.Request{
		"actual request": newRequest("GET", from("https://evil.com")),
		"preflight":      newRequest("OPTIONS", preflightOf("https://evil.com", "PUT")),
		"handshake":      handshake(from("https://evil.com")),
	} {
		assert.Equal(t, ran(left), answerTo(handler, r, left), "row 78: %s", name)
	}
	at := func(r *http.Request) *http.Request { return under("tenant.example.com", r) }
	actual := at(newRequest("GET", from("https://a.com")))
	preflight := at(newRequest("OPTIONS", preflightOf("https://evil.com", "PUT")))
	assert.Equal(t, ran(sharedWithA()), answerTo(handler, actual, left), "row 79")
	assert.Equal(t, refused(preflightVary), answerTo(handler, preflight, left), "row 79")
	assert.Equal(t, refused("Origin"), answerTo(handler, at(handshake(from("https://evil.com"))), left), "row 79")

	assert.PanicsWithValue(t, "httpsec: Select: choose is nil", func() { httpsec.Select(nil) })
	assert.PanicsWithValue(t, "httpsec: Select: next is nil", func() { httpsec.Select(choose)(nil) })
}

func TestCredentialOrigins(t *testing.T) {
	const vip = "https://vip.com"
	expose := []string{"X-Bar"}
	varied := ran(http.Header{"Vary": {"Origin"}})
	public := ran(http.Header{
		"Access-Control-Allow-Origin":   {"*"},
		"Access-Control-Expose-Headers": {"X-Bar"},
		"Vary":                          {"Origin"},
	})
	trusted := ran(http.Header{
		"Access-Control-Allow-Origin":      {vip},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Expose-Headers":    {"X-Bar"},
		"Vary":                             {"Origin"},
	})
	t.Run("row 68", func(t *testing.T) {
		exchanges{
			{"a credential origin", "GET", from(vip), trusted},
			{"another", "GET", from("https://evil.com"), public},
			{"null", "GET", from("null"), public},
			{"malformed", "GET", from("https://vip.com/"), public},
			{"two Origin lines", "GET", from(vip, vip), public},
			{"no Origin", "GET", nil, public},
		}.run(t, httpsec.Config{Origins: []string{"*"}, CredentialOrigins: []string{vip}, ExposeHeaders: expose})
	})
	t.Run("row 69", func(t *testing.T) {
		exchanges{
			{"a credential origin", "OPTIONS", preflightOf(vip, "PURGE", "x-a"), approved(http.Header{
				"Access-Control-Allow-Origin":      {vip},
				"Access-Control-Allow-Credentials": {"true"},
				"Access-Control-Allow-Methods":     {"PURGE"},
				"Access-Control-Allow-Headers":     {"x-a"},
				"Access-Control-Max-Age":           {"600"},
				"Vary":                             {preflightVary},
			})},
			{"another", "OPTIONS", preflightOf("https://evil.com", "PURGE", "x-a"), approved(http.Header{
				"Access-Control-Allow-Origin":  {"*"},
				"Access-Control-Allow-Methods": {"*"},
				"Access-Control-Allow-Headers": {"*, Authorization"},
				"Access-Control-Max-Age":       {"600"},
				"Vary":                         {preflightVary},
			})},
		}.run(t, httpsec.Config{Origins: []string{"*"}, CredentialOrigins: []string{vip}, Methods: []string{"*"}})
	})
	t.Run("row 70", func(t *testing.T) {
		exchanges{
			{"a credential origin", "GET", from(vip), trusted},
			{"a listed one", "GET", from("https://a.com"), ran(sharedWithA())},
			{"another", "GET", from("https://evil.com"), varied},
		}.run(t, with(twoOrigins(), func(c *httpsec.Config) { c.CredentialOrigins = []string{vip} }))
	})
	t.Run("row 71", func(t *testing.T) {
		exchanges{
			{"an origin that the function allows", "GET", from("https://c.com"), ran(sharedWith("https://c.com"))},
		}.run(t, httpsec.Config{
			CredentialOrigins: []string{vip},
			OriginFunc:        func(*http.Request, string) bool { return true },
		})
	})
	t.Run("alone", func(t *testing.T) {
		exchanges{
			{"a credential origin", "GET", from(vip), trusted},
			{"another", "GET", from("https://evil.com"), varied},
		}.run(t, httpsec.Config{CredentialOrigins: []string{vip}, ExposeHeaders: expose})
	})
	t.Run("handshakes", func(t *testing.T) {
		p := newPolicy(t, httpsec.Config{Origins: []string{"*"}, CredentialOrigins: []string{vip}})
		cookie := func(origin string) *http.Request { return handshake(adding(from(origin), "Cookie", "session=1")) }
		assert.True(t, p.CheckOrigin(cookie(vip)))
		assert.False(t, p.CheckOrigin(cookie("https://evil.com")))
		assert.True(t, p.CheckOrigin(handshake(from("https://evil.com"))))
		assert.Equal(t, httpsec.ReasonCredentials, p.Decide(cookie("https://evil.com")).Reason)
	})
}

func TestAnswerOPTIONS(t *testing.T) {
	answering := with(twoOrigins(), func(c *httpsec.Config) { c.AnswerOPTIONS, c.PreflightStatus = true, 204 })
	rejecting := with(answering, func(c *httpsec.Config) { c.RejectDisallowed = true })
	varied := http.Header{"Vary": {"Origin"}}
	exchanges{
		{"row 48: no Origin", "OPTIONS", nil, answer{204, varied, ""}},
		{"row 48: listed origin", "OPTIONS", from("https://a.com"), answer{204, sharedWithA(), ""}},
		{"row 48: no Origin, but a method line", "OPTIONS", askingToPut(nil), answer{204, varied, ""}},
		{"foreign origin", "OPTIONS", from("https://evil.com"), answer{204, varied, ""}},
		{"GET", "GET", from("https://a.com"), ran(sharedWithA())},
	}.run(t, answering)
	exchanges{
		{"row 49: foreign origin", "OPTIONS", from("https://evil.com"), refused("Origin")},
		{"listed origin", "OPTIONS", from("https://a.com"), answer{204, sharedWithA(), ""}},
	}.run(t, rejecting)
}

func TestReasons(t *testing.T) {
	assert.Equal(t, []httpsec.Reason{
		httpsec.ReasonOrigin, httpsec.ReasonMalformedOrigin, httpsec.ReasonMethod, httpsec.ReasonHeader,
		httpsec.ReasonCredentials, httpsec.ReasonHost, httpsec.ReasonCrossSite,
	}, httpsec.Reasons())
	httpsec.Reasons()[0] = "changed"
	assert.Equal(t, httpsec.ReasonOrigin, httpsec.Reasons()[0])
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

// TestReloadWithinARequest replaces the policy while a handler runs: what was decided
// stays, and what is asked for then is new.
func TestReloadWithinARequest(t *testing.T) {
	p := newPolicy(t, twoOrigins())
	handler := p.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.True(t, p.Decide(r).Allowed)
		assert.True(t, p.CheckOrigin(r))
		require.NoError(t, p.Reload(httpsec.Config{Origins: []string{"https://c.com"}}))
		assert.False(t, p.Decide(r).Allowed)
		assert.False(t, p.CheckOrigin(r))
		handle.ServeHTTP(w, r)
	}))
	assert.Equal(t, ran(sharedWithA()), answerTo(handler, newRequest("GET", from("https://a.com")), nil))
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
