package httpsec

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
)

// longestMended bounds what is guessed of: servers and proxies take no longer header
// from each other, and nobody reads a longer fix.
const longestMended = 8 << 10

// dictionaryCheck is how to check a header that is a dictionary.
type dictionaryCheck struct {
	member   func(text string, m fields.Member) []flaw // of a member, as it is written
	mended   func(value string) string                 // the value if nothing is wrong with it or can be mended, else ""
	meanings func(value string) []string               // what a value that is not a dictionary may have been meant to be
}

// flaws says what is wrong with the value, and returns its members if it is a
// dictionary.
func (c dictionaryCheck) flaws(value string) ([]flaw, []fields.Member) {
	members, err := fields.ParseDictionary(value)
	if err != nil {
		return []flaw{c.mend(value, err)}, nil
	}
	keys := make(map[string]*fields.Member, len(members))
	for i := range members {
		keys[members[i].Key] = nil
	}
	var flaws []flaw
	for i := range members {
		if enough(flaws) {
			break
		}
		m, text := &members[i], memberText(value, members, i)
		wrong := c.member(text, *m)
		if other := keys[m.Key]; other != nil && (len(wrong) > 0 || !sameValue(*other, *m)) {
			wrong = []flaw{repeatedFlaw(text, *other, *m)}
		}
		keys[m.Key] = m
		for _, f := range wrong {
			flaws = append(flaws, withoutRepeating(f, m.Key, keys))
		}
	}
	return flaws, members
}

// repeatedFlaw is the flaw of a member whose key has another value, of which browsers
// would take the last: https://www.rfc-editor.org/rfc/rfc9651#section-4.2.2. The same
// value again is harmless, if it is right.
func repeatedFlaw(text string, other, m fields.Member) flaw {
	problem := quote(text) + " repeats " + strconv.Quote(m.Key)
	if !sameValue(other, m) {
		problem += " with another value"
	}
	return flaw{problem: problem, fix: "remove one"}
}

// withoutRepeating returns the flaw of a member without its suggestion if that would
// repeat a key.
func withoutRepeating(f flaw, key string, keys map[string]*fields.Member) flaw {
	suggested, _ := fields.ParseDictionary(f.suggestion)
	there := slices.IndexFunc(suggested, func(m fields.Member) bool {
		_, found := keys[m.Key]
		return found && m.Key != key
	})
	switch {
	case there >= 0:
		return flaw{problem: f.problem, fix: strconv.Quote(suggested[there].Key) + " is there, too: remove one"}
	case isRepeating(suggested):
		return flaw{problem: f.problem}
	}
	return f
}

// mend is the flaw of a value that is not a dictionary: the fix is the first of the
// meanings that something can be made of.
func (c dictionaryCheck) mend(value string, err error) flaw {
	text := quote(value) + ": " + syntaxProblem(value, err)
	if len(value) > longestMended {
		return flaw{problem: text}
	}
	tried := []string{value}
	for _, meaning := range c.meanings(value) {
		if slices.Contains(tried, meaning) {
			continue
		}
		tried = append(tried, meaning)
		mended := c.mended(meaning)
		if mended == "" || mended == value {
			continue
		}
		if wrong, _ := c.flaws(mended); len(wrong) == 0 {
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

// isRepeating reports whether a key has several values.
func isRepeating(members []fields.Member) bool {
	seen := make(map[string]fields.Member, len(members))
	return slices.ContainsFunc(members, func(m fields.Member) bool {
		other, ok := seen[m.Key]
		seen[m.Key] = m
		return ok && !sameValue(other, m)
	})
}

// sameValue reports whether two members say the same.
func sameValue(a, b fields.Member) bool {
	return a.Inner == b.Inner && sameParameters(a.Parameters, b.Parameters) &&
		slices.EqualFunc(a.Items, b.Items, func(a, b fields.InnerItem) bool {
			return a.Item == b.Item && sameParameters(a.Parameters, b.Parameters)
		})
}

func sameParameters(a, b []fields.Parameter) bool {
	return slices.EqualFunc(a, b, func(a, b fields.Parameter) bool { return a.Key == b.Key && a.Value == b.Value })
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
