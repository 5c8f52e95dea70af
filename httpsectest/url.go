package httpsectest

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// address is a URL as the URL standard parses it, which is not how net/url does:
// https://url.spec.whatwg.org/. Each part is serialised, with its delimiter.
type address struct {
	scheme   string // "https"
	userinfo string // "user:password@" or ""
	host     string // "" if there is none
	port     string // ":8443", "" for the default
	path     string // "/a"; all that follows the scheme of data:, javascript: and the like
	query    string // "?b" or ""
	fragment string // "#c" or ""
}

var defaultPorts = map[string]string{"http": ":80", "https": ":443", "ws": ":80", "wss": ":443", "ftp": ":21"}

// parseAddress parses input, relative to base where that is not nil.
func parseAddress(input string, base *address) (*address, bool) {
	input = strings.TrimFunc(input, func(c rune) bool { return c <= ' ' })
	if strings.ContainsAny(input, "\t\r\n") {
		input = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(input)
	}
	input, fragment, hasFragment := strings.Cut(input, "#")
	if hasFragment {
		fragment = "#" + encode(fragment, " \"<>`")
	}
	scheme, rest, absolute := cutScheme(input)
	switch _, special := defaultPorts[scheme]; {
	case absolute && !special:
		return &address{scheme: scheme, path: encode(rest, ""), fragment: fragment}, true
	case absolute && (base == nil || base.scheme != scheme || startsWithSlashes(rest)):
		return parseAuthority(scheme, strings.TrimLeft(rest, `/\`), fragment)
	case !absolute && (base == nil || base.host == "" && input != ""):
		return nil, false
	}
	if base.host == "" {
		opaque := *base
		opaque.fragment = fragment
		return &opaque, true
	}
	return resolve(rest, fragment, base)
}

// cutScheme cuts a scheme off input; without one rest is input.
func cutScheme(input string) (scheme, rest string, ok bool) {
	for i := range len(input) {
		switch c := input[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return strings.ToLower(input[:i]), input[i+1:], true
		default:
			return "", input, false
		}
	}
	return "", input, false
}

func startsWithSlashes(s string) bool {
	return len(s) > 1 && (s[0] == '/' || s[0] == '\\') && (s[1] == '/' || s[1] == '\\')
}

// resolve parses a reference without scheme.
func resolve(reference, fragment string, base *address) (*address, bool) {
	if startsWithSlashes(reference) {
		return parseAuthority(base.scheme, strings.TrimLeft(reference, `/\`), fragment)
	}
	resolved := *base
	resolved.fragment = fragment
	path, query, hasQuery := strings.Cut(reference, "?")
	if path != "" || hasQuery {
		resolved.query = ""
	}
	if hasQuery {
		resolved.query = "?" + encode(query, " \"<>'")
	}
	switch {
	case path == "":
	case path[0] == '/' || path[0] == '\\':
		resolved.path = cleanPath(path)
	default:
		resolved.path = cleanPath(base.path[:strings.LastIndexByte(base.path, '/')+1] + path)
	}
	return &resolved, true
}

// parseAuthority parses what follows the slashes after a special scheme.
func parseAuthority(scheme, rest, fragment string) (*address, bool) {
	authority, path := rest, ""
	if i := strings.IndexAny(rest, `/\?`); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	a := &address{scheme: scheme, fragment: fragment}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, password, _ := strings.Cut(authority[:i], ":")
		a.userinfo, authority = encode(user, userinfoSet), authority[i+1:]
		if password != "" {
			a.userinfo += ":" + encode(password, userinfoSet)
		}
		if a.userinfo != "" {
			a.userinfo += "@"
		}
	}
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
	}
	if port != "" {
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return nil, false
		}
		if a.port = ":" + strconv.FormatUint(number, 10); a.port == defaultPorts[scheme] {
			a.port = ""
		}
	}
	var ok bool
	if a.host, ok = parseHost(host); !ok {
		return nil, false
	}
	path, query, hasQuery := strings.Cut(path, "?")
	if hasQuery {
		a.query = "?" + encode(query, " \"<>'")
	}
	a.path = cleanPath(path)
	return a, true
}

const userinfoSet = " \"#<>?`{}/:;=@[\\]^|"

var idnaProfile = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false),
	idna.CheckHyphens(false), idna.CheckJoiners(true), idna.BidiRule())

// parseHost is https://url.spec.whatwg.org/#concept-host-parser for special schemes.
func parseHost(s string) (string, bool) {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !ip.Is6() || ip.Zone() != "" || !strings.HasSuffix(s, "]") {
			return "", false
		}
		return "[" + serializeIPv6(ip) + "]", true
	}
	if !isPlainHost(s) {
		if decoded, err := url.PathUnescape(s); err == nil {
			s = decoded
		}
		ascii, err := idnaProfile.ToASCII(s)
		if err != nil || strings.ContainsFunc(ascii, isForbiddenInHost) {
			return "", false
		}
		s = ascii
	}
	if s == "" {
		return "", false
	}
	labels := strings.Split(strings.TrimSuffix(s, "."), ".")
	if last := labels[len(labels)-1]; last != "" && isNumber(last) {
		return parseIPv4(labels)
	}
	return s, true
}

// isPlainHost reports whether s needs no mapping: the common case.
func isPlainHost(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.') {
			return false
		}
	}
	return !strings.Contains(s, "xn--")
}

func isForbiddenInHost(c rune) bool {
	return c <= ' ' || c == 0x7f || strings.ContainsRune("#/:<>?@[\\]^|%", c)
}

