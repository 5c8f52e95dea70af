package httpsec

import (
	"strconv"
	"strings"
)

// separators are what people put between entries that belong into a slice.
const separators = ",; \t\n"

// listFix offers to split or trim an entry, if every part is then accepted.
func listFix(entry string, accepted func(string) bool) string {

	var parts []string
	for part := range strings.FieldsFuncSeq(entry, func(c rune) bool { return strings.ContainsRune(separators, c) }) {
		if part == entry || !accepted(part) {
			return ""
		}
		parts = append(parts, strconv.Quote(part))
	}
	if len(parts) == 0 {
		return "remove it"
	}
	return "write " + strings.Join(parts, ", ")
}

// checkExactOrigin checks an origin that is not a pattern.
func checkExactOrigin(origin string) []flaw {
	e, problem, fix := parseEntry(origin, false)
	if problem == "" && (e.subdomains || e.port == "*") {
		problem = "is a pattern, where only origins match"
	}
	if problem == "" {
		return nil
	}
	return []flaw{{problem: quote(origin) + " " + problem, fix: fix, suggestion: strings.Trim(strings.TrimPrefix(fix, "write "), `"`)}}
}
