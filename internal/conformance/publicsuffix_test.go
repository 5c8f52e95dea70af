package conformance_test

import (
	"go/ast"
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

// The rules that golang.org/x/net was made of come with its tests. Every rule is tried,
// and the names around it.
func TestPublicSuffixes(t *testing.T) {
	rules := readRules(t)
	require.Greater(t, len(rules), 9000)
	public, tried := 0, map[string]bool{}
	for rule := range rules {
		name := strings.TrimPrefix(strings.TrimPrefix(rule, "!"), "*.")
		_, parent, _ := strings.Cut(name, ".")
		for _, host := range []string{name, "x." + name, "x.y." + name, name + "x", "x" + name, parent} {
			if host == "" || tried[host] {
				continue
			}
			tried[host] = true
			want := ""
			// No rule names "za", but every name that can be registered under it has one.
			if rules.cover(host) || host == "za" {
				public++
				want = host
			}
			for _, pattern := range []string{"https://*." + host, "https://pr-*." + host, "app://*." + host + ":*"} {
				p, ok := origins.Parse(pattern)
				require.True(t, ok, pattern)
				assert.Equal(t, want, p.PublicSuffix(), pattern)
			}
			p, ok := origins.Parse("https://" + host)
			require.True(t, ok, host)
			assert.Empty(t, p.PublicSuffix(), host)
			if want != "" {
				want += "."
			}
			p, ok = origins.Parse("https://*." + host + ".")
			require.True(t, ok, host)
			assert.Equal(t, want, p.PublicSuffix(), host)
		}
	}
	t.Logf("%d rules, %d hosts, %d of them public", len(rules), len(tried), public)
	assert.Greater(t, public, len(rules))
}

// rules are those of the public suffix list, as it writes them: https://publicsuffix.org/list/.
type rules map[string]bool

// cover reports whether anyone can register names under host: it is a public suffix, or
// all names under it are.
func (r rules) cover(host string) bool {
	for name := host; name != ""; _, name, _ = strings.Cut(name, ".") {
		if r["!"+name] {
			return false
		}
	}
	_, parent, _ := strings.Cut(host, ".")
	return r[host] || r["*."+parent] || r["*."+host]
}

func readRules(t *testing.T) rules {
	t.Helper()
	path := filepath.Join(moduleDir(t, "golang.org/x/net"), "publicsuffix", "table_test.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	r := rules{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "rules" {
			return true
		}
		for _, element := range spec.Values[0].(*ast.CompositeLit).Elts {
			rule, err := strconv.Unquote(element.(*ast.BasicLit).Value)
			require.NoError(t, err)
			r[rule] = true
		}
		return false
	})
	return r
}
