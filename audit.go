package httpsec

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Finding is something that a configuration may say but, in production, hardly
// should. Print it, or fail a test on it.
type Finding struct {
	// Field is what is set, such as "Config.Origins" or "Headers.XXSSProtection".
	Field string

	// Value is what it is about: an entry, a source, or the whole value.
	Value string

	// Message is what that means, and what to do instead.
	Message string
}

// String returns one line: `Field: "value" message`.
func (f Finding) String() string {
	return f.Field + ": " + strconv.Quote(f.Value) + " " + f.Message
}

// findings collects what an audit of one configuration has to say.
type findings []Finding

func (list *findings) add(field, value, message string) {
	*list = append(*list, Finding{field, value, message})
}

// Audit lists what is legal in c but unwise in production, such as development
// origins and wildcards; nil when there is nothing. It passes over what
// [NewPolicy] refuses.
func (c Config) Audit() []Finding {
	var list findings
	anyone := slices.Contains(c.Origins, "*")
	if anyone {
		c.auditAnyone(&list)
	}
	for _, origin := range c.Origins {
		credentials := c.Credentials && !anyone
		if e, problem, _ := parseEntry(origin, credentials); problem == "" {
			e.audit(origin, credentials, &list)
		}
	}
	if slices.Contains(c.Methods, "*") {
		list.add("Config.Methods", "*", "allows methods that nobody thought of; list the ones the service has")
	}
	if c.Headers == nil || slices.Contains(c.Headers, "*") {
		list.add("Config.Headers", "*", "allows any request header; list the ones the service reads")
	}
	c.auditNames(&list)
	switch {
	case c.MaxAge%time.Second != 0: // refused
	case c.MaxAge > 24*time.Hour:
		list.add("Config.MaxAge", c.MaxAge.String(), "is more than browsers keep, 2h in Chromium and 24h in Firefox; write 24 * time.Hour or less")
	case c.MaxAge > 2*time.Hour:
		list.add("Config.MaxAge", c.MaxAge.String(), "is more than the 2h that Chromium keeps; write 2 * time.Hour")
	}
	return list
}

func (c Config) auditAnyone(list *findings) {
	list.add("Config.Origins", "*", "lets every site read every response; list the origins, unless all of it is public")
	if slices.ContainsFunc(c.Origins, func(origin string) bool { return origin != "*" }) {
		list.add("Config.Origins", "*", "makes the entries beside it meaningless; remove it or them")
	}
	if c.Credentials {
		list.add("Config.Credentials", "true", `is switched off by "*" in Origins; list the origins, or write false`)
	}
	if c.OriginFunc != nil {
		list.add("Config.OriginFunc", "func", `is never called beside "*" in Origins; remove one of the two`)
	}
}

// audit examines one entry of Config.Origins.
func (e entry) audit(origin string, credentials bool, list *findings) {
	add := func(message string) { list.add("Config.Origins", origin, message) }
	switch {
	case isSpecial(e.scheme) && isLoopback(e.host):
		add("is a development origin, which any program on a user's machine can serve; remove it")
	case e.scheme == "http":
		add("can be forged by anyone on the user's network; use https")
	}
	switch {
	case e.coversPublicSuffix(): // with credentials it is refused
		add("covers a public suffix, where anyone can have a site; list the origins")
	case e.subdomains && credentials:
		add("lets one compromised subdomain use every user's credentials; list the origins")
	}
}

// forbiddenRequestHeaders are set by browsers and never by scripts, so no
// preflight names them: https://fetch.spec.whatwg.org/#forbidden-request-header.
var forbiddenRequestHeaders = []string{
	"accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
	"connection", "content-length", "cookie", "cookie2", "date", "dnt", "expect", "host", "keep-alive",
	"origin", "referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "via",
}

func (c Config) auditNames(list *findings) {
	for _, name := range c.Headers {
		lower := strings.ToLower(name)
		forbidden := slices.Contains(forbiddenRequestHeaders, lower) ||
			strings.HasPrefix(lower, "proxy-") || strings.HasPrefix(lower, "sec-")
		if forbidden && isToken(name) {
			list.add("Config.Headers", name, "is set by browsers alone and never asked for; remove it")
		}
	}
	for _, name := range c.ExposeHeaders {
		// https://fetch.spec.whatwg.org/#forbidden-response-header-name
		if lower := strings.ToLower(name); lower == "set-cookie" || lower == "set-cookie2" {
			list.add("Config.ExposeHeaders", name, "is never shown to scripts; remove it")
		}
	}
}

