package origins_test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/internal/origins"
)

func TestParse(t *testing.T) {
	const subdomains, label = origins.Subdomains, origins.Label
	tests := []struct {
		entry string
		want  origins.Pattern
	}{
		{"https://a.com", origins.Pattern{Scheme: "https", Host: "a.com"}},
		{"https://a.com:8443", origins.Pattern{Scheme: "https", Host: "a.com", Port: "8443"}},
		{"http://localhost:*", origins.Pattern{Scheme: "http", Host: "localhost", Port: "*"}},
		{"http://[::1]", origins.Pattern{Scheme: "http", Host: "[::1]"}},
		{"http://[::1]:8080", origins.Pattern{Scheme: "http", Host: "[::1]", Port: "8080"}},
		{"http://[::1]:*", origins.Pattern{Scheme: "http", Host: "[::1]", Port: "*"}},
		{"http://127.0.0.1:*", origins.Pattern{Scheme: "http", Host: "127.0.0.1", Port: "*"}},
		{"app://Host:*", origins.Pattern{Scheme: "app", Host: "Host", Port: "*"}},
		{"https://*.a.com", origins.Pattern{Kind: subdomains, Scheme: "https", Host: "a.com"}},
		{"https://*.a.com.", origins.Pattern{Kind: subdomains, Scheme: "https", Host: "a.com."}},
		{"https://*.a.com:8443", origins.Pattern{Kind: subdomains, Scheme: "https", Host: "a.com", Port: "8443"}},
		{"https://*.a.com:*", origins.Pattern{Kind: subdomains, Scheme: "https", Host: "a.com", Port: "*"}},
		{"http://*.localhost:*", origins.Pattern{Kind: subdomains, Scheme: "http", Host: "localhost", Port: "*"}},
		{"app://*.a..", origins.Pattern{Kind: subdomains, Scheme: "app", Host: "a.."}},
		{"https://pr-*.a.net", origins.Pattern{Kind: label, Scheme: "https", Host: "a.net", Before: "pr-"}},
		{"https://*-pr.a.net", origins.Pattern{Kind: label, Scheme: "https", Host: "a.net", After: "-pr"}},
		{"https://a*b.a.net", origins.Pattern{Kind: label, Scheme: "https", Host: "a.net", Before: "a", After: "b"}},
		{"http://a*.net:1", origins.Pattern{Kind: label, Scheme: "http", Host: "net", Port: "1", Before: "a"}},
		{"https://app-*.localhost", origins.Pattern{Kind: label, Scheme: "https", Host: "localhost", Before: "app-"}},
		{"moz-extension://*", origins.Pattern{Kind: origins.AnyHost, Scheme: "moz-extension"}},
		{"null", origins.Pattern{Kind: origins.Null}},
		{"file://", origins.Pattern{Kind: origins.Null, Scheme: "file"}},
	}
	for _, test := range tests {
		p, ok := origins.Parse(test.entry)
		require.True(t, ok, test.entry)
		assert.Equal(t, test.want, p)
		assert.Equal(t, test.entry, p.String())
	}
	for _, entry := range validOrigins {
		p, ok := origins.Parse(entry)
		require.True(t, ok, entry)
		assert.Equal(t, origins.Exact, p.Kind)
		assert.Equal(t, entry, p.String())
	}
}

func TestParseRefuses(t *testing.T) {
	x63, x62 := strings.Repeat("x", 63), strings.Repeat("x", 62)
	for _, entry := range []string{
		"https://*", "http://*:3000", "https://*:*", "ws://*", "wss://*", "ftp://*", "file://*", "data://*",
		"blob://*", "about://*",
		"htps://*", "htps://*.a.com", "App://*", "://*", "*", "**", "*.a.com", "*://a.com", "*://*",
		"app://*:*", "app://*:80", "app://*/",
		"app://**", "app://a*", "app://obsidian.md*", "app://*:", "file://:*", "null:*", "//*",
		"https://*.", "https://*..", "https://*.:*", "https://.*.a.com", "https://*.*.a.com",
		"https://**.a.com", "https://a.*", "https://a.*.com",
		"https://a.b*.com", "https://a.com:8*", "https://a.com:**", "https://a.com*:*", "https://*.a.com:443",
		"https://*.a.com:0", "https://*.a.com:",
		"http://localhost:*/", "http://localhost*", "https://*.A.com", "https://*.a.com/", "https://*.a..com",
		"https://*.a b.com", "https://*.ä.com",
		"https://pr-*", "https://pr-*.", "https://pr-*:8443", "https://pr-*.a.net:*", "https://pr-*-*.a.net",
		"https://pr-*.*.a.net", "https://PR-*.a.net",
		"https://pr!*.a.net", "https://u@*.a.net", "https://pr-*.a.net:443", "https://pr-*.a.net:",
		"app://PR-*.a", "app://pr-*.a:*", "app://pr-*.",
		"http://*.127.0.0.1", "http://*.1", "http://*.[::1]", "app://*.127.0.0.1", "app://*.[::1]",
		"app://*.0x1", "http://127-*.0.0.1", "app://x*.1",
		"https://" + x63 + "*.com", "https://*" + x63 + ".com", "https://" + x62 + "*x.com",
		"https://*." + strings.Repeat("x.", 125) + "xx", "https://*." + strings.Repeat("x.", 125) + "xx.",
		"app://*." + strings.Repeat("x", 252), "app://*." + strings.Repeat("x", 252) + ".",
		"app://a*." + strings.Repeat("x", 251),
		"app://" + strings.Repeat("x", 321) + ":*", "https://*." + strings.Repeat("x.", 1<<19) + "com",
	} {
		p, ok := origins.Parse(entry)
		assert.False(t, ok, "%.400q", entry)
		assert.Zero(t, p, "%.400q", entry)
	}
	for _, origin := range invalidOrigins {
		if _, ok := origins.Parse(origin); ok {
			assert.True(t, strings.Contains(origin, "*") || origins.Opaque(origin), "%.400q", origin)
		}
	}
	for _, entry := range []string{ // a byte shorter
		"https://" + x62 + "*.com", "https://*" + x62 + ".com", "https://*." + strings.Repeat("x.", 125) + "x.",
		"app://*." + strings.Repeat("x", 251), "app://*." + strings.Repeat("x", 251) + ".",
		"app://a*." + strings.Repeat("x", 250),
		"app://" + strings.Repeat("x", 318) + ":*",
	} {
		assert.True(t, isEntry(entry), entry)
	}
}

