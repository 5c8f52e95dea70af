package httpsec

import (
	"errors"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
)

// mendStructured is the flaw of a value that is not a structured field: the fix is
// the first of the meanings that mend makes something of.
func mendStructured(value string, err error, mend func(string) string, meanings []string) flaw {
	text := quote(value) + ": " + syntaxProblem(value, err)
	for _, meaning := range meanings {
		if mended := mend(meaning); mended != "" && mended != value {
			return writing(text, mended)
		}
	}
	return flaw{problem: text}
}

// syntaxProblem says what is wrong with a structured field, and shows where. The
// error is one of package fields.
func syntaxProblem(value string, err error) string {
	syntax := new(fields.SyntaxError)
	errors.As(err, &syntax)
	const shown = 24
	switch rest := value[min(syntax.At, len(value)):]; {
	case rest == "":
		return syntax.Problem + " at the end"
	case mask(value) != value || len(value) <= shown:
		return syntax.Problem + " at byte " + strconv.Itoa(syntax.At)
	case len(rest) > shown:
		return syntax.Problem + " at " + strconv.Quote(rest[:shown]) + "…"
	default:
		return syntax.Problem + " at " + strconv.Quote(rest)
	}
}

// structuredMeanings lists what any dictionary may have been meant to be.
func structuredMeanings(value string) []string {
	trimmed := strings.Trim(value, " \t,;")
	return []string{
		trimmed,
		strings.ReplaceAll(trimmed, ";", ","),
		strings.Trim(straightened(trimmed), " \t,;"),
		strings.ReplaceAll(trimmed, ": ", "="),
	}
}

// repeatedFlaws checks that a key has one value, of which browsers would take the
// last: https://www.rfc-editor.org/rfc/rfc9651#section-4.2.2. The same value again
// is harmless.
func repeatedFlaws(value string, members []fields.Member) []flaw {
	var flaws []flaw
	seen := make(map[string]string, len(members))
	for i, m := range members {
		if enough(flaws) {
			break
		}
		text := serialize(m)
		if other, ok := seen[m.Key]; ok && other != text {
			problem := quote(memberText(value, members, i)) + " repeats " + strconv.Quote(m.Key) + " with another value"
			flaws = append(flaws, flaw{problem: problem, fix: "remove one"})
		}
		seen[m.Key] = text
	}
	return flaws
}

// memberText returns how a member is written.
func memberText(value string, members []fields.Member, i int) string {
	end := len(value)
	if i+1 < len(members) {
		end = members[i+1].At
	}
	return strings.TrimRight(value[members[i].At:end], " \t,")
}

// serialize writes a member: https://www.rfc-editor.org/rfc/rfc9651#section-4.1.2.
func serialize(m fields.Member) string {
	var s strings.Builder
	s.WriteString(m.Key)
	if m.Inner {
		s.WriteString("=(")
		for i, it := range m.Items {
			if i > 0 {
				s.WriteString(" ")
			}
			s.WriteString(itemText(it.Item))
			writeParameters(&s, it.Parameters)
		}
		s.WriteString(")")
	} else if it := m.Items[0].Item; it.Type != fields.None {
		s.WriteString("=" + itemText(it))
	}
	writeParameters(&s, m.Parameters)
	return s.String()
}

func writeParameters(s *strings.Builder, parameters []fields.Parameter) {
	for _, p := range parameters {
		s.WriteString(";" + p.Key)
		if p.Value.Type != fields.None {
			s.WriteString("=" + itemText(p.Value))
		}
	}
}

var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func itemText(it fields.Item) string {
	if it.Type == fields.String {
		return `"` + escaper.Replace(it.Text) + `"`
	}
	return it.Text
}
