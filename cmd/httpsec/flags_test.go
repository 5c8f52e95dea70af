package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUsageErrors counts what arrives: nothing.
func TestUsageErrors(t *testing.T) {
	for _, test := range []struct {
		args  string // separated by |
		stdin string
		want  string
	}{
		{"", "", "there is no URL; -h explains"},
		{"www.example.com", "", `the URL "www.example.com" has no scheme; write https://www.example.com`},
		{"//www.example.com/", "", "write https://www.example.com/"},
		{"localhost:8080", "", `the URL "localhost:8080" has no scheme; write https://localhost:8080`},
		{"ftp://example.com/", "", `the URL "ftp://example.com/" is not an http or https URL`},
		{"wss://example.com/", "", "is not an http or https URL"},
		{"file:///etc/passwd", "", "is not an http or https URL"},
		{"https://user:hunter2@example.com/", "", "a URL has a user name or a password in it, which no fetch may have; give them with -headers"},
		{"https://user@example.com/", "", "a user name or a password"},
		{"https://", "", "a browser does not open the URL"},
		{"https://exa mple.com/", "", "a browser does not open the URL"},
		{"https://example.com:22/", "", "its host or its port is not allowed"},
		{"https://example.com:99999/", "", "a browser does not open the URL"},
		{site + "|-json", "", `"-json" stands behind a URL; flags stand before URLs`},
		{site + "|www.example.com", "", "has no scheme"},
		{"-unknown|" + site, "", "flag provided but not defined: -unknown"},
		{"-timeout|soon|" + site, "", `invalid value "soon" for flag -timeout`},
		{"-timeout|0s|" + site, "", "-timeout is not above 0"},
		{"-timeout|-1s|" + site, "", "-timeout is not above 0"},
		{"-probe=maybe|" + site, "", `invalid boolean value "maybe"`},
		{"-from|https://app.example.com/|" + site, "", `no browser sends the origin "https://app.example.com/"; write https://app.example.com`},
		{"-from|https://App.example.com|" + site, "", "write https://app.example.com"},
		{"-from|https://app.example.com:443|" + site, "", "write https://app.example.com"},
		{"-from|https://app.example.com/path|" + site, "", "write https://app.example.com"},
		{"-from|https://bücher.example|" + site, "", "write https://xn--bcher-kva.example"},
		{"-from|app.example.com|" + site, "", `the origin "app.example.com" has no scheme; write https://app.example.com`},
		{"-from|*|" + site, "", `"*" is a pattern; write an origin that it covers`},
		{"-from|https://*.example.com|" + site, "", "is a pattern"},
		{"-from|NULL|" + site, "", `no browser sends the origin "NULL"; write null`},
		{"-from||" + site, "", "write an origin, or null"},
		{"-from|file://|" + site, "", "is not an http or https origin"},
		{"-from|chrome-extension://abc|" + site, "", "is not an http or https origin"},
		{"-method|PUT|" + site, "", "-method is for a script's fetch; say whose with -from"},
		{"-credentials|" + site, "", "-credentials is for a script's fetch"},
		{"-preflight|" + site, "", "-preflight is for a script's fetch"},
		{"-expect|blocked|" + site, "", "-expect is for a script's fetch"},
		{"-header|X-A: 1|" + site, "", "-header, and any line of -headers but a cookie, is for a script's fetch"},
		{"-headers|-|" + site, "Authorization: Bearer secret", "is for a script's fetch"},
		{"-from|" + app + "|-expect|opened|" + site, "", `-expect is "opened"; write allowed or blocked`},
		{"-from|" + app + "|-method|TRACE|" + site, "", "'TRACE' HTTP method is unsupported."},
		{"-from|" + app + "|-method|P UT|" + site, "", "'P UT' is not a valid HTTP method."},
		{"-from|" + app + "|-header|Host: a.com|" + site, "", "browsers do not let scripts set the header Host"},
		{"-from|" + app + "|-header|Origin: " + app + "|" + site, "", "browsers do not let scripts set the header Origin"},
		{"-from|" + app + "|-header|origin|" + site, "", "browsers do not let scripts set the header origin"},
		{"-from|" + app + "|-header|Referer: https://a.com/|" + site, "", "browsers do not let scripts set the header Referer"},
		{"-from|" + app + "|-header|Sec-Fetch-Site: none|" + site, "", "browsers do not let scripts set the header Sec-Fetch-Site"},
		{"-from|" + app + "|-header|Proxy-Authorization: x|" + site, "", "browsers do not let scripts set the header Proxy-Authorization"},
		{"-from|" + app + "|-header|Content-Length: 0|" + site, "", "browsers do not let scripts set the header Content-Length"},
		{"-from|" + app + "|-header|X-HTTP-Method-Override: TRACE|" + site, "", "browsers do not let scripts set the header X-HTTP-Method-Override"},
		{"-from|" + app + "|-header|Cookie: a=1|" + site, "", "browsers do not let scripts set Cookie; give cookies with -headers"},
		{"-from|" + app + "|-header|Set-Cookie: a=1|" + site, "", "give cookies with -headers"},
		{"-from|" + app + "|-header|X Y: 1|" + site, "", "Invalid name"},
		{"-from|" + app + "|-header|X-A: a\x00b|" + site, "", "Invalid value"},
		{"-from|" + app + "|-preflight|" + site, "", "-preflight: this fetch has no preflight; leave the flag out"},
		{"-from|https://www.example.com|-preflight|-method|PUT|" + site, "", "this fetch has no preflight"},
		{"-from|" + app + "|-headers|-|" + site, "Cookie: session=secret", `cookies go to another origin only with -credentials, which is credentials: "include"`},
		{"-headers|/does/not/exist|" + site, "", "-headers: open /does/not/exist"},
		{"-headers|-|" + site, "\n\nCookie: secret", "-headers: line 3: the Cookie line is not a list of name=value"},
		{"-headers|-|" + site, "Set-Cookie: =", "-headers: line 1: the Set-Cookie line is not valid"},
		{"-headers|-|" + site, "Set-Cookie: __Host-a=secret; Domain=example.com; Secure", "a browser refuses the cookie __Host-a of -headers at " + site},
		{"-headers|-|" + site, "Set-Cookie: a=secret; Domain=example.net", "a browser refuses the cookie a"},
		{"-headers|-|" + site, strings.Repeat("X", 256<<10+1), "-headers: more than 256 KiB"},
	} {
		t.Run(test.args, func(t *testing.T) {
			var args []string
			if test.args != "" {
				args = strings.Split(test.args, "|")
			}
			o := checkedWith(page(""), test.stdin, args...)
			assert.Equal(t, exitUsage, o.exit)
			assert.Empty(t, o.lines())
			assert.Empty(t, o.out)
			assert.True(t, strings.HasPrefix(o.errors, "httpsec check: "), o.errors)
			assert.Contains(t, o.errors, test.want)
			assert.Equal(t, 1, strings.Count(o.errors, "\n"))
			assert.NotContains(t, o.errors, "hunter2")
			assert.NotContains(t, o.errors, "secret")
		})
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"check", "-h"}, {"check", "-help"}, {"check", "--help"}, {"-h"}, {"--help"}, {"check", "-json", "-h", "nonsense"}} {
		var out, errors bytes.Buffer
		assert.Equal(t, exitFine, run(args, nil, &out, &errors, nil), "%v", args)
		assert.Equal(t, usage, out.String())
		assert.Empty(t, errors.String())
	}
	for _, args := range [][]string{nil, {"scan"}, {site}} {
		var out, errors bytes.Buffer
		assert.Equal(t, exitUsage, run(args, nil, &out, &errors, nil), "%v", args)
		assert.Empty(t, out.String())
		assert.Equal(t, "httpsec: the one subcommand is check\n\n"+usage, errors.String())
	}
	for line := range strings.SplitSeq(usage, "\n") {
		assert.LessOrEqual(t, len(line), width, line)
	}
}

