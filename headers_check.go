package httpsec

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
)

// A check of a header's value takes it without the white space around it. It may
// hold any byte.

// inBytes returns a check that looks at the bytes of a value first.
func inBytes(check func(string) []flaw) func(string) []flaw {
	return func(value string) []flaw {
		if flaws := byteFlaws(value, check); len(flaws) > 0 {
			return flaws
		}
		return check(value)
	}
}

// byteFlaws says which bytes of a value do not belong into a header, each kind once
// (https://www.rfc-editor.org/rfc/rfc9110#section-5.5). It offers the value without
// them, if check finds nothing wrong with that.
func byteFlaws(value string, check func(string) []flaw) []flaw {
	var flaws []flaw
	add := func(what string, i int, mended, otherwise string) {
		f := flaw{problem: quote(value) + " has " + what + " at byte " + strconv.Itoa(i), fix: otherwise}
		if mended != "" && mended != Omit && !hasBadByte(mended) && len(check(mended)) == 0 {
			f = writing(f.problem, mended)
		}
		flaws = append(flaws, f)
	}
	var lineBreak, control, beyond bool
	for i := range len(value) {
		switch c := value[i]; {
		case c == '\n' || c == '\r':
			if !lineBreak {
				add("a line break", i, strings.Join(strings.Fields(value), " "), "write it on one line")
			}
			lineBreak = true
		case c < ' ' && c != '\t' || c == 0x7f:
			if !control {
				add("a control character", i, fields.Trim(withoutControls(value)), "remove it")
			}
			control = true
		case c > 0x7f:
			if !beyond {
				add("a character beyond ASCII", i, straightened(value), "percent-encode it")
			}
			beyond = true
		}
	}
	return flaws
}

func hasBadByte(value string) bool {
	return strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c >= 0x7f })
}

func withoutControls(value string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' || c == 0x7f {
			return -1
		}
		return c
	}, value)
}

// oneOf returns the check of a closed list of words, which browsers compare byte
// for byte.
func oneOf(words ...string) func(string) []flaw {
	return func(value string) []flaw {
		if slices.Contains(words, value) {
			return nil
		}
		return []flaw{oneOfThese("unknown value "+quote(value), value, words)}
	}
}

// oneOfReporting returns the check of a closed list of words with a report-to
// parameter: https://html.spec.whatwg.org/#obtain-coop.
func oneOfReporting(words ...string) func(string) []flaw {
	return func(value string) []flaw {
		problem, suggestion := reportingProblem(value, words)
		switch {
		case problem == "":
			return nil
		case suggestion != "":
			return []flaw{writing(problem, suggestion)}
		}
		word, _, _ := strings.Cut(value, ";")
		return []flaw{oneOfThese(problem, fields.Trim(word), words)}
	}
}

// reportingProblem returns what is wrong with a word and its parameter, and what
// is right where the word is one of the words.
func reportingProblem(value string, words []string) (problem, suggestion string) {
	item, parameters, err := fields.ParseItem(value)
	if err != nil {
		word, rest, _ := strings.Cut(value, ";")
		if word = fields.Trim(word); !slices.Contains(words, word) {
			return "unknown value " + quote(value), ""
		}
		if _, group, ok := strings.Cut(rest, "="); ok {
			if group = strings.Trim(group, `"' ;`); fields.IsToken(group) {
				word += "; report-to=" + strconv.Quote(group)
			}
		}
		return quote(value) + ": " + syntaxProblem(value, err), word
	}
	if item.Type != fields.Token || !slices.Contains(words, item.Text) {
		return "unknown value " + quote(value), ""
	}
	for _, p := range parameters {
		switch {
		case p.Key != "report-to":
			return quote(value) + " has a parameter that is not report-to", item.Text
		case p.Value.Type == fields.Token:
			return quote(value) + " has a group without double quotes", item.Text + "; report-to=" + strconv.Quote(p.Value.Text)
		case p.Value.Type != fields.String:
			return quote(value) + " has a report-to that is not a group in double quotes", item.Text
		}
	}
	return "", ""
}

var referrerPolicies = []string{
	"no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
	"origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url",
}

// oldReferrerPolicies are what the referrer element of HTML once had.
var oldReferrerPolicies = map[string]string{
	"none": "no-referrer", "never": "no-referrer", "always": "unsafe-url",
	"default": "strict-origin-when-cross-origin", "origin-when-crossorigin": "origin-when-cross-origin",
}

