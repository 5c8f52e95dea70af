package origins

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Kind says what the wildcard of a [Pattern] stands for.
type Kind uint8

const (
	// Exact is one host: "https://example.com", and "http://localhost:*" on any port.
	Exact Kind = iota

	// Subdomains is one or more labels before a dot: "https://*.example.com".
	Subdomains

	// Label is one or more characters of the first label: "https://pr-*.example.net".
	Label

	// AnyHost is whatever follows a scheme of apps: "moz-extension://*".
	AnyHost

	// Null is an origin that says nothing about the page: "null" or "file://".
	Null
)

// Pattern is an entry of a list of origins, taken apart. [Parse] makes them.
type Pattern struct {
	// Kind says which of the other fields matter.
	Kind Kind

	// Scheme is what stands before "://"; "" for "null".
	Scheme string

	// Host is the part of the host that is fixed: without the "*." of [Subdomains],
	// and for [Label] what follows the first dot; "" for [AnyHost] and [Null].
	Host string

	// Port is "" for the default of the scheme, "8443", or "*" for any or none.
	Port string

	// Before and After are what stands around the wildcard of a [Label]; at least one
	// of them is not empty.
	Before, After string
}

// Parse reads an entry of a list of origins, other than "*". It takes what a browser
// sends, and nothing else: an entry with wildcards has to be such an origin once they
// are replaced by what they stand for. Where it returns false, [Explain] says why.
func Parse(entry string) (Pattern, bool) {
	if len(entry) > MaxLength {
		return Pattern{}, false
	}
	scheme, rest, _ := strings.Cut(entry, "://")
	if Opaque(entry) {
		return Pattern{Kind: Null, Scheme: strings.TrimPrefix(scheme, "null")}, true
	}
	p := Pattern{Scheme: scheme}
	p.Host, p.Port, _ = cutPort(rest)
	if !strings.Contains(rest, "*") {
		return accept(p, Valid(entry))
	}
	if rest == "*" {
		return accept(Pattern{Kind: AnyHost, Scheme: scheme}, ofPages(scheme) && !isSpecial(scheme))
	}
	label, parent, _ := strings.Cut(p.Host, ".")
	before, after, starred := strings.Cut(label, "*")
	switch {
	case label == "*":
		p.Kind, p.Host = Subdomains, parent
	case starred:
		p.Kind, p.Host, p.Before, p.After = Label, parent, before, after
	}
	return accept(p, p.matchesSomething() && p.String() == entry) // not so with a colon at the end
}

func accept(p Pattern, ok bool) (Pattern, bool) {
	if !ok {
		return Pattern{}, false
	}
	return p, true
}

// matchesSomething reports whether the pattern stands for origins that browsers send,
// by trying the shortest.
func (p Pattern) matchesSomething() bool {
	shortest := p
	shortest.Kind = Exact
	if p.Kind != Exact {
		shortest.Host = p.Before + "x" + p.After + "." + p.Host
		if p.Host == "" || endsInNumber(p.Host) || !AreLabels(p.Before+"x"+p.After) || !fitsDNS(shortest.Host) {
			return false
		}
	}
	if p.Port == "*" {
		if p.Kind == Label {
			return false
		}
		shortest.Port = ""
	}
	return Valid(shortest.String())
}

// fitsDNS reports whether a host whose labels vary is short enough to be a name.
func fitsDNS(host string) bool { return len(strings.TrimSuffix(host, ".")) <= MaxHostLength }

// String returns the entry that the pattern came from.
func (p Pattern) String() string {
	host := p.Host
	switch p.Kind {
	case Subdomains:
		host = "*." + host
	case Label:
		host = p.Before + "*" + p.After + "." + host
	case AnyHost:
		host = "*"
	case Null:
		if p.Scheme == "" {
			return "null"
		}
	}
	if p.Port != "" {
		host += ":" + p.Port
	}
	return p.Scheme + "://" + host
}

// PublicSuffix returns the fixed part of a pattern with a wildcard in its host, if
// anyone can register names under it according to the public suffix list
// (https://publicsuffix.org), and otherwise "". Names that the list does not have, such
// as localhost and internal, are not public.
func (p Pattern) PublicSuffix() string {
	if p.Kind != Subdomains && p.Kind != Label {
		return ""
	}
	host := strings.TrimSuffix(p.Host, ".")
	// Under a rule such as "*.ck" every name is a public suffix, while the list does not
	// say so of "ck". No rule spells an asterisk out, so that it finds the wildcards alone.
	if isPublicSuffix(host) || isPublicSuffix("*."+host) {
		return p.Host
	}
	return ""
}

func isPublicSuffix(host string) bool {
	suffix, icann := publicsuffix.PublicSuffix(host)
	// The package answers "za" as if the list had it, which has only the names under
	// it. So much the better: "*.za" covers all of those.
	return suffix == host && (icann || strings.Contains(suffix, "."))
}
