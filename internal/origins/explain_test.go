package origins_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/internal/origins"
)

// TestExplainSuggests lists entries that no browser sends, each with the one that is
// offered in its place.
func TestExplainSuggests(t *testing.T) {
	const (
		upper      = "has upper-case letters"
		port       = "has the default port of its scheme"
		zeros      = "has a port with leading zeros"
		path       = "has a path"
		query      = "has a query"
		fragment   = "has a fragment"
		userinfo   = "has a user name or password"
		punycode   = "has a host that is not in Punycode"
		percent    = "has a percent-encoded host"
		dotted     = "has an IPv4 address that is not in dotted-decimal form"
		ipv6       = "has an IPv6 address that is not in its shortest form"
		noScheme   = "has no scheme"
		noColon    = "has no colon after its scheme"
		misspelt   = "has a misspelt scheme"
		socket     = "is the address of a socket, but a handshake carries the origin of its page"
		emptyPort  = "has an empty port"
		spaceAside = "has surrounding space"
		quotes     = "has quotes around it"
		brackets   = "has brackets around it"
		comma      = "has a comma or semicolon after it"
		regexp     = "is a regular expression"
		localFile  = `is a local file, and those send "null" or "file://"`
		wildcard   = `has a wildcard other than "*." before the host, "*" within its first label, or ":*" after it`
	)
	tests := []struct{ entry, problem, suggestion string }{
		{"HTTPS://a.com", upper, "https://a.com"},
		{"https://A.com", upper, "https://a.com"},
		{"APP://Host", upper, "app://Host"},
		{"https://*.A.com", upper, "https://*.a.com"},
		{"https://PR-*.A.com", upper, "https://pr-*.a.com"},
		{"https://pr-*.A.com", upper, "https://pr-*.a.com"},
		{"https://A.xn--", upper, "https://a.xn--"},
		{"NULL", upper, "null"},
		{"FILE://", upper, "file://"},
		{"https://a.com:443", port, "https://a.com"},
		{"http://a.com:80", port, "http://a.com"},
		{"http://[::1]:80", port, "http://[::1]"},
		{"https://*.a.com:443", port, "https://*.a.com"},
		{"https://pr-*.a.com:443", port, "https://pr-*.a.com"},
		{"ftp://a.com:21", port, "ftp://a.com"},
		{"https://a.com:0443", port, "https://a.com"},
		{"https://a.com:08443", zeros, "https://a.com:8443"},
		{"https://a.com:", emptyPort, "https://a.com"},
		{"https://*.a.com:", emptyPort, "https://*.a.com"},
		{"https://app.example.com/", path, "https://app.example.com"},
		{"https://a.com/path?query#fragment", path, "https://a.com"},
		{"https://a.com/" + strings.Repeat("x", 312), path, "https://a.com"},
		{`https://a.com\path`, path, "https://a.com"},
		{"https://a.com:*/", path, "https://a.com:*"},
		{"https://*.a.com/*", path, "https://*.a.com"},
		{"moz-extension://*/*", path, "moz-extension://*"},
		{"capacitor://localhost/", path, "capacitor://localhost"},
		{"https://a.com/@user", path, "https://a.com"},
		{"https://a.com?query", query, "https://a.com"},
		{"https://a.com#fragment", fragment, "https://a.com"},
		{"https://user@a.com", userinfo, "https://a.com"},
		{"https://user:hunter2@a.com:8443/path", userinfo, "https://a.com:8443"},
		{"https://user:hunter@2@a.com", userinfo, "https://a.com"},
		{"https://@a.com", userinfo, "https://a.com"},
		{" https://a.com", spaceAside, "https://a.com"},
		{"https://a.com\n", spaceAside, "https://a.com"},
		{" null ", spaceAside, "null"},
		{" * ", spaceAside, "*"},
		{"https://münchen.example", punycode, "https://xn--mnchen-3ya.example"},
		{"https://MÜNCHEN.example", punycode, "https://xn--mnchen-3ya.example"},
		{"https://faß.example", punycode, "https://xn--fa-hia.example"},
		{"https://例え.テスト", punycode, "https://xn--r8jz45g.xn--zckzah"},
		{"https://*.münchen.example", punycode, "https://*.xn--mnchen-3ya.example"},
		{"https://pr-*.münchen.example", punycode, "https://pr-*.xn--mnchen-3ya.example"},
		{"https://ａ.com", punycode, "https://a.com"},
		{"https://a。com", punycode, "https://a.com"},
		{"https://%61.com", percent, "https://a.com"},
		{"https://%C3%BC.com", percent, "https://xn--tda.com"},
		{"http://255.1", dotted, "http://255.0.0.1"},
		{"http://127.1", dotted, "http://127.0.0.1"},
		{"http://2130706433", dotted, "http://127.0.0.1"},
		{"http://4294967295", dotted, "http://255.255.255.255"},
		{"http://0x7f.0.0.1", dotted, "http://127.0.0.1"},
		{"http://0x7F000001", dotted, "http://127.0.0.1"},
		{"http://0177.0.0.1", dotted, "http://127.0.0.1"},
		{"http://127.0.0.01", dotted, "http://127.0.0.1"},
		{"http://127.0.0.1.", dotted, "http://127.0.0.1"},
		{"http://0x", dotted, "http://0.0.0.0"},
		{"http://00", dotted, "http://0.0.0.0"},
		{"http://1.2.772", dotted, "http://1.2.3.4"},
		{"http://1.16777215", dotted, "http://1.255.255.255"},
		{"http://255.255.65535", dotted, "http://255.255.255.255"},
		{"http://[0:0:0:0:0:0:0:1]", ipv6, "http://[::1]"},
		{"http://[::0001]", ipv6, "http://[::1]"},
		{"http://[2001:DB8::1]", ipv6, "http://[2001:db8::1]"},
		{"http://[2001:db8:0:0:1:0:0:1]", ipv6, "http://[2001:db8::1:0:0:1]"},
		{"http://[::ffff:127.0.0.1]", ipv6, "http://[::ffff:7f00:1]"},
		{"http://[::127.0.0.1]", ipv6, "http://[::7f00:1]"},
		{"app://[::0]", ipv6, "app://[::]"},
		{"app.example.com", noScheme, "https://app.example.com"},
		{"Shop.example.com/cart", noScheme, "https://shop.example.com"},
		{"shop.example.com/cart?from=https://a.com", noScheme, "https://shop.example.com"},
		{"a.com?from=https://b.com", noScheme, "https://a.com"},
		{"a.com:8443", noScheme, "https://a.com:8443"},
		{"a.com:443", noScheme, "https://a.com"},
		{"//a.com", noScheme, "https://a.com"},
		{"https:a.com", noScheme, "https://a.com"},
		{"HTTPS:/a.com", noScheme, "https://a.com"},
		{"https:localhost:3000", noScheme, "https://localhost:3000"},
		{`https:\\a.com`, noScheme, "https://a.com"},
		{"ftp:/a.com", noScheme, "ftp://a.com"},
		{"chrome-extension:/abc", noScheme, "chrome-extension://abc"},
		{"*.a.com", noScheme, "https://*.a.com"},
		{"pr-*.a.com", noScheme, "https://pr-*.a.com"},
		{"localhost", noScheme, "http://localhost"},
		{"localhost:3000", noScheme, "http://localhost:3000"},
		{"localhost:/x", noScheme, "http://localhost"},
		{"localhost:80", noScheme, "http://localhost"},
		{"localhost:443", noScheme, "https://localhost"},
		{"app.localhost:3000", noScheme, "http://app.localhost:3000"},
		{"127.0.0.1:3000", noScheme, "http://127.0.0.1:3000"},
		{"0.0.0.0:3000", noScheme, "http://0.0.0.0:3000"},
		{"192.168.1.10", noScheme, "http://192.168.1.10"},
		{"169.254.1.1:8080", noScheme, "http://169.254.1.1:8080"},
		{"8.8.8.8", noScheme, "https://8.8.8.8"},
		{"[::1]:3000", noScheme, "http://[::1]:3000"},
		{"[fd00::1]", noScheme, "http://[fd00::1]"},
		{"[2001:DB8::1]", noScheme, "https://[2001:db8::1]"},
		{"localhost:*", noScheme, "http://localhost:*"},
		{"user:hunter2@a.com", noScheme, "https://a.com"},
		{"a.com/@user", noScheme, "https://a.com"},
		{"https//app.example.com", noColon, "https://app.example.com"},
		{"http//localhost:3000", noColon, "http://localhost:3000"},
		{"https/a.com", noColon, "https://a.com"},
		{"htps://app.example.com", misspelt, "https://app.example.com"},
		{"htttp://localhost:3000", misspelt, "http://localhost:3000"},
		{"htps:/a.com", misspelt, "https://a.com"},
		{"htps//*.a.com:443", misspelt, "https://*.a.com"},
		{"ws://a.com", socket, "http://a.com"},
		{"wss://a.com", socket, "https://a.com"},
		{"WSS://A.com", socket, "https://a.com"},
		{"wss://a.com:443/chat", socket, "https://a.com"},
		{"ws://localhost:80", socket, "http://localhost"},
		{"ws://localhost:3000", socket, "http://localhost:3000"},
		{"wss://*.a.com:*", socket, "https://*.a.com:*"},
		{"wss:/a.com", socket, "https://a.com"},
		{"wss//a.com", socket, "https://a.com"},
		{"file:///index.html", localFile, "file://"},
		{"file://*", localFile, "file://"},
		{"FILE://host", localFile, "file://"},
		{`"https://a.com"`, quotes, "https://a.com"},
		{`'https://a.com'`, quotes, "https://a.com"},
		{"`https://a.com`", quotes, "https://a.com"},
		{`"https://a.com",`, quotes, "https://a.com"},
		{`"https://a.com`, quotes, "https://a.com"},
		{`"A.com"`, quotes, "https://a.com"},
		{`"*"`, quotes, "*"},
		{`"[::1]:3000"`, quotes, "http://[::1]:3000"},
		{"[https://a.com]", brackets, "https://a.com"},
		{"[localhost:3000]", brackets, "http://localhost:3000"},
		{`["https://a.com"]`, brackets, "https://a.com"},
		{"[https://a.com", brackets, "https://a.com"},
		{"[http://[::1]]", brackets, "http://[::1]"},
		{"(https://a.com)", brackets, "https://a.com"},
		{"<https://a.com>", brackets, "https://a.com"},
		{"{https://a.com};", brackets, "https://a.com"},
		{"https://A.com)", brackets, "https://a.com"},
		{"https://a.com/(x)", path, "https://a.com"},
		{"https://a.com/,", comma, "https://a.com"},
		{"a.com;", comma, "https://a.com"},
		{`^https://.*\.example\.com$`, regexp, "https://*.example.com"},
		{`^https:\/\/.+\.example\.com$`, regexp, "https://*.example.com"},
		{`/^https:\/\/(.*)\.example\.com$/`, regexp, "https://*.example.com"},
		{`https://.*.example.com`, regexp, "https://*.example.com"},
		{`https://pr-.*\.example\.com`, regexp, "https://pr-*.example.com"},
		{`https://example\.com:\d+`, regexp, "https://example.com:*"},
		{`^http://localhost(:[0-9]+)?$`, regexp, "http://localhost:*"},
		{`.+\.example\.com`, regexp, "https://*.example.com"},
		{".*", regexp, "*"},
		{"^.+$", regexp, "*"},
		{"https://a.com:8443$", regexp, "https://a.com:8443"},
		{"^https://a.com", regexp, "https://a.com"},
		{"https://**.a.com", wildcard, "https://*.a.com"},
		{"app://*:*", wildcard, "app://*"},
	}
	accepted := func(entry string) bool { return entry == "*" || isEntry(entry) }
	for _, test := range tests {
		assert.False(t, isEntry(test.entry), test.entry)
		fix := "write " + strconv.Quote(test.suggestion)
		want := origins.Refusal{Problem: test.problem, Fix: fix, Suggestion: test.suggestion}
		assert.Equal(t, want, origins.Explain(test.entry, accepted), test.entry)
		got := origins.Explain(test.entry, func(string) bool { return false })
		assert.Empty(t, got.Suggestion, test.entry)
		assert.NotContains(t, got.Fix, "write", test.entry)
	}
}

