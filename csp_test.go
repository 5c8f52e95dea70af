package httpsec_test

import (
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
	assert.Equal(t, "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "+
		"font-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; "+
		"upgrade-insecure-requests", httpsec.DefaultCSP().String())
}

func TestCSPMethods(t *testing.T) {
	set := func(directive string, sources ...string) func(httpsec.CSP) httpsec.CSP {
		return func(p httpsec.CSP) httpsec.CSP { return p.Set(directive, sources...) }
	}
	add := func(directive string, sources ...string) func(httpsec.CSP) httpsec.CSP {
		return func(p httpsec.CSP) httpsec.CSP { return p.Add(directive, sources...) }
	}
	remove := func(directive string) func(httpsec.CSP) httpsec.CSP {
		return func(p httpsec.CSP) httpsec.CSP { return p.Remove(directive) }
	}
	for name, tt := range map[string]struct {
		policy string
		change func(httpsec.CSP) httpsec.CSP
		want   string
	}{
		"set replaces in place":         {"img-src *; font-src *", set("img-src", "'self'"), "img-src 'self'; font-src *"},
		"set appends":                   {"img-src *", set("font-src", "'self'", "data:"), "img-src *; font-src 'self' data:"},
		"set on the empty policy":       {"", set("img-src", "'self'"), "img-src 'self'"},
		"set without sources":           {"img-src *", set("upgrade-insecure-requests"), "img-src *; upgrade-insecure-requests"},
		"set in upper case":             {"img-src *", set("IMG-SRC", "'self'"), "img-src 'self'"},
		"set ignores fallbacks":         {"default-src 'self'", set("img-src", "*"), "default-src 'self'; img-src *"},
		"set keeps duplicates out":      {"img-src *; font-src *", set("font-src", "*"), "img-src *; font-src *"},
		"set splits at white space":     {"", set("img-src", "'self' \t data:\nblob:"), "img-src 'self' data: blob:"},
		"set drops blank sources":       {"", set("img-src", "", " ", "*"), "img-src *"},
		"set encodes a semicolon":       {"", set("img-src", "https://a.com/x;y"), "img-src https://a.com/x%3By"},
		"set encodes a comma":           {"", set("img-src", "https://a.com/x,y"), "img-src https://a.com/x%2Cy"},
		"set cannot end a directive":    {"", set("img-src", "*; script-src *"), "img-src *%3B script-src *"},
		"set cannot end a policy":       {"", set("img-src", "*, script-src *"), "img-src *%2C script-src *"},
		"set keeps a name in one piece": {"", set("img-src font-src", "*"), "img-src%20font-src *"},
		"set encodes a name":            {"", set("img-src;a,b", "*"), "img-src%3ba%2cb *"},
		"set trims a name":              {"", set(" img-src ", "*"), "img-src *"},

		"add extends":                  {"img-src 'self'; font-src *", add("img-src", "data:", "blob:"), "img-src 'self' data: blob:; font-src *"},
		"add extends in upper case":    {"img-src 'self'", add("Img-Src", "data:"), "img-src 'self' data:"},
		"add knows what is there":      {"img-src 'self' data:", add("img-src", "data:", "blob:", "blob:"), "img-src 'self' data: blob:"},
		"add on the empty policy":      {"", add("img-src", "'self'"), "img-src 'self'"},
		"add drops none":               {"img-src 'none'", add("img-src", "'self'"), "img-src 'self'"},
		"add drops none in any case":   {"img-src 'NONE'", add("img-src", "'self'"), "img-src 'self'"},
		"add drops an inherited none":  {"default-src 'none'", add("img-src", "'self'"), "default-src 'none'; img-src 'self'"},
		"add none to none":             {"img-src 'none'", add("img-src", "'none'"), "img-src 'none'"},
		"add none in capitals":         {"img-src 'none'", add("img-src", "'NONE'"), "img-src 'none'"},
		"add none to nothing":          {"", add("img-src", "'none'"), "img-src 'none'"},
		"add none to something":        {"img-src 'self'", add("img-src", "'none'"), "img-src 'self'"},
		"add nothing":                  {"img-src 'self'", add("img-src"), "img-src 'self'"},
		"add nothing to a fallback":    {"default-src 'none'", add("img-src"), "default-src 'none'; img-src 'none'"},
		"add cannot end a directive":   {"img-src 'self'", add("img-src", "*;script-src", "*,x"), "img-src 'self' *%3Bscript-src *%2Cx"},
		"add splits at white space":    {"img-src 'self'", add("img-src", "data: blob:"), "img-src 'self' data: blob:"},
		"add keeps a name in one part": {"", add("img-src font-src", "*"), "img-src%20font-src *"},

		"remove":               {"img-src *; font-src *", remove("img-src"), "font-src *"},
		"remove in upper case": {"img-src *; font-src *", remove("IMG-SRC"), "font-src *"},
		"remove what is not":   {"img-src *", remove("font-src"), "img-src *"},
		"remove the last":      {"img-src *", remove("img-src"), httpsec.Omit},
		"remove from nothing":  {"", remove("img-src"), httpsec.Omit},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, tt.change(parsed(t, tt.policy)).String())
		})
	}
}

