package httpsec_test

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

// sending returns headers with one value alone: of a field, by its name, or of a
// header in Extra.
func sending(t testing.TB, field, value string) httpsec.Headers {
	t.Helper()
	if strings.Contains(field, "-") || field == "NEL" {
		h := httpsec.NoHeaders()
		h.Extra = map[string]string{field: value}
		return h
	}
	return headersWith(t, httpsec.NoHeaders(), field, value)
}

// applied returns a value with the suggestion in the place of what the problem
// quotes, as a program would: once for each place where that is.
func applied(t *testing.T, value string, problem *httpsec.ConfigError) []string {
	t.Helper()
	literal, err := strconv.QuotedPrefix(problem.Problem[strings.IndexByte(problem.Problem, '"'):])
	require.NoError(t, err, problem.Problem)
	if strings.Contains(problem.Problem, literal+"…") {
		return []string{problem.Suggestion} // the whole value is too long to quote
	}
	quoted, err := strconv.Unquote(literal)
	require.NoError(t, err, problem.Problem)
	const ends = " ;,\t\r\n\f()=\""
	var mended []string
	for from := 0; ; {
		i := strings.Index(value[from:], quoted)
		if i < 0 {
			return mended
		}
		i += from
		end := i + len(quoted)
		startsWord := i == 0 || strings.IndexByte(ends, value[i-1]) >= 0 || strings.IndexByte(ends, quoted[0]) >= 0
		endsWord := end == len(value) || strings.IndexByte(ends, value[end]) >= 0 || strings.IndexByte(ends,
			quoted[len(quoted)-1]) >= 0
		if startsWord && endsWord {
			mended = append(mended, value[:i]+problem.Suggestion+value[end:])
		}
		from = i + 1
	}
}

func TestHeadersAccept(t *testing.T) {
	for _, tt := range []struct{ field, value string }{
		{"CrossOriginEmbedderPolicy", "unsafe-none"},
		{"CrossOriginEmbedderPolicy", "require-corp"},
		{"CrossOriginEmbedderPolicy", "credentialless"},
		{"CrossOriginEmbedderPolicy", `require-corp; report-to="main"`},
		{"CrossOriginOpenerPolicy", "unsafe-none"},
		{"CrossOriginOpenerPolicy", "same-origin"},
		{"CrossOriginOpenerPolicy", "same-origin-allow-popups"},
		{"CrossOriginOpenerPolicy", "noopener-allow-popups"},
		{"CrossOriginOpenerPolicy", `same-origin;report-to="main"`},
		{"CrossOriginResourcePolicy", "same-site"},
		{"CrossOriginResourcePolicy", "same-origin"},
		{"CrossOriginResourcePolicy", "cross-origin"},
		{"ReferrerPolicy", "no-referrer"},
		{"ReferrerPolicy", "no-referrer-when-downgrade"},
		{"ReferrerPolicy", "same-origin"},
		{"ReferrerPolicy", "origin"},
		{"ReferrerPolicy", "strict-origin"},
		{"ReferrerPolicy", "origin-when-cross-origin"},
		{"ReferrerPolicy", "strict-origin-when-cross-origin"},
		{"ReferrerPolicy", "unsafe-url"},
		{"ReferrerPolicy", "no-referrer, strict-origin-when-cross-origin"},
		{"ReferrerPolicy", "No-Referrer,STRICT-ORIGIN"},
		{"ReferrerPolicy", "no-referrer, , origin,"},
		{"ReferrerPolicy", "origin, origin"},
		{"StrictTransportSecurity", "max-age=0"},
		{"StrictTransportSecurity", `max-age="31536000"`},
		{"StrictTransportSecurity", "max-age = 31536000"},
		{"StrictTransportSecurity", "max-age=99999999999999999999; includeSubDomains; preload"},
		{"StrictTransportSecurity", "includeSubDomains; max-age=31536000"},
		{"StrictTransportSecurity", "MAX-AGE=31536000;INCLUDESUBDOMAINS"},
		{"StrictTransportSecurity", "max-age=31536000;\tincludeSubDomains\t; preload"},
		{"StrictTransportSecurity", "max-age=31536000;"},
		{"XContentTypeOptions", "nosniff"},
		{"XContentTypeOptions", "NoSniff"},
		{"XContentTypeOptions", "nosniff, nosniff"},
		{"XFrameOptions", "DENY"},
		{"XFrameOptions", "SAMEORIGIN"},
		{"XFrameOptions", "deny"},
		{"XFrameOptions", "DENY, deny"},
		{"XXSSProtection", "0"},
		{"XXSSProtection", "1"},
		{"XXSSProtection", "1; mode=block"},
		{"XXSSProtection", "1;MODE = BLOCK"},
		{"XXSSProtection", "1; mode=block; report=/xss"},
		{"XXSSProtection", "1; report=https://reports.example.com/xss"},
	} {
		t.Run(tt.field+" "+tt.value, func(t *testing.T) {
			name := http.CanonicalHeaderKey(headerOf(tt.field))
			got := securedBy(t, sending(t, tt.field, tt.value), overTLS(), nothing)
			assert.Equal(t, http.Header{name: {tt.value}}, got)
		})
	}
}

