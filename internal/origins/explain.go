package origins

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Refusal says what is wrong with an entry, and what was probably meant.
type Refusal struct {
	// Problem follows the quoted entry in a sentence: "has a path".
	Problem string

	// Fix is what to do, such as `write "https://app.example.com"`; "" if unknown.
	Fix string

	// Suggestion is the bare entry that Fix offers in the place of the refused one; ""
	// where it offers several or none.
	Suggestion string
}

// decide is the fix for what no pattern can say.
const decide = "list the origins, or decide in OriginFunc"

// Explain words why an entry was refused, in time linear in its length. It decides
// nothing: whatever it offers was accepted by the caller's own judgement, which is
// [Parse] and the caller's rules. The password of a URL is never part of a fix.
func Explain(entry string, accepted func(entry string) bool) Refusal {
	text := strings.TrimSpace(entry)
	switch {
	case text == "":
		return Refusal{Problem: "is empty", Fix: "remove it"}
	case holdsSeveral(text):
		return Refusal{Problem: "holds several origins", Fix: splitFix(text, accepted)}
	case len(entry) > MaxLength:
		return Refusal{Problem: "is longer than " + strconv.Itoa(MaxLength) + " bytes"}
	}
	var g guess
	if text != entry {
		g.note("has surrounding space")
	}
	if lower := strings.ToLower(text); Opaque(lower) {
		if !accepted(lower) {
			return refuseOpaque(lower)
		}
		g.note(upperCase)
		g.entries = []string{lower}
	} else {
		g.read(text)
	}
	return g.refusal(entry, accepted)
}

// refuseOpaque is for an origin that is well-formed, but says nothing about its page.
func refuseOpaque(text string) Refusal {
	problem := "can be claimed by any sandboxed page"
	if text == "file://" {
		problem = "can be claimed by any local file"
	}
	return Refusal{Problem: problem, Fix: "give the page an origin of its own and list that"}
}

// separators are what people put between entries that belong into a slice.
const separators = ",; \t\r\n"

func fields(text string) iter.Seq[string] {
	return strings.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune(separators, c) })
}

// holdsSeveral reports whether an entry seems to be a list: of URLs, or of hosts that
// would be easy to tell from words.
func holdsSeveral(text string) bool {
	if !strings.ContainsAny(text, separators) {
		return false
	}
	if urls := strings.Count(text, "://"); urls > 0 {
		return urls > 1
	}
	parts := 0
	for part := range fields(text) {
		if parts++; !strings.ContainsAny(part, ".:") && part != "localhost" {
			return false
		}
	}
	return parts > 1
}

// splitFix offers the parts of a list, if each is or can be made an accepted entry. With
// a user name in it, a part may be one of a password.
func splitFix(text string, accepted func(string) bool) string {
	if len(text) > 4*MaxLength || strings.Contains(text, "@") {
		return "write each as an entry of its own"
	}
	parts := slices.Collect(fields(text))
	for i, part := range parts {
		if len(part) > MaxLength || len(parts) == 1 {
			return ""
		}
		if accepted(part) {
			continue
		}
		var g guess
		g.read(part)
		if parts[i] = g.refusal(part, accepted).Suggestion; parts[i] == "" {
			return ""
		}
	}
	return writeFix(parts)
}

func writeFix(entries []string) string {
	quoted := make([]string, len(entries))
	for i, entry := range entries {
		quoted[i] = strconv.Quote(entry)
	}
	return "write " + strings.Join(quoted, ", ")
}

// guess is what the forgiving reader makes of an entry.
type guess struct {
	problem string   // the first thing that no browser sends, or the worst
	entries []string // what was probably meant, all of it together
	advice  string   // what to do where entries are not accepted
}

// note keeps a problem that has a remedy, if it is the first.
func (g *guess) note(problem string) {
	if g.problem == "" {
		g.problem = problem
	}
}

// fail sets a problem that has none.
func (g *guess) fail(problem string) { *g = guess{problem: problem} }

