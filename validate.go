package httpsec

import (
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
)

// validate reports what is wrong with a value of the field.
func (f headerField) validate(value string, report reporter) {
	if problem, fix := checkBytes(value); problem != "" {
		report(problem, fix)
		return
	}
	if problem, fix := checkSpace(value); problem != "" {
		// The fix is no fix if something else is wrong.
		f.check(strings.TrimSpace(value), func(string, string) { fix = "" })
		report(problem, fix)
		return
	}
	f.check(value, report)
}

// checkBytes returns what is wrong with a value that has bytes which do not belong
// into a header.
func checkBytes(value string) (problem, fix string) {
	for i := range len(value) {
		switch c := value[i]; {
		case c == '\n' || c == '\r':
			return quote(value) + " has a line break at byte " + strconv.Itoa(i), "write it on one line"
		case c < ' ' || c == 0x7f:
			return quote(value) + " has a control character at byte " + strconv.Itoa(i), "remove it"
		case c > 0x7f:
			return quote(value) + " has a character beyond ASCII at byte " + strconv.Itoa(i), "percent-encode it, or write a host in Punycode"
		}
	}
	return "", ""
}

// checkSpace returns what is wrong with a value that the wire would shorten.
func checkSpace(value string) (problem, fix string) {
	if trimmed := strings.TrimSpace(value); trimmed != value {
		return quote(value) + " has surrounding space", "write " + strconv.Quote(trimmed)
	}
	return "", ""
}

// hopByHop are the headers of one connection, not of a response: RFC 9110,
// section 7.6.1.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
	"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func checkExtra(name, value string, report reporter) {
	own := slices.IndexFunc(headerFields[:], func(f headerField) bool { return f.key() == name })
	switch {
	case !fields.IsToken(name):
		report("is not a header name", "")
	case own >= 0:
		report("has a field of its own", "set "+headerFields[own].fieldName())
	case strings.HasPrefix(name, "Access-Control-"):
		report("belongs to CORS", "use Config")
	case name == headerVary, name == "Set-Cookie", name == "Content-Length":
		report("belongs to the handler that writes the response", "set it there")
	case slices.Contains(hopByHop, name):
		report("belongs to the connection, not to the response", "remove it")
	}
	problem, fix := checkBytes(value)
	if problem == "" {
		problem, fix = checkSpace(value)
	}
	switch {
	case strings.TrimSpace(value) == "":
		report("has an empty value", "remove it")
	case value == Omit:
		report("has the value Omit, but nothing is sent by default", "remove it")
	case problem != "":
		report("has a bad value: "+problem, fix)
	}
}

// oneOf checks a value of a closed list.
func oneOf(words ...string) func(string, reporter) {
	return func(value string, report reporter) {
		if !slices.Contains(words, value) {
			report("unknown value "+quote(value), oldOneOfThese(value, words))
		}
	}
}

// oneOfReporting checks a value of a closed list that may have a report-to
// parameter.
func oneOfReporting(words ...string) func(string, reporter) {
	known := oneOf(words...)
	return func(value string, report reporter) {
		token, _, found := strings.Cut(value, ";")
		if known(token, report); !found || !slices.Contains(words, token) {
			return
		}
		scan := scanner{s: value, i: len(token)}
		for _, p := range scan.parameters() {
			if p.key != "report-to" || p.value.kind != stringItem {
				scan.fail("parameter " + strconv.Quote(p.key) + " is not report-to with a quoted group")
			}
		}
		if scan.skipSpaces(); scan.problem == "" && !scan.done() {
			scan.fail("something follows the parameter")
		}
		if scan.problem != "" {
			report(quote(value)+": "+scan.problem, "write "+token+`; report-to="group"`)
		}
	}
}

var referrerPolicies = []string{
	"no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
	"origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url",
}

func checkReferrerPolicy(value string, report reporter) {
	for policy := range strings.SplitSeq(value, ",") {
		if policy = fields.Trim(policy); !slices.Contains(referrerPolicies, policy) {
			report("unknown policy "+quote(policy), oldDidYouMean(policy, referrerPolicies))
		}
	}
}

func checkFrameOptions(value string, report reporter) {
	if len(value) >= len("ALLOW-FROM") && strings.EqualFold(value[:len("ALLOW-FROM")], "ALLOW-FROM") {
		report(quote(value)+" is ignored by browsers", "use frame-ancestors in ContentSecurityPolicy")
		return
	}
	// Browsers compare in any case: https://html.spec.whatwg.org/#the-x-frame-options-header.
	if upper := strings.ToUpper(value); upper != "DENY" && upper != "SAMEORIGIN" {
		report("unknown value "+quote(value), `write "DENY" or "SAMEORIGIN"`)
	}
}

func checkXSSProtection(value string, report reporter) {
	url, reports := strings.CutPrefix(value, "1; report=")
	if value != "0" && value != "1" && value != "1; mode=block" && !(reports && url != "" && !strings.ContainsAny(url, " ;,")) {
		report("unknown value "+quote(value), `write "0", or Omit`)
	}
}

// checkHSTS checks RFC 6797, section 6.1, and what https://hstspreload.org asks
// of preload.
func checkHSTS(value string, report reporter) {
	seen := map[string]bool{}
	for part := range strings.SplitSeq(value, ";") {
		written, argument, valued := strings.Cut(fields.Trim(part), "=")
		name := strings.ToLower(fields.Trim(written))
		switch {
		case name == "" && !valued:
			continue
		case seen[name]:
			report("directive "+quote(written)+" is there twice", "remove one")
		case name == "max-age":
			if hstsMaxAge(part) < 0 {
				report("max-age "+quote(argument)+" is not a number of seconds", "write max-age="+strconv.Itoa(yearOfSeconds))
			}
		case name != "includesubdomains" && name != "preload":
			fix := "remove it"
			if near := nearest(name, []string{"max-age", "includesubdomains", "preload"}); near != "" {
				fix = "did you mean " + strconv.Quote(strings.Replace(near, "subdomains", "SubDomains", 1)) + "?"
			}
			report("unknown directive "+quote(written), fix)
		case valued:
			report("directive "+quote(written)+" takes no value", "write "+written)
		}
		seen[name] = true
	}
	switch {
	case !seen["max-age"]:
		report(quote(value)+" has no max-age", "write max-age="+strconv.Itoa(yearOfSeconds))
	case seen["preload"] && (!seen["includesubdomains"] || hstsMaxAge(value) < yearOfSeconds):
		report(quote(value)+" has preload without includeSubDomains and a year",
			`write "max-age=31536000; includeSubDomains; preload", or drop preload`)
	}
}

// hstsMaxAge returns the seconds of the max-age directive, -1 if there is none
// that is a number.
func hstsMaxAge(value string) int64 {
	for part := range strings.SplitSeq(value, ";") {
		name, argument, _ := strings.Cut(part, "=")
		if strings.EqualFold(fields.Trim(name), "max-age") {
			argument = fields.Trim(argument)
			if inner, ok := strings.CutPrefix(argument, `"`); ok && strings.HasSuffix(inner, `"`) {
				argument = strings.TrimSuffix(inner, `"`)
			}
			seconds, err := strconv.ParseUint(argument, 10, 63)
			if err != nil {
				return -1
			}
			return int64(seconds)
		}
	}
	return -1
}
