package httpsec_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
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
			want := with(defaults, func(c *httpsec.Config) { c.Origins, c.Credentials = test.origins, test.credentials })
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
	const (
		empty   = "httpsec: CORS_ORIGINS: is empty; list the origins, or write [] to allow nobody"
		example = `; write ["https://app.example.com"]`
	)
	notJSON := func(quoted string) string {
		return "httpsec: CORS_ORIGINS: " + quoted + " is not a JSON array" + example
	}
	holds := func(quoted, kind string) string {
		return "httpsec: CORS_ORIGINS: " + quoted + " holds " + kind + " where a string belongs" + example
	}
	tests := []struct{ name, value, want string }{
		{"empty", "", empty},
		{"blank", " \t\n", empty},
		{"not closed", `["https://a.com"`, notJSON(`"[\"https://a.com\""`)},
		{"trailing data", `["https://a.com"] x`, notJSON(`"[\"https://a.com\"] x"`)},
		{"two arrays", `[][]`, notJSON(`"[][]"`)},
		{"trailing comma", `["https://a.com",]`, notJSON(`"[\"https://a.com\",]"`)},
		{"single quotes", `['https://a.com']`, notJSON(`"['https://a.com']"`)},
		{"no quotes", `[https://a.com]`, notJSON(`"[https://a.com]"`)},
		{"number", `[1]`, holds(`"[1]"`, "a number")},
		{"boolean", `["https://a.com",true]`, holds(`"[\"https://a.com\",true]"`, "a bool")},
		{"null", `[null]`, holds(`"[null]"`, "a null")},
		{"null beside an origin", `["https://a.com",null]`, holds(`"[\"https://a.com\",null]"`, "a null")},
		{"array", `[["https://a.com"]]`, holds(`"[[\"https://a.com\"]]"`, "an array")},
		{"object", `[{}]`, holds(`"[{}]"`, "an object")},
		{"a bad entry", `["https://a.com/"]`, `httpsec: CORS_ORIGINS: "https://a.com/" has a path; write "https://a.com"`},
		{"space within JSON", `[" https://a.com"]`, `httpsec: CORS_ORIGINS: " https://a.com" has surrounding space; write "https://a.com"`},
		{"empty element", "https://a.com,", `httpsec: CORS_ORIGINS: "" is empty; remove it`},
		{"an object", `{"origins":[]}`, `httpsec: CORS_ORIGINS: "{\"origins\":[]}" has brackets around it`},
		{"user name in a list", "https://user@a.com,https://b.com", `httpsec: CORS_ORIGINS: "https://user@a.com,https://b.com" has a user name or password; write the origins alone`},
		{"bad entries", "https://a.com/,b.com", "httpsec: CORS_ORIGINS: \"https://a.com/\" has a path; write \"https://a.com\"\n" +
			`httpsec: CORS_ORIGINS: "b.com" has no scheme; write "https://b.com"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("CORS_ORIGINS", test.value)
			c, err := httpsec.ConfigFromEnv()
			assert.EqualError(t, err, test.want)
			assert.Equal(t, httpsec.Config{}, c)
			for _, configError := range configErrorsIn(t, err) {
				assert.Equal(t, "CORS_ORIGINS", configError.Field)
			}
		})
	}
}

func TestConfigErrors(t *testing.T) {
	const (
		methods = "httpsec: Config.Methods: "
		headers = "httpsec: Config.Headers: "
		expose  = "httpsec: Config.ExposeHeaders: "
		age     = "httpsec: Config.MaxAge: "
		status  = "httpsec: Config.PreflightStatus: "
	)
	tests := []struct {
		name   string
		change func(c *httpsec.Config)
		want   string
	}{
		{"no origins", func(c *httpsec.Config) { c.Origins = nil }, "httpsec: Config.Origins: neither Origins nor OriginFunc is set; list the origins, start from DefaultConfig() for local development, or write []string{} to allow nobody"},
		{"method in lower case", func(c *httpsec.Config) { c.Methods = []string{"patch"} }, methods + `"patch" is a standard method in the wrong case; write "PATCH"`},
		{"method in title case", func(c *httpsec.Config) { c.Methods = []string{"Get"} }, methods + `"Get" is a standard method in the wrong case; write "GET"`},
		{"HEAD, which is no default, in lower case", func(c *httpsec.Config) { c.Methods = []string{"head"} }, methods + `"head" is a standard method in the wrong case; write "HEAD"`},
		{"CONNECT", func(c *httpsec.Config) { c.Methods = []string{"CONNECT"} }, methods + `"CONNECT" is a method that browsers never send; remove it`},
		{"TRACE", func(c *httpsec.Config) { c.Methods = []string{"TRACE"} }, methods + `"TRACE" is a method that browsers never send; remove it`},
		{"TRACK", func(c *httpsec.Config) { c.Methods = []string{"track"} }, methods + `"track" is a method that browsers never send; remove it`},
		{"several methods in one", func(c *httpsec.Config) { c.Methods = []string{"GET, PUT,DELETE"} }, methods + `"GET, PUT,DELETE" is not a method; write "GET", "PUT", "DELETE"`},
		{"several methods in one, one of them bad", func(c *httpsec.Config) { c.Methods = []string{"GET, put"} }, methods + `"GET, put" is not a method`},
		{"method with a space", func(c *httpsec.Config) { c.Methods = []string{"PUT "} }, methods + `"PUT " is not a method; write "PUT"`},
		{"empty method", func(c *httpsec.Config) { c.Methods = []string{""} }, methods + `"" is not a method; remove it`},
		{"method with a line break", func(c *httpsec.Config) { c.Methods = []string{"A\nB"} }, methods + `"A\nB" is not a method; write "A", "B"`},
		{"several headers in one", func(c *httpsec.Config) { c.Headers = []string{"X-A, X-B"} }, headers + `"X-A, X-B" is not a header name; write "X-A", "X-B"`},
		{"header with its value", func(c *httpsec.Config) { c.Headers = []string{"X-A: 1"} }, headers + `"X-A: 1" is not a header name; write "X-A"`},
		{"empty header", func(c *httpsec.Config) { c.Headers = []string{""} }, headers + `"" is not a header name; remove it`},
		{"header that is not ASCII", func(c *httpsec.Config) { c.Headers = []string{"X-Ä"} }, headers + `"X-Ä" is not a header name`},
		{"exposed header with a space", func(c *httpsec.Config) { c.ExposeHeaders = []string{" X-A"} }, expose + `" X-A" is not a header name; write "X-A"`},
		{"all exposed with credentials", func(c *httpsec.Config) { c.ExposeHeaders, c.Credentials = []string{"X-A", "*"}, true }, expose + `"*" with credentials is a header called "*"; list the headers by name`},
		{"nanoseconds meant as seconds", func(c *httpsec.Config) { c.MaxAge = 600 }, age + "600ns is not a whole number of seconds; write 600 * time.Second"},
		{"a day in nanoseconds", func(c *httpsec.Config) { c.MaxAge = 86400 }, age + "86.4µs is not a whole number of seconds; write 86400 * time.Second"},
		{"a year in nanoseconds", func(c *httpsec.Config) { c.MaxAge = 31536000 }, age + "31.536ms is not a whole number of seconds; write 31536000 * time.Second"},
		{"half a second", func(c *httpsec.Config) { c.MaxAge = 500 * time.Millisecond }, age + "500ms is not a whole number of seconds; write 1 * time.Second"},
		{"more than a second", func(c *httpsec.Config) { c.MaxAge = 1499 * time.Millisecond }, age + "1.499s is not a whole number of seconds; write 1 * time.Second"},
		{"status below 200", func(c *httpsec.Config) { c.PreflightStatus = 199 }, status + "199 is not a success status; write 200 or 204"},
		{"status above 299", func(c *httpsec.Config) { c.PreflightStatus = 300 }, status + "300 is not a success status; write 200 or 204"},
		{"negative status", func(c *httpsec.Config) { c.PreflightStatus = -1 }, status + "-1 is not a success status; write 200 or 204"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := httpsec.Config{Origins: []string{}}
			test.change(&c)
			policy, err := httpsec.NewPolicy(c)
			assert.EqualError(t, err, test.want)
			assert.Nil(t, policy)
			middleware, err := httpsec.CORS(c)
			assert.EqualError(t, err, test.want)
			assert.Nil(t, middleware)
			assert.EqualError(t, new(httpsec.Policy).Reload(c), test.want)
			assert.PanicsWithError(t, test.want, func() { httpsec.Must(httpsec.NewPolicy(c)) })
		})
	}
}

func TestConfigsThatAreAccepted(t *testing.T) {
	for name, c := range map[string]httpsec.Config{
		"nobody":                       {Origins: []string{}},
		"a function alone":             {OriginFunc: func(*http.Request, string) bool { return false }},
		"a function and nobody":        {Origins: []string{}, OriginFunc: func(*http.Request, string) bool { return false }},
		"methods of one's own":         {Origins: []string{}, Methods: []string{"PURGE", "purge", "M-SEARCH", "HEAD", "QUERY"}},
		"forbidden request headers":    {Origins: []string{}, Headers: []string{"Origin", "cookie", "HOST", "Sec-Fetch-Site"}},
		"all exposed to anyone":        {Origins: []string{"*"}, ExposeHeaders: []string{"*"}, Credentials: true},
		"repeated entries":             {Origins: []string{"https://a.com", "https://a.com"}, Methods: []string{"PUT", "PUT"}, Headers: []string{"a", "A"}},
		"a function beside the anyone": {Origins: []string{"*"}, OriginFunc: func(*http.Request, string) bool { return false }},
		"no caching":                   {Origins: []string{}, MaxAge: -1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := httpsec.NewPolicy(c)
			assert.NoError(t, err)
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, err := httpsec.NewPolicy(httpsec.Config{
		Origins:         []string{"https://a.com", "https://b.com/", "c.com", "https://*.com"},
		Methods:         []string{"put", "PUT", "TRACE"},
		Headers:         []string{"X A"},
		ExposeHeaders:   []string{"*", "X:A"},
		Credentials:     true,
		MaxAge:          time.Millisecond,
		PreflightStatus: 404,
	})
	assert.Equal(t, []*httpsec.ConfigError{
		{Field: "Config.Origins", Value: "https://b.com/", Problem: `"https://b.com/" has a path`, Fix: `write "https://b.com"`, Suggestion: "https://b.com"},
		{Field: "Config.Origins", Value: "c.com", Problem: `"c.com" has no scheme`, Fix: `write "https://c.com"`, Suggestion: "https://c.com"},
		{Field: "Config.Origins", Value: "https://*.com", Problem: `"https://*.com" lets anyone's site use credentials, because "com" is a public suffix`, Fix: "list the origins, or switch Credentials off"},
		{Field: "Config.Methods", Value: "put", Problem: `"put" is a standard method in the wrong case`, Fix: `write "PUT"`, Suggestion: "PUT"},
		{Field: "Config.Methods", Value: "TRACE", Problem: `"TRACE" is a method that browsers never send`, Fix: "remove it"},
		{Field: "Config.Headers", Value: "X A", Problem: `"X A" is not a header name`, Fix: `write "X", "A"`},
		{Field: "Config.ExposeHeaders", Value: "X:A", Problem: `"X:A" is not a header name`, Fix: `write "X"`, Suggestion: "X"},
		{Field: "Config.ExposeHeaders", Value: "*", Problem: `"*" with credentials is a header called "*"`, Fix: "list the headers by name"},
		{Field: "Config.MaxAge", Value: "1ms", Problem: "1ms is not a whole number of seconds", Fix: "write 1 * time.Second"},
		{Field: "Config.PreflightStatus", Value: "404", Problem: "404 is not a success status", Fix: "write 200 or 204"},
	}, configErrorsIn(t, err))
	assert.EqualError(t, &httpsec.ConfigError{Field: "Field", Problem: "is wrong"}, "httpsec: Field: is wrong")
}

