package reporting_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/internal/csp"
	"github.com/httpsec/httpsec/reporting"
)

func parse(t testing.TB, policy string) httpsec.CSP {
	t.Helper()
	p, err := httpsec.ParseCSP(policy)
	require.NoError(t, err)
	return p
}

// TestSuggest has one report a row, of https://app.example.com unless it says
// otherwise: what is blocked, and the directive that becomes of it or a part of the
// advice.
func TestSuggest(t *testing.T) {
	const strict = "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	const cdn, app = "https://cdn.example.net/x?y", "https://app.example.com/x"
	for _, c := range []struct{ policy, directive, blocked, document, want string }{
		{"img-src 'self'", "img-src", cdn, "", "img-src 'self' https://cdn.example.net"},
		{"img-src 'none'", "img-src", cdn, "", "img-src https://cdn.example.net"},
		{"default-src 'self'", "img-src", cdn, "", "img-src 'self' https://cdn.example.net"},
		{"default-src 'none'", "img-src", app, "", "img-src 'self'"},
		{"default-src 'none'", "img-src", "https://cdn.example.net:8443/x", "", "img-src https://cdn.example.net:8443"},
		{"default-src 'none'", "img-src", "data", "", "img-src data:"},
		{"default-src 'none'", "font-src", "data", "", "font-src data:"},
		{"default-src 'none'", "media-src", "blob", "", "media-src blob:"},
		{"default-src 'none'", "connect-src", "wss://socket.example.net/s", "", "connect-src wss://socket.example.net"},
		{"default-src 'none'", "frame-src", "https://frames.example.org", "", "frame-src https://frames.example.org"},
		{"child-src 'self'", "frame-src", "https://frames.example.org", "", "frame-src 'self' https://frames.example.org"},
		{"default-src 'none'", "worker-src", app, "", "worker-src 'self'"},
		{"form-action 'self'", "form-action", cdn, "", "form-action 'self' https://cdn.example.net"},
		{"base-uri 'none'", "base-uri", app, "", "base-uri 'self'"},
		{"script-src 'self'", "script-src-elem", cdn, "", "script-src 'self' https://cdn.example.net"},
		{"script-src 'self'", "script-src-elem", "https://unpkg.com/x.js", "", "script-src 'self' https://unpkg.com"}, // it cannot know
		{"script-src-elem 'self'; script-src 'none'", "script-src-elem", cdn, "", "script-src-elem 'self' https://cdn.example.net"},
		{"default-src 'self'", "style-src-elem", cdn, "", "style-src 'self' https://cdn.example.net"},
		{"default-src 'none'", "img-src", "http://cdn.example.net/x", "http://app.example.com/", "img-src http://cdn.example.net"},
		{"default-src 'none'", "img-src", cdn, "http://app.example.com/", "img-src https://cdn.example.net"},
		{"img-src https:; default-src 'none'", "img-src", "data", "", "img-src https: data:"},
		{"img-src cdn.example.net:8443", "img-src", cdn, "", "img-src cdn.example.net:8443 https://cdn.example.net"},
		{"img-src https://cdn.example.net:80", "img-src", cdn, "", "img-src https://cdn.example.net:80 https://cdn.example.net"},
		{"img-src *.cdn.example.net", "img-src", cdn, "", "img-src *.cdn.example.net https://cdn.example.net"},
		{"img-src 'self'", "img-src", "https://app.example.com:8443/x", "", "img-src 'self' https://app.example.com:8443"},
		{"connect-src https:", "connect-src", "wss://app.example.com/s", "", "connect-src https: wss://app.example.com"},

		{"default-src 'none'", "img-src", "http://cdn.example.net/x", "", "over https"},
		{"default-src 'none'", "connect-src", "ws://cdn.example.net/x", "", "over wss"},
		{"default-src 'none'", "img-src", "http://cdn.example.net/x", "about:srcdoc", "over https"},
		{"default-src 'none'", "img-src", cdn, "none", "does not name its document"},
		{"default-src 'none'", "img-src", "", "", "does not name what was blocked"},
		{"default-src 'none'", "img-src", "https://[2001:db8::1]/x", "", "no policy can name"},
		{"default-src 'none'", "img-src", "https://*.com/x", "", "no policy can name"},
		{"default-src 'none'", "img-src", "https://*", "", "no policy can name"},
		{"default-src 'none'", "img-src", "https://a;script-src 'unsafe-inline'", "", "no policy can name"},
		{"default-src 'none'", "img-src", "https://CDN.example.net/x", "", "no policy can name"},
		{"default-src 'none'", "img-src", "ftp://cdn.example.net/x", "", "no policy can name"},
		{"default-src 'none'", "img-src", "filesystem", "", "no policy should name filesystem"},
		{"default-src 'none'", "script-src-elem", "data", "", "can write a data: URL"},
		{"default-src 'none'", "worker-src", "blob", "", "can write a blob: URL"},
		{"default-src 'none'", "style-src-elem", "data", "", "can write a data: URL"},
		{"default-src 'none'", "script-src-elem", "inline", "", "nonce, or allow its hash"},
		{"default-src 'none'", "script-src-attr", "inline", "", "addEventListener"},
		{"default-src 'none'", "script-src-attr", cdn, "", "made the report up"},
		{"default-src 'none'", "style-src-elem", "inline", "", "an inline style"},
		{"default-src 'none'", "style-src-attr", "inline", "", "a style attribute"},
		{"default-src 'none'", "script-src", "eval", "", "replace it"},
		{"default-src 'none'", "script-src", "wasm-eval", "", "'wasm-unsafe-eval'"},
		{"require-trusted-types-for 'script'", "require-trusted-types-for", "trusted-types-sink", "", "make the value"},
		{"trusted-types a", "trusted-types", "trusted-types-policy", "", "name the policy"},
		{"default-src 'none'", "script-src", "trusted-types-sink", "", "Trusted Types blocked it"},
		{"sandbox", "sandbox", "", "", "by hand"},
		{"default-src 'none'", "made-up", cdn, "", "no source can be added to other"},
		{"default-src 'none'", "default-src", cdn, "", "what default-src allows"},
		{"default-src 'none'", "object-src", cdn, "", "plugins run code"},
		{"base-uri 'none'", "base-uri", cdn, "", "<base>"},
		{strict, "frame-ancestors", "https://app.example.com", "", "does not name the page"},
		{strict, "script-src-elem", cdn, "", "'strict-dynamic'"},
		{strict, "script-src-elem", app, "", "'strict-dynamic'"},
		{strict, "worker-src", app, "", "'strict-dynamic'"},
		{"default-src 'STRICT-dynamic'", "script-src-elem", cdn, "", "'strict-dynamic'"},
		{"script-src 'self'", "img-src", cdn, "", "does not restrict img-src any more"},
		{"", "img-src", cdn, "", "does not restrict img-src any more"},
		{"img-src 'self'", "form-action", cdn, "", "does not restrict form-action any more"},
		{"img-src https://cdn.example.net/path/", "img-src", cdn, "", "allows the origin already"},
		{"img-src 'self'", "img-src", app, "", "allows the origin already"},
		{"img-src 'self'", "img-src", app, "http://app.example.com/", "allows the origin already"},
		{"connect-src 'self'", "connect-src", "wss://app.example.com/s", "", "allows the origin already"},
		{"connect-src 'self'", "connect-src", "ws://app.example.com/s", "http://app.example.com/", "allows the origin already"},
		{"img-src http:", "img-src", cdn, "", "allows the origin already"},
		{"connect-src ws:", "connect-src", "wss://cdn.example.net/", "", "allows the origin already"},
		{"img-src *", "img-src", cdn, "", "allows the origin already"},
		{"img-src *.example.net", "img-src", cdn, "", "allows the origin already"},
		{"img-src CDN.example.net:*", "img-src", "https://cdn.example.net:8443/", "", "allows the origin already"},
		{"img-src http://cdn.example.net:80", "img-src", cdn, "", "allows the origin already"},
		{"img-src cdn.example.net:443", "img-src", cdn, "", "allows the origin already"},
		{"img-src data:", "img-src", "data", "", "allows the origin already"},
		{"img-src http://cdn.example.net:80", "img-src", "http://cdn.example.net/", "http://app.example.com/", "allows the origin already"},
	} {
		var tally reporting.Tally
		r := blocked(c.directive, redactedURL(c.blocked))
		switch c.document {
		case "":
		case "none":
			r.URL = ""
		default:
			r.URL = redactedURL(c.document)
		}
		tally.Add(r)
		policy := parse(t, c.policy)
		got := tally.Suggest(policy)
		if len(got.Added) > 0 {
			require.Empty(t, got.Refused, c)
			sources, _ := csp.Parse(got.Policy.String()).Get(got.Added[0].Directive)
			assert.Equal(t, c.want, got.Added[0].Directive+" "+strings.Join(sources, " "), c)
			assert.Equal(t, tally.Entries(), got.Added[0].Entries)
		} else if assert.Len(t, got.Refused, 1, c) {
			assert.Contains(t, got.Refused[0].Advice, c.want, c)
			assert.Equal(t, policy.String(), got.Policy.String(), c)
			assert.Equal(t, tally.Entries()[0], got.Refused[0].Entry)
		}
	}
}

