package httpsectest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
)

// policy is one Content-Security-Policy of a page.
type policy struct {
	directives csp.Policy
	sources    map[string]*sources
	reportOnly bool
	self       *address
	from       int // the order of the <meta> that holds it; 0: a header
}

func newPolicy(text string, reportOnly bool, self *address) *policy {
	p := &policy{directives: csp.Parse(text), reportOnly: reportOnly, self: self, sources: make(map[string]*sources)}
	for raw := range strings.SplitSeq(text, ";") { // the console quotes values as they were written
		for _, d := range csp.Parse(raw) {
			if _, ok := p.sources[d.Name]; !ok {
				p.sources[d.Name] = newSources(d, csp.TrimSpace(csp.TrimSpace(raw)[len(d.Name):]))
			}
		}
	}
	return p
}

// parsePolicies reads both headers. Each line may hold several policies.
func parsePolicies(header http.Header, self *address) (policies []*policy) {
	for _, reportOnly := range []bool{false, true} {
		name := "Content-Security-Policy"
		if reportOnly {
			name += "-Report-Only"
		}
		for _, line := range header.Values(name) {
			for text := range strings.SplitSeq(line, ",") {
				if p := newPolicy(text, reportOnly, self); len(p.directives) > 0 {
					policies = append(policies, p)
				}
			}
		}
	}
	return policies
}

// governing returns the sources that decide about a directive, and under which name
// they stand; nil if the policy says nothing about it.
func (p *policy) governing(directive string) (*sources, string) {
	name := p.directives.Effective(directive)
	return p.sources[name], name
}

// urlCheck is a question to a page's policies about an address.
type urlCheck struct {
	directive  string // as events name it
	url        *address
	first      *address // before redirects, of a form
	redirected bool
	nonce      string
	integrity  string
	reported   string // the blocked URL of events
	frame      bool   // asked by the browser process, which words it differently
	preload    bool   // of a module, which the parser is not blamed for
	line       int
	order      int
}

// allows is the pre-request check of the directive:
// https://w3c.github.io/webappsec-csp/#directives-fetch.
func (p *policy) allows(c *urlCheck) bool {
	s, _ := p.governing(c.directive)
	if s == nil {
		return true
	}
	switch c.directive {
	case "script-src-elem":
		if s.hasNonce(c.nonce) || s.hasIntegrity(c.integrity) {
			return true
		}
		if s.strictDynamic { // what stands in the markup was put there by the parser
			return c.preload
		}
	case "style-src-elem":
		if s.hasNonce(c.nonce) {
			return true
		}
	}
	return s.matchesURL(c.url, p.self, c.redirected, c.frame)
}

// checkURL asks the policies that enforce, or those that only report, and returns
// what they have against the address.
func (p *Page) checkURL(c *urlCheck, reportOnly bool) (blocked []*Blocked) {
	for _, policy := range p.currentPolicies(c.order) {
		if policy.reportOnly == reportOnly && !policy.allows(c) {
			blocked = append(blocked, policy.blockedURL(c))
		}
	}
	return blocked
}

var verbs = map[string]string{
	"script-src-elem": "Loading the script", "style-src-elem": "Loading the stylesheet", "img-src": "Loading the image",
	"font-src": "Loading the font", "media-src": "Loading media from ", "object-src": "Loading plugin data from",
	"connect-src": "Connecting to", "worker-src": "Creating a worker from", "manifest-src": "Loading manifest from",
	"base-uri": "Setting the document's base URI to", "frame-src": "Framing", "frame-ancestors": "Framing",
	"form-action": "Sending form data to",
}

func (p *policy) blockedURL(c *urlCheck) *Blocked {
	s, name := p.governing(c.directive)
	note := ""
	if s.strictDynamic && c.directive == "script-src-elem" && s.matchesURL(c.url, p.self, c.redirected, c.frame) {
		note = " Note that 'strict-dynamic' is present, so host-based allowlisting is disabled."
	}
	if name != c.directive {
		note += fmt.Sprintf(" Note that '%s' was not explicitly set, so '%s' is used as a fallback.", c.directive, name)
	}
	if s.star {
		note += fmt.Sprintf(" Note that '*' matches only URLs with network schemes ('http', 'https', 'ws', 'wss'), or URLs whose scheme matches `self`'s scheme. The scheme '%s:' must be added explicitly.", c.url.scheme)
	}
	return &Blocked{
		Rule: RuleCSP, Reason: c.directive, URL: c.reported, Message: c.message(s, note, p.reportOnly), Line: c.line,
		ReportOnly: p.reportOnly, Fix: c.fix(),
	}
}

// message is the console's line. The browser process, which judges frames and forms,
// has words of its own.
func (c *urlCheck) message(s *sources, note string, reportOnly bool) string {
	switch {
	case c.frame && reportOnly:
		return fmt.Sprintf("%s '%s' violates the following report-only Content Security Policy directive: \"%s\". The violation has been logged, but no further action has been taken.%s\n",
			verbs[c.directive], c.shown(), s.frameText, note)
	case c.frame:
		return fmt.Sprintf("%s '%s' violates the following Content Security Policy directive: \"%s\". The request has been blocked.%s\n",
			verbs[c.directive], c.shown(), s.frameText, note)
	}
	action := " The action has been blocked."
	if reportOnly {
		action = reportOnlyAction
	}
	return fmt.Sprintf("%s '%s' violates the following Content Security Policy directive: \"%s\".%s%s", verbs[c.directive], c.shown(), s.text, note, action)
}

