package origins_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/internal/origins"
)

// setOf returns the set of entries that are accepted.
func setOf(t testing.TB, entries ...string) *origins.Set {
	var set origins.Set
	for _, entry := range entries {
		p, ok := origins.Parse(entry)
		require.True(t, ok, entry)
		set.Add(entry, p)
	}
	return &set
}

func TestContains(t *testing.T) {
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
				"https://A.com", "HTTPS://a.com", "https://a.com:443", "https://a.com/", "https://a.com.",
				"http://a.com",
				"https://a.com:8443", "https://x.a.com", "https://a.co", "https://a.comm", " https://a.com",
				"https://a.com ",
				"https://u@a.com", "https://a.com, https://a.com", "a.com", "null", "*", "https://*",
				"https://a.com\x00", "",
			},
		},
		{
			"row 24, row 25: subdomains", []string{"https://*.a.com"},
			[]string{
				"https://x.a.com", "https://y.x.a.com", "https://a.com.a.com", "https://x_1-.a.com",
				"https://0.a.com",
				"https://" + label63 + ".a.com",
			},
			[]string{
				"https://a.com", "https://.a.com", "https://x..a.com", "https://evila.com", "http://x.a.com",
				"https://x.a.com:8443",
				"https://x.a.com:443", "https://x.a.com.evil.com", "https://evil.com/.a.com",
				"https://u@x.a.com", "https://evil.com?.a.com",
				"https://evil.com#.a.com", `https://evil.com\.a.com`, "https://evil.com:1.a.com",
				"https://[::1].a.com", "https://X.a.com",
				"https://x.A.com", "https://*.a.com", "https://%78.a.com", "https://x.a.com.",
				"https://x.a.com/", "https://ä.a.com",
				"https://x .a.com", "https://x\x00.a.com", "https://.x.a.com", "https://" + label63 + "x.a.com",
				"https:x.a.com", "x.a.com",
				"null", "https", "https://", "https://.", "",
			},
		},
		{
			"row 26: any port", []string{"http://localhost:*"},
			[]string{
				"http://localhost", "http://localhost:1", "http://localhost:443", "http://localhost:3000",
				"http://localhost:65535",
			},
			[]string{
				"http://localhost:0", "http://localhost:80", "http://localhost:65536", "http://localhost:99999",
				"http://localhost:03000",
				"http://localhost:", "http://localhost:3000.evil.com", "http://localhost:3000:3000",
				"http://localhost:+1", "http://localhost:*",
				"http://localhost:3000/", "http://localhost.evil.com", "http://x.localhost",
				"https://localhost", "http://localhost@evil.com",
				"http://localhost:123456", "http://localhost:１", "localhost", "http:localhost",
			},
		},
		{
			"any port of an IPv6 address", []string{"http://[::1]:*"},
			[]string{"http://[::1]", "http://[::1]:8080"},
			[]string{"http://[::1]:80", "http://[::1]:0", "http://[::2]:8080", "http://[::1", "http://[:"},
		},
		{
			"any port of a host that is too long to be a name",
			[]string{"app://" + strings.Repeat("x", 300) + ":*"},
			[]string{"app://" + strings.Repeat("x", 300), "app://" + strings.Repeat("x", 300) + ":8080"},
			[]string{"app://" + strings.Repeat("x", 301), "app://" + strings.Repeat("x", 300) + ":0"},
		},
		{
			"subdomains on any port", []string{"https://*.a.com:*"},
			[]string{"https://x.a.com", "https://x.a.com:8443", "https://y.x.a.com:1"},
			[]string{
				"https://a.com", "https://a.com:8443", "https://x.a.com:443", "https://x.a.com:0",
				"https://x.a.com:08443",
				"https://x.a.com:8443.evil.com", "https://evil.com:1/.a.com:2", "http://x.a.com:8443",
			},
		},
		{
			"subdomains on one port", []string{"https://*.a.com:8443"},
			[]string{"https://x.a.com:8443"},
			[]string{
				"https://x.a.com", "https://x.a.com:84", "https://x.a.com:18443", "https://a.com:8443",
				"https://x.a.com:8443:8443",
			},
		},
		{
			"subdomains at several depths",
			[]string{"https://*.a.com", "https://*.x.b.a.org", "https://*.c.org", "http://*.a.com:*"},
			[]string{
				"https://y.a.com", "https://y.x.b.a.org", "https://z.y.x.b.a.org", "https://y.c.org",
				"http://y.a.com:81",
			},
			[]string{
				"https://x.b.a.org", "https://b.a.org", "https://c.org", "https://y.b.a.org", "http://y.c.org",
				"https://y.a.com:81", "https://org",
			},
		},
		{
			"a name within one of its own suffixes", []string{"https://*.com", "https://*.x.b.com"},
			[]string{"https://a.com", "https://b.com", "https://y.x.b.com"},
			[]string{"https://com", "https://.com", "https://Y.x.b.com", "https://.x.b.com"},
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
			[]string{
				"capacitor://localhost:80", "capacitor://LOCALHOST", "http://localhost",
				"capacitor://localhost/",
			},
		},
		{
			"row 28: an IPv6 address", []string{"http://[::1]:8080"},
			[]string{"http://[::1]:8080"},
			[]string{"http://[::1]", "http://[0:0:0:0:0:0:0:1]:8080", "http://::1:8080"},
		},
		{
			"an origin of the most bytes and one more", []string{longest, "https://*.a.com"},
			[]string{longest, "https://" + strings.Repeat("x.", 124) + "a.com"},
			[]string{
				longest + "5", "https://" + strings.Repeat("x.", 125) + "a.com",
				"https://" + strings.Repeat("x.", 157) + "a.com",
				"https://" + strings.Repeat("x.", 1<<19) + "a.com",
			},
		},
		{
			"the scheme of an app, whose hosts need not be names", []string{"app://*.a.."},
			[]string{"app://x.a.."},
			[]string{"app://a..", "app://x.a.", "app://.a.."},
		},
		{
			"the longest host", []string{"https://*.a.com.:65535"},
			[]string{"https://" + strings.Repeat("x.", 124) + "a.com.:65535"},
			[]string{
				"https://" + strings.Repeat("x.", 124) + "b.a.com.:65535",
				"https://" + strings.Repeat("x.", 124) + "a.com:65535",
			},
		},
		{
			"row 73: null", []string{"null"},
			[]string{"null"},
			[]string{"NULL", "file://", "", "null://", "nul"},
		},
		{
			"row 73: local files", []string{"file://"},
			[]string{"file://"},
			[]string{"file:///", "null", "file://a", "file:", "file"},
		},
		{
			"row 74: a wildcard in a label", []string{"https://pr-*.example.net"},
			[]string{
				"https://pr-1.example.net", "https://pr-a_b-c.example.net",
				"https://pr-" + label63[3:] + ".example.net", "https://pr--.example.net",
			},
			[]string{
				"https://pr-.example.net", "https://xpr-1.example.net", "https://pr-1.x.example.net",
				"https://x.pr-1.example.net",
				"https://pr-" + label63[2:] + ".example.net", "https://pr-1.example.net:8443",
				"https://pr-1.example.net:443", "http://pr-1.example.net",
				"https://pr-A.example.net", "https://pr-*.example.net", "https://pr-u@.example.net",
				"https://pr-/.example.net", "https://pr-1.example.net.",
				"https://pr-1.example.com", "https://pr-1example.net", "https://pr-1", "https://pr-1.",
				"https://.example.net", "https://example.net",
				"https://pr-1..example.net", "https://pr-%31.example.net", "https://pr-ä.example.net",
				"https://pr-1:8443.example.net",
			},
		},
		{
			"several wildcards in a label",
			[]string{
				"https://pr-*.a.com", "https://*-pr.a.com", "https://a*b.a.com", "https://a*bc.a.com",
				"https://ab*c.a.com", "https://x*y.a.com:81",
				"https://x*.b.com", "http://x*.a.com",
			},
			[]string{
				"https://pr-1.a.com", "https://1-pr.a.com", "https://axb.a.com", "https://aabb.a.com",
				"https://axbc.a.com", "https://abxc.a.com",
				"https://x1y.a.com:81", "https://xx.b.com", "http://xx.a.com", "https://pr--pr.a.com",
			},
			[]string{
				"https://ab.a.com", "https://abc.a.com", "https://pr-.a.com", "https://-pr.a.com",
				"https://x1y.a.com", "https://xx.a.com",
				"https://axb.a.com:81", "https://pr-1.b.com", "http://pr-1.a.com", "https://a.a.com",
				"https://bxa.a.com", "https://.a.com",
			},
		},
		{
			"a wildcard in a label that overlaps itself", []string{"https://aba*aba.a.com"},
			[]string{"https://abaxaba.a.com"},
			[]string{"https://aba.a.com", "https://ababa.a.com", "https://abaaba.a.com"},
		},
		{
			"a wildcard in a label beside subdomains", []string{"https://pr-*.a.com", "https://*.b.a.com:*"},
			[]string{"https://pr-1.a.com", "https://x.b.a.com:1", "https://pr-1.b.a.com"},
			[]string{"https://b.a.com", "https://pr-1.a.com:1"},
		},
		{
			"a wildcard in the label of a long name",
			[]string{"https://pr-*." + strings.Repeat("x.", 120) + "com"},
			[]string{"https://pr-123456." + strings.Repeat("x.", 120) + "com"},
			[]string{"https://pr-1234567." + strings.Repeat("x.", 120) + "com"},
		},
		{
			"row 75: any host of a scheme", []string{"moz-extension://*"},
			[]string{
				"moz-extension://d1b3", "moz-extension://D1.b3", "moz-extension://[::1]",
				"moz-extension://" + strings.Repeat("x", 310),
			},
			[]string{
				"moz-extension://x/", "moz-extension://", "chrome-extension://x", "moz-extension://x:80",
				"moz-extension://*", "moz-extension://x y",
				"moz-extension://u@x", "moz-extension://[::01]", "moz-extension", "moz-extension:",
				"moz-extension://" + strings.Repeat("x", 311),
				"moz-extension://x?", "moz-extension://ä", "moz-extension:///", "moz-extension:x", "x", "null",
				"https://a.com",
			},
		},
		{
			"nobody", []string{}, nil,
			[]string{"https://a.com", "null", "file://", "http://localhost", "*", "://", "https://", ""},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set := setOf(t, test.entries...)
			for _, origin := range test.allowed {
				assert.True(t, set.Contains(origin), "%.400q", origin)
				assert.True(t, slowlyContains(test.entries, origin), "%.400q", origin)
			}
			for _, origin := range test.refused {
				assert.False(t, set.Contains(origin), "%.400q", origin)
				assert.False(t, slowlyContains(test.entries, origin), "%.400q", origin)
			}
		})
	}
}