// headerOf puts the hyphens into the name of a field.
func headerOf(field string) string {
	for _, word := range []string{"Origin", "Embedder", "Opener", "Resource", "Policy", "Transport", "Security",
		"Content", "Type", "Options", "Frame", "XSS", "Protection"} {
		field = strings.ReplaceAll(field, word, "-"+word)
	}
	return strings.TrimPrefix(field, "-")
}

func TestHeadersRefuse(t *testing.T) {
	const year = "max-age=31536000"
	for _, tt := range []struct{ field, value, suggestion string }{
		{"CrossOriginEmbedderPolicy", "require-cors", "require-corp"},
		{"CrossOriginEmbedderPolicy", "Require-Corp", "require-corp"},
		{"CrossOriginEmbedderPolicy", "yes", ""},
		{"CrossOriginEmbedderPolicy", "require-corp;", "require-corp"},
		{"CrossOriginEmbedderPolicy", "require-corp; report-to=main", `require-corp; report-to="main"`},
		{"CrossOriginEmbedderPolicy", `require-corp; report-to="main`, `require-corp; report-to="main"`},
		{"CrossOriginEmbedderPolicy", `require-corp; report-to='main'`, `require-corp; report-to="main"`},
		{"CrossOriginEmbedderPolicy", `require-corp; report-to="a", unsafe-none`, "require-corp"},
		{"CrossOriginEmbedderPolicy", `require-corp; group="main"`, "require-corp"},
		{"CrossOriginEmbedderPolicy", `require-corp; report-to`, "require-corp"},
		{"CrossOriginEmbedderPolicy", `"require-corp"`, "require-corp"},
		{"CrossOriginOpenerPolicy", "same-site", ""},
		{"CrossOriginOpenerPolicy", "same-orgin", "same-origin"},
		{"CrossOriginOpenerPolicy", "same-origin, unsafe-none", ""},
		{"CrossOriginOpenerPolicy", "same-origin unsafe-none", ""},
		{"CrossOriginResourcePolicy", "same_site", "same-site"},
		{"CrossOriginResourcePolicy", "Cross-Origin", "cross-origin"},
		{"CrossOriginResourcePolicy", "cross-origin;", "cross-origin"},
		{"CrossOriginResourcePolicy", "*", ""},
		{"CrossOriginResourcePolicy", `same-site; report-to="a"`, ""},
		{"ReferrerPolicy", "no-referer", "no-referrer"},
		{"ReferrerPolicy", "none", "no-referrer"},
		{"ReferrerPolicy", "Never", "no-referrer"},
		{"ReferrerPolicy", "default", "strict-origin-when-cross-origin"},
		{"ReferrerPolicy", "origin-when-crossorigin", "origin-when-cross-origin"},
		{"ReferrerPolicy", "nothing", ""},
		{"ReferrerPolicy", ",", ""},
		{"ReferrerPolicy", "origin; same-origin", "origin, same-origin"},
		{"ReferrerPolicy", "origin same-origin", "origin, same-origin"},
		{"ReferrerPolicy", "origin;", "origin"},
		{"StrictTransportSecurity", "max-age", year},
		{"StrictTransportSecurity", "max-age=1y", year},
		{"StrictTransportSecurity", "max-age=-1", year},
		{"StrictTransportSecurity", `max-age="31536000`, year},
		{"StrictTransportSecurity", "31536000", year},
		{"StrictTransportSecurity", "max-age: 31536000", year},
		{"StrictTransportSecurity", "max-age:31536000; includeSubDomains", year + "; includeSubDomains"},
		{"StrictTransportSecurity", "max-age=31536000, includeSubDomains", year + "; includeSubDomains"},
		{"StrictTransportSecurity", "includeSubDomains", year + "; includeSubDomains"},
		{"StrictTransportSecurity", "max-age=1; max-age=1", ""},
		{"StrictTransportSecurity", "max-age=1; includeSubDomain", "includeSubDomains"},
		{"StrictTransportSecurity", "max-age=1; immutable", ""},
		{"StrictTransportSecurity", "max-age=1; includeSubDomains=1", "includeSubDomains"},
		{"StrictTransportSecurity", year + "; preload", ""},
		{"StrictTransportSecurity", "max-age=31535999; includeSubDomains; preload", ""},
		{"XContentTypeOptions", "no-sniff", "nosniff"},
		{"XContentTypeOptions", "on", "nosniff"},
		{"XContentTypeOptions", "nosniff, sniff", "nosniff"},
		{"XContentTypeOptions", strings.Repeat("a", 401), "nosniff"},
		{"XFrameOptions", "SAME-ORIGIN", "SAMEORIGIN"},
		{"XFrameOptions", "DENY, SAMEORIGIN", ""},
		{"XFrameOptions", "DENY,", "DENY"},
		{"XFrameOptions", "ALLOWALL", ""},
		{"XFrameOptions", "ALLOW-FROM", ""},
		{"XFrameOptions", "Allow-From https://a.com", ""},
		{"XXSSProtection", "1; report=", ""},
		{"XXSSProtection", "1; report=a,b", ""},
		{"XXSSProtection", "0; mode=block", ""},
		{"XXSSProtection", "1; mode=block; report=/a; x", ""},
		{"XXSSProtection", "1; mode=off", ""},
		{"XXSSProtection", "2", ""},

		{"ReferrerPolicy", "origin,\r\n origin", "origin, origin"},
		{"ReferrerPolicy", "\x00origin", "origin"},
		{"ReferrerPolicy", "origin\x7f", "origin"},
		{"ReferrerPolicy", "\u00a0origin", "origin"},
		{"ReferrerPolicy", "orïgin", ""},
		{"ReferrerPolicy", " \t", ""},
		{"PermissionsPolicy", "camera=(),\n  usb=()", "camera=(), usb=()"},
		{"ReportingEndpoints", "main=\"https://a.com/\xff\"", ""},
	} {
		t.Run(tt.field+" "+tt.value[:min(40, len(tt.value))], func(t *testing.T) {
			assert.Equal(t, []string{tt.suggestion}, suggestionsFor(t, tt.field, tt.value))
		})
	}
}

