// Package httpsec gives a net/http service correct CORS, WebSocket-origin checks
// and security headers: two middlewares and two structs to configure them.
//
//	mux := http.NewServeMux()
//	mux.HandleFunc("GET /api/hello", hello)
//
//	cors := httpsec.Must(httpsec.CORS(httpsec.Config{
//		Origins:     []string{"https://app.example.com"},
//		Credentials: true,
//	}))
//	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
//
//	http.ListenAndServe("localhost:8080", secure(cors(mux)))
//
// Configuration is checked when the middleware is built, and errors name the
// field, the value and the fix:
//
//	httpsec: Config.Origins: "https://app.example.com/" has a path; write "https://app.example.com"
//
// # CORS
//
// [CORS] and [NewPolicy] take a [Config]. Preflights are answered before routing,
// with the whole configured lists of methods and headers ("*" with credentials,
// where browsers know no wildcard, repeats what was asked); the allowed origin is
// echoed with Vary: Origin; credentials switch themselves off when the origins
// have "*". [DefaultConfig] is for local development, and [ConfigFromEnv] replaces
// its origins by those in CORS_ORIGINS. [Policy.Reload] replaces a policy while it
// serves, [Policy.Decide] and Config.OnDecision say why a browser refuses, and
// [Config.Audit] is the production checklist.
//
// # WebSockets
//
// Browsers do not apply CORS to sockets, and send cookies with every handshake,
// whoever's page opens it. [Policy.Handler] therefore refuses a handshake of a
// foreign origin with 403 before the upgrade, and [Policy.CheckOrigin] fits
// libraries that ask. "*" grants anonymous handshakes only.
//
// # Security headers
//
// [SecurityHeaders] takes [Headers], in which "" is the default and [Omit] is not
// sent. [CSP] builds and checks a Content-Security-Policy, [NonceSource] puts a
// fresh nonce into it, and [Headers.Audit] lists what to tighten.
//
// # Order
//
// Wrap the whole mux, not a route in it: a pattern with a method, such as "PUT
// /events/{id}", answers the preflight for it with 405 before a policy inside it
// is asked. Security headers go outermost, so that preflights and refusals carry
// them; logging and recovery go outside both, authentication inside:
//
//	handler := recovery(logging(secure(cors(authenticate(mux)))))
//
// Headers are set before the handler runs, and the ResponseWriter is not wrapped:
// flushing, hijacking and http.ResponseController work, and a handler may change
// any header of its own response.
//
// Where routes need different policies, put them side by side, not one within the
// other: the outermost answers preflights and refuses handshakes, and the
// innermost sets the headers of all other responses.
//
// # Security model
//
// Every decision depends on the configured policy and on the request's headers,
// nothing else. An origin is compared byte for byte with what browsers send, or by
// labels for a pattern; nothing that was not checked is echoed; work on a request
// is bounded before it starts. "null" is never allowed but by "*", because any
// sandboxed page sends it. No two responses share memory.
//
// CORS decides who may read a response. It does not keep a request from arriving:
// Config.RejectDisallowed refuses foreign ones, and [http.CrossOriginProtection]
// defends against CSRF.
//
// # What it does not do
//
// It does not authenticate, route, limit rates or sanitise. It has no regular
// expressions, no pattern but those of Config.Origins, no policy per request other
// than OriginFunc, and no header for Private Network Access, which browsers gave
// up. It does not stop clients that are no browsers: they may send any Origin, or
// none.
package httpsec
