package httpsec_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// longestOrigin has as many bytes as an origin may: a scheme of 64, a host of 253
// and a port of 5.
var longestOrigin = strings.Repeat("s", 64) + "://" + strings.Repeat("h", 253) + ":65535"

func TestOriginEntriesThatAreAccepted(t *testing.T) {
	for _, entry := range []string{
		"https://a.com",
		"http://a.com",
		"https://a.com:8443",
		"https://a.com:80",
		"http://a.com:443",
		"https://a.com.",
		"https://localhost",
		"http://localhost:3000",
		"http://0.0.0.0:3000",
		"http://127.0.0.1",
		"https://1.2.3.4.com",
		"https://1.2.3.4x",
		"http://[::1]:8080",
		"http://[2001:db8::1]",
		"http://[::ffff:7f00:1]",
		"https://xn--mnchen-3ya.example",
		"https://a_b.example.com",
		"https://a--b.example.com",
		"https://-a-.example.com",
		"https://a.com:65535",
		"https://a.com:1",
		"https://" + strings.Repeat("a", 63) + ".com",
		"capacitor://localhost",
		"ionic://localhost",
		"tauri://localhost",
		"app://obsidian.md",
		"chrome-extension://abcdefghijklmnopabcdefghijklmnop",
		"moz-extension://3c078156-979c-498b-8990-85f7987dd929",
		"app://CamelCase",
		"app://host:80",
		"a+b-c.1://x",
		longestOrigin,
	} {
		t.Run(entry, func(t *testing.T) {
			handler := newHandler(t, httpsec.Config{Origins: []string{entry}, Credentials: true})
			want := sharedWith(entry)
			want["Access-Control-Allow-Credentials"] = []string{"true"}
			assert.Equal(t, ran(want), answerTo(handler, newRequest("GET", from(entry)), nil))
		})
	}
}

