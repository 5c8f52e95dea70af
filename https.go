package httpsec

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
)

// HTTPSOnly returns a middleware that keeps plain http out: it redirects GET and
// HEAD to https, with status 308 to the same host and path on the default port, and
// refuses every other method with status 403, because what it sent has been on the
// wire already. isHTTPS reports whether the client's connection is secure; nil
// means as for [Headers].HTTPS. Hosts that only the machine itself reaches,
// localhost, *.localhost, 127.0.0.0/8 and [::1], pass.
//
// Put it outside the mux, inside [SecurityHeaders], which tells browsers to come by
// https at once the next time. The middleware panics if the handler is nil.
func HTTPSOnly(isHTTPS func(r *http.Request) bool) func(http.Handler) http.Handler {
	isHTTPS = orDefaultHTTPS(isHTTPS)
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("httpsec: HTTPSOnly: next is nil")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isHTTPS(r) || isLoopbackHost(r.Host) {
				next.ServeHTTP(w, r)
				return
			}
			host, ok := hostForHTTPS(r.Host)
			readsOnly := r.Method == http.MethodGet || r.Method == http.MethodHead
			if !ok || !readsOnly || !strings.HasPrefix(r.URL.Path, "/") {
				refuseHTTP(w)
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

func refuseHTTP(w http.ResponseWriter) {
	h := w.Header()
	h["Cache-Control"] = []string{"no-store"}
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	w.WriteHeader(http.StatusForbidden)
	w.Write([]byte("https only\n"))
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
	const name = ".localhost"
	host, _ = cutPort(host)
	return len(host) >= len(name) && strings.EqualFold(host[len(host)-len(name):], name) ||
		strings.EqualFold(host, name[1:])
}

// isLoopbackHost reports whether the host can only be the machine itself.
func isLoopbackHost(host string) bool {
	if isLocalhost(host) {
		return true
	}
	host, _ = cutPort(host)
	if len(host) > len("[::1]") && !strings.HasPrefix(host, "127.") {
		return false // which netip would allocate an error to say
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return err == nil && address.IsLoopback() && address.Is6() == strings.HasPrefix(host, "[")
}

// hostForHTTPS returns a host without its port, in lower case, and whether it is
// one.
func hostForHTTPS(host string) (string, bool) {
	const longest = 253 + len(":65535")
	if len(host) > longest {
		return "", false
	}
	host, ok := cutPort(strings.ToLower(host))
	if inner, isIPv6 := strings.CutPrefix(host, "["); isIPv6 {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return host, ok && err == nil && address.Is6() && address.Zone() == "" && strings.HasSuffix(host, "]")
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		ok = ok && label != "" && len(label) <= 63
		for i := range len(label) {
			ok = ok && (fields.IsAlphanumeric(label[i]) || label[i] == '-' || label[i] == '_')
		}
	}
	return host, ok
}

// cutPort returns a host without its port, and whether what it cut off is digits.
func cutPort(host string) (string, bool) {
	colon := strings.LastIndexByte(host, ':')
	if colon <= strings.LastIndexByte(host, ']') {
		return host, true
	}
	return host[:colon], strings.Trim(host[colon+1:], "0123456789") == ""
}