// Audit lists what is legal in h but unwise in production, the defaults that are
// kept for compatibility among them; nil when there is nothing. It passes over
// what [SecurityHeaders] refuses.
func (h Headers) Audit() []Finding {
	var list findings
	values := map[string]string{} // the valid ones, by header name
	for _, field := range headerFields {
		value, valid := field.effective(h), true
		if value == Omit {
			continue
		}
		field.validate(value, func(string, string) { valid = false })
		if valid {
			values[field.name] = value
		}
	}
	auditCSP("Headers.ContentSecurityPolicy", values[headerCSP], true, &list)
	auditCSP("Headers.ContentSecurityPolicyReportOnly", values[headerCSPReportOnly], false, &list)
	auditFraming(values, &list)
	if policy, ok := values["Referrer-Policy"]; ok {
		auditReferrerPolicy(policy, &list)
	}
	h.auditHSTS(values[headerHSTS], &list)
	if value, ok := values["X-XSS-Protection"]; ok && value != "0" {
		list.add("Headers.XXSSProtection", value, `steers a filter that browsers dropped for its own holes; write "0", or Omit`)
	}
	auditReporting(h, values, &list)
	return list
}

func auditCSP(field, policy string, enforced bool, list *findings) {
	if policy == "" {
		return
	}
	p := splitCSP(policy)
	add := func(value, message string) { list.add(field, value, message) }
	for _, name := range p.owners("script-src", "script-src-elem", "script-src-attr") {
		auditScripts(name, p.sources(name), add)
	}
	for _, name := range p.owners("style-src", "style-src-elem", "style-src-attr") {
		sources := p.sources(name)
		if slices.ContainsFunc(sources, isUnsafeInline) && !slices.ContainsFunc(sources, overridesInline) {
			add(name+" 'unsafe-inline'", "lets injected styles read and redress the page; use nonces or hashes")
		}
	}
	if !enforced {
		return // what it allows, and what it lacks, is for the other policy to say
	}
	for _, d := range p.directives {
		for _, source := range d.sources {
			if strings.HasPrefix(strings.ToLower(source), "ws") && isAnyHost(source) {
				add(d.name+" "+source, "allows sockets to every host; name the hosts, such as wss://app.example.com")
			}
		}
	}
	if p.owner("object-src") == "" {
		add(policy, "has neither object-src nor default-src, so plug-ins may run; add object-src 'none'")
	}
	if p.index("upgrade-insecure-requests") >= 0 {
		add("upgrade-insecure-requests", "breaks plain-http names other than loopback; remove it unless the service is only reached over https")
	}
}

// owners returns the directives that apply for the names, each once.
func (p CSP) owners(names ...string) []string {
	var owners []string
	for _, name := range names {
		if owner := p.owner(name); owner != "" && !slices.Contains(owners, owner) {
			owners = append(owners, owner)
		}
	}
	return owners
}

// isAnyHost reports whether the source names no host: "*", "https:", "wss://*:*".
func isAnyHost(source string) bool {
	if strings.HasSuffix(source, ":") {
		return true
	}
	if _, rest, ok := strings.Cut(source, "://"); ok {
		source = rest
	}
	host, _, _ := strings.Cut(strings.ReplaceAll(source, "/", ":"), ":")
	return host == "*"
}

// auditScripts examines a directive that applies to scripts.
func auditScripts(name string, sources []string, add func(value, message string)) {
	strictDynamic := slices.ContainsFunc(sources, func(s string) bool { return strings.EqualFold(s, "'strict-dynamic'") })
	for _, source := range sources {
		value := name + " " + source
		switch lower := strings.ToLower(source); {
		case isUnsafeInline(source):
			if !slices.ContainsFunc(sources, overridesInline) {
				add(value, "runs any script that is injected; use NonceSource or hashes")
			}
		case lower == "'unsafe-eval'":
			add(value, "runs strings as scripts; remove it, or write 'wasm-unsafe-eval' if it is for WebAssembly")
		case isAnyHost(source):
			if !strictDynamic { // which makes browsers ignore it
				add(value, "runs scripts from anywhere; name the hosts, or use NonceSource")
			}
		case strings.HasPrefix(lower, "'nonce-") && source != NonceSource:
			add(value, "is the same for every request, so whoever injects a script knows it; use NonceSource")
		}
	}
}

