package origins_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/internal/origins"
)

// validOrigins are what a browser may send, and entries that are accepted.
var validOrigins = []string{
	"https://a.com",
	"http://a.com",
	"https://a.com:8443",
	"https://a.com:80",
	"http://a.com:443",
	"https://a.com:21",
	"ftp://a.com",
	"ftp://a.com:80",
	"https://a.com.",
	"https://localhost",
	"http://localhost:3000",
	"http://0.0.0.0:3000",
	"http://127.0.0.1",
	"https://255.255.255.255",
	"https://1.2.3.4.com",
	"https://1.2.3.4x",
	"https://0xg",
	"https://4.0x.a",
	"http://[::1]:8080",
	"http://[2001:db8::1]",
	"http://[::ffff:7f00:1]",
	"app://[::1]",
	"https://xn--mnchen-3ya.example",
	"https://xn--a.com",
	"https://a.xn--",
	"https://a_b.example.com",
	"https://a--b.example.com",
	"https://-a-.example.com",
	"https://a.com:65535",
	"https://a.com:1",
	"https://" + strings.Repeat("a", 63) + ".com",
	"https://" + strings.Repeat("x.", 125) + "com",
	"https://" + strings.Repeat("x.", 125) + "com.",
	"capacitor://localhost",
	"ionic://localhost",
	"tauri://localhost",
	"app://obsidian.md",
	"chrome-extension://abcdefghijklmnopabcdefghijklmnop",
	"moz-extension://3c078156-979c-498b-8990-85f7987dd929",
	"app://CamelCase:80",
	"app://a%20b",
	"app://a..b.",
	"app://!~",
	"a+b-c.1://x",
	"httpxx://a.com",
	"tthps://a.com",
	"hps://a.com",
	"h://a.com",
	longest,
}