// TestHeaderProblems has one sentence of each kind.
func TestHeaderProblems(t *testing.T) {
	const openers = `write "unsafe-none", "same-origin-allow-popups", "same-origin" or "noopener-allow-popups"`
	for _, tt := range []struct{ field, value, problem string }{
		{"CrossOriginOpenerPolicy", "same-orgin", `unknown value "same-orgin"; did you mean "same-origin"?`},
		{"CrossOriginOpenerPolicy", "same-site", `unknown value "same-site"; ` + openers},
		{"CrossOriginOpenerPolicy", "same-origin;",
			`"same-origin;": a key in lower case is missing at the end; write "same-origin"`},
		{"CrossOriginOpenerPolicy", "same-origin;a",
			`"same-origin;a" has a parameter that is not report-to; write "same-origin"`},
		{"CrossOriginOpenerPolicy", "same-origin;report-to=1",
			`"same-origin;report-to=1" has a report-to that is not a group in double quotes; write "same-origin"`},
		{"CrossOriginOpenerPolicy", "same-origin;report-to=a",
			`"same-origin;report-to=a" has a group without double quotes; write "same-origin; report-to=\"a\""`},
		{"XContentTypeOptions", "on", `unknown value "on"; write "nosniff"`},
		{"XContentTypeOptions", strings.Repeat("a", 401),
			`unknown value "` + strings.Repeat("a", 400) + `"…; write "nosniff"`},
		{"XFrameOptions", "ALLOW", `unknown value "ALLOW"; write "DENY" or "SAMEORIGIN"`},
		{"XFrameOptions", "ALLOWALL", `"ALLOWALL" restricts nothing; write Omit to send none`},
		{"XFrameOptions", "ALLOW-FROM a",
			`"ALLOW-FROM a" is ignored by browsers; use frame-ancestors in ContentSecurityPolicy`},
		{"XXSSProtection", "2", `unknown value "2"; write "0", or Omit`},
		{"ReferrerPolicy", "never", `unknown policy "never"; write "no-referrer"`},
		{"ReferrerPolicy", ", ,", `", ," is empty; write Omit to send none`},
		{"StrictTransportSecurity", "max-age=1,preload", `"max-age=1,preload" is not a number of seconds`},
		{"StrictTransportSecurity", "max-age=1, includeSubDomains",
			`"max-age=1, includeSubDomains" has a comma where a semicolon belongs; ` +
				`write "max-age=1; includeSubDomains"`},
		{"StrictTransportSecurity", "max-age:1",
			`"max-age:1" has a colon where an equals sign belongs; write "max-age=1"`},
		{"StrictTransportSecurity", "31536000", `"31536000" has no max-age; write "max-age=31536000"`},
		{"StrictTransportSecurity", "max-age=x", `"max-age=x" is not a number of seconds; write "max-age=31536000"`},
		{"StrictTransportSecurity", "max-age=1;a", `unknown directive "a"; remove it`},
		{"StrictTransportSecurity", "max-age=1;preload=1",
			`"preload=1" has a value, and the directive takes none; write "preload"`},
		{"StrictTransportSecurity", "max-age=1;max-age=1", `directive "max-age" is repeated; remove one`},
		{"StrictTransportSecurity", "max-age=1;preload",
			`"max-age=1;preload" has preload, which needs includeSubDomains and a max-age of a year; ` +
				`write "max-age=31536000; includeSubDomains; preload", or drop preload`},
		{"ReferrerPolicy", "ori\ngin", `"ori\ngin" has a line break at byte 3; write it on one line`},
		{"ReferrerPolicy", "origin,\norigin", `"origin,\norigin" has a line break at byte 7; write "origin, origin"`},
		{"ReferrerPolicy", "\x01", `"\x01" has a control character at byte 0; remove it`},
		{"ReferrerPolicy", "é", `"é" has a character beyond ASCII at byte 0; percent-encode it`},
		{"ReferrerPolicy", "\t", `"\t" is blank; write Omit to send none`},
	} {
		problems := problemsOf(t, tt.field, tt.value)
		if assert.NotEmpty(t, problems, tt.value) {
			got := problems[0].Problem
			if problems[0].Fix != "" {
				got += "; " + problems[0].Fix
			}
			assert.Contains(t, got, tt.problem)
			assert.Equal(t, "Headers."+tt.field, problems[0].Field)
			assert.Equal(t, tt.value, problems[0].Value)
		}
	}
}

