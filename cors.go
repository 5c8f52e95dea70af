package httpsec

import (
	"net/http"

	"github.com/httpsec/httpsec/internal/origins"
)

// serve implements the server's half of https://fetch.spec.whatwg.org/#http-cors-protocol.
func (p *rules) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if !p.servesHost(r) {
		if p.onDecision != nil {
			p.onDecision(r, p.decide(r))
		}
		refuse(w, http.StatusMisdirectedRequest, "host not allowed\n", "")
		return
	}
	lines := r.Header[headerOrigin]
	origin, g := "", p.withoutOrigin
	if hasOrigin(lines) {
		origin, g = lines[0], p.grantTo(r, lines)
		goesOn := g == readCredentials && p.neverRefuses && r.Method != http.MethodOptions
		if !goesOn && p.settles(w, r, lines, g) {
			return
		}
	} else if p.reject && isForeignWrite(r) {
		if p.onDecision != nil {
			p.onDecision(r, Decision{Reason: ReasonCrossSite})
		}
		refuse(w, http.StatusForbidden, originRefused, headerOrigin)
		return
	}
	p.writeActual(w.Header(), origin, g)
	if p.answerOptions && r.Method == http.MethodOptions {
		w.WriteHeader(p.status)
		return
	}
	next.ServeHTTP(w, r)
}

// servesHost reports whether the request came under a name that the service has.
// After DNS rebinding a foreign page is of the same origin as the service, as far
// as its browser knows; Host is what gives it away.
func (p *rules) servesHost(r *http.Request) bool {
	return p.hosts == nil || p.hosts.contains(r.Host)
}

// settles answers a request that has an Origin if it is a preflight or refused, and
// reports whether it did.
func (p *rules) settles(w http.ResponseWriter, r *http.Request, lines []string, g grant) bool {
	kind := p.kindOf(r, lines, p.onDecision != nil || p.reject && g == noGrant)
	if p.onDecision != nil && kind != KindNotCORS {
		p.onDecision(r, p.decideKind(r, lines, kind, g))
	}
	switch {
	case kind == KindPreflight:
		p.answerPreflight(w, r, lines[0], g)
	case kind == KindWebSocket && !p.allowsHandshake(r, lines, g),
		kind == KindActual && g == noGrant && p.reject:
		refuse(w, http.StatusForbidden, originRefused, headerOrigin)
	default:
		return false
	}
	return true
}

// hasOrigin reports whether the request has an Origin at all. An empty one is as
// good as none.
func hasOrigin(lines []string) bool {
	return len(lines) > 1 || len(lines) == 1 && lines[0] != ""
}

// grantTo returns what the request's origin may do. Two Origin lines are
// malformed, even if they are equal: nobody knows which one a proxy or the handler
// looks at.
func (p *rules) grantTo(r *http.Request, lines []string) grant {
	if p.anonymous {
		return read
	}
	if len(lines) == 1 {
		origin := lines[0]
		switch {
		case p.credentialOrigins != nil && p.credentialOrigins.Contains(origin):
			return readCredentials
		case p.anyone:
		case p.origins.Contains(origin), p.originFunc != nil && origins.Valid(origin) && p.originFunc(r, origin):
			return p.listed
		}
	}
	if p.anyone {
		return read
	}
	return noGrant
}

// kindOf returns what a request that has an Origin is. Whether an actual request
// comes from the service's own origin is only looked at if the caller wants to
// know: KindNotCORS is then told from KindActual.
func (p *rules) kindOf(r *http.Request, lines []string, tellOwn bool) Kind {
	switch {
	case isPreflight(r, lines):
		return KindPreflight
	case isHandshake(r):
		return KindWebSocket
	case tellOwn && len(lines) == 1 && p.sameOrigin(r, lines[0], false):
		return KindNotCORS
	}
	return KindActual
}

// isForeignWrite reports whether a request without an Origin gives itself away as
// sent by another site's page: browsers that know Sec-Fetch-Site leave the Origin
// out of such requests where a page asked for no-referrer. Navigations that a
// person began have "none".
// https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header
func isForeignWrite(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	site := r.Header[headerFetchSite]
	if len(site) != 1 {
		return len(site) > 1 // which no browser sends
	}
	return site[0] != "" && site[0] != "same-origin" && site[0] != "none"
}

// writeActual sets the CORS headers of an actual response.
func (p *rules) writeActual(h http.Header, origin string, g grant) {
	clearCORS(h)
	var v []string
	switch {
	case p.anonymous:
		v = make([]string, 0, 3)
	case g == noGrant:
		addVary(h, headerOrigin, 0)
		return
	default:
		v = addVary(h, headerOrigin, 3)
	}
	v = append(v, p.allowOrigin(origin, g), "true", p.expose)
	h[headerAllowOrigin] = v[0:1:1]
	if g == readCredentials {
		h[headerAllowCredentials] = v[1:2:2]
	}
	if p.expose != "" {
		h[headerExposeHeaders] = v[2:3:3]
	}
}
