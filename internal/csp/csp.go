// Package csp reads a Content-Security-Policy as browsers read it. It judges
// nothing: what a policy should not say is for the packages that use it.
package csp

import "strings"

// Directive is one directive of a policy.
type Directive struct {
	// Name is in lower case: browsers compare names in any case.
	Name string

	// Values are what stands behind the name, as written; empty where nothing does.
	Values []string
}

// Policy is a serialized policy: its directives in order, each as written. Of
// two with one name browsers obey the first.
type Policy []Directive

// Parse reads one policy, as it stands between the commas of a header's value:
// https://w3c.github.io/webappsec-csp/#parse-serialized-policy. It never fails.
// Like browsers it leaves out empty directives and those that are not ASCII.
func Parse(policy string) Policy {
	var p Policy
	for token := range strings.SplitSeq(policy, ";") {
		if words := Fields(token); len(words) > 0 && isASCII(token) {
			p = append(p, Directive{strings.ToLower(words[0]), words[1:len(words):len(words)]})
		}
	}
	return p
}

// Fields splits s at ASCII white space, which is less than [strings.Fields] takes
// for space: https://infra.spec.whatwg.org/#ascii-whitespace.
func Fields(s string) []string { return strings.FieldsFunc(s, isSpace) }

// TrimSpace returns s without the ASCII white space around it.
func TrimSpace(s string) string { return strings.TrimFunc(s, isSpace) }

func isSpace(c rune) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > 0x7f {
			return false
		}
	}
	return true
}

// Get returns the values of the first directive of that name, which is in lower
// case, and whether there is one.
func (p Policy) Get(name string) (values []string, ok bool) {
	for _, d := range p {
		if d.Name == name {
			return d.Values, true
		}
	}
	return nil, false
}

// Has reports whether the policy has a directive of that name.
func (p Policy) Has(name string) bool {
	_, ok := p.Get(name)
	return ok
}

// Effective returns the name of the directive that applies for name: name itself
// or the nearest of its [Fallbacks] that the policy has, "" if it has none.
func (p Policy) Effective(name string) string {
	if p.Has(name) {
		return name
	}
	for _, fallback := range Fallbacks(name) {
		if p.Has(fallback) {
			return fallback
		}
	}
	return ""
}

// Fallbacks returns the directives that browsers consult, in this order, where a
// policy lacks the named one:
// https://w3c.github.io/webappsec-csp/#directive-fallback-list.
func Fallbacks(name string) []string {
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
	case "default-src":
		return nil
	}
	if IsFetch(name) {
		return []string{"default-src"}
	}
	return nil
}