// TestOriginEntriesThatAreMisspelled lists entries that no browser sends, with the
// origin that it sends in their place.
func TestOriginEntriesThatAreMisspelled(t *testing.T) {
	const (
		upper      = "has upper-case letters"
		port       = "has the default port of its scheme"
		zeros      = "has a port with leading zeros"
		path       = "has a path"
		userinfo   = "has a user name or password"
		punycode   = "has a host that is not in Punycode"
		percent    = "has a percent-encoded host"
		dotted     = "has an IPv4 address that is not in dotted-decimal form"
		ipv6       = "has an IPv6 address that is not in its shortest form"
		noScheme   = "has no scheme"
		socket     = "is the address of a socket, but a handshake carries the origin of its page"
		emptyPort  = "has an empty port"
		spaceAside = "has surrounding space"
	)
	tests := []struct{ entry, problem, fix string }{
		{"HTTPS://a.com", upper, "https://a.com"},
		{"https://A.com", upper, "https://a.com"},
		{"APP://Host", upper, "app://Host"},
		{"https://*.A.com", upper, "https://*.a.com"},
		{"https://a.com:443", port, "https://a.com"},
		{"http://a.com:80", port, "http://a.com"},
		{"http://[::1]:80", port, "http://[::1]"},
		{"https://*.a.com:443", port, "https://*.a.com"},
		{"https://a.com:0443", port, "https://a.com"},
		{"https://a.com:08443", zeros, "https://a.com:8443"},
		{"https://a.com:", emptyPort, "https://a.com"},
		{"https://app.example.com/", path, "https://app.example.com"},
		{"https://a.com/path?query#fragment", path, "https://a.com"},
		{`https://a.com\path`, path, "https://a.com"},
		{"https://a.com:*/", path, "https://a.com:*"},
		{"https://a.com?query", "has a query", "https://a.com"},
		{"https://a.com#fragment", "has a fragment", "https://a.com"},
		{"capacitor://localhost/", path, "capacitor://localhost"},
		{"https://user@a.com", userinfo, "https://a.com"},
		{"https://@a.com", userinfo, "https://a.com"},
		{" https://a.com", spaceAside, "https://a.com"},
		{"https://a.com\n", spaceAside, "https://a.com"},
		{"https://münchen.example", punycode, "https://xn--mnchen-3ya.example"},
		{"https://MÜNCHEN.example", punycode, "https://xn--mnchen-3ya.example"},
		{"https://faß.example", punycode, "https://xn--fa-hia.example"},
		{"https://例え.テスト", punycode, "https://xn--r8jz45g.xn--zckzah"},
		{"https://*.münchen.example", punycode, "https://*.xn--mnchen-3ya.example"},
		{"https://ａ.com", punycode, "https://a.com"},
		{"https://a。com", punycode, "https://a.com"},
		{"https://%61.com", percent, "https://a.com"},
		{"ftp://a.com:21", port, "ftp://a.com"},
		{"http://255.1", dotted, "http://255.0.0.1"},
		{"http://127.1", dotted, "http://127.0.0.1"},
		{"http://2130706433", dotted, "http://127.0.0.1"},
		{"http://0x7f.0.0.1", dotted, "http://127.0.0.1"},
		{"http://0x7F000001", dotted, "http://127.0.0.1"},
		{"http://0177.0.0.1", dotted, "http://127.0.0.1"},
		{"http://127.0.0.01", dotted, "http://127.0.0.1"},
		{"http://127.0.0.1.", dotted, "http://127.0.0.1"},
		{"http://0x", dotted, "http://0.0.0.0"},
		{"http://1.2.772", dotted, "http://1.2.3.4"},
		{"http://[0:0:0:0:0:0:0:1]", ipv6, "http://[::1]"},
		{"http://[::0001]", ipv6, "http://[::1]"},
		{"http://[2001:DB8::1]", ipv6, "http://[2001:db8::1]"},
		{"http://[2001:db8:0:0:1:0:0:1]", ipv6, "http://[2001:db8::1:0:0:1]"},
		{"http://[::ffff:127.0.0.1]", ipv6, "http://[::ffff:7f00:1]"},
		{"http://[::127.0.0.1]", ipv6, "http://[::7f00:1]"},
		{"app.example.com", noScheme, "https://app.example.com"},
		{"a.com:8443", noScheme, "https://a.com:8443"},
		{"//a.com", noScheme, "https://a.com"},
		{"https:a.com", noScheme, "https://a.com"},
		{"https:/a.com", noScheme, "https://a.com"},
		{`https:\\a.com`, noScheme, "https://a.com"},
		{"*.a.com", noScheme, "https://*.a.com"},
		{"localhost", noScheme, "http://localhost"},
		{"localhost:3000", noScheme, "http://localhost:3000"},
		{"app.localhost:3000", noScheme, "http://app.localhost:3000"},
		{"127.0.0.1:3000", noScheme, "http://127.0.0.1:3000"},
		{"[::1]:3000", noScheme, "http://[::1]:3000"},
		{"localhost:*", noScheme, "http://localhost:*"},
		{"ws://a.com", socket, "http://a.com"},
		{"wss://a.com", socket, "https://a.com"},
		{"wss://a.com:443/chat", socket, "https://a.com"},
		{"ws://localhost:3000", socket, "http://localhost:3000"},
	}
	for _, test := range tests {
		t.Run(test.entry, func(t *testing.T) {
			_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{test.entry}})
			assert.EqualError(t, err, "httpsec: Config.Origins: "+strconv.Quote(test.entry)+" "+test.problem+`; write "`+test.fix+`"`)
			newPolicy(t, httpsec.Config{Origins: []string{test.fix}})
		})
	}
}