// invalidOrigins are what no browser sends, or does not identify a page.
var invalidOrigins = []string{
	longest + "0",
	"",
	"null",
	"file://",
	"*",
	"a.com",
	"//a.com",
	"://a.com",
	"https:a.com",
	"https:/a.com",
	"HTTPS://a.com",
	"1http://a.com",
	"+a://a.com",
	"ht_tp://a.com",
	"https://A.com",
	"https://Z.com",
	"https://",
	"https://.",
	"https://..",
	"https://.a.com",
	"https://a..com",
	"https://a.com..",
	"https://a.com/",
	"https://a.com/path",
	"https://a.com?query",
	"https://a.com#fragment",
	`https://a.com\`,
	"https://user@a.com",
	"https://a.com:443",
	"http://a.com:80",
	"ftp://a.com:21",
	"https://a.com:",
	"https://:8443",
	"https://a.com:0",
	"https://a.com:08443",
	"https://a.com:65536",
	"https://a.com:100000",
	"https://a.com:http",
	"https://a.com:80/",
	"https://a.com:80:",
	"https://a.com:80:80",
	"https://a.com https://b.com",
	"https://a.com, https://b.com",
	"https://ä.com",
	"https://%61.com",
	"https://a%.com",
	"https://a\x00.com",
	"https://a.com\n",
	" https://a.com",
	"https://*",
	"https://*.a.com",
	"app://*",
	"app://a*b",
	"https://a.com:*",
	"http://127.1",
	"http://0x7f000001",
	"http://a.0x",
	"http://a.0xf",
	"http://a.9",
	"http://a.9.",
	"http://127.0.0.1.",
	"http://256.0.0.1",
	"http://127.0.0.01",
	"http://127.0.0.1.1",
	"http://127.0..1",
	"http://1.2.3",
	"http://[::1",
	"http://[::1]x",
	"http://[::1]]",
	"http://[[::1]]",
	"http://::1",
	"http://[]",
	"http://[",
	"app://[::1",
	"app://[]",
	"http://[0:0:0:0:0:0:0:1]",
	"http://[::ffff:127.0.0.1]",
	"http://[fe80::1%eth0]",
	"http://[127.0.0.1]",
	"app://",
	"app://a b",
	"app:// ab",
	"app://a\x7f",
	"app://a/",
	"app://a:b",
	"app://<",
	"app://ä",
	"ws://a.com",
	"wss://a.com",
	"about://a",
	"blob://a",
	"data://a",
	"file://a",
	"filesystem://a",
	"javascript://a",
	"view-source://a",
	"htps://a.com",
	"htttp://a.com",
	"httpss://a.com",
	"ttp://a.com",
	"htt://a.com",
	"hxtp://a.com",
	"htpt://a.com",
	"thtps://a.com",
	"httsp://a.com",
	"httpx://a.com",
	"httpsx://a.com",
	"shttps://a.com",
	"https://" + strings.Repeat("a", 64) + ".com",
	"https://a." + strings.Repeat("a", 64),
	"https://" + strings.Repeat("x.", 125) + "coma",
	strings.Repeat("a", 1<<20),
	"app://" + strings.Repeat("a", 1<<20),
}

func TestValid(t *testing.T) {
	for _, origin := range validOrigins {
		assert.True(t, origins.Valid(origin), "%.400q", origin)
		assert.False(t, origins.Opaque(origin), "%.400q", origin)
	}
	for _, origin := range invalidOrigins {
		assert.False(t, origins.Valid(origin), "%.400q", origin)
	}
}

func TestOpaque(t *testing.T) {
	for _, origin := range []string{"null", "file://"} {
		assert.True(t, origins.Opaque(origin), origin)
	}
	for _, origin := range []string{"", "NULL", " null", "file:///", "file://a", "FILE://", "file:"} {
		assert.False(t, origins.Opaque(origin), origin)
	}
}

// TestEveryByteOfAHost goes by https://url.spec.whatwg.org/#forbidden-host-code-point
// and #forbidden-domain-code-point, with an asterisk.
func TestEveryByteOfAHost(t *testing.T) {
	for i := range 256 {
		c := string([]byte{byte(i)})
		forbidden := i <= 0x20 || i >= 0x7f || strings.Contains("#/:<>?@[\\]^|*", c)
		assert.Equal(t, !forbidden, origins.Valid("app://a"+c+"a"), "%q", c)
		forbidden = forbidden || c == "%" || strings.ToLower(c) != c
		assert.Equal(t, !forbidden, origins.ValidHost("a"+c+"a"), "%q", c)
	}
}

func TestValidHost(t *testing.T) {
	name253 := strings.Repeat("x.", 125) + "com"
	for _, host := range []string{
		"a", "a.com", "a.com.", "localhost", "127.0.0.1", "0.0.0.0", "[::]", "[::1]", "[1:2:3:4:5:6:7:8]",
		"[::ffff:0:0]",
		"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]", "[1:0:0:1::1]", "[1::1:0:0:1]", "[0:1:0:1:0:1:0:1]",
		"[1::]", "[1:2:3:4:5:6::]",
		"xn--mnchen-3ya.example", name253, name253 + ".",
	} {
		assert.True(t, origins.ValidHost(host), host)
	}
	for _, host := range []string{
		"", ".", "A.com", "a.com:80", "a.com/", "u@a.com", "*.a.com", "::1", "[::1]evil.com", "[::1]:80",
		"[::1].", "127.1", "0", "1.2.3.4.",
		"[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]",
		"[1:2:3:4::5:6:7:8]", "[1::2::3]", "[:::]", "[:1]",
		"[1:]", "[::01]", "[::A]", "[::g]", "[::10000]", "[::10001]", "[1:0:0:1:0:0:0:1]", "[::ffff:1.2.3.4]",
		"[1:2:3:4:5:6:1.2.3.4]", "[0::]", "[::0]",
		"[1:2:3:4:5:6:7:8::]", "[::1:2:3:4:5:6:7:8]", "[:1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8:]", "[", "]",
		"[]", "[:]", "x[::1]",
		name253 + "x", name253 + "x.", name253 + "..", strings.Repeat("a.", 1<<20),
	} {
		assert.False(t, origins.ValidHost(host), "%.400q", host)
	}
}

// TestIPv6 tries all addresses that are made of a few numbers.
func TestIPv6(t *testing.T) {
	numbers := [][2]byte{{0, 0}, {0, 1}, {0xff, 0xff}, {0x0a, 0xb0}}
	for i := range 1 << 16 {
		var address [16]byte
		for piece := range 8 {
			copy(address[2*piece:], numbers[i>>(2*piece)&3][:])
		}
		if text := "[" + slowIPv6(address) + "]"; !origins.ValidHost(text) {
			t.Fatal(text, "is refused")
		}
	}
}

func TestValidPort(t *testing.T) {
	for _, port := range []string{"1", "9", "10", "80", "65535", "59999"} {
		assert.True(t, origins.ValidPort(port), port)
	}
	for _, port := range []string{
		"", "0", "00", "01", "65536", "70000", "99999", "100000", "+1", "-1", "1 ", "1a", "a", "１", "/", ":",
		"*",
	} {
		assert.False(t, origins.ValidPort(port), port)
	}
}

func TestDefaultPort(t *testing.T) {
	for _, scheme := range []string{"https", "http", "ftp", "app", ""} {
		for _, port := range []string{"443", "80", "21", "", "8443"} {
			want := scheme+port == "https443" || scheme+port == "http80" || scheme+port == "ftp21"
			assert.Equal(t, want, origins.DefaultPort(scheme, port), "%s %s", scheme, port)
		}
	}
}

func TestValidScheme(t *testing.T) {
	for _, scheme := range []string{"a", "z", "https", "a+b-c.1", "a0", "a9", "ws", "file"} {
		assert.True(t, origins.ValidScheme(scheme), scheme)
	}
	for _, scheme := range []string{
		"", "1a", "+a", "-a", ".a", "A", "aB", "a_b", "a:", "a/", "a ", "ä", "`a", "{a", "a`", "a{", "a;",
	} {
		assert.False(t, origins.ValidScheme(scheme), scheme)
	}
}

func TestLoopback(t *testing.T) {
	for _, host := range []string{
		"localhost", "localhost.", "app.localhost", "a.b.localhost.", "127.0.0.1", "127.255.0.9", "0.0.0.0",
		"[::1]", "[::]", "::1", "::", "[::ffff:7f00:1]",
	} {
		assert.True(t, origins.Loopback(host), host)
	}
	for _, host := range []string{
		"", "localhost.com", "notlocalhost", "localhost..", "128.0.0.1", "126.255.255.255", "0.0.0.1", "127.1",
		"127.0.0.1.com",
		"[::2]", "[2001:db8::1]", ":", "a:1", "example.com",
	} {
		assert.False(t, origins.Loopback(host), host)
	}
}

func TestIsIPv4(t *testing.T) {
	for _, s := range []string{"0.0.0.0", "1.2.3.4", "255.255.255.255", "10.0.100.9"} {
		assert.True(t, origins.IsIPv4(s), s)
	}
	for _, s := range []string{
		"", "1", "1.2.3", "1.2.3.", ".1.2.3", "1.2.3.4.", "1.2.3.4.5", "1..3.4", "256.1.1.1", "1.1.1.256",
		"01.2.3.4", "00.0.0.0",
		"1.2.3.a", "1.2.3.+4", "1.2.3.1000", " 1.2.3.4", "::1", strings.Repeat("1.", 1<<20),
	} {
		assert.False(t, origins.IsIPv4(s), "%.100q", s)
	}
}

func TestAreLabels(t *testing.T) {
	label63 := strings.Repeat("x", 63)
	for _, s := range []string{
		"a", "a.b", "a-b", "-", "_", "0", "9", "z", "127.0.0.1", label63, label63 + "." + label63,
	} {
		assert.True(t, origins.AreLabels(s), s)
	}
	for _, s := range []string{
		"", ".", "a.", ".a", "a..b", "A", "Z", "*", "a b", "ä", "a/", "a:", "`", "{", label63 + "x",
		label63 + "x.a", "a." + label63 + "x",
	} {
		assert.False(t, origins.AreLabels(s), s)
	}
}
