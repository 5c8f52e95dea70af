package httpsec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

func parsed(t *testing.T, policy string) httpsec.CSP {
	t.Helper()
	p, err := httpsec.ParseCSP(policy)
	require.NoError(t, err)
	return p
}

func TestDefaultCSP(t *testing.T) {
	assert.Equal(t,
		"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "+
			"font-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'self'; "+
			"form-action 'self'; upgrade-insecure-requests", httpsec.DefaultCSP().String())
}

func TestCSPMethods(t *testing.T) {
	type change = func(httpsec.CSP) httpsec.CSP
	with := func(directive string, sources ...string) change {
		return func(p httpsec.CSP) httpsec.CSP { return p.With(directive, sources...) }
	}
	added := func(directive string, sources ...string) change {
		return func(p httpsec.CSP) httpsec.CSP { return p.WithAdded(directive, sources...) }
	}
	without := func(directive string) change {
		return func(p httpsec.CSP) httpsec.CSP { return p.Without(directive) }
	}
	for name, tt := range map[string]struct {
		policy string
		change func(httpsec.CSP) httpsec.CSP
		want   string
	}{
		"with replaces in place": {"img-src *; font-src *", with("img-src", "'self'"),
			"img-src 'self'; font-src *"},
		"with appends": {"img-src *", with("font-src", "'self'", "data:"),
			"img-src *; font-src 'self' data:"},
		"with on the empty policy": {"", with("img-src", "'self'"), "img-src 'self'"},
		"with without sources": {"img-src *", with("upgrade-insecure-requests"),
			"img-src *; upgrade-insecure-requests"},
		"with in upper case":             {"img-src *", with("IMG-SRC", "'self'"), "img-src 'self'"},
		"with ignores fallbacks":         {"default-src 'self'", with("img-src", "*"), "default-src 'self'; img-src *"},
		"with keeps duplicates out":      {"img-src *; font-src *", with("font-src", "*"), "img-src *; font-src *"},
		"with splits at white space":     {"", with("img-src", "'self' \t data:\nblob:"), "img-src 'self' data: blob:"},
		"with drops blank sources":       {"", with("img-src", "", " ", "*"), "img-src *"},
		"with encodes a semicolon":       {"", with("img-src", "https://a.com/x;y"), "img-src https://a.com/x%3By"},
		"with encodes a comma":           {"", with("img-src", "https://a.com/x,y"), "img-src https://a.com/x%2Cy"},
		"with cannot end a directive":    {"", with("img-src", "*; script-src *"), "img-src *%3B script-src *"},
		"with cannot end a policy":       {"", with("img-src", "*, script-src *"), "img-src *%2C script-src *"},
		"with keeps a name in one piece": {"", with("img-src font-src", "*"), "img-src%20font-src *"},
		"with encodes a name":            {"", with("img-src;a,b", "*"), "img-src%3ba%2cb *"},
		"with trims a name":              {"", with(" img-src ", "*"), "img-src *"},

		"added extends": {"img-src 'self'; font-src *", added("img-src", "data:", "blob:"),
			"img-src 'self' data: blob:; font-src *"},
		"added extends in upper case": {"img-src 'self'", added("Img-Src", "data:"), "img-src 'self' data:"},
		"added knows what is there": {"img-src 'self' data:", added("img-src", "data:", "blob:", "blob:"),
			"img-src 'self' data: blob:"},
		"added on the empty policy": {"", added("img-src", "'self'"), "img-src 'self'"},
		"added drops none":          {"img-src 'none'", added("img-src", "'self'"), "img-src 'self'"},
		"added knows keywords in any case": {"img-src 'self'", added("img-src", "'SELF'", "a.com"),
			"img-src 'self' a.com"},
		"added knows hosts by case":    {"img-src a.com", added("img-src", "A.com"), "img-src a.com A.com"},
		"added drops none in any case": {"img-src 'NONE'", added("img-src", "'self'"), "img-src 'self'"},
		"added drops an inherited none": {"default-src 'none'", added("img-src", "'self'"),
			"default-src 'none'; img-src 'self'"},
		"added none to none":      {"img-src 'none'", added("img-src", "'none'"), "img-src 'none'"},
		"added none in capitals":  {"img-src 'none'", added("img-src", "'NONE'"), "img-src 'none'"},
		"added none to nothing":   {"", added("img-src", "'none'"), "img-src 'none'"},
		"added none to something": {"img-src 'self'", added("img-src", "'none'"), "img-src 'self'"},
		"added nothing":           {"img-src 'self'", added("img-src"), "img-src 'self'"},
		"added nothing to a fallback": {"default-src 'none'", added("img-src"),
			"default-src 'none'; img-src 'none'"},
		"added cannot end a directive": {"img-src 'self'", added("img-src", "*;script-src", "*,x"),
			"img-src 'self' *%3Bscript-src *%2Cx"},
		"added splits at white space": {"img-src 'self'", added("img-src", "data: blob:"),
			"img-src 'self' data: blob:"},
		"added keeps a name in one part": {"", added("img-src font-src", "*"), "img-src%20font-src *"},

		"without":               {"img-src *; font-src *", without("img-src"), "font-src *"},
		"without in upper case": {"img-src *; font-src *", without("IMG-SRC"), "font-src *"},
		"without what is not":   {"img-src *", without("font-src"), "img-src *"},
		"without the last":      {"img-src *", without("img-src"), httpsec.Omit},
		"without from nothing":  {"", without("img-src"), httpsec.Omit},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, tt.change(parsed(t, tt.policy)).String())
		})
	}
}

