package httpsec_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unsafe"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
)

// journal is a ResponseWriter that notes when it is answered.
type journal struct {
	*httptest.ResponseRecorder
	events []string
}

func (j *journal) WriteHeader(status int) {
	j.events = append(j.events, "answer")
	j.ResponseRecorder.WriteHeader(status)
}

// TestDecisions asks Decide, and then serves the same request to see that
// OnDecision gets the same answer, once, before the client does.
func TestDecisions(t *testing.T) {
	var (
		listed  = twoOrigins()
		only    = []string{"https://a.com"}
		anyone  = httpsec.Config{Origins: []string{"*"}}
		literal = httpsec.Config{Origins: only, Methods: []string{"*"}}
		bare    = httpsec.Config{Origins: only, Methods: []string{"HEAD"}, Headers: []string{"Accept"}}
		long    = "https://" + strings.Repeat("a", 1<<10)
	)
	const a, evil, own = "https://a.com", "https://evil.com", "http://example.com"
	options := func(header http.Header) *http.Request { return newRequest("OPTIONS", header) }
	actual := func(origins ...string) *http.Request { return newRequest("POST", from(origins...)) }
	asking := func(method string, headers ...string) *http.Request {
		return options(preflightOf(a, method, headers...))
	}
	socket := func(origin string, headers ...string) *http.Request {
		r := handshake(from(origin))
		for _, name := range headers {
			r.Header[name] = []string{"x"}
		}
		return r
	}
	fetch := func(origin, mode, credential string) *http.Request {
		return newRequest("POST", http.Header{"Origin": {origin}, "Sec-Fetch-Mode": {mode}, credential: {"x"}})
	}
	put := func(origin string) *http.Request { return options(preflightOf(origin, "PUT")) }
	unlisted := options(preflightOf(evil, "DELETE", "x-nope"))
	anyShape := asking("PUT", "X-Foo ,, AUTHORIZATION", "\tx-foo,")
	twoMethods := options(adding(from(a), "Access-Control-Request-Method", "PUT", "PUT"))
	twoModes := fetch(a, "cors", "Cookie")
	twoModes.Header["Sec-Fetch-Mode"] = []string{"cors", "cors"}
	withCookie := newRequest("POST", adding(from(a), "Cookie", "x"))
	trusting := with(listed, withCredentials)
	ownSite := newRequest("POST", http.Header{"Origin": {"null"}, "Sec-Fetch-Site": {"same-origin"}})

	m, m65 := strings.Repeat("M", 8<<10+1), strings.Repeat("M", 65)
	const (
		kindActual    = httpsec.KindActual
		kindPreflight = httpsec.KindPreflight
		kindWebSocket = httpsec.KindWebSocket

		foreign     = httpsec.ReasonOrigin
		malformed   = httpsec.ReasonMalformedOrigin
		credentials = httpsec.ReasonCredentials
	)
	notCORS := func(origin string) httpsec.Decision { return httpsec.Decision{Origin: origin, Allowed: true} }
	allowed := func(kind httpsec.Kind, origin string) httpsec.Decision {
		return httpsec.Decision{Kind: kind, Origin: origin, Allowed: true}
	}
	denied := func(kind httpsec.Kind, origin string, reason httpsec.Reason) httpsec.Decision {
		return httpsec.Decision{Kind: kind, Origin: origin, Reason: reason}
	}
	method := func(name string) httpsec.Decision {
		return httpsec.Decision{Kind: kindPreflight, Origin: a, Reason: httpsec.ReasonMethod, Detail: name}
	}
	header := func(name string) httpsec.Decision {
		return httpsec.Decision{Kind: kindPreflight, Origin: a, Reason: httpsec.ReasonHeader, Detail: name}
	}

	tests := []struct {
		name   string
		config httpsec.Config
		r      *http.Request
		want   httpsec.Decision
	}{
		{"row 1: no Origin", listed, actual(), notCORS("")},
		{"row 21: empty Origin", listed, actual(""), notCORS("")},
		{"row 18: OPTIONS, no Origin", listed, options(askingToPut(nil)), notCORS("")},
		{"row 40: handshake, no Origin", listed, handshake(nil), notCORS("")},
		{"row 38: own host", listed, actual(own), notCORS(own)},
		{"row 38: own origin, as the browser says", listed, ownSite, notCORS("null")},
		{"own host under the asterisk", anyone, actual(own), notCORS(own)},

		{"row 3: listed origin", listed, actual(a), allowed(kindActual, a)},
		{"row 17: OPTIONS, no method line", listed, options(from(a)), allowed(kindActual, a)},
		{"row 4: foreign origin", listed, actual(evil), denied(kindActual, evil, foreign)},
		{"row 20: null", listed, actual("null"), denied(kindActual, "null", foreign)},
		{"row 23: upper case", listed, actual("https://A.com"), denied(kindActual, "https://A.com", malformed)},
		{"row 23: default port", listed, actual(a + ":443"), denied(kindActual, a+":443", malformed)},
		{"row 23: trailing slash", listed, actual("https://a.com/"), denied(kindActual, "https://a.com/", malformed)},
		{"row 23: dot at its end", listed, actual("https://a.com."), denied(kindActual, "https://a.com.", foreign)},
		{"row 22: two Origin lines", listed, actual(a, evil), denied(kindActual, a, malformed)},
		{"row 22: two equal Origin lines", listed, actual(a, a), denied(kindActual, a, malformed)},
		{"two Origin lines, the first one empty", listed, actual("", a), denied(kindActual, "", malformed)},
		{"OPTIONS with two Origin lines", listed, options(askingToPut(from(a, a))), denied(kindActual, a, malformed)},
		{"long Origin", listed, actual(long), denied(kindActual, long, malformed)},
		{"anyone", anyone, actual(evil), allowed(kindActual, evil)},
		{"anyone, null", anyone, actual("null"), allowed(kindActual, "null")},
		{"anyone, malformed", anyone, actual("https://a.com/"), allowed(kindActual, "https://a.com/")},
		{"anyone, two Origin lines", anyone, actual(a, evil), allowed(kindActual, a)},

		{"row 6: listed method and header", listed, asking("PUT", "x-foo"), allowed(kindPreflight, a)},
		{"row 7: POST, which needs no listing", listed, asking("POST", "authorization"), allowed(kindPreflight, a)},
		{"row 9: foreign origin", listed, put(evil), denied(kindPreflight, evil, foreign)},
		{"row 20: null in a preflight", listed, put("null"), denied(kindPreflight, "null", foreign)},
		{"malformed in a preflight", listed, put("a.com"), denied(kindPreflight, "a.com", malformed)},
		{"preflight of the own host", listed, put(own), denied(kindPreflight, own, foreign)},
		{"foreign origin, method and header", listed, unlisted, denied(kindPreflight, evil, foreign)},
		{"row 10: method", listed, asking("DELETE"), method("DELETE")},
		{"method in another case", listed, asking("put"), method("put")},
		{"method that is just short enough to read", listed, asking(m[1:]), method(m[1:])},
		{"method too long to read", listed, asking(m), method("")},
		{"method and header", listed, asking("DELETE", "x-nope"), method("DELETE")},
		{"row 19: empty method", listed, asking(""), method("")},
		{"two method lines", listed, twoMethods, method("")},
		{"row 11: header", listed, asking("PUT", "x-nope"), header("x-nope")},
		{"header after others", listed, asking("PUT", "x-foo, X-Nope,x-last"), header("X-Nope")},
		{"header on the second line", listed, asking("PUT", "x-foo", "x-nope"), header("x-nope")},
		{"row 12: headers in any shape", listed, anyShape, allowed(kindPreflight, a)},
		{"9 KiB of headers", listed, asking("PUT", strings.Repeat("x", 9<<10)), header("")},
		{"no methods, no headers", bare, asking("HEAD"), allowed(kindPreflight, a)},
		{"no methods, no headers, PUT", bare, asking("PUT"), method("PUT")},
		{"no methods, no headers, x-a", bare, asking("GET", "x-a"), header("x-a")},
		{"anyone, any header", anyone, asking("PATCH", "x-any, authorization"), allowed(kindPreflight, a)},
		{"anyone, a method that is not listed", anyone, asking("PURGE"), method("PURGE")},
		{"any method", literal, asking("PURGE", "x-any"), allowed(kindPreflight, a)},
		{"any method, but an empty one", literal, asking(""), method("")},
		{"any method, a long one", literal, asking(m65), allowed(kindPreflight, a)},
		{"row 15: any method, named", echoing(), asking("PURGE", "x-any"), allowed(kindPreflight, a)},
		{"row 15: any method, but no token", echoing(), asking("bad method, TRACE"), method("bad method, TRACE")},
		{"any method, but too long to name", echoing(), asking(m65), method(m65)},
		{"row 13: any header, named", echoing(), asking("PUT", "X-B, x-a", "x-c"), allowed(kindPreflight, a)},
		{"row 14: any header, but no token", echoing(), asking("PUT", "x-a, x b"), header("x b")},
		{"row 14: any header, but 9 KiB", echoing(), asking("PUT", strings.Repeat("x", 9<<10)), header("")},

		{"row 40: handshake from a listed origin", listed, socket(a), allowed(kindWebSocket, a)},
		{"row 40: handshake from a foreign origin", listed, socket(evil), denied(kindWebSocket, evil, foreign)},
		{"row 40: handshake from the own host", listed, socket(own), allowed(kindWebSocket, own)},
		{"handshake over HTTP/2", listed, extendedConnect(from(evil)), denied(kindWebSocket, evil, foreign)},
		{"handshake from null", listed, socket("null"), denied(kindWebSocket, "null", foreign)},
		{"handshake from a malformed origin", listed, socket(a + "/"), denied(kindWebSocket, a+"/", malformed)},
		{"handshake from two origins", listed, handshake(from(a, a)), denied(kindWebSocket, a, malformed)},
		{"row 41: anyone's handshake", anyone, socket(evil), allowed(kindWebSocket, evil)},
		{"row 41: anyone's, cookie", anyone, socket(evil, "Cookie"), denied(kindWebSocket, evil, credentials)},
		{"anyone's, Authorization", anyone, socket(evil, "Authorization"), denied(kindWebSocket, evil, credentials)},
		{"row 53: handshake with a cookie", listed, socket(a, "Cookie"), denied(kindWebSocket, a, credentials)},
		{"row 54: handshake with a cookie", trusting, socket(a, "Cookie"), allowed(kindWebSocket, a)},

		{"row 76: a fetch with a cookie", listed, fetch(a, "cors", "Cookie"), denied(kindActual, a, credentials)},
		{"row 76: under the asterisk", anyone, fetch(evil, "cors", "Cookie"), denied(kindActual, evil, credentials)},
		{"row 77: with credentials", trusting, fetch(a, "cors", "Cookie"), allowed(kindActual, a)},
		{"row 77: no-cors", listed, fetch(a, "no-cors", "Cookie"), allowed(kindActual, a)},
		{"two modes", listed, twoModes, allowed(kindActual, a)},
		{"row 77: navigate", listed, fetch(a, "navigate", "Cookie"), allowed(kindActual, a)},
		{"row 77: Authorization", listed, fetch(a, "cors", "Authorization"), allowed(kindActual, a)},
		{"row 77: a cookie, no mode", listed, withCookie, allowed(kindActual, a)},
		{"row 77: own host", listed, fetch(own, "cors", "Cookie"), notCORS(own)},
		{"a foreign fetch with a cookie", listed, fetch(evil, "cors", "Cookie"), denied(kindActual, evil, foreign)},
		{"the own host's handshake with a cookie", anyone, socket(own, "Cookie"), allowed(kindWebSocket, own)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := &journal{ResponseRecorder: httptest.NewRecorder()}
			c := with(test.config, func(c *httpsec.Config) {
				c.OnDecision = func(r *http.Request, d httpsec.Decision) {
					w.events = append(w.events, "decision")
					assert.Same(t, test.r, r)
					assert.Equal(t, test.want, d)
				}
			})
			p := newPolicy(t, c)
			assert.Equal(t, test.want, p.Decide(test.r))
			assert.Empty(t, w.events, "Decide reported its decision")

			p.Handler(handle).ServeHTTP(w, test.r)
			if test.want.Kind == httpsec.KindNotCORS {
				assert.Equal(t, []string{"answer"}, w.events)
			} else {
				assert.Equal(t, []string{"decision", "answer"}, w.events)
			}
		})
	}
}

