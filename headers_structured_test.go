package httpsec_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPermissionsPolicyAccepts(t *testing.T) {
	for _, value := range []string{
		"camera=()",
		"camera=(), geolocation=*, microphone=(self)",
		`geolocation=(self "https://maps.example.com" "https://*.a.com" "http://localhost:3000")`,
		"camera=self,usb=(*)",
		"camera=(),\tusb=()\t",
		"an-unknown-feature=(), web-share=(), ch-ua=*",
		`geolocation="https://example.com"`,
		`geolocation=("https://example.com/" "https://EXAMPLE.com" "https://example.com:443" "https://a.com.")`,
		`geolocation=("https:" "https://*" "*")`,
		`geolocation=();report-to="main"`,
		"geolocation=();report-to=main",
		"camera=(), usb=(), camera=()",
		"camera=*;report-to=a, camera=*;report-to=a",
		`usb=("https://a.com";x=1)`,
		"xycamerb=()", // three edits from a feature, which is no slip
	} {
		assert.Empty(t, problemsOf(t, "PermissionsPolicy", value), value)
		assert.Empty(t, problemsOf(t, "Permissions-Policy-Report-Only", value), value)
	}
}

func TestPermissionsPolicyRefuses(t *testing.T) {
	for _, tt := range []struct {
		value       string
		suggestions []string
	}{
		{"camera", []string{""}},
		{"camera=none", []string{"camera=()"}},
		{"camera=(none)", []string{"camera=()"}},
		{"camera=(self none);report-to=a", []string{"camera=(self);report-to=a"}},
		{"camera='self'", []string{`camera=self`}},
		{`camera="self"`, []string{"camera=self"}},
		{`camera=("self")`, []string{"camera=(self)"}},
		{`camera=("self" a.com)`, []string{`camera=(self "https://a.com")`}},
		{"camera=a.com", []string{`camera="https://a.com"`}},
		{"camera=https://a.com", []string{`camera="https://a.com"`}},
		{`camera=("a.com")`, []string{`camera=("https://a.com")`}},
		{`camera=("self https://a.com")`, []string{`camera=(self "https://a.com")`}},
		{`camera=("'self'")`, []string{"camera=(self)"}},
		{`camera=("")`, []string{"camera=()"}},
		{`camera=("https://[::1]" "https://[::2]")`, []string{"", ""}},
		{`camera=("https://a_b.example")`, []string{""}},
		{`camera=("https://a.com/*")`, []string{`camera=("https://a.com")`}},
		{`camera=("https://a.com:99999")`, []string{""}},
		{"camera=(all)", []string{""}},
		{"camera=1", []string{""}},
		{"camera=(?1 all)", []string{"", ""}},
		{"camera=();x", []string{""}},
		{"camera=();report-to", []string{""}},
		{"camera=(self), camera=()", []string{""}},
		{"screen-wak-lock=()", []string{"screen-wake-lock"}},
		{"geolocaton=none", []string{"geolocation", "geolocaton=()"}},
		{"vrr=(), xrr=()", nil},

		{"Camera=()", []string{"camera=()"}},
		{"camera=(), ", []string{"camera=()"}},
		{"camera=();", []string{"camera=()"}},
		{"camera=(); usb=()", []string{"camera=(), usb=()"}},
		{"camera: ()", []string{"camera=()"}},
		{"camera=(self 'https://a.com')", []string{`camera=(self "https://a.com")`}},
		{"geolocation 'none'; camera 'self' https://a.com; usb *",
			[]string{`geolocation=(), camera=(self "https://a.com"), usb=(*)`}},
		{"geolocation 'none', camera 'none';", []string{"geolocation=(), camera=()"}},
		{"camera 'src'", []string{""}},
		{"camera 'none'; usb", []string{""}},
		{"camera 'none'; ; usb 'none'", []string{"camera=(), usb=()"}},
		{"camera=(self); camera=()", []string{""}},
		{"camra 'none'; geolocaton 'none'", []string{""}},
		{"camera=(x);", []string{""}},
		{"camera=(self", []string{""}},
		{"camera=(self) usb=()", []string{""}},
		{"1=()", []string{""}},
	} {
		assert.Equal(t, tt.suggestions, suggestionsFor(t, "PermissionsPolicy", tt.value), tt.value)
	}
}