// TestFixesAreAccepted puts the quoted entries that a fix offers in the place of
// the bad one.
func TestFixesAreAccepted(t *testing.T) {
	quotedEntry := regexp.MustCompile(`"([^"]*)"`)
	origins := func(c *httpsec.Config) *[]string { return &c.Origins }
	methods := func(c *httpsec.Config) *[]string { return &c.Methods }
	headers := func(c *httpsec.Config) *[]string { return &c.Headers }
	expose := func(c *httpsec.Config) *[]string { return &c.ExposeHeaders }
	tests := []struct {
		name        string
		field       func(c *httpsec.Config) *[]string
		entry       string
		credentials bool
		offered     []string
	}{
		{"origin", origins, "HTTPS://*.A.com:443/", true, []string{"https://*.a.com"}},
		{"origin over a public suffix, without credentials", origins, "*.github.io", false, []string{"https://*.github.io"}},
		{"origin without a scheme over a public suffix", origins, "*.github.io", true, nil},
		{"socket over a public suffix", origins, "wss://*.github.io", true, nil},
		{"upper-case origin over a public suffix", origins, "https://*.GitHub.io", true, nil},
		{"origin that grows too long in Punycode", origins, "https://" + strings.Repeat("ü.", 100) + "com", true, nil},
		{"several origins in one", origins, "https://a.com, https://b.com", true, []string{"https://a.com", "https://b.com"}},
		{"several origins with a semicolon", origins, "https://a.com;https://b.com", true, []string{"https://a.com", "https://b.com"}},
		{"method", methods, "delete", true, []string{"DELETE"}},
		{"methods", methods, "PUT, *", true, []string{"PUT", "*"}},
		{"methods that browsers never send", methods, "PUT, TRACE", true, nil},
		{"headers", headers, "X-A,*", true, []string{"X-A", "*"}},
		{"exposed headers", expose, "X-A\tX-B", true, []string{"X-A", "X-B"}},
		{"all exposed headers", expose, "X-A, *", false, []string{"X-A", "*"}},
		{"all exposed headers with credentials", expose, "X-A, *", true, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := httpsec.Config{Origins: []string{}, Credentials: test.credentials}
			*test.field(&c) = []string{test.entry}
			_, err := httpsec.NewPolicy(c)
			problems := configErrorsIn(t, err)
			require.Len(t, problems, 1)
			var offered []string
			if fix, ok := strings.CutPrefix(problems[0].Fix, "write "); ok {
				for _, match := range quotedEntry.FindAllStringSubmatch(fix, -1) {
					offered = append(offered, match[1])
				}
			}
			assert.Equal(t, test.offered, offered)
			*test.field(&c) = append([]string{}, offered...)
			newPolicy(t, c)
		})
	}

	for _, age := range []time.Duration{1, 600, 31536000, 31536001, 999 * time.Millisecond, 90*time.Second + 1, 1<<63 - 1} {
		t.Run(age.String(), func(t *testing.T) {
			_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{}, MaxAge: age})
			var seconds time.Duration
			_, err = fmt.Sscanf(configErrorsIn(t, err)[0].Fix, "write %d * time.Second", &seconds)
			require.NoError(t, err)
			assert.Positive(t, seconds)
			newPolicy(t, httpsec.Config{Origins: []string{}, MaxAge: seconds * time.Second})
		})
	}
}