// TestExplainRefuses lists entries for which no single other one can be offered.
func TestExplainRefuses(t *testing.T) {
	const (
		decide    = "list the origins, or decide in OriginFunc"
		separate  = "write each as an entry of its own"
		several   = "holds several origins"
		opaque    = `has a scheme whose pages send "Origin: null"`
		badPort   = "has a port that is not from 1 to 65535"
		noHost    = "has no host"
		wildcard  = `has a wildcard other than "*." before the host, "*" within its first label, or ":*" after it`
		notIPv4   = "has a host that is not an IPv4 address"
		notIPv6   = "has a host that is not an IPv6 address"
		zone      = "has an IPv6 zone, which no browser sends"
		overIP    = "is a pattern over an IP address, which has no subdomains"
		notDomain = "has a host that cannot be a domain: its labels have 1 to 63 characters, 253 in all, " +
			`and none of them space, %, *, :, @, <, >, [, \, ], ^ or |`
		badIDN    = "has a host that is not a valid internationalised name"
		badChar   = "has a character that cannot be in a host"
		noScheme  = "has no scheme"
		badScheme = "has no valid scheme"
		userinfo  = "has a user name or password"
		regexp    = "is a regular expression"
		tooLong   = "is longer than 326 bytes"
	)
	x63 := strings.Repeat("x", 63)
	fourLongest := strings.Join([]string{longest[1:], longest[1:], longest[1:], longest}, ",")
	tests := []struct{ entry, problem, fix string }{
		{"", "is empty", "remove it"},
		{" \t", "is empty", "remove it"},
		{strings.Repeat(" ", 1000), "is empty", "remove it"},
		{"https://a.com,https://b.com", several, `write "https://a.com", "https://b.com"`},
		{"https://a.com, https://B.com/", several, `write "https://a.com", "https://b.com"`},
		{"https://a.com;https://*.b.com", several, `write "https://a.com", "https://*.b.com"`},
		{"https://a.com\nhttps://b.com", several, `write "https://a.com", "https://b.com"`},
		{longest + " https://a.com", several, `write "` + longest + `", "https://a.com"`},
		{fourLongest, several, `write "` + strings.ReplaceAll(fourLongest, ",", `", "`) + `"`},
		{fourLongest + ",", several, separate},
		{`["https://a.com", "https://b.com"]`, several, `write "https://a.com", "https://b.com"`},
		{"a.com, localhost:3000", several, `write "https://a.com", "http://localhost:3000"`},
		{"localhost 127.0.0.1", several, `write "http://localhost", "http://127.0.0.1"`},
		{"https://a.com, https://b.com:0", several, ""},
		{"https://a.com?https://b.com,", several, ""},
		{"https://a.com, https://" + strings.Repeat("x", 326), several, ""},
		{"https://u:1,https://p@a.com", several, separate},
		{strings.Repeat("https://a.com, ", 90), several, separate},
		{longest + "0", tooLong, ""},
		{"https://" + strings.Repeat("x", 1<<20), tooLong, ""},
		{"https://a.com/" + strings.Repeat("x", 313), tooLong, ""},
		{"file:/index.html", noScheme, ""},
		{"about:blank", noScheme, ""},
		{"blob://x", opaque, ""},
		{"view-source://x", opaque, ""},
		{"data://x", opaque, ""},
		{"https://%2a.a.com", notDomain, ""},
		{"https://＊.a.com", notDomain, ""},
		{"https://", noHost, ""},
		{"https:///a.com", noHost, ""},
		{"https://:8443", noHost, ""},
		{"https://user@", noHost, ""},
		{"https://*.", noHost, ""},
		{"https://pr-*.", noHost, ""},
		{"capacitor://", noHost, ""},
		{"https://a.com:0", badPort, ""},
		{"https://a.com:00", badPort, ""},
		{"https://a.com:65536", badPort, ""},
		{"https://a.com:99999999999999999999", badPort, ""},
		{"https://a.com:port", badPort, ""},
		{"https://a.com:-1", badPort, ""},
		{"https://a.com:8*", badPort, ""},
		{"http://[fe80::1%eth0]", zone, ""},
		{"http://[fe80::1%25eth0]", zone, ""},
		{"http://[::1", notIPv6, ""},
		{"http://[:::1", notIPv6, ""},
		{"http://[::g]", notIPv6, ""},
		{"http://[127.0.0.1]", notIPv6, ""},
		{"http://[]", notIPv6, ""},
		{"http://256.0.0.1", notIPv4, ""},
		{"http://1.2.3.4.5", notIPv4, ""},
		{"http://127.0.0.09", notIPv4, ""},
		{"http://4294967296", notIPv4, ""},
		{"http://1.2.3.256", notIPv4, ""},
		{"http://1.2.65536", notIPv4, ""},
		{"http://256.1", notIPv4, ""},
		{"http://a.com.1", notIPv4, ""},
		{"https://a b.com", notDomain, ""},
		{"https://a..com", notDomain, ""},
		{"https://.a.com", notDomain, ""},
		{"https://.", notDomain, ""},
		{"https://a|b.com", notDomain, ""},
		{"https://a\tb.com", notDomain, ""},
		{"https://a%20b.com", notDomain, ""},
		{"https://" + x63 + "x.com", notDomain, ""},
		{"https://" + x63 + "*.com", notDomain, ""},
		{"https://*." + strings.Repeat("x.", 125) + "com", notDomain, ""},
		{"https://" + strings.Repeat("ü.", 90) + "de", notDomain, ""},
		{"https://a%zz.com", "has a host with a broken percent-encoding", ""},
		{"https://a%aa.example", badIDN, ""},
		{"https://ü.xn--a", badIDN, ""},
		{"https://\u0080.com", badIDN, ""},
		{"https://ü.xn--", badIDN, ""},
		{"https://ü.xn--.com", badIDN, ""},
		{"app://a b", badChar, ""},
		{"app://ä", badChar, ""},
		{"://a.com", badScheme, ""},
		{"1http://a.com", badScheme, ""},
		{"ht_tp://a.com", badScheme, ""},
		{"blob:https://a.com", badScheme, ""},
		{"*://a.com", badScheme, `write "http://a.com", "https://a.com"`},
		{"*://localhost:*", badScheme, `write "http://localhost:*", "https://localhost:*"`},
		{"http*://a.com/", badScheme, `write "http://a.com", "https://a.com"`},
		{"*://*", badScheme, decide},
		{"https://*", wildcard, decide},
		{"http://*:3000", wildcard, decide},
		{"https://pr-*", wildcard, decide},
		{"app://*:3000", wildcard, decide},
		{"app://obsidian.md*", wildcard, decide},
		{"https://a.*", wildcard, decide},
		{"https://a.*.com", wildcard, decide},
		{"https://*.*.a.com", wildcard, decide},
		{"https://a*b*.com", wildcard, decide},
		{"https://pr-*.a.com:*", wildcard, decide},
		{"https://app-*-x.example.com:*", wildcard, decide},
		{"https://pr!*.a.com", wildcard, decide},
		{"https://ü*.a.com", wildcard, decide},
		{"https://" + x63[2:] + "!*.a.com", wildcard, decide},
		{"http://192.168.*.*", wildcard, decide},
		{"http://*.127.0.0.1", overIP, ""},
		{"http://*.[::1]", overIP, ""},
		{"http://127-*.1", overIP, ""},
		{"**", noScheme, ""},
		{"a b", noScheme, ""},
		{"a, b", noScheme, ""},
		{`""`, "has quotes around it", ""},
		{"[::1", noScheme, ""},
		{"::1", noScheme, ""},
		{":3000", noScheme, ""},
		{"/path", noScheme, ""},
		{"127.1", noScheme, ""},
		{"2130706433", noScheme, ""},
		{"web+app:/x", noScheme, ""},
		{"münchen!.example", noScheme, ""},
		{"https:", noScheme, ""},
		{"http:hunter2/@a.com", noScheme, ""},
		{"user:hunter2/x@a.com", noScheme, ""},
		{"https://user:hunter2/@a.com", userinfo, ""},
		{"https://user:12?x@a.com", userinfo, ""},
		{`https://(a|b)\.example\.com`, regexp, decide},
		{`https://(a|b)example`, regexp, decide},
		{`https?://example\.com`, regexp, `write "http://example.com", "https://example.com"`},
		{`^https?:\/\/localhost(:\d+)?$`, regexp, `write "http://localhost:*", "https://localhost:*"`},
		{`^(https|http)://localhost:[0-9]+$`, regexp, `write "http://localhost:*", "https://localhost:*"`},
		{`^https://([a-z]+\.)?example\.com$`, regexp, decide},
		{`https://[^.]+.example.com`, regexp, decide},
		{`https://\w+.example.com`, regexp, decide},
		{`https://[a-z]+.example.com`, regexp, decide},
		{`https://[0-9]+.example.com`, regexp, decide},
		{"^", regexp, decide},
		{"$", regexp, decide},
		{"^$", regexp, decide},
	}
	for _, test := range tests {
		assert.False(t, isEntry(test.entry), test.entry)
		want := origins.Refusal{Problem: test.problem, Fix: test.fix}
		assert.Equal(t, want, origins.Explain(test.entry, isEntry), "%.400q", test.entry)
	}
}

