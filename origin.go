package httpsec

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxHostLength is what DNS allows a name, without a dot at its end.
	maxHostLength = 253

	// maxOriginLength bounds an origin: a scheme of 64 bytes, "://", a host and
	// ":65535". Nothing longer is looked at.
	maxOriginLength = 64 + 3 + maxHostLength + 6
)

// originSet is the set of origins that a list of entries allows. A look-up costs
// the same however many entries there are.
type originSet struct {
	exact    map[string]struct{} // whole origins
	anyPort  map[string]struct{} // origins without their port, of "http://localhost:*"
	suffixes []schemeSuffixes    // of "https://*.example.com", an element per scheme
}

// schemeSuffixes holds what follows the wildcard label of a scheme's patterns.
type schemeSuffixes struct {
	prefix  string    // "https://"
	exact   suffixSet // ".example.com", ".example.com:8443"
	anyPort suffixSet // ".example.com", of "https://*.example.com:*"
}

// suffixSet is a set of host suffixes, each beginning with a dot.
type suffixSet struct {
	suffixes map[string]struct{}
	dots     []int // the distinct numbers of dots in them: how far to look
	longest  int
}

// contains reports whether the set allows an origin. What it accepts is safe to
// echo: an entry byte for byte, or one whose variable parts were checked.
func (s *originSet) contains(origin string) bool {
	if len(origin) > maxOriginLength {
		return false
	}
	if _, ok := s.exact[origin]; ok {
		return true
	}
	if len(s.anyPort) > 0 {
		if _, ok := s.anyPort[withoutPort(origin)]; ok {
			return true
		}
	}
	for i := range s.suffixes {
		of := &s.suffixes[i]
		if host, ok := strings.CutPrefix(origin, of.prefix); ok {
			return of.exact.matches(host) ||
				len(of.anyPort.dots) > 0 && of.anyPort.matches(withoutPort(origin)[len(of.prefix):])
		}
	}
	return false
}

// matches reports whether host is one or more labels followed by a suffix of the
// set.
func (s *suffixSet) matches(host string) bool {
	if len(host) > maxHostLength+len(".:65535") {
		return false
	}
	first := max(0, len(host)-s.longest)
	i, seen := len(host), 0
	for _, dots := range s.dots {
		for ; seen < dots; seen++ {
			for i--; i >= first && host[i] != '.'; i-- {
			}
			if i < first {
				return false
			}
		}
		if _, ok := s.suffixes[host[i:]]; ok && areLabels(host[:i]) {
			return true
		}
	}
	return false
}

func (s *suffixSet) add(suffix string) {
	if s.suffixes == nil {
		s.suffixes = make(map[string]struct{})
	}
	s.suffixes[suffix] = struct{}{}
	s.longest = max(s.longest, len(suffix))
	dots := strings.Count(suffix, ".")
	if i, found := slices.BinarySearch(s.dots, dots); !found {
		s.dots = slices.Insert(s.dots, i, dots)
	}
}

// withoutPort cuts the port off an origin, if it is one that a browser would
// send; otherwise it returns the origin as it is, which no entry equals.
func withoutPort(origin string) string {
	i := strings.LastIndexByte(origin, ':')
	if i < 0 || !isPort(origin[i+1:]) || isDefaultPort(origin[:i], origin[i+1:]) {
		return origin
	}
	return origin[:i]
}

// isPort reports whether s is a port from 1 to 65535 without leading zeros.
func isPort(s string) bool {
	if s == "" || len(s) > 5 || s[0] == '0' {
		return false
	}
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n <= 65535
}

// isDefaultPort reports whether port is the one that browsers leave out of an
// origin that begins with its scheme.
func isDefaultPort(origin, port string) bool {
	return port == "443" && strings.HasPrefix(origin, "https:") ||
		port == "80" && strings.HasPrefix(origin, "http:") ||
		port == "21" && strings.HasPrefix(origin, "ftp:")
}

// areLabels reports whether s is one or more host labels joined by dots.
func areLabels(s string) bool {
	start := 0
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || isDigit(c) || c == '-' || c == '_' {
			continue
		}
		if c != '.' || !isLabelLength(i-start) {
			return false
		}
		start = i + 1
	}
	return isLabelLength(len(s) - start)
}

// isLabelLength reports whether n bytes make a label: RFC 1034, section 3.1.
func isLabelLength(n int) bool { return 1 <= n && n <= 63 }

