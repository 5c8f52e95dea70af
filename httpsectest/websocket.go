package httpsectest

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"
)

// WebSocket is new WebSocket(url, protocols) in a script of the page. It returns the
// answer to the handshake; the socket itself is closed at once. The error is a
// *[Blocked].
func (p *Page) WebSocket(url string, protocols ...string) (*http.Response, error) {
	r, blocked := p.newSocket(url, protocols)
	if blocked != nil {
		return nil, blocked
	}
	resp, blocked := r.open(protocols)
	if blocked != nil {
		r.explain(blocked)
		return nil, blocked
	}
	return resp, nil
}

const failedSocket = "Failed to construct 'WebSocket': "

// newSocket is https://websockets.spec.whatwg.org/#dom-websocket-websocket.
func (p *Page) newSocket(url string, protocols []string) (*request, *Blocked) {
	a, ok := parseAddress(url, p.baseURL())
	if !ok {
		return nil, thrown(url, failedSocket+"The URL '%s' is invalid.", url)
	}
	switch a.scheme {
	case "http":
		a.scheme = "ws"
	case "https":
		a.scheme = "wss"
	case "ws", "wss":
	default:
		return nil, thrown(url, failedSocket+"The URL's scheme must be either 'http', 'https', 'ws', or 'wss'. '%s' is not allowed.", a.scheme)
	}
	if a.fragment != "" {
		return nil, thrown(url, failedSocket+"The URL contains a fragment identifier ('%s'). Fragment identifiers are not allowed in WebSocket URLs.", a.fragment[1:])
	}
	r := p.newRequest(context.Background(), a)
	r.mode, r.credentials, r.directive, r.destination = modeWebSocket, CredentialsInclude, "connect-src", "websocket"
	return r, nil
}

// open sends the handshake: RFC 6455, section 4.1.
func (r *request) open(protocols []string) (*http.Response, *Blocked) {
	r.checkReportOnly()
	if r.url.scheme == "ws" && r.upgrade && !isLoopback(r.url.host) {
		r.url = r.url.upgraded()
		r.first = r.url
	}
	if blocked := r.checkEnforced(); blocked != nil {
		return nil, blocked
	}
	if blocked := checkProtocols(r.url.String(), protocols); blocked != nil {
		return nil, blocked
	}
	switch {
	case r.client.isSecure() && r.url.scheme == "ws" && !isLoopback(r.url.host):
		return nil, mixedSocket(r.client, r.url)
	case isBadPort(r.url.portNumber()):
		return nil, r.socketFailed("net::ERR_UNSAFE_PORT", "", nil)
	}
	origin, shown := r.client.origin, r.url
	if r.url.scheme == "ws" && r.client.browser.isHSTS(r.url.host) { // a redirect, after which nobody is told the origin
		r.url, origin = r.url.upgraded(), "null"
	}
	key := newSocketKey()
	h := http.Header{
		"Connection":               {"Upgrade"},
		"Upgrade":                  {"websocket"},
		"Pragma":                   {"no-cache"},
		"Cache-Control":            {"no-cache"},
		"User-Agent":               {userAgent},
		"Origin":                   {origin},
		"Sec-Websocket-Version":    {"13"},
		"Sec-Websocket-Key":        {key},
		"Sec-Websocket-Extensions": {"permessage-deflate; client_max_window_bits"},
	}
	if len(protocols) > 0 {
		h["Sec-Websocket-Protocol"] = []string{strings.Join(protocols, ", ")}
	}
	asHTTP := *r.url
	asHTTP.scheme = map[string]string{"ws": "http", "wss": "https"}[r.url.scheme]
	r.url = &asHTTP
	resp, blocked := r.send(h)
	r.url = shown
	if blocked != nil {
		return nil, r.socketFailed(blocked.Reason, "", blocked.Err)
	}
	resp.Body.Close()
	if problem := socketProblem(resp, key, protocols); problem != "" {
		return nil, r.socketFailed("net::ERR_INVALID_RESPONSE", "Error during WebSocket handshake: "+problem, nil)
	}
	r.annotate(func(e *Exchange) { // of a handshake that fails no cookie is kept
		e.Refused = r.client.browser.jar.setAll(resp.Header["Set-Cookie"], &asHTTP, r.client.cookieContext(&asHTTP), true, time.Now())
	})
	answer := *resp
	answer.Body = http.NoBody
	return &answer, nil
}