// redactedURL returns a URL as a Handler hands it to a Tally.
func redactedURL(url string) string {
	url, _, _ = strings.Cut(url, "?")
	if scheme, rest, ok := strings.Cut(url, ":"); ok && !strings.HasPrefix(rest, "//") {
		return scheme
	}
	return url
}

func TestSuggestNothingForNoise(t *testing.T) {
	for noise, advice := range map[reporting.Noise]string{
		reporting.NoiseExtension: "extension", reporting.NoiseInjected: "device", reporting.NoiseForeign: "another site",
		reporting.NoiseTranslated: "translator", "unknown": "noise",
	} {
		var tally reporting.Tally
		r := blocked("img-src", "https://cdn.example.net/x")
		r.Noise = noise
		tally.Add(r)
		got := tally.Suggest(parse(t, "img-src 'self'"))
		assert.Empty(t, got.Added, noise)
		assert.Contains(t, got.Refused[0].Advice, advice)

		r.Noise = "" // somebody else saw it as well
		tally.Add(r)
		got = tally.Suggest(parse(t, "img-src 'self'"))
		assert.Len(t, got.Added, 1, noise)
		assert.Len(t, got.Refused, 1, noise)
	}
}

func TestSuggestJoinsEntries(t *testing.T) {
	var tally reporting.Tally
	for range 3 {
		tally.Add(blocked("img-src", "https://b.example.net/"))
	}
	for _, document := range []string{"https://app.example.com/", "https://www.example.com/", "https://www.example.com/"} {
		r := blocked("script-src-elem", "https://a.example.net/")
		r.URL = document
		tally.Add(r)
	}
	tally.Add(reporting.Report{Type: "coep", URL: "https://app.example.com/", Body: []byte(`{"blockedURL":"https://c.example.net/"}`)})
	got := tally.Suggest(parse(t, "default-src 'self'"))
	assert.Equal(t, "default-src 'self'; img-src 'self' https://b.example.net; script-src 'self' https://a.example.net", got.Policy.String())
	require.Len(t, got.Added, 2)
	assert.Len(t, got.Added[0].Entries, 1)
	assert.Len(t, got.Added[1].Entries, 2)
	assert.Equal(t, 2, got.Added[1].Entries[0].Count)
	assert.Empty(t, got.Refused)
}