// TestSuggestionsAreAccepted applies what the errors offer, until nothing is left
// to apply, and asks for every value that a fix quotes.
func TestSuggestionsAreAccepted(t *testing.T) {
	for field, values := range mistakes() {
		for _, value := range values {
			t.Run(field+" "+value[:min(60, len(value))], func(t *testing.T) {
				requireProgress(t, field, value)
				for _, problem := range problemsOf(t, field, value) {
					if problem.Suggestion != "" {
						assert.Contains(t, problem.Fix, strconv.Quote(problem.Suggestion))
					}
				}
			})
		}
	}
}

// TestWholeValuesInFixesAreAccepted has the fixes that offer several values for a
// whole one.
func TestWholeValuesInFixesAreAccepted(t *testing.T) {
	for _, tt := range []struct{ field, value string }{
		{"CrossOriginOpenerPolicy", "x"}, {"CrossOriginEmbedderPolicy", "x"}, {"CrossOriginResourcePolicy", "x"},
		{"XFrameOptions", "x"}, {"XXSSProtection", "x"}, {"StrictTransportSecurity", "max-age=1;preload"},
		{"Origin-Agent-Cluster", "x"}, {"X-DNS-Prefetch-Control", "x"}, {"X-Permitted-Cross-Domain-Policies", "a b"},
	} {
		for _, problem := range problemsOf(t, tt.field, tt.value) {
			offered := 0
			for rest := problem.Fix; ; offered++ {
				i := strings.IndexByte(rest, '"')
				if i < 0 {
					break
				}
				literal, err := strconv.QuotedPrefix(rest[i:])
				require.NoError(t, err)
				value, err := strconv.Unquote(literal)
				require.NoError(t, err)
				assert.Empty(t, problemsOf(t, tt.field, value), value)
				rest = rest[i+len(literal):]
			}
			assert.NotZero(t, offered, problem.Fix)
		}
	}
}

