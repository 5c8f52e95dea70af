package httpsec_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDefaultConfig(t *testing.T) {
	assert.Equal(t, httpsec.Config{
		Origins: []string{
			"http://localhost:3000", "http://localhost:5173",
			"http://127.0.0.1:3000", "http://127.0.0.1:5173",
			"http://0.0.0.0:3000", "http://0.0.0.0:5173",
		},
		Methods:     []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"},
		Headers:     []string{"*"},
		Credentials: true,
		MaxAge:      10 * time.Minute,
	}, httpsec.DefaultConfig())

	changed := httpsec.DefaultConfig()
	changed.Origins[0], changed.Methods[0], changed.Headers[0] = "https://evil.com", "PURGE", "X-Evil"
	assert.Equal(t, []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, httpsec.DefaultConfig().Methods)
	r := newRequest("OPTIONS", preflightOf("http://localhost:3000", "PUT"))
	want := http.Header{
		"Access-Control-Allow-Origin":      {"http://localhost:3000"},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Methods":     {"GET, POST, PUT, PATCH, DELETE, OPTIONS"},
		"Access-Control-Max-Age":           {"600"},
		"Vary":                             {preflightVary},
	}
	assert.Equal(t, approved(want), answerTo(newHandler(t, httpsec.DefaultConfig()), r, nil))
	without := httpsec.Config{Origins: []string{"http://localhost:3000"}, Credentials: true}
	assert.Equal(t, approved(want), answerTo(newHandler(t, without), r, nil), "nil Methods mean the same six")
}

func TestConfigFromEnv(t *testing.T) {
	defaults := httpsec.DefaultConfig()
	tests := []struct {
		name        string
		value       string
		origins     []string
		credentials bool
	}{
		{"JSON", `["https://a.com","https://b.com"]`, []string{"https://a.com", "https://b.com"}, true},
		{"JSON in white space", "\n [ \"https://a.com\" ] \n", []string{"https://a.com"}, true},
		{"JSON, empty", `[]`, []string{}, true},
		{"JSON, anyone", `["*"]`, []string{"*"}, false},
		{"JSON, anyone beside an origin", `["https://a.com","*"]`, []string{"https://a.com", "*"}, false},
		{"JSON, a pattern", `["https://*.a.com"]`, []string{"https://*.a.com"}, true},
		{"JSON, escaped", `["https:\/\/a.com"]`, []string{"https://a.com"}, true},
		{"list", "https://a.com,https://b.com", []string{"https://a.com", "https://b.com"}, true},
		{"list with spaces", " https://a.com ,\thttps://b.com ", []string{"https://a.com", "https://b.com"}, true},
		{"one origin", "http://[::1]:8080", []string{"http://[::1]:8080"}, true},
		{"anyone", "*", []string{"*"}, false},
		{"a pattern over a public suffix beside anyone", "https://*.com,*", []string{"https://*.com", "*"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("CORS_ORIGINS", test.value)
			want := defaults
			want.Origins, want.Credentials = test.origins, test.credentials
			got, err := httpsec.ConfigFromEnv()
			require.NoError(t, err)
			assert.Equal(t, want, got)
			newPolicy(t, got)
		})
	}

	t.Run("unset", func(t *testing.T) {
		t.Setenv("CORS_ORIGINS", "")
		require.NoError(t, os.Unsetenv("CORS_ORIGINS"))
		got, err := httpsec.ConfigFromEnv()
		require.NoError(t, err)
		assert.Equal(t, defaults, got)
	})
}

