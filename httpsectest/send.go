package httpsectest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// withCredentials is https://fetch.spec.whatwg.org/#http-network-or-cache-fetch,
// "includeCredentials".
func (r *request) withCredentials() bool {
	sameOrigin := r.url.origin() == r.client.origin
	if r.mode == ModeNoCORS && r.client.coep == "credentialless" && !sameOrigin {
		return false
	}
	return r.credentials == CredentialsInclude ||
		r.credentials == CredentialsSameOrigin && !r.crossCORS && sameOrigin && !(r.mode == ModeNoCORS && r.tainted)
}

// isOpaque reports whether the page may use the answer but not read it.
func (r *request) isOpaque() bool {
	return r.mode == ModeNoCORS && (r.tainted || r.url.origin() != r.client.origin)
}

// headersToSend are the script's headers and the browser's own.
func (r *request) headersToSend() http.Header {
	h := make(http.Header, len(r.headers)+10)
	h["Accept"] = acceptOf(r.destination)
	h["User-Agent"] = userAgentHeader
	for _, own := range r.headers {
		h[http.CanonicalHeaderKey(own.name)] = []string{toLatin1(own.value)}
	}
	if r.crossCORS || r.mode == ModeCORS && r.alwaysOrigin || r.method != http.MethodGet && r.method != http.MethodHead {
		h["Origin"] = []string{r.originHeader()}
	}
	if r.referrer != "" {
		h["Referer"] = []string{r.referrer}
	}
	if r.url.isTrustworthy() {
		destination := r.destination
		if destination == "" {
			destination = "empty"
		}
		h["Sec-Fetch-Dest"] = []string{destination}
		h["Sec-Fetch-Mode"] = modeHeaders[r.mode]
		h["Sec-Fetch-Site"] = fetchSiteHeaders[r.far]
	}
	return h
}

// originHeader is https://fetch.spec.whatwg.org/#append-a-request-origin-header.
func (r *request) originHeader() string {
	if r.tainted {
		return "null"
	}
	return r.client.origin
}

// send sends the request with the cookies that a script's request has.
func (r *request) send(h http.Header) (*http.Response, *Blocked) {
	return r.deliver(h, r.client.cookieContext(r.url), r.withCredentials())
}

// deliver sends the request, with cookies if it has credentials, and keeps those that
// come back; but none of a WebSocket's handshake.
func (r *request) deliver(h http.Header, context sameSite, credentials bool) (*http.Response, *Blocked) {
	b := r.client.browser
	now := time.Now()
	b.mu.Lock()
	cookies, withheld := b.jar.header(r.url, context, credentials, now)
	b.mu.Unlock()
	if cookies != "" {
		h["Cookie"] = []string{cookies}
	}
	resp, exchange, blocked := b.roundTrip(r.ctx, r.method, r.url, h, r.body, withheld)
	r.exchange = exchange
	if blocked != nil {
		return nil, blocked
	}
	if lines := resp.Header["Set-Cookie"]; len(lines) > 0 && r.mode != modeWebSocket {
		r.annotate(func(e *Exchange) { e.Refused = b.jar.setAll(lines, r.url, context, credentials, time.Now()) })
	}
	return resp, nil
}

// roundTrip sends a request as it is and writes it down.
func (b *Browser) roundTrip(ctx context.Context, method string, a *address, h http.Header, body []byte, withheld []Withheld) (*http.Response, int, *Blocked) {
	r := (&http.Request{
		Method: method, URL: a.url(), Host: a.host + a.port, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if body != nil {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	b.mu.Lock()
	number := len(b.log)
	b.log = append(b.log, Exchange{Request: r, Withheld: withheld, Preflight: isPreflight(method, h)})
	b.mu.Unlock()
	resp, err := b.transport.RoundTrip(r)
	if err != nil {
		blocked := failedLoad(RuleNetwork, "net::ERR_EMPTY_RESPONSE", a)
		blocked.Err = err
		return nil, number, blocked
	}
	b.mu.Lock()
	b.log[number].Status, b.log[number].Header = resp.StatusCode, resp.Header
	b.mu.Unlock()
	b.noteHSTS(a, resp.Header, time.Now())
	return resp, number, nil
}

func isPreflight(method string, h http.Header) bool {
	return method == http.MethodOptions && h["Access-Control-Request-Method"] != nil
}

// explain notes in the log why the page did not get the answer.
func (r *request) explain(blocked *Blocked) {
	r.annotate(func(e *Exchange) { e.Blocked = blocked })
}

// annotate changes the last exchange of the request in the log, if it has one. The
// browser is locked meanwhile.
func (r *request) annotate(change func(*Exchange)) {
	if r.exchange < 0 {
		return
	}
	b := r.client.browser
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.log[r.exchange])
}

// badPorts is https://fetch.spec.whatwg.org/#port-blocking.
const badPorts = " 0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 " +
	"117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 " +
	"989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080 "

func isBadPort(port string) bool { return strings.Contains(badPorts, " "+port+" ") }
