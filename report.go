package httpsec

import (
	"errors"
	"strconv"
	"strings"
)

// configErrors collects problems, so that all are reported at once.
type configErrors []error

func (errs *configErrors) add(field, value, problem, fix string) {
	*errs = append(*errs, &ConfigError{Field: field, Value: mask(value), Problem: problem, Fix: fix})
}

func (errs configErrors) join() error { return errors.Join(errs...) }

// reporter takes a problem, and a fix or "".
type reporter func(problem, fix string)

// quote renders a value inside a problem: on one line, without its password,
// and no longer than helps.
func quote(value string) string {
	const most = 400
	value = mask(value)
	if len(value) > most {
		return strconv.Quote(value[:most]) + "…"
	}
	return strconv.Quote(value)
}

// mask hides the passwords of the URLs in value, which may be a whole list. It
// hides too much rather than too little: everything from the first colon that
// does not end a scheme to the last "@".
func mask(value string) string {
	at := strings.LastIndexByte(value, '@')
	for i := range at {
		if value[i] == ':' && !endsScheme(value, i) {
			return value[:i+1] + "***" + value[at:]
		}
	}
	return value
}

// endsScheme reports whether the colon at i ends the scheme of a URL that stands
// at the beginning of value or of an element in it.
func endsScheme(value string, i int) bool {
	before := value[:i]
	scheme := before[strings.LastIndexAny(before, "[]\"', \t")+1:]
	return strings.HasPrefix(value[i:], "://") && isScheme(strings.ToLower(scheme))
}

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

// didYouMean offers the nearest of the words, if one is near.
func didYouMean(word string, words []string) string {
	if near := nearest(word, words); near != "" {
		return "did you mean " + strconv.Quote(near) + "?"
	}
	return ""
}

// oneOfThese offers the nearest of a few words, or else all of them.
func oneOfThese(word string, words []string) string {
	if fix := didYouMean(word, words); fix != "" {
		return fix
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = strconv.Quote(w)
	}
	if last := len(quoted) - 1; last > 0 {
		return "write " + strings.Join(quoted[:last], ", ") + " or " + quoted[last]
	}
	return "write " + quoted[0]
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// nearest returns the word of list that is at most two edits from word, or "".
func nearest(word string, list []string) string {
	best, distance := "", 3
	for _, candidate := range list {
		if d := editDistance(strings.ToLower(word), candidate); d < distance && d < len(candidate) {
			best, distance = candidate, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance between a and b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
