package origins

import (
	"cmp"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// Read returns the origin of an http or https URL as a person typed it:
// "https://Shop.example.com/cart" gives "https://shop.example.com". A user name and a
// password are dropped. What it returns is [Valid].
func Read(url string) (origin string, ok bool) {
	scheme, rest, ok := cutScheme(strings.TrimSpace(url))
	if !ok || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return "", false
	}
	var g guess
	p, _, ok := g.readURL(scheme, rest)
	if origin = p.String(); !ok || !Valid(origin) {
		return "", false
	}
	return origin, true
}

// AddScheme returns the origin that was probably meant by a URL without its scheme:
// "shop.example.com/cart" gives "https://shop.example.com"; for this machine and for
// private networks it is http. It returns "" if something else is wrong.
func AddScheme(s string) string {
	text := strings.TrimSpace(s)
	if _, _, ok := cutScheme(text); ok || strings.Contains(text, "@") {
		return ""
	}
	var g guess
	g.readWithoutScheme(text)
	if g.problem != noScheme || len(g.entries) == 0 || !Valid(g.entries[0]) {
		return ""
	}
	return g.entries[0]
}

// The problems that are worded in several places.
const (
	noScheme  = "has no scheme"
	upperCase = "has upper-case letters"
	wildcard  = `has a wildcard other than "*." before the host, "*" within its first label, or ":*" after it`
	notDomain = `has a host that cannot be a domain: its labels have 1 to 63 characters, 253 in all, and none of them space, %, *, :, @, <, >, [, \, ], ^ or |`
)

// cutScheme cuts a URL after its scheme. A "://" in a path or query does not end one.
func cutScheme(text string) (scheme, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(text, "://")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return "", text, false
	}
	return scheme, rest, true
}

// readWithoutScheme reads a URL that lacks "://", or a part of it.
func (g *guess) readWithoutScheme(text string) {
	scheme, rest, problem := guessScheme(text)
	var one guess
	p, typed, ok := one.readURL(cmp.Or(scheme, "https"), rest)
	if ok && scheme == "" && isLocal(p.Host) {
		// Nobody has a certificate for these, except where the port says so.
		if plain, _, _ := new(guess).readURL("http", rest); plain.Port != "443" {
			p = plain
		}
	}
	if ok && scheme != "" && p.Scheme != scheme {
		problem = one.problem // with its scheme
	}
	g.note(problem)
	if strings.Contains(text, ":") && strings.LastIndexByte(rest, '@') > authorityEnd(rest) {
		return // what seems to be the host may be a part of a password
	}
	isAddress := strings.HasPrefix(p.Host, "[") || IsIPv4(p.Host) && p.Host == typed // not any number
	if ok && (isAddress || AreLabels(p.Host) && !endsInNumber(p.Host)) {
		g.entries = []string{p.String()}
	}
}