// TestOriginEntriesThatAreRefused lists entries that no other spelling mends.
func TestOriginEntriesThatAreRefused(t *testing.T) {
	const (
		null      = "can be claimed by any sandboxed page; give the page an origin of its own and list that"
		opaque    = `has a scheme whose pages send "Origin: null"`
		badPort   = "has a port that is not from 1 to 65535"
		empty     = `is empty; remove it`
		noHost    = "has no host"
		wildcard  = `has a wildcard other than "*." before the host and ":*" after it`
		notIPv4   = "has a host that is not an IPv4 address"
		notIPv6   = "has a host that is not an IPv6 address"
		overIP    = "is a pattern over an IP address, which has no subdomains"
		notDomain = `has a host that cannot be a domain: its labels have 1 to 63 characters, 253 in all, and none of them space, %, *, :, @, <, >, [, \, ], ^ or |`
		badIDN    = "has a host that is not a valid internationalised name"
		noScheme  = "has no scheme"
		badScheme = "has no valid scheme"
		tooLong   = "is longer than 326 bytes"
	)
	tests := []struct{ entry, want string }{
		{"", empty},
		{" ", empty},
		{"https://a.com,https://B.com", "holds several origins"},
		{"https://a.com?https://b.com,", "holds several origins"},
		{"null", null},
		{"NULL", null},
		{" null ", null},
		{"file:/index.html", noScheme},
		{"blob://x", opaque},
		{"view-source://x", opaque},
		{"https://%2a.a.com", notDomain},
		{"https://＊.a.com", notDomain},
		{"file://", opaque},
		{"file:///index.html", opaque},
		{"FILE://host", opaque},
		{"data://x", opaque},
		{"https://", noHost},
		{"https:///a.com", noHost},
		{"https://:8443", noHost},
		{"https://user@", noHost},
		{"https://*.", noHost},
		{"capacitor://", noHost},
		{"https://a.com:0", badPort},
		{"https://a.com:00", badPort},
		{"https://a.com:65536", badPort},
		{"https://a.com:99999999999999999999", badPort},
		{"https://a.com:port", badPort},
		{"https://a.com:-1", badPort},
		{"https://a.com:8*", badPort},
		{"http://[fe80::1%eth0]", "has an IPv6 zone, which no browser sends"},
		{"http://[fe80::1%25eth0]", "has an IPv6 zone, which no browser sends"},
		{"http://[::1", notIPv6},
		{"http://[::g]", notIPv6},
		{"http://[127.0.0.1]", notIPv6},
		{"http://[]", notIPv6},
		{"http://256.0.0.1", notIPv4},
		{"http://1.2.3.4.5", notIPv4},
		{"http://127.0.0.09", notIPv4},
		{"http://4294967296", notIPv4},
		{"http://1.2.3.256", notIPv4},
		{"http://a.com.1", notIPv4},
		{"https://a b.com", notDomain},
		{"https://a..com", notDomain},
		{"https://.a.com", notDomain},
		{"https://.", notDomain},
		{"https://xn--.com", notDomain},
		{"https://a|b.com", notDomain},
		{"https://a\tb.com", notDomain},
		{"https://a%20b.com", notDomain},
		{"https://" + strings.Repeat("a", 64) + ".com", notDomain},
		{"https://a%zz.com", "has a host with a broken percent-encoding"},
		{"https://xn--a.com", badIDN},
		{"app://a b", "has a character that cannot be in a host"},
		{"app://ä", "has a character that cannot be in a host"},
		{"://a.com", badScheme},
		{"1http://a.com", badScheme},
		{"ht_tp://a.com", badScheme},
		{"*://a.com", badScheme},
		{"https://*", wildcard},
		{"https://a.*", wildcard},
		{"https://a.*.com", wildcard},
		{"https://*.*.a.com", wildcard},
		{"https://*a.com", wildcard},
		{"https://a*.com", wildcard},
		{"https://**.a.com", wildcard},
		{"http://*.127.0.0.1", overIP},
		{"http://*.[::1]", overIP},
		{"**", noScheme},
		{"a b", noScheme},
		{longestOrigin + "0", tooLong},
	}
	for _, test := range tests {
		t.Run(test.entry, func(t *testing.T) {
			_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{test.entry}})
			assert.EqualError(t, err, "httpsec: Config.Origins: "+strconv.Quote(test.entry)+" "+test.want)
		})
	}
}

