package httpsec

import (
	"cmp"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// entry is a checked element of Config.Origins other than "*".
type entry struct {
	scheme     string
	host       string // without the "*." of a pattern
	port       string // "" for the default, "*" for any
	subdomains bool   // the entry begins with "*."
}

// origin writes the entry as it must be written in Config.Origins.
func (e entry) origin() string {
	origin := e.scheme + "://"
	if e.subdomains {
		origin += "*."
	}
	origin += e.host
	if e.port != "" {
		origin += ":" + e.port
	}
	return origin
}

// coversPublicSuffix reports whether the entry allows names that anyone can
// register, by https://publicsuffix.org.
func (e entry) coversPublicSuffix() bool {
	if !e.subdomains {
		return false
	}
	host := strings.TrimSuffix(e.host, ".")
	// The second look is for rules such as "*.ck", under which every name one
	// level down is a public suffix, but "ck" itself is not listed.
	return isPublicSuffix(host) || isPublicSuffix("x."+host)
}

func isPublicSuffix(host string) bool {
	suffix, icann := publicsuffix.PublicSuffix(host)
	listed := icann || strings.Contains(suffix, ".")
	return listed && suffix == host
}

// parseEntry checks an element of Config.Origins other than "*". If it is refused,
// it says what is wrong and, where there is an answer, how to write it.
func parseEntry(origin string, credentials bool) (e entry, problem, fix string) {
	switch trimmed := strings.TrimSpace(origin); {
	case len(origin) > maxOriginLength:
		return entry{}, "is longer than " + strconv.Itoa(maxOriginLength) + " bytes", ""
	case trimmed == "":
		return entry{}, "is empty", "remove it"
	case strings.EqualFold(trimmed, "null"):
		return entry{}, "can be claimed by any sandboxed page", "give the page an origin of its own and list that"
	case strings.Count(origin, "://") > 1 && strings.ContainsAny(origin, separators):
		return entry{}, "holds several origins", listFix(origin, func(part string) bool {
			_, problem, _ := parseEntry(part, credentials)
			return problem == ""
		})
	}
	e, problem, refused := canonicalize(origin)
	switch written := e.origin(); {
	case refused:
	case credentials && e.coversPublicSuffix():
		return entry{}, "lets anyone's site use credentials, because " + strconv.Quote(e.host) + " is a public suffix",
			"list the origins, or switch Credentials off"
	case written == origin:
		return e, "", ""
	}
	return entry{}, cmp.Or(problem, "is not how a browser writes it"), fixFor(origin, e, credentials)
}

// fixFor offers another entry in place of a refused one, if there is one and it
// would be accepted.
func fixFor(origin string, e entry, credentials bool) string {
	written := e.origin()
	if e.scheme == "" || written == origin {
		return ""
	}
	if _, problem, _ := parseEntry(written, credentials); problem != "" {
		return ""
	}
	return "write " + strconv.Quote(written)
}

// canonicalize reads an entry as the URL parser reads a URL
// (https://url.spec.whatwg.org/#concept-basic-url-parser) and returns what of it
// is the origin. The problem is the first thing a browser would change. If the
// entry is refused whatever its spelling, e is a guess at what was meant, or
// zero.
func canonicalize(origin string) (e entry, problem string, refused bool) {
	note := func(p string) { problem = cmp.Or(problem, p) }
	s := strings.TrimSpace(origin)
	if s != origin {
		note("has surrounding space")
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return guessScheme(s), "has no scheme", true
	}
	e.scheme = strings.ToLower(scheme)
	if e.scheme != scheme {
		note("has upper-case letters")
	}
	switch {
	case !isScheme(e.scheme):
		return entry{}, "has no valid scheme", true
	case opaqueScheme(e.scheme):
		return entry{}, `has a scheme whose pages send "Origin: null"`, true
	}

	end := len(rest)
	if i := strings.IndexAny(rest, `/?#\`); i >= 0 {
		end = i
	}
	authority := rest[:end]
	if strings.Contains(authority, ":") && strings.Contains(rest[end:], "@") {
		// A password with a slash in it: what seems to be the host is its user.
		return entry{}, "has a user name or password", true
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		note("has a user name or password")
		authority = authority[i+1:]
	}
	if end < len(rest) {
		note(map[byte]string{'?': "has a query", '#': "has a fragment"}[rest[end]])
		note("has a path")
	}

	host := authority
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host = authority[:i]
		if e.port, ok = canonicalPort(e.scheme, authority[i+1:]); !ok {
			return entry{}, "has a port that is not from 1 to 65535", true
		}
		switch written := authority[i+1:]; {
		case written == "":
			note("has an empty port")
		case e.port == "":
			note("has the default port of its scheme")
		case e.port != written:
			note("has a port with leading zeros")
		}
	}
	if host, e.subdomains = strings.CutPrefix(host, "*."); strings.Contains(host, "*") {
		return entry{}, `has a wildcard other than "*." before the host and ":*" after it`, true
	}
	var hostProblem string
	e.host, hostProblem, ok = canonicalHost(e.scheme, host)
	switch {
	case !ok:
		return entry{}, hostProblem, true
	case e.subdomains && (endsInNumber(e.host) || e.host[0] == '['):
		return entry{}, "is a pattern over an IP address, which has no subdomains", true
	case e.scheme == "ws" || e.scheme == "wss":
		// The handshake carries the origin of the page:
		// https://websockets.spec.whatwg.org/#concept-websocket-establish
		socket := e.scheme
		e.scheme = "http" + socket[len("ws"):]
		if isDefaultPort(e.scheme+":", e.port) {
			e.port = ""
		}
		return e, "is the address of a socket, but a handshake carries the origin of its page", true
	}
	note(hostProblem)
	return e, problem, false
}

// guessScheme adds the scheme that was probably meant to an entry without one.
func guessScheme(s string) entry {
	scheme, rest, _ := strings.Cut(s, ":")
	written := strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
	switch {
	case opaqueScheme(strings.ToLower(scheme)):
		return entry{}
	case written:
		rest = strings.TrimLeft(rest, `/\`)
	default:
		scheme, rest = "https", strings.TrimPrefix(s, "//")
	}
	e, _, refused := canonicalize(scheme + "://" + rest)
	if refused || !areLabels(e.host) && e.host[0] != '[' {
		return entry{}
	}
	if !written && isLoopback(e.host) {
		e.scheme = "http"
	}
	return e
}

// isLoopback reports whether a canonical host is this machine's own, where
// development servers listen.
func isLoopback(host string) bool {
	name := strings.TrimSuffix(host, ".")
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && (address.IsLoopback() || address.IsUnspecified())
}

// canonicalPort returns a port without leading zeros, and "" for the default one.
func canonicalPort(scheme, port string) (string, bool) {
	if port == "" || port == "*" {
		return port, true
	}
	port = strings.TrimLeft(port, "0")
	if !isPort(port) {
		return "", false
	}
	if isDefaultPort(scheme+":", port) {
		return "", true
	}
	return port, true
}

// hostProfile is the URL Standard's domain to ASCII, not strict:
// https://url.spec.whatwg.org/#concept-domain-to-ascii.
var hostProfile = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.BidiRule(),
	idna.CheckJoiners(true),
	idna.CheckHyphens(false),
	idna.StrictDomainName(false),
)

// canonicalHost reads a host as https://url.spec.whatwg.org/#concept-host-parser
// does.
func canonicalHost(scheme, host string) (canonical, problem string, ok bool) {
	if host == "" {
		return "", "has no host", false
	}
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		inner, closed := strings.CutSuffix(inner, "]")
		address, err := netip.ParseAddr(inner)
		switch {
		case !closed || err != nil || !address.Is6():
			return "", "has a host that is not an IPv6 address", false
		case address.Zone() != "":
			return "", "has an IPv6 zone, which no browser sends", false
		}
		return "[" + serializeIPv6(address) + "]", "has an IPv6 address that is not in its shortest form", true
	}
	if !isSpecial(scheme) {
		if strings.IndexFunc(host, forbiddenInHost) >= 0 {
			return "", "has a character that cannot be in a host", false
		}
		return host, "", true
	}
	problem = "has upper-case letters"
	if strings.IndexFunc(host, func(c rune) bool { return c >= 0x80 }) >= 0 {
		problem = "has a host that is not in Punycode"
	}
	decoded, err := url.PathUnescape(host)
	if err != nil {
		return "", "has a host with a broken percent-encoding", false
	}
	if decoded != host {
		problem = "has a percent-encoded host"
	}
	canonical = strings.ToLower(decoded)
	if problem != "has upper-case letters" || strings.Contains(canonical, "xn--") {
		if canonical, err = hostProfile.ToASCII(decoded); err != nil {
			return "", "has a host that is not a valid internationalised name", false
		}
	}
	if !isDomain(canonical) {
		return "", "has a host that cannot be a domain: its labels have 1 to 63 characters, 253 in all, and none of them space, %, *, :, @, <, >, [, \\, ], ^ or |", false
	}
	if endsInNumber(canonical) {
		if canonical, ok = canonicalIPv4(canonical); !ok {
			return "", "has a host that is not an IPv4 address", false
		}
		if problem == "has upper-case letters" {
			problem = "has an IPv4 address that is not in dotted-decimal form"
		}
	}
	return canonical, problem, true
}

// canonicalIPv4 reads the forms that browsers take for an IPv4 address, such as
// 127.1 and 0x7f000001: https://url.spec.whatwg.org/#concept-ipv4-parser.
func canonicalIPv4(host string) (string, bool) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(parts) > 4 {
		return "", false
	}
	var address uint64
	for i, part := range parts {
		base := 10
		if hex, ok := strings.CutPrefix(part, "0x"); ok {
			base, part = 16, cmp.Or(hex, "0")
		} else if len(part) > 1 && part[0] == '0' {
			base = 8
		}
		n, err := strconv.ParseUint(part, base, 32)
		if err != nil {
			return "", false
		}
		if i == len(parts)-1 { // the last part fills what is left
			if n >= 1<<(8*(5-len(parts))) {
				return "", false
			}
			address |= n
		} else {
			if n > 255 {
				return "", false
			}
			address |= n << (8 * (3 - i))
		}
	}
	return netip.AddrFrom4([4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)}).String(), true
}
