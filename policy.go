package httpsec

import (
	"net/http"
	"sync/atomic"
)

// CORS returns a middleware that answers preflights and sets the CORS headers of
// every other response. It is [NewPolicy] and then [Policy.Handler]; use those to
// check WebSocket origins, to ask for decisions, or to reload.
//
// Wrap the whole mux, not a route in it: a mux that knows only "GET /x" answers
// the preflight for it with 405 before the route is reached.
func CORS(c Config) (func(http.Handler) http.Handler, error) {
	p, err := NewPolicy(c)
	if err != nil {
		return nil, err
	}
	return p.Handler, nil
}

// Policy is a checked and compiled [Config]. It is safe for concurrent use, and
// must not be copied after first use. The zero Policy allows no cross-origin
// access.
type Policy struct {
	current atomic.Pointer[rules]
}

// NewPolicy checks c and compiles it. The error joins a [*ConfigError] for each
// problem: see [ConfigErrors].
func NewPolicy(c Config) (*Policy, error) {
	p := new(Policy)
	if err := p.Reload(c); err != nil {
		return nil, err
	}
	return p, nil
}

// Reload replaces the policy by c, at once and for all handlers made from p. What
// [Policy.Handler] has already decided stays decided; [Policy.CheckOrigin] and
// [Policy.Decide] judge by the new policy, also within a request that began under
// the old one. If c has an error, the old policy stays in force.
func (p *Policy) Reload(c Config) error {
	compiled, err := c.compile()
	if err != nil {
		return err
	}
	p.current.Store(compiled)
	return nil
}

// Handler returns next with the policy in front of it: requests under a name that
// is not in Config.Hosts end in 421, preflights are answered here, handshakes that
// [Policy.CheckOrigin] refuses end in 403, and every other request goes on to next
// with the CORS headers already set, so that errors, redirects and panics that
// somebody recovers carry them too. The ResponseWriter is not wrapped. Handler
// panics if next is nil.
//
// Within another policy's Handler this one decides alone on the headers of the
// responses that it sees: it replaces or deletes what the outer one set. It does
// not see preflights, which the outer one answers, nor what the outer one refuses.
func (p *Policy) Handler(next http.Handler) http.Handler {
	if next == nil {
		panic("httpsec: Policy.Handler: next is nil")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.load().serve(w, r, next)
	})
}

// CheckOrigin reports whether a WebSocket handshake may go on. It has to come
// under a name in Config.Hosts, if that is set, and then one of these must hold:
//
//   - it has no Origin, so it comes from no browser;
//   - its Origin is the service's own;
//   - Config.SocketOrigins is set and allows the Origin;
//   - SocketOrigins is nil and the policy allows the Origin, with credentials or,
//     where that origin may not use them, for a handshake that carries none: no
//     Cookie, no Authorization, no TLS client certificate.
//
// Browsers do not apply CORS to sockets and send cookies with any handshake, so
// this check is all that keeps a foreign page from a user's socket. CheckOrigin
// never calls OnDecision. [Policy.Handler] makes the same check before the
// upgrade. The method fits gorilla/websocket, whose own check knows only the same
// origin:
//
//	websocket.Upgrader{CheckOrigin: policy.CheckOrigin}
func (p *Policy) CheckOrigin(r *http.Request) bool {
	current := p.load()
	if !current.servesHost(r) {
		return false
	}
	origins := r.Header[headerOrigin]
	return !hasOrigin(origins) || current.allowsHandshake(r, origins, current.grantTo(r, origins))
}

// Decide returns what a browser will conclude about r, and why, without
// answering it. It calls OriginFunc if the policy would, but neither a handler
// nor OnDecision.
func (p *Policy) Decide(r *http.Request) Decision {
	return p.load().decide(r)
}

// Select returns a middleware that serves each request under the policy that
// choose returns for it: one per tenant, host or path. Where choose returns nil the
// request passes untouched, preflights and handshakes too. It panics if choose or
// the handler is nil.
//
//	httpsec.Select(func(r *http.Request) *httpsec.Policy { return policies[r.Host] })
//
// choose runs on every request, from many goroutines at once, so make the
// policies beforehand. If it looks at anything but r.URL and r.Host, add the header
// it looks at to Vary outside.
func Select(choose func(r *http.Request) *Policy) func(http.Handler) http.Handler {
	if choose == nil {
		panic("httpsec: Select: choose is nil")
	}
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("httpsec: Select: next is nil")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p := choose(r)
			if p == nil {
				next.ServeHTTP(w, r)
				return
			}
			p.load().serve(w, r, next)
		})
	}
}

// zeroPolicy is what the zero Policy does.
var zeroPolicy = Must(Config{Origins: []string{}}.compile())

func (p *Policy) load() *rules {
	if current := p.current.Load(); current != nil {
		return current
	}
	return zeroPolicy
}