func TestPatternsOverPublicSuffixes(t *testing.T) {
	tests := []struct {
		entry  string
		suffix string // "" if the public suffix list does not name it
	}{
		{"https://*.com", "com"},
		{"https://*.com:*", "com"},
		{"https://*.com:8443", "com"},
		{"http://*.co.uk", "co.uk"},
		{"https://*.co.uk.", "co.uk."},
		{"https://*.github.io", "github.io"},
		{"https://*.s3.amazonaws.com", "s3.amazonaws.com"},
		{"https://*.ck", "ck"},
		{"https://*.kawasaki.jp", "kawasaki.jp"},
		{"https://*.xn--p1ai", "xn--p1ai"},
		{"https://*.example.com", ""},
		{"https://*.me.github.io", ""},
		{"https://*.www.ck", ""},
		{"http://*.localhost", ""},
		{"http://*.localhost:*", ""},
		{"https://*.internal", ""},
		{"https://*.svc.cluster.local", ""},
		{"https://github.io", ""},
		{"https://github.io:*", ""},
	}
	for _, test := range tests {
		t.Run(test.entry, func(t *testing.T) {
			c := httpsec.Config{Origins: []string{test.entry}}
			newPolicy(t, c)

			c.Credentials = true
			_, err := httpsec.NewPolicy(c)
			if test.suffix == "" {
				require.NoError(t, err)
				return
			}
			assert.EqualError(t, err, "httpsec: Config.Origins: "+strconv.Quote(test.entry)+
				" lets anyone's site use credentials, because "+strconv.Quote(test.suffix)+
				" is a public suffix; list the origins, or switch Credentials off")
		})
	}

	t.Run("beside an asterisk, which switches credentials off", func(t *testing.T) {
		newPolicy(t, httpsec.Config{Origins: []string{"https://*.com", "*"}, Credentials: true})
	})
}

