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
