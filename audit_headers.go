package httpsec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
)

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
	policy := fields.Trim(value[strings.LastIndexByte(value, ',')+1:])
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
