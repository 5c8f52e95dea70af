package httpsec

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
	"github.com/httpsec/httpsec/internal/fields"
)

// Audit lists what is legal in h but unwise in production, the defaults that are
// kept for compatibility among them; nil when there is nothing. It passes over
// what [SecurityHeaders] refuses.
func (h Headers) Audit() []Finding {
	a := headersAudit{h: h, values: map[string]string{}}
	for _, f := range h.fields() {
		if f.value == Omit || len(f.flaws()) == 0 {
			a.values[f.name] = f.sentValue()
		}
	}
	a.policy(headerCSP)
	a.policy(headerCSPReportOnly)
	a.permissions()
	a.referrer()
	a.hsts()
	a.omitted()
	a.framing()
	if value, ok := a.values[headerXSSProtection]; ok && value != Omit && value != "0" {
		a.add(headerXSSProtection, value, `steers a filter that browsers dropped for its own holes; write "0", or Omit`)
	}
	a.groups()
	a.extra()
	return a.findings
}

// headersAudit collects what there is to say about one configuration.
type headersAudit struct {
	h        Headers
	values   map[string]string // by name, the ones that are valid, or Omit
	findings findings
}

func (a *headersAudit) add(header, value, message string) {
	a.findings.add(field{name: header}.fieldName(), value, message)
}

// value returns a value that is sent, "" if there is none.
func (a *headersAudit) value(header string) string {
	if value := a.values[header]; value != Omit {
		return value
	}
	return ""
}

// policy examines a Content-Security-Policy.
func (a *headersAudit) policy(header string) {
	value := a.value(header)
	if value == "" {
		return
	}
	p := policyAudit{csp.Parse(value), func(value, message string) { a.add(header, value, message) }}
	p.scripts()
	p.styles()
	if header == headerCSPReportOnly {
		if !p.Has("report-uri") && !p.Has("report-to") {
			p.add(value, "neither blocks nor reports; add report-uri with the URL that reports go to")
		}
		return // what it allows, and what it lacks, is for the other policy to say
	}
	p.missing(value)
	p.hosts()
	if p.Has(upgradeDirective) && a.h.ContentSecurityPolicy != "" {
		p.add(upgradeDirective, "breaks pages on plain-http names, and on localhost in Safari; remove it unless the service is only reached over https")
	}
	if p.Has("block-all-mixed-content") {
		p.add("block-all-mixed-content", "does nothing any more: browsers block or upgrade mixed content by themselves; remove it")
	}
}

type policyAudit struct {
	csp.Policy
	add func(value, message string)
}

// effective returns the directives that apply for the names, each once.
func (p policyAudit) effective(names ...string) []string {
	var owners []string
	for _, name := range names {
		if owner := p.Effective(name); owner != "" && !slices.Contains(owners, owner) {
			owners = append(owners, owner)
		}
	}
	return owners
}

func (p policyAudit) sources(name string) []csp.Source {
	values, _ := p.Get(name)
	list := make([]csp.Source, len(values))
	for i, value := range values {
		list[i] = csp.ParseSource(value)
	}
	return list
}

// scripts examines the directives that apply to scripts.
func (p policyAudit) scripts() {
	for _, name := range p.effective("script-src", "script-src-elem", "script-src-attr") {
		sources := p.sources(name)
		trusted := slices.ContainsFunc(sources, isNonceOrHash)
		strict := hasKeyword(sources, "'strict-dynamic'")
		if strict && !trusted && name != "script-src-attr" {
			p.add(name+" 'strict-dynamic'", "blocks every script without a nonce or hash beside it; add NonceSource")
		}
		for _, source := range sources {
			value := name + " " + source.Text
			switch {
			case isKeyword(source, "'unsafe-inline'") && !trusted && !strict:
				p.add(value, "runs any script that is injected"+inlineAdvice(name, "NonceSource or hashes", "event handlers into scripts"))
			case isKeyword(source, "'unsafe-eval'"):
				p.add(value, "runs strings as scripts; remove it, or write 'wasm-unsafe-eval' if it is for WebAssembly")
			case isAnywhere(source) && !strict: // which makes browsers ignore it
				p.add(value, "runs scripts from anywhere; name the hosts, or use NonceSource")
			}
		}
	}
}

// styles examines the directives that apply to styles.
func (p policyAudit) styles() {
	for _, name := range p.effective("style-src", "style-src-elem", "style-src-attr") {
		if sources := p.sources(name); hasKeyword(sources, "'unsafe-inline'") && !slices.ContainsFunc(sources, isNonceOrHash) {
			p.add(name+" 'unsafe-inline'", "lets injected styles read and redress the page"+inlineAdvice(name, "nonces or hashes", "styles into style sheets"))
		}
	}
}

// inlineAdvice says what to write instead of 'unsafe-inline': attributes have no
// nonces.
func inlineAdvice(name, instead, move string) string {
	if strings.HasSuffix(name, "-attr") {
		return "; move " + move
	}
	return "; use " + instead
}