func slowlyContains(entries []string, origin string) bool {
	for _, entry := range entries {
		if p, _ := slowParse(entry); p.covers(origin) {
			return true
		}
	}
	return false
}

func TestLen(t *testing.T) {
	assert.Zero(t, new(origins.Set).Len())
	entries := []string{
		"https://a.com", "https://a.com:8443", "https://a.com:*", "https://*.a.com", "https://*.a.com:8443",
		"https://*.a.com:*",
		"http://*.a.com", "https://pr-*.a.com", "https://*-pr.a.com", "https://pr-*.a.com:8443",
		"https://pr-*.b.com", "https://px-*.a.com",
		"app://*", "null", "file://",
	}
	assert.Equal(t, len(entries), setOf(t, entries...).Len())
	assert.Equal(t, len(entries), setOf(t, append(entries, entries...)...).Len())
}

// manyEntries are of one kind each, with a suffix that no other has.
func manyEntries(n int, format string) []string {
	entries := make([]string, n)
	for i := range entries {
		entries[i] = fmt.Sprintf(format, i)
	}
	return entries
}

func TestManyPatterns(t *testing.T) {
	for _, format := range []string{
		"https://a%d.com", "https://*.a%d.com", "https://*.a%d.com:*", "http://a%d.com:*",
		"https://pr%d-*.a.com", "https://pr-*.a%d.com", "x%d://*",
		"x%d://*.com", "x%d://a*.com:99", "https://*.a.com:1%d",
	} {
		entries := manyEntries(1000, format)
		set := setOf(t, entries...)
		assert.Equal(t, 1000, set.Len())
		for _, entry := range entries {
			assert.True(t, set.Contains(strings.ReplaceAll(strings.ReplaceAll(entry, ":*", ":81"), "*", "x")), entry)
			assert.False(t, set.Contains("h"+strings.ReplaceAll(entry, "*", "x")), entry)
		}
	}
}