func TestPublicSuffix(t *testing.T) {
	tests := []struct{ entry, want string }{
		{"https://*.com", "com"},
		{"https://*.com:*", "com"},
		{"https://*.com:8443", "com"},
		{"http://*.co.uk", "co.uk"},
		{"https://*.co.uk.", "co.uk."},
		{"https://*.github.io", "github.io"},
		{"https://*.s3.amazonaws.com", "s3.amazonaws.com"},
		{"https://*.ck", "ck"},
		{"https://*.kawasaki.jp", "kawasaki.jp"},
		{"https://*.x.kawasaki.jp", "x.kawasaki.jp"},
		{"https://*.xn--p1ai", "xn--p1ai"},
		{"https://my-*.vercel.app", "vercel.app"},
		{"https://my-*.vercel.app.", "vercel.app."},
		{"https://a*.com", "com"},
		{"https://*a.com:8443", "com"},
		{"https://*.example.com", ""},
		{"https://pr-*.example.com", ""},
		{"https://*.me.github.io", ""},
		{"https://*.www.ck", ""},
		{"https://*.city.kawasaki.jp", ""},
		{"https://*.mythic-beasts.com", ""},
		{"https://*.za", "za"},
		{"http://*.localhost", ""},
		{"http://*.localhost:*", ""},
		{"http://app-*.localhost", ""},
		{"https://*.internal", ""},
		{"https://*.svc.cluster.local", ""},
		{"https://github.io", ""},
		{"https://github.io:*", ""},
		{"https://com", ""},
		{"app://*", ""},
		{"null", ""},
	}
	for _, test := range tests {
		p, ok := origins.Parse(test.entry)
		require.True(t, ok, test.entry)
		assert.Equal(t, test.want, p.PublicSuffix(), test.entry)
	}
}

// TestPublicSuffixList goes through all rules of the list by
// https://github.com/publicsuffix/list/wiki/Format#algorithm, without its last resort, the
// rule "*".
func TestPublicSuffixList(t *testing.T) {
	rules := publicSuffixRules(t)
	require.Greater(t, len(rules), 9000)
	hosts := make(map[string]bool)
	for rule := range rules {
		host := strings.TrimPrefix(strings.TrimPrefix(rule, "!"), "*.")
		for host != "" {
			hosts[host], hosts["x."+host], hosts["www."+host], hosts["a.x."+host] = true, true, true, true
			_, host, _ = strings.Cut(host, ".")
		}
	}
	for host := range hosts {
		_, parent, _ := strings.Cut(host, ".")
		// No rule names "za", but every name that can be registered under it has one.
		public := rules[host] || rules["*."+parent] && !rules["!"+host] || rules["*."+host] || host == "za"
		want := map[bool]string{true: host}[public]
		got := origins.Pattern{Kind: origins.Subdomains, Scheme: "https", Host: host}.PublicSuffix()
		if got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
}

// publicSuffixRules reads the list that the module of golang.org/x/net was made from.
func publicSuffixRules(t *testing.T) map[string]bool {
	list, err := build.Import("golang.org/x/net/publicsuffix", ".", build.FindOnly)
	require.NoError(t, err)
	path := filepath.Join(list.Dir, "table_test.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Skip("the list is not there, as where modules are vendored:", err)
	}
	rules := make(map[string]bool)
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.VAR {
			continue
		}
		variable := group.Specs[0].(*ast.ValueSpec)
		if variable.Names[0].Name != "rules" {
			continue
		}
		for _, element := range variable.Values[0].(*ast.CompositeLit).Elts {
			rule, err := strconv.Unquote(element.(*ast.BasicLit).Value)
			require.NoError(t, err)
			rules[rule] = true
		}
	}
	return rules
}
