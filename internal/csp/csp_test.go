package csp_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/internal/csp"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		policy string
		want   csp.Policy
	}{
		{"", nil},
		{" ;\t; ", nil},
		{"img-src *", csp.Policy{{"img-src", []string{"*"}}}},
		{"IMG-SRC 'Self'", csp.Policy{{"img-src", []string{"'Self'"}}}},
		{"sandbox", csp.Policy{{"sandbox", []string{}}}},
		{"\timg-src\n*\f'self'\r;", csp.Policy{{"img-src", []string{"*", "'self'"}}}},
		{"a b; a c", csp.Policy{{"a", []string{"b"}}, {"a", []string{"c"}}}},
		{"a b,c; d", csp.Policy{{"a", []string{"b,c"}}, {"d", []string{}}}},
		{"a b\vc", csp.Policy{{"a", []string{"b\vc"}}}},
		{"a b\u00a0c; d e", csp.Policy{{"d", []string{"e"}}}},
		{"\xff; d e", csp.Policy{{"d", []string{"e"}}}},
	} {
		assert.Equal(t, tt.want, csp.Parse(tt.policy), "%q", tt.policy)
	}
}

func TestParsedDirectivesShareNothing(t *testing.T) {
	p := csp.Parse("img-src a b; font-src c")
	_ = append(p[0].Values[:1:1], "x")
	_ = append(p[0].Values, "x")
	assert.Equal(t, csp.Parse("img-src a b; font-src c"), p)
}

func TestSpace(t *testing.T) {
	assert.Equal(t, []string{"a", "b\v", "c"}, csp.Fields(" a\tb\v\n\f\rc "))
	assert.Equal(t, "\va b\u00a0", csp.TrimSpace("\r\n\f\t \va b\u00a0 "))
}

func TestPolicyGet(t *testing.T) {
	p := csp.Parse("img-src a; img-src b; sandbox")
	values, ok := p.Get("img-src")
	assert.True(t, ok)
	assert.Equal(t, []string{"a"}, values, "browsers obey the first")
	values, ok = p.Get("sandbox")
	assert.True(t, ok)
	assert.Empty(t, values)
	_, ok = p.Get("font-src")
	assert.False(t, ok)
	assert.True(t, p.Has("img-src"))
	assert.False(t, p.Has("IMG-SRC"))
}

func TestFallbacks(t *testing.T) {
	byDefault := []string{"default-src"}
	for name, want := range map[string][]string{
		"script-src-elem":  {"script-src", "default-src"},
		"script-src-attr":  {"script-src", "default-src"},
		"style-src-elem":   {"style-src", "default-src"},
		"style-src-attr":   {"style-src", "default-src"},
		"worker-src":       {"child-src", "script-src", "default-src"},
		"fenced-frame-src": {"frame-src", "child-src", "default-src"},
		"frame-src":        {"child-src", "default-src"},
		"child-src":        byDefault,
		"connect-src":      byDefault,
		"font-src":         byDefault,
		"img-src":          byDefault,
		"manifest-src":     byDefault,
		"media-src":        byDefault,
		"object-src":       byDefault,
		"script-src":       byDefault,
		"style-src":        byDefault,
		"default-src":      nil,
		"base-uri":         nil,
		"form-action":      nil,
		"frame-ancestors":  nil,
		"sandbox":          nil,
		"report-uri":       nil,
		"images":           nil,
	} {
		assert.Equal(t, want, csp.Fallbacks(name), name)
	}
}

func TestEffective(t *testing.T) {
	for _, tt := range []struct{ policy, name, want string }{
		{"default-src a; script-src b; script-src-elem c", "script-src-elem", "script-src-elem"},
		{"default-src a; script-src b", "script-src-elem", "script-src"},
		{"default-src a", "script-src-elem", "default-src"},
		{"script-src b; child-src c", "worker-src", "child-src"},
		{"script-src b", "img-src", ""},
		{"default-src a", "frame-ancestors", ""},
		{"", "default-src", ""},
	} {
		assert.Equal(t, tt.want, csp.Parse(tt.policy).Effective(tt.name), "%s under %q", tt.name, tt.policy)
	}
}

// meaning reads a policy byte by byte, slowly.
func meaning(policy string) csp.Policy {
	var p csp.Policy
	var words []string
	word, ascii := "", true
	endWord := func() {
		if word != "" {
			words, word = append(words, word), ""
		}
	}
	endDirective := func() {
		endWord()
		if len(words) > 0 && ascii {
			p = append(p, csp.Directive{Name: strings.ToLower(words[0]), Values: words[1:]})
		}
		words, ascii = nil, true
	}
	for _, c := range []byte(policy) {
		switch c {
		case ';':
			endDirective()
		case ' ', '\t', '\n', '\f', '\r':
			endWord()
		default:
			ascii = ascii && c <= unicode.MaxASCII
			word += string([]byte{c})
		}
	}
	endDirective()
	return p
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", ";", "img-src *; IMG-SRC 'self'", "a\tb\nc\fd\re\vf", "a \xff; b \u00a0; c",
		"script-src 'nonce-YQ==' 'sha256-abc' https://*.a.com:*/x?y a.com:080 data:",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, policy string) {
		p := csp.Parse(policy)
		require.Equal(t, meaning(policy), p)
		for _, d := range p {
			values, ok := p.Get(d.Name)
			require.True(t, ok)
			i := slices.IndexFunc(p, func(other csp.Directive) bool { return other.Name == d.Name })
			require.Equal(t, p[i].Values, values)
			require.Equal(t, d.Name, p.Effective(d.Name))
			for _, text := range d.Values {
				requireSameSource(t, text)
			}
		}
	})
}

// requireSameSource takes a source to pieces and puts it together again.
func requireSameSource(t *testing.T, text string) {
	t.Helper()
	source := csp.ParseSource(text)
	require.Equal(t, text, source.Text)
	rebuilt := ""
	switch source.Kind {
	case csp.Invalid:
		require.Equal(t, csp.Source{Text: text}, source)
		return
	case csp.Keyword:
		rebuilt = source.Value
	case csp.Nonce:
		rebuilt = "'nonce-" + source.Value + "'"
	case csp.Hash:
		rebuilt = "'" + source.Algorithm + "-" + source.Value + "'"
	case csp.Scheme:
		rebuilt = source.Scheme + ":"
	case csp.Host:
		if source.Scheme != "" {
			rebuilt = source.Scheme + "://"
		}
		rebuilt += source.Host
		if source.Port != "" {
			rebuilt += ":" + source.Port
		}
		rebuilt += source.Path
	}
	again := csp.ParseSource(rebuilt)
	require.Equal(t, rebuilt, again.Text)
	again.Text = text
	require.Equal(t, source, again)
}