// mistakes are values with something wrong in them, by field or header.
func mistakes() map[string][]string {
	hash := strings.Repeat("A", 43)
	policies := []string{
		"defualt-src self; img_src 'self' data; font-src: 'none'; script-src ‘self’\u00a0https://a.com 'nonce-%s'",
		"default-src 'self' script-src 'self' object-src 'none', img-src a.com,b.com; style-src",
		"default-src 'none'; script-src 'self', default-src 'none'; script-src 'self'",
		"img-src //a.com https:a.com data:* data:image/png https://a.com/* https://a.com?x http://[::1]:5173 " +
			"https://a.com/100%",
		`img-src "self" 'https://a.com' https://u@a.com https://bücher.example none; ` +
			`report-uri "/csp"; report-to "main"`,
		"script-src 'sha256-" + hash + "==' sha256-" + hash +
			" nonce-YWJj 'unsafe-hashed-attributes' 'slef'; sandbox scripts",
		"img-scr self slef'; imgsrc *; script-src 'unsafe-inline;'",
		"require-trusted-types-for script; trusted-types 'allow-duplicate'; frame-ancestors 'all' 'slef'",
		"img-src * ,font-src *, ; ,base-uri 'none'", "img-src\f*", "script-src https://a.com/x,y.js 'self'%3B",
	}
	return map[string][]string{
		"ContentSecurityPolicy":           policies,
		"ContentSecurityPolicyReportOnly": append(policies, "sandbox; img-src self", "upgrade-insecure-request"),
		"CrossOriginEmbedderPolicy": {"require_corp", "Require-Corp; report-to=a", "require-corp;",
			"require-corp; report-to=a"},
		"CrossOriginOpenerPolicy": {"same-orgin", `same-origin; report-to="a`, "same-origin;;",
			`"same-origin"`},
		"CrossOriginResourcePolicy": {"cross-origin;", "same_site"},
		"PermissionsPolicy": {
			"geolocation 'none'; microphone 'self' https://a.com; camera *",
			"geolocation=none, camera=(none), usb=self",
			"Geolocation=(), camera=(),", "geolocation=(self 'https://a.com'); camera=()",
			"camra=(), geolocaton=(none)",
			`geolocation="self"`, `geolocation=(a.com "b.com" "self https://c.com" https://d.com)`,
			"geolocation=('self'), usb=('none')",
			`geolocation=("https://a.com/*" "https://b.com?x")`, "geolocation: ()", "camera=()\u00a0, usb=()",
		},
		"ReferrerPolicy": {"no-referer, same-orgin", "none", "origin; same-origin", "origin same-origin,never"},
		"ReportingEndpoints": {
			"a=https://x.example/r", "a: https://x.example/r, b: /y", "a https://x.example/r",
			`a="https://x.example/r"; b="/y"`,
			`a="//x.example/r"`, `a="x.example/r", b="y"`, `a="https://x.example/r",`, "a='https://x.example/r?y=z'",
			`A="/x"`, "a=(/x)",
		},
		"StrictTransportSecurity": {
			"max-age=1y", "max-age: 31536000", "max-age=31536000, includeSubDomains", "31536000", "includeSubDomain",
			"max-age=1; includeSubDomains=true; preloaded", "includeSubDomains; preload",
		},
		"XContentTypeOptions": {"no-sniff", "nosniff;", "on", strings.Repeat("on", 300)},
		"XFrameOptions":       {"SAME-ORIGIN", "DENY;"},
		"Clear-Site-Data": {"cache", `"cookie"`, `"cache" "cookies"`, "'cache', *", `"Cache";`,
			"executioncontexts"},
		"Document-Policy": {"js-profilling", "sync-xhr=?0;", "sync-xhr=?0; js-profiling"},
		"Integrity-Policy": {"blocked-destination=(script)", "blocked-destinations=script",
			`blocked-destinations=("script")`, "endpoints=(a)", "blocked-destinations=(scripts), endpoints=(a, b)"},
		"Origin-Agent-Cluster":              {"1", "true", "off"},
		"Permissions-Policy-Report-Only":    {"geolocation 'none'"},
		"Timing-Allow-Origin":               {"https://A.com, a.com", "https://a.com/"},
		"X-Permitted-Cross-Domain-Policies": {"master_only", "None"},
		"X-Robots-Tag":                      {"a\r\nb", "“a”", "a\x00b"},
	}
}