// TestHelpExamples runs the commands that the usage shows.
func TestHelpExamples(t *testing.T) {
	commands := regexp.MustCompile(`(?m)^  httpsec check (.*)$`).FindAllStringSubmatch(strings.ReplaceAll(usage, "\\\n", ""), -1)
	require.Len(t, commands, 4)
	exits := make([]int, 0, 4)
	for _, command := range commands {
		var args []string
		for _, word := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(command[1], -1) {
			args = append(args, strings.Trim(word, `"`))
		}
		o := checked(api(only(app)), args...)
		assert.NotEmpty(t, o.requests, o.errors)
		exits = append(exits, o.exit)
	}
	assert.Equal(t, []int{exitFine, exitFine, exitFine, exitFine}, exits)
}

func TestExpect(t *testing.T) {
	allowed, blocked := api(only(app)), api(only())
	for _, test := range []struct {
		handler http.HandlerFunc
		expect  string
		exit    int
	}{
		{allowed, "", exitFine}, {allowed, "allowed", exitFine}, {allowed, "blocked", exitProblem},
		{blocked, "", exitProblem}, {blocked, "allowed", exitProblem}, {blocked, "blocked", exitFine},
	} {
		args := []string{"-from", app, events}
		if test.expect != "" {
			args = append([]string{"-expect", test.expect}, args...)
		}
		assert.Equal(t, test.exit, checked(test.handler, args...).exit, test.expect)
	}
	problems := checked(api(only("null")), "-from", app, "-expect", "blocked", events)
	assert.Equal(t, exitProblem, problems.exit, "cors-null is a problem all the same")
}

