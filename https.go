package httpsec

import (
	"net/http"
	"strings"
)

// orDefaultHTTPS returns the predicate, or the default one for nil.
func orDefaultHTTPS(isHTTPS func(*http.Request) bool) func(*http.Request) bool {
	if isHTTPS == nil {
		return defaultHTTPS
	}
	return isHTTPS
}

// defaultHTTPS reports whether the client's connection is secure, as far as we can
// know. A list of protocols is some chain of proxies, where only the operator
// knows which hop counts.
func defaultHTTPS(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	proto := r.Header["X-Forwarded-Proto"]
	return len(proto) == 1 && strings.EqualFold(proto[0], "https")
}
