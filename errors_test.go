package httpsec_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConfigErrors(t *testing.T) {
	const (
		methods = "Config.Methods"
		headers = "Config.Headers"
		expose  = "Config.ExposeHeaders"

		wrongCase = "is a standard method in the wrong case"
		neverSent = "is a method that browsers never send"
		notMethod = "is not a method"
		notName   = "is not a header name"
	)
	tests := []struct{ name, field, entry, problem, suggestion string }{
		{"method in lower case", methods, "patch", wrongCase, "PATCH"},
		{"method in title case", methods, "Get", wrongCase, "GET"},
		{"HEAD, which is no default, in lower case", methods, "head", wrongCase, "HEAD"},
		{"QUERY, which is no default either", methods, "Query", wrongCase, "QUERY"},
		{"CONNECT", methods, "CONNECT", neverSent, ""},
		{"TRACE", methods, "TRACE", neverSent, ""},
		{"TRACK", methods, "track", neverSent, ""},
		{"several methods in one", methods, "GET, PUT,DELETE", notMethod, ""},
		{"several methods in one, one of them bad", methods, "GET, put", notMethod, ""},
		{"method with a space", methods, "PUT ", notMethod, "PUT"},
		{"empty method", methods, "", notMethod, ""},
		{"method with a line break", methods, "A\nB", notMethod, ""},
		{"several headers in one", headers, "X-A, X-B", notName, ""},
		{"header with its value", headers, "X-A: 1", notName, "X-A"},
		{"empty header", headers, "", notName, ""},
		{"header that is not ASCII", headers, "X-Ä", notName, ""},
		{"exposed header with a space", expose, " X-A", notName, "X-A"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := httpsec.Config{Origins: []string{}}
			*listOf(&c, test.field) = []string{test.entry}
			_, err := httpsec.NewPolicy(c)
			problem := onlyProblem(t, err)
			assert.Equal(t, test.field, problem.Field)
			assert.Equal(t, test.entry, problem.Value)
			assert.Equal(t, strconv.Quote(test.entry)+" "+test.problem, problem.Problem)
			assert.Equal(t, test.suggestion, problem.Suggestion)
		})
	}

	for _, status := range []int{-1, 199, 300} {
		_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{}, PreflightStatus: status})
		problem := onlyProblem(t, err)
		assert.Equal(t, "Config.PreflightStatus", problem.Field)
		assert.Equal(t, strconv.Itoa(status), problem.Value)
	}
}

// TestConfigErrorSentences has one error of each kind, word for word.
func TestConfigErrorSentences(t *testing.T) {
	nobody := []string{}
	tests := []struct {
		config httpsec.Config
		want   string
	}{
		{httpsec.Config{}, "Origins: none of Origins, OriginFunc and CredentialOrigins is set; list the origins, " +
			"start from DefaultConfig() for local development, or write []string{} to allow nobody"},
		{httpsec.Config{Origins: nobody, Methods: []string{"patch"}},
			`Methods: "patch" is a standard method in the wrong case; write "PATCH"`},
		{httpsec.Config{Origins: nobody, Methods: []string{"TRACE"}},
			`Methods: "TRACE" is a method that browsers never send; remove it`},
		{httpsec.Config{Origins: nobody, Methods: []string{""}}, `Methods: "" is not a method; remove it`},
		{httpsec.Config{Origins: nobody, Methods: []string{"A\nb"}}, `Methods: "A\nb" is not a method; write "A", "b"`},
		{httpsec.Config{Origins: nobody, Headers: []string{"X-Ä"}}, `Headers: "X-Ä" is not a header name`},
		{httpsec.Config{Origins: nobody, ExposeHeaders: []string{"X-A", "*"}, Credentials: true},
			`ExposeHeaders: "*" with credentials is a header called "*"; list the headers by name`},
		{httpsec.Config{Origins: nobody, MaxAge: 600},
			"MaxAge: 600ns is not a whole number of seconds; write 600 * time.Second"},
		{httpsec.Config{Origins: nobody, PreflightStatus: 404},
			"PreflightStatus: 404 is not a success status; write 200 or 204"},
	}
	for _, test := range tests {
		_, err := httpsec.NewPolicy(test.config)
		assert.EqualError(t, err, "httpsec: Config."+test.want)
	}
	assert.EqualError(t, &httpsec.ConfigError{Field: "Field", Problem: "is wrong"}, "httpsec: Field: is wrong")
}

// TestEveryConstructorRefuses has the same error through each way to make a policy.
func TestEveryConstructorRefuses(t *testing.T) {
	bad := httpsec.Config{Origins: []string{"a.com"}}
	const want = `httpsec: Config.Origins: "a.com" has no scheme; write "https://a.com"`
	policy, err := httpsec.NewPolicy(bad)
	assert.EqualError(t, err, want)
	assert.Nil(t, policy)
	middleware, err := httpsec.CORS(bad)
	assert.EqualError(t, err, want)
	assert.Nil(t, middleware)
	assert.EqualError(t, new(httpsec.Policy).Reload(bad), want)
	assert.PanicsWithError(t, want, func() { httpsec.Must(httpsec.NewPolicy(bad)) })
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
	var got [][]string
	for _, problem := range configErrorsIn(t, err) {
		got = append(got, []string{problem.Field, problem.Value, problem.Suggestion})
	}
	assert.Equal(t, [][]string{
		{"Config.Origins", "https://b.com/", "https://b.com"},
		{"Config.Origins", "c.com", "https://c.com"},
		{"Config.Origins", "https://*.com", ""},
		{"Config.Methods", "put", "PUT"},
		{"Config.Methods", "TRACE", ""},
		{"Config.Headers", "X A", ""},
		{"Config.ExposeHeaders", "X:A", "X"},
		{"Config.ExposeHeaders", "*", ""},
		{"Config.MaxAge", "1ms", ""},
		{"Config.PreflightStatus", "404", ""},
	}, got)
}