func TestIgnore(t *testing.T) {
	bad := api(only(app, "null", "http://app.example.com"))
	assert.Equal(t, exitProblem, checked(bad, "-from", app, "-ignore", "cors-null", events).exit)
	o := checked(bad, "-json", "-from", app, "-ignore", "cors-null,cors-http", events)
	assert.Equal(t, exitFine, o.exit)
	assert.Empty(t, o.report(t).Findings)
	assert.Equal(t, exitFine, checked(bad, "-from", app, "-ignore", "cors-null", "-ignore", " cors-http ,", events).exit, "repeated")
}

func TestSeveralURLs(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/null":
			api(only("null"))(w, r)
		case "/away":
			http.Redirect(w, r, "https://example.net/", http.StatusFound)
		default:
			api(only())(w, r)
		}
	}
	for _, test := range []struct {
		paths string
		exit  int
	}{
		{"/ /other", exitFine}, {"/null /", exitProblem}, {"/ /null", exitProblem}, {"/away /null", exitUsage}, {"/ /away /null", exitUsage},
	} {
		var urls []string
		for path := range strings.FieldsSeq(test.paths) {
			urls = append(urls, "https://www.example.com"+path)
		}
		o := checked(handler, append([]string{"-json"}, urls...)...)
		assert.Equal(t, test.exit, o.exit, test.paths)
		lines := strings.Split(strings.TrimSuffix(o.out, "\n"), "\n")
		require.Len(t, lines, len(urls))
		for i, line := range lines {
			assert.True(t, strings.HasPrefix(line, `{"url":"`+urls[i]+`",`), line)
		}
		people := checked(handler, urls...).out
		assert.Equal(t, len(urls)-1, strings.Count(people, "\n\n→ "), "a blank line between them")
	}
}

func TestEachURLHasABrowserOfItsOwn(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1", Path: "/"})
		quiet(w, "text/html", "")
	}
	o := checked(handler, "-probe=false", site, site)
	require.Len(t, o.requests, 2)
	assert.Empty(t, o.requests[1].Header["Cookie"])
}

