package conformance_test

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/internal/fields"
)

// Both readers have to accept the same, and to make the same of it.
func TestFieldsAgainstHTTPSFV(t *testing.T) {
	d := newDice()
	counts := map[string]int{}
	for range *inputs {
		s := d.structured()

		members, err := fields.ParseDictionary(s)
		dictionary, theirErr := httpsfv.UnmarshalDictionary([]string{s})
		kind := compare(t, s, err, theirErr)
		if counts["dictionary "+kind]++; kind == "accepted" {
			require.Equal(t, dictionary, dictionaryOf(t, members), "%q", s)
			written, err := httpsfv.Marshal(dictionary)
			require.NoError(t, err, "%q", s)
			members, err = fields.ParseDictionary(written)
			require.NoError(t, err, "%q", written)
			require.Equal(t, dictionary, dictionaryOf(t, members), "%q", written)
		}

		members, err = fields.ParseList(s)
		list, theirErr := httpsfv.UnmarshalList([]string{s})
		kind = compare(t, s, err, theirErr)
		if counts["list "+kind]++; kind == "accepted" {
			require.Equal(t, list, listOf(t, members), "%q", s)
		}

		it, parameters, err := fields.ParseItem(s)
		item, theirErr := httpsfv.UnmarshalItem([]string{s})
		kind = compare(t, s, err, theirErr)
		if counts["item "+kind]++; kind == "accepted" {
			require.Equal(t, item, httpsfv.Item{Value: valueOf(t, it), Params: paramsOf(t, parameters)}, "%q", s)
		}
	}
	t.Log(counts)
	for _, what := range []string{"dictionary", "list", "item"} {
		assert.Greater(t, counts[what+" accepted"], *inputs/10, what)
		assert.Greater(t, counts[what+" refused"], *inputs/10, what)
		assert.NotZero(t, counts[what+" without padding"], what)
	}
}

// compare says what both readers have to agree on, but for what differs on purpose.
func compare(t *testing.T, s string, err, theirErr error) (kind string) {
	// https://www.rfc-editor.org/rfc/rfc9651#section-4.2.7 asks parsers to do without
	// the padding of byte sequences.
	var corrupt base64.CorruptInputError
	if err == nil && errors.As(theirErr, &corrupt) {
		return "without padding"
	}
	require.Equal(t, theirErr == nil, err == nil, "%q: %v, but httpsfv says %v", s, err, theirErr)
	if err != nil {
		return "refused"
	}
	return "accepted"
}

func dictionaryOf(t *testing.T, members []fields.Member) *httpsfv.Dictionary {
	dictionary := httpsfv.NewDictionary()
	for _, m := range members {
		dictionary.Add(m.Key, memberOf(t, m)) // the last of a key counts, in the place of the first
	}
	return dictionary
}

func listOf(t *testing.T, members []fields.Member) httpsfv.List {
	var list httpsfv.List
	for _, m := range members {
		list = append(list, memberOf(t, m))
	}
	return list
}

func memberOf(t *testing.T, m fields.Member) httpsfv.Member {
	if !m.Inner {
		require.Len(t, m.Items, 1)
		require.Empty(t, m.Items[0].Parameters)
		return httpsfv.Item{Value: valueOf(t, m.Items[0].Item), Params: paramsOf(t, m.Parameters)}
	}
	inner := httpsfv.InnerList{Params: paramsOf(t, m.Parameters)}
	for _, it := range m.Items {
		inner.Items = append(inner.Items, httpsfv.Item{Value: valueOf(t, it.Item), Params: paramsOf(t, it.Parameters)})
	}
	return inner
}

func paramsOf(t *testing.T, parameters []fields.Parameter) *httpsfv.Params {
	params := httpsfv.NewParams()
	for _, p := range parameters {
		params.Add(p.Key, valueOf(t, p.Value))
	}
	return params
}

