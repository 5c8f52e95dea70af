package httpsec_test

import (
	"crypto/tls"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// handled is the status of the tests' handler. No policy sends it by itself, so
// it tells that the handler has run.
const handled = http.StatusAccepted

var handle = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(handled) })

// answer is all that a client sees of a response.
type answer struct {
	status int
	header http.Header
	body   string
}

// ran is an answer of the tests' handler.
func ran(header http.Header) answer { return answer{handled, header, ""} }

// approved is the answer to an allowed preflight.
func approved(header http.Header) answer { return answer{http.StatusOK, header, ""} }

// refused is the answer to a request that ends before the handler.
func refused(vary ...string) answer {
	header := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"text/plain; charset=utf-8"}, "Vary": vary}
	return answer{http.StatusForbidden, header, "origin not allowed\n"}
}

// newRequest returns a request to http://example.com.
func newRequest(method string, header http.Header) *http.Request {
	r := httptest.NewRequest(method, "/", nil)
	maps.Copy(r.Header, header)
	return r
}

// answerTo serves a request in the state that an outer middleware left the
// response's header in.
func answerTo(handler http.Handler, r *http.Request, left http.Header) answer {
	w := httptest.NewRecorder()
	maps.Copy(w.Header(), left)
	handler.ServeHTTP(w, r)
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

func newPolicy(t *testing.T, c httpsec.Config) *httpsec.Policy {
	t.Helper()
	p, err := httpsec.NewPolicy(c)
	require.NoError(t, err)
	return p
}

// newHandler puts the tests' handler behind a policy.
func newHandler(t *testing.T, c httpsec.Config) http.Handler {
	t.Helper()
	middleware, err := httpsec.CORS(c)
	require.NoError(t, err)
	return middleware(handle)
}

type exchanges []struct {
	name   string
	method string
	header http.Header
	want   answer
}

func (tests exchanges) run(t *testing.T, c httpsec.Config) {
	t.Helper()
	handler := newHandler(t, c)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, answerTo(handler, newRequest(test.method, test.header), nil))
		})
	}
}

// twoOrigins is the policy of most edge cases.
func twoOrigins() httpsec.Config {
	return httpsec.Config{
		Origins:       []string{"https://a.com", "https://b.com"},
		Methods:       []string{"PUT"},
		Headers:       []string{"authorization", "x-foo"},
		ExposeHeaders: []string{"X-Bar"},
		MaxAge:        15 * time.Minute,
	}
}

func with(c httpsec.Config, change func(c *httpsec.Config)) httpsec.Config {
	change(&c)
	return c
}

func withCredentials(c *httpsec.Config) { c.Credentials = true }

// from is the header of a request of an origin.
func from(origins ...string) http.Header { return http.Header{"Origin": origins} }

// sharedWithA is what twoOrigins adds to a response that https://a.com may read.
func sharedWithA() http.Header {
	return http.Header{
		"Access-Control-Allow-Origin":   {"https://a.com"},
		"Access-Control-Expose-Headers": {"X-Bar"},
		"Vary":                          {"Origin"},
	}
}

// neverAsked is an OriginFunc that fails the test.
func neverAsked(t *testing.T) func(*http.Request, string) bool {
	return func(_ *http.Request, origin string) bool {
		t.Errorf("OriginFunc was asked about %q", origin)
		return true
	}
}

func sharedWith(origin string) http.Header {
	return http.Header{"Access-Control-Allow-Origin": {origin}, "Vary": {"Origin"}}
}

const preflightVary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

// preflightOf is the header of a preflight. Each of the headers is a line.
func preflightOf(origin, method string, headers ...string) http.Header {
	header := http.Header{"Origin": {origin}, "Access-Control-Request-Method": {method}}
	if headers != nil {
		header["Access-Control-Request-Headers"] = headers
	}
	return header
}

// askingToPut adds what makes OPTIONS with one Origin a preflight.
func askingToPut(header http.Header) http.Header {
	return adding(header, "Access-Control-Request-Method", "PUT")
}

// echoing is a policy that has to name what a preflight asks for.
func echoing() httpsec.Config {
	any := []string{"*"}
	return httpsec.Config{Origins: []string{"https://a.com"}, Methods: any, Headers: any, Credentials: true}
}