func TestConfigFromEnvErrors(t *testing.T) {
	const notArray = "is not a JSON array"
	holds := func(kind string) string { return "holds " + kind + " where a string belongs" }
	tests := []struct{ name, value, refused, problem, suggestion string }{
		{"empty", "", "", "is empty", ""},
		{"blank", " \t\n", "", "is empty", ""},
		{"not closed", `["https://a.com"`, `["https://a.com"`, notArray, ""},
		{"trailing data", `["https://a.com"] x`, `["https://a.com"] x`, notArray, ""},
		{"two arrays", `[][]`, `[][]`, notArray, ""},
		{"trailing comma", `["https://a.com",]`, `["https://a.com",]`, notArray, ""},
		{"single quotes", `['https://a.com']`, `['https://a.com']`, notArray, ""},
		{"no quotes", `[https://a.com]`, `[https://a.com]`, notArray, ""},
		{"number", `[1]`, `[1]`, holds("a number"), ""},
		{"boolean", `["https://a.com",true]`, `["https://a.com",true]`, holds("a bool"), ""},
		{"null", `[null]`, `[null]`, holds("a null"), ""},
		{"null beside an origin", `["https://a.com",null]`, `["https://a.com",null]`, holds("a null"), ""},
		{"array", `[["https://a.com"]]`, `[["https://a.com"]]`, holds("an array"), ""},
		{"object", `[{}]`, `[{}]`, holds("an object"), ""},
		{"a bad entry", `["https://a.com/"]`, "https://a.com/", "has a path", "https://a.com"},
		{"space within JSON", `[" https://a.com"]`, " https://a.com", "has surrounding space", "https://a.com"},
		{"empty element", "https://a.com,", "", "is empty", ""},
		{"an object", `{"origins":[]}`, `{"origins":[]}`, "has brackets around it", ""},
		{"user name", "https://u@a.com,https://b.com", "https://u@a.com,https://b.com", "has a user name", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("CORS_ORIGINS", test.value)
			c, err := httpsec.ConfigFromEnv()
			assert.Equal(t, httpsec.Config{}, c)
			problem := onlyProblem(t, err)
			assert.Equal(t, "CORS_ORIGINS", problem.Field)
			assert.Equal(t, test.refused, problem.Value)
			assert.Contains(t, problem.Problem, test.problem)
			assert.Equal(t, test.suggestion, problem.Suggestion)
		})
	}
}

// TestConfigFromEnvSentences has one error of each kind, word for word.
func TestConfigFromEnvSentences(t *testing.T) {
	const example = `; write ["https://app.example.com"]`
	for value, want := range map[string]string{
		"":      "is empty; list the origins, or write [] to allow nobody",
		"[1":    `"[1" is not a JSON array` + example,
		"[1]":   `"[1]" holds a number where a string belongs` + example,
		"u@a,b": `"u@a,b" has a user name or password; write the origins alone`,
		"https://a.com/,b.com": `"https://a.com/" has a path; write "https://a.com"` + "\n" +
			`httpsec: CORS_ORIGINS: "b.com" has no scheme; write "https://b.com"`,
	} {
		t.Setenv("CORS_ORIGINS", value)
		_, err := httpsec.ConfigFromEnv()
		assert.EqualError(t, err, "httpsec: CORS_ORIGINS: "+want)
		configErrorsIn(t, err)
	}
}

func TestConfigsThatAreAccepted(t *testing.T) {
	never := func(*http.Request, string) bool { return false }
	nobody, a := []string{}, "https://a.com"
	for name, c := range map[string]httpsec.Config{
		"nobody":                    {Origins: nobody},
		"a function alone":          {OriginFunc: never},
		"a function and nobody":     {Origins: nobody, OriginFunc: never},
		"methods of one's own":      {Origins: nobody, Methods: []string{"PURGE", "purge", "M-SEARCH", "HEAD"}},
		"forbidden request headers": {Origins: nobody, Headers: []string{"Origin", "cookie", "HOST", "Sec-Fetch-Site"}},
		"all exposed to anyone":     {Origins: []string{"*"}, ExposeHeaders: []string{"*"}, Credentials: true},
		"an origin twice":           {Origins: []string{a, a}},
		"a method and header twice": {Origins: nobody, Methods: []string{"PUT", "PUT"}, Headers: []string{"a", "A"}},
		"a function beside anyone":  {Origins: []string{"*"}, OriginFunc: never},
		"no caching":                {Origins: nobody, MaxAge: -1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := httpsec.NewPolicy(c)
			assert.NoError(t, err)
		})
	}
}