// TestStructuredProblems has one sentence of each kind.
func TestStructuredProblems(t *testing.T) {
	const anOrigin = "; write self, *, or an origin in double quotes"
	long := strings.Repeat("a=(), ", 10)
	for _, tt := range []struct{ field, value, problem string }{
		{"PermissionsPolicy", "camera", `"camera" has no allowlist; write camera=() or camera=(self)`},
		{"PermissionsPolicy", "camera=(all)",
			`"camera=(all)" allows "all", which is neither self, * nor an origin in double quotes` + anOrigin},
		{"PermissionsPolicy", "camera=(1)",
			`"camera=(1)" allows what is neither self, * nor an origin in double quotes` + anOrigin},
		{"PermissionsPolicy", `usb=("self")`, `"usb=(\"self\")" has quotes around self; write "usb=(self)"`},
		{"PermissionsPolicy", `usb=("")`, `"usb=(\"\")" allows an empty string; write "usb=()"`},
		{"PermissionsPolicy", `usb=("self *")`,
			`"usb=(\"self *\")" allows "self *", where every origin needs quotes of its own; write "usb=(self \"*\")"`},
		{"PermissionsPolicy", `usb=("a.com")`,
			`"usb=(\"a.com\")" allows "a.com", which has no scheme; write "usb=(\"https://a.com\")"`},
		{"PermissionsPolicy", `usb=("'x'")`, `"usb=(\"'x'\")" allows "'x'", which has two kinds of quotes` + anOrigin},
		{"PermissionsPolicy", `usb=("https://a:0")`,
			`"usb=(\"https://a:0\")" allows "https://a:0", which has a port that is not from 1 to 65535` + anOrigin},
		{"PermissionsPolicy", `usb=("https://a_b")`,
			`"usb=(\"https://a_b\")" allows "https://a_b", ` +
				`which has an underscore in its host, which no source can name` + anOrigin},
		{"PermissionsPolicy", "usb=();x",
			`"usb=();x" has a parameter "x" that is not report-to and a group; remove it`},
		{"PermissionsPolicy", "screen-wak-lock=()",
			`unknown feature "screen-wak-lock"; did you mean "screen-wake-lock"?`},
		{"PermissionsPolicy", "usb=(), usb=*", `"usb=*" repeats "usb" with another value; remove one`},
		{"PermissionsPolicy", "usb 'none'",
			`"usb 'none'" is the syntax of Feature-Policy, this header's predecessor; write "usb=()"`},
		{"PermissionsPolicy", "usb=(", `"usb=(": a closing parenthesis is missing at byte 4`},
		{"PermissionsPolicy", "usb=", `"usb=": a value is missing at the end`},
		{"PermissionsPolicy", long + "(", `"` + long + `(": a key in lower case is missing at "("`},
		{"PermissionsPolicy", "(" + long,
			`"(` + long[:59] + `": a key in lower case is missing at "(a=(), a=(), a=(), a=(),"…`},

		{"ReportingEndpoints", "a", `"a" is not a name and a URL in double quotes`},
		{"ReportingEndpoints", "a=/x", `"a=/x": no value begins with "/" at byte 2; write "a=\"/x\""`},
		{"ReportingEndpoints", `a="https://"`, `"a=\"https://\"" has no host`},
		{"ReportingEndpoints", `a="//b"`, `"a=\"//b\"" has no scheme before its slashes; write "a=\"https://b\""`},
		{"ReportingEndpoints", `a="http://b"`, `"a=\"http://b\"" is not https, and browsers send no reports there`},
		{"ReportingEndpoints", `a="?b"`, `"a=\"?b\"" has neither an https URL nor a path from /; write "a=\"/?b\""`},
		{"ReportingEndpoints", `a="/b c"`, `"a=\"/b c\"" has a space or comma that must be percent-encoded`},
		{"ReportingEndpoints", `a="/b"; c="/d"`,
			`"a=\"/b\"; c=\"/d\"" has a semicolon before the endpoint "c"; write "a=\"/b\", c=\"/d\""`},
	} {
		problems := problemsOf(t, tt.field, tt.value)
		if assert.Len(t, problems, 1, tt.value) {
			assert.EqualError(t, problems[0], "httpsec: Headers."+tt.field+": "+tt.problem)
		}
	}
}

