package httpsec_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
)

func TestPreflights(t *testing.T) {
	allowed := approved(http.Header{
		"Access-Control-Allow-Origin":  {"https://a.com"},
		"Access-Control-Allow-Methods": {"PUT"},
		"Access-Control-Allow-Headers": {"authorization, x-foo"},
		"Access-Control-Max-Age":       {"900"},
		"Vary":                         {preflightVary},
	})
	varied := http.Header{"Vary": {"Origin"}}
	const a, own = "https://a.com", "http://example.com"
	severalMethods := adding(from(a), "Access-Control-Request-Method", "PUT", "PUT")
	anyShape := preflightOf(a, "PUT", "X-Foo ,, authorization", "\tx-foo,")
	noMethod := adding(from(a), "Access-Control-Request-Headers", "x-foo")
	exchanges{
		{"row 6: listed method and header", "OPTIONS", preflightOf(a, "PUT", "x-foo"), allowed},
		{"row 7: POST, which needs no listing", "OPTIONS", preflightOf(a, "POST", "authorization"), allowed},
		{"row 10: a method that is not listed", "OPTIONS", preflightOf(a, "DELETE"), allowed},
		{"row 11: a header that is not listed", "OPTIONS", preflightOf(a, "PUT", "x-nope"), allowed},
		{"row 12: headers in any shape", "OPTIONS", anyShape, allowed},
		{"headers that are not tokens", "OPTIONS", preflightOf(a, "PUT", "x foo, \x00"), allowed},
		{"headers of 9 KiB", "OPTIONS", preflightOf(a, "PUT", strings.Repeat("x", 9<<10)), allowed},
		{"row 19: empty method", "OPTIONS", preflightOf(a, ""), allowed},
		{"method that is not a token", "OPTIONS", preflightOf(a, "bad method"), allowed},
		{"two method lines", "OPTIONS", severalMethods, allowed},
		{"row 9: foreign origin", "OPTIONS", preflightOf("https://evil.com", "PUT", "x-foo"), refused(preflightVary)},
		{"foreign origin, empty method", "OPTIONS", preflightOf("https://evil.com", ""), refused(preflightVary)},
		{"row 20: null", "OPTIONS", preflightOf("null", "PUT"), refused(preflightVary)},
		{"malformed", "OPTIONS", preflightOf("https://a.com/", "PUT"), refused(preflightVary)},
		{"own origin, which never needs one", "OPTIONS", preflightOf(own, "PUT"), refused(preflightVary)},
		{"row 17: no method line", "OPTIONS", noMethod, ran(sharedWithA())},
		{"row 18: no Origin", "OPTIONS", askingToPut(nil), ran(varied)},
		{"row 21: empty Origin", "OPTIONS", preflightOf("", "PUT"), ran(varied)},
		{"row 22: two Origin lines", "OPTIONS", askingToPut(from(a, a)), ran(varied)},
		{"lower-case options", "options", preflightOf(a, "PUT"), ran(sharedWithA())},
	}.run(t, twoOrigins())
}

func TestPreflightsOfAnyone(t *testing.T) {
	allowed := approved(http.Header{
		"Access-Control-Allow-Origin":  {"*"},
		"Access-Control-Allow-Methods": {"PUT"},
		"Access-Control-Allow-Headers": {"authorization, x-foo"},
		"Access-Control-Max-Age":       {"900"},
	})
	public := http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Expose-Headers": {"X-Bar"}}
	tests := exchanges{
		{"any origin", "OPTIONS", preflightOf("https://evil.com", "PUT", "x-foo"), allowed},
		{"row 20: null", "OPTIONS", preflightOf("null", "PUT"), allowed},
		{"malformed", "OPTIONS", preflightOf("https://a.com/", "PUT"), allowed},
		{"row 21: empty Origin", "OPTIONS", preflightOf("", "PUT"), ran(public)},
	}
	tests.run(t, with(twoOrigins(), func(c *httpsec.Config) { c.Origins = []string{"*"} }))
	tests.run(t, with(twoOrigins(), func(c *httpsec.Config) {
		c.Origins, c.Credentials = []string{"https://a.com", "*"}, true
	}))
}

