package httpsec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

func TestParseCSPNormalises(t *testing.T) {
	for _, tt := range []struct{ policy, want string }{
		{"default-src 'self'", "default-src 'self'"},
		{"DEFAULT-SRC 'Self'", "default-src 'Self'"},
		{"img-src   *  ;;  font-src  data: ;", "img-src *; font-src data:"},
		{"upgrade-insecure-requests;", "upgrade-insecure-requests"},
		{"\n\tdefault-src 'self';\r\n\timg-src\f*;\n", "default-src 'self'; img-src *"},
	} {
		p := parsed(t, tt.policy)
		assert.Equal(t, tt.want, p.String())
		assert.Equal(t, p, parsed(t, p.String()))
	}
}

func TestCSPAccepts(t *testing.T) {
	sha256, sha384, sha512 := strings.Repeat("A", 43), strings.Repeat("A", 64), strings.Repeat("A", 86)
	for _, policy := range []string{
		"script-src 'self' 'unsafe-inline' 'unsafe-eval' 'strict-dynamic' 'unsafe-hashes' 'report-sample'",
		"script-src 'SELF' 'wasm-unsafe-eval' 'trusted-types-eval' 'inline-speculation-rules' 'report-sha256'",
		"script-src " + httpsec.NonceSource,
		"script-src 'nonce-YWJj' 'nonce-a_-b' 'NONCE-a+/b=='",
		"script-src 'sha256-" + sha256 + "=' 'sha256-" + sha256 + "' 'sha384-" + sha384 + "'",
		"script-src 'sha512-" + sha512 + "==' 'sha512-" + sha512 + "=' 'SHA512-" + sha512 + "'",
		"script-src 'sha256-" + strings.Repeat("-_", 21) + "A'",
		"img-src 'none'",
		"img-src 'none' 'none'",
		"script-src 'none' 'report-sample'",
		"img-src * * 'self' 'self'",
		"img-src https: data: blob: filesystem: ws: wss: custom+scheme.1: localhost:",
		"img-src a.com *.a.com a.com:443 a.com:* *:8080 https://a.com https://*.a.com:* https://* http://a.test:3000",
		"img-src https://a.com/ https://a.com/path/x.png a.com/path/%20 127.0.0.1 A.COM HTTPS://a.com",
		"img-src https://a.com:0443 a.com:00443 https://a.com. https://a.com/Rubik's_Cube a.com/a*b",
		"frame-ancestors 'none'",
		"frame-ancestors 'self' https://a.com https: localhost:*",
		"base-uri 'none'; form-action 'self' https://a.com",
		"block-all-mixed-content; upgrade-insecure-requests",
		"report-to main; report-uri /csp https://reports.example.com/csp?a=b%2Cc //a.com/x ../x report http://a.com:80",
		"report-uri https://[::1]/x https://a_b.example/%zz https://a.com./ https://a.com:/x?y=@",
		"sandbox",
		"sandbox allow-scripts ALLOW-FORMS allow-same-origin allow-scripts",
		"require-trusted-types-for 'script'",
		"require-trusted-types-for 'SCRIPT' 'script'",
		"trusted-types",
		"trusted-types 'none'",
		"trusted-types one two#2 script-src 'allow-duplicates'",
		"trusted-types *",
		"fenced-frame-src https:; child-src 'self'; worker-src 'self'; manifest-src 'self'; media-src *",
		"script-src-elem 'self'; script-src-attr 'none'; style-src-elem 'self'; style-src-attr 'none'; object-src *",
	} {
		t.Run(policy, func(t *testing.T) {
			_, err := httpsec.ParseCSP(policy)
			assert.NoError(t, err)
		})
	}
}

