package browsertest

import (
	"net/http"

	"github.com/httpsec/httpsec"
)

// sentences is what the console of each engine says for a cause that the documents
// name. A … stands for what differs from page to page.
type sentences struct {
	cause   string
	visit   string // empty: app's blank page
	service service
	script  string
	says    says
}

// says has no engine whose console is silent.
type says map[engineName]string

// What stands before the reason.
const (
	chromiumCORS      = "Access to fetch at '…' from origin '…' has been blocked by CORS policy: "
	chromiumPreflight = chromiumCORS + "Response to preflight request doesn't pass access control check: "
	firefoxCORS       = "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at …. "
	firefoxCSP        = "Content-Security-Policy: The page’s settings blocked "
)

const (
	get = `return text('/echo')`
	put = `return text('/echo', {method: 'PUT'})`
)

// mounted is a service whose policy is inside a route, so that the mux answers
// preflights.
func mounted() service {
	mux := http.NewServeMux()
	mux.Handle("PUT /echo", httpsec.Must(httpsec.CORS(listed()))(http.HandlerFunc(echo)))
	return service{next: mux}
}

// answeringAll is a service without a policy that answers everything alike.
func answeringAll(status int, headers map[string]string) service {
	return service{next: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
	})}
}

// allowedTwice is a service to whose answers something else adds a header.
var allowedTwice = service{next: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Add("Access-Control-Allow-Origin", app)
	w.Header().Add("Access-Control-Allow-Origin", "*")
})}