// TestPasswordsAreMasked looks for a password in everything that an error says.
func TestPasswordsAreMasked(t *testing.T) {
	const password = "hunter2"
	check := func(t *testing.T, err error) {
		t.Helper()
		require.Error(t, err)
		assert.NotContains(t, err.Error(), password)
		assert.Contains(t, err.Error(), "***")
		for _, problem := range configErrorsIn(t, err) {
			assert.NotContains(t, fmt.Sprintf("%+v", *problem), password)
		}
	}
	for _, entry := range []string{
		"https://user:hunter2@a.com",
		"https://user:hunter2@a.com:8443/path",
		"https://:hunter2@a.com",
		"https://user:x:hunter2@a.com",
		"https://user:p@hunter2@a.com",
		"https://user:hunter2/@a.com",
		"https://user:12/hunter2@a.com",
		"user:hunter2@a.com",
		"//user:hunter2@a.com",
		"https:user:hunter2@a.com",
		"wss://user:hunter2@a.com",
		"file://user:hunter2@a.com",
		"ht tp://user:hunter2@a.com",
		"https://user:hunter2@a b.com",
		"https://user:hunter2@a.com:0",
		"https://user:hunter2@" + strings.Repeat("a", 400),
	} {
		t.Run(entry, func(t *testing.T) {
			_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{entry}})
			check(t, err)
			t.Setenv("CORS_ORIGINS", entry+", https://")
			_, err = httpsec.ConfigFromEnv()
			check(t, err)
		})
	}
	for _, value := range []string{
		`https://user:hunter2,x@a.com`,
		`["https://user\u003ahunter2@a.com",1]`,
		`["https://user\u003ahunter2@a.com",null]`,
		`["https://user\u003ahunter2\u0040a.com"`,
		`https://user:x,hunter2@a.com`,
		`["https://user:hunter2@a.com"]`,
		`["https://user:hunter2@a.com"`,
		`["https://b.com","https://user:hunter2@a.com"] x`,
		`["https://user:hunter2@a.com","http://localhost:3000","https://user:hunter2@b.com"`,
		`["https://user:hunter2@a.com",1]`,
		`["https://user:hunter2@a.com",null]`,
	} {
		t.Run(value, func(t *testing.T) {
			t.Setenv("CORS_ORIGINS", value)
			_, err := httpsec.ConfigFromEnv()
			check(t, err)
		})
	}

	_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://user:hunter2@a.com:8443/"}})
	assert.Equal(t, []*httpsec.ConfigError{{
		Field:   "Config.Origins",
		Value:   "https://user:***@a.com:8443/",
		Problem: `"https://user:***@a.com:8443/" has a user name or password`,
		Fix:     `write "https://a.com:8443"`,

		Suggestion: "https://a.com:8443",
	}}, configErrorsIn(t, err))
}

