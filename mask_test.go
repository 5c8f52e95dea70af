package httpsec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

// allFields are the fields of Headers, and the headers of Extra that have a check or
// have none.
func allFields() []string {
	return []string{
		"ContentSecurityPolicy", "ContentSecurityPolicyReportOnly", "CrossOriginEmbedderPolicy",
		"CrossOriginOpenerPolicy", "CrossOriginResourcePolicy", "PermissionsPolicy", "ReferrerPolicy",
		"ReportingEndpoints", "StrictTransportSecurity", "XContentTypeOptions", "XFrameOptions", "XXSSProtection",
		"Clear-Site-Data", "Cross-Origin-Embedder-Policy-Report-Only", "Cross-Origin-Opener-Policy-Report-Only",
		"Document-Policy", "Document-Policy-Report-Only", "Integrity-Policy", "Integrity-Policy-Report-Only", "NEL",
		"Origin-Agent-Cluster", "Permissions-Policy-Report-Only", "Report-To", "Timing-Allow-Origin",
		"X-DNS-Prefetch-Control", "X-Permitted-Cross-Domain-Policies", "X-A",
	}
}

// TestPasswordsAreMaskedInEveryHeader has passwords that a header is split in, in
// every place where somebody may write a URL: no piece of them is in any error.
func TestPasswordsAreMaskedInEveryHeader(t *testing.T) {
	var passwords []string
	for _, between := range []string{
		"", ",", ";", "=", " ", "\t", ":", "@", "/", "?", "#", "'", `"`, "(", ")", "[", "]", "{", "}", "<", "*", "%", `\`, "&",
		", ", "; ", ",;=", "://", ";a://", " https://", "\u00e9", "\u201d", "\u00a0", "\n", "\r\n", "\x00", "\f",
		"img-src", ";img-src", ",default-src", " script-src ", ",none,", ";max-age=", ";includeSubDomains=", ",self,", `\"`,
		`\u002c`, `","url":"`, strings.Repeat(";", 200), strings.Repeat("a,", 300),
	} {
		passwords = append(passwords, "zq1"+between+"zq2", "zq1"+between+"zq2"+between+"zq3", between+"zq1", "zq1"+between)
	}
	templates := []string{
		"%s", "a %s b", "a, %s", "a; %s", "%s; a=b", `"%s"`, `a="%s"`, "a=%s", "a=(%s)", `usb=("%s")`, "usb %s", "'%s'", " %s\n", "%s\x00",
		"default-src %s", "img-src a.com,%s; object-src", "report-uri %s; img-scr 'slef'", "%s-src", "img-src data: %s",
		"max-age=%s", "max-age=1; preload=%s", "1; report=%s", "unsafe-none; report-to=%s", `same-origin; report-to="%s"`,
		`{"max_age":1,"endpoints":[{"url":"%s"}]}`, `{"group":"%s","endpoints":[]}`, `{"max_age":"%s"}`, `{"%s":1`,
		"https://a.com:8443, %s, https://b.com/", "https://u:zq0@a.com %s", "%s https://b@c.com",
	}
	urls := []string{
		"https://user:%s@a.com", "https://user:%s@a.com:x/", "//user:%s@a.com", "user:%s@a.com", "ftp://user:%s@a.com/x",
		`https:\/\/user:%s@a.com`, `https://user\u003a%s\u0040a.com`, `https://user\u003A%s@a.com`, `https://user:%s\u0040a.com`,
	}
	const step = 97 // one in so many: all of them take a minute
	said, count := 0, 0
	for _, field := range allFields() {
		for _, template := range templates {
			for _, url := range urls {
				for _, password := range passwords {
					if count++; count%step != 0 {
						continue
					}
					value := fmt.Sprintf(template, fmt.Sprintf(url, password))
					_, err := httpsec.SecurityHeaders(sending(t, field, value))
					for problem := range httpsec.ConfigErrors(err) {
						said++
						if text := fmt.Sprintf("%+v", *problem); strings.Contains(text, "zq") || strings.Contains(problem.Suggestion, "xxxx") {
							require.Fail(t, "a password is shown", "%s: %q\n%s", field, value, text)
						}
					}
				}
			}
		}
	}
	assert.NotZero(t, said)
}

// TestAPasswordWithASchemeInIt looks like two URLs, of which the first has no "@".
func TestAPasswordWithASchemeInIt(t *testing.T) {
	problems := problemsOf(t, "Timing-Allow-Origin", "https://u:zq1,https://zq2,zq3@a.com")
	assert.NotEmpty(t, problems)
	for _, problem := range problems {
		assert.NotContains(t, fmt.Sprintf("%+v", *problem), "zq")
	}
}

// TestAPasswordAloneIsWrong has values that would be right with other passwords.
func TestAPasswordAloneIsWrong(t *testing.T) {
	for _, tt := range []struct{ field, value, shown string }{
		{"ContentSecurityPolicy", "report-uri https://u:a,b@c.com/", "report-uri https://u:***@c.com/"},
		{"ReportingEndpoints", `a="https://u:b c@d.com/"`, `a=\"https://u:***@d.com/\"`},
		{"Report-To", `{"max_age":1,"endpoints":[{"url":"https://u:a"b@c.com/"}]}`, `{\"max_age\":***@c.com/\"}]}`},
	} {
		problems := problemsOf(t, tt.field, tt.value)
		require.Len(t, problems, 1)
		assert.Equal(t, `"`+tt.shown+`" has a password with a character that must be percent-encoded`, problems[0].Problem)
		assert.Empty(t, problems[0].Suggestion)
	}
}

// TestFlawsBesidePasswords has mistakes that a password in the same value may not hide.
func TestFlawsBesidePasswords(t *testing.T) {
	for _, tt := range []struct{ field, value, problem string }{
		{"ContentSecurityPolicy", "img-src data: 'slef' https://u:p@a.com", `img-src: "'slef'" is not a keyword`},
		{"ContentSecurityPolicy", "img-src 'slef' ws:; report-uri //u:p@a.com", `img-src: "'slef'" is not a keyword`},
		{"ContentSecurityPolicy", "img-src wss:; font-src 'slef' b@a.com", `font-src: "'slef'" is not a keyword`},
		{"ContentSecurityPolicy", "img-src https://u:p@a.com 'slef' https://u:p@a.com", `img-src: "'slef'" is not a keyword`},
		{"ContentSecurityPolicy", "img-src https://a.com:8443 'slef' https://u@b.com", `img-src: "'slef'" is not a keyword`},
		{"ContentSecurityPolicy", "img-src https://a.com:8/ 'slef' https://u@b.com", `img-src: "'slef'" is not a keyword`},
		{"ContentSecurityPolicy", "img-src https://u:p@a.com 'slef' data:", `img-src: "'slef'" is not a keyword`},
		{"NEL", `{"max_age":"1","url":"//u:p@a.com"}`, `has a string for "max_age"`},
		{"Report-To", `{"endpoints":[{"url":"https://u:p@a.com"}]}`, "the group 1 has no max_age, a number of seconds"},
		{"Report-To", `{"max_age":1,"endpoints":[{"url":"ftp://u:p\u0040a.com"}]}`,
			`the group 1 has the url "ftp://u:***@a.com", which is not an http or https URL`},
	} {
		var said []string
		for _, problem := range problemsOf(t, tt.field, tt.value) {
			said = append(said, problem.Problem)
		}
		assert.Contains(t, strings.Join(said, "\n"), tt.problem, tt.value)
	}
}