// TestCSPRefuses has what each problem suggests, "" where that is nothing.
func TestCSPRefuses(t *testing.T) {
	hash := strings.Repeat("A", 43)
	for _, tt := range []struct {
		policy      string
		suggestions []string
	}{
		{"defualt-src 'self'", []string{"default-src"}},
		{"img_src 'self'", []string{"img-src"}},
		{"img-src: 'self'", []string{"img-src"}},
		{"'img-src' 'self'", []string{"img-src"}},
		{"img-src\u00a0'self'", []string{"img-src 'self'"}},
		{"img-srcé 'self'", []string{""}},
		{"xxxdefault-src 'self'", []string{""}},
		{"images 'self'", []string{""}},
		{"treat-as-public-address", []string{""}},
		{"https: http:", []string{""}},
		{"img-scr self", []string{"img-src", "'self'"}},
		{"img-scr *; img-src *", []string{""}},
		{"img-scr *; img-srcc *", []string{"img-src", ""}},
		{"plugin-types a/b; referrer origin; require-sri-for script; webrtc 'block'", []string{"", "", "", ""}},
		{"prefetch-src *; navigate-to *; reflected-xss block; disown-opener", []string{"", "", "", ""}},
		{";", []string{""}},
		{"\n", []string{""}},
		{"img-src *; img-src a.com", []string{""}},
		{"img-src *; IMG-SRC *", []string{""}},
		{"report-to a; report-to b", []string{""}},

		{"img-src", []string{"img-src 'none'"}},
		{"frame-ancestors;", []string{"frame-ancestors 'none'"}},
		{"img-src 'none' 'self'", []string{""}},
		{"frame-ancestors a.com 'None'", []string{""}},

		{"default-src 'self' script-src 'self' 'unsafe-inline'", []string{"; script-src"}},
		{"connect-src 'self' upgrade-insecure-requests", []string{"; upgrade-insecure-requests"}},
		{"child-src 'self' frame-src self object-src 'none'", []string{"; frame-src", "; object-src", "'self'"}},
		{"default-src IMG-SRC *", []string{"; IMG-SRC", "default-src 'none'"}},
		{"sandbox img-src *", []string{"; img-src"}},
		{"report-uri /x report-to main", []string{"; report-to"}},

		{"default-src 'self', img-src *", []string{"'self';"}},
		{"default-src 'self',img-src *", []string{"'self'; img-src"}},
		{"img-src a.com, b.com", []string{"a.com"}},
		{"img-src a.com,b.com", []string{"a.com b.com"}},
		{"img-src a.com,font-src b.com", []string{"a.com; font-src"}},
		{"img-src a.com ,font-src b.com", []string{"; font-src"}},
		{"img-src a.com , b.com", []string{""}},
		{",img-src *", []string{"img-src"}},
		{"img-src https://a.com/x,y.png", []string{"https://a.com/x%2Cy.png"}},
		{"img-src https://a.com/x,https://b.com", []string{"https://a.com/x https://b.com"}},
		{"report-uri /x?a=b,c", []string{"/x?a=b%2Cc"}},

		{"img-src self", []string{"'self'"}},
		{"img-src None", []string{"'none'"}},
		{`script-src "self"`, []string{"'self'"}},
		{"script-src 'self", []string{"'self'"}},
		{"script-src self'", []string{"'self'"}},
		{"script-src ‘self’", []string{"'self'"}},
		{"script-src 'self'\u00a0https://a.com", []string{"'self' https://a.com"}},
		{"script-src \u00a0", []string{""}},
		{"script-src 'slef'", []string{"'self'"}},
		{"script-src 'strict_dynamic'", []string{"'strict-dynamic'"}},
		{"script-src 'unsafe-hashed-attributes'", []string{"'unsafe-hashes'"}},
		{"script-src 'unsafe-allow-redirects' 'unsafe-webtransport-hashes' '' '", []string{"", "", "", ""}},
		{"script-src 'https://a.com'", []string{"https://a.com"}},
		{`script-src "https://a.com"`, []string{"https://a.com"}},
		{"frame-ancestors 'all'", []string{"*"}},
		{"frame-ancestors '*'", []string{"*"}},
		{"frame-ancestors 'unsafe-inline'", []string{""}},
		{"frame-ancestors " + httpsec.NonceSource + " 'nonce-YWJj'", []string{"", ""}},
		{"frame-ancestors 'slef'", []string{"'self'"}},

		{"script-src nonce-YWJj", []string{"'nonce-YWJj'"}},
		{"script-src 'nonce-{{nonce}}'", []string{httpsec.NonceSource}},
		{"script-src 'nonce-%s' 'NONCE-{nonce}' 'nonce-' 'nonce'", []string{
			httpsec.NonceSource, httpsec.NonceSource, httpsec.NonceSource, httpsec.NonceSource}},
		{"script-src sha256-" + hash, []string{"'sha256-" + hash + "'"}},
		{"script-src 'sha256-" + hash + "==='", []string{"'sha256-" + hash + "'"}},
		{"script-src 'sha256-" + hash + "=='", []string{"'sha256-" + hash + "'"}},
		{"script-src 'sha384-" + strings.Repeat("A", 64) + "='", []string{"'sha384-" + strings.Repeat("A", 64) + "'"}},
		{"script-src 'sha256-abc' 'sha256-' 'sha1-abc' 'url-sha256-" + hash + "'", []string{"", "", "", ""}},

		{"img-src data", []string{"data:"}},
		{"img-src HTTPS", []string{"https:"}},
		{"img-src data:* blob:*", []string{"data:", "blob:"}},
		{"img-src data:image/png", []string{"data:"}},
		{"img-src blob:https://a.com", []string{"blob:"}},
		{"form-action mailto:x@y.com", []string{"mailto:"}},
		{"img-src https:a.com", []string{"https://a.com"}},
		{"img-src https:/a.com", []string{"https://a.com"}},
		{"img-src //a.com", []string{"https://a.com"}},
		{"img-src https://", []string{""}},
		{"img-src https://a.com?x https://a.com/x#y", []string{"https://a.com", "https://a.com/x"}},
		{"img-src https://my_app.example.com a_b.com", []string{"", ""}},
		{"img-src http://[::1]:5173", []string{"http://localhost:5173"}},
		{"img-src [2001:db8::1]", []string{""}},
		{"img-src https://u:p@a.com", []string{"https://a.com"}},
		{"img-src https://bücher.example/ä%zz", []string{"https://xn--bcher-kva.example/%C3%A4%25zz"}},
		{"img-src a..com .a.com *a.com a*.com a.*.com **.a.com", []string{"", "", "", "", "", ""}},
		{"img-src a.com:0 a.com:65536 a.com:http https://a.com:", []string{"", "", "", ""}},
		{"img-src https://a.com/* *.a.com/x/*", []string{"https://a.com", "*.a.com/x/"}},
		{"img-src https://a.com//x", []string{""}},
		{"img-src https://a.com/x[y]", []string{"https://a.com/x%5By%5D"}},
		{"img-src https://a.com/100%", []string{"https://a.com/100%25"}},
		{"img-src a.com\x01", []string{""}},

		{"upgrade-insecure-requests 1", []string{""}},
		{"block-all-mixed-content a b", []string{"", ""}},
		{"report-to", []string{""}},
		{"report-to a b", []string{""}},
		{`report-to "main"`, []string{"main"}},
		{"report-to /csp", []string{""}},
		{"report-uri", []string{""}},
		{`report-uri "/csp"`, []string{"/csp"}},
		{"report-uri https://[bad http:// https://a.com:99999 https:x", []string{"", "", "", ""}},
		{"report-uri mailto:a@b", []string{""}},
		{"report-uri https://a.com:0 https://a<b https://[::1%25a] https://[1.2.3.4]", []string{"", "", "", ""}},
		{"report-uri /é", []string{""}},
		{"sandbox allow-script", []string{"allow-scripts"}},
		{"sandbox allow-downloads-without-user-activation 'allow-forms' forms x", []string{
			"allow-downloads", "allow-forms", "allow-forms", ""}},
		{"require-trusted-types-for", []string{"require-trusted-types-for 'script'"}},
		{"require-trusted-types-for script style", []string{"'script'", "'script'"}},
		{"trusted-types 'none' a", []string{""}},
		{"trusted-types 'nonee'", []string{"'none'"}},
		{"trusted-types 'nonee' a", []string{""}},
		{"trusted-types a(b 'allow-duplicate'", []string{"", "'allow-duplicates'"}},
	} {
		t.Run(tt.policy, func(t *testing.T) {
			p, err := httpsec.ParseCSP(tt.policy)
			assert.Zero(t, p)
			require.Error(t, err)
			var got []string
			for _, problem := range configErrorsIn(t, err) {
				assert.Equal(t, "CSP", problem.Field)
				got = append(got, problem.Suggestion)
			}
			assert.Equal(t, tt.suggestions, got, "%v", err)
		})
	}
}