// serializeIPv6 writes an IPv4-mapped address in hexadecimal, as browsers do.
func serializeIPv6(ip netip.Addr) string {
	if !ip.Is4In6() {
		return ip.String()
	}
	b := ip.As16()
	return "::ffff:" + strconv.FormatUint(uint64(b[12])<<8|uint64(b[13]), 16) + ":" + strconv.FormatUint(uint64(b[14])<<8|uint64(b[15]), 16)
}

func isNumber(label string) bool {
	if strings.Trim(label, "0123456789") == "" {
		return true
	}
	_, ok := parseIPv4Number(label)
	return ok
}

func parseIPv4Number(s string) (uint64, bool) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X"):
		if s, base = s[2:], 16; s == "" {
			return 0, true
		}
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	n, err := strconv.ParseUint(s, base, 64)
	return n, err == nil
}

// parseIPv4 reads the shorthand forms too: https://url.spec.whatwg.org/#concept-ipv4-parser.
func parseIPv4(labels []string) (string, bool) {
	if len(labels) > 4 {
		return "", false
	}
	var ip uint64
	for i, label := range labels {
		n, ok := parseIPv4Number(label)
		last := i == len(labels)-1
		if !ok || !last && n > 255 || last && n >= 1<<(8*(5-len(labels))) {
			return "", false
		}
		if last {
			ip |= n
		} else {
			ip |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}).String(), true
}

// cleanPath percent-encodes a path and resolves its dot segments.
func cleanPath(path string) string {
	if path == "" {
		return "/"
	}
	path = encode(strings.ReplaceAll(path, `\`, "/"), " \"#<>?`{}^")
	if !strings.Contains(path, ".") && !strings.Contains(path, "%2") {
		return path
	}
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	kept := make([]string, 0, len(segments))
	for i, segment := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}

// encode percent-encodes controls, all beyond ASCII, and the characters of set.
func encode(s, set string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	start := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || strings.IndexByte(set, c) >= 0 {
			b.WriteString(s[start:i])
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			start = i + 1
		}
	}
	if start == 0 {
		return s
	}
	b.WriteString(s[start:])
	return b.String()
}

func (a *address) String() string { return a.withoutFragment() + a.fragment }

func (a *address) withoutFragment() string {
	if a.host == "" {
		return a.scheme + ":" + a.path
	}
	return a.scheme + "://" + a.userinfo + a.host + a.port + a.path + a.query
}

// origin returns the serialised origin, "null" for an opaque one.
func (a *address) origin() string {
	if a.host == "" {
		return "null"
	}
	return a.scheme + "://" + a.host + a.port
}

func (a *address) isHTTP() bool { return a.scheme == "http" || a.scheme == "https" }

// portNumber returns the port without its colon, the default one spelt out.
func (a *address) portNumber() string {
	if a.port != "" {
		return a.port[1:]
	}
	return strings.TrimPrefix(defaultPorts[a.scheme], ":")
}

// url returns the same for net/http, which knows neither userinfo nor fragments.
func (a *address) url() *url.URL {
	u := &url.URL{Scheme: a.scheme, Host: a.host + a.port, Path: a.path, RawQuery: strings.TrimPrefix(a.query, "?")}
	if a.query == "?" {
		u.ForceQuery = true
	}
	if strings.Contains(a.path, "%") {
		if decoded, err := url.PathUnescape(a.path); err == nil {
			u.Path, u.RawPath = decoded, a.path
		}
	}
	return u
}

// upgraded returns the address under https or wss: the rule of
// upgrade-insecure-requests and of HSTS, which replace the default port only.
func (a *address) upgraded() *address {
	secure := *a
	secure.scheme = map[string]string{"http": "https", "ws": "wss"}[a.scheme]
	if secure.port == defaultPorts[secure.scheme] {
		secure.port = ""
	}
	return &secure
}

// isLoopback reports whether a host is trusted under every scheme:
// https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy.
func isLoopback(host string) bool {
	host = strings.TrimSuffix(host, ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "[::1]" ||
		strings.HasPrefix(host, "127.") && isIP(host)
}

func isIP(host string) bool {
	if strings.HasPrefix(host, "[") {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}

// isTrustworthy is https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy.
func (a *address) isTrustworthy() bool {
	return a.scheme == "https" || a.scheme == "wss" || isLoopback(a.host)
}

// registrable returns the registrable domain of a host, or the host if it has none.
func registrable(host string) string {
	if isIP(host) {
		return host
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return host
	}
	return domain
}

// siteOf returns the site of an origin, "" for an opaque one. The scheme counts:
// https://html.spec.whatwg.org/#obtain-a-site.
func siteOf(origin string) string {
	scheme, rest, ok := strings.Cut(origin, "://")
	if !ok {
		return ""
	}
	return scheme + "://" + registrable(hostOf(rest))
}

// hostOf cuts the port off.
func hostOf(hostport string) string {
	if i := strings.LastIndexByte(hostport, ':'); i > strings.LastIndexByte(hostport, ']') {
		return hostport[:i]
	}
	return hostport
}

// site returns the site of an address; ws and wss count as http and https.
func (a *address) site() string {
	if a.host == "" {
		return ""
	}
	scheme := a.scheme
	switch scheme {
	case "ws":
		scheme = "http"
	case "wss":
		scheme = "https"
	}
	return scheme + "://" + registrable(a.host)
}