func checkProtocols(url string, protocols []string) *Blocked {
	for i, protocol := range protocols {
		if !httpguts.ValidHeaderFieldName(protocol) {
			return thrown(url, failedSocket+"The subprotocol '%s' is invalid.", protocol)
		}
		if slices.Contains(protocols[:i], protocol) {
			return thrown(url, failedSocket+"The subprotocol '%s' is duplicated.", protocol)
		}
	}
	return nil
}

func newSocketKey() string {
	var nonce [16]byte
	rand.Read(nonce[:])
	return base64.StdEncoding.EncodeToString(nonce[:])
}

func (r *request) socketFailed(reason, text string, err error) *Blocked {
	if text == "" {
		text = "Error in connection establishment: " + reason
	}
	return &Blocked{
		Rule: RuleNetwork, Reason: reason, URL: r.url.String(), Err: err,
		Message: "WebSocket connection to '" + r.url.String() + "' failed: " + text,
	}
}

// socketProblem says what is wrong with the answer: RFC 6455, section 4.1, the
// second list.
func socketProblem(resp *http.Response, key string, protocols []string) string {
	accept := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	switch {
	case resp.StatusCode != http.StatusSwitchingProtocols:
		return "Unexpected response code: " + resp.Status[:min(3, len(resp.Status))]
	case len(resp.Header["Upgrade"]) == 0:
		return "'Upgrade' header is missing"
	case strings.Contains(strings.Join(resp.Header["Upgrade"], ","), ","):
		return "'Upgrade' header must not appear more than once in a response"
	case !strings.EqualFold(resp.Header.Get("Upgrade"), "websocket"):
		return "'Upgrade' header value is not 'WebSocket': " + resp.Header.Get("Upgrade")
	case len(resp.Header["Sec-Websocket-Accept"]) == 0:
		return "'Sec-WebSocket-Accept' header is missing"
	case resp.Header.Get("Sec-Websocket-Accept") != base64.StdEncoding.EncodeToString(accept[:]):
		return "Incorrect 'Sec-WebSocket-Accept' header value"
	case len(resp.Header["Connection"]) == 0 && !resp.Close: // "close" is not left in the header
		return "'Connection' header is missing"
	case !httpguts.HeaderValuesContainsToken(resp.Header["Connection"], "Upgrade"):
		return "'Connection' header value must contain 'Upgrade'"
	}
	if problem := protocolProblem(resp.Header.Values("Sec-Websocket-Protocol"), protocols); problem != "" {
		return problem
	}
	return extensionProblem(resp.Header)
}

// protocolProblem compares the protocol that was chosen with those that were offered.
func protocolProblem(chosen, protocols []string) string {
	switch {
	case len(chosen) > 0 && len(protocols) == 0:
		return "Response must not include 'Sec-WebSocket-Protocol' header if not present in request: " + chosen[0]
	case len(chosen) > 0 && !slices.Contains(protocols, chosen[0]):
		return "'Sec-WebSocket-Protocol' header value '" + chosen[0] + "' in response does not match any of sent values"
	case len(chosen) > 1:
		return "'Sec-WebSocket-Protocol' header must not appear more than once in a response"
	case len(chosen) == 0 && len(protocols) > 0:
		return "Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received"
	}
	return ""
}

// extensionProblem refuses what was not offered: RFC 6455, section 9.1.
func extensionProblem(header http.Header) string {
	for extension := range strings.SplitSeq(strings.Join(header.Values("Sec-Websocket-Extensions"), ","), ",") {
		name, _, _ := strings.Cut(extension, ";")
		if name = strings.Trim(name, " \t"); name != "" && name != "permessage-deflate" {
			return "Found an unsupported extension '" + name + "' in 'Sec-WebSocket-Extensions' header"
		}
	}
	return ""
}