func TestDecisionsOfOriginFunc(t *testing.T) {
	asked := 0
	p := newPolicy(t, httpsec.Config{
		OriginFunc: func(_ *http.Request, origin string) bool { asked++; return origin == "https://a.com" },
		OnDecision: func(*http.Request, httpsec.Decision) {},
	})
	a, b := newRequest("GET", from("https://a.com")), newRequest("GET", from("https://b.com"))
	allowed := httpsec.Decision{Kind: httpsec.KindActual, Origin: "https://a.com", Allowed: true}
	refused := httpsec.Decision{Kind: httpsec.KindActual, Origin: "https://b.com", Reason: httpsec.ReasonOrigin}
	assert.Equal(t, allowed, p.Decide(a))
	assert.Equal(t, refused, p.Decide(b))
	assert.Equal(t, 2, asked)
	answerTo(p.Handler(handle), b, nil)
	assert.Equal(t, 3, asked, "the handler asks once for the decision and the answer")
}

func TestZeroPolicyDecides(t *testing.T) {
	var p httpsec.Policy
	assert.Equal(t, httpsec.Decision{Allowed: true}, p.Decide(newRequest("GET", nil)))
	refused := httpsec.Decision{Kind: httpsec.KindActual, Origin: "https://a.com", Reason: httpsec.ReasonOrigin}
	assert.Equal(t, refused, p.Decide(newRequest("GET", from("https://a.com"))))
	assert.True(t, p.CheckOrigin(handshake(nil)))
	assert.False(t, p.CheckOrigin(handshake(from("https://a.com"))))
}