func TestMistakesAreRefused(t *testing.T) {
	for field, values := range mistakes() {
		for _, value := range values {
			assert.NotEmpty(t, problemsOf(t, field, value), "%s: %s", field, value)
		}
	}
}

func TestHeaderErrorsHidePasswords(t *testing.T) {
	for _, tt := range []struct{ field, value string }{
		{"ReportingEndpoints", `a="https://user:hunter2@a.com:x/"`},
		{"ReportingEndpoints", "a=https://user:hunter2@a.com"},
		{"ReportingEndpoints", `a="https://user:hunter2@a.com";`},
		{"PermissionsPolicy", `usb=("https://user:hunter2@a.com")`},
		{"PermissionsPolicy", "usb https://user:hunter2@a.com"},
		{"XXSSProtection", "1; report=https://user:hunter2@a.com x"},
		{"X-A", "https://user:hunter2@a.com\n"}, {"X-A", "https://user:hunter2@a.com\nb"},
		{"Report-To", `{"max_age":1,"endpoints":[{"url":"ftp://user:hunter2@a.com"}]}`},
		{"Timing-Allow-Origin", "https://user:hunter2@a.com"},
	} {
		problems := problemsOf(t, tt.field, tt.value)
		if tt.value != "https://user:hunter2@a.com\n" {
			assert.NotEmpty(t, problems, tt.value)
		}
		for _, problem := range problems {
			for _, text := range []string{problem.Value, problem.Error(), problem.Suggestion} {
				assert.NotContains(t, text, "hunter2")
			}
		}
	}
}

func TestExtraNames(t *testing.T) {
	const toHandler = " belongs to the handler that writes the response; set it there"
	const toConnection = " belongs to the connection, not to the response; remove it"
	for _, tt := range []struct{ name, problem string }{
		{"", `"" is not a header name`},
		{"Bad Name", `"Bad Name" is not a header name`},
		{"X-Ü", `"X-Ü" is not a header name`},
		{"X-A\r\nX-B", `"X-A\r\nX-B" is not a header name`},
		{"Referrer-Policy", `"Referrer-Policy" has a field of its own; set Headers.ReferrerPolicy, or set it to Omit`},
		{"x-xss-protection",
			`"x-xss-protection" has a field of its own; set Headers.XXSSProtection, or set it to Omit`},
		{"Access-Control-Allow-Origin", `"Access-Control-Allow-Origin" belongs to CORS; use Config`},
		{"access-control-anything", `"access-control-anything" belongs to CORS; use Config`},
		{"Vary", `"Vary"` + toHandler},
		{"set-cookie", `"set-cookie"` + toHandler},
		{"Content-Length", `"Content-Length"` + toHandler},
		{"Connection", `"Connection"` + toConnection},
		{"Keep-Alive", `"Keep-Alive"` + toConnection},
		{"Proxy-Authenticate", `"Proxy-Authenticate"` + toConnection},
		{"Proxy-Authorization", `"Proxy-Authorization"` + toConnection},
		{"Proxy-Connection", `"Proxy-Connection"` + toConnection},
		{"TE", `"TE"` + toConnection},
		{"Trailer", `"Trailer"` + toConnection},
		{"transfer-encoding", `"transfer-encoding"` + toConnection},
		{"Upgrade", `"Upgrade"` + toConnection},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := httpsec.SecurityHeaders(httpsec.Headers{Extra: map[string]string{tt.name: "x"}})
			assert.EqualError(t, err, "httpsec: Headers.Extra: "+tt.problem)
		})
	}
	_, err := httpsec.SecurityHeaders(httpsec.Headers{Extra: map[string]string{"X-A": "1", "x-a": "2"}})
	assert.EqualError(t, err, `httpsec: Headers.Extra: "x-a" is there twice, in different case; remove one`)
}

