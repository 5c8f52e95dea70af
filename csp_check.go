package httpsec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
	"github.com/httpsec/httpsec/internal/fields"
)

// ParseCSP reads a policy as it stands in the header, or as people write it on
// several lines: any ASCII white space separates, and a semicolon at the end is
// fine. "" and [Omit] are the empty policy.
//
// The error joins a [*ConfigError], with the Field "CSP", for everything that
// [SecurityHeaders] would refuse in the policy of a single response: a nonce of
// that response is allowed here.
func ParseCSP(policy string) (CSP, error) {
	if policy == "" || policy == Omit {
		return CSP{}, nil
	}
	var errs problems
	check := func(policy string) []flaw { return checkPolicy(policy, anyPolicy) }
	errs.add("CSP", policy, checkHidden(policy, check)...)
	if len(errs) > 0 {
		return CSP{}, errs.join()
	}
	return CSP{csp.Parse(policy)}, nil
}

func checkEnforcedCSP(value string) []flaw { return checkPolicy(value, enforcedPolicy) }

func checkReportOnlyCSP(value string) []flaw { return checkPolicy(value, reportOnlyPolicy) }

// checkPolicy says everything that is wrong with a policy, whatever is wrong before
// it: a directive that a comma or a missing semicolon hides is checked as if it
// were there.
func checkPolicy(policy string, use policyUse) []flaw {
	c := policyCheck{use: use, seen: map[string]bool{}, present: map[string]bool{}}
	for part := range strings.SplitSeq(policy, ";") {
		if words := csp.Fields(part); len(words) > 0 {
			c.present[strings.ToLower(words[0])] = true
		}
	}
	if i := strings.IndexByte(policy, '\f'); i >= 0 && use != anyPolicy {
		// It separates, but does not belong into a header.
		problem := quote(policy) + " has a form feed at byte " + strconv.Itoa(i)
		c.add(flaw{problem: problem, fix: "write a space"})
	}
	for part := range strings.SplitSeq(policy, ";") {
		if c.full() {
			break
		}
		for _, words := range c.split(csp.Fields(part)) {
			c.directive(words)
		}
	}
	if len(c.seen) == 0 && len(c.flaws) == 0 {
		c.add(flaw{problem: quote(policy) + " has no directive", fix: "write Omit to send none"})
	}
	return c.flaws
}

// directive checks a directive: its name and its values.
func (c *policyCheck) directive(words []string) {
	written, values := words[0], words[1:]
	name := strings.ToLower(written)
	seen := c.seen[name]
	c.seen[name] = true
	switch {
	case !csp.IsDirective(name):
		f := c.unknownDirective(written)
		if c.add(f); f.suggestion == "" {
			return
		}
		meant := csp.Fields(f.suggestion)
		written, values = meant[0], append(meant[1:], values...) // so the values are checked, too
		c.seen[written], c.present[written] = true, true
	case seen:
		c.add(flaw{problem: "directive " + quote(written) + " is repeated, and browsers ignore the second", fix: mergeFix(name)})
		return
	case c.use == reportOnlyPolicy && isEnforcedOnly(name):
		c.add(flaw{problem: quote(written) + " is ignored in a report-only policy", fix: `remove it, as Without("` + name + `") does`})
	}
	c.values(written, values)
}

// isEnforcedOnly reports whether a directive changes the page itself, so that there
// is nothing to report: https://w3c.github.io/webappsec-csp/#cspro-header.
func isEnforcedOnly(name string) bool { return name == "sandbox" || name == upgradeDirective }

func mergeFix(name string) string {
	if csp.HasSources(name) {
		return "write all sources in one"
	}
	return "remove one"
}

// insteadOf says in our words what does the work of directives that browsers
// dropped, where something does.
var insteadOf = map[string]string{
	"Cross-Origin-Opener-Policy": "set CrossOriginOpenerPolicy instead",
	"Integrity-Policy":           `set Extra["Integrity-Policy"] instead`,
	"Referrer-Policy":            "set ReferrerPolicy instead",
	"default-src":                "remove it: default-src decides",
	"object-src 'none'":          "write object-src 'none' instead",
}