// guessScheme finds the scheme of a URL without "://"; "" if there is none.
func guessScheme(text string) (scheme, rest, problem string) {
	word := text[:len(text)-len(strings.TrimLeft(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-"))]
	rest, colon := strings.CutPrefix(text[len(word):], ":")
	scheme = strings.ToLower(word)
	slash := strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, `\`)
	problem = noScheme
	if slash && !colon {
		problem = "has no colon after its scheme"
	}
	known := isSpecial(scheme) || slash && misspelt(scheme) != ""
	if known && (slash || colon) || colon && (sendsNull(scheme) || slash && scheme != "localhost") {
		return scheme, strings.TrimLeft(rest, `/\`), problem
	}
	return "", strings.TrimPrefix(text, "//"), noScheme
}

// isLocal reports whether a host is this machine or on a private network.
func isLocal(host string) bool {
	if Loopback(host) {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && (address.IsPrivate() || address.IsLinkLocalUnicast())
}

// readURL reads what stands before and after "://" as the URL parser does
// (https://url.spec.whatwg.org/#concept-basic-url-parser), wildcards aside, and returns
// the pattern that is its origin, and its host as it was typed. It returns false for
// what is refused however it is spelt.
func (g *guess) readURL(scheme, rest string) (p Pattern, host string, ok bool) {
	if p.Scheme, ok = g.readScheme(scheme); !ok {
		return p, "", false
	}
	end := authorityEnd(rest)
	authority := rest[:end]
	if strings.Contains(authority, ":") && strings.Contains(rest[end:], "@") {
		// A password with a slash in it: what seems to be the host is its user.
		g.fail("has a user name or password")
		return p, "", false
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		g.note("has a user name or password")
		authority = authority[i+1:]
	}
	if end < len(rest) {
		g.note(cmp.Or(map[byte]string{'?': "has a query", '#': "has a fragment"}[rest[end]], "has a path"))
	}
	host, port, hasPort := cutPort(authority)
	if hasPort && !g.readPort(&p, port) {
		return p, "", false
	}
	return p, host, g.readHost(&p, host)
}

// authorityEnd returns where the user, host and port end that follow "://".
func authorityEnd(rest string) int {
	if i := strings.IndexAny(rest, `/?#\`); i >= 0 {
		return i
	}
	return len(rest)
}

func (g *guess) readScheme(typed string) (scheme string, ok bool) {
	scheme = strings.ToLower(typed)
	switch {
	case !ValidScheme(scheme):
		g.fail("has no valid scheme")
		return "", false
	case scheme == "file":
		g.note(`is a local file, and those send "null" or "file://"`)
		g.entries = []string{"file://"}
		return "", false
	case sendsNull(scheme):
		g.fail(`has a scheme whose pages send "Origin: null"`)
		return "", false
	case scheme == "ws" || scheme == "wss":
		// https://websockets.spec.whatwg.org/#concept-websocket-establish
		g.note("is the address of a socket, but a handshake carries the origin of its page")
		return "http" + scheme[len("ws"):], true
	}
	if scheme != typed {
		g.note(upperCase)
	}
	if !ofPages(scheme) {
		g.note("has a misspelt scheme")
		scheme = misspelt(scheme)
	}
	return scheme, true
}

func (g *guess) readPort(p *Pattern, typed string) bool {
	p.Port = typed
	if typed != "*" {
		p.Port = strings.TrimLeft(typed, "0")
	}
	switch {
	case typed == "*":
	case typed == "":
		g.note("has an empty port")
	case !ValidPort(p.Port):
		g.fail("has a port that is not from 1 to 65535")
		return false
	case DefaultPort(p.Scheme, p.Port):
		g.note("has the default port of its scheme")
		p.Port = ""
	case p.Port != typed:
		g.note("has a port with leading zeros")
	}
	return true
}

// readHost reads a host with its wildcard, if there is one.
func (g *guess) readHost(p *Pattern, typed string) bool {
	host := typed
	label, parent, dotted := strings.Cut(host, ".")
	switch {
	case host == "*" && !isSpecial(p.Scheme) && (p.Port == "" || p.Port == "*"):
		if p.Port == "*" {
			g.note(wildcard)
		}
		p.Kind, p.Port = AnyHost, ""
		return true
	case dotted && (label == "*" || label == "**"):
		if label == "**" {
			g.note(wildcard)
		}
		p.Kind, host = Subdomains, parent
	case dotted && strings.Count(label, "*") == 1 && p.Port != "*":
		p.Kind, host = Label, parent
		p.Before, p.After, _ = strings.Cut(strings.ToLower(label), "*")
		if strings.ToLower(label) != label {
			g.note(upperCase)
		}
	}
	if strings.Contains(host, "*") || !AreLabels(p.Before+"x"+p.After) && len(label) <= 63 {
		*g = guess{problem: wildcard, advice: decide}
		return false
	}
	if !g.readName(p, host) {
		return false
	}
	switch {
	case p.Kind == Exact:
	case endsInNumber(p.Host) || strings.HasPrefix(p.Host, "["):
		g.fail("is a pattern over an IP address, which has no subdomains")
		return false
	case !AreLabels(p.Before+"x"+p.After) || !fitsDNS(p.Before+"x"+p.After+"."+p.Host):
		g.fail(notDomain)
		return false
	}
	return true
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
	// A label that is only "xn--" would be dropped.
	if err != nil || strings.Contains("."+name+".", ".xn--.") {
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