func TestDecisionInLogs(t *testing.T) {
	long := strings.Repeat("x", 513)
	cut := long[:512]
	denied := func(kind httpsec.Kind, origin string, reason httpsec.Reason, detail string) httpsec.Decision {
		return httpsec.Decision{Kind: kind, Origin: origin, Reason: reason, Detail: detail}
	}
	tests := []struct {
		name             string
		d                httpsec.Decision
		line, text, json string
	}{
		{
			"no Origin", httpsec.Decision{Allowed: true},
			`request allowed`,
			`d.kind=not-cors d.allowed=true`,
			`{"kind":"not-cors","allowed":true}`,
		},
		{
			"allowed", httpsec.Decision{Kind: httpsec.KindActual, Origin: "https://a.com", Allowed: true},
			`request from "https://a.com" allowed`,
			`d.kind=actual d.allowed=true d.origin=https://a.com`,
			`{"kind":"actual","allowed":true,"origin":"https://a.com"}`,
		},
		{
			"origin", denied(httpsec.KindWebSocket, "null", httpsec.ReasonOrigin, ""),
			`handshake from "null" refused: its origin is not allowed`,
			`d.kind=websocket d.allowed=false d.origin=null d.reason=origin`,
			`{"kind":"websocket","allowed":false,"origin":"null","reason":"origin"}`,
		},
		{
			"method", denied(httpsec.KindPreflight, "https://a.com", httpsec.ReasonMethod, "PURGE"),
			`preflight from "https://a.com" refused: method "PURGE" is not allowed`,
			`d.kind=preflight d.allowed=false d.origin=https://a.com d.reason=method d.detail=PURGE`,
			`{"kind":"preflight","allowed":false,"origin":"https://a.com","reason":"method","detail":"PURGE"}`,
		},
		{
			"line breaks and quotes", denied(httpsec.KindActual, "a\n\"b", httpsec.ReasonMalformedOrigin, ""),
			`request from "a\n\"b" refused: its Origin is not what a browser sends`,
			`d.kind=actual d.allowed=false d.origin="a\n\"b" d.reason=malformed-origin`,
			`{"kind":"actual","allowed":false,"origin":"a\n\"b","reason":"malformed-origin"}`,
		},
		{
			"empty first Origin line", denied(httpsec.KindActual, "", httpsec.ReasonMalformedOrigin, ""),
			`request refused: its Origin is not what a browser sends`,
			`d.kind=actual d.allowed=false d.reason=malformed-origin`,
			`{"kind":"actual","allowed":false,"reason":"malformed-origin"}`,
		},
		{
			"512 bytes", denied(httpsec.KindPreflight, cut, httpsec.ReasonHeader, cut),
			`preflight from "` + cut + `" refused: header "` + cut + `" is not allowed`,
			`d.kind=preflight d.allowed=false d.origin=` + cut + ` d.reason=header d.detail=` + cut,
			`{"kind":"preflight","allowed":false,"origin":"` + cut + `","reason":"header","detail":"` + cut + `"}`,
		},
		{
			"513 bytes", denied(httpsec.KindPreflight, long, httpsec.ReasonHeader, long),
			`preflight from "` + cut + `" refused: header "` + cut + `" is not allowed`,
			`d.kind=preflight d.allowed=false d.origin=` + cut + ` d.reason=header d.detail=` + cut,
			`{"kind":"preflight","allowed":false,"origin":"` + cut + `","reason":"header","detail":"` + cut + `"}`,
		},
	}
	onlyDecision := &slog.HandlerOptions{ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
		if len(groups) == 0 && attr.Key != "d" {
			return slog.Attr{}
		}
		return attr
	}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.line, test.d.String())
			var text, json bytes.Buffer
			slog.New(slog.NewTextHandler(&text, onlyDecision)).Info("", "d", test.d)
			slog.New(slog.NewJSONHandler(&json, onlyDecision)).Info("", "d", test.d)
			assert.Equal(t, test.text+"\n", text.String())
			assert.Equal(t, `{"d":`+test.json+"}\n", json.String())
		})
	}
}