// unknownDirective is the flaw of a name that no browser knows. It offers a name
// that the policy does not have yet.
func (c *policyCheck) unknownDirective(written string) flaw {
	name := strings.ToLower(written)
	if instead, dropped := csp.Dropped(name); dropped {
		fix := insteadOf[instead]
		if fix == "" {
			fix = "remove it"
		}
		return flaw{problem: "directive " + quote(written) + " is ignored: browsers dropped it", fix: fix}
	}
	problem := "unknown directive " + quote(written)
	absent := slices.DeleteFunc(csp.Directives(), func(name string) bool {
		return c.present[name] || c.use == reportOnlyPolicy && isEnforcedOnly(name)
	})
	if bare := strings.Trim(name, `:='",.`); slices.Contains(absent, bare) {
		return writing(problem, bare)
	}
	if asciiProblem(written) == "" && strings.ContainsAny(written, "':/*") && csp.ParseSource(written).Kind != csp.Invalid {
		return flaw{problem: quote(written) + " is a source where the name of a directive belongs", fix: "write the name before it"}
	}
	if bytes := asciiProblem(written); bytes != "" {
		problem += ", which " + bytes
		if words := csp.Fields(straightened(name)); len(words) > 0 && slices.Contains(absent, words[0]) {
			return writing(problem, strings.Join(words, " "))
		}
		return flaw{problem: problem}
	}
	return didYouMean(problem, written, absent)
}

// values checks what stands behind the name of a directive, which flaws quote as it
// is written.
func (c *policyCheck) values(name string, values []string) {
	switch strings.ToLower(name) {
	case "block-all-mixed-content", upgradeDirective:
		c.each(name, values, func(value string) flaw {
			return flaw{problem: quote(value) + " is a value, and the directive takes none", fix: "remove it"}
		})
	case "report-to":
		c.group(name, values)
	case "report-uri":
		if len(values) == 0 {
			c.add(flaw{problem: quote(name) + " has no URL", fix: "write the URL that reports go to behind it"})
		}
		c.each(name, values, checkReportURI)
	case "sandbox":
		c.each(name, values, checkSandboxFlag)
	case "require-trusted-types-for":
		if len(values) == 0 {
			c.add(writing(quote(name)+" has no value", name+" 'script'"))
		}
		c.each(name, values, checkTrustedTypesFor)
	case "trusted-types":
		c.each(name, values, func(value string) flaw { return checkTrustedTypes(value, len(values) == 1) })
	default:
		c.sources(name, values)
	}
}

// group checks the value of report-to, which names one group.
func (c *policyCheck) group(name string, values []string) {
	switch {
	case len(values) == 0:
		c.add(flaw{problem: quote(name) + " has no group", fix: "write one of the names in ReportingEndpoints behind it"})
	case len(values) > 1:
		c.add(flaw{problem: name + ": " + quote(values[1]) + " is a second group, which browsers ignore", fix: "remove it"})
	}
	for _, value := range values[:min(1, len(values))] {
		if fields.IsToken(value) {
			continue
		}
		f := flaw{problem: name + ": " + quote(value) + " is not the name of a group"}
		if bare := strings.Trim(value, `"'`); fields.IsToken(bare) && !isDirective(bare) {
			f = writing(f.problem, bare)
		} else if referenceProblem(value) == "" && strings.Contains(value, "/") {
			f.fix = "write one of the names in ReportingEndpoints, or report-uri for a URL"
		}
		c.add(f)
	}
}

func checkReportURI(value string) flaw {
	problem := referenceProblem(value)
	if problem == "" {
		return flaw{}
	}
	problem = quote(value) + " " + problem
	if bare := strings.Trim(value, `"'`); bare != "" && bare != value && referenceProblem(bare) == "" && !isDirective(bare) {
		return writing(problem, bare)
	}
	return flaw{problem: problem}
}

func checkSandboxFlag(value string) flaw {
	lower := strings.ToLower(value)
	if csp.IsSandboxFlag(lower) {
		return flaw{}
	}
	problem := "unknown flag " + quote(value)
	for _, flag := range csp.SandboxFlags() {
		if strings.HasPrefix(lower, flag+"-") || lower == "'"+flag+"'" || "allow-"+lower == flag {
			return writing(problem, flag)
		}
	}
	return didYouMean(problem, value, csp.SandboxFlags())
}

func checkTrustedTypesFor(value string) flaw {
	if strings.EqualFold(value, "'script'") {
		return flaw{}
	}
	return writing("unknown value "+quote(value), "'script'")
}

// checkTrustedTypes checks a value of
// https://w3c.github.io/trusted-types/dist/spec/#trusted-types-csp-directive.
func checkTrustedTypes(value string, alone bool) flaw {
	const nameBytes = "abcdefghijklmnopqrstuvwxyz0123456789-#=_/@.%"
	switch lower := strings.ToLower(value); {
	case lower == noneSource && alone, lower == "'allow-duplicates'", lower == "*", strings.Trim(lower, nameBytes) == "":
		return flaw{}
	case lower == noneSource:
		return flaw{problem: quote(value) + " must be the only value", fix: "remove it"}
	}
	keywords := []string{"'allow-duplicates'"}
	if alone {
		keywords = append(keywords, noneSource)
	}
	return didYouMean(quote(value)+" is not the name of a policy", value, keywords)
}