func TestOriginMatching(t *testing.T) {
	label63 := strings.Repeat("x", 63)
	tests := []struct {
		name    string
		entries []string
		allowed []string
		refused []string
	}{
		{
			"row 23: an exact origin", []string{"https://a.com"},
			[]string{"https://a.com"},
			[]string{
				"https://A.com", "HTTPS://a.com", "https://a.com:443", "https://a.com/", "https://a.com.", "http://a.com",
				"https://a.com:8443", "https://x.a.com", "https://a.co", "https://a.comm", " https://a.com", "https://a.com ",
				"https://u@a.com", "https://a.com, https://a.com", "a.com", "null", "*", "https://*", "https://a.com\x00",
			},
		},
		{
			"row 24, row 25: subdomains", []string{"https://*.a.com"},
			[]string{"https://x.a.com", "https://y.x.a.com", "https://a.com.a.com", "https://x_1-.a.com", "https://0.a.com", "https://" + label63 + ".a.com"},
			[]string{
				"https://a.com", "https://.a.com", "https://x..a.com", "https://evila.com", "http://x.a.com", "https://x.a.com:8443",
				"https://x.a.com:443", "https://x.a.com.evil.com", "https://evil.com/.a.com", "https://u@x.a.com", "https://evil.com?.a.com",
				"https://evil.com#.a.com", `https://evil.com\.a.com`, "https://evil.com:1.a.com", "https://[::1].a.com", "https://X.a.com",
				"https://x.A.com", "https://*.a.com", "https://%78.a.com", "https://x.a.com.", "https://x.a.com/", "https://ä.a.com",
				"https://x .a.com", "https://x\x00.a.com", "https://.x.a.com", "https://" + label63 + "x.a.com", "https:x.a.com", "x.a.com", "null",
			},
		},
		{
			"row 26: any port", []string{"http://localhost:*"},
			[]string{"http://localhost", "http://localhost:1", "http://localhost:443", "http://localhost:3000", "http://localhost:65535"},
			[]string{
				"http://localhost:0", "http://localhost:80", "http://localhost:65536", "http://localhost:99999", "http://localhost:03000",
				"http://localhost:", "http://localhost:3000.evil.com", "http://localhost:3000:3000", "http://localhost:+1", "http://localhost:*",
				"http://localhost:3000/", "http://localhost.evil.com", "http://x.localhost", "https://localhost", "http://localhost@evil.com",
				"http://localhost:123456", "http://localhost:１",
			},
		},
		{
			"any port of an IPv6 address", []string{"http://[::1]:*"},
			[]string{"http://[::1]", "http://[::1]:8080"},
			[]string{"http://[::1]:80", "http://[::1]:0", "http://[::2]:8080", "http://[::1", "http://[:"},
		},
		{
			"subdomains on any port", []string{"https://*.a.com:*"},
			[]string{"https://x.a.com", "https://x.a.com:8443", "https://y.x.a.com:1"},
			[]string{"https://a.com", "https://a.com:8443", "https://x.a.com:443", "https://x.a.com:0", "https://x.a.com:08443", "https://x.a.com:8443.evil.com", "https://evil.com:1/.a.com:2", "http://x.a.com:8443"},
		},
		{
			"subdomains on one port", []string{"https://*.a.com:8443"},
			[]string{"https://x.a.com:8443"},
			[]string{"https://x.a.com", "https://x.a.com:84", "https://x.a.com:18443", "https://a.com:8443", "https://x.a.com:8443:8443"},
		},
		{
			"subdomains at several depths", []string{"https://*.a.com", "https://*.x.b.a.org", "https://*.c.org", "http://*.a.com:*"},
			[]string{"https://y.a.com", "https://y.x.b.a.org", "https://z.y.x.b.a.org", "https://y.c.org", "http://y.a.com:81"},
			[]string{"https://x.b.a.org", "https://b.a.org", "https://c.org", "https://y.b.a.org", "http://y.c.org", "https://y.a.com:81", "https://org"},
		},
		{
			"an apex listed beside its subdomains", []string{"https://a.com", "https://*.a.com"},
			[]string{"https://a.com", "https://x.a.com"},
			[]string{"https://.a.com", "https://xa.com"},
		},
		{
			"subdomains of a name with a dot at its end", []string{"https://*.a.com."},
			[]string{"https://x.a.com."},
			[]string{"https://x.a.com", "https://a.com.", "https://x.a.com.."},
		},
		{
			"subdomains of localhost", []string{"http://*.localhost:*"},
			[]string{"http://app.localhost:3000", "http://app.localhost"},
			[]string{"http://localhost:3000", "http://localhost", "http://app.localhost:80"},
		},
		{
			"row 27: a scheme of an app", []string{"capacitor://localhost"},
			[]string{"capacitor://localhost"},
			[]string{"capacitor://localhost:80", "capacitor://LOCALHOST", "http://localhost", "capacitor://localhost/"},
		},
		{
			"row 28: an IPv6 address", []string{"http://[::1]:8080"},
			[]string{"http://[::1]:8080"},
			[]string{"http://[::1]", "http://[0:0:0:0:0:0:0:1]:8080", "http://::1:8080"},
		},
		{
			"an entry of the longest origin and a byte more", []string{longestOrigin, "https://*.a.com"},
			[]string{longestOrigin, "https://" + strings.Repeat("x.", 124) + "a.com"},
			[]string{longestOrigin + "5", "https://" + strings.Repeat("x.", 128) + "a.com", "https://" + strings.Repeat("x.", 157) + "a.com", "https://" + strings.Repeat("x.", 1<<19) + "a.com"},
		},
		{
			"the scheme of an app, whose hosts need not be names", []string{"app://*.a.."},
			[]string{"app://x.a.."},
			[]string{"app://a..", "app://x.a.", "app://.a.."},
		},
		{
			"the longest host", []string{"https://*.a.com.:65535"},
			[]string{"https://" + strings.Repeat("x.", 124) + "a.com.:65535"},
			[]string{"https://" + strings.Repeat("x.", 124) + "b.a.com.:65535"},
		},
		{
			"nobody", []string{}, nil,
			[]string{"https://a.com", "null", "http://localhost", "*", "://", "https://"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			handler := newHandler(t, httpsec.Config{Origins: test.entries})
			for _, origin := range test.allowed {
				assert.Equal(t, ran(sharedWith(origin)), answerTo(handler, newRequest("GET", from(origin)), nil), "%.400q", origin)
			}
			for _, origin := range test.refused {
				assert.Equal(t, ran(http.Header{"Vary": {"Origin"}}), answerTo(handler, newRequest("GET", from(origin)), nil), "%.400q", origin)
			}
		})
	}
}