// missing names what a policy does not restrict.
func (p policyAudit) missing(value string) {
	if p.Effective("script-src") == "" {
		p.add(value, "has neither script-src nor default-src, so every script runs; add script-src 'self'")
	}
	if p.Effective("object-src") == "" {
		p.add(value, "has neither object-src nor default-src, so <object> and <embed> load anything; add object-src 'none'")
	}
	trusted := slices.ContainsFunc(p.effective("script-src", "script-src-elem"), func(name string) bool {
		sources := p.sources(name)
		return slices.ContainsFunc(sources, isNonceOrHash) || hasKeyword(sources, "'strict-dynamic'")
	})
	if trusted && !p.Has("base-uri") {
		p.add(value, "has no base-uri, so an injected <base> takes relative scripts elsewhere; add base-uri 'none'")
	}
	if trusted && !p.Has("form-action") {
		p.add(value, "has no form-action, so an injected form sends what users type elsewhere; add form-action 'self'")
	}
}

// hosts names the sources that allow more hosts than they should.
func (p policyAudit) hosts() {
	for _, name := range p.effective("connect-src") {
		for _, source := range p.sources(name) {
			if message := connectionAdvice(name, source); message != "" {
				p.add(name+" "+source.Text, message)
			}
		}
	}
	for _, d := range []struct{ name, message string }{
		{"object-src", "loads <object> and <embed> from anywhere; write 'none'"},
		{"base-uri", "lets an injected <base> point anywhere; write 'none' or 'self'"},
		{"frame-ancestors", "lets every site frame the page; name the sites"},
	} {
		for _, source := range p.sources(d.name) {
			if isAnywhere(source) {
				p.add(d.name+" "+source.Text, d.message)
			}
		}
	}
	for _, d := range p.Policy {
		for _, value := range d.Values {
			if (csp.HasSources(d.Name) || d.Name == "report-uri") && isPlainHTTP(value) {
				p.add(d.Name+" "+value, "is plain http, which anyone on the user's network can change; write https")
			}
		}
	}
}

// connectionAdvice says what a source allows of fetch and sockets, if that is too
// much. Of default-src only what concerns sockets is said: the rest is said of the
// scripts that it allows.
func connectionAdvice(name string, source csp.Source) string {
	switch {
	case !isAnyHost(source):
		return ""
	case source.Scheme == "ws" || source.Scheme == "wss":
		return "allows sockets to every host; name the hosts, such as wss://app.example.com"
	case !isAnywhere(source) || source.Scheme == "data":
		return ""
	case name != "default-src":
		return "lets scripts send data to every host; name the hosts"
	case source.Scheme == "":
		return "allows requests and sockets to every host; name the hosts"
	}
	return ""
}

// isPlainHTTP reports whether a source or URL is http, other than on the machine
// itself.
func isPlainHTTP(value string) bool {
	scheme, rest, _ := strings.Cut(strings.ToLower(value), ":")
	host, _, _ := strings.Cut(strings.TrimPrefix(rest, "//"), "/")
	name, _, _ := strings.Cut(host, ":")
	return scheme == "http" && !isOwnMachine(name)
}

func isKeyword(source csp.Source, keyword string) bool {
	return source.Kind == csp.Keyword && source.Value == keyword
}

func hasKeyword(sources []csp.Source, keyword string) bool {
	return slices.ContainsFunc(sources, func(source csp.Source) bool { return isKeyword(source, keyword) })
}

// isNonceOrHash reports whether the source makes browsers ignore 'unsafe-inline':
// https://w3c.github.io/webappsec-csp/#allow-all-inline.
func isNonceOrHash(source csp.Source) bool {
	return source.Kind == csp.Nonce || source.Kind == csp.Hash || source.Text == NonceSource
}

// isAnyHost reports whether the source names no host: "*", "https:", "wss://*:*".
func isAnyHost(source csp.Source) bool {
	return source.Kind == csp.Scheme || source.Kind == csp.Host && source.Host == "*"
}

// isAnywhere reports whether anyone can provide what the source allows. Other
// schemes than these have no hosts, or only the user's own extensions.
func isAnywhere(source csp.Source) bool {
	switch source.Scheme {
	case "", "http", "https", "data":
		return isAnyHost(source)
	}
	return false
}

// permissions names the features that no browser knows.
func (a *headersAudit) permissions() {
	for _, name := range unknownFeatures(a.value(headerPermissions)) {
		a.add(headerPermissions, name, "is a feature that no browser knows; remove it, or correct its name")
	}
}

func (a *headersAudit) referrer() {
	const advice = `; write "strict-origin-when-cross-origin"`
	// Browsers take the last policy of a fallback list.
	policy := ""
	for element := range fields.Elements([]string{a.value(headerReferrer)}) {
		policy = strings.ToLower(element)
	}
	switch policy {
	case "unsafe-url":
		a.add(headerReferrer, policy, "shows whole addresses to every site, over plain http too"+advice)
	case "no-referrer-when-downgrade":
		a.add(headerReferrer, policy, "shows whole addresses to every https site"+advice)
	case "no-referrer":
		a.add(headerReferrer, policy, `makes form posts carry "Origin: null", which same-origin checks refuse`+advice)
	}
}