func TestFetch(t *testing.T) {
	o := checked(api(only(app)), "-json", "-from", app, "-probe=false", "-method", "put", "-header", "X-Api-Key: k", "-header", "x-api-key:  l ",
		"-header", "X-Empty", "-header", "Accept: text/html", "-credentials", events)
	require.Len(t, o.requests, 1, "X-Empty is not allowed")
	assert.Equal(t, "x-api-key,x-empty", o.requests[0].Header.Get("Access-Control-Request-Headers"))

	o = checked(api(only(app)), "-json", "-from", app, "-probe=false", "-method", "put", "-header", "X-Api-Key: k", "-header", "x-api-key:  l ",
		"-header", "Accept: text/html", "-credentials", events)
	assert.Equal(t, []string{"OPTIONS " + events + " " + app, "PUT " + events + " " + app}, o.lines())
	assert.Equal(t, []string{"k, l"}, o.requests[1].Header["X-Api-Key"], "two of one name are a list")
	assert.Equal(t, []string{"text/html"}, o.requests[1].Header["Accept"])
	assert.Equal(t, "cors", o.requests[1].Header.Get("Sec-Fetch-Mode"))
	r := o.report(t)
	assert.Equal(t, verdictAllowed, r.Verdict)
	assert.True(t, r.Exchanges[0].Preflight)
	assert.False(t, r.Exchanges[1].Preflight)
	assert.Equal(t, "k, l", r.Exchanges[1].Request["X-Api-Key"], "-header is no secret")

	null := checked(api(only("null")), "-from", "null", "-probe=false", events)
	assert.Equal(t, []string{"GET " + events + " null"}, null.lines())
	mixed := checked(api(only(app)), "-json", "-from", app, "-probe=false", "http://api.example.com/")
	assert.Empty(t, mixed.lines())
	assert.Equal(t, "mixed-content", mixed.report(t).Blocked.Rule)
	assert.Equal(t, exitProblem, mixed.exit)
}

func TestPreflightFlag(t *testing.T) {
	for args, verdict := range map[string]string{"-method DELETE": verdictAllowed, "-method PATCH": verdictBlocked} {
		o := checked(api(only(app)), append(append([]string{"-json", "-from", app, "-preflight", "-probe=false"}, strings.Fields(args)...), events)...)
		assert.Equal(t, []string{"OPTIONS " + events + " " + app}, o.lines())
		r := o.report(t)
		assert.Equal(t, verdict, r.Verdict)
		require.Len(t, r.Exchanges, 1, "what was not sent is not listed")
		assert.Empty(t, r.Findings, "an OPTIONS answer has no document's headers")
	}
	people := checked(api(only(app)), "-from", app, "-preflight", "-method", "DELETE", events)
	assert.Contains(t, people.out, "\nallowed: the preflight lets the request through, which was not sent\n")
	assert.Len(t, people.requests, 8)
	for _, r := range people.requests {
		assert.Equal(t, http.MethodOptions, r.Method)
	}
	null := checked(api(only("null")), "-json", "-from", app, "-preflight", "-method", "DELETE", events)
	assert.Equal(t, []string{"cors-null"}, null.report(t).ids(problem))
}

func TestUserAgent(t *testing.T) {
	const own = "Mozilla/5.0 (compatible; httpsec; +https://github.com/httpsec/httpsec)"
	o := checked(api(only(app)), "-json", "-from", app, "-method", "PUT", events)
	require.Len(t, o.requests, 9)
	for _, r := range o.requests {
		assert.Equal(t, own, r.Header.Get("User-Agent"))
	}
	for _, e := range o.report(t).Exchanges {
		assert.Equal(t, own, e.Request["User-Agent"])
	}
	script := checked(header("Access-Control-Allow-Origin", app, "Access-Control-Allow-Headers", "user-agent"), "-from", app, "-probe=false", "-header", "User-Agent: mine", events)
	require.Len(t, script.requests, 2)
	assert.Equal(t, "mine", script.requests[1].Header.Get("User-Agent"), "scripts may set it")
}

func TestHeadersFileFromDisk(t *testing.T) {
	file := filepath.Join(t.TempDir(), "headers")
	require.NoError(t, os.WriteFile(file, []byte("Authorization: Bearer token-4711\r\n\r\nX-Empty\r\n"), 0o600))
	handler := header("Access-Control-Allow-Origin", app, "Access-Control-Allow-Headers", "authorization, x-empty")
	o := checked(handler, "-json", "-from", app, "-probe=false", "-headers", file, events)
	require.Len(t, o.requests, 2)
	assert.Equal(t, []string{"Bearer token-4711"}, o.requests[1].Header["Authorization"])
	assert.Equal(t, []string{""}, o.requests[1].Header["X-Empty"])
	assert.Equal(t, "…", o.report(t).Exchanges[1].Request["Authorization"])
	assert.Empty(t, o.requests[0].Header["Authorization"], "preflights carry no credentials")
}