func TestLongValuesAreCutInErrors(t *testing.T) {
	_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{strings.Repeat("a", 1<<20)}})
	assert.EqualError(t, err, `httpsec: Config.Origins: "`+strings.Repeat("a", 400)+`"… is longer than 326 bytes`)
	_, err = httpsec.NewPolicy(httpsec.Config{Origins: []string{strings.Repeat("a", 400)}})
	assert.EqualError(t, err, `httpsec: Config.Origins: "`+strings.Repeat("a", 400)+`" is longer than 326 bytes`)
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
	handler := p.Handler(http.HandlerFunc(handle))
	for _, origin := range []string{"https://a.com", "https://x.a.com", "http://localhost:1"} {
		shared := sharedWith(origin)
		shared["Access-Control-Expose-Headers"] = []string{"X-B"}
		assert.Equal(t, ran(shared), answerTo(handler, newRequest("GET", from(origin)), nil))
	}
	assert.Equal(t, ran(http.Header{"Vary": {"Origin"}}), answerTo(handler, newRequest("GET", from("https://evil.com")), nil))
	assert.Equal(t, approved(http.Header{
		"Access-Control-Allow-Origin":  {"https://a.com"},
		"Access-Control-Allow-Methods": {"PUT"},
		"Access-Control-Allow-Headers": {"X-A"},
		"Access-Control-Max-Age":       {"600"},
		"Vary":                         {preflightVary},
	}), answerTo(handler, newRequest("OPTIONS", preflightOf("https://a.com", "PUT")), nil))
	assert.Equal(t, httpsec.Decision{Kind: httpsec.KindPreflight, Origin: "https://a.com", Reason: httpsec.ReasonMethod, Detail: "PATCH"},
		p.Decide(newRequest("OPTIONS", preflightOf("https://a.com", "PATCH"))))
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
		"", " ", "[]", "[ ]", `["*"]`, `["https://a.com"]`, ` ["https://a.com", "http://b.com:8080"] `, `["https://a.com",]`, `["https://a.com"`,
		`["https://a.com"]]`, `["https://a.com"] x`, `[null]`, `[1]`, `[["https://a.com"]]`, `{"a":1}`, `"https://a.com"`, `["\u0068ttps://a.com"]`,
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
