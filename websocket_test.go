package httpsec_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
)

func TestHandshakes(t *testing.T) {
	var (
		varied = http.Header{"Vary": {"Origin"}}
		listed = twoOrigins()
		anyone = httpsec.Config{Origins: []string{"*"}}
		public = ran(http.Header{"Access-Control-Allow-Origin": {"*"}})

		trusting = with(listed, withCredentials)
		trusted  = adding(sharedWithA(), "Access-Control-Allow-Credentials", "true")
	)
	const a, evil, own = "https://a.com", "https://evil.com", "https://example.com"
	cookie := func(origin string) http.Header { return adding(from(origin), "Cookie", "session=1") }
	authorization := func(origin string) http.Header { return adding(from(origin), "Authorization", "Basic eDp5") }
	no := refused("Origin")
	tests := []struct {
		name   string
		config httpsec.Config
		header http.Header
		open   bool
		want   answer
	}{
		{"row 40: foreign origin", listed, from(evil), false, no},
		{"row 40: listed origin", listed, from(a), true, ran(sharedWithA())},
		{"row 40: own host", listed, from(own), true, ran(varied)},
		{"row 40: no Origin", listed, nil, true, ran(varied)},
		{"row 21: empty Origin", listed, from(""), true, ran(varied)},
		{"row 20: null", listed, from("null"), false, no},
		{"row 22: two Origin lines", listed, from(a, a), false, no},
		{"two Origin lines, both own", listed, from(own, own), false, no},
		{"malformed", listed, from("https://a.com/"), false, no},
		{"row 53: listed origin, cookie", listed, cookie(a), false, no},
		{"row 53: listed origin, Authorization", listed, authorization(a), false, no},
		{"row 54: credentials, cookie", trusting, cookie(a), true, ran(trusted)},
		{"own host, cookie", listed, cookie(own), true, ran(varied)},
		{"foreign origin, cookie", listed, cookie(evil), false, no},
		{"row 41: anyone, no cookie", anyone, from(evil), true, public},
		{"row 41: anyone, cookie", anyone, cookie(evil), false, no},
		{"anyone, Authorization", anyone, authorization(evil), false, no},
		{"anyone, empty cookie", anyone, adding(from(evil), "Cookie", ""), false, no},
		{"anyone, null", anyone, from("null"), true, public},
		{"anyone, null, cookie", anyone, cookie("null"), false, no},
		{"anyone, own host, cookie", anyone, cookie(own), true, public},
		{"anyone, no Origin, cookie", anyone, http.Header{"Cookie": {"session=1"}}, true, public},
	}
	forms := map[string]func(http.Header) *http.Request{"GET": handshake, "CONNECT": extendedConnect}
	for _, test := range tests {
		for form, newHandshake := range forms {
			t.Run(form+"/"+test.name, func(t *testing.T) {
				var decisions int
				test.config.OnDecision = func(*http.Request, httpsec.Decision) { decisions++ }
				p := newPolicy(t, test.config)
				assert.Equal(t, test.open, p.CheckOrigin(newHandshake(test.header)))
				assert.Zero(t, decisions, "CheckOrigin reported a decision")
				assert.Equal(t, test.want, answerTo(p.Handler(handle), newHandshake(test.header), nil))
			})
		}
	}
}

// TestWhatIsAHandshake sends requests of a foreign origin: only a handshake ends
// before the handler.
func TestWhatIsAHandshake(t *testing.T) {
	long := strings.Repeat("x, ", 1<<12)
	upgrade := func(upgrade, connection string) http.Header {
		return http.Header{"Upgrade": {upgrade}, "Connection": {connection}}
	}
	severalLines := http.Header{"Upgrade": {"h2c", "websocket"}, "Connection": {"keep-alive", "close, upgrade"}}
	tests := []struct {
		name   string
		method string
		header http.Header
		want   bool
	}{
		{"as browsers send it", "GET", upgrade("websocket", "Upgrade"), true},
		{"any case", "GET", upgrade("WebSocket", "uPGRADE"), true},
		{"as Firefox sends it", "GET", upgrade("websocket", "keep-alive, Upgrade"), true},
		{"in lists without space", "GET", upgrade("h2c,websocket", "close,\tupgrade"), true},
		{"on several lines", "GET", severalLines, true},
		{"after a long list", "GET", upgrade(long+"websocket", "upgrade"), true},
		{"after a long first line", "GET", http.Header{"Upgrade": {long, "websocket"}}, true},
		{"a list too long to read, which counts as one", "GET", upgrade(long, "upgrade"), true},
		{"Unicode space around", "GET", upgrade("\u00a0websocket", "Upgrade\u2003"), true},
		{"no Upgrade", "GET", http.Header{"Connection": {"Upgrade"}}, false},
		{"row 58: no Connection", "GET", http.Header{"Upgrade": {"websocket"}}, true},
		{"row 58: Connection: close", "GET", upgrade("websocket", "close"), true},
		{"row 58: Connection with a parameter", "GET", upgrade("websocket", "upgrade;q=1"), true},
		{"another protocol", "GET", upgrade("h2c", "Upgrade"), false},
		{"part of a token", "GET", upgrade("websocket2", "Upgrade"), false},
		{"POST", "POST", upgrade("websocket", "Upgrade"), false},
		{"extended CONNECT", "CONNECT", http.Header{":protocol": {"websocket"}}, true},
		{"extended CONNECT, any case", "CONNECT", http.Header{":protocol": {"WebSocket"}}, true},
		{"extended CONNECT, space around", "CONNECT", http.Header{":protocol": {" websocket"}}, true},
		{"extended CONNECT, another protocol", "CONNECT", http.Header{":protocol": {"connect-udp"}}, false},
		{"CONNECT with HTTP/1.1 headers", "CONNECT", upgrade("websocket", "Upgrade"), false},
		{"GET with a protocol", "GET", http.Header{":protocol": {"websocket"}}, false},
	}
	handler := newHandler(t, twoOrigins())
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := ran(http.Header{"Vary": {"Origin"}})
			if test.want {
				want = refused("Origin")
			}
			r := newRequest(test.method, test.header)
			r.Header["Origin"] = []string{"https://evil.com"}
			assert.Equal(t, want, answerTo(handler, r, nil))
		})
	}
}