func TestReportingEndpointsAccept(t *testing.T) {
	for _, value := range []string{
		`main="https://reports.example.com/main"`,
		`main="https://reports.example.com/main", default="/reports?a=b%2Cc"`,
		`a="https://x.example/r"` + "\t,\t" + `b="https://[::1]:8443/r"`,
		`a="https://x.example/r";priority=1`,
		`a="https://x.example/%zz";x=?1;y="z";w`,
		`a="/x", a="/x"`,
		`coop_endpoint="HTTPS://x.example"`,
	} {
		assert.Empty(t, problemsOf(t, "ReportingEndpoints", value), value)
	}
}

func TestReportingEndpointsRefuse(t *testing.T) {
	for _, tt := range []struct{ value, suggestion string }{
		{"main", ""},
		{"a=https://x.example/r", `a="https://x.example/r"`},
		{"a=https://x.example/r?ts=1&s=2", `a="https://x.example/r?ts=1&s=2"`},
		{"a: https://x.example/r", `a="https://x.example/r"`},
		{"a https://x.example/r", `a="https://x.example/r"`},
		{"A=https://x.example/r, b=/r", `a="https://x.example/r", b="/r"`},
		{"a=(/x)", ""},
		{"a=1", ""},
		{"a=()", ""},
		{`a=("https://x.example/r")`, `a="https://x.example/r"`},
		{`a="https://x.example/r"; b="https://y.example/r";c="/z"`,
			`a="https://x.example/r", b="https://y.example/r", c="/z"`},
		{`a="https://x.example:99999/"`, ""},
		{`a="https://x.example:0/"`, ""},
		{`a="//x.example/r"`, `a="https://x.example/r"`},
		{`a="x.example/r"`, `a="https://x.example/r"`},
		{`a="reports"`, `a="/reports"`},
		{`a="http://x.example"`, ""},
		{`a="http://localhost:3000"`, ""},
		{`a="http://[::1]/"`, ""},
		{`a="https://[fe80::1%25eth0]/"`, ""},
		{`a="ftp://x.example"`, ""},
		{`a=""`, `a="/"`},
		{`a="/x", a="/y"`, ""},
		{`a="/x",`, `a="/x"`},
		{`a=“/x”`, `a="/x"`},
		{"a: http://localhost:8085/r", ""},
		{"https://x.example/r", ""},
	} {
		assert.Equal(t, []string{tt.suggestion}, suggestionsFor(t, "ReportingEndpoints", tt.value), tt.value)
	}
}

func TestStructuredFieldsReportAtMostAHundred(t *testing.T) {
	for field, value := range map[string]string{
		"PermissionsPolicy":       "a=(" + strings.Repeat("x ", 1000) + ")",
		"ReportingEndpoints":      strings.Repeat("a=1, ", 1000) + "a=1",
		"Document-Policy":         strings.Repeat("a=(), ", 1000) + "a=()",
		"Integrity-Policy":        strings.Repeat("a=1, ", 1000) + "a=1",
		"Clear-Site-Data":         strings.Repeat("cache,", 1000),
		"Timing-Allow-Origin":     strings.Repeat("A,", 1000),
		"ReferrerPolicy":          strings.Repeat("a,", 1000),
		"StrictTransportSecurity": strings.Repeat("a;b;", 1000),
		"Report-To":               strings.Repeat("{},", 1000) + "{}",
	} {
		assert.Len(t, problemsOf(t, field, value), 100, field)
	}
	assert.Len(t, problemsOf(t, "PermissionsPolicy", strings.Repeat("a=(x),", 1000)+"b=*"), 100)
	assert.Len(t, problemsOf(t, "PermissionsPolicy", strings.Repeat("a=*,a=(),", 1000)+"b=*"), 100)
}