// valueOf turns an item into what httpsfv has for it.
func valueOf(t *testing.T, it fields.Item) any {
	var value any
	var err error
	switch it.Type {
	case fields.None:
		value = true
	case fields.Boolean:
		value = it.Text == "?1"
	case fields.Integer:
		value, err = strconv.ParseInt(it.Text, 10, 64)
	case fields.Decimal:
		value, err = strconv.ParseFloat(it.Text, 64)
	case fields.String:
		value = it.Text
	case fields.Token:
		value = httpsfv.Token(it.Text)
	case fields.ByteSequence:
		value, err = base64.StdEncoding.DecodeString(strings.Trim(it.Text, ":"))
	case fields.Date:
		var seconds int64
		seconds, err = strconv.ParseInt(it.Text[1:], 10, 64)
		value = time.Unix(seconds, 0)
	case fields.DisplayString:
		var text string
		text, err = url.PathUnescape(it.Text[2 : len(it.Text)-1])
		value = httpsfv.DisplayString(text)
	}
	require.NoError(t, err)
	return value
}

// structured makes something like a structured field.
func (d dice) structured() string {
	var s string
	switch d.IntN(3) {
	case 0:
		s = d.several(3, d.comma(), func() string { return d.key() + d.pick("="+d.member(), d.params()) })
	case 1:
		s = d.several(3, d.comma(), d.member)
	case 2:
		s = d.item() + d.params()
	}
	if d.once(4) {
		s = d.damage(s, " ", "\t", ",", ";", "=", "(", ")", `"`, `\`, ":", "%", "@", "?", "-", ".", "1", "a", "A", "*", "/",
			"'", "\x00", "\x7f", "\u00e4")
	}
	return d.mostly("\t")("", " ") + s + d.mostly("\t")("", " ")
}

func (d dice) comma() string { return d.pick(",", ", ", " ,\t", ",  ") }

func (d dice) key() string { return d.mostly("1", "")("a", "b", "*", "report-to", "a_1.*-", "z") }

func (d dice) member() string {
	if d.once(3) {
		items := d.several(3, d.pick(" ", "  "), func() string { return d.item() + d.params() })
		return "(" + d.pick("", " ") + items + d.pick("", " ") + ")" + d.params()
	}
	return d.item() + d.params()
}

func (d dice) params() string {
	return d.several(2, "", func() string {
		return ";" + d.pick("", "", " ") + d.key() + d.pick("", "="+d.item())
	})
}

func (d dice) item() string {
	digits := func(most int) string {
		return d.pick("0", "7") + d.several(most, "", func() string { return d.pick("0", "1", "9") })
	}
	switch d.IntN(9) {
	case 0:
		return "?" + d.mostly("2", "", "t")("0", "1")
	case 1:
		return d.pick("", "-") + digits(15)
	case 2:
		return d.pick("", "-") + digits(12) + "." + digits(3)
	case 3:
		return d.quoted(d.mostly(`\a`, "\t"), "a", " ", "~", "!", `\"`, `\\`, ",", ";", "(", "https://a.example")
	case 4:
		return d.mostly("_", "1")("a", "Z", "*") + d.several(3, "", func() string {
			return d.mostly("=", "{")("a", "/", ":", "%", "1", "~", "*")
		})
	case 5:
		bytes := make([]byte, d.IntN(6))
		for i := range bytes {
			bytes[i] = byte(d.Uint32())
		}
		text := base64.StdEncoding.EncodeToString(bytes)
		return ":" + d.mostly(base64.URLEncoding.EncodeToString(bytes), strings.Trim(text, "="))(text) + ":"
	case 6:
		return "@" + d.pick("", "-") + digits(14)
	case 7:
		return "%" + d.quoted(d.mostly("%c3", "%C3%BC", "%ed%a0%80", "\t"),
			"a", " ", "~", `\`, "%22", "%c3%bc", "%e2%82%ac", "%f0%9f%98%80", "%00")
	}
	return d.mostly("")("self", "*", "1", `"a"`, "?1")
}

func (d dice) quoted(pick func(...string) string, pieces ...string) string {
	return `"` + d.several(4, "", func() string { return pick(pieces...) }) + `"`
}
