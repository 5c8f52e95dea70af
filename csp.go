package httpsec

import (
	"iter"
	"slices"
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
)

// CSP is a Content-Security-Policy as an ordered list of directives, for building
// the string that [Headers] takes. It is immutable: every method returns a new
// one. The zero CSP is empty, and its String is [Omit].
//
// What the methods build is checked by [SecurityHeaders].
type CSP struct {
	directives csp.Policy
}

// upgradeDirective has two roles of its own: [SecurityHeaders] leaves it out of the
// default policy on plain http, and browsers ignore it in report-only policies.
const upgradeDirective = "upgrade-insecure-requests"

const defaultPolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; " +
	"frame-ancestors 'none'; base-uri 'self'; form-action 'self'; " + upgradeDirective

// DefaultCSP returns the policy that a zero [Headers] sends over HTTPS; over plain
// http that leaves out upgrade-insecure-requests. It allows inline styles, data:
// and blob: images and sockets to any host, which many pages need; [Headers.Audit]
// lists what to tighten.
func DefaultCSP() CSP { return CSP{csp.Parse(defaultPolicy)} }

// With returns the policy with the sources of a directive replaced, or with the
// directive appended if the policy lacks it. A source cannot end its directive:
// white space separates sources, and ";" and "," are percent-encoded.
func (p CSP) With(directive string, sources ...string) CSP {
	return p.with(encodeName(directive), encodeSources(sources))
}

// WithAdded returns the policy with a directive extended by the sources it lacks,
// and without 'none' in it. If the policy lacks the directive, it starts from what
// applies in its place: from script-src or default-src for script-src-elem, say,
// and from nothing for frame-ancestors, base-uri, form-action and others without a
// fallback (https://w3c.github.io/webappsec-csp/#directive-fallback-list). Sources
// are encoded as by [CSP.With].
func (p CSP) WithAdded(directive string, sources ...string) CSP {
	name := encodeName(directive)
	inherited, _ := p.directives.Get(p.directives.Effective(name))
	seen := map[string]bool{}
	var merged, others []string
	for _, source := range slices.Concat(inherited, encodeSources(sources)) {
		if same := comparable(source); !seen[same] {
			seen[same] = true
			merged = append(merged, source)
			if same != noneSource {
				others = append(others, source)
			}
		}
	}
	if len(others) > 0 {
		merged = others
	}
	return p.with(name, merged)
}

const noneSource = "'none'"

// comparable returns a source as it is the same as others: keywords in any case.
func comparable(source string) string {
	if lower := strings.ToLower(source); csp.IsKeyword(lower) {
		return lower
	}
	return source
}

// Without returns the policy without a directive, if it has that.
func (p CSP) Without(directive string) CSP {
	return CSP{slices.DeleteFunc(slices.Clone(p.directives), hasName(encodeName(directive)))}
}

// All iterates over the directives in order: the name in lower case, and a copy of
// the sources.
func (p CSP) All() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for _, d := range p.directives {
			if !yield(d.Name, slices.Clone(d.Values)) {
				return
			}
		}
	}
}

// String returns the policy as [Headers] takes it: the directives joined by "; ",
// without one at the end. The empty policy is [Omit], so that it never means
// "default".
func (p CSP) String() string {
	if len(p.directives) == 0 {
		return Omit
	}
	var s strings.Builder
	for i, d := range p.directives {
		if i > 0 {
			s.WriteString("; ")
		}
		s.WriteString(d.Name)
		for _, source := range d.Values {
			s.WriteString(" " + source)
		}
	}
	return s.String()
}

func hasName(name string) func(csp.Directive) bool {
	return func(d csp.Directive) bool { return d.Name == name }
}

// with returns the policy with a directive replaced or appended. It shares
// neither the list nor the sources with p.
func (p CSP) with(name string, sources []string) CSP {
	d := csp.Directive{Name: name, Values: sources}
	list := slices.Clone(p.directives)
	if i := slices.IndexFunc(list, hasName(name)); i >= 0 {
		list[i] = d
	} else {
		list = append(list, d)
	}
	return CSP{list}
}

// encodeSources splits sources at white space and takes from them what ends a
// directive or a policy.
func encodeSources(sources []string) []string {
	var encoded []string
	for _, source := range sources {
		encoded = append(encoded, csp.Fields(encodeEnds(source))...)
	}
	return encoded
}

// encodeName keeps a name in one piece, and a policy of one odd name from reading
// as "" or Omit. A name that needs it is unknown, and SecurityHeaders says so.
func encodeName(name string) string {
	switch name = strings.ToLower(strings.Join(csp.Fields(encodeEnds(name)), "%20")); name {
	case "":
		return "%20"
	case Omit:
		return "%2d"
	}
	return name
}

func encodeEnds(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, ";", "%3B"), ",", "%2C")
}