func TestNoMoreThanAHundredProblems(t *testing.T) {
	_, err := httpsec.NewPolicy(httpsec.Config{Origins: slices.Repeat([]string{"a.com"}, 150), Methods: []string{"put"}})
	assert.Len(t, configErrorsIn(t, err), 100)
}

// TestFixesAreAccepted puts the quoted entries that a fix offers in the place of
// the bad one.
func TestFixesAreAccepted(t *testing.T) {
	quotedEntry := regexp.MustCompile(`"([^"]*)"`)
	const (
		origins = "Config.Origins"
		methods = "Config.Methods"
		headers = "Config.Headers"
		expose  = "Config.ExposeHeaders"
	)
	both := []string{"https://a.com", "https://b.com"}
	tests := []struct {
		name        string
		field       string
		entry       string
		credentials bool
		offered     []string
	}{
		{"origin", origins, "HTTPS://*.A.com:443/", true, []string{"https://*.a.com"}},
		{"origin over a public suffix, to read", origins, "*.github.io", false, []string{"https://*.github.io"}},
		{"origin without a scheme over a public suffix", origins, "*.github.io", true, nil},
		{"socket over a public suffix", origins, "wss://*.github.io", true, nil},
		{"upper-case origin over a public suffix", origins, "https://*.GitHub.io", true, nil},
		{"origin that grows too long in Punycode", origins, "https://" + strings.Repeat("ü.", 100) + "com", true, nil},
		{"several origins in one", origins, "https://a.com, https://b.com", true, both},
		{"several origins with a semicolon", origins, "https://a.com;https://b.com", true, both},
		{"method", methods, "delete", true, []string{"DELETE"}},
		{"methods", methods, "GET, PUT,DELETE", true, []string{"GET", "PUT", "DELETE"}},
		{"methods on two lines", methods, "A\nB", true, []string{"A", "B"}},
		{"methods, one of them bad", methods, "GET, put", true, nil},
		{"any method beside one", methods, "PUT, *", true, []string{"PUT", "*"}},
		{"methods that browsers never send", methods, "PUT, TRACE", true, nil},
		{"headers", headers, "X-A,*", true, []string{"X-A", "*"}},
		{"exposed headers", expose, "X-A\tX-B", true, []string{"X-A", "X-B"}},
		{"all exposed headers", expose, "X-A, *", false, []string{"X-A", "*"}},
		{"all exposed headers with credentials", expose, "X-A, *", true, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := httpsec.Config{Origins: []string{}, Credentials: test.credentials}
			*listOf(&c, test.field) = []string{test.entry}
			_, err := httpsec.NewPolicy(c)
			var offered []string
			if fix, ok := strings.CutPrefix(onlyProblem(t, err).Fix, "write "); ok {
				for _, match := range quotedEntry.FindAllStringSubmatch(fix, -1) {
					offered = append(offered, match[1])
				}
			}
			assert.Equal(t, test.offered, offered)
			*listOf(&c, test.field) = append([]string{}, offered...)
			newPolicy(t, c)
		})
	}
}

// TestMaxAgeFixes has what people write who take a bare number for seconds.
func TestMaxAgeFixes(t *testing.T) {
	tests := []struct {
		age   time.Duration
		fixed time.Duration // in seconds
	}{
		{1, 1},
		{600, 600},
		{86400, 86400},
		{31536000, 31536000},
		{31536001, 1}, // more than a year
		{10 * time.Millisecond, 1},
		{500 * time.Millisecond, 1},
		{1499 * time.Millisecond, 1},
		{90*time.Second + 1, 90},
		{1<<63 - 1, 9223372036},
	}
	for _, test := range tests {
		t.Run(test.age.String(), func(t *testing.T) {
			_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{}, MaxAge: test.age})
			problem := onlyProblem(t, err)
			assert.Equal(t, "Config.MaxAge", problem.Field)
			assert.Equal(t, test.age.String(), problem.Value)
			assert.Equal(t, fmt.Sprintf("write %d * time.Second", test.fixed), problem.Fix)
			newPolicy(t, httpsec.Config{Origins: []string{}, MaxAge: test.fixed * time.Second})
		})
	}
}

// listOf returns the list that a Config has in the field.
func listOf(c *httpsec.Config, field string) *[]string {
	return map[string]*[]string{
		"Config.Origins":       &c.Origins,
		"Config.Methods":       &c.Methods,
		"Config.Headers":       &c.Headers,
		"Config.ExposeHeaders": &c.ExposeHeaders,
	}[field]
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
