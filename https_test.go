package httpsec_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec"
)

// httpsOnlyRefusal is the answer to what cannot be redirected.
func httpsOnlyRefusal() answer {
	header := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"text/plain; charset=utf-8"}}
	return answer{http.StatusForbidden, header, "https only\n"}
}

func redirectedTo(location string) answer {
	return answer{http.StatusPermanentRedirect, http.Header{"Cache-Control": {"no-store"}, "Location": {location}}, ""}
}

func TestHTTPSOnly(t *testing.T) {
	passed := ran(http.Header{})
	for _, tt := range []struct {
		method, target, host string
		want                 answer
	}{
		{"GET", "/a%2Fb?x", "a.com:8080", redirectedTo("https://a.com/a%2Fb?x")},
		{"HEAD", "/", "a.com", redirectedTo("https://a.com/")},
		{"GET", "/?", "A.Com", redirectedTo("https://a.com/?")},
		{"GET", "//evil.com", "a.com", redirectedTo("https://a.com//evil.com")},
		{"GET", "http://a.com/x", "a.com", redirectedTo("https://a.com/x")},
		{"GET", "/", "a_b.com.", redirectedTo("https://a_b.com./")},
		{"GET", "/", "192.168.0.1", redirectedTo("https://192.168.0.1/")},
		{"GET", "/", "[2001:db8::1]:80", redirectedTo("https://[2001:db8::1]/")},
		{"GET", "/", "0.0.0.0", redirectedTo("https://0.0.0.0/")},
		{"GET", "/", "notlocalhost", redirectedTo("https://notlocalhost/")},
		{"GET", "/", "127.evil.com", redirectedTo("https://127.evil.com/")},

		{"POST", "/", "a.com", httpsOnlyRefusal()},
		{"PUT", "/", "a.com", httpsOnlyRefusal()},
		{"OPTIONS", "/", "a.com", httpsOnlyRefusal()},
		{"GET", "/", "", httpsOnlyRefusal()},
		{"GET", "/", "u@a.com", httpsOnlyRefusal()},
		{"GET", "/", "a.com/x", httpsOnlyRefusal()},
		{"GET", "/", "[::1]x", httpsOnlyRefusal()},
		{"GET", "/", "a.com:", httpsOnlyRefusal()},
		{"GET", "/", "a.com:99999", httpsOnlyRefusal()},
		{"GET", "/", "a..com", httpsOnlyRefusal()},
		{"GET", "/", strings.Repeat("a", 1<<20), httpsOnlyRefusal()},
		{"GET", "*", "a.com", httpsOnlyRefusal()},

		{"GET", "/", "localhost:3000", passed},
		{"POST", "/", "LOCALHOST", passed},
		{"GET", "/", "a.localhost:1", passed},
		{"DELETE", "/", "127.0.0.1:8080", passed},
		{"GET", "/", "127.255.0.1", passed},
		{"GET", "/", "[::1]:3000", passed},
		{"OPTIONS", "/", "[::1]", passed},
	} {
		t.Run(tt.method+" "+tt.target+" "+tt.host[:min(40, len(tt.host))], func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/", nil)
			if tt.target == "*" {
				r.URL.Path = "*"
			} else {
				r = httptest.NewRequest(tt.method, tt.target, nil)
			}
			r.Host = tt.host
			assert.Equal(t, tt.want, answerTo(httpsec.HTTPSOnly(nil)(handle), r, nil))

			r.TLS = new(tls.ConnectionState)
			assert.Equal(t, passed, answerTo(httpsec.HTTPSOnly(nil)(handle), r, nil))
		})
	}
}

func TestHTTPSOnlyAsksThePredicate(t *testing.T) {
	secure := forwardedAs("https")
	assert.Equal(t, ran(http.Header{}), answerTo(httpsec.HTTPSOnly(nil)(handle), secure, nil))
	never := httpsec.HTTPSOnly(func(*http.Request) bool { return false })
	assert.Equal(t, redirectedTo("https://example.com/"), answerTo(never(handle), secure, nil))
	always := httpsec.HTTPSOnly(func(*http.Request) bool { return true })
	assert.Equal(t, ran(http.Header{}), answerTo(always(handle), overHTTP(), nil))
}

// TestHTTPSOnlyKeepsTheOtherHeaders has the order that the comment advises.
func TestHTTPSOnlyKeepsTheOtherHeaders(t *testing.T) {
	only := httpsec.HTTPSOnly(nil)(handle)
	got := securedBy(t, httpsec.APIHeaders(), overHTTP(), only)
	assert.Equal(t, joined(apiHeaders(), redirectedTo("https://example.com/").header), got)
}

func TestMiddlewaresPanicWithoutAHandler(t *testing.T) {
	assert.PanicsWithValue(t, "httpsec: HTTPSOnly: next is nil", func() { httpsec.HTTPSOnly(nil)(nil) })
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	assert.PanicsWithValue(t, "httpsec: SecurityHeaders: next is nil", func() { secure(nil) })
}

func TestHTTPSOnlyOverTheWire(t *testing.T) {
	only := httpsec.HTTPSOnly(nil)(handle)
	for _, server := range []*httptest.Server{httptest.NewServer(only), httptest.NewTLSServer(only)} {
		client := server.Client()
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		r := httptest.NewRequest(http.MethodGet, server.URL+"/x", nil)
		r.RequestURI, r.Host = "", "a.com"
		response, err := client.Do(r)
		if assert.NoError(t, err) {
			response.Body.Close()
			want := map[bool]int{false: http.StatusPermanentRedirect, true: handled}[response.TLS != nil]
			assert.Equal(t, want, response.StatusCode)
		}
		server.Close()
	}
}