// TestCSPProblems has one sentence of each kind.
func TestCSPProblems(t *testing.T) {
	const noPort = " has a port that is not from 1 to 65535"
	for _, tt := range []struct{ policy, problem string }{
		{"defualt-src *", `unknown directive "defualt-src"; did you mean "default-src"?`},
		{"img-src: *", `unknown directive "img-src:"; write "img-src"`},
		{"images *", `unknown directive "images"`},
		{"imgé *", `unknown directive "imgé", which has a character beyond ASCII`},
		{"https: *", `"https:" is a source where the name of a directive belongs; write the name before it`},
		{"webrtc 'block'", `directive "webrtc" is ignored: browsers dropped it; remove it`},
		{"referrer origin", `directive "referrer" is ignored: browsers dropped it; set ReferrerPolicy instead`},
		{"plugin-types a/b",
			`directive "plugin-types" is ignored: browsers dropped it; write object-src 'none' instead`},
		{";", `";" has no directive; write Omit to send none`},
		{"img-src *; Img-Src *",
			`directive "Img-Src" is repeated, and browsers ignore the second; write all sources in one`},
		{"sandbox; sandbox", `directive "sandbox" is repeated, and browsers ignore the second; remove one`},
		{"img-src a,b", `"a,b" has a comma, where a second policy begins; write "a b"`},
		{"img-src a ,", `"," has a comma, where a second policy begins; remove it`},
		{"img-src * font-src *",
			`"font-src" is the name of a directive, and a semicolon is missing before it; write "; font-src"`},
		{"img-src", `"img-src" has no source; write "img-src 'none'"`},
		{"img-src 'none' *", `img-src: "'none'" must be the only source; remove it`},
		{"img-src self", `img-src: "self" has no single quotes; write "'self'"`},
		{"img-src 'slef'", `img-src: "'slef'" is not a keyword; did you mean "'self'"?`},
		{"img-src 'self'%3B", `img-src: "'self'%3B" ends in an encoded semicolon or comma; write "'self'"`},
		{"img-src ''", `img-src: "''" is nothing but quotes`},
		{"img-src 'self", `img-src: "'self" lacks a single quote; write "'self'"`},
		{`img-src "self"`, `img-src: "\"self\"" has double quotes; write "'self'"`},
		{"img-src 'nonce-*'", `img-src: "'nonce-*'" is not a nonce in base64; write "'nonce-{nonce}'"`},
		{"img-src 'sha256-*'", `img-src: "'sha256-*'" is not a hash in base64`},
		{"img-src 'sha256-a'", `img-src: "'sha256-a'" is not a digest of 32 bytes in base64`},
		{"img-src 'sha384-" + strings.Repeat("A", 64) + "='",
			`img-src: "'sha384-` + strings.Repeat("A", 64) + `='" has too much padding; write "'sha384-` +
				strings.Repeat("A", 64) + `'"`},
		{"frame-ancestors 'report-sample'",
			`frame-ancestors: "'report-sample'" is neither 'self', 'none', a scheme nor a host`},
		{"img-src data", `img-src: "data" is a host, because it has no colon; write "data:"`},
		{"img-src data:*", `img-src: "data:*" is a host with any port, not a scheme; write "data:"`},
		{"img-src data:a", `img-src: "data:a" has more than a scheme; write "data:"`},
		{"img-src https:a", `img-src: "https:a" has no slashes behind its scheme; write "https://a"`},
		{"img-src //a", `img-src: "//a" has no scheme before its slashes; write "https://a"`},
		{"img-src https://", `img-src: "https://" has no host`},
		{"img-src a?b", `img-src: "a?b" has a query or fragment, which no source can have; write "a"`},
		{"img-src a_b", `img-src: "a_b" has an underscore in its host, which no source can name`},
		{"img-src [::2]", `img-src: "[::2]" has an IPv6 address, which no source can name`},
		{"img-src u@a", `img-src: "u@a" has a user name, which no source can have; write "a"`},
		{"img-src a*", `img-src: "a*" has a wildcard that is not the whole first label of a host`},
		{"img-src a..b", `img-src: "a..b" has a host that is not a domain, an IPv4 address or a wildcard`},
		{"img-src a:0", `img-src: "a:0"` + noPort},
		{"img-src a:b", `img-src: "a:b"` + noPort},
		{"img-src a/*", `img-src: "a/*" has an asterisk in its path, which stands for itself; write "a"`},
		{"img-src a/[", `img-src: "a/[" has a path with a character that must be percent-encoded; write "a/%5B"`},
		{"img-src é", `img-src: "é" has a character beyond ASCII; write "xn--9ca"`},
		{"img-src \x01", `img-src: "\x01" has a control character`},
		{"upgrade-insecure-requests 1",
			`upgrade-insecure-requests: "1" is a value, and the directive takes none; remove it`},
		{"report-to", `"report-to" has no group; write one of the names in ReportingEndpoints behind it`},
		{"report-to a b", `report-to: "b" is a second group, which browsers ignore; remove it`},
		{"report-to /a",
			`report-to: "/a" is not the name of a group; ` +
				`write one of the names in ReportingEndpoints, or report-uri for a URL`},
		{"report-uri", `"report-uri" has no URL; write the URL that reports go to behind it`},
		{`report-uri "/a"`, `report-uri: "\"/a\"" has quotes; write "/a"`},
		{"report-uri http://", `report-uri: "http://" has no host`},
		{"report-uri http:a", `report-uri: "http:a" has no slashes behind its scheme`},
		{"report-uri data:a", `report-uri: "data:a" is not an http or https URL`},
		{"report-uri http://[a]", `report-uri: "http://[a]" has a host that is not an IPv6 address`},
		{"report-uri http://<", `report-uri: "http://<" has a host that is not a domain or an address`},
		{"report-uri http://a:0", `report-uri: "http://a:0"` + noPort},
		{"sandbox a", `sandbox: unknown flag "a"`},
		{"require-trusted-types-for",
			`"require-trusted-types-for" has no value; write "require-trusted-types-for 'script'"`},
		{"require-trusted-types-for a", `require-trusted-types-for: unknown value "a"; write "'script'"`},
		{"trusted-types 'none' a", `trusted-types: "'none'" must be the only value; remove it`},
		{"trusted-types (", `trusted-types: "(" is not the name of a policy`},
	} {
		_, err := httpsec.ParseCSP(tt.policy)
		assert.EqualError(t, err, "httpsec: CSP: "+tt.problem)
	}
}