// TestPreflightLists crosses the meanings of Methods and Headers with credentials.
func TestPreflightLists(t *testing.T) {
	const six = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
	none, asterisk := []string{}, []string{"*"}
	besideMethod, besideHeader := []string{"PUT", "*"}, []string{"X-Foo", "*"}
	tests := []struct {
		name                 string
		methods, headers     []string
		credentials          bool
		wantMethods, wantHdr string // "" for no such header
	}{
		{"nil", nil, nil, false, six, "*, Authorization"},
		{"nil with credentials", nil, nil, true, six, "X-B, x-a"},
		{"row 46: empty", none, none, false, six, "*, Authorization"},
		{"row 46: empty with credentials", none, none, true, six, "X-B, x-a"},
		{"row 47: none but safelisted headers", []string{"PUT"}, []string{"Accept"}, true, "PUT", "Accept"},
		{"lists", []string{"PUT", "purge"}, []string{"x-b", "Accept"}, false, "PUT, purge", "x-b, Accept"},
		{"lists with credentials", []string{"PUT", "purge"}, []string{"x-b", "x-c"}, true, "PUT, purge", "x-b, x-c"},
		{"repeated entries once", []string{"PUT", "A", "PUT"}, []string{"X-A", "b", "x-a"}, false, "PUT, A", "X-A, b"},
		{"row 16: asterisks", asterisk, asterisk, false, "*", "*, Authorization"},
		{"row 13, row 15: asterisks with credentials", asterisk, asterisk, true, "PURGE", "X-B, x-a"},
		{"asterisks beside names", besideMethod, besideHeader, false, "*", "*, Authorization"},
		{"asterisks beside names with credentials", besideMethod, besideHeader, true, "PURGE", "X-B, x-a"},
		{"asterisk of methods alone", []string{"*"}, []string{"x-foo"}, true, "PURGE", "x-foo"},
		{"asterisk of headers alone", []string{"PUT"}, []string{"*"}, true, "PUT", "X-B, x-a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := httpsec.Config{
				Origins:     []string{"https://a.com"},
				Methods:     test.methods,
				Headers:     test.headers,
				Credentials: test.credentials,
			}
			want := http.Header{
				"Access-Control-Allow-Origin": {"https://a.com"},
				"Access-Control-Max-Age":      {"600"},
				"Vary":                        {preflightVary},
			}
			if test.credentials {
				want["Access-Control-Allow-Credentials"] = []string{"true"}
			}
			if test.wantMethods != "" {
				want["Access-Control-Allow-Methods"] = []string{test.wantMethods}
			}
			if test.wantHdr != "" {
				want["Access-Control-Allow-Headers"] = []string{test.wantHdr}
			}
			r := newRequest("OPTIONS", preflightOf("https://a.com", "PURGE", "X-B, x-a"))
			assert.Equal(t, approved(want), answerTo(newHandler(t, c), r, nil))
		})
	}
}

// TestAsterisksOfAnyone checks that "*" stays literal where credentials were asked
// for but are off, because Origins has "*" too.
func TestAsterisksOfAnyone(t *testing.T) {
	c := httpsec.Config{Origins: []string{"*"}, Methods: []string{"*"}, Headers: []string{"*"}, Credentials: true}
	want := http.Header{
		"Access-Control-Allow-Origin":  {"*"},
		"Access-Control-Allow-Methods": {"*"},
		"Access-Control-Allow-Headers": {"*, Authorization"},
		"Access-Control-Max-Age":       {"600"},
	}
	r := newRequest("OPTIONS", preflightOf("https://a.com", "PURGE", "x-a"))
	assert.Equal(t, approved(want), answerTo(newHandler(t, c), r, nil))
}

func TestMethodEcho(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		want  []string
	}{
		{"row 15: a token", []string{"PURGE"}, []string{"PURGE"}},
		{"lower case", []string{"patch"}, []string{"patch"}},
		{"all that a token may hold", []string{"!#$%&'*+-.^_`|~09AZaz"}, []string{"!#$%&'*+-.^_`|~09AZaz"}},
		{"64 bytes", []string{strings.Repeat("A", 64)}, []string{strings.Repeat("A", 64)}},
		{"65 bytes", []string{strings.Repeat("A", 65)}, nil},
		{"1 MiB", []string{strings.Repeat("A", 1<<20)}, nil},
		{"row 15: a list, and a space", []string{"bad method, TRACE"}, nil},
		{"a list", []string{"PUT,GET"}, nil},
		{"surrounding space", []string{" PUT"}, nil},
		{"a line break", []string{"PUT\r\nX: y"}, nil},
		{"not ASCII", []string{"PÜT"}, nil},
		{"row 19: empty", []string{""}, nil},
		{"two lines", []string{"PUT", "GET"}, nil},
		{"two equal lines", []string{"PUT", "PUT"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := echoed()
			if test.want != nil {
				want["Access-Control-Allow-Methods"] = test.want
			}
			r := newRequest("OPTIONS", adding(from("https://a.com"), "Access-Control-Request-Method", test.lines...))
			assert.Equal(t, approved(want), answerTo(newHandler(t, echoing()), r, nil))
		})
	}
}

