package httpsec_test

import (
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net/http"
	"net/http/httptest"
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

func handle(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(handled) }

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
	return middleware(http.HandlerFunc(handle))
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

// echoing is a policy that has to name what a preflight asks for.
func echoing() httpsec.Config {
	any := []string{"*"}
	return httpsec.Config{Origins: []string{"https://a.com"}, Methods: any, Headers: any, Credentials: true}
}

// echoed is what the echoing policy always answers.
func echoed() http.Header {
	return http.Header{
		"Access-Control-Allow-Origin":      {"https://a.com"},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Max-Age":           {"600"},
		"Vary":                             {preflightVary},
	}
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

// misdirected is the answer to a request under a name that Config.Hosts lacks.
func misdirected() answer {
	header := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"text/plain; charset=utf-8"}}
	return answer{http.StatusMisdirectedRequest, header, "host not allowed\n"}
}

// carrying adds a line to a copy of a header.
func carrying(header http.Header, name, value string) http.Header {
	header = header.Clone()
	header[name] = []string{value}
	return header
}

// withCertificate makes the request come over TLS with a client certificate.
func withCertificate(r *http.Request) *http.Request {
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}
	return r
}

func crossOrigin(method, origin string) *http.Request {
	r := httptest.NewRequest(method, "/", nil)
	r.Header["Origin"] = []string{origin}
	r.Header["Sec-Fetch-Site"] = []string{"cross-site"}
	return r
}
