package fields_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/internal/fields"
)

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func TestBytes(t *testing.T) {
	for i := range 256 {
		c := byte(i)
		// strings.IndexByte, as a string of one byte beyond ASCII is not UTF-8.
		in := func(set string) bool { return strings.IndexByte(set, c) >= 0 }
		assert.Equal(t, in(digits), fields.IsDigit(c), "%q", c)
		assert.Equal(t, in(digits+letters), fields.IsAlphanumeric(c), "%q", c)
		assert.Equal(t, in(digits+letters+"!#$%&'*+-.^_`|~"), fields.IsTokenByte(c), "%q", c)
		assert.Equal(t, fields.IsTokenByte(c), fields.IsToken("a"+string([]byte{c})+"b"), "%q", c)
	}
}

func TestIsToken(t *testing.T) {
	for s, want := range map[string]bool{
		"GET": true, "x-request-id": true, "*": true, "!#$%&'*+-.^_`|~09AZaz": true,
		"": false, " ": false, "a b": false, " a": false, "a ": false, "a:": false, "(a)": false,
		"ä": false, "a\x00": false,
	} {
		assert.Equal(t, want, fields.IsToken(s), "%q", s)
	}
}

func TestElements(t *testing.T) {
	for _, tt := range []struct{ lines, want []string }{
		{nil, nil},
		{[]string{""}, nil},
		{[]string{", ,\t,,"}, nil},
		{[]string{"a"}, []string{"a"}},
		{[]string{"a,b"}, []string{"a", "b"}},
		{[]string{"a, b"}, []string{"a", "b"}},
		{[]string{" a ,\tb\t", "", ",c,"}, []string{"a", "b", "c"}},
		{[]string{"a b", "c\td"}, []string{"a b", "c\td"}},
		{[]string{"a,a", "A"}, []string{"a", "a", "A"}},
		{[]string{"\u00a0a,\vb,c\r\n"}, []string{"\u00a0a", "\vb", "c\r\n"}},
		{[]string{`"a,b"`}, []string{`"a`, `b"`}},
	} {
		assert.Equal(t, tt.want, slices.Collect(fields.Elements(tt.lines)), "%q", tt.lines)
	}
}

func TestElementsStop(t *testing.T) {
	var seen []string
	for element := range fields.Elements([]string{"a,b,c", "d"}) {
		if seen = append(seen, element); element == "b" {
			break
		}
	}
	assert.Equal(t, []string{"a", "b"}, seen)
}

func TestLists(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		token string
		want  bool
	}{
		{nil, "origin", false},
		{[]string{""}, "", false},
		{[]string{"Origin"}, "Origin", true},
		{[]string{"Origin"}, "origin", true},
		{[]string{"origin"}, "ORIGIN", true},
		{[]string{"Accept , \tORIGIN\t"}, "Origin", true},
		{[]string{"Accept", "Cookie,Origin"}, "Origin", true},
		{[]string{"*"}, "*", true},
		{[]string{"*"}, "\n", false}, // 0x2a and 0x0a, as upper and lower case differ
		{[]string{"@"}, "`", false},  // before A and a
		{[]string{"["}, "{", false},  // after Z and z
		{[]string{"AZ"}, "az", true},
		{[]string{"Origin2"}, "Origin", false},
		{[]string{"X-Origin"}, "Origin", false},
		{[]string{"Origi"}, "Origin", false},
		{[]string{"Accept Origin"}, "Origin", false},
		{[]string{"\u00a0Origin"}, "Origin", false},
		{[]string{"Origin\u00a0"}, "Origin", false},
		{[]string{"\vOrigin", "Origin\r"}, "Origin", false},
		{[]string{"web\u017focket", "websoc\u212aet"}, "websocket", false}, // strings.EqualFold folds both
	} {
		assert.Equal(t, tt.want, fields.Lists(tt.lines, tt.token), "%q in %q", tt.token, tt.lines)
	}
}

func TestTooLong(t *testing.T) {
	for _, lines := range [][]string{nil, {""}, {"a"}, {"", ""}, {"abc", "d", "ef"}} {
		length := len(strings.Join(lines, ", "))
		assert.False(t, fields.TooLong(lines, length), "%q", lines)
		assert.Equal(t, lines != nil, fields.TooLong(lines, length-1), "%q", lines)
	}
}

func TestTrim(t *testing.T) {
	for s, want := range map[string]string{
		"": "", " ": "", " \t ": "", "a": "a", " a": "a", "a\t": "a", "\t a b\tc \t": "a b\tc",
		"\na": "\na", "a\r": "a\r", "\u00a0a": "\u00a0a", "\va\f": "\va\f",
	} {
		assert.Equal(t, want, fields.Trim(s), "%q", s)
	}
}

// The request path must not allocate for them.
func TestNoAllocations(t *testing.T) {
	lines := []string{"Accept-Encoding, Cookie", " X-Requested-With ,,Origin"}
	tokens := 0
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		for element := range fields.Elements(lines) {
			if fields.IsToken(fields.Trim(element)) && fields.Lists(lines, element) && !fields.TooLong(lines, 8<<10) {
				tokens++
			}
		}
	}))
	assert.Equal(t, 101*4, tokens)
}

// FuzzList reads lists the slow way.
func FuzzList(f *testing.F) {
	f.Add("a, b", "c", "C")
	f.Add(" ,\t", "x,,y ", "Y")
	f.Fuzz(func(t *testing.T, first, second, token string) {
		lines := []string{first, second}
		var want []string
		for element := range strings.SplitSeq(first+","+second, ",") {
			if element = strings.Trim(element, " \t"); element != "" {
				want = append(want, element)
			}
		}
		assert.Equal(t, want, slices.Collect(fields.Elements(lines)))
		token = strings.Map(ascii, token)
		assert.Equal(t, slices.ContainsFunc(want, func(s string) bool {
			return strings.Map(ascii, s) == s && strings.EqualFold(s, token)
		}), fields.Lists(lines, token))
		for most := range 20 {
			assert.Equal(t, len(first)+len(second)+2 > most, fields.TooLong(lines, most))
		}
	})
}

// ascii drops what is not ASCII.
func ascii(r rune) rune {
	if r >= 0x80 {
		return -1
	}
	return r
}