func TestCSPWithAddedStartsFromTheFallback(t *testing.T) {
	const all = "default-src d; script-src s; style-src t; child-src c; frame-src f"
	for _, tt := range []struct{ policy, directive, from string }{
		{all, "script-src-elem", "s "},
		{all, "script-src-attr", "s "},
		{all, "style-src-elem", "t "},
		{all, "style-src-attr", "t "},
		{all, "worker-src", "c "},
		{all, "fenced-frame-src", "f "},
		{all, "img-src", "d "},
		{"default-src d; script-src s", "worker-src", "s "},
		{"default-src d; script-src s", "frame-src", "d "},
		{"default-src d; child-src c", "frame-src", "c "},
		{"default-src d; child-src c", "fenced-frame-src", "c "},
		{"default-src d", "connect-src", "d "},
		{"default-src d", "object-src", "d "},
		{"script-src s", "img-src", ""},
		{"script-src-elem e", "script-src", ""},
		{"default-src d", "base-uri", ""},
		{"default-src d", "form-action", ""},
		{"default-src d", "frame-ancestors", ""},
		{"default-src d", "report-uri", ""},
		{"default-src d", "sandbox", ""},
		{"default-src d", "prefetch-src", ""},
	} {
		t.Run(tt.directive+" under "+tt.policy, func(t *testing.T) {
			want := tt.policy + "; " + tt.directive + " " + tt.from + "https://a.com"
			assert.Equal(t, want, parsed(t, tt.policy).WithAdded(tt.directive, "https://a.com").String())
		})
	}
	assert.Equal(t, "default-src d https://a.com",
		parsed(t, "default-src d").WithAdded("default-src", "https://a.com").String())
}

func TestCSPIsImmutable(t *testing.T) {
	base := parsed(t, "default-src 'self'; img-src 'self' data:; font-src *")
	one := base.WithAdded("img-src", "https://one.example")
	two := base.WithAdded("img-src", "https://two.example")
	removed := base.Without("default-src")
	removed.With("img-src", "*").WithAdded("font-src", "data:")
	sources := []string{"https://three.example"}
	three := base.With("img-src", sources...)
	sources[0] = "https://evil.example"

	assert.Equal(t, "default-src 'self'; img-src 'self' data:; font-src *", base.String())
	assert.Equal(t, "default-src 'self'; img-src 'self' data: https://one.example; font-src *", one.String())
	assert.Equal(t, "default-src 'self'; img-src 'self' data: https://two.example; font-src *", two.String())
	assert.Equal(t, "default-src 'self'; img-src https://three.example; font-src *", three.String())
	assert.Equal(t, "img-src 'self' data:; font-src *", removed.String())
}