func TestConfigIsCopied(t *testing.T) {
	c := httpsec.Config{
		Origins:       []string{"https://a.com", "https://*.a.com", "http://localhost:*"},
		Methods:       []string{"PUT"},
		Headers:       []string{"X-A"},
		ExposeHeaders: []string{"X-B"},
	}
	p := newPolicy(t, c)
	for _, list := range [][]string{c.Origins, c.Methods, c.Headers, c.ExposeHeaders} {
		for i := range list {
			list[i] = "*"
		}
	}
	handler := p.Handler(handle)
	for _, origin := range []string{"https://a.com", "https://x.a.com", "http://localhost:1"} {
		shared := sharedWith(origin)
		shared["Access-Control-Expose-Headers"] = []string{"X-B"}
		assert.Equal(t, ran(shared), answerTo(handler, newRequest("GET", from(origin)), nil))
	}
	varied := http.Header{"Vary": {"Origin"}}
	assert.Equal(t, ran(varied), answerTo(handler, newRequest("GET", from("https://evil.com")), nil))
	assert.Equal(t, approved(http.Header{
		"Access-Control-Allow-Origin":  {"https://a.com"},
		"Access-Control-Allow-Methods": {"PUT"},
		"Access-Control-Allow-Headers": {"X-A"},
		"Access-Control-Max-Age":       {"600"},
		"Vary":                         {preflightVary},
	}), answerTo(handler, newRequest("OPTIONS", preflightOf("https://a.com", "PUT")), nil))
	d := p.Decide(newRequest("OPTIONS", preflightOf("https://a.com", "PATCH")))
	assert.Equal(t, httpsec.ReasonMethod, d.Reason)
}

// readOriginList reads CORS_ORIGINS token by token.
func readOriginList(value string) (list []string, ok bool) {
	value = strings.TrimSpace(value)
	if !strings.HasPrefix(value, "[") {
		for entry := range strings.SplitSeq(value, ",") {
			list = append(list, strings.TrimSpace(entry))
		}
		return list, value != ""
	}
	decoder := json.NewDecoder(strings.NewReader(value))
	if _, err := decoder.Token(); err != nil {
		return nil, false
	}
	list = []string{}
	for decoder.More() {
		token, err := decoder.Token()
		entry, isString := token.(string)
		if err != nil || !isString {
			return nil, false
		}
		list = append(list, entry)
	}
	if end, err := decoder.Token(); err != nil || end != json.Delim(']') {
		return nil, false
	}
	_, err := decoder.Token()
	return list, err == io.EOF
}

func FuzzConfigFromEnv(f *testing.F) {
	for _, value := range []string{
		"", " ", "[]", "[ ]", `["*"]`, `["https://a.com"]`, ` ["https://a.com", "http://b.com:8080"] `,
		`["https://a.com",]`, `["https://a.com"`, `["https://a.com"]]`, `["https://a.com"] x`, `[null]`, `[1]`,
		`[["https://a.com"]]`, `{"a":1}`, `"https://a.com"`, `["\u0068ttps://a.com"]`,
		"https://a.com", "https://a.com, https://b.com", "https://a.com,", "*", "*,https://a.com", "https://*.com",
	} {
		f.Add(value, "", "a.com", true)
		f.Add(value, `["https://b.com", "`, `a.com"`, true)
	}
	f.Add("", `["`, `a.com", "https://u@b.com",]`, false)
	f.Fuzz(func(t *testing.T, value, before, after string, scheme bool) {
		const secret = "s3cr3t"
		if strings.Contains(value+before+after, "\x00") || strings.Contains(before+after, secret) {
			return
		}
		t.Setenv("CORS_ORIGINS", value)
		got, err := httpsec.ConfigFromEnv()
		want := httpsec.DefaultConfig()
		list, ok := readOriginList(value)
		want.Origins, want.Credentials = list, !slices.Contains(list, "*")
		if ok {
			_, refused := httpsec.NewPolicy(httpsec.Config{Origins: list})
			ok = refused == nil
		}
		require.Equal(t, ok, err == nil, "%q: %v", value, err)
		if ok {
			assert.Equal(t, want, got)
		}

		user := "user:"
		if scheme {
			user = "https://user:"
		}
		t.Setenv("CORS_ORIGINS", before+user+secret+"@"+after)
		_, err = httpsec.ConfigFromEnv()
		if assert.Error(t, err) {
			assert.NotContains(t, err.Error(), secret)
			for problem := range httpsec.ConfigErrors(err) {
				assert.NotContains(t, fmt.Sprintf("%+v", *problem), secret)
			}
		}
	})
}
