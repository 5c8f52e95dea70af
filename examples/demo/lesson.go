package main

import (
	"net"
	"strings"

	"github.com/httpsec/httpsec"
)

// lesson is what the page tries.
type lesson struct {
	api    string         // its origin
	config httpsec.Config // that of the API
	pages  []string       // the origins of the page: the allowed one, and the foreign one
}

// section is a group of rows about one thing.
type section struct {
	ID, Title, Text string
	Rows            []row
}

// row is something that a page tries. The fields with a JSON name are what its
// script needs to know; backquotes in the texts are for code.
type row struct {
	ID   string `json:"-"`
	Note string `json:"-"` // what kind of request it is
	Text string `json:"-"` // what there is to learn
	Undo string `json:"-"` // what would stop it, where nothing does

	Kind        string            `json:"kind"` // "fetch", "socket", "image", "frame" or "inline"
	Method      string            `json:"method,omitempty"`
	URL         string            `json:"url,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Body        string            `json:"body,omitempty"`
	Credentials bool              `json:"credentials,omitempty"`
	Reads       string            `json:"reads,omitempty"` // the header that the script is after
	Nonce       bool              `json:"nonce,omitempty"`
	Counts      bool              `json:"counts,omitempty"` // whether the handler counts
}

// Title is the row's request.
func (r row) Title() string {
	switch r.Kind {
	case "inline":
		if r.Nonce {
			return "<script nonce=…>"
		}
		return "<script>"
	case "image":
		return "<img src=" + path(r.URL) + ">"
	case "frame":
		return "<iframe src=" + path(r.URL) + ">"
	case "socket":
		return "new WebSocket(" + path(r.URL) + ")"
	}
	return r.Method + " " + path(r.URL)
}

func path(url string) string {
	_, url, _ = strings.Cut(url, "://")
	return url[strings.Index(url, "/"):]
}

// preflighted reports whether a browser asks before it sends the row's request:
// https://fetch.spec.whatwg.org/#cors-preflight-fetch.
func (r row) preflighted() bool {
	return r.Kind == "fetch" && r.Method != "GET" && r.Method != "POST" || len(r.Headers) > 0
}

// alias is an origin that differs from the API's in its name alone. The page's own
// policy does not list it.
func (l *lesson) alias() string {
	if alias := strings.Replace(l.api, "//localhost", "//127.0.0.1", 1); alias != l.api {
		return alias
	}
	scheme, host, _ := strings.Cut(l.api, "://")
	_, port, _ := net.SplitHostPort(host)
	return scheme + "://" + net.JoinHostPort("localhost", port)
}

// sections are in an order: some rows build on those above.
func (l *lesson) sections() []section {
	json := map[string]string{"Content-Type": "application/json"}
	return []section{
		{"reading", "Reading answers", "CORS decides whether a script may read what another origin answers. The server says so in headers, and the browser obeys.", []row{
			{ID: "get", Kind: "fetch", Method: "GET", URL: l.api + "/events", Note: "a simple request",
				Text: "The browser sends it at once, and looks at the answer before the script may. The handler has run by then."},
			{ID: "authorization", Kind: "fetch", Method: "GET", URL: l.api + "/events", Headers: map[string]string{"Authorization": "Bearer demo"}, Note: "preflighted: Authorization",
				Text: "No form could send this header, so the browser asks first, with `OPTIONS`. The policy answers that preflight, and no handler sees it."},
			{ID: "put", Kind: "fetch", Method: "PUT", URL: l.api + "/events/1", Headers: json, Body: `{"title":"Release","date":"2026-09-02"}`, Note: "preflighted: PUT, JSON",
				Text: "The preflight asks for the method and for the type of the body. Where it is refused, the browser never sends the `PUT`."},
			{ID: "method", Kind: "fetch", Method: "PURGE", URL: l.api + "/events", Note: "preflighted: an unlisted method",
				Text: "`Config.Methods` lists what preflights allow. It does not guard the API: `curl` sends no preflight."},
			{ID: "exposed", Kind: "fetch", Method: "GET", URL: l.api + "/events", Reads: "X-Total-Count", Note: "reads X-Total-Count",
				Text: "A script sees few headers of an answer unless the server exposes more.",
				Undo: "Without `X-Total-Count` in `Config.ExposeHeaders` the script reads `null`."},
			{ID: "hidden", Kind: "fetch", Method: "GET", URL: l.api + "/events", Reads: "X-Served-By", Note: "reads X-Served-By",
				Text: "The same answer, and a header of it that is not exposed: no console mentions it, the script just reads `null`."},
			{ID: "error", Kind: "fetch", Method: "GET", URL: l.api + "/error", Note: "answered 500",
				Text: "Errors carry the CORS headers too, so that a script can tell a 500 from a network that is down."},
			{ID: "redirect", Kind: "fetch", Method: "GET", URL: l.api + "/moved", Note: "redirected to /events",
				Text: "Every answer on the way has to allow the origin, the redirect included."},
		}},
		{"running", "Running the handler", "CORS hides answers. It does not keep a simple request from being handled: `POST /visits` counts, and the count goes up even where the script may not read it.", []row{
			{ID: "visit", Kind: "fetch", Method: "POST", URL: l.api + "/visits", Body: "hello", Counts: true, Note: "simple: what a form could send",
				Text: "A form of any page could send this, so the browser does not ask first. The counter is the handler's own.",
				Undo: "`Config.RejectDisallowed` stops such requests from other origins: see the next row."},
			{ID: "guarded", Kind: "fetch", Method: "POST", URL: l.api + "/guarded/visits", Body: "hello", Counts: true, Note: "the same, with RejectDisallowed",
				Text: "Here the policy has `RejectDisallowed`: it answers 403 to origins that it does not allow, and the handler does not run."},
			{ID: "asked", Kind: "fetch", Method: "POST", URL: l.api + "/visits", Headers: json, Body: `{}`, Counts: true, Note: "preflighted: JSON",
				Text: "JSON is no type that a form could send, so the browser asks first: a handler that insists on it runs only for origins that the policy allows."},
		}},
		{"cookies", "Cookies", "Cookies go along where the script asks for `credentials: \"include\"`. The server then has to allow that too, and to name the origin rather than `*`.", []row{
			{ID: "login", Kind: "fetch", Method: "POST", URL: l.api + "/login", Credentials: true, Note: "sets a cookie",
				Text: "The browser keeps the cookie even where the script may not read the answer."},
			{ID: "me", Kind: "fetch", Method: "GET", URL: l.api + "/me", Credentials: true, Note: "sends that cookie",
				Text: "Cookies ignore ports, and `SameSite` is about sites, not origins: every port of localhost is one site."},
		}},
		{"sockets", "WebSockets", "CORS does not cover sockets: a browser opens one from any page, with cookies, and only the server can refuse. `Policy.Handler` does.", []row{
			{ID: "socket", Kind: "socket", URL: l.api + "/socket", Note: "for allowed origins",
				Text: "The policy looks at the `Origin` of the handshake, and at its cookies where the origin may not use them."},
			{ID: "public", Kind: "socket", URL: l.api + "/public/socket", Note: "SocketOrigins: *",
				Text: "This policy lets anyone in, which suits sockets that ask for a token in their first message.",
				Undo: "List the origins in `Config.SocketOrigins`, or leave it nil: `Config.Origins` then decides, as in the row above."},
		}},
		{"embedding", "Embedding", "Images and frames need no CORS. `Cross-Origin-Resource-Policy`, `frame-ancestors` and `X-Frame-Options` say who may embed what.", []row{
			{ID: "image", Kind: "image", URL: l.api + "/image", Note: "CORP: same-origin",
				Text: "`same-origin`, the default of `SecurityHeaders`, lets pages of no other origin embed it, whatever the CORS policy says."},
			{ID: "image-shared", Kind: "image", URL: l.api + "/image/shared", Note: "CORP: cross-origin",
				Text: "Its handler overrides that header. The image shows, and still no script can read its pixels.",
				Undo: "Leave the header as `SecurityHeaders` sets it: see the row above."},
			{ID: "frame", Kind: "frame", URL: l.api + "/widget", Note: "frame-ancestors: 'none'",
				Text: "Who can frame a page can trick its users into clicking there. The default lets nobody."},
			{ID: "frame-shared", Kind: "frame", URL: l.api + "/widget/shared", Note: "frame-ancestors: these pages",
				Text: "Its handler lists who may frame it in `frame-ancestors`, and deletes `X-Frame-Options`, which knows no list.",
				Undo: "Leave this page out of `frame-ancestors`: see the row above."},
		}},
		{"policy", "This page's own policy", "The `Content-Security-Policy` of this page limits what it runs and loads, so that injected code gets nowhere. What it blocks is reported.", []row{
			{ID: "inline", Kind: "inline", Note: "inline, without a nonce",
				Text: "Injected markup looks like this. It does not know the nonce, which is another for each answer."},
			{ID: "nonce", Kind: "inline", Nonce: true, Note: "inline, with this page's nonce",
				Text: "`NonceSource` in the policy, and `Nonce(r.Context())` in the template, mark what the server wrote itself.",
				Undo: "Leave out the nonce: see the row above."},
			{ID: "connect", Kind: "fetch", Method: "GET", URL: l.alias() + "/events", Note: "to " + l.alias(),
				Text: "Under another name, even the same server is another origin, and `connect-src` does not list it. This policy is asked before CORS is, and nothing is sent."},
		}},
	}
}

