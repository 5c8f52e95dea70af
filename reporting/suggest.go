package reporting

import (
	"slices"
	"strings"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/internal/csp"
	"github.com/httpsec/httpsec/internal/origins"
)

// maxPolicy keeps the suggested policy in a header: proxies take 8 KiB of them all.
const maxPolicy = 4 << 10

// Suggestion is a policy that would have allowed what was reported, as far as that is
// safe, and what was left out. It is a proposal to read, not one to apply by
// itself: anybody can send reports, and name any origin in them.
type Suggestion struct {
	// Policy is the policy that was given, with what was added.
	Policy httpsec.CSP

	// Added is what was added, in the order of the most frequent report of each.
	Added []Addition

	// Refused is what was reported and not allowed, the most frequent first.
	Refused []Refusal
}

// Addition is a source that was added to a policy.
type Addition struct {
	// Directive is the directive that got it.
	Directive string

	// Source is 'self', an origin, or for images, fonts and media data: or blob:.
	Source string

	// Entries are the reports that asked for it, at least one.
	Entries []Entry
}

// Refusal is an entry for which nothing was added.
type Refusal struct {
	Entry Entry

	// Advice says in a sentence why not, or what to do instead.
	Advice string
}

// Suggest returns the policy, widened by what was reported and is safe to allow. It
// is a proposal to read, not one to apply by itself: anybody can send reports, and
// name any origin in them.
//
// It adds the origins of what was blocked, never more, and 'self' in the place of the
// document's own; to images, fonts and media also data: and blob:. It never adds what
// would let injected code run: 'unsafe-inline', 'unsafe-eval', data: and other bare
// schemes for scripts, anything for plugins, a base URL of another origin, what only
// noise named, or an http: origin for an https: document. Hosts mean nothing to
// scripts under 'strict-dynamic', so that none is added there. It does not know which
// hosts serve anybody's files: look at what it adds to script-src. The policy stays
// under 4 KiB.
func (t *Tally) Suggest(policy httpsec.CSP) Suggestion {
	s := suggester{Suggestion: Suggestion{Policy: policy}, given: directives(policy), length: len(policy.String())}
	for _, e := range t.Entries() {
		if e.Type != typeCSP {
			continue
		}
		source, advice := s.judge(&e)
		if advice == "" {
			advice = s.add(s.target(e.Directive), source, e)
		}
		if advice != "" {
			s.Refused = append(s.Refused, Refusal{e, advice})
		}
	}
	return s.Suggestion
}

type suggester struct {
	Suggestion
	given  csp.Policy
	length int // of the policy so far
}

// add adds a source, unless the policy would become too long.
func (s *suggester) add(directive, source string, e Entry) (advice string) {
	added := slices.IndexFunc(s.Added, func(a Addition) bool { return a.Directive == directive && a.Source == source })
	if added >= 0 {
		s.Added[added].Entries = append(s.Added[added].Entries, e)
		return ""
	}
	const tooLong = "the policy would no longer fit a header: allow fewer origins, or a whole domain by hand"
	if s.length+len(" "+source)-len(" 'none'") >= maxPolicy { // nothing to try, as for most of a flood
		return tooLong
	}
	wider := s.widen(directive, source)
	length := len(wider.String())
	if length >= maxPolicy {
		return tooLong
	}
	s.Policy, s.length = wider, length
	s.Added = append(s.Added, Addition{directive, source, []Entry{e}})
	return ""
}

// widen returns the policy with one more source. A directive that is not there yet
// starts from what applies in its place in the policy that was given, and not from
// what was added to that meanwhile.
func (s *suggester) widen(directive, source string) httpsec.CSP {
	sources, ok := directives(s.Policy).Get(directive)
	if !ok {
		sources, _ = s.given.Get(s.given.Effective(directive))
	}
	sources = slices.DeleteFunc(slices.Clone(sources), func(source string) bool { return strings.EqualFold(source, "'none'") })
	return s.Policy.With(directive, append(sources, source)...)
}

