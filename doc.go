// Package httpsec gives a net/http service CORS, WebSocket-origin checks, Host
// checks and security headers: two middlewares, and two structs to configure them.
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
// echoed with Vary: Origin; credentials switch themselves off where the origins
// have "*". [DefaultConfig] is for local development, [ConfigFromEnv] replaces its
// origins by those in CORS_ORIGINS, and [ParseOrigins] reads them from any other
// setting. [Select] chooses a policy for each request, [Policy.Reload] replaces one
// while it serves, [Policy.Decide] and Config.OnDecision say why a request is
// refused, and [Config.Audit] is the production checklist.
//
// # WebSockets
//
// Browsers do not apply CORS to sockets, and send cookies with every handshake, no
// matter whose page opens it. [Policy.Handler] therefore refuses a handshake of a
// foreign origin with 403 before the upgrade, and [Policy.CheckOrigin] fits
// libraries that ask. An origin that may not use credentials, as under "*", gets a
// socket only for a handshake without any. Config.SocketOrigins is for sockets that
// have a list of their own.
//
// # Hosts
//
// After DNS rebinding a foreign page is of the same origin as the service, as far
// as its browser knows. Config.Hosts lists the names under which the service is
// reached, and refuses all others.
//
// # Security headers
//
// [SecurityHeaders] takes [Headers], in which "" is the default and [Omit] is not
// sent; [APIHeaders] and [NoHeaders] are other sets to start from. [CSP] builds and
// checks a Content-Security-Policy, [NonceSource] puts a fresh nonce into it,
// [InlineHashes] makes the hashes of static pages, and [Headers.Audit] lists what to
// tighten. [HTTPSOnly] redirects plain http.
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
// Every decision depends on the configured policy and on the request's method,
// Host, headers and TLS state, and on whatever OriginFunc and the other functions
// of the configuration look at. An origin is compared byte for byte with what
// browsers send, or by labels for a pattern; nothing that was not checked is
// echoed; work on a request is bounded before it starts. "null", which any sandboxed
// page sends, is never allowed credentials. No two responses share memory.
//
// CORS decides who may read a response. It does not keep a request from arriving:
// Config.RejectDisallowed refuses what foreign pages send, and
// [http.CrossOriginProtection] is for policies that allow everyone.
//
// # What it does not do
//
// It does not authenticate, route, limit rates or sanitise. It has no regular
// expressions, no pattern but those of Config.Origins and Config.Hosts, and no
// header for Private Network Access, which browsers gave up. It does not stop
// non-browser clients: they may send any Origin, or none.
package httpsec
