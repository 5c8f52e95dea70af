// Package origins knows the one syntax of the Origin header, as browsers write it,
// and the patterns that stand for many origins.
//
// Strict decides, lenient explains: [Valid] alone judges what a request carries and
// what a configuration lists, so an entry that no browser sends is refused rather
// than never matched. [Explain] reads such entries forgivingly, but only to say what
// is wrong with them; whatever it offers is judged by the strict reader again.
package origins

import "strings"

const (
	// MaxHostLength is what DNS allows a name, without a dot at its end.
	MaxHostLength = 253

	// MaxLength is the length of the longest origin: a scheme of 64 bytes, "://", a
	// host and ":65535". Nothing longer is looked at.
	MaxLength = 64 + len("://") + MaxHostLength + len(":65535")
)

// Valid reports whether s is scheme://host[:port], byte for byte as a browser writes
// the origin of a page: https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin.
// It is not for "null" and "file://" (see [Opaque]), nor for schemes whose pages send
// "null", nor for ws and wss, which no page has. A scheme one slip away from http or
// https is taken for a mistake.
func Valid(s string) bool {
	if len(s) > MaxLength {
		return false
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || !ofPages(scheme) {
		return false
	}
	host, port, hasPort := cutPort(rest)
	return validHostOf(scheme, host) && (!hasPort || written(scheme, port))
}

// Opaque reports whether s is a well-formed Origin that says nothing about the page:
// any sandboxed page sends "null", and any local file may send "file://".
func Opaque(s string) bool { return s == "null" || s == "file://" }

// ValidScheme reports whether s is a URL scheme in lower case:
// https://url.spec.whatwg.org/#url-scheme-string.
func ValidScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.') {
			continue
		}
		return false
	}
	return s != ""
}

// ValidHost reports whether s is the host of an http or https URL as a browser writes
// it: a domain in lower-case ASCII, a dotted IPv4 address, or an IPv6 address in
// brackets and its shortest form.
func ValidHost(s string) bool {
	if len(s) > MaxHostLength+len(".") {
		return false
	}
	if strings.HasPrefix(s, "[") {
		return isBracketedIPv6(s)
	}
	return isDomain(s) && (!endsInNumber(s) || IsIPv4(s))
}

// ValidPort reports whether s is a port from 1 to 65535 without leading zeros.
func ValidPort(s string) bool { return s != "0" && isDecimal(s, 65535) }

// DefaultPort reports whether port is the one that browsers leave out after scheme.
func DefaultPort(scheme, port string) bool {
	return port == "443" && scheme == "https" || port == "80" && scheme == "http" || port == "21" && scheme == "ftp"
}

// AreLabels reports whether s is one or more labels of a host name, joined by dots.
func AreLabels(s string) bool {
	start := 0
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' {
			continue
		}
		if c != '.' || !isLabelLength(i-start) {
			return false
		}
		start = i + 1
	}
	return isLabelLength(len(s) - start)
}

// cutPort cuts what follows a scheme into host and port. The colons of an IPv6
// address stand before its closing bracket.
func cutPort(s string) (host, port string, ok bool) {
	if strings.IndexByte(s, ':') < 0 { // most have none, and the last one takes longer to find
		return s, "", false
	}
	i := strings.LastIndexByte(s, ':')
	if s[len(s)-1] == ']' {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// written reports whether browsers write the port after scheme.
func written(scheme, port string) bool { return ValidPort(port) && !DefaultPort(scheme, port) }

// ofPages reports whether pages of the scheme send it in their Origin.
func ofPages(scheme string) bool {
	switch scheme {
	case "https", "http":
		return true
	case "ws", "wss":
		return false
	}
	return ValidScheme(scheme) && !sendsNull(scheme) && misspelt(scheme) == ""
}

// sendsNull reports whether pages of the scheme send "Origin: null".
func sendsNull(scheme string) bool {
	switch scheme {
	case "about", "blob", "data", "file", "filesystem", "javascript", "view-source":
		return true
	}
	return false
}

// misspelt returns https or http if scheme, which is neither, is one slip away from it.
func misspelt(scheme string) string {
	for _, right := range [...]string{"https", "http"} {
		if oneSlip(scheme, right) {
			return right
		}
	}
	return ""
}

// oneSlip reports whether a differs from b by one byte that was added, left out or
// replaced, or by two neighbours that changed places.
func oneSlip(a, b string) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	switch len(a) - len(b) {
	case 1:
		return a[1:] == b
	case -1:
		return a == b[1:]
	case 0:
		return a != "" && (a[1:] == b[1:] || a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:])
	}
	return false
}

// isSpecial reports whether the URL Standard takes the scheme's hosts for domains:
// https://url.spec.whatwg.org/#special-scheme.
func isSpecial(scheme string) bool {
	switch scheme {
	case "https", "http", "ws", "wss", "ftp":
		return true
	}
	return false
}

func validHostOf(scheme, host string) bool {
	if isSpecial(scheme) {
		return ValidHost(host)
	}
	return isOpaqueHost(host)
}

// isOpaqueHost reports whether host can follow a scheme whose hosts are not domains:
// https://url.spec.whatwg.org/#concept-opaque-host-parser.
func isOpaqueHost(host string) bool {
	if strings.HasPrefix(host, "[") {
		return isBracketedIPv6(host)
	}
	for i := range len(host) {
		if forbiddenInHost(host[i]) {
			return false
		}
	}
	return host != ""
}

// isDomain reports whether host is a domain in lower-case ASCII with labels of 1 to 63
// bytes, 253 in all, and at most a single dot at its end.
func isDomain(host string) bool {
	host = strings.TrimSuffix(host, ".")
	start := 0
	for i := range len(host) {
		switch c := host[i]; {
		case c == '.' && isLabelLength(i-start):
			start = i + 1
		case c == '.', c == '%', 'A' <= c && c <= 'Z', forbiddenInHost(c):
			return false
		}
	}
	return isLabelLength(len(host)-start) && len(host) <= MaxHostLength
}

// isLabelLength reports whether n bytes make a label: RFC 1034, section 3.1.
func isLabelLength(n int) bool { return 1 <= n && n <= 63 }

// forbiddenInHost reports the bytes that do not occur in a host as it is written:
// https://url.spec.whatwg.org/#forbidden-host-code-point, and what is percent-encoded
// there. The standard lets an asterisk pass; here it is a wildcard, as no host has one.
func forbiddenInHost(c byte) bool { return !inHost[c] }

// inHost is a table, because the bytes of an extension's host follow no pattern that a
// processor could foresee.
var inHost = func() (in [256]bool) {
	for c := '!'; c <= '~'; c++ {
		in[c] = !strings.ContainsRune(`#*/:<>?@[\]^|`, c)
	}
	return in
}()

// endsInNumber reports whether a browser reads the host as an IPv4 address:
// https://url.spec.whatwg.org/#ends-in-a-number-checker.
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" || last[0] < '0' || '9' < last[0] {
		return false
	}
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

// isDecimal reports whether s is a number from 0 to most without leading zeros.
func isDecimal(s string, most int) bool {
	if s == "" || len(s) > 5 || s[0] == '0' && s != "0" {
		return false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n <= most
}