// directives returns a policy as what it says.
func directives(policy httpsec.CSP) (p csp.Policy) {
	for name, values := range policy.All() {
		p = append(p, csp.Directive{Name: name, Values: values})
	}
	return p
}

// target returns the directive to widen. Safari before 15.4 does not know -elem, so
// that it is not introduced where the policy does without.
func (s *suggester) target(directive string) string {
	if s.given.Has(directive) {
		return directive
	}
	return strings.TrimSuffix(directive, "-elem")
}

// judge returns the source that would let an entry pass, or else why there is none.
func (s *suggester) judge(e *Entry) (source, advice string) {
	if e.Noise != "" {
		return "", noiseAdvice(e.Noise)
	}
	if advice := directiveAdvice(e.Directive); advice != "" {
		return "", advice
	}
	owner := s.given.Effective(e.Directive)
	if owner == "" {
		return "", "the policy does not restrict " + e.Directive + " any more"
	}
	sources, _ := s.given.Get(owner)
	if source, advice = sourceOf(e); advice != "" {
		return "", advice
	}
	switch {
	case runsScripts(e.Directive) && hasKeyword(sources, "'strict-dynamic'"):
		return "", "hosts mean nothing under 'strict-dynamic': load it from a script that has a nonce or a hash, or give its element the nonce"
	case allows(sources, e.Blocked, e.Document):
		return "", "the policy allows the origin already: a redirect led elsewhere, which no report names, or a source has another path"
	}
	return source, ""
}

// sourceOf returns the source that stands for what was blocked, whatever the policy
// is, or else why there is none.
func sourceOf(e *Entry) (source, advice string) {
	scheme, _, isOrigin := strings.Cut(e.Blocked, "://")
	switch {
	case !isOrigin && (scheme == "data" || scheme == "blob") && isPassive(e.Directive):
		return scheme + ":", ""
	case !isOrigin:
		return "", wordAdvice(e)
	case strings.HasSuffix(e.Directive, "-attr"):
		return "", "no attribute loads from an origin: somebody made the report up"
	case e.Document == "":
		return "", "the report does not name its document"
	case !isSource(scheme, e.Blocked):
		return "", "no policy can name that origin"
	case (scheme == "http" || scheme == "ws") && !strings.HasPrefix(e.Document, "http://"):
		return "", "the origin is not encrypted, the document is: load it over " + scheme + "s"
	case e.Blocked == e.Document:
		return "'self'", ""
	case e.Directive == "base-uri":
		return "", "a base URL of another origin redirects every relative script: remove the <base> element"
	}
	return e.Blocked, ""
}

// isSource reports whether what was blocked is an origin of the network that can
// stand in a policy: an IPv6 address cannot, for instance.
func isSource(scheme, origin string) bool {
	page := origin // pages have no origins of ws and wss; those of sockets look alike
	switch scheme {
	case "http", "https":
	case "ws", "wss":
		page = "http" + strings.TrimPrefix(origin, "ws")
	default:
		return false
	}
	if !origins.Valid(page) {
		return false
	}
	_, err := httpsec.ParseCSP("img-src " + origin)
	return err == nil
}

// isPassive reports whether what the directive is about cannot run code.
func isPassive(directive string) bool {
	return directive == "img-src" || directive == "font-src" || directive == "media-src"
}

// runsScripts reports whether the directive obeys 'strict-dynamic':
// https://w3c.github.io/webappsec-csp/#script-pre-request. Workers do where script-src
// decides about them.
func runsScripts(directive string) bool {
	return strings.HasPrefix(directive, "script-src") || directive == "worker-src"
}

func hasKeyword(sources []string, keyword string) bool {
	return slices.ContainsFunc(sources, func(source string) bool { return strings.EqualFold(source, keyword) })
}
