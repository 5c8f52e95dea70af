package httpsec

import (
	"strconv"
	"strings"
)

// splitting is the flaw of an entry that holds several, or space around one: the
// fix lists its parts, if every one of them is accepted.
func splitting(entry, problem string, accepted func(string) bool) flaw {
	const separators = ",; \t\n\r" // what people put between entries
	var parts []string
	for part := range strings.FieldsFuncSeq(entry, func(c rune) bool { return strings.ContainsRune(separators, c) }) {
		if part == entry || !accepted(part) {
			return flaw{problem: problem}
		}
		parts = append(parts, part)
	}
	switch len(parts) {
	case 0:
		return flaw{problem: problem, fix: "remove it"}
	case 1:
		return writing(problem, parts[0])
	}
	return flaw{problem: problem, fix: "write " + quotedList(parts, ", ")}
}

// didYouMean is the flaw of a word that is not one of a closed list: the fix offers
// the nearest, if one is near.
func didYouMean(problem, word string, words []string) flaw {
	if near := nearest(word, words); near != "" {
		return flaw{problem, "did you mean " + strconv.Quote(near) + "?", near}
	}
	return flaw{problem: problem}
}

// oneOfThese is the flaw of a word that is not one of a few: the fix offers the
// nearest, or else all of them.
func oneOfThese(problem, word string, words []string) flaw {
	switch f := didYouMean(problem, word, words); {
	case f.fix != "":
		return f
	case len(words) == 1:
		return writing(problem, words[0])
	}
	return flaw{problem: problem, fix: "write " + quotedList(words, " or ")}
}

// quotedList renders words as "a", "b" and, after the last separator, "c".
func quotedList(words []string, last string) string {
	var s strings.Builder
	for i, word := range words {
		switch i {
		case 0:
		case len(words) - 1:
			s.WriteString(last)
		default:
			s.WriteString(", ")
		}
		s.WriteString(strconv.Quote(word))
	}
	return s.String()
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// mostEdits is how many slips are taken for slips.
const mostEdits = 2

// nearest returns the word of list that is at most two edits from word, in any
// case, or "".
func nearest(word string, list []string) string {
	lower := strings.ToLower(word)
	best, distance := "", mostEdits+1
	for _, candidate := range list {
		if d := editDistance(lower, strings.ToLower(candidate)); d < distance && d < len(candidate) {
			best, distance = candidate, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance between a and b, or more than mostEdits
// if that is more.
func editDistance(a, b string) int {
	const longest = 63 // of the words that we know
	if max(len(a)-len(b), len(b)-len(a)) > mostEdits || len(b) > longest {
		return mostEdits + 1
	}
	var row [longest + 1]int
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		least := row[0]
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
			least = min(least, row[j+1])
		}
		if least > mostEdits {
			return least
		}
	}
	return row[len(b)]
}