// refusal puts a guess into words, after it was judged.
func (g *guess) refusal(entry string, accepted func(string) bool) Refusal {
	r := Refusal{Problem: g.problem, Fix: g.advice}
	if r.Problem == "" {
		r.Problem = "is not how a browser writes it"
	}
	for _, e := range g.entries {
		if e == entry || !accepted(e) {
			return r
		}
	}
	switch len(g.entries) {
	case 0:
	case 1:
		r.Suggestion = g.entries[0]
		fallthrough
	default:
		r.Fix = writeFix(g.entries)
	}
	return r
}

// read guesses what a single entry means.
func (g *guess) read(text string) {
	if isRegexp(text) {
		g.note("is a regular expression")
		g.advice = decide
		if pattern := fromRegexp(text); !strings.ContainsAny(pattern, `()[]{}|\^$+?`) {
			var one guess
			one.readPattern(pattern)
			g.entries = one.entries
		}
		return
	}
	if inner := unwrap(text); inner != text {
		switch ends := text[:1] + text[len(text)-1:]; {
		case strings.ContainsAny(ends, quotes):
			g.note("has quotes around it")
		case strings.ContainsAny(ends, opening+closing):
			g.note("has brackets around it")
		}
		g.note("has a comma or semicolon after it")
		text = inner
	}
	g.readPattern(text)
}

func (g *guess) readPattern(text string) {
	scheme, rest, ok := cutScheme(text)
	switch {
	case text == "*":
		g.entries = []string{text}
	case !ok:
		g.readWithoutScheme(text)
	case scheme == "*" || scheme == "http*":
		g.fail("has no valid scheme")
		g.advice = decide
		for _, scheme := range []string{"http", "https"} {
			if p, _, ok := new(guess).readURL(scheme, rest); ok {
				g.entries = append(g.entries, p.String())
			}
		}
	default:
		if p, _, ok := g.readURL(scheme, rest); ok {
			g.entries = []string{p.String()}
		}
	}
}

// isRegexp reports signs of a regular expression that no URL and no pattern has.
func isRegexp(text string) bool {
	for _, start := range []string{"^", ".*", ".+"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	for _, sign := range []string{
		`\.`, `\/`, `\d+`, `\w+`, "//.*", "//.+", `.*\`, "(.", "s?://", "[^", "[a-z", "[0-9",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return strings.HasSuffix(text, "$") || strings.Contains(text, "(") && strings.Contains(text, "|")
}

// regexpSyntax translates what means no more in a pattern than in the expression.
var regexpSyntax = strings.NewReplacer(
	`\.`, ".", `\/`, "/", `\-`, "-", `\:`, ":",
	"https?://", "*://", `https?:\/\/`, "*://", "http(s)?://", "*://",
	"(http|https)://", "*://", "(https|http)://", "*://",
	`(:\d+)?`, ":*", `(?::\d+)?`, ":*", `:\d+`, ":*", "(:[0-9]+)?", ":*", "(?::[0-9]+)?", ":*", ":[0-9]+", ":*",
	"(.*)", "*", "(.+)", "*", ".*", "*", ".+", "*",
)

// fromRegexp translates a regular expression as far as a pattern can say it; the rest
// stays, and is then refused.
func fromRegexp(text string) string {
	if inner, ok := strings.CutPrefix(text, "/"); ok {
		text = strings.TrimSuffix(inner, "/")
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "^"), "$")
	return regexpSyntax.Replace(text)
}

const quotes, opening, closing = "\"'`", "(<{[", ")>}]"

// unwrap takes off the quotes and brackets that come with an element of a list in
// another language, and commas behind them.
func unwrap(text string) string {
	for text != "" {
		first, last := text[:1], text[len(text)-1:]
		switch {
		case strings.Contains(quotes+opening, first) && !startsWithIPv6(text):
			text = text[1:]
		case strings.Contains(quotes+",;", last) || closesNothing(text, last):
			text = text[:len(text)-1]
		default:
			return text
		}
	}
	return text
}

func startsWithIPv6(text string) bool {
	address, _, _ := strings.Cut(text, "]")
	return text[0] == '[' && strings.Count(address, ":") > 1 && !strings.Contains(address, "/")
}

// closesNothing reports whether the last byte of text is a bracket that was not opened.
func closesNothing(text, last string) bool {
	i := strings.Index(closing, last)
	return i >= 0 && strings.Count(text, last) > strings.Count(text, opening[i:i+1])
}