func TestCSPFields(t *testing.T) {
	enforced := func(policy string) error {
		_, err := httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicy: policy})
		return err
	}
	reportOnly := func(policy string) error {
		_, err := httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicyReportOnly: policy})
		return err
	}
	const field, reportField = "httpsec: Headers.ContentSecurityPolicy: ",
		"httpsec: Headers.ContentSecurityPolicyReportOnly: "

	const fixed = `script-src: "'nonce-YWJj'" is the same nonce for every response; write "'nonce-{nonce}'"`
	assert.EqualError(t, enforced("script-src 'nonce-YWJj'"), field+fixed)
	assert.EqualError(t, reportOnly("script-src 'nonce-YWJj'"), reportField+fixed)
	assert.EqualError(t, enforced("script-src nonce-YWJj"),
		field+`script-src: "nonce-YWJj" has no single quotes; write "'nonce-{nonce}'"`)

	assert.NoError(t, enforced(httpsec.DefaultCSP().String()))
	const ignored = ` is ignored in a report-only policy; remove it, as Without(`
	assert.EqualError(t, reportOnly(httpsec.DefaultCSP().String()),
		reportField+`"upgrade-insecure-requests"`+ignored+`"upgrade-insecure-requests") does`)
	assert.NoError(t, reportOnly(httpsec.DefaultCSP().Without("upgrade-insecure-requests").String()))
	assert.NoError(t, enforced("sandbox"))
	assert.EqualError(t, reportOnly("Sandbox"), reportField+`"Sandbox"`+ignored+`"sandbox") does`)
	assert.EqualError(t, reportOnly("sandbx"), reportField+`unknown directive "sandbx"`,
		"what is offered would be refused")

	assert.EqualError(t, enforced("img-src\f*"), field+`"img-src\f*" has a form feed at byte 7; write a space`)
	assert.EqualError(t, enforced("\fimg-src *"), field+`"\fimg-src *" has a form feed at byte 0; write a space`)
	assert.EqualError(t, enforced(" \n "), field+`" \n " is blank; write Omit to send none`)
}

