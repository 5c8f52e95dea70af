package httpsec

import (
	"net/http"
	"strings"
)

// CheckOrigin reports whether a WebSocket handshake may go on: it has no Origin
// (so it comes from no browser), its Origin is the service's own, or the policy
// allows it. Under "*" it must carry neither Cookie nor Authorization, because
// anonymous access is what "*" grants, and a browser sends cookies with any
// handshake. It never calls OnDecision.
//
// [Policy.Handler] asks it before the upgrade already. The method fits
// gorilla/websocket, whose own check knows only the same origin:
//
//	websocket.Upgrader{CheckOrigin: policy.CheckOrigin}
func (p *Policy) CheckOrigin(r *http.Request) bool {
	lines := r.Header[headerOrigin]
	if !hasOrigin(lines) {
		return true
	}
	current := p.load()
	return current.allowsHandshake(r, lines, current.allows(r, lines))
}

// allowsHandshake decides on a handshake that has an Origin, given whether the
// policy allows that origin. CORS itself does not protect sockets: the Origin
// check is the server's, RFC 6455, section 10.2.
func (p *policy) allowsHandshake(r *http.Request, origins []string, allowed bool) bool {
	if allowed && !(p.any && hasCredentials(r)) {
		return true
	}
	return sameOrigin(r, origins)
}

func hasCredentials(r *http.Request) bool {
	return len(r.Header["Cookie"]) > 0 || len(r.Header["Authorization"]) > 0
}

// isHandshake reports whether the request opens a WebSocket: RFC 6455, section
// 4.2.1, or RFC 8441 over HTTP/2, whose :protocol net/http leaves in the header
// map.
func isHandshake(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet:
		upgrade := r.Header["Upgrade"]
		return len(upgrade) > 0 && mayList(upgrade, "websocket") && mayList(r.Header["Connection"], "upgrade")
	case http.MethodConnect:
		protocol := r.Header[":protocol"]
		return len(protocol) > 0 && mayList(protocol, "websocket")
	}
	return false
}

// mayList reports whether the lines list the token, with any white space around
// it, as some libraries allow. Lines too long to be worth reading count as if they
// did, which refuses more rather than less.
func mayList(lines []string, token string) bool {
	return isLong(lines, 1<<10) || listed(lines, token)
}

// sameOrigin reports whether the request comes from the service's own origin.
// The browser says so itself in Sec-Fetch-Site
// (https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header). Where
// it does not, as on plain-http names, Origin and Host are compared: without the
// scheme, which is unknown behind a proxy that ends TLS.
func sameOrigin(r *http.Request, origins []string) bool {
	if len(origins) != 1 {
		return false
	}
	if site := r.Header["Sec-Fetch-Site"]; len(site) > 0 {
		return len(site) == 1 && site[0] == "same-origin"
	}
	scheme, authority, _ := strings.Cut(origins[0], "://")
	if !isOrigin(origins[0]) || scheme != "http" && scheme != "https" {
		return false
	}
	host := r.Host
	if i := strings.LastIndexByte(host, ':'); i >= 0 && isDefaultPort(scheme+":", host[i+1:]) {
		host = host[:i]
	}
	return strings.EqualFold(authority, host)
}
