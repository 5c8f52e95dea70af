package reporting

import (
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
)

// redact returns a URL without what may be a secret: query, fragment and user info.
// Of a URL that has no host it returns the scheme, as browsers do. Default ports,
// which WebKit spells out, are dropped. A word such as "inline" is returned as it
// is, and what is neither a URL nor a word as "".
func redact(url string) string {
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case !ok && isWord(url):
		return url
	case !ok || !csp.IsScheme(scheme):
		return ""
	}
	rest, ok = strings.CutPrefix(rest, "//")
	if !ok || isOpaque(scheme) {
		return strings.ToLower(scheme)
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, `/\`); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	bare := withoutDefaultPort(scheme, host[strings.LastIndexByte(host, '@')+1:])
	if len(bare) == len(host) {
		return url[:len(scheme)+len("://")+len(host)+len(path)] // as in most URLs
	}
	return scheme + "://" + bare + path
}

// isWord reports whether s may be a word of the standards, or a scheme.
func isWord(s string) bool {
	return len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") == ""
}

// isOpaque reports whether what follows the scheme is content, or a path on the
// visitor's disk, although it may begin with two slashes.
func isOpaque(scheme string) bool {
	switch strings.ToLower(scheme) {
	case "about", "blob", "data", "file", "filesystem", "javascript", "view-source":
		return true
	}
	return false
}

// withoutDefaultPort returns a host as it stands in an origin of that scheme.
func withoutDefaultPort(scheme, host string) string {
	switch scheme {
	case "http", "ws":
		return strings.TrimSuffix(host, ":80")
	case "https", "wss":
		return strings.TrimSuffix(host, ":443")
	}
	return host
}

// originOf returns the origin of a redacted URL, and a word or scheme as it is.
func originOf(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if i := strings.IndexAny(rest, `/\`); ok && i >= 0 {
		return url[:len(scheme)+len("://")+i]
	}
	return url
}

// cutOrigin splits an origin at its slashes. A word, or a scheme alone, is returned
// as the scheme.
func cutOrigin(origin string) (scheme, host string) {
	scheme, host, _ = strings.Cut(origin, "://")
	return scheme, host
}