// everyKind has a pattern of each kind, and of several schemes.
var everyKind = []string{
	"https://a.com", "http://localhost:*", "http://[::1]:*", "https://*.b.com", "https://*.x.b.org:8443",
	"http://*.localhost:*",
	"https://pr-*.example.net", "https://a*b.example.net:81", "moz-extension://*", "app://*.x", "null",
}

func TestContainsDoesNotAllocate(t *testing.T) {
	sets := []*origins.Set{new(origins.Set), setOf(t, "https://a.com"), setOf(t, everyKind...)}
	received := []string{
		"", "null", "NULL", "file://", "a.com", "://", "https://", "https://a.com", "https://b.com",
		"https://x.b.com", "https://x..b.com",
		"https://y.x.b.org:8443", "https://y.x.b.org:443", "https://y.x.b.org:99999",
		"http://app.localhost:3000", "http://localhost:3000",
		"http://[::1]:3000", "http://[::1", "https://pr-1.example.net", "https://pr-.example.net",
		"https://axb.example.net:81", "https://X.b.com",
		"moz-extension://d1b3", "moz-extension://[::1]", "moz-extension://[::ffff:1:2]",
		"moz-extension://[::g]", "moz-extension://[1::2::3]",
		"moz-extension://[fe80::1%eth0]", "moz-extension://x/", "app://x.x", "app://[::1].x", "ftp://a.com",
		longest, longest + "0",
		"https://" + strings.Repeat("x.", 124) + "b.com", "https://" + strings.Repeat("x.", 1<<19) + "b.com",
	}
	for _, set := range sets {
		for _, origin := range received {
			assert.Zero(t, testing.AllocsPerRun(10, func() { set.Contains(origin) }), "Contains %.400q", origin)
		}
	}
	for _, origin := range append(append(received, validOrigins...), invalidOrigins...) {
		_, host, _ := strings.Cut(origin, "://")
		assert.Zero(t, testing.AllocsPerRun(10, func() { origins.Valid(origin) }), "%.400q", origin)
		assert.Zero(t, testing.AllocsPerRun(10, func() { origins.ValidHost(host) }), "%.400q", host)
	}
	for _, host := range []string{
		"localhost", "app.localhost", "127.0.0.1", "[::1]", "[::2]", "example.com", "1.2.3.4.5",
	} {
		assert.Zero(t, testing.AllocsPerRun(10, func() { origins.Loopback(host) }), host)
	}
}