// checkReferrerPolicy checks
// https://w3c.github.io/webappsec-referrer-policy/#referrer-policy-header: a list,
// in any case, of which browsers take the last that they know.
func checkReferrerPolicy(value string) []flaw {
	var flaws []flaw
	empty := true
	for policy := range fields.Elements([]string{value}) {
		empty = false
		lower := strings.ToLower(policy)
		if slices.Contains(referrerPolicies, lower) {
			continue
		}
		problem := "unknown policy " + quote(policy)
		switch several := strings.Join(strings.FieldsFunc(lower, func(c rune) bool { return c == ' ' || c == ';' }), ", "); {
		case oldReferrerPolicies[lower] != "":
			flaws = append(flaws, writing(problem, oldReferrerPolicies[lower]))
		case several != lower && several != "" && len(checkReferrerPolicy(several)) == 0:
			flaws = append(flaws, writing(problem, several))
		default:
			flaws = append(flaws, didYouMean(problem, policy, referrerPolicies))
		}
		if enough(flaws) {
			break
		}
	}
	if empty {
		flaws = append(flaws, flaw{problem: quote(value) + " is empty", fix: "write Omit to send none"})
	}
	return flaws
}

// checkFrameOptions checks https://html.spec.whatwg.org/#the-x-frame-options-header.
func checkFrameOptions(value string) []flaw {
	lower := repeatedWord(value)
	problem := "unknown value " + quote(value)
	switch {
	case lower == "deny", lower == "sameorigin":
		return nil
	case lower == "allowall":
		return []flaw{{problem: quote(value) + " restricts nothing", fix: "write Omit to send none"}}
	case strings.HasPrefix(lower, "allow-from"):
		return []flaw{{problem: quote(value) + " is ignored by browsers", fix: "use frame-ancestors in ContentSecurityPolicy"}}
	}
	return []flaw{oneOfThese(problem, value, []string{"DENY", "SAMEORIGIN"})}
}

// checkContentTypeOptions checks https://fetch.spec.whatwg.org/#x-content-type-options-header.
func checkContentTypeOptions(value string) []flaw {
	if repeatedWord(value) == "nosniff" {
		return nil
	}
	return []flaw{oneOfThese("unknown value "+quote(value), value, []string{"nosniff"})}
}

// repeatedWord returns the word in lower case that a list repeats, or else the
// whole value.
func repeatedWord(value string) string {
	lower := strings.ToLower(value)
	first := ""
	for word := range strings.SplitSeq(lower, ",") {
		if word = fields.Trim(word); first != "" && word != first {
			return lower
		}
		first = word
	}
	return first
}

// checkXSSProtection checks what browsers that had the filter understood: "0", or
// "1" with a mode, with where to report to, or with both.
func checkXSSProtection(value string) []flaw {
	parts := strings.Split(value, ";")
	valid := len(parts) <= 3
	for i, part := range parts[:min(3, len(parts))] {
		part = fields.Trim(part)
		name, argument, _ := strings.Cut(part, "=")
		name, argument = strings.ToLower(fields.Trim(name)), fields.Trim(argument)
		switch {
		case i == 0:
			valid = valid && (part == "1" || part == "0" && len(parts) == 1)
		case name == "mode":
			valid = valid && strings.EqualFold(argument, "block")
		default:
			valid = valid && name == "report" && argument != "" && referenceProblem(argument) == ""
		}
	}
	if valid {
		return nil
	}
	return []flaw{{problem: "unknown value " + quote(value), fix: `write "0", or Omit`}}
}

const yearOfSeconds = 365 * 24 * 60 * 60

// hstsDirectives are those of https://www.rfc-editor.org/rfc/rfc6797#section-6.1
// and https://hstspreload.org.
var hstsDirectives = []string{"max-age", "includeSubDomains", "preload"}

// checkHSTS checks https://www.rfc-editor.org/rfc/rfc6797#section-6.1, and what
// https://hstspreload.org asks of preload.
func checkHSTS(value string) []flaw {
	flaws := hstsFlaws(value)
	if len(flaws) == 0 {
		return nil
	}
	for _, meaning := range hstsMeanings(value) {
		if len(hstsFlaws(meaning)) == 0 {
			return []flaw{writing(quote(value)+" "+hstsSlip(value), meaning)}
		}
	}
	return flaws
}

// hstsSlip names what the meanings of a value mend.
func hstsSlip(value string) string {
	switch {
	case strings.Contains(value, ","):
		return "has a comma where a semicolon belongs"
	case strings.Contains(value, ":"):
		return "has a colon where an equals sign belongs"
	}
	return "has no max-age"
}