// TestCSPReportsEverythingAtOnce has several mistakes in one policy, and 100 of more.
func TestCSPReportsEverythingAtOnce(t *testing.T) {
	_, err := httpsec.ParseCSP("default-src self;\n img-src slef' data, foo; bar 'x'; script-src ä")
	var quoted []string
	for _, problem := range configErrorsIn(t, err) {
		quoted = append(quoted, problem.Problem)
	}
	assert.Equal(t, []string{
		`default-src: "self" has no single quotes`,
		`"data," has a comma, where a second policy begins`,
		`img-src: "slef'" lacks a single quote`,
		`img-src: "data" is a host, because it has no colon`,
		`unknown directive "bar"`,
		`script-src: "ä" has a character beyond ASCII`,
	}, quoted)

	for _, policy := range []string{
		strings.Repeat("x;", 1000), "img-src " + strings.Repeat("_ ", 1000), "img-src " + strings.Repeat("a, ", 1000),
		"img-src" + strings.Repeat(" img-src", 1000), "sandbox " + strings.Repeat("x ", 1000),
		"trusted-types " + strings.Repeat("( ", 1000), "block-all-mixed-content " + strings.Repeat("x ", 1000),
	} {
		_, err = httpsec.ParseCSP(policy)
		assert.Len(t, configErrorsIn(t, err), 100, policy[:20])
	}
}