func TestHeaderEcho(t *testing.T) {
	const kib8 = 8 << 10
	list := func(n int) string { return strings.Repeat("x-header,", n/9) + strings.Repeat("y", n%9) }
	long, rest := strings.Repeat("a", 4000), strings.Repeat("b", kib8-4002)
	tests := []struct {
		name  string
		lines []string
		want  []string
	}{
		{"as a browser sends it", []string{"authorization,x-a"}, []string{"authorization,x-a"}},
		{"row 13: two lines", []string{"X-B, x-a", "x-c"}, []string{"X-B, x-a, x-c"}},
		{"empty elements", []string{",x-a,, x-b ,"}, []string{"x-a, x-b"}},
		{"an empty line", []string{"", "x-a"}, []string{"x-a"}},
		{"no element", []string{" , ,\t"}, nil},
		{"one empty line", []string{""}, nil},
		{"no line", nil, nil},
		{"row 14: an element with a space", []string{"x-a, x b"}, nil},
		{"row 14: on the second line", []string{"x-a", "x-b: 1"}, nil},
		{"a line break", []string{"x-a\r\nset-cookie"}, nil},
		{"not ASCII", []string{"x-ä"}, nil},
		{"a control character", []string{"x-a\x7f"}, nil},
		{"8 KiB", []string{list(kib8)}, []string{list(kib8)}},
		{"a byte more", []string{list(kib8 + 1)}, nil},
		{"row 14: 9 KiB", []string{list(9 << 10)}, nil},
		{"row 14: 9 KiB on two lines", []string{list(4 << 10), list(5 << 10)}, nil},
		{"8 KiB on two lines, joined", []string{long, rest}, []string{long + ", " + rest}},
		{"9 KiB of empty elements", []string{"x-a" + strings.Repeat(",", 9<<10)}, nil},
		{"10000 empty lines", make([]string, 10000), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := echoed()
			want["Access-Control-Allow-Methods"] = []string{"PUT"}
			if test.want != nil {
				want["Access-Control-Allow-Headers"] = test.want
			}
			r := newRequest("OPTIONS", preflightOf("https://a.com", "PUT", test.lines...))
			assert.Equal(t, approved(want), answerTo(newHandler(t, echoing()), r, nil))
		})
	}
}

func TestMaxAge(t *testing.T) {
	tests := []struct {
		age  time.Duration
		want string
	}{
		{0, "600"},
		{-1, "0"},
		{-time.Hour, "0"},
		{time.Second, "1"},
		{10 * time.Minute, "600"},
		{24 * time.Hour, "86400"},
		{(1<<63 - 1) / time.Second * time.Second, "9223372036"},
	}
	for _, test := range tests {
		t.Run(test.age.String(), func(t *testing.T) {
			c := with(twoOrigins(), func(c *httpsec.Config) { c.MaxAge = test.age })
			want := http.Header{
				"Access-Control-Allow-Origin":  {"https://a.com"},
				"Access-Control-Allow-Methods": {"PUT"},
				"Access-Control-Allow-Headers": {"authorization, x-foo"},
				"Access-Control-Max-Age":       {test.want},
				"Vary":                         {preflightVary},
			}
			r := newRequest("OPTIONS", preflightOf("https://a.com", "PUT"))
			assert.Equal(t, approved(want), answerTo(newHandler(t, c), r, nil))
		})
	}
}

func TestPreflightStatus(t *testing.T) {
	for status, want := range map[int]int{0: 200, 200: 200, 204: 204, 299: 299} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			handler := newHandler(t, with(twoOrigins(), func(c *httpsec.Config) { c.PreflightStatus = status }))
			allowed := answerTo(handler, newRequest("OPTIONS", preflightOf("https://a.com", "PUT")), nil)
			assert.Equal(t, want, allowed.status)
			assert.Empty(t, allowed.body)
			foreign := newRequest("OPTIONS", preflightOf("https://evil.com", "PUT"))
			assert.Equal(t, refused(preflightVary), answerTo(handler, foreign, nil))
		})
	}
}

// echoed is what the echoing policy always answers.
func echoed() http.Header {
	return http.Header{
		"Access-Control-Allow-Origin":      {"https://a.com"},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Max-Age":           {"600"},
		"Vary":                             {preflightVary},
	}
}
