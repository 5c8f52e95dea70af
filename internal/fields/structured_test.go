package fields_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/internal/fields"
)

type (
	Members    = []fields.Member
	Items      = []fields.InnerItem
	Parameters = []fields.Parameter
)

// one is what a member has that is not an inner list.
func one(at int, kind fields.ItemType, text string) Items {
	return Items{{Item: bare(kind, text), At: at}}
}

func bare(kind fields.ItemType, text string) fields.Item { return fields.Item{Type: kind, Text: text} }

func TestParseDictionary(t *testing.T) {
	self := bare(fields.Token, "self")
	for _, tt := range []struct {
		s    string
		want Members
	}{
		{"", nil},
		{"   ", nil},
		{"a", Members{{Key: "a", Items: one(0, fields.None, "")}}},
		{" a ", Members{{Key: "a", Items: one(1, fields.None, ""), At: 1}}},
		{"a=1", Members{{Key: "a", Items: one(2, fields.Integer, "1")}}},
		{"a=1 \t ", Members{{Key: "a", Items: one(2, fields.Integer, "1")}}},
		{"*a_-.*9=b", Members{{Key: "*a_-.*9", Items: one(8, fields.Token, "b")}}},
		{"z=z", Members{{Key: "z", Items: one(2, fields.Token, "z")}}},
		{"a=()", Members{{Key: "a", Inner: true}}},
		{"a=(   )", Members{{Key: "a", Inner: true}}},
		{"a=(self)", Members{{Key: "a", Inner: true, Items: Items{{Item: self, At: 3}}}}},
		{`a=( self  "x" )`, Members{{Key: "a", Inner: true, Items: Items{
			{Item: self, At: 4}, {Item: bare(fields.String, "x"), At: 10},
		}}}},
		{"a=(self;q;r=2);s", Members{{Key: "a", Inner: true, Items: Items{
			{Item: self, At: 3, Parameters: Parameters{
				{Key: "q", At: 8}, {Key: "r", Value: bare(fields.Integer, "2"), At: 10},
			}},
		}, Parameters: Parameters{{Key: "s", At: 15}}}}},
		{"a;  b;c=?0", Members{{Key: "a", Items: one(0, fields.None, ""), Parameters: Parameters{
			{Key: "b", At: 4}, {Key: "c", Value: bare(fields.Boolean, "?0"), At: 6},
		}}}},
		{"a;b;b", Members{{
			Key: "a", Items: one(0, fields.None, ""), Parameters: Parameters{{Key: "b", At: 2}, {Key: "b", At: 4}},
		}}},
		{"a=1,a=2", Members{
			{Key: "a", Items: one(2, fields.Integer, "1")}, {Key: "a", Items: one(6, fields.Integer, "2"), At: 4},
		}},
		{"a,\tb \t, c", Members{
			{Key: "a", Items: one(0, fields.None, "")}, {Key: "b", Items: one(3, fields.None, ""), At: 3},
			{Key: "c", Items: one(8, fields.None, ""), At: 8},
		}},
		{`main="https://x.example/r";priority=1`, Members{{
			Key: "main", Items: one(5, fields.String, "https://x.example/r"),
			Parameters: Parameters{{Key: "priority", Value: bare(fields.Integer, "1"), At: 27}},
		}}},
	} {
		t.Run(tt.s, func(t *testing.T) {
			members, err := fields.ParseDictionary(tt.s)
			require.NoError(t, err)
			assert.Equal(t, tt.want, members)
		})
	}
}

func TestParseList(t *testing.T) {
	for _, tt := range []struct {
		s    string
		want Members
	}{
		{"", nil},
		{"  ", nil},
		{"a", Members{{Items: one(0, fields.Token, "a")}}},
		{" a, a\t,\tb ", Members{
			{Items: one(1, fields.Token, "a"), At: 1}, {Items: one(4, fields.Token, "a"), At: 4},
			{Items: one(8, fields.Token, "b"), At: 8},
		}},
		{`"a,b";c`, Members{{Items: one(0, fields.String, "a,b"), Parameters: Parameters{{Key: "c", At: 6}}}}},
		{"(1 2), ()", Members{{Inner: true, Items: Items{
			{Item: bare(fields.Integer, "1"), At: 1}, {Item: bare(fields.Integer, "2"), At: 3},
		}}, {Inner: true, At: 7}}},
	} {
		t.Run(tt.s, func(t *testing.T) {
			members, err := fields.ParseList(tt.s)
			require.NoError(t, err)
			assert.Equal(t, tt.want, members)
		})
	}
}