// TestSuggestionsUncoverNothing has values where what is likely meant would be wrong
// itself.
func TestSuggestionsUncoverNothing(t *testing.T) {
	const alone = " has no blocked-destinations, and so blocks nothing; add blocked-destinations=(script)"
	for _, tt := range []struct {
		field, value string
		problems     []string
	}{
		{"PermissionsPolicy", "camra=(), camera=(self)",
			[]string{`unknown feature "camra"; "camera" is there, too: remove one`}},
		{"PermissionsPolicy", "usb=none, usb=none",
			[]string{`"usb=none" allows "none", which is neither self, * nor an origin in double quotes; write "usb=()"`,
				`"usb=none" repeats "usb"; remove one`}},
		{"PermissionsPolicy", "usb=(), usb=none", []string{`"usb=none" repeats "usb" with another value; remove one`}},
		{"ReportingEndpoints", `a="/x";b="/y";b="/z"`,
			[]string{`"a=\"/x\";b=\"/y\";b=\"/z\"" has a semicolon before the endpoint "b"`}},
		{"ReportingEndpoints", `a="/x";b="/y", b="/z"`,
			[]string{`"a=\"/x\";b=\"/y\"" has a semicolon before the endpoint "b"; "b" is there, too: remove one`}},
		{"Integrity-Policy", "a1=main", []string{`"a1=main" has no parentheses; write "a1=(main)"`, `"a1=main"` + alone}},
		{"Integrity-Policy", "a1geolocation=none", []string{
			`"a1geolocation=none" has no parentheses; write "a1geolocation=(none)"`, `"a1geolocation=none"` + alone}},
		{"Integrity-Policy", `blocked-destinations=("scripts")`,
			[]string{`"blocked-destinations=(\"scripts\")" has words in quotes; write "blocked-destinations=(script)"`}},
		{"Integrity-Policy", `blocked-destinations=(scripts styl)`, []string{
			`unknown value "scripts"; did you mean "script"?`, `unknown value "styl"; did you mean "style"?`}},
		{"Integrity-Policy", `blocked-destinations=("0")`,
			[]string{`"blocked-destinations=(\"0\")" is not a list of words in parentheses`}},
		{"ContentSecurityPolicy", `report-to "img-src"`, []string{`report-to: "\"img-src\"" is not the name of a group`}},
		{"ContentSecurityPolicy", `report-uri "img-src"`, []string{`report-uri: "\"img-src\"" has quotes`}},
		{"ContentSecurityPolicy", "img-src u@font-src",
			[]string{`img-src: "u@font-src" has a user name, which no source can have`}},
	} {
		var got []string
		for _, problem := range problemsOf(t, tt.field, tt.value) {
			_, text, _ := strings.Cut(problem.Error(), tt.field)
			_, text, _ = strings.Cut(text, ": ")
			got = append(got, text)
		}
		assert.Equal(t, tt.problems, got, tt.value)
	}
}

// TestLongValuesAreNotGuessed has values of 8 KiB, and of one byte more: no fix is
// offered for them.
func TestLongValuesAreNotGuessed(t *testing.T) {
	const most = 8 << 10
	for _, tt := range []struct{ field, start, fill, end string }{
		{"PermissionsPolicy", "Usb=()", " ", ",x=()"},
		{"PermissionsPolicy", "usb 'none'", " ", "; hid 'none'"},
		{"PermissionsPolicy", "usb=(", " ", `"self")`},
		{"ReportingEndpoints", "a=/x", "y", "?z"},
	} {
		value := tt.start + strings.Repeat(tt.fill, most-len(tt.start+tt.end)) + tt.end
		suggestions := suggestionsFor(t, tt.field, value)
		if assert.Len(t, suggestions, 1, tt.start) {
			assert.NotEmpty(t, suggestions[0], tt.start)
		}
		longer := tt.start + tt.fill + value[len(tt.start):]
		assert.Equal(t, []string{""}, suggestionsFor(t, tt.field, longer), tt.start)
	}
}
