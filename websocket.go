package httpsec

import (
	"net/http"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
	"github.com/httpsec/httpsec/internal/origins"
)

// allowsHandshake decides on a handshake that has an Origin, given what the policy
// grants that origin. CORS itself does not protect sockets: the Origin check is
// the server's, RFC 6455, section 10.2.
func (p *rules) allowsHandshake(r *http.Request, lines []string, g grant) bool {
	var allowed bool
	switch {
	case p.anySocket:
		return true
	case p.socketOrigins != nil:
		allowed = len(lines) == 1 && p.socketOrigins.Contains(lines[0])
	default:
		// A page opens a socket with the user's cookies whether it wants to or
		// not, so whoever may not use credentials gets one only without them.
		allowed = g == readCredentials || g == read && !hasCredentials(r)
	}
	return allowed || len(lines) == 1 && p.sameOrigin(r, lines[0], true)
}

// hasCredentials reports whether the request carries credentials as Fetch counts
// them: https://fetch.spec.whatwg.org/#credentials. A client certificate that a
// proxy took is out of sight.
func hasCredentials(r *http.Request) bool {
	return len(r.Header["Cookie"]) > 0 || len(r.Header["Authorization"]) > 0 ||
		r.TLS != nil && len(r.TLS.PeerCertificates) > 0
}

// isHandshake reports whether the request opens a WebSocket: RFC 6455, section
// 4.2.1, whatever Connection says, because some libraries do not look at it either;
// RFC 8441 over HTTP/2, whose :protocol net/http leaves in the header map; or RFC
// 9220 over HTTP/3, where quic-go puts it in r.Proto.
func isHandshake(r *http.Request) bool {
	const websocket = "websocket"
	switch r.Method {
	case http.MethodGet:
		upgrade := r.Header["Upgrade"]
		return len(upgrade) > 0 && mayList(upgrade, websocket)
	case http.MethodConnect:
		protocol := r.Header[":protocol"]
		return len(protocol) > 0 && mayList(protocol, websocket) || strings.EqualFold(r.Proto, websocket)
	}
	return false
}

// mayList reports whether the lines, of which there is one at least, list the token,
// with any white space around it, as some libraries allow. Lines too long to be worth
// reading count as if they did, which refuses more rather than less.
func mayList(lines []string, token string) bool {
	if fields.TooLong(lines, 1<<10) || lines[0] == token {
		return true
	}
	for element := range fields.Elements(lines) {
		if strings.EqualFold(strings.TrimSpace(element), token) {
			return true
		}
	}
	return false
}

// sameOrigin reports whether the request comes from the service's own origin.
// The browser says so itself in Sec-Fetch-Site
// (https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header), of a
// sandboxed page of the service too, whose Origin is "null". Where it does not, as
// in Chromium's handshakes and on plain-http names, Origin and Host are compared.
//
// We fail open in two cases. Behind a proxy that ends TLS and says nothing of it
// the scheme is unknown, so an http page that somebody put under our name passes
// for ours; HSTS keeps browsers from it. And after DNS rebinding the attacker's
// name is in Host and Origin alike; Config.Hosts is against that.
func (p *rules) sameOrigin(r *http.Request, origin string, handshake bool) bool {
	if site := r.Header[headerFetchSite]; len(site) > 0 {
		return len(site) == 1 && site[0] == "same-origin"
	}
	host := r.Host
	if handshake {
		host = withoutDefaultPort(host, origin)
	}
	if len(host) > origins.MaxLength || !origins.Valid(origin) {
		return false
	}
	switch scheme, authority, _ := strings.Cut(origin, "://"); {
	case !strings.EqualFold(authority, host):
		return false
	case scheme == "http":
		return !p.isHTTPS(r)
	default:
		return scheme == "https"
	}
}

// withoutDefaultPort cuts off the port that some proxies write into Host and
// browsers never do. Chromium's handshakes have nothing but Host to be judged by;
// for other requests [http.CrossOriginProtection] takes it for another host, and
// Config.RejectDisallowed lets nothing through that it refuses.
func withoutDefaultPort(host, origin string) string {
	if len(host) > origins.MaxLength || len(origin) > origins.MaxLength {
		return host
	}
	scheme, _, _ := strings.Cut(origin, ":")
	if i := strings.LastIndexByte(host, ':'); i >= 0 && origins.DefaultPort(scheme, host[i+1:]) {
		return host[:i]
	}
	return host
}
