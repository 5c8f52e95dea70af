package httpsec

import (
	"slices"
	"strings"
)

const (
	headerCSP           = "Content-Security-Policy"
	headerCSPReportOnly = "Content-Security-Policy-Report-Only"
)

// CSP is a Content-Security-Policy as an ordered list of directives, for building
// the string that [Headers] takes. It is immutable: every method returns a new
// one. The zero CSP is empty, and its String is [Omit].
//
// What the methods build is checked by [SecurityHeaders].
type CSP struct {
	directives []directive
}

type directive struct {
	name    string // in lower case
	sources []string
}

// DefaultCSP returns the policy that a zero [Headers] sends. It allows inline
// styles, data: and blob: images and sockets to any host, which many pages need;
// [Headers.Audit] lists what to tighten.
func DefaultCSP() CSP {
	return splitCSP("default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; " +
		"frame-ancestors 'none'; base-uri 'self'; form-action 'self'; upgrade-insecure-requests")
}

// ParseCSP reads a policy as it stands in the header. "" and [Omit] are the empty
// policy. The error joins a [*ConfigError], with the Field "CSP", for everything
// that [SecurityHeaders] would refuse.
func ParseCSP(policy string) (CSP, error) {
	if policy == "" || policy == Omit {
		return CSP{}, nil
	}
	var errs problems
	headerField{check: checkCSP}.validate(policy, func(problem, fix string) { errs.add("CSP", policy, flaw{problem, fix, ""}) })
	if len(errs) > 0 {
		return CSP{}, errs.join()
	}
	return splitCSP(policy), nil
}

// splitCSP reads a policy as browsers do:
// https://w3c.github.io/webappsec-csp/#parse-serialized-policy.
func splitCSP(policy string) CSP {
	var p CSP
	for part := range strings.SplitSeq(policy, ";") {
		if fields := strings.Fields(part); len(fields) > 0 {
			p.directives = append(p.directives, directive{strings.ToLower(fields[0]), fields[1:]})
		}
	}
	return p
}

// Set replaces the sources of a directive, or appends the directive if the policy
// lacks it. A source cannot end its directive: white space separates sources, and
// ";" and "," are percent-encoded.
func (p CSP) Set(directive string, sources ...string) CSP {
	return p.with(directive, encodeSources(sources))
}

// Add extends a directive by the sources it lacks, and drops 'none' from it. If
// the policy lacks the directive, Add starts from what applies in its place: from
// script-src or default-src for script-src-elem, say, and from nothing for
// frame-ancestors, base-uri, form-action and others without a fallback (CSP3,
// section 6.8.4). Sources are encoded as by [CSP.Set].
func (p CSP) Add(directive string, sources ...string) CSP {
	name := encodeName(directive)
	added := slices.Concat(p.sources(p.owner(name)), encodeSources(sources))
	var merged []string
	for _, source := range added {
		if !slices.Contains(merged, source) {
			merged = append(merged, source)
		}
	}
	switch others := slices.DeleteFunc(slices.Clone(merged), isNone); {
	case len(others) > 0:
		merged = others
	case len(merged) > 1:
		merged = merged[:1]
	}
	return p.with(name, merged)
}

// Remove drops a directive, if the policy has it.
func (p CSP) Remove(directive string) CSP {
	name := encodeName(directive)
	return CSP{slices.DeleteFunc(slices.Clone(p.directives), hasName(name))}
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
		s.WriteString(d.name)
		for _, source := range d.sources {
			s.WriteString(" " + source)
		}
	}
	return s.String()
}

func (p CSP) index(name string) int { return slices.IndexFunc(p.directives, hasName(name)) }

func hasName(name string) func(directive) bool {
	return func(d directive) bool { return d.name == name }
}

// owner returns the directive of the policy that applies for name: its own, or
// else the nearest fallback; "" if there is none.
func (p CSP) owner(name string) string {
	for _, candidate := range append([]string{name}, fallbacks(name)...) {
		if p.index(candidate) >= 0 {
			return candidate
		}
	}
	return ""
}

// sources returns the sources of a directive, nil if the policy lacks it.
func (p CSP) sources(name string) []string {
	if i := p.index(name); i >= 0 {
		return p.directives[i].sources
	}
	return nil
}

// with returns the policy with a directive replaced or appended. It shares
// neither the list nor the sources with p.
func (p CSP) with(name string, sources []string) CSP {
	d := directive{encodeName(name), sources}
	list := slices.Clone(p.directives)
	if i := p.index(d.name); i >= 0 {
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
		encoded = append(encoded, strings.Fields(encodeEnds(source))...)
	}
	return encoded
}

// encodeName keeps a name in one piece, and a policy of one odd name from reading
// as "" or Omit. A name that needs it is unknown, and SecurityHeaders says so.
func encodeName(name string) string {
	switch name = strings.ToLower(strings.Join(strings.Fields(encodeEnds(name)), "%20")); name {
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

func isNone(source string) bool { return strings.EqualFold(source, "'none'") }

// fallbacks lists the directives that browsers consult, in this order, where a
// policy lacks the named one:
// https://w3c.github.io/webappsec-csp/#directive-fallback-list.
func fallbacks(name string) []string {
	switch name {
	case "script-src-elem", "script-src-attr":
		return []string{"script-src", "default-src"}
	case "style-src-elem", "style-src-attr":
		return []string{"style-src", "default-src"}
	case "worker-src":
		return []string{"child-src", "script-src", "default-src"}
	case "fenced-frame-src":
		return []string{"frame-src", "child-src", "default-src"}
	case "frame-src":
		return []string{"child-src", "default-src"}
	case "child-src", "connect-src", "font-src", "img-src", "manifest-src", "media-src",
		"object-src", "prefetch-src", "script-src", "style-src":
		return []string{"default-src"}
	}
	return nil
}
