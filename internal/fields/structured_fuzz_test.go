package fields_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/internal/fields"
)

// The grammar of RFC 9651, section by section, as regular expressions.
var (
	number    = `-?[0-9]{1,12}\.[0-9]{1,3}|-?[0-9]{1,15}`
	quoted    = `"(?:[ !#-\[\]-~]|\\["\\])*"`
	token     = "[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*"
	bytes     = `:(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?:`
	pctTail   = `%[89ab][0-9a-f]`
	character = `[ !#$&-~]|%[0-7][0-9a-f]|(?:%c[2-9a-f]|%d[0-9a-f]` +
		`|%e0%[ab][0-9a-f]|%e[1-9abcef]` + pctTail + `|%ed%[89][0-9a-f]` +
		`|%f0%[9ab][0-9a-f]` + pctTail + `|%f[1-3]` + pctTail + pctTail + `|%f4%8[0-9a-f]` + pctTail + `)` + pctTail
	bareItem = `(?:` + number + `|` + quoted + `|` + token + `|` + bytes + `|\?[01]|@-?[0-9]{1,15}` +
		`|%"(?:` + character + `)*")`
	key       = `[a-z*][a-z0-9_.*-]*`
	params    = `(?:; *` + key + `(?:=` + bareItem + `)?)*`
	innerList = `\( *(?:` + bareItem + params + `(?: +` + bareItem + params + `)* *)?\)` + params
	member    = `(?:` + innerList + `|` + bareItem + params + `)`
	keyed     = key + `(?:=` + member + `|` + params + `)`

	dictionaryGrammar = regexp.MustCompile(list(keyed))
	listGrammar       = regexp.MustCompile(list(member))
	itemGrammar       = regexp.MustCompile(`^ *` + bareItem + params + ` *$`)

	betweenItems = regexp.MustCompile(`^[ \t,;=()]*$`)

	// textOf is what the text of an item looks like.
	textOf = map[fields.ItemType]*regexp.Regexp{
		fields.None:          regexp.MustCompile(`^$`),
		fields.Boolean:       regexp.MustCompile(`^\?[01]$`),
		fields.Integer:       regexp.MustCompile(`^-?[0-9]+$`),
		fields.Decimal:       regexp.MustCompile(`^-?[0-9]+\.[0-9]+$`),
		fields.String:        regexp.MustCompile(`^[ -~]*$`),
		fields.Token:         regexp.MustCompile(`^` + token + `$`),
		fields.ByteSequence:  regexp.MustCompile(`^:[^:]*:$`),
		fields.Date:          regexp.MustCompile(`^@-?[0-9]+$`),
		fields.DisplayString: regexp.MustCompile(`^%".*"$`),
	}
)

// list is the grammar of an optional list of what element describes.
func list(element string) string {
	return `^ *(?:` + element + `(?:[ \t]*,[ \t]*` + element + `)*[ \t]*)?$`
}

// FuzzStructured compares what is accepted with the grammar, and looks for every
// byte of it in what is returned.
func FuzzStructured(f *testing.F) {
	for _, s := range []string{
		"", `camera=(), geolocation=(self "https://a.example";x)`, `main="https://a.example/r";priority=1`,
		"a=1;b=-2.5, c;d=?0,\te=:aGk=:;f=@12 ", `%"f%c3%bc %e2%82%ac %f0%9f%98%80", (a b), ()`, "a=(b", "a=1.", `"\"`,
		"(1 2;q);r, 3", "same-origin; report-to=\"coop\"", "a b", "a,", `a="b\\c\""`, "a=:=:", `a=%"%C3"`, "*/*;q=0.5",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		dictionary, err := fields.ParseDictionary(s)
		check(t, s, dictionaryGrammar, dictionary, err)
		list, err := fields.ParseList(s)
		check(t, s, listGrammar, list, err)

		it, params, err := fields.ParseItem(s)
		var single Members
		if err == nil {
			at := len(s) - len(strings.TrimLeft(s, " "))
			single = Members{{Items: Items{{Item: it, At: at}}, Parameters: params, At: at}}
			assert.Equal(t, list, single)
		}
		check(t, s, itemGrammar, single, err)
	})
}

func check(t *testing.T, s string, grammar *regexp.Regexp, got Members, err error) {
	t.Helper()
	require.Equal(t, grammar.MatchString(s), err == nil, "%q: %v", s, err)
	if err != nil {
		var syntax *fields.SyntaxError
		require.ErrorAs(t, err, &syntax)
		assert.NotEmpty(t, syntax.Problem)
		assert.True(t, 0 <= syntax.At && syntax.At <= len(s), "%q: %v", s, err)
		assert.Nil(t, got)
		return
	}
	rest := remainder{t, []byte(s)}
	for _, m := range got {
		rest.cut(m.At, m.Key)
		for _, it := range m.Items {
			rest.cutItem(it.At, it.Item)
			rest.cutParameters(it.Parameters)
		}
		rest.cutParameters(m.Parameters)
	}
	assert.Regexp(t, betweenItems, string(rest.s), s)
}

// remainder is what is left of a value when the pieces are cut out of it.
type remainder struct {
	t *testing.T
	s []byte
}

func (rest remainder) cut(at int, piece string) {
	require.Equal(rest.t, piece, string(rest.s[at:at+len(piece)]))
	copy(rest.s[at:], strings.Repeat(" ", len(piece)))
}

func (rest remainder) cutItem(at int, it fields.Item) {
	require.Regexp(rest.t, textOf[it.Type], it.Text)
	text := it.Text
	if it.Type == fields.String {
		text = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
	}
	rest.cut(at, text)
}

func (rest remainder) cutParameters(list Parameters) {
	for _, p := range list {
		rest.cut(p.At, p.Key)
		if p.Value.Type != fields.None {
			rest.cutItem(p.At+len(p.Key+"="), p.Value)
		}
	}
}