func TestParseItem(t *testing.T) {
	item, parameters, err := fields.ParseItem("  a ; b")
	assert.Equal(t, &fields.SyntaxError{At: 4, Problem: "something follows the item"}, err)
	assert.Empty(t, item)
	assert.Nil(t, parameters)

	item, parameters, err = fields.ParseItem(`  same-origin; report-to="coop";x=1  `)
	require.NoError(t, err)
	assert.Equal(t, bare(fields.Token, "same-origin"), item)
	assert.Equal(t, Parameters{
		{Key: "report-to", Value: bare(fields.String, "coop"), At: 15},
		{Key: "x", Value: bare(fields.Integer, "1"), At: 32},
	}, parameters)
}

func TestItems(t *testing.T) {
	for _, tt := range []struct {
		s    string
		kind fields.ItemType
		text string
	}{
		{"?0", fields.Boolean, "?0"},
		{"?1", fields.Boolean, "?1"},
		{"0", fields.Integer, "0"},
		{"-0", fields.Integer, "-0"},
		{"007", fields.Integer, "007"},
		{"123456789012345", fields.Integer, "123456789012345"},
		{"-999999999999999", fields.Integer, "-999999999999999"},
		{"0.5", fields.Decimal, "0.5"},
		{"-123456789012.123", fields.Decimal, "-123456789012.123"},
		{`""`, fields.String, ""},
		{`"a b~!"`, fields.String, "a b~!"},
		{`"\"\\"`, fields.String, `"\`},
		{`"a\\b\"c"`, fields.String, `a\b"c`},
		{"a", fields.Token, "a"},
		{"Z9", fields.Token, "Z9"},
		{"*", fields.Token, "*"},
		{"text/html:!#$%&'*+-.^_`|~", fields.Token, "text/html:!#$%&'*+-.^_`|~"},
		{"https://example.com:443/a", fields.Token, "https://example.com:443/a"},
		{"::", fields.ByteSequence, "::"},
		{":aGk=:", fields.ByteSequence, ":aGk=:"},
		{":aGk:", fields.ByteSequence, ":aGk:"},
		{":aGl=:", fields.ByteSequence, ":aGl=:"}, // bits of the padding are set
		{":+/Z9:", fields.ByteSequence, ":+/Z9:"},
		{":aA==:", fields.ByteSequence, ":aA==:"},
		{":aA:", fields.ByteSequence, ":aA:"},
		{"@0", fields.Date, "@0"},
		{"@-1659578233", fields.Date, "@-1659578233"},
		{"@123456789012345", fields.Date, "@123456789012345"},
		{`%""`, fields.DisplayString, `%""`},
		{`%"f%c3%bc \ ~"`, fields.DisplayString, `%"f%c3%bc \ ~"`},
		{`%"%f0%9f%98%80%00%22"`, fields.DisplayString, `%"%f0%9f%98%80%00%22"`},
	} {
		t.Run(tt.s, func(t *testing.T) {
			item, parameters, err := fields.ParseItem(tt.s)
			require.NoError(t, err)
			assert.Equal(t, bare(tt.kind, tt.text), item)
			assert.Nil(t, parameters)

			members, err := fields.ParseDictionary("a=(" + tt.s + " 1;b=" + tt.s + ");c=" + tt.s)
			require.NoError(t, err)
			assert.Equal(t, Members{{
				Key: "a", Inner: true,
				Items: Items{{Item: item, At: 3}, {
					Item: bare(fields.Integer, "1"), At: 4 + len(tt.s),
					Parameters: Parameters{{Key: "b", Value: item, At: 6 + len(tt.s)}},
				}},
				Parameters: Parameters{{Key: "c", Value: item, At: 10 + 2*len(tt.s)}},
			}}, members)
		})
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, tt := range []struct {
		s       string
		at      int
		problem string
	}{
		{"a b", 2, "a comma is missing"},
		{"a\t b", 3, "a comma is missing"},
		{"camera 'none'; geolocation 'self'", 7, "a comma is missing"},
		{"a=()b=()", 4, "a comma is missing"},
		{`a="b"c`, 5, "a comma is missing"},
		{"a ;b", 2, "a comma is missing"}, // spaces may follow a semicolon only
		{"a;b\t;c", 4, "a comma is missing"},
		{"a=1.2.3", 5, "a comma is missing"},
		{"a=)", 2, "a value is missing"},
		{"a=(b))", 5, "a comma is missing"},
		{"a,", 1, "a comma that nothing follows"},
		{"a=1 , \t", 4, "a comma that nothing follows"},
		{"\ta", 0, "a key in lower case is missing"}, // HTTP cuts white space off, not this grammar
		{"Camera=()", 0, "a key in lower case is missing"},
		{"1a", 0, "a key in lower case is missing"},
		{"-a", 0, "a key in lower case is missing"},
		{"_a", 0, "a key in lower case is missing"},
		{"=a", 0, "a key in lower case is missing"},
		{`"a"`, 0, "a key in lower case is missing"},
		{"{", 0, "a key in lower case is missing"},
		{"`", 0, "a key in lower case is missing"},
		{"a,,b", 2, "a key in lower case is missing"},
		{"a=();", 5, "a key in lower case is missing"},
		{"a=(); ", 6, "a key in lower case is missing"},
		{"a;\tb", 2, "a key in lower case is missing"},
		{"a=(b;Q)", 5, "a key in lower case is missing"},
		{"aB=1", 1, "a comma is missing"},

		{"a=(", 2, "a closing parenthesis is missing"},
		{"a=(b c ", 2, "a closing parenthesis is missing"},
		{"a=(b", 2, "a closing parenthesis is missing"},
		{`a=(b"c")`, 4, "a space or closing parenthesis is missing"},
		{"a=(b,c)", 4, "a space or closing parenthesis is missing"},
		{"a=(b\tc)", 4, "a space or closing parenthesis is missing"},
		{"a=(b;q=1;r(", 10, "a space or closing parenthesis is missing"},
		{"a=(\tb)", 3, `no value begins with "\t"`},
		{"a=((b))", 3, `no value begins with "("`},

		{"a=", 2, "a value is missing"},
		{"a= 1", 2, "a value is missing"},
		{"a=,b", 2, "a value is missing"},
		{"a=;b", 2, "a value is missing"},
		{"a=(b;c=)", 7, "a value is missing"},
		{"a='none'", 2, `no value begins with "'"`},
		{"a=/b", 2, `no value begins with "/"`},
		{"a=[b", 2, `no value begins with "["`},
		{"a=.5", 2, `no value begins with "."`},
		{"a=+5", 2, `no value begins with "+"`},
		{"a=\u2018self\u2019", 2, "no value begins with \"\u2018\""},
		{"a=\xff", 2, "no value begins with \"\ufffd\""},

		{"a=-", 2, "a minus sign that no digit follows"},
		{"a=--1", 2, "a minus sign that no digit follows"},
		{"a=-.5", 2, "a minus sign that no digit follows"},
		{"a=1234567890123456", 2, "an integer of more than 15 digits"},
		{"a=-1234567890123456", 2, "an integer of more than 15 digits"},
		{"a=1234567890123.1", 2, "a decimal of more than 12 digits before its point"},
		{"a=1.", 2, "a decimal without 1 to 3 digits after its point"},
		{"a=-1.x", 2, "a decimal without 1 to 3 digits after its point"},
		{"a=1.2345", 2, "a decimal without 1 to 3 digits after its point"},

		{`a="b`, 2, "a closing quote is missing"},
		{`a="`, 2, "a closing quote is missing"},
		{`a="b\"`, 2, "a closing quote is missing"},
		{`a=("https://a.com)`, 3, "a closing quote is missing"},
		{`a="b\`, 4, "a backslash that escapes nothing"},
		{`a="b\c"`, 4, "a backslash that escapes nothing"},
		{"a=\"b\tc\"", 4, "a character that is not printable ASCII"},
		{"a=\"\x1f", 3, "a character that is not printable ASCII"},
		{"a=\"\x7f\"", 3, "a character that is not printable ASCII"},
		{"a=\"b\u00e4\"", 4, "a character that is not printable ASCII"},

		{"a=?", 2, "a question mark that neither 0 nor 1 follows"},
		{"a=?2", 2, "a question mark that neither 0 nor 1 follows"},
		{"a=?10", 4, "a comma is missing"},

		{"a=:", 2, "a closing colon is missing"},
		{"a=:aGk=", 2, "a closing colon is missing"},
		{"a=:aG k=:", 2, "a byte sequence that is not base64"},
		{"a=:aG-_:", 2, "a byte sequence that is not base64"},
		{"a=:a:", 2, "a byte sequence that is not base64"},
		{"a=:a===:", 2, "a byte sequence that is not base64"},
		{"a=:=:", 2, "a byte sequence that is not base64"},
		{"a=:====:", 2, "a byte sequence that is not base64"},
		{"a=:aA=:", 2, "a byte sequence that is not base64"},
		{"a=:aGk==:", 2, "a byte sequence that is not base64"},
		{"a=:aGkh====:", 2, "a byte sequence that is not base64"},
		{"a=:aA==aA==:", 2, "a byte sequence that is not base64"},
		{"a=:\u00e4abc:", 2, "a byte sequence that is not base64"},

		{"a=@", 2, "a date that is not a whole number of seconds"},
		{"a=@x", 2, "a date that is not a whole number of seconds"},
		{"a=@1.5", 2, "a date that is not a whole number of seconds"},
		{"a=@-", 3, "a minus sign that no digit follows"},
		{"a=@1234567890123456", 3, "an integer of more than 15 digits"},

		{"a=%", 2, "a percent sign that no quote follows"},
		{"a=%b", 2, "a percent sign that no quote follows"},
		{`a=%"b`, 2, "a closing quote is missing"},
		{`a=%"%41`, 2, "a closing quote is missing"},
		{`a=%"b%`, 5, "a percent sign that two digits of 0-9 and a-f do not follow"},
		{`a=%"%4`, 4, "a percent sign that two digits of 0-9 and a-f do not follow"},
		{`a=%"%4"`, 4, "a percent sign that two digits of 0-9 and a-f do not follow"},
		{`a=%"%g0"`, 4, "a percent sign that two digits of 0-9 and a-f do not follow"},
		{"a=%\"%`0\"", 4, "a percent sign that two digits of 0-9 and a-f do not follow"},
		{`a=%"%C3%BC"`, 4, "a percent sign that two digits of 0-9 and a-f do not follow"},
		{`a=%"%c3%"`, 7, "a percent sign that two digits of 0-9 and a-f do not follow"},
		{`a=%"%c3"`, 2, "a display string that is not UTF-8"},
		{`a=%"%bc%c3"`, 2, "a display string that is not UTF-8"},
		{`a=%"%ed%a0%80"`, 2, "a display string that is not UTF-8"}, // a surrogate
		{"a=%\"\u00e4\"", 4, "a character that is not printable ASCII"},
	} {
		t.Run(tt.s, func(t *testing.T) {
			members, err := fields.ParseDictionary(tt.s)
			assert.Nil(t, members)
			assert.Equal(t, &fields.SyntaxError{At: tt.at, Problem: tt.problem}, err)
		})
	}
}

// Lists and items have fewer ways to fail; what items are made of is above.
func TestSyntaxErrorsOfListsAndItems(t *testing.T) {
	for _, tt := range []struct {
		s    string
		list string // the error of ParseList
		item string // the error of ParseItem
	}{
		{"", "", "a value is missing at byte 0"},
		{"a,", "a comma that nothing follows at byte 1", "something follows the item at byte 1"},
		{",a", "a value is missing at byte 0", "a value is missing at byte 0"},
		{"a,,b", "a value is missing at byte 2", "something follows the item at byte 1"},
		{"a b", "a comma is missing at byte 2", "something follows the item at byte 2"},
		{"a=1", "a comma is missing at byte 1", "something follows the item at byte 1"},
		{"a\t", "", "something follows the item at byte 1"},
		{"(a", "a closing parenthesis is missing at byte 0", `no value begins with "(" at byte 0`},
		{"(a)", "", `no value begins with "(" at byte 0`},
		{"a;B", "a key in lower case is missing at byte 2", "a key in lower case is missing at byte 2"},
		{"a;b=", "a value is missing at byte 4", "a value is missing at byte 4"},
	} {
		t.Run(tt.s, func(t *testing.T) {
			_, err := fields.ParseList(tt.s)
			assert.Equal(t, tt.list, text(err))
			_, _, err = fields.ParseItem(tt.s)
			assert.Equal(t, tt.item, text(err))
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A reader that looks through all members for each would take minutes.
func TestLinear(t *testing.T) {
	var s strings.Builder
	for i := range 30_000 {
		s.WriteString(",k" + strconv.Itoa(i) + `;p="\\"`)
	}
	members, err := fields.ParseDictionary(s.String()[1:])
	require.NoError(t, err)
	assert.Len(t, members, 30_000)
	_, err = fields.ParseDictionary("a=(" + strings.Repeat("1 ", 1<<18))
	assert.Equal(t, &fields.SyntaxError{At: 2, Problem: "a closing parenthesis is missing"}, err)
	_, err = fields.ParseDictionary("a=:" + strings.Repeat("=", 1<<18) + ":")
	assert.Equal(t, &fields.SyntaxError{At: 2, Problem: "a byte sequence that is not base64"}, err)
	item, _, err := fields.ParseItem(`"` + strings.Repeat(`\\`, 1<<18) + `"`)
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat(`\`, 1<<18), item.Text)
}
