package httpsec_test

import (
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
)

func TestExtraHeadersAccept(t *testing.T) {
	for header, values := range map[string][]string{
		"Clear-Site-Data": {`"cache"`, `"*"`, `"cache","cookies", "storage",`,
			`"clientHints"`, `"next-years"`},
		"Cross-Origin-Embedder-Policy-Report-Only": {`require-corp; report-to="a"`, "credentialless"},
		"Cross-Origin-Opener-Policy-Report-Only":   {`same-origin; report-to="a"`, "noopener-allow-popups"},
		"Document-Policy": {"js-profiling", "sync-xhr=?0;report-to=main",
			"next-years=1.5, *;report-to=a"},
		"Document-Policy-Report-Only": {"force-load-at-top=?0"},
		"Integrity-Policy": {"blocked-destinations=(script)", "blocked-destinations=(script style), endpoints=(a b)",
			"blocked-destinations=(script),sources=(inline),next-years=(a)", "blocked-destinations=(next-years)"},
		"Integrity-Policy-Report-Only": {"blocked-destinations=(script)"},
		"NEL": {`{"report_to":"a","max_age":1,"success_fraction":0.0,"failure_fraction":1}`, `{"max_age":0}`,
			`{"report_to":"a","max_age":1,"include_subdomains":true,"response_headers":["Via"],"x":1}`},
		"Origin-Agent-Cluster": {"?1", "?0", "?1;x"},
		"Report-To": {`{"group":"a","max_age":1,"endpoints":[{"url":"https://a.com"}]}`, `{"max_age":0,"endpoints":[]}`,
			`{"max_age":1,"endpoints":[{"url":"https:\/\/a.com","priority":1}]}, ` +
				`{"max_age":1,"endpoints":[{"url":"/a"}],"x":1}`},
		"Timing-Allow-Origin":               {"*", "null", "https://a.com, https://b.com:8443,"},
		"X-DNS-Prefetch-Control":            {"on", "Off"},
		"X-Permitted-Cross-Domain-Policies": {"none", "master-only", "next-years"},
		"Permissions-Policy-Report-Only":    {"camera=()"},
	} {
		for _, value := range values {
			assert.Empty(t, problemsOf(t, header, value), "%s: %s", header, value)
		}
	}
}

func TestExtraHeadersRefuse(t *testing.T) {
	for _, tt := range []struct{ header, value, suggestion string }{
		{"clear-site-data", "cache", `"cache"`},
		{"Clear-Site-Data", "'executioncontexts'", `"executionContexts"`},
		{"Clear-Site-Data", `"cache" "cookies"`, `"cache", "cookies"`},
		{"Clear-Site-Data", `"cookie"`, `"cookies"`},
		{"Clear-Site-Data", `"Cookies"`, `"cookies"`},
		{"Clear-Site-Data", "everything", ""},
		{"Clear-Site-Data", `""`, ""},
		{"Clear-Site-Data", `"a"b"`, ""},
		{"Clear-Site-Data", ", ,", ""},
		{"Cross-Origin-Embedder-Policy-Report-Only", "require-cors", "require-corp"},
		{"Cross-Origin-Opener-Policy-Report-Only", "same-origin; report-to=a", `same-origin; report-to="a"`},
		{"Document-Policy", "js-profilng", "js-profiling"},
		{"Document-Policy", "js-profiling=(a)", ""},
		{"Document-Policy", "js-profiling;", "js-profiling"},
		{"Document-Policy", "JS", ""},
		{"Integrity-Policy", "blocked-destination=(script)", "blocked-destinations"},
		{"Integrity-Policy", "blocked-destinations=script", "blocked-destinations=(script)"},
		{"Integrity-Policy", `blocked-destinations=("script")`, "blocked-destinations=(script)"},
		{"Integrity-Policy", "blocked-destinations=(1)", ""},
		{"Integrity-Policy", "blocked-destinations", ""},
		{"Integrity-Policy", "blocked-destinations=(scripts)", "script"},
		{"Integrity-Policy", "endpoints=(a)", "blocked-destinations=(script), endpoints=(a)"},
		{"Integrity-Policy", "blocked-destinations=(script), endpoints=(a, b)",
			"blocked-destinations=(script), endpoints=(a b)"},
		{"Integrity-Policy-Report-Only", "(script)", ""},
		{"NEL", "{", ""},
		{"NEL", "[]", ""},
		{"NEL", `{"report_to":"a"}`, ""},
		{"NEL", `{"max_age":1}`, ""},
		{"NEL", `{"report_to":1,"max_age":1}`, ""},
		{"NEL", `{"report_to":"a","max_age":1,"success_fraction":1.1}`, ""},
		{"Origin-Agent-Cluster", "1", "?1"},
		{"Origin-Agent-Cluster", "False", "?0"},
		{"Origin-Agent-Cluster", "maybe", ""},
		{"Permissions-Policy-Report-Only", "geolocation 'none'", "geolocation=()"},
		{"Report-To", "{", ""},
		{"Report-To", `"a"`, ""},
		{"Report-To", `{"max_age":"1","endpoints":[]}`, ""},
		{"Report-To", `{"endpoints":[]}`, ""},
		{"Report-To", `{"max_age":-1,"endpoints":[]}`, ""},
		{"Report-To", `{"max_age":1}`, ""},
		{"Report-To", `{"max_age":1,"endpoints":[{}]}`, ""},
		{"Report-To", `{"group":"a","max_age":1,"endpoints":[{"url":"http://a.com"}]}`, ""},
		{"Timing-Allow-Origin", "https://A.com", "https://a.com"},
		{"Timing-Allow-Origin", "https://*.a.com", ""},
		{"Timing-Allow-Origin", "https://a.com:*", ""},
		{"Timing-Allow-Origin", ",", ""},
		{"X-DNS-Prefetch-Control", "1", ""},
		{"X-Permitted-Cross-Domain-Policies", "master_only", "master-only"},
		{"X-Permitted-Cross-Domain-Policies", "none; all", ""},
	} {
		assert.Equal(t, []string{tt.suggestion}, suggestionsFor(t, tt.header, tt.value), "%s: %s", tt.header, tt.value)
	}
}