func TestCSPThatIsEmptyIsNeverTheDefault(t *testing.T) {
	assert.Equal(t, httpsec.Omit, httpsec.CSP{}.String())
	assert.Equal(t, httpsec.Omit, parsed(t, httpsec.Omit).String())
	assert.Equal(t, httpsec.Omit, parsed(t, "").String())
	assert.NotEmpty(t, httpsec.CSP{}.With("").String())
	assert.NotEqual(t, httpsec.Omit, httpsec.CSP{}.With(httpsec.Omit).String(), "which must not switch the header off")
}

func TestCSPAll(t *testing.T) {
	p := parsed(t, "default-src 'self'; IMG-SRC * data:; sandbox")
	var got [][]string
	for name, sources := range p.All() {
		got = append(got, append([]string{name}, sources...))
		clear(sources)
	}
	assert.Equal(t, [][]string{{"default-src", "'self'"}, {"img-src", "*", "data:"}, {"sandbox"}}, got)
	assert.Equal(t, "default-src 'self'; img-src * data:; sandbox", p.String(), "All hands out copies")
	for name := range p.All() {
		assert.Equal(t, "default-src", name)
		break
	}
	for range (httpsec.CSP{}).All() {
		assert.Fail(t, "the empty policy has a directive")
	}
}

// readCSP is https://w3c.github.io/webappsec-csp/#parse-serialized-policy, but
// that it keeps duplicates.
func readCSP(policy string) [][]string {
	directives := [][]string{}
	for token := range strings.SplitSeq(policy, ";") {
		fields := asciiFields(token)
		if len(fields) > 0 {
			fields[0] = strings.ToLower(fields[0])
			directives = append(directives, fields)
		}
	}
	return directives
}

func asciiFields(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(" \t\n\f\r", c) })
}

func FuzzCSP(f *testing.F) {
	for _, policy := range []string{
		"", "default-src 'self'", "IMG-SRC  * ;;\r\n font-src data:;", "script-src 'nonce-{nonce}' 'strict-dynamic'",
		"sandbox; report-to a", "script-src 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='",
		httpsec.DefaultCSP().String(),
	} {
		f.Add(policy, "img-src", "*; script-src *")
		f.Add(policy, "Script-Src-Elem", "'none', default-src 'none'")
		f.Add(policy, "img-src; font-src", "\v\u00a0a\u2028b")
	}
	f.Fuzz(func(t *testing.T, policy, directive, source string) {
		p, err := httpsec.ParseCSP(policy)
		base := [][]string{}
		if err == nil && policy != "" && policy != httpsec.Omit {
			base = readCSP(policy)
			assert.Equal(t, base, readCSP(p.String()))
			again, err := httpsec.ParseCSP(p.String())
			require.NoError(t, err)
			assert.Equal(t, p.String(), again.String())
		}
		if len(readCSP(strings.NewReplacer(";", "%3B").Replace(directive))) == 0 {
			return
		}
		before := p.String()
		encoded := asciiFields(strings.NewReplacer(";", "%3B", ",", "%2C").Replace(source))
		for _, changed := range []httpsec.CSP{p.With(directive, source), p.WithAdded(directive, source)} {
			got := readCSP(changed.String())
			assert.NotContains(t, changed.String(), ",")
			i := slices.IndexFunc(got, func(d []string) bool {
				return !slices.ContainsFunc(base, func(other []string) bool { return slices.Equal(d, other) })
			})
			if i < 0 { // nothing new
				assert.Equal(t, base, got)
				continue
			}
			others := slices.DeleteFunc(slices.Clone(base), func(d []string) bool { return d[0] == got[i][0] })
			assert.Equal(t, others, slices.Delete(slices.Clone(got), i, i+1), "only one directive changes")
			assert.Equal(t, p.Without(directive).String(), changed.Without(directive).String())
			for _, s := range encoded {
				if !strings.EqualFold(s, "'none'") {
					assert.Contains(t, got[i][1:], s)
				}
			}
		}
		assert.Equal(t, before, p.String(), "immutable")
	})
}
