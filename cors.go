package httpsec

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// The names in the form that net/http gives them in a header map. The request
// path indexes the maps with these: Get, Set and Add would canonicalise the name on
// every request.
const (
	headerOrigin         = "Origin"
	headerRequestMethod  = "Access-Control-Request-Method"
	headerRequestHeaders = "Access-Control-Request-Headers"

	headerVary             = "Vary"
	headerContentType      = "Content-Type"
	headerAllowOrigin      = "Access-Control-Allow-Origin"
	headerAllowCredentials = "Access-Control-Allow-Credentials"
	headerAllowMethods     = "Access-Control-Allow-Methods"
	headerAllowHeaders     = "Access-Control-Allow-Headers"
	headerExposeHeaders    = "Access-Control-Expose-Headers"
	headerMaxAge           = "Access-Control-Max-Age"
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
	current atomic.Pointer[policy]
}

// NewPolicy checks c and compiles it. The error joins a [*ConfigError] for each
// problem.
func NewPolicy(c Config) (*Policy, error) {
	p := new(Policy)
	if err := p.Reload(c); err != nil {
		return nil, err
	}
	return p, nil
}

// Reload replaces the policy by c, at once and for all handlers made from p.
// Requests that have begun keep the old one. If c has an error, the old policy
// stays in force.
func (p *Policy) Reload(c Config) error {
	compiled, err := c.compile()
	if err != nil {
		return err
	}
	p.current.Store(compiled)
	return nil
}

// zeroPolicy is what the zero Policy does.
var zeroPolicy = Must(Config{Origins: []string{}}.compile())

func (p *Policy) load() *policy {
	if current := p.current.Load(); current != nil {
		return current
	}
	return zeroPolicy
}

// Handler returns next with the policy in front of it: preflights are answered
// here, handshakes that [Policy.CheckOrigin] refuses end in 403, and every other
// request goes on to next with the CORS headers already set, so that errors,
// redirects and panics that somebody recovers carry them too. The
// ResponseWriter is not wrapped. Handler panics if next is nil.
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

// serve implements the server's half of https://fetch.spec.whatwg.org/#http-cors-protocol.
func (p *policy) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	lines := r.Header[headerOrigin]
	if !hasOrigin(lines) {
		p.writeActual(w.Header(), "", false)
		next.ServeHTTP(w, r)
		return
	}
	allowed := p.allows(r, lines)
	if p.onDecision != nil {
		if d := p.decide(r, lines, allowed); d.Kind != KindNotCORS {
			p.onDecision(r, d)
		}
	}
	switch {
	case isPreflight(r, lines):
		p.answerPreflight(w, r, lines[0], allowed)
	case p.refuses(r, lines, allowed):
		refuse(w, headerOrigin)
	default:
		p.writeActual(w.Header(), lines[0], allowed)
		next.ServeHTTP(w, r)
	}
}

// hasOrigin reports whether the request has an Origin at all. An empty one is as
// good as none.
func hasOrigin(lines []string) bool {
	return len(lines) > 1 || len(lines) == 1 && lines[0] != ""
}

// allows reports whether the request's origin may read the response. Two Origin
// lines are malformed, even if they are equal: nobody knows which one a proxy or
// the handler looks at.
func (p *policy) allows(r *http.Request, lines []string) bool {
	if p.any {
		return true
	}
	if len(lines) != 1 {
		return false
	}
	return p.origins.contains(lines[0]) ||
		p.originFunc != nil && isOrigin(lines[0]) && p.originFunc(r, lines[0])
}

// refuses reports whether a request that is no preflight ends here.
func (p *policy) refuses(r *http.Request, lines []string, allowed bool) bool {
	if allowed && !p.any {
		return false
	}
	if isHandshake(r) {
		return !p.allowsHandshake(r, lines, allowed)
	}
	return p.reject && !allowed && !sameOrigin(r, lines)
}

// writeActual sets the CORS headers of an actual response.
func (p *policy) writeActual(h http.Header, origin string, allowed bool) {
	clearCORS(h)
	if p.any {
		v := make(values, 0, 2)
		h[headerAllowOrigin] = v.one("*")
		if p.expose != "" {
			h[headerExposeHeaders] = v.one(p.expose)
		}
		return
	}
	if !allowed {
		addVary(h, headerOrigin, 0)
		return
	}
	v := addVary(h, headerOrigin, 3)
	h[headerAllowOrigin] = v.one(origin)
	if p.credentials {
		h[headerAllowCredentials] = v.one("true")
	}
	if p.expose != "" {
		h[headerExposeHeaders] = v.one(p.expose)
	}
}

// refuse answers 403. The body tells whoever debugs it with curl what a browser
// only shows as a CORS error.
func refuse(w http.ResponseWriter, vary string) {
	h := w.Header()
	clearCORS(h)
	v := addVary(h, vary, 1)
	h[headerContentType] = v.one("text/plain; charset=utf-8")
	w.WriteHeader(http.StatusForbidden)
	io.WriteString(w, "origin not allowed\n")
}

// clearCORS deletes what an outer policy left, so that the innermost one decides
// alone.
func clearCORS(h http.Header) {
	if len(h) == 0 {
		return
	}
	delete(h, headerAllowOrigin)
	delete(h, headerAllowCredentials)
	delete(h, headerAllowMethods)
	delete(h, headerAllowHeaders)
	delete(h, headerExposeHeaders)
	delete(h, headerMaxAge)
}

// values is the array that the header values of one response are carved out of:
// one allocation, and no memory that two responses share. A handler may write
// into any of them.
type values []string

// one returns s as the value of a header, with no room to grow into its neighbour.
func (v *values) one(s string) []string {
	n := len(*v)
	*v = append(*v, s)
	return (*v)[n : n+1 : n+1]
}

// addVary adds to Vary those of the names, a list joined by ", ", that it lacks,
// and returns room for n values in the same array.
func addVary(h http.Header, names string, n int) values {
	old := h[headerVary]
	if len(old) == 0 {
		if n == 0 {
			h[headerVary] = []string{names}
			return nil
		}
		v := make(values, 0, 1+n)
		h[headerVary] = v.one(names)
		return v
	}
	missing := make([]string, 0, 3) // preflightVary has no more; so it stays on the stack
	for name := range strings.SplitSeq(names, ", ") {
		if !listed(old, name) && !listed(old, "*") {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return make(values, 0, n)
	}
	v := append(append(make(values, 0, len(old)+len(missing)+n), old...), missing...)
	h[headerVary] = v[:len(v):len(v)]
	return v
}