func TestCSPErrorsHidePasswords(t *testing.T) {
	for _, policy := range []string{
		"img-src https://user:hunter2@a.com", `report-uri "https://user:hunter2@a.com"`,
		"img-src https://user:hun,ter2@a.com",
		"report-uri https://user:hunter2@a.com ; x", "img-src 'https://user:hunter2@a.com'",
		"https://user:hunter2@a.com",
		"img-src https://user:hunter2@a.com/x?y", "report-to https://user:hunter2@a.com",
	} {
		_, err := httpsec.ParseCSP(policy)
		require.Error(t, err, policy)
		for _, problem := range configErrorsIn(t, err) {
			for _, text := range []string{problem.Value, problem.Error(), problem.Suggestion} {
				assert.NotContains(t, text, "ter2", policy)
			}
		}
	}
}

// BenchmarkParseCSP reads policies full of mistakes that double in length: the time
// must double too.
func BenchmarkParseCSP(b *testing.B) {
	for name, policy := range map[string]func(n int) string{
		"unknown directives": func(n int) string { return strings.Repeat("x;", n) + "report-uri a:b@c" },
		"commas":             func(n int) string { return "img-src " + strings.Repeat("a,", n) },
		"commas apart":       func(n int) string { return "img-src " + strings.Repeat("a , ", n) },
		"sources":            func(n int) string { return "img-src " + strings.Repeat("a ", n) },
		"bad sources":        func(n int) string { return "img-src " + strings.Repeat("_ ", n) },
		"names":              func(n int) string { return "img-src" + strings.Repeat(" img-src", n/4) },
		"passwords":          func(n int) string { return "img-src " + strings.Repeat("a:b@ ", n/2) },
		"one long word":      func(n int) string { return "img-src '" + strings.Repeat("a", 2*n) },
	} {
		for size := 4 << 10; size <= 32<<10; size *= 2 {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				for b.Loop() {
					httpsec.ParseCSP(policy(size))
				}
			})
		}
	}
}

func TestCommasAlone(t *testing.T) {
	for policy, want := range map[string][]string{
		"report-uri /a,b":                  {"/a%2Cb"},
		"img-src * , script-src 'self'":    {"", "; script-src"},
		"img-src *, script-src 'self'":     {"*;"},
		", img-src *":                      {""},
		"img-src https://a.example/x,y":    {"https://a.example/x%2Cy"},
		"img-src https://a.example,b.com/": {"https://a.example b.com/"},
	} {
		_, err := httpsec.ParseCSP(policy)
		var got []string
		for problem := range httpsec.ConfigErrors(err) {
			got = append(got, problem.Suggestion)
		}
		assert.Equal(t, want, got, policy)
	}
}