// TestSuggestKnowsJavascriptURLs: neither a nonce nor a hash would let them run.
func TestSuggestKnowsJavascriptURLs(t *testing.T) {
	for sample, want := range map[string]string{"javascript:go()": "addEventListener", "go('javascript:')": "nonce"} {
		var tally reporting.Tally
		r := blocked("script-src-elem", "inline")
		r.CSP.Sample = sample
		tally.Add(r)
		assert.Contains(t, tally.Suggest(parse(t, "script-src 'self'")).Refused[0].Advice, want, sample)
	}
}

func TestSuggestStaysInAHeader(t *testing.T) {
	var tally reporting.Tally
	for i := range 900 {
		tally.Add(blocked("img-src", fmt.Sprintf("https://%d.images.example.net/", i)))
	}
	got := tally.Suggest(parse(t, "img-src 'self'"))
	assert.Less(t, len(got.Policy.String()), 4096)
	assert.Greater(t, len(got.Policy.String()), 4000)
	assert.Contains(t, got.Refused[0].Advice, "no longer fit a header")
	assert.Len(t, got.Refused, 900-len(got.Added))
}

// TestSuggestKeepsItsPromises tries random policies and reports.
func TestSuggestKeepsItsPromises(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	directives := []string{
		"default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr", "img-src", "font-src", "media-src", "connect-src",
		"frame-src", "child-src", "worker-src", "object-src", "manifest-src", "fenced-frame-src", "base-uri", "form-action", "frame-ancestors",
	}
	sources := []string{
		"'self'", "https://a.example.net", "https://*.example.org", "http:", "https:", "data:", "blob:", "*", "b.example.net:*", "https://a.example.net/path",
		"'unsafe-inline'", "'unsafe-eval'", "'strict-dynamic'", "'nonce-abc'", "'report-sample'", "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
	}
	urls := []string{
		"inline", "eval", "wasm-eval", "data", "blob", "about", "", "trusted-types-sink", "https://a.example.net/x", "http://a.example.net/", "wss://a.example.net", "ws://b.example.net:81",
		"https://app.example.com/x", "http://app.example.com/", "https://*", "https://*.com", "https://a b", "https://a;b", "https://a,b", "https://[::1]", "chrome-extension://x", "https:", "'unsafe-inline'",
		"https://" + strings.Repeat("a", 60) + "." + strings.Repeat("b", 60) + ".example.net", "https://c.example.org:8443/", "javascript", "https://ä.example", "https://e.example.net.",
	}
	good := []string{"https://a.example.net/x", "https://c.example.org:8443/", "https://app.example.com/x", "wss://a.example.net", "http://a.example.net/", "data", "blob"}
	documents := []string{"https://app.example.com/", "http://app.example.com/", "https://app.example.com/", "https://www.example.com/a", "about", "blob", ""}
	noises := []string{"", "", "", "extension", "foreign"}
	types := []string{"csp-violation", "csp-violation", "csp-violation", "coep"}

	added := 0
	for range 1500 {
		policy := httpsec.CSP{}.With("default-src", "'none'")
		if random.IntN(4) == 0 {
			policy = httpsec.CSP{}
		}
		for range random.IntN(5) {
			chosen := []string{pick(sources)}
			for range random.IntN(3) {
				chosen = append(chosen, pick(sources))
			}
			if random.IntN(4) == 0 {
				chosen = []string{"'none'"}
			}
			policy = policy.With(pick(directives), chosen...)
		}
		_, invalid := httpsec.ParseCSP(policy.String())

		var tally reporting.Tally
		for range random.IntN(20) {
			r := blocked(pick(directives), pick(urls))
			if random.IntN(2) == 0 {
				r.CSP.BlockedURL = pick(good)
			}
			r.Type, r.URL, r.Noise = pick(types), pick(documents), reporting.Noise(pick(noises))
			if random.IntN(20) == 0 {
				r.CSP.EffectiveDirective = pick([]string{"", "sandbox", "report-uri", "upgrade-insecure-requests", "x y"})
			}
			tally.Add(r)
		}
		got := tally.Suggest(policy)
		added += len(got.Added)
		context := fmt.Sprintf("%s\n%s\n%v", policy, got.Policy, tally.Entries())

		if invalid == nil {
			_, err := httpsec.ParseCSP(got.Policy.String())
			require.NoError(t, err, context)
		}
		require.Less(t, len(got.Policy.String()), 4096)
		requireKept(t, policy, got.Policy, context)
		requireSafe(t, policy, got, context)

		again := tally.Suggest(got.Policy)
		require.Equal(t, got.Policy.String(), again.Policy.String(), context)
		require.Empty(t, again.Added, context)

		entries := len(got.Refused)
		for _, a := range got.Added {
			entries += len(a.Entries)
		}
		violations := 0
		for _, e := range tally.Entries() {
			if e.Type == "csp-violation" {
				violations++
			}
		}
		require.Equal(t, violations, entries, "each entry is added or refused")
	}
	require.Greater(t, added, 1000, "the reports ask for too little to prove anything")
}

