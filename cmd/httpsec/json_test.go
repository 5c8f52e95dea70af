package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestJSON pins every name: they are what programs rely on.
func TestJSON(t *testing.T) {
	blocked := checked(api(only(app, "null")), "-json", "-from", app, "-method", "PATCH", "-credentials", events)
	assert.Equal(t, `{"url":"https://api.example.com/events/1","verdict":"blocked",`+
		`"exchanges":[{"method":"OPTIONS","url":"https://api.example.com/events/1","preflight":true,`+
		`"request":{"Accept":"*/*","Access-Control-Request-Method":"PATCH","Origin":"https://app.example.com",`+
		`"Referer":"https://app.example.com/","Sec-Fetch-Dest":"empty","Sec-Fetch-Mode":"cors","Sec-Fetch-Site":"same-site",`+
		`"User-Agent":"Mozilla/5.0 (compatible; httpsec; +https://github.com/httpsec/httpsec)"},"status":200,`+
		`"response":{"Access-Control-Allow-Credentials":"true","Access-Control-Allow-Headers":"X-Api-Key, Authorization, Content-Type",`+
		`"Access-Control-Allow-Methods":"PUT, DELETE","Access-Control-Allow-Origin":"https://app.example.com",`+
		`"Content-Type":"application/json","Strict-Transport-Security":"max-age=31536000","Vary":"Origin","X-Content-Type-Options":"nosniff"},`+
		`"blocked":{"rule":"cors","reason":"MethodDisallowedByPreflightResponse",`+
		`"message":"Access to fetch at 'https://api.example.com/events/1' from origin 'https://app.example.com' has been blocked by CORS policy: `+
		`Method PATCH is not allowed by Access-Control-Allow-Methods in preflight response.",`+
		`"fix":"Access-Control-Allow-Methods: PATCH","url":"https://api.example.com/events/1"}}],`+
		`"blocked":{"rule":"cors","reason":"MethodDisallowedByPreflightResponse",`+
		`"message":"Access to fetch at 'https://api.example.com/events/1' from origin 'https://app.example.com' has been blocked by CORS policy: `+
		`Method PATCH is not allowed by Access-Control-Allow-Methods in preflight response.",`+
		`"fix":"Access-Control-Allow-Methods: PATCH","url":"https://api.example.com/events/1"},`+
		`"probes":[{"origin":"https://httpsec.example","allowed":false,"credentials":false,"why":"another site"},`+
		`{"origin":"null","allowed":true,"credentials":true,"why":"a sandboxed page, of any site"},`+
		`{"origin":"https://api.example.com.httpsec.example","allowed":false,"credentials":false,"why":"a name that begins like the allowed one"},`+
		`{"origin":"https://httpsecexample.com","allowed":false,"credentials":false,"why":"a name that ends like the allowed one"},`+
		`{"origin":"https://apixexample.com","allowed":false,"credentials":false,"why":"a name with another character for a dot"},`+
		`{"origin":"http://api.example.com","allowed":false,"credentials":false,"why":"the http variant"},`+
		`{"origin":"https://api.example.com:8443","allowed":false,"credentials":false,"why":"another port"}],`+
		`"findings":[{"id":"cors-null","level":"problem","value":"null","message":"is let in with credentials, and so is every site by means of a sandboxed frame; do not allow null"}],`+
		`"exit":1}`+"\n", blocked.out)

	away := checked(leading(map[string]string{"/": "https://example.net/"}), "-json", site)
	assert.Regexp(t, `^\{"url":"https://www\.example\.com/","verdict":"unreachable","error":"it redirects to [^"]*","exchanges":\[[^]]*\],"exit":2\}\n$`, away.out)

	violation := checked(page("\n<script>start()</script>", headerCSP+"-Report-Only", "script-src 'self'; report-uri /r"), "-json", "-probe=false", site)
	assert.Contains(t, violation.out, `"violations":[{"rule":"csp","reason":"script-src-elem","message":"`)
	assert.Contains(t, violation.out, `"url":"inline","line":2}`)
	assert.Contains(t, violation.out, `"url":"inline","line":2,"reportOnly":true}]`)
	weak := checked(page("", "Referrer-Policy", "unsafe-url"), "-json", "-probe=false", site)
	assert.Contains(t, weak.out, `"findings":[{"id":"referrer-policy-weak","level":"advice","field":"Referrer-Policy","value":"unsafe-url","message":"`)
}

func TestWhatIsEmptyIsAbsent(t *testing.T) {
	o := checked(page("", headerCSP, loadPolicy), "-json", "-probe=false", "-from", "https://www.example.com", site)
	var object map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(o.out), &object))
	assert.Equal(t, []string{"exchanges", "exit", "url", "verdict"}, slices.Sorted(maps.Keys(object)))
	unasked := checked(api(only(app)), "-json", "-from", app, "http://api.example.com/")
	require.NoError(t, json.Unmarshal([]byte(unasked.out), &object))
	var one report
	require.NoError(t, json.Unmarshal([]byte(unasked.out), &one))
	assert.Empty(t, one.Exchanges)
	assert.NotContains(t, unasked.out, `"exchanges"`)
	assert.NotContains(t, unasked.out, "null,")
}

func TestJSONIsALine(t *testing.T) {
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["X-Odd"] = []string{"<&>\u2028\n\"\\"}
		w.Header().Add("X-Twice", "a")
		w.Header().Add("X-Twice", "b")
		quiet(w, "text/html", "")
	}
	o := checked(handler, "-json", "-probe=false", site, site)
	assert.Equal(t, 2, strings.Count(o.out, "\n"))
	first, _, _ := strings.Cut(o.out, "\n")
	assert.Contains(t, first, `"X-Odd":"<&>\u2028\n\"\\"`)
	assert.Contains(t, first, `"X-Twice":"a, b"`)
	assert.True(t, json.Valid([]byte(first)))
}

// TestPackageCommentNamesTheJSON: what the package comment says there is, there is, and
// the other way round.
func TestPackageCommentNamesTheJSON(t *testing.T) {
	comment := readFile(t, "main.go")
	names := regexp.MustCompile("`json:\"(\\w+)").FindAllStringSubmatch(readFile(t, "report.go"), -1)
	require.Len(t, names, 32)
	_, comment, _ = strings.Cut(comment, "# JSON")
	for _, name := range names {
		assert.Regexp(t, `\b`+name[1]+`\b`, comment)
	}
}
