package main

// sections are in an order: some rows build on those above. Each row is understood
// on its own, and what it says holds whether the page's origin is allowed or not.
func (l *lesson) sections() []section {
	json := map[string]string{"Content-Type": "application/json"}
	return []section{
		{"reading", "Reading answers", "CORS decides whether a script may read what another origin answers. The server says so in headers, and the browser obeys.", []row{
			{ID: "get", Kind: "fetch", Method: "GET", URL: l.api + "/events", Note: "a simple request",
				Text: "The browser sends it at once, and looks at the answer before the script may. The handler has run by then."},
			{ID: "authorization", Kind: "fetch", Method: "GET", URL: l.api + "/events", Headers: map[string]string{"Authorization": "Bearer demo"}, Note: "preflighted: Authorization",
				Text: "No form could send `Authorization`, so the browser asks first, with `OPTIONS`. The policy answers that preflight, and no handler sees it. If the policy refuses, the browser sends nothing else."},
			{ID: "put", Kind: "fetch", Method: "PUT", URL: l.api + "/events/1", Headers: json, Body: `{"title":"Release","date":"2026-09-02"}`, Note: "preflighted: PUT, JSON",
				Text: "The preflight asks for the method and for the type of the body. If the policy refuses, the browser never sends the `PUT`."},
			{ID: "method", Kind: "fetch", Method: "PURGE", URL: l.api + "/events", Note: "preflighted: an unlisted method",
				Text: "A preflight from an allowed origin is answered 200, with the methods of `Config.Methods`, and the browser looks for its own there: the 200 alone is not a yes. From other origins it is answered 403, without a list. None of this guards the API: `curl` sends no preflight. The API has no handler for `PURGE`, so whoever gets through reads a 405."},
			{ID: "exposed", Kind: "fetch", Method: "GET", URL: l.api + "/events", Reads: "X-Total-Count", Note: "reads X-Total-Count",
				Text: "Even a script that may read the answer sees few of its headers, unless the server exposes more."},
			{ID: "hidden", Kind: "fetch", Method: "GET", URL: l.api + "/events", Reads: "X-Served-By", Note: "reads X-Served-By",
				Text: "A script that may read the answer reads `null` for a header that is not exposed, and no console says so."},
			{ID: "error", Kind: "fetch", Method: "GET", URL: l.api + "/error", Note: "answered 500",
				Text: "For an allowed origin errors carry the CORS headers too, so that a script can tell a 500 from a network that is down. Scripts of other origins cannot."},
			{ID: "redirect", Kind: "fetch", Method: "GET", URL: l.api + "/moved", Note: "redirected to /events",
				Text: "Every answer on the way has to allow the origin, the redirect included. Where it does not, the browser does not ask `/events`."},
		}},
		{"running", "Running the handler", "CORS hides answers. It does not keep a simple request from being handled: `POST /visits` counts, and the count goes up even where the script may not read it.", []row{
			{ID: "visit", Kind: "fetch", Method: "POST", URL: l.api + "/visits", Body: "hello", Counts: true, Note: "simple: what a form could send",
				Text: "A form of any page could send this, so the browser does not ask first. The counter is the handler's own."},
			{ID: "guarded", Kind: "fetch", Method: "POST", URL: l.api + "/guarded/visits", Body: "hello", Counts: true, Note: "simple, with Config.RejectDisallowed",
				Text: "With `Config.RejectDisallowed` the policy answers 403 to origins that it does not allow, and the handler does not run. Their scripts may not read the 403 either, so a console speaks of CORS."},
			{ID: "asked", Kind: "fetch", Method: "POST", URL: l.api + "/visits", Headers: json, Body: `{}`, Counts: true, Note: "preflighted: JSON",
				Text: "No form can send `application/json`, so the browser asks first. Other clients do not, and this handler takes any type. One that takes only JSON, as `POST /events` does, cannot be reached by forms."},
		}},
		{"cookies", "Cookies", "In `fetch`, `credentials: \"include\"` sends cookies; images, frames and WebSockets send them unasked. `SameSite` limits that from other sites, but another port of `localhost` is another origin and the same site. The server says who may read the answer, with `Access-Control-Allow-Credentials` and an origin rather than `*`.", []row{
			{ID: "login", Kind: "fetch", Method: "POST", URL: l.api + "/login", Credentials: true, Note: "sets a cookie",
				Text: "On the API's own site the browser keeps the cookie, even where the script may not read the answer."},
			{ID: "me", Kind: "fetch", Method: "GET", URL: l.api + "/me", Credentials: true, Note: "sends the cookie of POST /login",
				Text: "A `SameSite=Lax` cookie goes along between ports of one host, which are one site. It stays behind in what scripts, images and frames of other sites send."},
		}},
		{"sockets", "WebSockets", "CORS does not cover WebSockets: a browser opens one from any page, with the cookies that `SameSite` lets through, and it is for the server to refuse. `Policy.Handler` does.", []row{
			{ID: "socket", Kind: "socket", URL: l.api + "/socket", Note: "for allowed origins",
				Text: "The policy looks at the `Origin` of the handshake. Where `Config.Origins` decides, an origin that may not use credentials gets in only if the handshake has no cookies."},
			{ID: "public", Kind: "socket", URL: l.api + "/public/socket", Note: "Config.SocketOrigins: *",
				Text: "This policy lets anyone in, which suits sockets that ask for a token in their first message."},
		}},
		{"embedding", "Embedding", "Images and frames need no CORS. `Cross-Origin-Resource-Policy` says who may embed an image, `frame-ancestors` and `X-Frame-Options` who may frame a document.", []row{
			{ID: "image", Kind: "image", URL: l.api + "/image", Note: "CORP: same-origin",
				Text: "With `same-origin`, the default of `SecurityHeaders`, no page of another origin can embed the image without `crossorigin`, whatever the CORS policy says."},
			{ID: "image-shared", Kind: "image", URL: l.api + "/image/shared", Note: "CORP: cross-origin",
				Text: "The handler overrides `Cross-Origin-Resource-Policy`. The image shows, but no script can read the pixels of this `<img>`, which has no `crossorigin` attribute.",
				Undo: "Leave `Cross-Origin-Resource-Policy` as `SecurityHeaders` sets it: `same-origin`."},
			{ID: "frame", Kind: "frame", URL: l.api + "/widget", Note: "frame-ancestors 'none'",
				Text: "A page that frames another can trick its users into clicking there, so by default no page can. Where both are sent, browsers follow `frame-ancestors`; old ones know only `X-Frame-Options`."},
			{ID: "frame-shared", Kind: "frame", URL: l.api + "/widget/shared", Note: "frame-ancestors with the demo's pages",
				Text: "The handler lists who may frame it in `frame-ancestors`, and deletes `X-Frame-Options`, which cannot list origins. `Cross-Origin-Resource-Policy` does not apply to frames, unless the page that frames has a `Cross-Origin-Embedder-Policy`."},
		}},
		{"policy", "This page's own policy", "The `Content-Security-Policy` of this page limits what it runs and loads, so that injected code gets nowhere. The browser reports what it blocks.", []row{
			{ID: "inline", Kind: "inline", Note: "inline, without a nonce",
				Text: "Injected markup looks like this. It cannot know the nonce, because each answer has a new one."},
			{ID: "nonce", Kind: "inline", Nonce: true, Note: "inline, with this page's nonce",
				Text: "`NonceSource` in the policy, and `Nonce(r.Context())` in the template, mark what the server wrote itself.",
				Undo: "Leave out the nonce."},
			{ID: "connect", Kind: "fetch", Method: "GET", URL: l.alias() + "/events", Note: "to " + l.alias(),
				Text: "Under another name, even the same server is another origin, and `connect-src` does not list it. The browser asks this page's policy before it sends anything, and so before CORS."},
		}},
	}
}