// isOrigin reports whether s is scheme://host[:port] as a browser serialises it:
// https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin.
func isOrigin(s string) bool {
	if len(s) > maxOriginLength {
		return false
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || !isScheme(scheme) || opaqueScheme(scheme) {
		return false
	}
	host, port := rest, ""
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.HasSuffix(rest, "]") {
		host, port = rest[:i], rest[i+1:]
		if !isPort(port) || isDefaultPort(s, port) {
			return false
		}
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		return ok && isIPv6(inner)
	}
	if !isSpecial(scheme) {
		return host != "" && strings.IndexFunc(host, forbiddenInHost) < 0
	}
	return isDomain(host) && (!endsInNumber(host) || isIPv4(host))
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || i > 0 && (isDigit(c) || c == '+' || c == '-' || c == '.') {
			continue
		}
		return false
	}
	return s != ""
}

// isSpecial reports whether the URL Standard treats the scheme's hosts as domains:
// https://url.spec.whatwg.org/#special-scheme.
func isSpecial(scheme string) bool {
	return scheme == "https" || scheme == "http" || scheme == "ws" || scheme == "wss" || scheme == "ftp"
}

// opaqueScheme reports whether pages of the scheme send "Origin: null".
func opaqueScheme(scheme string) bool {
	switch scheme {
	case "about", "blob", "data", "file", "filesystem", "javascript", "view-source":
		return true
	}
	return false
}

// forbiddenInHost reports the characters that cannot stand in a serialised host:
// https://url.spec.whatwg.org/#forbidden-host-code-point, and what is
// percent-encoded there.
func forbiddenInHost(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune(`#/:<>?@[\]^|`, c)
}

// isDomain reports whether host is a domain in lower-case ASCII with labels of 1
// to 63 bytes, 253 in all, and at most a single dot at its end.
func isDomain(host string) bool {
	host = strings.TrimSuffix(host, ".")
	start := 0
	for i := range len(host) {
		switch c := host[i]; {
		case c == '.' && isLabelLength(i-start):
			start = i + 1
		case c == '.', c == '%', c == '*', 'A' <= c && c <= 'Z', forbiddenInHost(rune(c)):
			return false
		}
	}
	return isLabelLength(len(host)-start) && len(host) <= maxHostLength
}

// endsInNumber reports whether a browser reads the host as an IPv4 address:
// https://url.spec.whatwg.org/#ends-in-a-number-checker.
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	if last == "" {
		return false
	}
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}

// isIPv4 reports whether s is four decimal numbers without leading zeros.
func isIPv4(s string) bool {
	address, err := netip.ParseAddr(s)
	return err == nil && address.Is4()
}

// isIPv6 reports whether s is an IPv6 address as the URL Standard writes it.
func isIPv6(s string) bool {
	address, err := netip.ParseAddr(s)
	return err == nil && address.Is6() && address.Zone() == "" && serializeIPv6(address) == s
}

// serializeIPv6 writes an address as https://url.spec.whatwg.org/#concept-ipv6-serializer
// does: unlike netip, without a dotted quad at the end.
func serializeIPv6(address netip.Addr) string {
	if !address.Is4In6() {
		return address.String()
	}
	b := address.As16()
	return "::ffff:" + strconv.FormatUint(uint64(b[12])<<8|uint64(b[13]), 16) +
		":" + strconv.FormatUint(uint64(b[14])<<8|uint64(b[15]), 16)
}

// compileOrigins checks the entries, which came from the named field, and builds
// the set that they allow.
func compileOrigins(field string, origins []string, credentials bool, errs *problems) originSet {
	var s originSet
	for _, origin := range origins {
		if origin == "*" {
			continue
		}
		e, problem, fix := parseEntry(origin, credentials)
		if problem != "" {
			errs.add(field, origin, flaw{problem: quote(origin) + " " + problem, fix: fix})
			continue
		}
		s.add(origin, e)
	}
	return s
}

func (s *originSet) add(origin string, e entry) {
	switch {
	case e.subdomains:
		prefix, suffix, _ := strings.Cut(origin, "*")
		of := s.suffixesOf(prefix)
		if withoutPort, anyPort := strings.CutSuffix(suffix, ":*"); anyPort {
			of.anyPort.add(withoutPort)
		} else {
			of.exact.add(suffix)
		}
	case e.port == "*":
		if s.anyPort == nil {
			s.anyPort = make(map[string]struct{})
		}
		s.anyPort[strings.TrimSuffix(origin, ":*")] = struct{}{}
	default:
		if s.exact == nil {
			s.exact = make(map[string]struct{})
		}
		s.exact[origin] = struct{}{}
	}
}

func (s *originSet) suffixesOf(prefix string) *schemeSuffixes {
	i := slices.IndexFunc(s.suffixes, func(of schemeSuffixes) bool { return of.prefix == prefix })
	if i < 0 {
		i = len(s.suffixes)
		s.suffixes = append(s.suffixes, schemeSuffixes{prefix: prefix})
	}
	return &s.suffixes[i]
}