// handshake is the opening request of a WebSocket over HTTP/1.1.
func handshake(header http.Header) *http.Request {
	r := newRequest("GET", http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}})
	maps.Copy(r.Header, header)
	return r
}

// extendedConnect is the same over HTTP/2, as net/http hands it on.
func extendedConnect(header http.Header) *http.Request {
	r := newRequest("CONNECT", http.Header{":protocol": {"websocket"}})
	maps.Copy(r.Header, header)
	return r
}

// configErrorsIn takes the problems out of an error, which must hold nothing else.
func configErrorsIn(t *testing.T, err error) []*httpsec.ConfigError {
	t.Helper()
	list := slices.Collect(httpsec.ConfigErrors(err))
	var lines []string
	for _, configError := range list {
		lines = append(lines, configError.Error())
		assert.NotContains(t, configError.Error(), "\n")
	}
	require.EqualError(t, err, strings.Join(lines, "\n"))
	return list
}

// onlyProblem takes the problem out of an error that must hold just one.
func onlyProblem(t *testing.T, err error) *httpsec.ConfigError {
	t.Helper()
	list := configErrorsIn(t, err)
	require.Len(t, list, 1)
	return list[0]
}

func crossOrigin(method, origin string) *http.Request {
	r := httptest.NewRequest(method, "/", nil)
	r.Header["Origin"] = []string{origin}
	r.Header["Sec-Fetch-Site"] = []string{"cross-site"}
	return r
}

// nothing is a handler that writes nothing, so that all headers are the
// middleware's.
var nothing = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})

// under returns the request as it came under another name.
func under(host string, r *http.Request) *http.Request {
	r.Host = host
	return r
}

// secured puts both middlewares in front of a handler, in the order that the
// package comment recommends.
func secured(t *testing.T, c httpsec.Config, next http.Handler) http.Handler {
	t.Helper()
	secure, err := httpsec.SecurityHeaders(httpsec.Headers{})
	require.NoError(t, err)
	cors, err := httpsec.CORS(c)
	require.NoError(t, err)
	return secure(cors(next))
}

func overHTTP() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

func overTLS() *http.Request {
	r := overHTTP()
	r.TLS = new(tls.ConnectionState)
	return r
}

func forwardedAs(protos ...string) *http.Request {
	r := overHTTP()
	r.Header["X-Forwarded-Proto"] = protos
	return r
}

// securedBy returns the headers of the answer to r.
func securedBy(t *testing.T, h httpsec.Headers, r *http.Request, next http.Handler) http.Header {
	t.Helper()
	secure, err := httpsec.SecurityHeaders(h)
	require.NoError(t, err)
	w := httptest.NewRecorder()
	secure(next).ServeHTTP(w, r)
	return w.Header()
}

// headersWith sets one field, by name.
func headersWith(t testing.TB, h httpsec.Headers, field, value string) httpsec.Headers {
	t.Helper()
	f := reflect.ValueOf(&h).Elem().FieldByName(field)
	require.True(t, f.IsValid(), field)
	f.SetString(value)
	return h
}

// adding returns a copy of a header with a value of one more name.
func adding(h http.Header, name string, value ...string) http.Header {
	return joined(h, http.Header{name: value})
}

// dropping returns a copy of a header without a name.
func dropping(h http.Header, name string) http.Header {
	h = h.Clone()
	delete(h, name)
	return h
}

// joined returns a copy of a header with what more has, which wins.
func joined(h, more http.Header) http.Header {
	both := http.Header{}
	maps.Copy(both, h.Clone())
	maps.Copy(both, more)
	return both
}

const policyOverHTTP = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; " +
	"base-uri 'self'; form-action 'self'"

// defaultHeaders are those over plain http.
func defaultHeaders() http.Header {
	return http.Header{
		"Content-Security-Policy":      {policyOverHTTP},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"strict-origin-when-cross-origin"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"X-Xss-Protection":             {"1; mode=block"},
	}
}

func defaultHeadersOverTLS() http.Header {
	return adding(onLocalhost(), "Strict-Transport-Security", "max-age=31536000")
}

func apiHeaders() http.Header {
	return http.Header{
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"strict-origin-when-cross-origin"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
	}
}