// term is a word of the lesson, explained in a sentence.
type term struct{ Word, Meaning, Link string }

func terms() []term {
	return []term{
		{"Handler", "The API's own code, behind the policy: what reads and writes data.", "https://pkg.go.dev/net/http#Handler"},
		{"Origin", "Scheme, host and port of a page, such as http://localhost:3000. Two pages that differ in one of them are of different origins.", "https://html.spec.whatwg.org/#concept-origin"},
		{"Simple request", "One that a form or an image could send as well, so that browsers send it without asking.", "https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS#simple_requests"},
		{"Preflight", "The OPTIONS request by which a browser asks whether it may send one that is not simple.", "https://developer.mozilla.org/docs/Glossary/Preflight_request"},
		{"Credentials", "Cookies, HTTP authentication and TLS client certificates: what tells the server who asks.", "https://fetch.spec.whatwg.org/#credentials"},
		{"CORP", "Cross-Origin-Resource-Policy: who may embed an answer without CORS.", "https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header"},
		{"CSP", "Content-Security-Policy: what a page may run and load, and who may frame it.", "https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP"},
		{"Nonce", "A random word, fresh for each answer, that marks the scripts which the server wrote itself.", "https://developer.mozilla.org/docs/Web/HTML/Reference/Global_attributes/nonce"},
	}
}