// TestReasonSentences has what String says of each reason.
func TestReasonSentences(t *testing.T) {
	for reason, want := range map[httpsec.Reason]string{
		httpsec.ReasonOrigin:          "its origin is not allowed",
		httpsec.ReasonMalformedOrigin: "its Origin is not what a browser sends",
		httpsec.ReasonMethod:          `method "x" is not allowed`,
		httpsec.ReasonHeader:          `header "x" is not allowed`,
		httpsec.ReasonCredentials:     "its origin may not use credentials",
		httpsec.ReasonHost:            `host "x" is not allowed`,
		httpsec.ReasonCrossSite:       "a page of another site sent it",
		"another":                     "another",
	} {
		assert.Equal(t, "request refused: "+want, httpsec.Decision{Reason: reason, Detail: "x"}.String())
	}
}

func TestKindAndReasonNames(t *testing.T) {
	for kind, want := range map[httpsec.Kind]string{
		httpsec.KindNotCORS: "not-cors", httpsec.KindActual: "actual", httpsec.KindPreflight: "preflight",
		httpsec.KindWebSocket: "websocket", 4: "Kind(4)", 255: "Kind(255)",
	} {
		assert.Equal(t, want, kind.String())
	}
	for reason, want := range map[httpsec.Reason]string{
		httpsec.ReasonOrigin:          "origin",
		httpsec.ReasonMalformedOrigin: "malformed-origin",
		httpsec.ReasonMethod:          "method",
		httpsec.ReasonHeader:          "header",
		httpsec.ReasonCredentials:     "credentials",
		httpsec.ReasonHost:            "host",
		httpsec.ReasonCrossSite:       "cross-site",
	} {
		assert.Equal(t, want, string(reason))
	}
}

// TestLogsKeepNoRequestAlive looks at where the bytes of a cut value are.
func TestLogsKeepNoRequestAlive(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	d := httpsec.Decision{Kind: httpsec.KindActual, Origin: long, Reason: httpsec.ReasonHost, Detail: long}
	for _, attr := range d.LogValue().Group() {
		if text := attr.Value.String(); len(text) == 512 {
			assert.NotSame(t, unsafe.StringData(long), unsafe.StringData(text), "row 45: %s", attr.Key)
		}
	}
}