func TestCSPAddStartsFromTheFallback(t *testing.T) {
	for _, tt := range []struct{ policy, directive, want string }{
		{"default-src 'self'", "child-src", "default-src 'self'; child-src 'self' https://a.com"},
		{"default-src 'self'", "connect-src", "default-src 'self'; connect-src 'self' https://a.com"},
		{"default-src 'self'", "fenced-frame-src", "default-src 'self'; fenced-frame-src 'self' https://a.com"},
		{"default-src 'self'", "font-src", "default-src 'self'; font-src 'self' https://a.com"},
		{"default-src 'self'", "frame-src", "default-src 'self'; frame-src 'self' https://a.com"},
		{"default-src 'self'", "img-src", "default-src 'self'; img-src 'self' https://a.com"},
		{"default-src 'self'", "manifest-src", "default-src 'self'; manifest-src 'self' https://a.com"},
		{"default-src 'self'", "media-src", "default-src 'self'; media-src 'self' https://a.com"},
		{"default-src 'self'", "object-src", "default-src 'self'; object-src 'self' https://a.com"},
		{"default-src 'self'", "prefetch-src", "default-src 'self'; prefetch-src 'self' https://a.com"},
		{"default-src 'self'", "script-src", "default-src 'self'; script-src 'self' https://a.com"},
		{"default-src 'self'", "script-src-attr", "default-src 'self'; script-src-attr 'self' https://a.com"},
		{"default-src 'self'", "script-src-elem", "default-src 'self'; script-src-elem 'self' https://a.com"},
		{"default-src 'self'", "style-src", "default-src 'self'; style-src 'self' https://a.com"},
		{"default-src 'self'", "style-src-attr", "default-src 'self'; style-src-attr 'self' https://a.com"},
		{"default-src 'self'", "style-src-elem", "default-src 'self'; style-src-elem 'self' https://a.com"},
		{"default-src 'self'", "worker-src", "default-src 'self'; worker-src 'self' https://a.com"},

		{"default-src a; script-src b", "script-src-elem", "default-src a; script-src b; script-src-elem b https://a.com"},
		{"default-src a; script-src b", "script-src-attr", "default-src a; script-src b; script-src-attr b https://a.com"},
		{"default-src a; style-src b", "style-src-elem", "default-src a; style-src b; style-src-elem b https://a.com"},
		{"default-src a; style-src b", "style-src-attr", "default-src a; style-src b; style-src-attr b https://a.com"},
		{"default-src a; child-src b", "frame-src", "default-src a; child-src b; frame-src b https://a.com"},
		{"default-src a; script-src b", "frame-src", "default-src a; script-src b; frame-src a https://a.com"},
		{"default-src a; script-src b; child-src c", "worker-src", "default-src a; script-src b; child-src c; worker-src c https://a.com"},
		{"default-src a; script-src b", "worker-src", "default-src a; script-src b; worker-src b https://a.com"},
		{"default-src a; child-src b; frame-src c", "fenced-frame-src", "default-src a; child-src b; frame-src c; fenced-frame-src c https://a.com"},
		{"default-src a; child-src b", "fenced-frame-src", "default-src a; child-src b; fenced-frame-src b https://a.com"},
		{"script-src b", "img-src", "script-src b; img-src https://a.com"},
		{"script-src-elem b", "script-src", "script-src-elem b; script-src https://a.com"},

		{"default-src 'self'", "base-uri", "default-src 'self'; base-uri https://a.com"},
		{"default-src 'self'", "default-src", "default-src 'self' https://a.com"},
		{"default-src 'self'", "form-action", "default-src 'self'; form-action https://a.com"},
		{"default-src 'self'", "frame-ancestors", "default-src 'self'; frame-ancestors https://a.com"},
		{"default-src 'self'", "report-to", "default-src 'self'; report-to https://a.com"},
		{"default-src 'self'", "report-uri", "default-src 'self'; report-uri https://a.com"},
		{"default-src 'self'", "require-trusted-types-for", "default-src 'self'; require-trusted-types-for https://a.com"},
		{"default-src 'self'", "sandbox", "default-src 'self'; sandbox https://a.com"},
		{"default-src 'self'", "trusted-types", "default-src 'self'; trusted-types https://a.com"},
		{"default-src 'self'", "webrtc", "default-src 'self'; webrtc https://a.com"},
	} {
		t.Run(tt.directive+" under "+tt.policy, func(t *testing.T) {
			assert.Equal(t, tt.want, parsed(t, tt.policy).Add(tt.directive, "https://a.com").String())
		})
	}
}