// TestWellFormedOrigins looks at which origins OriginFunc gets to see.
func TestWellFormedOrigins(t *testing.T) {
	tests := []struct {
		origin string
		want   bool
	}{
		{"https://a.com", true},
		{"http://a.com", true},
		{"https://a.com:8443", true},
		{"https://a.com:80", true},
		{"https://a.com.", true},
		{"http://localhost:3000", true},
		{"http://127.0.0.1", true},
		{"http://[::1]:8080", true},
		{"http://[::ffff:7f00:1]", true},
		{"https://xn--mnchen-3ya.example", true},
		{"https://a_b.com", true},
		{"chrome-extension://abcdefghijklmnop", true},
		{"app://CamelCase:80", true},
		{longestOrigin, true},
		{longestOrigin + "0", false},
		{"", false},
		{"null", false},
		{"*", false},
		{"a.com", false},
		{"//a.com", false},
		{"://a.com", false},
		{"https:a.com", false},
		{"HTTPS://a.com", false},
		{"https://A.com", false},
		{"https://", false},
		{"https://.", false},
		{"https://.a.com", false},
		{"https://a..com", false},
		{"https://a.com/", false},
		{"https://a.com/path", false},
		{"https://a.com?query", false},
		{"https://a.com#fragment", false},
		{`https://a.com\`, false},
		{"https://user@a.com", false},
		{"https://a.com:443", false},
		{"http://a.com:80", false},
		{"https://a.com:", false},
		{"https://a.com:0", false},
		{"https://a.com:08443", false},
		{"https://a.com:65536", false},
		{"https://a.com:http", false},
		{"https://a.com:80:80", false},
		{"https://a.com https://b.com", false},
		{"https://a.com, https://b.com", false},
		{"https://ä.com", false},
		{"https://%61.com", false},
		{"https://a\x00.com", false},
		{"https://a.com\n", false},
		{"http://127.1", false},
		{"http://256.0.0.1", false},
		{"http://0x7f000001", false},
		{"http://127.0.0.1.", false},
		{"http://[::1", false},
		{"http://::1", false},
		{"http://[0:0:0:0:0:0:0:1]", false},
		{"http://[::ffff:127.0.0.1]", false},
		{"http://[fe80::1%eth0]", false},
		{"http://[127.0.0.1]", false},
		{"app://a b", false},
		{"app:// ab", false},
		{"app://a\x7f", false},
		{"app://<", false},
		{"https://" + strings.Repeat("x.", 125) + "com", true},
		{"https://" + strings.Repeat("x.", 125) + "com.", true},
		{"https://" + strings.Repeat("x.", 125) + "coma", false},
		{"app://", false},
		{"file://", false},
		{"https://" + strings.Repeat("a", 64) + ".com", false},
		{strings.Repeat("a", 1<<20), false},
	}
	for _, test := range tests {
		t.Run(test.origin[:min(len(test.origin), 60)], func(t *testing.T) {
			var seen bool
			p := newPolicy(t, httpsec.Config{OriginFunc: func(_ *http.Request, origin string) bool {
				assert.Equal(t, test.origin, origin)
				seen = true
				return true
			}})
			p.Decide(newRequest("GET", from(test.origin)))
			assert.Equal(t, test.want, seen)
		})
	}
}