// term is a word of the lesson, explained in a sentence.
type term struct{ Word, Meaning, Link string }

func terms() []term {
	return []term{
		{"Handler", "The API's own code, behind the policy: what reads and writes data.", "https://pkg.go.dev/net/http#Handler"},
		{"Policy", "What httpsec makes of a Config: it answers preflights, refuses sockets, and adds the headers of CORS to answers.", "https://pkg.go.dev/github.com/httpsec/httpsec#Policy"},
		{"Origin", "Scheme, host and port of a page, such as http://localhost:3000. Two pages that differ in one of them are of different origins.", "https://html.spec.whatwg.org/#concept-origin"},
		{"Site", "Scheme and registrable domain, such as https and example.com: the subdomains and ports of one domain are one site.", "https://developer.mozilla.org/docs/Glossary/Site"},
		{"CORS", "Cross-Origin Resource Sharing: the headers by which a server lets scripts of other origins read its answers.", "https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS"},
		{"Simple request", "One that a form or an image could send as well, so that browsers send it without asking.", "https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS#simple_requests"},
		{"Preflight", "The OPTIONS request by which a browser asks whether it may send one that is not simple.", "https://developer.mozilla.org/docs/Glossary/Preflight_request"},
		{"Expose", "To name a response header that scripts of other origins may read, in Access-Control-Expose-Headers.", "https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Access-Control-Expose-Headers"},
		{"Credentials", "Cookies, HTTP authentication and TLS client certificates: what tells the server who asks.", "https://fetch.spec.whatwg.org/#credentials"},
		{"Handshake", "The request that opens a WebSocket.", "https://www.rfc-editor.org/rfc/rfc6455#section-1.3"},
		{"CORP", "Cross-Origin-Resource-Policy: who may embed an image, a script or another resource without CORS. Frames heed it only in pages with a Cross-Origin-Embedder-Policy.", "https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header"},
		{"CSP", "Content-Security-Policy: what a page may run and load, and who may frame it.", "https://developer.mozilla.org/docs/Web/HTTP/Guides/CSP"},
		{"Nonce", "A random word, fresh for each answer, that marks the scripts which the server wrote itself.", "https://developer.mozilla.org/docs/Web/HTML/Reference/Global_attributes/nonce"},
	}
}