// hstsMeanings lists what a value may have been meant to be as a whole.
func hstsMeanings(value string) []string {
	list := []string{
		strings.ReplaceAll(value, ",", ";"),
		strings.ReplaceAll(strings.ReplaceAll(value, ": ", "="), ":", "="),
		"max-age=" + value,
	}
	if !strings.Contains(strings.ToLower(value), "max-age") {
		list = append(list, "max-age="+strconv.Itoa(yearOfSeconds)+"; "+value)
	}
	return list
}

func hstsFlaws(value string) []flaw {
	var flaws []flaw
	seen := map[string]bool{}
	for part := range strings.SplitSeq(value, ";") {
		if enough(flaws) {
			return flaws
		}
		written, argument, valued := strings.Cut(fields.Trim(part), "=")
		written = fields.Trim(written)
		name := strings.ToLower(written)
		if name == "" && !valued {
			continue
		}
		if seen[name] {
			// Browsers ignore the whole header then.
			flaws = append(flaws, flaw{problem: "directive " + quote(written) + " is repeated", fix: "remove one"})
			continue
		}
		seen[name] = true
		isWritten := func(directive string) bool { return strings.EqualFold(directive, written) }
		if !slices.ContainsFunc(hstsDirectives, isWritten) {
			f := unknownHSTS(value, written)
			if flaws = append(flaws, f); f.suggestion == "" {
				continue
			}
			written, name = f.suggestion, strings.ToLower(f.suggestion) // so that the rest is checked, too
			seen[name] = true
		}
		_, isNumber := secondsOf(argument)
		switch {
		case name == "max-age" && !isNumber:
			problem := quote(fields.Trim(part)) + " is not a number of seconds"
			flaws = append(flaws, writing(problem, "max-age="+strconv.Itoa(yearOfSeconds)))
		case name != "max-age" && valued:
			flaws = append(flaws, writing(quote(fields.Trim(part))+" has a value, and the directive takes none", written))
		}
	}
	switch {
	case !seen["max-age"]:
		flaws = append(flaws, flaw{problem: quote(value) + " has no max-age", fix: "add max-age=" + strconv.Itoa(yearOfSeconds)})
	case seen["preload"] && !isPreloadable(value):
		flaws = append(flaws, flaw{problem: quote(value) + " has preload, which needs includeSubDomains and a max-age of a year",
			fix: `write "max-age=31536000; includeSubDomains; preload", or drop preload`})
	}
	return flaws
}

// unknownHSTS is the flaw of a directive that no browser knows. It offers one that
// the value has not yet and may have.
func unknownHSTS(value, written string) flaw {
	f := didYouMean("unknown directive "+quote(written), written, hstsDirectives)
	missing := !strings.Contains(strings.ToLower(value), strings.ToLower(f.suggestion))
	if !missing || f.suggestion == "preload" && !isPreloadable(value) {
		return flaw{problem: f.problem, fix: "remove it"}
	}
	return f
}

// isPreloadable reports whether a value has what preload asks for.
func isPreloadable(value string) bool {
	age, _ := hstsMaxAge(value)
	subdomains := false
	for part := range strings.SplitSeq(value, ";") {
		subdomains = subdomains || strings.EqualFold(fields.Trim(part), "includeSubDomains")
	}
	return subdomains && age >= yearOfSeconds
}

// hstsMaxAge returns the seconds of the first max-age, and whether there is one
// that is a number.
func hstsMaxAge(value string) (seconds int64, ok bool) {
	for part := range strings.SplitSeq(value, ";") {
		name, argument, _ := strings.Cut(part, "=")
		if strings.EqualFold(fields.Trim(name), "max-age") {
			return secondsOf(argument)
		}
	}
	return 0, false
}

// secondsOf reads digits, or digits in double quotes: there may be any number of
// them, and what is too large for us is a long time.
func secondsOf(argument string) (seconds int64, ok bool) {
	argument = fields.Trim(argument)
	if inner, ok := strings.CutPrefix(argument, `"`); ok && strings.HasSuffix(inner, `"`) {
		argument = strings.TrimSuffix(inner, `"`)
	}
	if argument == "" || strings.Trim(argument, "0123456789") != "" {
		return 0, false
	}
	seconds, err := strconv.ParseInt(argument, 10, 64)
	if err != nil {
		seconds = math.MaxInt64
	}
	return seconds, true
}