func isUnsafeInline(source string) bool { return strings.EqualFold(source, "'unsafe-inline'") }

// overridesInline reports whether the source makes browsers ignore 'unsafe-inline':
// https://w3c.github.io/webappsec-csp/#allow-all-inline.
func overridesInline(source string) bool {
	lower := strings.ToLower(source)
	return lower == "'strict-dynamic'" || strings.HasPrefix(lower, "'nonce-") || strings.HasPrefix(lower, "'sha")
}

func auditFraming(values map[string]string, list *findings) {
	options, sent := values["X-Frame-Options"]
	ancestors := splitCSP(values[headerCSP]).sources("frame-ancestors")
	if !sent || ancestors == nil {
		return
	}
	equivalent := ""
	switch strings.ToLower(strings.Join(ancestors, " ")) {
	case "'none'":
		equivalent = "DENY"
	case "'self'":
		equivalent = "SAMEORIGIN"
	}
	switch {
	case equivalent == "":
		list.add("Headers.XFrameOptions", options, "says less than frame-ancestors does, which browsers follow instead; write Omit")
	case !strings.EqualFold(options, equivalent):
		list.add("Headers.XFrameOptions", options, "disagrees with frame-ancestors, which browsers follow instead; write "+strconv.Quote(equivalent))
	}
}

func auditReferrerPolicy(value string, list *findings) {
	// Browsers take the last policy of a fallback list.
	policy := trim(value[strings.LastIndexByte(value, ',')+1:])
	const advice = `; write "strict-origin-when-cross-origin"`
	switch policy {
	case "unsafe-url":
		list.add("Headers.ReferrerPolicy", policy, "shows whole addresses to every site, over plain http too"+advice)
	case "no-referrer":
		list.add("Headers.ReferrerPolicy", policy, `makes form posts carry "Origin: null", which same-origin checks refuse`+advice)
	}
}

func (h Headers) auditHSTS(value string, list *findings) {
	const field = "Headers.StrictTransportSecurity"
	const leastDays = 180
	switch {
	case h.StrictTransportSecurity == Omit:
		list.add(field, Omit, "lets a network downgrade the first request of every visit; leave it empty for a year of https")
	case value != "" && hstsMaxAge(value) < leastDays*24*60*60:
		list.add(field, value, "protects for less than 180 days after a visit; write max-age=31536000")
	}
}

// auditReporting looks for report-to groups that Reporting-Endpoints does not
// have.
func auditReporting(h Headers, values map[string]string, list *findings) {
	endpoints := scanner{s: values["Reporting-Endpoints"]}
	if endpoints.s == "" && h.ReportingEndpoints != "" && h.ReportingEndpoints != Omit {
		return // it is refused
	}
	known := endpoints.dictionary()
	check := func(header, group string) {
		if !slices.ContainsFunc(known, func(m member) bool { return m.key == group }) {
			list.add("Headers."+strings.ReplaceAll(header, "-", ""), "report-to "+group, "names a group that ReportingEndpoints lacks; add it there")
		}
	}
	for _, header := range []string{headerCSP, headerCSPReportOnly} {
		for _, group := range splitCSP(values[header]).sources("report-to") {
			check(header, group)
		}
	}
	for _, header := range []string{"Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy"} {
		token, _, _ := strings.Cut(values[header], ";")
		scan := scanner{s: values[header], i: len(token)}
		for _, p := range scan.parameters() {
			check(header, p.value.text)
		}
	}
	permissions := scanner{s: values["Permissions-Policy"]}
	for _, m := range permissions.dictionary() {
		for _, p := range m.parameters {
			check("Permissions-Policy", p.value.text)
		}
	}
}