func TestCSPIsImmutable(t *testing.T) {
	base := parsed(t, "default-src 'self'; img-src 'self' data:; font-src *")
	one := base.Add("img-src", "https://one.example")
	two := base.Add("img-src", "https://two.example")
	removed := base.Remove("default-src")
	removed.Set("img-src", "*").Add("font-src", "data:")
	sources := []string{"https://three.example"}
	three := base.Set("img-src", sources...)
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
	assert.NotEmpty(t, httpsec.CSP{}.Set("").String())
	assert.NotEqual(t, httpsec.Omit, httpsec.CSP{}.Set(httpsec.Omit).String(), "an unknown directive must not switch the header off")
}

func TestParseCSPNormalises(t *testing.T) {
	for _, tt := range []struct{ policy, want string }{
		{"default-src 'self'", "default-src 'self'"},
		{"DEFAULT-SRC 'Self'", "default-src 'Self'"},
		{"img-src   *  ;;  font-src  data: ;", "img-src *; font-src data:"},
		{"upgrade-insecure-requests;", "upgrade-insecure-requests"},
	} {
		p := parsed(t, tt.policy)
		assert.Equal(t, tt.want, p.String())
		assert.Equal(t, p, parsed(t, p.String()))
	}
}

func TestCSPAccepts(t *testing.T) {
	sha256, sha384, sha512 := strings.Repeat("A", 43), strings.Repeat("A", 64), strings.Repeat("A", 86)
	for _, policy := range []string{
		"script-src 'self' 'unsafe-inline' 'unsafe-eval' 'strict-dynamic' 'unsafe-hashes' 'report-sample' 'wasm-unsafe-eval'",
		"script-src 'SELF'",
		"script-src 'trusted-types-eval' 'inline-speculation-rules' 'report-sha256'",
		"script-src " + httpsec.NonceSource,
		"script-src 'nonce-YWJj' 'nonce-a_-b' 'nonce-a+/b=='",
		"script-src 'sha256-" + sha256 + "=' 'sha256-" + sha256 + "' 'sha384-" + sha384 + "' 'sha512-" + sha512 + "=='",
		"img-src 'none'",
		"img-src *",
		"img-src https: data: blob: filesystem: ws: wss: custom+scheme.1:",
		"img-src a.com *.a.com a.com:443 a.com:* *:8080 https://a.com https://*.a.com:* https://* http://localhost:3000",
		"img-src https://a.com/ https://a.com/path/x.png a.com/path/%20 127.0.0.1 A.COM HTTPS://a.com a_b.example",
		"frame-ancestors 'none'",
		"frame-ancestors 'self' https://a.com https:",
		"base-uri 'none'; form-action 'self' https://a.com",
		"block-all-mixed-content; upgrade-insecure-requests",
		"report-to main; report-uri /csp https://reports.example.com/csp",
		"sandbox",
		"sandbox allow-scripts ALLOW-FORMS allow-same-origin",
		"require-trusted-types-for 'script'",
		"trusted-types",
		"trusted-types 'none'",
		"trusted-types one two#2 'allow-duplicates'",
		"trusted-types *",
		"webrtc 'block'",
		"fenced-frame-src https:; child-src 'self'; worker-src 'self'; manifest-src 'self'; media-src *; prefetch-src 'self'",
		"script-src-elem 'self'; script-src-attr 'none'; style-src-elem 'self'; style-src-attr 'none'; object-src 'none'",
	} {
		t.Run(policy, func(t *testing.T) {
			_, err := httpsec.ParseCSP(policy)
			assert.NoError(t, err)
		})
	}
}