// TestExplainOpaque is about a caller that has no use for origins which say nothing.
func TestExplainOpaque(t *testing.T) {
	sandboxed := origins.Refusal{
		Problem: "can be claimed by any sandboxed page",
		Fix:     "give the page an origin of its own and list that",
	}
	local := origins.Refusal{Problem: "can be claimed by any local file", Fix: sandboxed.Fix}
	accepted := func(entry string) bool { return isEntry(entry) && !origins.Opaque(entry) }
	for _, entry := range []string{"null", "NULL", " null "} {
		assert.Equal(t, sandboxed, origins.Explain(entry, accepted))
	}
	for _, entry := range []string{"file://", "FILE://", " file://"} {
		assert.Equal(t, local, origins.Explain(entry, accepted))
	}
	want := origins.Refusal{Problem: `is a local file, and those send "null" or "file://"`}
	assert.Equal(t, want, origins.Explain("file:///index.html", accepted))
}

func TestRead(t *testing.T) {
	long := "https://a.com/" + strings.Repeat("x", 1<<20)
	tests := []struct{ url, want string }{
		{"https://Shop.example.com/cart", "https://shop.example.com"},
		{" https://a.com \n", "https://a.com"},
		{"HTTP://a.com:80/", "http://a.com"},
		{"https://a.com:08443?x#y", "https://a.com:8443"},
		{"https://user:hunter2@a.com/x", "https://a.com"},
		{"https://a.com/@user", "https://a.com"},
		{"https://münchen.example/", "https://xn--mnchen-3ya.example"},
		{"http://127.1:3000", "http://127.0.0.1:3000"},
		{"http://[0::1]", "http://[::1]"},
		{"https://a.com/?next=https://b.com", "https://a.com"},
		{long, "https://a.com"},
		{"https://" + strings.Repeat("u", 1<<20) + "@a.com", "https://a.com"},
		{"", ""},
		{"a.com", ""},
		{"//a.com", ""},
		{"https:a.com", ""},
		{"https//a.com", ""},
		{"a.com/https://b.com", ""},
		{"ftp://a.com", ""},
		{"wss://a.com", ""},
		{"htps://a.com", ""},
		{"app://a", ""},
		{"null", ""},
		{"file://", ""},
		{"https://", ""},
		{"https://*.a.com", ""},
		{"https://pr-*.a.com", ""},
		{"https://a.com:*", ""},
		{"https://*", ""},
		{"https://a.com:0", ""},
		{"https://user:hunter2/@a.com", ""},
		{"https://a b.com", ""},
		{"https://" + strings.Repeat("ü", 1<<20), ""},
		{"https://" + strings.Repeat("x.", 126) + "com", ""},
	}
	for _, test := range tests {
		origin, ok := origins.Read(test.url)
		assert.Equal(t, test.want, origin, "%.400q", test.url)
		assert.Equal(t, test.want != "", ok, "%.400q", test.url)
	}
}

func TestAddScheme(t *testing.T) {
	tests := []struct{ url, want string }{
		{"shop.example.com/cart", "https://shop.example.com"},
		{" Shop.example.com ", "https://shop.example.com"},
		{"shop.example.com:443", "https://shop.example.com"},
		{"//a.com", "https://a.com"},
		{"https:a.com", "https://a.com"},
		{"localhost:3000", "http://localhost:3000"},
		{"10.0.0.1", "http://10.0.0.1"},
		{"[::1]", "http://[::1]"},
		{"user:hunter2@a.com", "https://a.com"},
		{"", ""},
		{"https://a.com", ""},
		{"app://a.com", ""},
		{"https//a.com", ""},
		{"wss:/a.com", ""},
		{"htps:/a.com", ""},
		{"*.a.com", ""},
		{"a.com:*", ""},
		{"a.com:0", ""},
		{"a b", ""},
		{"user:hunter2/@a.com", ""},
		{strings.Repeat("x.", 1<<19), ""},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, origins.AddScheme(test.url), "%.400q", test.url)
	}
}
