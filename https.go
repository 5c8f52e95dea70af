package httpsec

import (
	"net/http"
	"strings"

	"github.com/httpsec/httpsec/internal/origins"
)

// HTTPSOnly returns a middleware that keeps plain http out: it redirects GET and
// HEAD to https, with status 308 to the same host and path on the default port, and
// refuses every other method with status 403, because what it sent has been on the
// wire already. isHTTPS reports whether the client's connection is secure; nil
// means as for [Headers].HTTPS. Hosts that only the machine itself reaches,
// localhost, *.localhost, 127.0.0.0/8 and [::1], pass.
//
// Put it outside the mux and inside [SecurityHeaders], so that redirects and refusals
// carry the other headers, and inside CORS where Config.Hosts is set, so that it
// redirects to the service's own names only. Behind a proxy that ends TLS and does not
// say so it redirects for ever. The middleware panics if the handler is nil.
func HTTPSOnly(isHTTPS func(r *http.Request) bool) func(http.Handler) http.Handler {
	isHTTPS = orDefaultHTTPS(isHTTPS)
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("httpsec: HTTPSOnly: next is nil")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			host, ok := "", len(r.Host) <= maxHost
			if ok {
				host, ok = splitHost(strings.ToLower(r.Host))
			}
			if isHTTPS(r) || ok && isOwnMachine(host) {
				next.ServeHTTP(w, r)
				return
			}
			readsOnly := r.Method == http.MethodGet || r.Method == http.MethodHead
			if !ok || !readsOnly || !strings.HasPrefix(r.URL.Path, "/") {
				refuse(w, http.StatusForbidden, "https only\n", "")
				return
			}
			location := "https://" + host + r.URL.EscapedPath()
			if r.URL.RawQuery != "" || r.URL.ForceQuery {
				location += "?" + r.URL.RawQuery
			}
			h := w.Header()
			h["Cache-Control"] = []string{"no-store"}
			h["Location"] = []string{location}
			w.WriteHeader(http.StatusPermanentRedirect)
		})
	}
}

// orDefaultHTTPS returns the predicate, or the default one for nil.
func orDefaultHTTPS(isHTTPS func(*http.Request) bool) func(*http.Request) bool {
	if isHTTPS == nil {
		return defaultHTTPS
	}
	return isHTTPS
}

// defaultHTTPS reports whether the client's connection is secure, as far as we can
// know. Browsers ignore Strict-Transport-Security elsewhere
// (https://www.rfc-editor.org/rfc/rfc6797#section-8.1), so a forged header gains
// nothing there. A list of protocols is some chain of proxies, where only the
// operator knows which hop counts.
func defaultHTTPS(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	proto := r.Header["X-Forwarded-Proto"]
	return len(proto) == 1 && strings.EqualFold(proto[0], "https")
}

// isLocalhost reports whether the host, with a port or without, is localhost or a
// name below it.
func isLocalhost(host string) bool {
	const localhost = "localhost"
	if host == "" || len(host) > maxHost {
		return false
	}
	if host[len(host)-1] <= ':' { // which looks like a port; most have none
		host, _, _ = strings.Cut(host, ":")
	}
	before := len(host) - len(localhost)
	// EqualFold is for the few names with an l in that place, of either case.
	return before >= 0 && host[before]|0x20 == 'l' && strings.EqualFold(host[before:], localhost) && (before == 0 || before > 1 && host[before-1] == '.')
}

// isOwnMachine reports whether the host, which splitHost accepted, can only be the
// machine itself.
func isOwnMachine(host string) bool {
	return isLocalhost(host) || host == "[::1]" || strings.HasPrefix(host, "127.") && origins.IsIPv4(host)
}
