package origins

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// readHost reads a host with its wildcard, if there is one.
func (g *guess) readHost(p *Pattern, typed string) bool {
	if typed == "*" && !isSpecial(p.Scheme) && (p.Port == "" || p.Port == "*") {
		if p.Port == "*" {
			g.note(wildcard)
		}
		p.Kind, p.Port = AnyHost, ""
		return true
	}
	host := g.cutWildcard(p, typed)
	label := p.Before + "x" + p.After
	if strings.Contains(host, "*") || len(label) <= 63 && !AreLabels(label) {
		*g = guess{problem: wildcard, advice: decide}
		return false
	}
	if !g.readName(p, host) {
		return false
	}
	switch {
	case p.Kind == Exact:
	case endsInNumber(p.Host) || p.Host[0] == '[':
		g.fail("is a pattern over an IP address, which has no subdomains")
		return false
	case !AreLabels(label) || !fitsDNS(label+"."+p.Host):
		g.fail(notDomain)
		return false
	}
	return true
}

// cutWildcard cuts off a first label that is or has a wildcard.
func (g *guess) cutWildcard(p *Pattern, host string) string {
	label, parent, dotted := strings.Cut(host, ".")
	switch {
	case !dotted:
		return host
	case label == "*":
		p.Kind = Subdomains
	case label == "**":
		g.note(wildcard)
		p.Kind = Subdomains
	case strings.Count(label, "*") == 1 && p.Port != "*":
		lower := strings.ToLower(label)
		if lower != label {
			g.note(upperCase)
		}
		p.Kind = Label
		p.Before, p.After, _ = strings.Cut(lower, "*")
	default:
		return host
	}
	return parent
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

// readName reads a host without wildcards, as
// https://url.spec.whatwg.org/#concept-host-parser does.
func (g *guess) readName(p *Pattern, host string) bool {
	switch {
	case host == "":
		g.fail("has no host")
		return false
	case host[0] == '[':
		return g.readIPv6(p, host)
	case !isSpecial(p.Scheme):
		if p.Host = host; !isOpaqueHost(host) {
			g.fail("has a character that cannot be in a host")
			return false
		}
		return true
	}
	name, ok := g.toASCII(host)
	if !ok {
		return false
	}
	if !isDomain(name) {
		g.fail(notDomain)
		return false
	}
	if endsInNumber(name) {
		address, ok := readIPv4(name)
		if !ok {
			g.fail("has a host that is not an IPv4 address")
			return false
		}
		if address != name {
			g.note("has an IPv4 address that is not in dotted-decimal form")
		}
		name = address
	} else if name != host {
		g.note(upperCase)
	}
	p.Host = name
	return true
}

// toASCII reads what is percent-encoded or in Unicode, and puts it in lower case.
func (g *guess) toASCII(host string) (string, bool) {
	const mostTyped = 3 * 4 * MaxHostLength // each character percent-encoded, four bytes of UTF-8
	if len(host) > mostTyped {
		g.fail(notDomain)
		return "", false
	}
	decoded, err := url.PathUnescape(host)
	if err != nil {
		g.fail("has a host with a broken percent-encoding")
		return "", false
	}
	isASCII := strings.IndexFunc(decoded, func(c rune) bool { return c >= 0x80 }) < 0
	switch {
	case decoded != host:
		g.note("has a percent-encoded host")
	case !isASCII:
		g.note("has a host that is not in Punycode")
	}
	name := strings.ToLower(decoded)
	if isASCII {
		return name, true
	}
	ascii, err := hostProfile.ToASCII(decoded)
	// A label that is only "xn--" would be dropped, and what is not UTF-8 passes for
	// U+FFFD, which no name has.
	if err != nil || strings.Contains("."+name+".", ".xn--.") || strings.ContainsRune(decoded, utf8.RuneError) {
		g.fail("has a host that is not a valid internationalised name")
		return "", false
	}
	return ascii, true
}

func (g *guess) readIPv6(p *Pattern, host string) bool {
	inner, closed := strings.CutSuffix(host[1:], "]")
	address, err := netip.ParseAddr(inner)
	switch {
	case !closed || err != nil || !address.Is6():
		g.fail("has a host that is not an IPv6 address")
		return false
	case address.Zone() != "":
		g.fail("has an IPv6 zone, which no browser sends")
		return false
	}
	if p.Host = string(appendIPv6(nil, address)); p.Host != host {
		g.note("has an IPv6 address that is not in its shortest form")
	}
	return true
}

// readIPv4 reads the forms that browsers take for an IPv4 address, such as 127.1 and
// 0x7f000001: https://url.spec.whatwg.org/#concept-ipv4-parser.
func readIPv4(host string) (string, bool) {
	parts := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(parts) > 4 {
		return "", false
	}
	var address uint64
	for i, part := range parts {
		base := 10
		if hex, ok := strings.CutPrefix(part, "0x"); ok {
			base, part = 16, cmp.Or(hex, "0")
		} else if strings.HasPrefix(part, "0") {
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
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(address))
	return netip.AddrFrom4(b).String(), true
}
