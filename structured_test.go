package httpsec_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec"
)

func TestPermissionsPolicyAccepts(t *testing.T) {
	for _, value := range []string{
		"camera=()",
		"camera=( )",
		"azimuth=(), zoom=()",
		"camera=*",
		"camera=self",
		"camera=(*)",
		"camera=(self)",
		`geolocation=(self "https://maps.example.com")`,
		`geolocation=( self  "https://maps.example.com" )`,
		`geolocation=("https://maps.example.com" "https://*.example.com" "http://localhost:3000")`,
		"camera=(), microphone=(), geolocation=()",
		"camera=(),microphone=()",
		"camera=() , microphone=()",
		"camera=();report-to=main",
		`camera=(); report-to="main"`,
		"camera=*;report-to=main, microphone=()",
		"feature-of-next-year=()",
		"*=()",
		"a_-.*1=()",
	} {
		t.Run(value, func(t *testing.T) {
			h := headersWith(t, allOmitted(), "PermissionsPolicy", value)
			assert.Equal(t, http.Header{"Permissions-Policy": {value}}, securedBy(t, h, overHTTP(), nothing))
		})
	}
}

func TestPermissionsPolicyRefuses(t *testing.T) {
	const like = `; write it like camera=(), geolocation=(self "https://maps.example.com")`
	const words = ", which is neither self, * nor a quoted origin; write self, *, or an origin in double quotes"
	for _, tt := range []struct{ value, problem string }{
		{"camera 'none'; geolocation 'self'", `"camera 'none'; geolocation 'self'": a comma is missing at byte 7` + like},
		{"Camera=()", `"Camera=()": a key in lower case is missing at byte 0` + like},
		{"-camera=()", `"-camera=()": a key in lower case is missing at byte 0` + like},
		{"1camera=()", `"1camera=()": a key in lower case is missing at byte 0` + like},
		{"=()", `"=()": a key in lower case is missing at byte 0` + like},
		{"camera=", `"camera=": a token or quoted string is missing at byte 7` + like},
		{"camera=(", `"camera=(": a closing parenthesis is missing at byte 8` + like},
		{"camera=(self", `"camera=(self": a closing parenthesis is missing at byte 12` + like},
		{`camera=(self"https://a.com")`, `"camera=(self\"https://a.com\")": a space or closing parenthesis is missing at byte 12` + like},
		{"camera=(self,src)", `"camera=(self,src)": a space or closing parenthesis is missing at byte 12` + like},
		{`camera=("https://a.com)`, `"camera=(\"https://a.com)": a closing quote is missing at byte 23` + like},
		{`camera=("https:\/\/a.com")`, `"camera=(\"https:\\/\\/a.com\")": a backslash that escapes nothing at byte 16` + like},
		{"camera=()microphone=()", `"camera=()microphone=()": a comma is missing at byte 9` + like},
		{"camera=() microphone=()", `"camera=() microphone=()": a comma is missing at byte 10` + like},
		{"camera=();", `"camera=();": a key in lower case is missing at byte 10` + like},
		{"camera=(),", `"camera=(),": a comma that nothing follows at byte 10` + like},
		{"camera=(),,microphone=()", `"camera=(),,microphone=()": a key in lower case is missing at byte 10` + like},
		{"camera=(), camera=(self)", `"camera=(), camera=(self)": a second "camera" at byte 24` + like},
		{"camera=1", `"camera=1": a token or quoted string is missing at byte 7` + like},
		{"camera=?0", `"camera=?0": a token or quoted string is missing at byte 7` + like},
		{"camera=(self ?1)", `"camera=(self ?1)": a token or quoted string is missing at byte 13` + like},

		{"camera", `feature "camera" has no allowlist; write camera=(), or camera=(self)`},
		{"camera=none", `feature "camera" allows "none", which is no such word; write camera=()`},
		{"camera=(none)", `feature "camera" allows "none", which is no such word; write camera=()`},
		{"camera='none'", `"camera='none'": a token or quoted string is missing at byte 7` + like},
		{"camera=(), _x=()", `"camera=(), _x=()": a key in lower case is missing at byte 11` + like},
		{"camera=example.com", `feature "camera" allows "example.com", which is neither self, * nor a quoted origin; write camera=("https://example.com")`},
		{"camera=(src)", `feature "camera" allows "src"` + words},
		{"camera=src", `feature "camera" allows "src"` + words},
		{"camera=(all)", `feature "camera" allows "all"` + words},
		{"camera=(Self)", `feature "camera" allows "Self"` + words},
		{"camera=(maps.example.com)", `feature "camera" allows "maps.example.com", which is neither self, * nor a quoted origin; write "https://maps.example.com"`},
		{`camera="https://a.com"`, `feature "camera" has an origin outside parentheses; write camera=("https://a.com")`},
		{`camera=("self")`, `feature "camera" has quotes around self; write self`},
		{`camera=("*")`, `feature "camera" has quotes around *; write *`},
		{`camera=("a.com")`, `feature "camera" allows "a.com", which has no scheme; write "https://a.com"`},
		{`camera=("https://a.com/")`, `feature "camera" allows "https://a.com/", which has a path; write "https://a.com"`},
		{`camera=("https://A.com")`, `feature "camera" allows "https://A.com", which has upper-case letters; write "https://a.com"`},
		{"camera=();max-age=x", `feature "camera" has an unknown parameter "max-age"; remove it`},
		{"camera=();report-to", `feature "camera" has an unknown parameter "report-to"; remove it`},
	} {
		t.Run(tt.value, func(t *testing.T) {
			_, err := httpsec.SecurityHeaders(httpsec.Headers{PermissionsPolicy: tt.value})
			assert.EqualError(t, err, "httpsec: Headers.PermissionsPolicy: "+tt.problem)
		})
	}
}