// TestExtraProblems has one sentence of each kind.
func TestExtraProblems(t *testing.T) {
	const blocking = "blocked-destinations=(style), "
	for _, tt := range []struct{ header, value, problem string }{
		{"Clear-Site-Data", "cache", `"cache" is not a word in double quotes; write "\"cache\""`},
		{"Clear-Site-Data", "x", `"x" is not a word in double quotes; put it in double quotes`},
		{"Clear-Site-Data", `"`, `"\"" is not a word in double quotes; remove it`},
		{"Clear-Site-Data", `"cookie"`, `unknown value "\"cookie\""; did you mean "\"cookies\""?`},
		{"Clear-Site-Data", ",", `"," is empty; remove it`},
		{"Document-Policy", "syncxhr", `unknown feature "syncxhr"; did you mean "sync-xhr"?`},
		{"Document-Policy", "a=()", `"a=()" has a list where one value belongs`},
		{"Document-Policy", "a;sync-xhr", `"a;sync-xhr" has a semicolon before the feature "sync-xhr"; write a comma`},
		{"Integrity-Policy", blocking + "sorces=()", `unknown key "sorces"; did you mean "sources"?`},
		{"Integrity-Policy", blocking + "sources=1", `"sources=1" is not a list of words in parentheses`},
		{"Integrity-Policy", blocking + "sources=a", `"sources=a" has no parentheses; write "sources=(a)"`},
		{"Integrity-Policy", blocking + `sources=("a")`, `"sources=(\"a\")" has words in quotes; write "sources=(a)"`},
		{"Integrity-Policy", blocking + "sources=(inlin)", `unknown value "inlin"; did you mean "inline"?`},
		{"Integrity-Policy", "sources=()",
			`"sources=()" has no blocked-destinations, and so blocks nothing; ` +
				`write "blocked-destinations=(script), sources=()"`},
		{"NEL", "{", `"{" is not JSON`},
		{"NEL", "1", `"1" is not a JSON object`},
		{"NEL", `{"max_age":"1"}`, `"{\"max_age\":\"1\"}" has a string for "max_age"`},
		{"NEL", "{}", `"{}" has no max_age, a number of seconds`},
		{"NEL", `{"max_age":1}`, `"{\"max_age\":1}" has no report_to, the name of a group in Report-To`},
		{"NEL", `{"max_age":0,"failure_fraction":-1}`,
			`"{\"max_age\":0,\"failure_fraction\":-1}" has a fraction that is not from 0 to 1`},
		{"Origin-Agent-Cluster", "1", `"1" is not ?1 or ?0; write "?1"`},
		{"Origin-Agent-Cluster", "x", `"x" is not ?1 or ?0; write "?1" or "?0"`},
		{"Report-To", `{"max_age":1}`, "the group 1 has no endpoints"},
		{"Report-To", `{"group":"a","endpoints":[]}`, `the group "a" has no max_age, a number of seconds`},
		{"Report-To", `{"max_age":1,"endpoints":[{}]}`, "the group 1 has an endpoint without a url"},
		{"Report-To", `{"max_age":1,"endpoints":[{"url":"a"}]}`,
			`the group 1 has the url "a", which has neither an https URL nor a path from /`},
		{"Timing-Allow-Origin", "https://*.a.com",
			`"https://*.a.com" is a pattern, and only origins are compared; list the origins`},
		{"Timing-Allow-Origin", "a.com", `"a.com" has no scheme; write "https://a.com"`},
		{"X-DNS-Prefetch-Control", "x", `unknown value "x"; write "on" or "off"`},
		{"X-Permitted-Cross-Domain-Policies", "non", `unknown value "non"; did you mean "none"?`},
	} {
		problems := problemsOf(t, tt.header, tt.value)
		if assert.Len(t, problems, 1, "%s: %s", tt.header, tt.value) {
			assert.EqualError(t, problems[0], `httpsec: Headers.Extra["`+tt.header+`"]: `+tt.problem)
			assert.Equal(t, tt.value, problems[0].Value)
		}
	}
}

// TestSuggestionsWithoutBadBytes has values with several bytes that do not belong
// into a header: what is offered for one may not keep another.
func TestSuggestionsWithoutBadBytes(t *testing.T) {
	for value, want := range map[string][]string{
		"-\x01":             {""},
		"a b\x01":           {"a b"},
		"a\tb\x01":          {"a\tb"},
		"a b\x7f":           {"a b"},
		"\u2018a\u2019":     {"'a'"},
		"\u2018a\u2019\x7f": {"", ""},
		"\u2018a\u2019\x01": {"", ""},
		"\u2018a b\u2019":   {"'a b'"},
		"\u2018a\tb\u2019":  {"'a\tb'"},
	} {
		_, err := httpsec.SecurityHeaders(httpsec.Headers{Extra: map[string]string{"X-A": value}})
		var got []string
		for problem := range httpsec.ConfigErrors(err) {
			got = append(got, problem.Suggestion)
		}
		assert.Equal(t, want, got, "%q", value)
	}
}

func TestExtraMayNotDoubleAField(t *testing.T) {
	for _, name := range []string{"Content-Security-Policy", "x-xss-protection"} {
		_, err := httpsec.SecurityHeaders(httpsec.Headers{Extra: map[string]string{name: "0"}})
		assert.ErrorContains(t, err, "has a field of its own", name)
	}
}
