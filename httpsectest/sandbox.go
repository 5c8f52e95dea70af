package httpsectest

import "strings"

// sandbox is what a sandboxed document may do nevertheless:
// https://html.spec.whatwg.org/#sandboxing.
type sandbox struct{ scripts, sameOrigin, forms, popups, top bool }

func parseSandbox(words []string) *sandbox {
	s := new(sandbox)
	for _, word := range words {
		switch strings.ToLower(word) {
		case "allow-scripts":
			s.scripts = true
		case "allow-same-origin":
			s.sameOrigin = true
		case "allow-forms":
			s.forms = true
		case "allow-popups":
			s.popups = true
		case "allow-top-navigation", "allow-top-navigation-by-user-activation":
			s.top = true
		}
	}
	return s
}

// and returns what both allow; nil allows everything.
func (s *sandbox) and(other *sandbox) *sandbox {
	switch {
	case s == nil:
		return other
	case other == nil:
		return s
	}
	return &sandbox{
		s.scripts && other.scripts, s.sameOrigin && other.sameOrigin, s.forms && other.forms,
		s.popups && other.popups, s.top && other.top,
	}
}

func (s *sandbox) blocksScripts() bool { return s != nil && !s.scripts }