// requireKept checks that all of the policy is there still.
func requireKept(t *testing.T, before, after httpsec.CSP, context string) {
	widened := parsed(after)
	for _, d := range parsed(before) {
		sources, ok := widened.Get(d.Name)
		require.True(t, ok, context)
		for _, source := range d.Values {
			if source != "'none'" {
				require.Contains(t, sources, source, context)
			}
		}
	}
}

// requireSafe checks what is there in addition to what applied before.
func requireSafe(t *testing.T, before httpsec.CSP, got reporting.Suggestion, context string) {
	given := parsed(before)
	for _, d := range parsed(got.Policy) {
		applied, _ := given.Get(given.Effective(d.Name))
		for _, source := range d.Values {
			if slices.Contains(applied, source) {
				continue
			}
			i := slices.IndexFunc(got.Added, func(a reporting.Addition) bool { return a.Directive == d.Name && a.Source == source })
			require.GreaterOrEqual(t, i, 0, "%s has %s\n%s", d.Name, source, context)
			passive := d.Name == "img-src" || d.Name == "font-src" || d.Name == "media-src"
			origin := strings.Contains(source, "://") && !strings.ContainsAny(source, "*'\"?#, ")
			require.True(t, source == "'self'" || origin || passive && (source == "data:" || source == "blob:"), "%s has %s\n%s", d.Name, source, context)
			require.NotContains(t, []string{"default-src", "object-src", "frame-ancestors", "script-src-attr", "style-src-attr"}, d.Name, context)
			require.NotEmpty(t, got.Added[i].Entries)
			for _, e := range got.Added[i].Entries {
				require.Empty(t, e.Noise, context)
				require.True(t, source == e.Blocked || source == e.Blocked+":" || source == "'self'" && e.Blocked == e.Document, context)
				if strings.HasPrefix(source, "http:") || strings.HasPrefix(source, "ws:") {
					require.True(t, strings.HasPrefix(e.Document, "http:"), context)
				}
			}
		}
	}
}

func parsed(policy httpsec.CSP) csp.Policy {
	return csp.Parse(strings.TrimPrefix(policy.String(), httpsec.Omit))
}