var consoleTable = []sentences{
	{
		cause: "the origin is not allowed", visit: evil + "/blank",
		service: policy(listed()),
		script:  get,
		says: says{
			chromium: chromiumCORS + "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
			firefox:  firefoxCORS + "(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.",
			webkit:   "Origin … is not allowed by Access-Control-Allow-Origin. Status code: 200",
		},
	},
	{
		cause: "a preflight gets the policy's 403", visit: evil + "/blank",
		service: policy(listed()),
		script:  put,
		says: says{
			chromium: chromiumPreflight + "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
			firefox:  firefoxCORS + "(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 403.",
			webkit:   "Preflight response is not successful. Status code: 403",
		},
	},
	{
		cause:   "a preflight gets the mux's 405",
		service: mounted(),
		script:  put,
		says: says{
			chromium: chromiumPreflight + "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
			firefox:  firefoxCORS + "(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 405.",
			webkit:   "Preflight response is not successful. Status code: 405",
		},
	},
	{
		cause:   "a preflight gets authentication's 401",
		service: answeringAll(401, nil),
		script:  put,
		says: says{
			chromium: chromiumPreflight + "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
			firefox:  firefoxCORS + "(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 401.",
			webkit:   "Preflight response is not successful. Status code: 401",
		},
	},
	{
		cause:   "a preflight gets a router's 404",
		service: answeringAll(404, nil),
		script:  put,
		says: says{
			chromium: chromiumPreflight + "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
			firefox:  firefoxCORS + "(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 404.",
			webkit:   "Preflight response is not successful. Status code: 404",
		},
	},
	{
		cause:   "a preflight gets a proxy's 502",
		service: answeringAll(502, nil),
		script:  put,
		says: says{
			chromium: chromiumPreflight + "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
			firefox:  firefoxCORS + "(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 502.",
			webkit:   "Preflight response is not successful. Status code: 502",
		},
	},
	{
		cause:   "a preflight that is refused, again",
		service: answeringAll(405, nil),
		script:  put,
		says: says{
			chromium: "Failed to load resource: net::ERR_FAILED",
			firefox:  firefoxCORS + "(Reason: CORS request did not succeed). Status code: (null).",
			webkit:   "Fetch API cannot load … due to access control checks.",
		},
	},
	{
		cause:   "a preflight fails, and a proxy adds Access-Control-Allow-Origin",
		service: answeringAll(502, map[string]string{"Access-Control-Allow-Origin": app}),
		script:  put,
		says: says{
			chromium: chromiumPreflight + "It does not have HTTP ok status.",
			firefox:  firefoxCORS + "(Reason: CORS preflight response did not succeed). Status code: 502.",
			webkit:   "Preflight response is not successful. Status code: 502",
		},
	},
	{
		cause:   "a redirected preflight",
		service: answeringAll(307, map[string]string{"Location": "/other", "Access-Control-Allow-Origin": app}),
		script:  put,
		says: says{
			chromium: chromiumPreflight + "Redirect is not allowed for a preflight request.",
			firefox:  firefoxCORS + "(Reason: CORS request external redirect not allowed).",
			webkit:   "Preflight response is not successful. Status code: 307",
		},
	},
	{
		cause:   "the wildcard and credentials",
		service: policy(public()),
		script:  `return text('/echo', {credentials: 'include'})`,
		says: says{
			chromium: chromiumCORS + "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the request's credentials mode is 'include'.",
			firefox:  firefoxCORS + "(Reason: Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’).",
			webkit:   "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true.",
		},
	},
	{
		cause:   "credentials are off",
		service: policy(httpsec.Config{Origins: []string{app}}),
		script:  `return text('/echo', {credentials: 'include'})`,
		says: says{
			chromium: chromiumCORS + "The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be 'true' when the request's credentials mode is 'include'.",
			firefox:  firefoxCORS + "(Reason: expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’).",
			webkit:   `Credentials flag is true, but Access-Control-Allow-Credentials is not "true".`,
		},
	},
	{
		cause:   "several values",
		service: allowedTwice,
		script:  get,
		says: says{
			chromium: chromiumCORS + "The 'Access-Control-Allow-Origin' header contains multiple values '…', but only one is allowed. Have the server send the header with a valid value.",
			firefox:  firefoxCORS + "(Reason: CORS header ‘Access-Control-Allow-Origin’ does not match ‘…’).",
			webkit:   "Access-Control-Allow-Origin cannot contain more than one origin.",
		},
	},
	{
		cause: "several values, over HTTP/1.1", visit: "http://localhost:3000/blank",
		service: allowedTwice,
		script:  `return text('http://api.internal.test/echo')`,
		says: says{
			chromium: chromiumCORS + "The 'Access-Control-Allow-Origin' header contains multiple values '…', but only one is allowed. Have the server send the header with a valid value.",
			firefox:  firefoxCORS + "(Reason: Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed).",
			webkit:   "Access-Control-Allow-Origin cannot contain more than one origin.",
		},
	},
	{
		cause:   "a method is not allowed",
		service: policy(listed()),
		script:  `return text('/echo', {method: 'PURGE'})`,
		says: says{
			chromium: chromiumCORS + "Method … is not allowed by Access-Control-Allow-Methods in preflight response.",
			firefox:  firefoxCORS + "(Reason: Did not find method in CORS header ‘Access-Control-Allow-Methods’).",
			webkit:   "Method … is not allowed by Access-Control-Allow-Methods.",
		},
	},
	{
		cause:   "a header is not allowed",
		service: policy(listed()),
		script:  `return text('/echo', {headers: {'X-Other': '1'}})`,
		says: says{
			chromium: chromiumCORS + "Request header field … is not allowed by Access-Control-Allow-Headers in preflight response.",
			firefox:  firefoxCORS + "(Reason: header ‘…’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight response).",
			webkit:   "Request header field … is not allowed by Access-Control-Allow-Headers.",
		},
	},
	{
		cause:   "the server is down",
		service: policy(listed()),
		script:  `return text('https://localhost:4443/echo')`,
		says: says{
			chromium: "Failed to load resource: net::ERR_CONNECTION_REFUSED",
			firefox:  firefoxCORS + "(Reason: CORS request did not succeed). Status code: (null).",
			webkit:   "Failed to load resource: …",
		},
	},
	{
		cause: "a page of the internet asks for this machine", visit: internet + "/blank",
		service: policy(httpsec.Config{Origins: []string{internet}}),
		script:  `text('/echo').catch(() => {}); return 'asked'`, // Firefox waits until the user answers
		says: says{
			chromium: chromiumCORS + "Permission was denied for this request to access the `loopback` address space.",
			firefox:  "Local Network Access permission required: …",
		},
	},
	{
		cause:   "mixed content",
		service: policy(listed()),
		script:  `return text('http://api.internal.test/echo')`,
		says: says{
			chromium: "Mixed Content: The page at '…' was loaded over HTTPS, but requested an insecure resource '…'. This request has been blocked; the content must be served over HTTPS.",
			firefox:  "Blocked loading mixed active content “…”",
			webkit:   "[blocked] The page at … requested insecure content from …. This content was blocked and must be served over HTTPS.",
		},
	},
	{
		cause:   "mixed content on localhost",
		service: policy(listed()),
		script:  `return text('http://localhost:8080/echo')`,
		says: says{
			webkit: "[blocked] The page at … requested insecure content from …. This content was blocked and must…",
		},
	},
	{
		cause: "a WebSocket gets 403", visit: evil + "/blank",
		service: policy(listed()),
		script:  `return socket('/socket')`,
		says: says{
			chromium: "WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 403",
			firefox:  "Firefox can’t establish a connection to the server at wss://….",
			webkit:   "WebSocket connection to 'wss://…' failed: The server did not accept the WebSocket handshake.",
		},
	},
	{
		cause: "CSP: a script of another host", visit: api + "/page",
		service: defaultCSP(""),
		script:  `return load(element('script'), {src: url('https://app.example.com/script')})`,
		says: says{
			chromium: `Loading the script '…' violates the following Content Security Policy directive: "script-src 'self'". Note that 'script-src-elem' was not explicitly set, so 'script-src' is used as a fallback. The action has been blocked.`,
			firefox:  firefoxCSP + "a script (script-src-elem) at … from being executed because it violates the following directive: “script-src 'self'”",
			webkit:   "Refused to load … because it does not appear in the script-src directive of the Content Security Policy.",
		},
	},
	{
		cause: "CSP: an image of another host", visit: api + "/page",
		service: defaultCSP(""),
		script:  `return load(element('img'), {src: url('https://app.example.com/image')})`,
		says: says{
			chromium: `Loading the image '…' violates the following Content Security Policy directive: "img-src 'self' data: blob:". The action has been blocked.`,
			firefox:  firefoxCSP + "the loading of a resource (img-src) at … because it violates the following directive: “img-src 'self' data: blob:”",
			webkit:   "Refused to load … because it does not appear in the img-src directive of the Content Security Policy.",
		},
	},
	{
		cause: "CSP: a fetch to another host", visit: api + "/page",
		service: parsedCSP("connect-src 'self'", ""),
		script:  `return text('https://app.example.com/echo')`,
		says: says{
			chromium: `Connecting to '…' violates the following Content Security Policy directive: "connect-src 'self'". The action has been blocked.`,
			firefox:  firefoxCSP + "the loading of a resource (connect-src) at … because it violates the following directive: “connect-src 'self'”",
			webkit:   "Refused to connect to … because it does not appear in the connect-src directive of the Content Security Policy.",
		},
	},
	{
		cause: "CSP: an inline script", visit: api + "/page",
		service: defaultCSP(scripts),
		script:  `return 1`,
		says: says{
			chromium: "Executing inline script violates the following Content Security Policy directive 'script-src 'self''. Either the 'unsafe-inline' keyword, a hash ('sha256-…'), or a nonce ('nonce-...') is required to enable inline execution. The action has been blocked.",
			firefox:  firefoxCSP + "an inline script (script-src-elem) from being executed because it violates the following directive: “script-src 'self'”. Consider using a hash ('sha256-…') or a nonce.",
			webkit:   "Refused to execute a script because its hash, its nonce, or 'unsafe-inline' does not appear in the script-src directive of the Content Security Policy.",
		},
	},
	{
		cause: "CSP: an inline handler", visit: api + "/page",
		service: defaultCSP(`<img src="data:," onerror="1">`),
		script:  `return 1`,
		says: says{
			chromium: "Executing inline event handler violates the following Content Security Policy directive 'script-src 'self''. …",
			firefox:  firefoxCSP + "an event handler (script-src-attr) from being executed because it violates the following directive: “script-src 'self'”. …",
			webkit:   "Refused to execute a script for an inline event handler because 'unsafe-inline' does not appear in the script-src directive of the Content Security Policy.",
		},
	},
	{
		cause: "CORP: an image", visit: evil + "/blank",
		service: secured(only(nil), ""),
		script:  `return load(element('img'), {src: url('/image')})`,
		says: says{
			chromium: "Failed to load resource: net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin",
			firefox:  "The resource at “…” was blocked due to its Cross-Origin-Resource-Policy header (or lack thereof). …",
			webkit:   "Cancelled load to … because it violates the resource's Cross-Origin-Resource-Policy response header.",
		},
	},
	{
		cause: "X-Frame-Options", visit: evil + "/blank",
		service: secured(only(nil), image),
		script:  `return frame({src: url('/page')})`,
		says: says{
			chromium: "Refused to display '…' in a frame because it set 'X-Frame-Options' to 'deny'.",
			firefox:  "The loading of “…” in a frame is denied by “X-Frame-Options“ directive set to “deny“.",
			webkit:   "Refused to display '…' in a frame because it set 'X-Frame-Options' to 'DENY'.",
		},
	},
	{
		cause: "frame-ancestors", visit: evil + "/blank",
		service: secured(httpsec.Headers{XFrameOptions: httpsec.Omit}, image),
		script:  `return frame({src: url('/page')})`,
		says: says{
			chromium: `Framing '…' violates the following Content Security Policy directive: "frame-ancestors 'none'". The request has been blocked.`,
			firefox:  firefoxCSP + "the loading of a resource (frame-ancestors) at … because it violates the following directive: “frame-ancestors 'none'”",
			webkit:   "Refused to load … because it does not appear in the frame-ancestors directive of the Content Security Policy.",
		},
	},
	{
		cause: "nosniff: a script", visit: api + "/blank",
		service: secured(only(nil), ""),
		script:  `return load(element('script'), {src: url('/plain-script')})`,
		says: says{
			chromium: "Refused to execute script from '…' because its MIME type ('text/plain') is not executable, and strict MIME type checking is enabled.",
			firefox:  "The resource from “…” was blocked due to MIME type (“text/plain”) mismatch (X-Content-Type-Options: nosniff).",
			webkit:   `Refused to execute … as script because "X-Content-Type-Options: nosniff" was given and its Content-Type is not a script MIME type.`,
		},
	},
	{
		cause: "nosniff: a style sheet", visit: api + "/blank",
		service: secured(only(nil), ""),
		script:  `return load(element('link'), {rel: 'stylesheet', href: url('/plain-style')})`,
		says: says{
			chromium: "Refused to apply style from '…' because its MIME type ('text/plain') is not a supported stylesheet MIME type, and strict MIME checking is enabled.",
			firefox:  "The resource from “…” was blocked due to MIME type (“text/plain”) mismatch (X-Content-Type-Options: nosniff).",
			webkit:   "Did not parse stylesheet at '…' because non CSS MIME types are not allowed in strict mode.",
		},
	},
	{
		cause:   "a popup cut off by COOP",
		service: secured(only(nil), tellOpener),
		script:  `const w = open(url('/page')); await new Promise(r => setTimeout(r, 500)); w.postMessage('x', '*'); return w.closed`,
		says:    says{},
	},
	{
		cause:   "a header that is not exposed",
		service: policy(listed()),
		script:  `return (await fetch(url('/echo'))).headers.get('X-Internal')`,
		says:    says{},
	},
}