func (a *headersAudit) hsts() {
	const leastDays = 180
	value, ok := a.values[headerHSTS]
	seconds, _ := hstsMaxAge(value)
	switch {
	case !ok || a.inExtra(headerHSTS): // refused, or unchecked
	case value == Omit:
		a.add(headerHSTS, Omit, "lets a network downgrade the first request of every visit; leave it empty for a year of https")
	case seconds < leastDays*24*60*60:
		a.add(headerHSTS, value, "protects for less than 180 days after a visit; write max-age=31536000")
	}
}

// inExtra reports whether the header is sent unchecked.
func (a *headersAudit) inExtra(header string) bool {
	for name := range a.h.Extra {
		if canonical(name) == canonical(header) {
			return true
		}
	}
	return false
}

// omitted names the protection that is missing.
func (a *headersAudit) omitted() {
	for _, header := range []struct{ name, message string }{
		{headerCSP, "leaves injected scripts and foreign frames to chance; leave it empty for DefaultCSP, or use APIHeaders"},
		{headerContentTypeOptions, "lets browsers run uploads as scripts; leave it empty"},
	} {
		if a.values[header.name] == Omit && !a.inExtra(header.name) {
			a.add(header.name, Omit, header.message)
		}
	}
}

// framing compares the two headers that say who may frame a page.
func (a *headersAudit) framing() {
	options, ok := a.values[headerFrameOptions]
	policy, known := a.values[headerCSP]
	ancestors, restricts := csp.Parse(policy).Get("frame-ancestors")
	if !ok || !known || a.inExtra(headerFrameOptions) || a.inExtra(headerCSP) {
		return
	}
	if options == Omit {
		if !restricts {
			a.add(headerFrameOptions, Omit, "lets every site frame the pages; leave it empty, or add frame-ancestors to the policy")
		}
		return
	}
	if !restricts {
		return
	}
	equivalent := ""
	lower := strings.ToLower(strings.Join(ancestors, " "))
	switch words := slices.Compact(strings.Fields(lower)); {
	case slices.Equal(words, []string{noneSource}):
		equivalent = "DENY"
	case slices.Equal(words, []string{"'self'"}):
		equivalent = "SAMEORIGIN"
	}
	switch {
	case equivalent == "":
		a.add(headerFrameOptions, options, "says less than frame-ancestors does, which browsers follow instead; write Omit")
	case repeatedWord(options) != strings.ToLower(equivalent):
		a.add(headerFrameOptions, options, "disagrees with frame-ancestors, which browsers follow instead; write "+strconv.Quote(equivalent))
	}
}

// groups looks for report-to groups that are defined nowhere: with one, browsers
// do not even report to report-uri.
func (a *headersAudit) groups() {
	defined, ok := a.definedGroups()
	if !ok {
		return // what defines them is refused
	}
	check := func(header, group string) {
		if !slices.Contains(defined, group) {
			a.add(header, "report-to "+group, "names a group that ReportingEndpoints lacks; add it there")
		}
	}
	for _, header := range []string{headerCSP, headerCSPReportOnly} {
		groups, _ := csp.Parse(a.value(header)).Get("report-to")
		for _, group := range groups {
			check(header, group)
		}
	}
	for _, header := range []string{headerEmbedder, headerOpener} {
		_, parameters, _ := fields.ParseItem(a.value(header))
		for _, p := range parameters {
			check(header, p.Value.Text)
		}
	}
	members, _ := fields.ParseDictionary(a.value(headerPermissions))
	for _, m := range members {
		for _, p := range m.Parameters {
			check(headerPermissions, p.Value.Text)
		}
	}
}

// definedGroups returns the names in Reporting-Endpoints and in Report-To, and
// whether they can be read.
func (a *headersAudit) definedGroups() (names []string, ok bool) {
	endpoints, ok := a.values[headerEndpoints]
	if !ok {
		return nil, false
	}
	if endpoints == Omit {
		endpoints = ""
	}
	for name, value := range a.h.Extra {
		switch canonical(name) {
		case headerEndpoints:
			endpoints = value
		case "Report-To":
			var groups []struct{ Group string }
			if json.Unmarshal([]byte("["+value+"]"), &groups) != nil {
				return nil, false
			}
			for _, group := range groups {
				if group.Group == "" {
					group.Group = "default"
				}
				names = append(names, group.Group)
			}
		}
	}
	members, err := fields.ParseDictionary(endpoints)
	for _, m := range members {
		names = append(names, m.Key)
	}
	return names, err == nil
}

// extra names the words in Extra that no browser knows.
func (a *headersAudit) extra() {
	for _, name := range sortedKeys(a.h.Extra) {
		value := fields.Trim(a.h.Extra[name])
		extra, ok := extraHeaders[canonical(name)]
		if !ok || extra.unknown == nil || len(checkExtraValue(canonical(name), value)) > 0 {
			continue
		}
		for _, word := range extra.unknown(value) {
			a.findings.add(extraName(name), word, "is a word that no browser knows; remove it, or correct it")
		}
	}
}