func BenchmarkContains(b *testing.B) {
	one := func(format string) []string { return []string{fmt.Sprintf(format, 0)} }
	thousand := func(format string) []string { return manyEntries(1000, format) }
	schemes := manyEntries(1000, "x%d://*.a%[1]d.com")
	tests := []struct {
		name, format, hit, miss string
	}{
		{"exact", "https://a%d.com", "https://a0.com", "https://evil.com"},
		{"any port", "http://a%d.com:*", "http://a0.com:3000", "http://evil.com:3000"},
		{"subdomains", "https://*.a%d.com", "https://www.a0.com", "https://www.evil.com"},
		{"label", "https://pr-*.a%d.com", "https://pr-17.a0.com", "https://xr-17.a0.com"},
		{"labels of one parent", "https://pr%04d-*.a.com", "https://pr0000-17.a.com", "https://xr0000-17.a.com"},
		{"any host", "x%d://*", "x0://d1b3", "y0://d1b3"},
	}
	for _, test := range tests {
		for _, sizes := range []struct {
			name    string
			entries []string
		}{
			{"1", one(test.format)},
			{"1000", thousand(test.format)},
			{"1 beside 1000 schemes", append(one(test.format), schemes...)},
		} {
			set := setOf(b, sizes.entries...)
			for _, origin := range []string{test.hit, test.miss} {
				result := map[bool]string{true: "hit", false: "miss"}[origin == test.hit]
				b.Run(test.name+"/"+sizes.name+"/"+result, func(b *testing.B) {
					b.ReportAllocs()
					require.Equal(b, origin == test.hit, set.Contains(origin))
					for b.Loop() {
						set.Contains(origin)
					}
				})
			}
		}
	}
	long := "https://" + strings.Repeat("x.", 1<<19) + "com"
	b.Run("a megabyte", func(b *testing.B) {
		set := setOf(b, everyKind...)
		b.ReportAllocs()
		for b.Loop() {
			set.Contains(long)
		}
	})
}