func TestCSPRefuses(t *testing.T) {
	const noHost = " has a host that is no domain, IPv4 address or wildcard"
	const noPort = " has a port that is neither from 1 to 65535 nor *"
	for _, tt := range []struct{ policy, problem string }{
		{"defualt-src 'self'", `unknown directive "defualt-src"; did you mean "default-src"?`},
		{"img_src 'self'", `unknown directive "img_src"; did you mean "img-src"?`},
		{"xxdefault-src 'self'", `unknown directive "xxdefault-src"; did you mean "default-src"?`},
		{"xxxdefault-src 'self'", `unknown directive "xxxdefault-src"`},
		{"images 'self'", `unknown directive "images"`},
		{"referrer origin", `unknown directive "referrer"`},
		{";", `";" has no directive; write Omit to send none`},
		{"img-src *; img-src a.com", `directive "img-src" is there twice, and browsers ignore the second; merge them`},
		{"img-src *; IMG-SRC a.com", `directive "img-src" is there twice, and browsers ignore the second; merge them`},
		{",img-src *", `",img-src *" has a comma at byte 0, where a second policy begins; write %2C in a URL, or a space between sources`},
		{"img-src *, font-src *", `"img-src *, font-src *" has a comma at byte 9, where a second policy begins; write %2C in a URL, or a space between sources`},
		{"img-src", `img-src: has no source; write "img-src 'none'"`},
		{"frame-ancestors", `frame-ancestors: has no source; write "frame-ancestors 'none'"`},
		{"img-src 'none' 'self'", `img-src: "'none'" stands beside other sources; remove it`},
		{"frame-ancestors a.com 'None'", `frame-ancestors: "'none'" stands beside other sources; remove it`},
		{"img-src self", `img-src: "self" has no single quotes; write "'self'"`},
		{"img-src None", `img-src: "None" has no single quotes; write "'none'"`},
		{"script-src unsafe-inline", `script-src: "unsafe-inline" has no single quotes; write "'unsafe-inline'"`},
		{`script-src "self"`, `script-src: "\"self\"" has no single quotes; write "'self'"`},
		{"script-src 'self", `script-src: "'self" has no single quotes; write "'self'"`},
		{"script-src 'slef'", `script-src: "'slef'" is an unknown keyword; did you mean "'self'"?`},
		{"script-src 'unsafe-inlin'", `script-src: "'unsafe-inlin'" is an unknown keyword; did you mean "'unsafe-inline'"?`},
		{"script-src 'a.example.com'", `script-src: "'a.example.com'" has quotes around what is no keyword; write "a.example.com"`},
		{"script-src 'https://cdn.example.com'", `script-src: "'https://cdn.example.com'" has quotes around what is no keyword; write "https://cdn.example.com"`},
		{"script-src '@'", `script-src: "'@'" is an unknown keyword`},
		{"script-src nonce-YWJj", `script-src: "nonce-YWJj" has no single quotes; write "'nonce-YWJj'"`},
		{"script-src 'nonce-'", `script-src: "'nonce-'" is no nonce in base64; write NonceSource for a fresh one per request`},
		{"script-src 'nonce-{nonce}x'", `script-src: "'nonce-{nonce}x'" is no nonce in base64; write NonceSource for a fresh one per request`},
		{"script-src 'nonce-a==='", `script-src: "'nonce-a==='" is no nonce in base64; write NonceSource for a fresh one per request`},
		{"script-src sha256-AAAA", `script-src: "sha256-AAAA" is no digest of 32 bytes in base64`},
		{"script-src sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", `script-src: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" has no single quotes; write "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"`},
		{"img-src data", `img-src: "data" is a host, because it has no colon; write "data:"`},
		{"connect-src WSS", `connect-src: "WSS" is a host, because it has no colon; write "WSS:"`},
		{"img-src 'images'", `img-src: "'images'" is an unknown keyword`},
		{"img-src ?x", `img-src: "?x" has a query or fragment, which no source can have`},
		{"img-src https://bad!/x?y", `img-src: "https://bad!/x?y" has a query or fragment, which no source can have`},
		{"script-src 'sha256-AAAA'", `script-src: "'sha256-AAAA'" is no digest of 32 bytes in base64`},
		{"script-src 'sha384-?'", `script-src: "'sha384-?'" is no digest of 48 bytes in base64`},
		{"script-src 'sha512-'", `script-src: "'sha512-'" is no digest of 64 bytes in base64`},
		{"img-src https://a.com/?q", `img-src: "https://a.com/?q" has a query or fragment, which no source can have; write "https://a.com/"`},
		{"img-src a.com/x#y", `img-src: "a.com/x#y" has a query or fragment, which no source can have; write "a.com/x"`},
		{"img-src https://a..com", `img-src: "https://a..com"` + noHost},
		{"img-src *a.com", `img-src: "*a.com"` + noHost},
		{"img-src a.*.com", `img-src: "a.*.com"` + noHost},
		{"img-src http://[::1]", `img-src: "http://[::1]"` + noHost},
		{"img-src https://", `img-src: "https://"` + noHost},
		{"img-src https://u@a.com", `img-src: "https://u@a.com"` + noHost},
		{"img-src a.com:0", `img-src: "a.com:0"` + noPort},
		{"img-src a.com:65536", `img-src: "a.com:65536"` + noPort},
		{"img-src a.com:x", `img-src: "a.com:x"` + noPort},
		{"img-src a!://a.com", `img-src: "a!://a.com" has no valid scheme`},
		{"img-src a.com/<x>", `img-src: "a.com/<x>" has a path with a character that must be percent-encoded`},
		{"frame-ancestors 'unsafe-inline'", `frame-ancestors: "'unsafe-inline'" is neither 'self', 'none', a scheme nor a host`},
		{"frame-ancestors 'selv'", `frame-ancestors: "'selv'" is neither 'self', 'none', a scheme nor a host; did you mean "'self'"?`},
		{"frame-ancestors self", `frame-ancestors: "self" has no single quotes; write "'self'"`},
		{"upgrade-insecure-requests 1", `upgrade-insecure-requests: takes no value; write "upgrade-insecure-requests"`},
		{"report-to", "report-to: takes the name of one group; write one of the names in ReportingEndpoints"},
		{"report-to a b", "report-to: takes the name of one group; write one of the names in ReportingEndpoints"},
		{"report-uri", "report-uri: has no URL; remove it"},
		{"sandbox allow-script", `sandbox: unknown value "allow-script"; did you mean "allow-scripts"?`},
		{"require-trusted-types-for", `require-trusted-types-for: has no value; write "'script'"`},
		{"require-trusted-types-for script", `require-trusted-types-for: unknown value "script"; did you mean "'script'"?`},
		{"trusted-types 'none' a", `trusted-types: "'none'" stands beside other values; remove it`},
		{"trusted-types a!", `trusted-types: "a!" is no policy name`},
		{"trusted-types 'allow-duplicate'", `trusted-types: "'allow-duplicate'" is no policy name; did you mean "'allow-duplicates'"?`},
		{"webrtc block", `webrtc: unknown value "block"; did you mean "'block'"?`},
		{"webrtc", `webrtc: has no value; write "'allow'" or "'block'"`},
		{" img-src *", `" img-src *" has surrounding space; write "img-src *"`},
		{"img-src\t*", `"img-src\t*" has a control character at byte 7; remove it`},
		{"img-src bücher.example", `"img-src bücher.example" has a character beyond ASCII at byte 9; percent-encode it, or write a host in Punycode`},
	} {
		t.Run(tt.policy, func(t *testing.T) {
			p, err := httpsec.ParseCSP(tt.policy)
			assert.EqualError(t, err, "httpsec: CSP: "+tt.problem)
			assert.Equal(t, httpsec.CSP{}, p)
			_, err = httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicyReportOnly: tt.policy})
			assert.EqualError(t, err, "httpsec: Headers.ContentSecurityPolicyReportOnly: "+tt.problem)
		})
	}
}

func TestParseCSPReportsAllProblemsAtOnce(t *testing.T) {
	_, err := httpsec.ParseCSP("img-src self; foo; font-src 'none' *")
	assert.EqualError(t, err, `httpsec: CSP: img-src: "self" has no single quotes; write "'self'"
httpsec: CSP: unknown directive "foo"
httpsec: CSP: font-src: "'none'" stands beside other sources; remove it`)
	problem := configErrorsIn(t, err)[0]
	assert.Equal(t, &httpsec.ConfigError{
		Field: "CSP", Value: "img-src self; foo; font-src 'none' *",
		Problem: `img-src: "self" has no single quotes`, Fix: `write "'self'"`,
	}, problem)
}