func TestExtraInsteadOfAField(t *testing.T) {
	for field, header := range map[string]string{
		"ContentSecurityPolicy": "Content-Security-Policy", "XFrameOptions": "X-Frame-Options",
		"StrictTransportSecurity": "Strict-Transport-Security", "XXSSProtection": "X-XSS-Protection",
	} {
		h := headersWith(t, httpsec.NoHeaders(), field, httpsec.Omit)
		h.Extra = map[string]string{strings.ToLower(header): "next year's value"}
		assert.Equal(t, http.Header{http.CanonicalHeaderKey(header): {"next year's value"}},
			securedBy(t, h, overHTTP(), nothing))

		h.Extra[strings.ToLower(header)] = "next\nyear's value"
		_, err := httpsec.SecurityHeaders(h)
		assert.Error(t, err, header)
	}
}

func TestExtraValues(t *testing.T) {
	for value, problem := range map[string]string{
		"":             `the value is empty; remove it`,
		" \t":          `the value is empty; remove it`,
		httpsec.Omit:   `"-" is Omit, but nothing is sent by default; remove it`,
		"b\r\nX-B: c":  `"b\r\nX-B: c" has a line break at byte 1; write "b X-B: c"`,
		"\x01":         `"\x01" has a control character at byte 0; remove it`,
		"ü":            `"ü" has a character beyond ASCII at byte 0; percent-encode it`,
		"“a” \u2013 b": `"“a” – b" has a character beyond ASCII at byte 0; write "\"a\" - b"`,
	} {
		_, err := httpsec.SecurityHeaders(httpsec.Headers{Extra: map[string]string{"x-a": value}})
		assert.EqualError(t, err, `httpsec: Headers.Extra["x-a"]: `+problem)
	}
	assert.Equal(t, []string{"X-A"},
		slices.Collect(maps.Keys(securedBy(t, sending(t, "x-a", "\tb\tc "), overHTTP(), nothing))))
}

// problemsOf returns what SecurityHeaders says of a value.
func problemsOf(t *testing.T, field, value string) []*httpsec.ConfigError {
	t.Helper()
	_, err := httpsec.SecurityHeaders(sending(t, field, value))
	if err == nil {
		return nil
	}
	return configErrorsIn(t, err)
}

// suggestionsFor returns what SecurityHeaders offers for each problem of a value.
func suggestionsFor(t *testing.T, field, value string) []string {
	t.Helper()
	var suggestions []string
	for _, problem := range problemsOf(t, field, value) {
		suggestions = append(suggestions, problem.Suggestion)
	}
	return suggestions
}

// requireProgress applies what is suggested for a value, one after the other: each
// suggestion ends a problem and makes none.
func requireProgress(t *testing.T, field, value string) {
	t.Helper()
	const most = 100 // of which more may be unsaid
	for problems := problemsOf(t, field, value); len(problems) < most; {
		i := slices.IndexFunc(problems, func(p *httpsec.ConfigError) bool {
			return p.Suggestion != "" && !strings.Contains(p.Value, "***") // what is masked cannot be found
		})
		if i < 0 {
			return
		}
		var after []*httpsec.ConfigError
		better := slices.IndexFunc(applied(t, value, problems[i]), func(mended string) bool {
			after = problemsOf(t, field, mended)
			return mended != value && len(after) < len(problems)
		})
		require.GreaterOrEqual(t, better, 0, "%q: %v, after it: %v", value, problems[i], after)
		value, problems = applied(t, value, problems[i])[better], after
	}
}
