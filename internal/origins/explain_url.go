package origins

import (
	"cmp"
	"net/netip"
	"strings"
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
	if _, _, ok := cutScheme(text); ok {
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
	notDomain = "has a host that cannot be a domain: its labels have 1 to 63 characters, 253 in all, " +
		`and none of them space, %, *, :, @, <, >, [, \, ], ^ or |`
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
		problem = one.problem // that of a socket, or of a slip
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