func TestReportingEndpointsAccepts(t *testing.T) {
	for _, value := range []string{
		`main="https://reports.example.com/main"`,
		`main="https://reports.example.com/main", csp="/csp"`,
		`main="https://reports.example.com:8443/a?b=c"`,
		`main="https://reports.example.com/main";x=y`,
		`main="http://localhost:3000/reports"`,
		`main="http://127.0.0.1/reports"`,
		`main="http://[::1]/reports"`,
		`main="/with \"quotes\" and \\ backslashes"`,
	} {
		t.Run(value, func(t *testing.T) {
			h := headersWith(t, allOmitted(), "ReportingEndpoints", value)
			assert.Equal(t, http.Header{"Reporting-Endpoints": {value}}, securedBy(t, h, overHTTP(), nothing))
		})
	}
}

func TestReportingEndpointsRefuses(t *testing.T) {
	const like = `; write it like main="https://reports.example.com/main"`
	const relative = ", which is neither an absolute URL nor a path from /"
	for _, tt := range []struct{ value, problem string }{
		{"https://reports.example.com/main", `"https://reports.example.com/main": a comma is missing at byte 5` + like},
		{`"https://reports.example.com/main"`, `"\"https://reports.example.com/main\"": a key in lower case is missing at byte 0` + like},
		{`main="https://a.com`, `"main=\"https://a.com": a closing quote is missing at byte 19` + like},
		{`main="https://a.com" csp="/csp"`, `"main=\"https://a.com\" csp=\"/csp\"": a comma is missing at byte 21` + like},
		{`main="/a", main="/b"`, `"main=\"/a\", main=\"/b\"": a second "main" at byte 20` + like},
		{`main="\`, `"main=\"\\": a backslash that escapes nothing at byte 7` + like},
		{"main", `endpoint "main" is not a quoted URL; write main="https://reports.example.com/main"`},
		{"main=https://a.com", `endpoint "main" is not a quoted URL; write main="https://reports.example.com/main"`},
		{`main=("https://a.com")`, `endpoint "main" is not a quoted URL; write main="https://reports.example.com/main"`},
		{`main=""`, `endpoint "main" has ""` + relative},
		{`main="reports"`, `endpoint "main" has "reports"` + relative},
		{`main="https:///reports"`, `endpoint "main" has "https:///reports"` + relative},
		{`main="mailto:a"`, `endpoint "main" has "mailto:a"` + relative},
		{`main="https://a.com:port"`, `endpoint "main" has "https://a.com:port"` + relative},
		{`main="http://reports.example.com"`, `endpoint "main" has "http://reports.example.com", where browsers do not send reports; use https`},
		{`main="ftp://reports.example.com"`, `endpoint "main" has "ftp://reports.example.com", where browsers do not send reports; use https`},
		{`main="https://user:secret@a.com:port"`, `endpoint "main" has "https://user:***@a.com:port"` + relative},
	} {
		t.Run(tt.value, func(t *testing.T) {
			_, err := httpsec.SecurityHeaders(httpsec.Headers{ReportingEndpoints: tt.value})
			assert.EqualError(t, err, "httpsec: Headers.ReportingEndpoints: "+tt.problem)
		})
	}
}