func TestSameOriginHandshakes(t *testing.T) {
	tests := []struct {
		host   string
		origin string
		site   []string
		want   bool
	}{
		{"example.com", "https://example.com", nil, true},
		{"example.com", "http://example.com", nil, true},
		{"EXAMPLE.com", "http://example.com", nil, true},
		{"example.com:8080", "http://example.com:8080", nil, true},
		{"example.com:80", "http://example.com", nil, true},
		{"example.com:443", "https://example.com", nil, true},
		{"[::1]", "http://[::1]", nil, true},
		{"[::1]:8080", "http://[::1]:8080", nil, true},
		{"[::1]:80", "http://[::1]", nil, true},
		{"example.com:443", "http://example.com", nil, false},
		{"example.com:80", "https://example.com", nil, false},
		{"example.com", "http://example.com:8080", nil, false},
		{"example.com:8080", "http://example.com", nil, false},
		{"example.com", "https://www.example.com", nil, false},
		{"www.example.com", "https://example.com", nil, false},
		{"example.com", "https://example.com.evil.com", nil, false},
		{"example.com", "https://evil.com/example.com", nil, false},
		{"example.com", "https://evil.com@example.com", nil, false},
		{"example.com", "https://example.com/", nil, false},
		{"example.com", "example.com", nil, false},
		{"example.com", "//example.com", nil, false},
		{"", "null", nil, false},
		{"", "https://", nil, false},
		{"localhost", "capacitor://localhost", nil, false},
		{"svc.test", "://svc.test", nil, false},
		{"svc.test", "http://\u017fvc.test", nil, false},
		{"null", "null", nil, false},
		{strings.Repeat("a", 326), "https://" + strings.Repeat("a", 326), nil, false},
		{"example.com", "https://renamed-by-a-proxy.com", []string{"same-origin"}, true},
		{"example.com", "null", []string{"same-origin"}, true},
		{"example.com", "https://example.com", []string{"same-site"}, false},
		{"example.com", "https://example.com", []string{"cross-site"}, false},
		{"example.com", "https://example.com", []string{"none"}, false},
		{"example.com", "https://example.com", []string{""}, false},
		{"example.com", "https://example.com", []string{"same-origin", "cross-site"}, false},
		{"example.com", "https://example.com", []string{"same-origin", "same-origin"}, false},
	}
	p := newPolicy(t, httpsec.Config{Origins: []string{}})
	for _, test := range tests {
		t.Run(fmt.Sprintf("%.40s to %.40s %q", test.origin, test.host, test.site), func(t *testing.T) {
			r := handshake(from(test.origin))
			r.Host = test.host
			if test.site != nil {
				r.Header["Sec-Fetch-Site"] = test.site
			}
			assert.Equal(t, test.want, p.CheckOrigin(r))
		})
	}
}

func TestHandshakesWithClientCertificates(t *testing.T) {
	p := newPolicy(t, httpsec.Config{Origins: []string{"*"}})
	assert.True(t, p.CheckOrigin(handshake(from("https://evil.com"))))
	assert.False(t, p.CheckOrigin(withCertificate(handshake(from("https://evil.com")))), "row 41")
	p = newPolicy(t, twoOrigins())
	assert.False(t, p.CheckOrigin(withCertificate(handshake(from("https://a.com")))), "row 53")
	assert.Equal(t, httpsec.ReasonCredentials, p.Decide(withCertificate(handshake(from("https://a.com")))).Reason)
}

