package reporting_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/reporting"
)

// TestBodies reads bodies that no browser sends, or none any more.
func TestBodies(t *testing.T) {
	img, font := cspReport("img-src"), cspReport("font-src")
	long := `{"type":"x","body":"` + strings.Repeat("a", 64<<10) + `"}`
	for _, c := range []struct {
		name, body string
		want       string // the directives, or types, of the reports
	}{
		{"array", "[" + img + "," + font + "]", "img-src font-src"},
		{"empty array", "[]", ""},
		{"one object", img, "img-src"},
		{"space around", " \t\r\n" + img + " ", "img-src"},
		{"what follows an object", img + img, "img-src"},
		{"what follows an array", "[" + img + "]" + img, "img-src"},
		{"report-uri in an array", "[" + violation + "," + violation + "]", "img-src img-src"},
		{"array without its end", "[" + img + "," + font, "img-src font-src"},
		{"report without its end", "[" + img + "," + font[:len(font)-1], "img-src"},
		{"string", `"` + img + `"`, ""},
		{"brackets in strings", `[{"type":"x","body":"}]\"}"},` + img + "]", "x img-src"},
		{"elements that are no objects", `[1,"{",[` + img + `],null,` + img + "]", "img-src"},
		{"broken report", `[{"type":tru},` + img + "]", "img-src"},
		{"brackets that do not match", `[{"type":"x"],` + img + "]", "img-src"},
		{"too long", "[" + long + "," + img + "]", "img-src"},
		{"too long alone", long, ""},
		{"not quite too long", strings.Replace(long, "a", "", 22), "x"},
		{"nested", `[{"type":"x","body":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + "}," + img + "]", "x img-src"},
		{"nested too deep", "[" + font + `,{"type":"x","body":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}," + img + "]", "font-src"},
		{"nested too deep alone", `{"type":"x","body":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}", ""},
		{"nested alone", `{"type":"x","body":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + "}", "x"},
		{"nested beyond all", strings.Repeat("[", 1<<20), ""},
		{"invalid UTF-8", "[" + `{"type":"` + "\xff" + `"},` + img + "]", "img-src"},
		{"control character", "[{\"type\":\"\x01\"}," + img + "]", "img-src"},
		{"100 and one more", "[" + strings.Repeat(img+",", 100) + font + "]", strings.TrimSpace(strings.Repeat("img-src ", 100))},
		{"over 1 MiB", "[" + img + "," + strings.Repeat(" ", 1<<20) + font + "]", "img-src"},
		{"escapes", `{"type":"\u0063oo\ud800p"}`, "coo\ufffdp"},
		{"all escapes", `{"type":"\"\\\/\b\f\n\r\t\u00E4\ud83d\ude00\ud83dx"}`, "\"\\/\b\f\n\r\tä😀\ufffdx"},
		{"escaped names", `{"\u0074ype":"coop"}`, ""},
		{"the last of two", `{"type":"a","type":"b"}`, "b"},
		{"no type", `{"url":"https://localhost:9443/"}`, ""},
		{"type that is no string", `{"type":1}`, ""},
		{"violation without body", `{"type":"csp-violation"}`, ""},
		{"violation of nothing", `{"csp-report":{}}`, ""},
		{"csp-report that is no object", `{"csp-report":[1]}`, ""},
		{"CSP 1", `{"csp-report":{"violated-directive":"script-src 'self' https:"}}`, "script-src"},
	} {
		var got []string
		for _, r := range receive(t, c.body) {
			if r.CSP != nil {
				got = append(got, r.CSP.EffectiveDirective)
			} else {
				got = append(got, r.Type)
			}
		}
		assert.Equal(t, c.want, strings.Join(got, " "), c.name)
	}
}

// TestValues reads values of another kind than browsers send.
func TestValues(t *testing.T) {
	read := func(line, age string) (int, time.Duration) {
		reports := receive(t, `{"type":"csp-violation","age":`+age+`,"body":{"effectiveDirective":"img-src","lineNumber":`+line+`}}`)
		if !assert.Len(t, reports, 1, line) {
			return 0, 0
		}
		return reports[0].CSP.Line, reports[0].Age
	}
	for _, c := range []struct {
		value string
		want  int
	}{
		{"0", 0}, {"7", 7}, {`"7"`, 7}, {"null", 0}, {"true", 0}, {`""`, 0}, {`"x"`, 0}, {"{}", 0}, {"[7]", 0}, {"-7", 0}, {"7.5", 0},
		{"2147483647", 2147483647}, {"2147483648", 0}, {"1e999", 0}, {strings.Repeat("9", 10000), 0},
	} {
		line, age := read(c.value, c.value)
		assert.Equal(t, c.want, line, c.value)
		assert.Equal(t, time.Duration(c.want)*time.Millisecond, age, c.value)
	}
	for _, broken := range []string{
		"01", "-", "1.", "1e", "1e+", ".5", "+1", "tru", "nul", "NaN", "", `"\x"`, `"\x0041"`, `"\u00g0"`, `"\u"`, `"\u12"`, `"\u00 0"`, "\"\n\"", `"`,
		"[1,]", "[,]", "[1,,2]", "[1 2]", `{"a"}`, `{"a":}`, "{,}", "{1:2}", `{"a" 1}`, `{"a":1,}`, `{"a":1 "b":2}`,
	} {
		assert.Empty(t, receive(t, `{"type":"x","body":`+broken+`}`), broken)
	}
	for _, whole := range []string{"0", "-0.5e+10", "1e-5", "1E5", "{}", "[]", "[ 1 , 2 ]", `{ "a" : 1 , "b" : [ ] }`, `"\"\\\/\b\f\n\r\t\u00fF\uaA90"`, "true", "false"} {
		reports := receive(t, ` { "type" : "x" , "body" : `+whole+` } `)
		if assert.Len(t, reports, 1, whole) {
			assert.Equal(t, whole, string(reports[0].Body))
		}
	}
	assert.Nil(t, receive(t, `{"type":"x","body":null}`)[0].Body)
}

func TestRedaction(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"https://app.example.com/a/b?token=1#f", "https://app.example.com/a/b"},
		{"https://app.example.com#f", "https://app.example.com"},
		{"https://user:pass@app.example.com:8443/a", "https://app.example.com:8443/a"},
		{"https://user:p@ss@app.example.com/a@b", "https://app.example.com/a@b"},
		{`https://user@app.example.com\@b`, `https://app.example.com\@b`},
		{"https://app.example.com:443/a", "https://app.example.com/a"},
		{"http://app.example.com:80", "http://app.example.com"},
		{"http://app.example.com:443/", "http://app.example.com:443/"},
		{"wss://app.example.com:443/s?x", "wss://app.example.com/s"},
		{"ws://app.example.com:80/s", "ws://app.example.com/s"},
		{"chrome-extension://abcdef/content.js", "chrome-extension://abcdef/content.js"},
		{"data:text/html,secret", "data"}, {"data://secret", "data"}, {"DATA:secret", "data"},
		{"blob:https://app.example.com/secret", "blob"}, {"about:srcdoc", "about"}, {"file:///home/secret", "file"},
		{"javascript:secret()", "javascript"}, {"custom:secret", "custom"},
		{"inline", "inline"}, {"wasm-eval", "wasm-eval"}, {"chrome-extension", "chrome-extension"}, {"", ""},
		{"not a word", ""}, {"/path?secret", ""}, {"//user:secret@host/", ""}, {"1:2", ""}, {strings.Repeat("a", 65), ""},
	} {
		reports := receive(t, `{"csp-report":{"effective-directive":"img-src","blocked-uri":"`+strings.ReplaceAll(c.url, `\`, `\\`)+`"}}`)
		if assert.Len(t, reports, 1, c.url) {
			assert.Equal(t, c.want, reports[0].CSP.BlockedURL, c.url)
		}
	}
}

func TestNoise(t *testing.T) {
	const own = "https://localhost:9443/page"
	for _, c := range []struct {
		document, blocked, source, sample string
		want                              reporting.Noise
	}{
		{own, "https://cdn.example.net/x.js", "", "", ""},
		{own, "inline", own, "alert(1)", ""},
		{"http://localhost:9443/page", "inline", "", "", ""}, // TLS may end before us
		{own, "chrome-extension", "", "", reporting.NoiseExtension},
		{own, "inline", "chrome-extension", "", reporting.NoiseExtension},
		{own, "inline", "moz-extension://0f4c/content.js", "", reporting.NoiseExtension},
		{own, "safari-web-extension://C16B/x.js", "", "", reporting.NoiseExtension},
		{own, "safari-extension://com.example/x.js", "", "", reporting.NoiseExtension},
		{own, "inline", "webkit-masked-url://hidden/", "", reporting.NoiseExtension},
		{own, "https://localhost:9443/favicon.ico", "resource", "", ""}, // Firefox fetched the site's own icon
		{own, "https://gc.kis.v2.scr.kaspersky-labs.com/x.js", "", "", reporting.NoiseInjected},
		{own, "https://evilkaspersky-labs.com/x.js", "", "", ""},
		{own, "webviewprogressproxy:///complete", "", "", reporting.NoiseInjected},
		{own, "inline", "", "__gCrWeb.x = 1", reporting.NoiseInjected},
		{own, "https://translate.googleapis.com/x.js", "", "", reporting.NoiseTranslated},
		{"https://localhost-9443.translate.goog/page", "inline", "", "", reporting.NoiseTranslated},
		{"https://translate.goog.evil.example/page", "inline", "", "", reporting.NoiseForeign},
		{"https://app.example.com/page", "inline", "", "", ""},
		{"https://shop.example.org/page", "inline", "", "", ""},
		{"https://example.org/page", "inline", "", "", reporting.NoiseForeign},
		{"https://localhost/page", "inline", "", "", reporting.NoiseForeign},
		{"ftp://localhost:9443/page", "inline", "", "", reporting.NoiseForeign},
		{"https://evil.example/page", "chrome-extension", "", "", reporting.NoiseExtension},
		{"about:srcdoc", "inline", "", "", ""},
		{"", "inline", "", "", ""},
	} {
		body := `{"csp-report":{"effective-directive":"script-src","document-uri":"` + c.document + `","blocked-uri":"` + c.blocked +
			`","source-file":"` + c.source + `","script-sample":"` + c.sample + `"}}`
		reports := receive(t, body, "https://app.example.com", "https://*.example.org")
		if assert.Len(t, reports, 1, c) {
			assert.Equal(t, c.want, reports[0].Noise, c)
		}
		assert.NotEqual(t, reporting.NoiseForeign, receive(t, body, "*")[0].Noise, c)
	}
	// The Host has a default port where the page's own URL has none.
	r := newRequest(`{"csp-report":{"effective-directive":"img-src","document-uri":"https://localhost/"}}`)
	r.Host = "LOCALHOST:443"
	assert.Empty(t, receiveRequest(r)[0].Noise)
}
