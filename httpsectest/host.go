package httpsectest

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/httpsec/httpsec/internal/origins"
)

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
		if s = strings.ToLower(s); strings.ContainsFunc(s, func(c rune) bool { return c > '~' }) {
			ascii, err := idnaProfile.ToASCII(s)
			if err != nil {
				return "", false
			}
			s = ascii
		}
		if strings.ContainsFunc(s, isForbiddenInHost) {
			return "", false
		}
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
	return true
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

// siteOf returns the site of an origin, "" for an opaque one. The scheme counts:
// https://html.spec.whatwg.org/#obtain-a-site.
func siteOf(origin string) string {
	scheme, rest, ok := strings.Cut(origin, "://")
	if !ok {
		return ""
	}
	return scheme + "://" + origins.Registrable(hostOf(rest))
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
	return scheme + "://" + origins.Registrable(a.host)
}
