package csp

import "strings"

// SourceKind is what a source expression is.
type SourceKind uint8

const (
	Invalid SourceKind = iota // browsers ignore it
	Keyword                   // 'self', 'none' and other words in single quotes
	Nonce                     // 'nonce-…'
	Hash                      // 'sha256-…', 'sha384-…', 'sha512-…'
	Scheme                    // https:
	Host                      // example.com, *, https://*.example.com:*/path
)

// Source is a source expression:
// https://w3c.github.io/webappsec-csp/#framework-directive-source-list.
type Source struct {
	// Kind says which of the other fields are set.
	Kind SourceKind

	// Text is the expression as written.
	Text string

	// Scheme is that of a scheme-source, or of a host-source that has one, in
	// lower case, without the colon.
	Scheme string

	// Host is that of a host-source, in lower case. It is "*" for any and may begin
	// with "*." for any subdomain; a dot at its end is kept.
	Host string

	// Port is that of a host-source, in decimal without zeros in front; "" if there
	// is none, "*" for any. It may be greater than any port is.
	Port string

	// Path is that of a host-source, from its first "/" to its query or fragment,
	// percent-encoded as written; see [IsPath].
	Path string

	// Algorithm is that of a hash-source, in lower case: "sha256".
	Algorithm string

	// Value is a keyword in lower case with its quotes, or what follows the first
	// hyphen of a nonce- or hash-source, as written.
	Value string
}

// ParseSource reads one source expression. What every browser ignores is Invalid:
// keywords that none knows, hosts with underscores, IPv6 addresses, values that
// are not base64. Where one browser is more lenient than the standard's grammar,
// as Chromium is in paths, so is ParseSource.
func ParseSource(s string) Source {
	switch {
	case strings.HasPrefix(s, "'"):
		return parseQuoted(s)
	case strings.HasSuffix(s, ":") && IsScheme(s[:len(s)-1]):
		return Source{Kind: Scheme, Text: s, Scheme: strings.ToLower(s[:len(s)-1])}
	}
	source := Source{Kind: Host, Text: s}
	rest := s
	if scheme, after, ok := strings.Cut(s, "://"); ok && !strings.Contains(scheme, "/") {
		if !IsScheme(scheme) {
			return Source{Text: s}
		}
		source.Scheme, rest = strings.ToLower(scheme), after
	}
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		rest, source.Path = rest[:i], withoutQuery(rest[i:])
	}
	host, port, hasPort := strings.Cut(rest, ":")
	if !IsHost(host) || hasPort && !isPort(port) {
		return Source{Text: s}
	}
	source.Host = strings.ToLower(host)
	if source.Port = strings.TrimLeft(port, "0"); port != "" && source.Port == "" {
		source.Port = "0"
	}
	return source
}

// parseQuoted reads what begins with a single quote.
func parseQuoted(s string) Source {
	lower := strings.ToLower(s)
	if IsKeyword(lower) {
		return Source{Kind: Keyword, Text: s, Value: lower}
	}
	inner, ok := strings.CutSuffix(s[1:], "'")
	name, value, hyphen := strings.Cut(inner, "-")
	if !ok || !hyphen || !IsBase64(value) {
		return Source{Text: s}
	}
	switch name = strings.ToLower(name); name {
	case "nonce":
		return Source{Kind: Nonce, Text: s, Value: value}
	case "sha256", "sha384", "sha512":
		return Source{Kind: Hash, Text: s, Algorithm: name, Value: value}
	}
	return Source{Text: s}
}

// withoutQuery cuts off what a source cannot have. Browsers then use the rest:
// Chromium's console says that the query "will be ignored".
func withoutQuery(path string) string {
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		return path[:i]
	}
	return path
}

// IsBase64 reports whether s is a base64-value, in either alphabet and with two
// characters of padding at most:
// https://w3c.github.io/webappsec-csp/#grammardef-base64-value.
func IsBase64(s string) bool {
	unpadded := strings.TrimRight(s, "=")
	if unpadded == "" || len(s)-len(unpadded) > 2 {
		return false
	}
	return all(unpadded, func(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("+/-_", c) >= 0 })
}

// IsScheme reports whether s is a scheme: RFC 3986, section 3.1.
func IsScheme(s string) bool {
	return s != "" && isAlpha(s[0]) &&
		all(s, func(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("+-.", c) >= 0 })
}

// IsHost reports whether s is a host-part:
// https://w3c.github.io/webappsec-csp/#grammardef-host-part. It has no underscore
// and no IPv6 address.
func IsHost(s string) bool {
	if s == "*" {
		return true
	}
	name := strings.TrimSuffix(strings.TrimPrefix(s, "*."), ".")
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || !all(label, func(c byte) bool { return isAlphanumeric(c) || c == '-' }) {
			return false
		}
	}
	return true
}

// isPort reports whether s is a port-part, which is a number of any length or "*".
func isPort(s string) bool { return s == "*" || s != "" && all(s, isDigit) }

// IsPath reports whether s is an absolute path with nothing in it that has to be
// percent-encoded: RFC 3986, section 3.3. Firefox ignores a source whose path is
// not one; Chromium uses it.
func IsPath(s string) bool {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if len(s)-i < 3 || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
			i += 2
		case !isAlphanumeric(c) && strings.IndexByte("-._~!$&'()*+,;=:@/", c) < 0:
			return false
		}
	}
	return true
}

func all(s string, ok func(c byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool { return isAlpha(c) || isDigit(c) }

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