const reportOnlyAction = " The policy is report-only, so the violation has been logged but no further action has been taken."

// shown is the address as the console quotes it: of a frame of another origin, the
// origin alone.
func (c *urlCheck) shown() string {
	switch {
	case c.directive == "form-action":
		return c.first.String()
	case !c.frame:
		return c.url.String()
	case c.url.host == "":
		return ""
	case c.directive == "frame-ancestors":
		return c.url.origin() + "/"
	case c.reported == c.url.origin():
		return c.reported + "/"
	}
	return c.url.String()
}

func (c *urlCheck) fix() string {
	if c.url.host == "" {
		return c.url.scheme + ":"
	}
	return c.url.origin()
}

// checkReportOnly and checkEnforced ask the page's policies about a request. In a
// redirect the address of events stays the first one.
func (r *request) checkReportOnly() {
	if r.directive != "" {
		r.report(r.client.checkURL(r.cspCheck(), true)...)
	}
}

func (r *request) checkEnforced() *Blocked {
	if r.directive == "" {
		return nil
	}
	blocked := r.client.checkURL(r.cspCheck(), false)
	if len(blocked) == 0 {
		return nil
	}
	r.report(blocked[1:]...) // each policy reports
	return blocked[0]
}

// report notes what does not end the request: among what its loader found, or at the
// page.
func (r *request) report(blocked ...*Blocked) {
	if r.found != nil {
		*r.found = append(*r.found, blocked...)
	} else {
		r.client.report(blocked...)
	}
}

func (r *request) checkCSP() *Blocked {
	r.checkReportOnly()
	return r.checkEnforced()
}

func (r *request) cspCheck() *urlCheck {
	reported := r.first.withoutFragment()
	if r.first.host == "" {
		reported = r.first.scheme
	}
	return &urlCheck{
		directive: r.directive, url: r.url, redirected: r.redirects > 0, nonce: r.nonce, integrity: r.integrity,
		reported: reported, line: r.line, order: r.order,
		preload: r.preload,
	}
}

// inline is what stands in the markup and would run or apply.
type inline struct {
	directive string // as events name it
	content   string
	nonce     string
	attribute bool // handlers, style attributes and javascript: URLs
	line      int
	order     int
}

// checkInline is https://w3c.github.io/webappsec-csp/#should-block-inline.
func (p *Page) checkInline(i *inline) (found []*Blocked, blocked bool) {
	for _, policy := range p.currentPolicies(i.order) {
		s, name := policy.governing(i.directive)
		if s == nil || s.allowsInline(i) {
			continue
		}
		found = append(found, &Blocked{
			Rule: RuleCSP, Reason: i.directive, URL: "inline", Line: i.line, ReportOnly: policy.reportOnly,
			Message: i.message(s, name, policy.reportOnly), Fix: i.fix(),
		})
		blocked = blocked || !policy.reportOnly
	}
	return found, blocked
}

func (s *sources) allowsInline(i *inline) bool {
	switch {
	case s.allowsAllInline():
		return true
	case i.attribute:
		return s.unsafeHashes && s.hasHash(i.content)
	}
	return s.hasNonce(i.nonce) || s.hasHash(i.content)
}

func (i *inline) hashSource() string { return "'sha256-" + digest("sha256", i.content) + "'" }

func (i *inline) fix() string {
	if i.attribute {
		return "'unsafe-hashes' " + i.hashSource()
	}
	return i.hashSource()
}

func (i *inline) message(s *sources, name string, reportOnly bool) string {
	verb := "Executing inline script"
	hash := i.hashSource()
	switch {
	case i.directive == "script-src-attr":
		verb, hash = "Executing inline event handler", "'sha256-...'"
	case i.directive != "script-src-elem":
		verb = "Applying inline style"
	case i.attribute:
		verb, hash = "Running the JavaScript URL", "'sha256-...'"
	}
	message := verb + " violates the following Content Security Policy directive '" + s.text + "'."
	if s.inline && s.nonceOrHash {
		message += " Note that 'unsafe-inline' is ignored if either a hash or nonce value is present in the source list."
	} else {
		message += " Either the 'unsafe-inline' keyword, a hash (" + hash + "), or a nonce ('nonce-...') is required to enable inline execution."
		if i.attribute && !s.unsafeHashes {
			message += " Note that hashes do not apply to event handlers, style attributes and javascript: navigations unless the 'unsafe-hashes' keyword is present."
		}
		if name == "default-src" {
			base, _, _ := strings.Cut(i.directive, "-src")
			message += " Note also that '" + base + "-src' was not explicitly set, so 'default-src' is used as a fallback."
		}
	}
	if reportOnly {
		return message + reportOnlyAction
	}
	return message + " The action has been blocked."
}
