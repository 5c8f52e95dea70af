package origins_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/origins"
)

// longest has as many bytes as an origin may: a scheme of 64, a host of 253 and a port
// of 5.
var longest = strings.Repeat("s", 64) + "://" + strings.Repeat("h", 253) + ":65535"

// slowPattern is an entry, or a received origin, as a reader takes it apart that aims
// to be obvious. It has two parts of a label around a wildcard like the real one.
type slowPattern struct {
	scheme, host, port string
	before, after      string
	wildcard           string // "", "subdomains", "label", "host" or "null"
}

var (
	slowSyntax = regexp.MustCompile("^([a-z][a-z0-9+.-]*)://" +
		"(\\[[0-9a-f:]+\\]|[*!\"$%&'()+,\\-.0-9;=A-Z_`a-z{}~]+)" + // all but forbidden host code points
		`(?::(\*|[1-9][0-9]{0,4}))?$`)
	slowNumber = regexp.MustCompile(`^([0-9]+|0x[0-9a-f]*)$`)
	slowLabel  = regexp.MustCompile(`^[a-z0-9_-]{1,63}$`)
	domain     = regexp.MustCompile("^[!\"$&'()+,\\-.0-9;=_`a-z{}~]+$")
)

// slowParse reads what a browser sends, with wildcards or without.
func slowParse(s string) (slowPattern, bool) {
	if s == "null" || s == "file://" {
		return slowPattern{scheme: strings.TrimSuffix(strings.TrimPrefix(s, "null"), "://"), wildcard: "null"}, true
	}
	m := slowSyntax.FindStringSubmatch(s)
	if m == nil || len(s) > 326 {
		return slowPattern{}, false
	}
	p := slowPattern{scheme: m[1], host: m[2], port: m[3]}
	switch p.scheme {
	case "about", "blob", "data", "file", "filesystem", "javascript", "view-source", "ws", "wss":
		return p, false
	}
	webPage := p.scheme == "http" || p.scheme == "https" || p.scheme == "ftp"
	if !webPage && (slices.Contains(slips["http"], p.scheme) || slices.Contains(slips["https"], p.scheme)) {
		return p, false
	}
	if p.port != "" && p.port == map[string]string{"http": "80", "https": "443", "ftp": "21"}[p.scheme] {
		return p, false
	}
	if port, err := strconv.Atoi(p.port); err == nil && port > 65535 {
		return p, false
	}
	if p.host == "*" {
		p.host, p.wildcard = "", "host"
		return p, !webPage && p.port == ""
	}
	if first, rest, ok := strings.Cut(p.host, "."); ok && strings.Contains(first, "*") {
		p.before, p.after, _ = strings.Cut(first, "*")
		p.host, p.wildcard = rest, "label"
		if first == "*" {
			p.wildcard = "subdomains"
		}
		label := p.before + "x" + p.after
		if rest == "" || !slowLabel.MatchString(label) || p.wildcard == "label" && p.port == "*" ||
			len(strings.TrimSuffix(label+"."+rest, ".")) > 253 {
			return p, false
		}
	}
	return p, !strings.Contains(p.host, "*") && slowHost(p.host, webPage, p.wildcard != "")
}

// slips has what is one slip away from a scheme.
var slips = map[string][]string{"http": slipsOf("http"), "https": slipsOf("https")}

func slipsOf(word string) []string {
	var all []string
	for i := range len(word) + 1 {
		for c := range strings.SplitSeq("abcdefghijklmnopqrstuvwxyz0123456789+-.", "") {
			all = append(all, word[:i]+c+word[i:])
			if i < len(word) {
				all = append(all, word[:i]+c+word[i+1:])
			}
		}
		if i < len(word) {
			all = append(all, word[:i]+word[i+1:])
		}
		if i > 0 && i < len(word) {
			all = append(all, word[:i-1]+word[i:i+1]+word[i-1:i]+word[i+1:])
		}
	}
	return all
}

func slowHost(host string, webPage, underWildcard bool) bool {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	isNumber := slowNumber.MatchString(labels[len(labels)-1])
	if underWildcard && (isNumber || host[0] == '[') {
		return false
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && host == "["+slowIPv6(address.As16())+"]"
	}
	if !webPage {
		return true
	}
	if isNumber {
		address, err := netip.ParseAddr(host)
		return err == nil && address.Is4()
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	return domain.MatchString(host) && len(strings.TrimSuffix(host, ".")) <= 253
}

// slowIPv6 is https://url.spec.whatwg.org/#concept-ipv6-serializer by trying every way
// to leave zeros out.
func slowIPv6(address [16]byte) string {
	pieces := make([]string, 8)
	for i := range pieces {
		pieces[i] = fmt.Sprintf("%x", int(address[2*i])<<8|int(address[2*i+1]))
	}
	for length := 8; length > 1; length-- {
		for start := 0; start+length <= 8; start++ {
			if strings.Join(pieces[start:start+length], "") == strings.Repeat("0", length) {
				return strings.Join(pieces[:start], ":") + "::" + strings.Join(pieces[start+length:], ":")
			}
		}
	}
	return strings.Join(pieces, ":")
}

// covers reports whether the pattern stands for origin.
func (p slowPattern) covers(origin string) bool {
	o, ok := slowParse(origin)
	if p.wildcard == "null" {
		return ok && o == p
	}
	if !ok || o.wildcard != "" || o.port == "*" || o.scheme != p.scheme || o.port != p.port && p.port != "*" {
		return false
	}
	switch p.wildcard {
	case "":
		return o.host == p.host
	case "host":
		return true
	}
	more, ok := strings.CutSuffix(o.host, "."+p.host)
	if !ok || len(strings.TrimSuffix(o.host, ".")) > 253 {
		return false
	}
	for label := range strings.SplitSeq(more, ".") {
		if !slowLabel.MatchString(label) {
			return false
		}
	}
	return p.wildcard == "subdomains" || !strings.Contains(more, ".") &&
		len(more) > len(p.before+p.after) && strings.HasPrefix(more, p.before) && strings.HasSuffix(more, p.after)
}

// parsed says in the words of the package what the slow reader found.
func (p slowPattern) parsed() origins.Pattern {
	kinds := map[string]origins.Kind{
		"": origins.Exact, "subdomains": origins.Subdomains, "label": origins.Label, "host": origins.AnyHost,
		"null": origins.Null,
	}
	return origins.Pattern{
		Kind: kinds[p.wildcard], Scheme: p.scheme, Host: p.host, Port: p.port, Before: p.before, After: p.after,
	}
}

func isEntry(s string) bool {
	_, ok := origins.Parse(s)
	return ok
}