func TestSocketOrigins(t *testing.T) {
	const c, own = "https://c.com", "http://example.com"
	trusting := with(twoOrigins(), withCredentials)
	varied, no := ran(http.Header{"Vary": {"Origin"}}), refused("Origin")
	tests := []struct {
		name    string
		sockets []string
		origins []string
		want    answer
		reason  httpsec.Reason
	}{
		{"row 55: listed", []string{c}, []string{c}, varied, ""},
		{"row 55: may read only", []string{c}, []string{"https://a.com"}, no, httpsec.ReasonOrigin},
		{"row 55: own host", []string{c}, []string{own}, varied, ""},
		{"row 55: no Origin", []string{c}, nil, varied, ""},
		{"foreign", []string{c}, []string{"https://evil.com"}, no, httpsec.ReasonOrigin},
		{"malformed", []string{c}, []string{"https://c.com/"}, no, httpsec.ReasonMalformedOrigin},
		{"two Origin lines", []string{c}, []string{c, c}, no, httpsec.ReasonMalformedOrigin},
		{"row 56: anyone", []string{"*"}, []string{"https://evil.com"}, varied, ""},
		{"row 56: anyone, null", []string{"*"}, []string{"null"}, varied, ""},
		{"row 57: nobody else", []string{}, []string{"https://a.com"}, no, httpsec.ReasonOrigin},
		{"row 57: nobody else, own host", []string{}, []string{own}, varied, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPolicy(t, with(trusting, func(c *httpsec.Config) { c.SocketOrigins = test.sockets }))
			header := http.Header{"Cookie": {"session=1"}}
			if test.origins != nil {
				header["Origin"] = test.origins
			}
			assert.Equal(t, test.want, answerTo(p.Handler(handle), handshake(header), nil))
			assert.Equal(t, test.reason == "", p.CheckOrigin(handshake(header)))
			assert.Equal(t, test.reason, p.Decide(handshake(header)).Reason)
		})
	}
}

// TestSocketOriginsDecideAlone has an origin that may read without credentials: that
// is not why it gets no socket.
func TestSocketOriginsDecideAlone(t *testing.T) {
	p := newPolicy(t, with(twoOrigins(), func(c *httpsec.Config) { c.SocketOrigins = []string{"https://c.com"} }))
	r := handshake(from("https://a.com"))
	assert.False(t, p.CheckOrigin(r))
	assert.Equal(t, httpsec.ReasonOrigin, p.Decide(r).Reason)
}

// TestHandshakesOverHTTP3 has the request as quic-go hands it on: the protocol in
// Proto.
func TestHandshakesOverHTTP3(t *testing.T) {
	handler := newHandler(t, twoOrigins())
	for proto, want := range map[string]answer{
		"websocket":   refused("Origin"),
		"WebSocket":   refused("Origin"),
		"HTTP/3.0":    ran(http.Header{"Vary": {"Origin"}}),
		"connect-udp": ran(http.Header{"Vary": {"Origin"}}),
	} {
		r := newRequest("CONNECT", from("https://evil.com"))
		r.Proto = proto
		assert.Equal(t, want, answerTo(handler, r, nil), "row 59: %s", proto)
	}
}

// TestSchemeOfTheOwnOrigin has pages of the service's own host that came over
// plain http or https.
func TestSchemeOfTheOwnOrigin(t *testing.T) {
	const plain, secure = "http://example.com", "https://example.com"
	overTLS := func(r *http.Request) *http.Request { r.TLS = new(tls.ConnectionState); return r }
	forwarded := func(proto string) func(*http.Request) *http.Request {
		return func(r *http.Request) *http.Request {
			r.Header["X-Forwarded-Proto"] = []string{proto}
			return r
		}
	}
	always := func(*http.Request) bool { return true }
	never := func(*http.Request) bool { return false }
	tests := []struct {
		name   string
		https  func(*http.Request) bool
		change func(*http.Request) *http.Request
		origin string
		want   bool
	}{
		{"row 60: TLS, http page", nil, overTLS, plain, false},
		{"row 60: TLS, https page", nil, overTLS, secure, true},
		{"row 60: X-Forwarded-Proto, http page", nil, forwarded("HTTPS"), plain, false},
		{"row 60: X-Forwarded-Proto, https page", nil, forwarded("https"), secure, true},
		{"a list of protocols, http page", nil, forwarded("https, http"), plain, true},
		{"row 61: nothing known, https page", nil, forwarded(""), secure, true},
		{"nothing known, http page", nil, forwarded(""), plain, true},
		{"told that it is secure, http page", always, forwarded(""), plain, false},
		{"told that it is not, http page", never, overTLS, plain, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPolicy(t, httpsec.Config{Origins: []string{}, HTTPS: test.https, RejectDisallowed: true})
			assert.Equal(t, test.want, p.CheckOrigin(test.change(handshake(from(test.origin)))))
			post := test.change(newRequest("POST", from(test.origin)))
			assert.Equal(t, test.want, answerTo(p.Handler(handle), post, nil).status == handled)
		})
	}
}

// withCertificate makes the request come over TLS with a client certificate.
func withCertificate(r *http.Request) *http.Request {
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{}}}
	return r
}
