package httpsectest_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	app     = "https://app.example.com"
	api     = "https://api.example.com"
	partner = "https://partner.example.org"
)

// reason returns the rule and the reason of a refusal, "" for none.
func reason(err error) string {
	var blocked *httpsectest.Blocked
	if errors.As(err, &blocked) {
		return string(blocked.Rule) + " " + blocked.Reason
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// respond returns a handler that answers all requests with these header lines.
func respond(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, line := range headers {
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Add(name, strings.ReplaceAll(value, "{origin}", r.Header.Get("Origin")))
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// bySlash serves each path by a handler of its own.
func byPath(paths map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h := paths[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	}
}

const (
	allow       = "Access-Control-Allow-Origin: {origin}"
	credentials = "Access-Control-Allow-Credentials: true"
)

func TestFetchCORS(t *testing.T) {
	include := httpsectest.Init{Credentials: httpsectest.CredentialsInclude}
	for _, tt := range []struct {
		name    string
		init    httpsectest.Init
		headers []string
		want    string
	}{
		{"echoed", httpsectest.Init{}, []string{allow}, ""},
		{"star", httpsectest.Init{}, []string{"Access-Control-Allow-Origin: *"}, ""},
		{"missing", httpsectest.Init{}, nil, "cors MissingAllowOriginHeader"},
		{"null", httpsectest.Init{}, []string{"Access-Control-Allow-Origin: null"}, "cors AllowOriginMismatch"},
		{"another", httpsectest.Init{}, []string{"Access-Control-Allow-Origin: " + partner}, "cors AllowOriginMismatch"},
		{"no URL", httpsectest.Init{}, []string{"Access-Control-Allow-Origin: app.example.com"}, "cors InvalidAllowOriginValue"},
		{"two lines", httpsectest.Init{}, []string{allow, allow}, "cors MultipleAllowOriginValues"},
		{"credentials", include, []string{allow, credentials}, ""},
		{"credentials and star", include, []string{"Access-Control-Allow-Origin: *", credentials}, "cors WildcardOriginNotAllowed"},
		{"credentials not allowed", include, []string{allow}, "cors InvalidAllowCredentials"},
		{"True is not true", include, []string{allow, "Access-Control-Allow-Credentials: True"}, "cors InvalidAllowCredentials"},
		{"preflight", httpsectest.Init{Method: "PUT"}, []string{allow, "Access-Control-Allow-Methods: PUT"}, ""},
		{"any method", httpsectest.Init{Method: "PUT"}, []string{allow, "Access-Control-Allow-Methods: *"}, ""},
		{"method", httpsectest.Init{Method: "PUT"}, []string{allow}, "cors MethodDisallowedByPreflightResponse"},
		{"lower case", httpsectest.Init{Method: "patch"}, []string{allow, "Access-Control-Allow-Methods: PATCH"}, "cors MethodDisallowedByPreflightResponse"},
		{"no list of methods", httpsectest.Init{Method: "PUT"}, []string{allow, "Access-Control-Allow-Methods: PUT;GET"}, "cors InvalidAllowMethodsPreflightResponse"},
		{"header", httpsectest.Init{Headers: map[string]string{"X-A": "1"}}, []string{allow, "Access-Control-Allow-Headers: x-b"}, "cors HeaderDisallowedByPreflightResponse"},
		{"any header", httpsectest.Init{Headers: map[string]string{"X-A": "1"}}, []string{allow, "Access-Control-Allow-Headers: *"}, ""},
		{"any but Authorization", httpsectest.Init{Headers: map[string]string{"Authorization": "1"}}, []string{allow, "Access-Control-Allow-Headers: *"}, "cors HeaderDisallowedByPreflightResponse"},
		{"no list of headers", httpsectest.Init{Headers: map[string]string{"X-A": "1"}}, []string{allow, "Access-Control-Allow-Headers: \"x-a\""}, "cors InvalidAllowHeadersPreflightResponse"},
		{"same-origin mode", httpsectest.Init{Mode: httpsectest.ModeSameOrigin}, nil, "cors DisallowedByMode"},
		{"no-cors", httpsectest.Init{Mode: httpsectest.ModeNoCORS}, nil, ""},
		{"no-cors, CORP", httpsectest.Init{Mode: httpsectest.ModeNoCORS}, []string{"Cross-Origin-Resource-Policy: same-origin"}, "corp net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin"},
		{"no-cors, manual", httpsectest.Init{Mode: httpsectest.ModeNoCORS, Redirect: httpsectest.RedirectManual}, nil, "cors NoCorsRedirectModeNotFollow"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := httpsectest.New(t, respond(200, "", tt.headers...)).Page(app)
			_, err := page.Fetch(api+"/", tt.init)
			assert.Equal(t, tt.want, reason(err))
		})
	}
}

func TestFetchPreflightAnswers(t *testing.T) {
	for status, want := range map[int]string{
		200: "", 204: "", 299: "",
		404: "cors PreflightInvalidStatus", 304: "cors PreflightInvalidStatus",
		301: "cors PreflightDisallowedRedirect",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			page := httpsectest.New(t, func() http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					code := 200
					if r.Method == http.MethodOptions {
						code = status
					}
					respond(code, "", allow, "Access-Control-Allow-Methods: PUT", "Location: /x")(w, r)
				})
			}()).Page(app)
			_, err := page.Fetch(api+"/", httpsectest.Init{Method: "PUT"})
			assert.Equal(t, want, reason(err))
		})
	}
}

func TestFetchThrows(t *testing.T) {
	page := httpsectest.New(t, respond(200, "")).Page(app)
	for _, tt := range []struct {
		url  string
		init httpsectest.Init
		want string
	}{
		{"/", httpsectest.Init{Method: "TRACE"}, "Failed to execute 'fetch' on 'Window': 'TRACE' HTTP method is unsupported."},
		{"/", httpsectest.Init{Method: "P UT"}, "Failed to execute 'fetch' on 'Window': 'P UT' is not a valid HTTP method."},
		{"/", httpsectest.Init{Method: "PUT", Mode: httpsectest.ModeNoCORS}, "Failed to execute 'fetch' on 'Window': 'PUT' is unsupported in no-cors mode."},
		{"/", httpsectest.Init{Body: "x"}, "Failed to execute 'fetch' on 'Window': Request with GET/HEAD method cannot have body."},
		{"/", httpsectest.Init{Headers: map[string]string{"a b": "1"}}, "Failed to execute 'fetch' on 'Window': Invalid name"},
		{"/", httpsectest.Init{Headers: map[string]string{"a": "1\n2"}}, "Failed to execute 'fetch' on 'Window': Invalid value"},
		{"/", httpsectest.Init{Headers: map[string]string{"a": "€"}}, "Failed to execute 'fetch' on 'Window': Failed to read the 'headers' property from 'RequestInit': String contains non ISO-8859-1 code point."},
		{"https://u:p@a.example/", httpsectest.Init{}, "Failed to execute 'fetch' on 'Window': Request cannot be constructed from a URL that includes credentials: https://u:p@a.example/"},
		{"https://", httpsectest.Init{}, "Failed to execute 'fetch' on 'Window': Failed to parse URL from https://"},
		{"foo://x", httpsectest.Init{}, `Fetch API cannot load foo://x. URL scheme "foo" is not supported.`},
	} {
		_, err := page.Fetch(tt.url, tt.init)
		assert.EqualError(t, err, tt.want)
	}
	_, err := page.Fetch("https://a.example:25/", httpsectest.Init{})
	assert.Equal(t, "network net::ERR_UNSAFE_PORT", reason(err))
}

func TestFetchResponse(t *testing.T) {
	h := respond(200, "body", allow, "X-A: 1", "X-B: 2", "Set-Cookie: a=1", "Access-Control-Expose-Headers: x-a, Set-Cookie", "Content-Type: text/plain")
	b := httpsectest.New(t, h)
	res, err := b.Page(app).Fetch(api+"/x?y#z", httpsectest.Init{})
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, "body", string(body))
	assert.Equal(t, http.Header{"X-A": {"1"}, "Content-Type": {"text/plain"}, "Content-Length": {"4"}}, res.Header)
	assert.Equal(t, api+"/x?y", res.Request.URL.String())

	res, err = b.Page(api).Fetch("/x", httpsectest.Init{})
	require.NoError(t, err)
	assert.Equal(t, "2", res.Header.Get("X-B"))
	assert.Empty(t, res.Header.Get("Set-Cookie"))

	res, err = b.Page(app).Fetch(api+"/x", httpsectest.Init{Mode: httpsectest.ModeNoCORS})
	require.NoError(t, err)
	assert.Zero(t, res.StatusCode)
	assert.Empty(t, res.Header)

	res, err = b.Page(app).Fetch("data:text/html;base64,aGk=", httpsectest.Init{})
	require.NoError(t, err)
	body, _ = io.ReadAll(res.Body)
	assert.Equal(t, "text/html hi", res.Header.Get("Content-Type")+" "+string(body))
	_, err = b.Page(app).Fetch("data:x", httpsectest.Init{})
	assert.Equal(t, "network net::ERR_INVALID_URL", reason(err))
	_, err = b.Page(app).Fetch("data:;base64,!", httpsectest.Init{})
	assert.Error(t, err)
	for _, short := range []string{"data:,x", "data:;charset=utf-8,x"} {
		res, err = b.Page(app).Fetch(short, httpsectest.Init{})
		require.NoError(t, err)
		assert.Contains(t, res.Header.Get("Content-Type"), "text/plain")
	}
}

func TestFetchAllExposed(t *testing.T) {
	b := httpsectest.New(t, respond(200, "", allow, credentials, "X-A: 1", "Access-Control-Expose-Headers: *"))
	res, err := b.Page(app).Fetch(api+"/", httpsectest.Init{})
	require.NoError(t, err)
	assert.Equal(t, "1", res.Header.Get("X-A"))
	res, err = b.Page(app).Fetch(api+"/", httpsectest.Init{Credentials: httpsectest.CredentialsInclude})
	require.NoError(t, err)
	assert.Empty(t, res.Header.Get("X-A"))
	b = httpsectest.New(t, respond(200, "", allow, "X-A: 1", "Access-Control-Expose-Headers: x-a, (b"))
	res, err = b.Page(app).Fetch(api+"/", httpsectest.Init{})
	require.NoError(t, err)
	assert.Empty(t, res.Header.Get("X-A"), "a list with a word that is not a token says nothing")
}

func TestFetchStreams(t *testing.T) {
	read := make(chan struct{})
	b := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "one")
		http.NewResponseController(w).Flush()
		<-read
		io.WriteString(w, "two")
	}))
	res, err := b.Page(app).Fetch("/", httpsectest.Init{})
	require.NoError(t, err)
	first := make([]byte, 3)
	_, err = io.ReadFull(res.Body, first)
	require.NoError(t, err)
	close(read)
	rest, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, "one two", string(first)+" "+string(rest))
}

func TestFetchRequestHeaders(t *testing.T) {
	var got http.Header
	b := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		respond(200, "", allow, "Access-Control-Allow-Headers: x-a")(w, r)
	}))
	_, err := b.Page(app).Fetch(api+"/", httpsectest.Init{
		Method: "post", Body: "ü", Headers: map[string]string{"x-a": " é ", "Cookie": "forged=1", "Sec-Fetch-Site": "none", "X-HTTP-Method": "TRACE"},
	})
	require.NoError(t, err)
	for name, want := range map[string]string{
		"Accept": "*/*", "Origin": app, "Referer": app + "/", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-site",
		"Sec-Fetch-Dest": "empty", "X-A": "\xe9", "Content-Type": "text/plain;charset=UTF-8", "Cookie": "", "X-Http-Method": "",
	} {
		assert.Equal(t, want, got.Get(name), name)
	}
	_, err = b.Page("http://app.example.com").Fetch("http://api.example.com/", httpsectest.Init{})
	require.NoError(t, err)
	assert.Empty(t, got.Get("Sec-Fetch-Site"), "not over plain http")
}

func TestFetchRedirects(t *testing.T) {
	to := func(status int, location string) http.HandlerFunc {
		return respond(status, "", allow, credentials, "Location: "+location)
	}
	b := httpsectest.New(t, byPath(map[string]http.HandlerFunc{
		"/end": func(w http.ResponseWriter, r *http.Request) {
			respond(200, r.Method+" "+r.Header.Get("Origin")+" "+r.Header.Get("Content-Type")+r.Header.Get("Authorization"), allow, "Access-Control-Allow-Headers: *, authorization")(w, r)
		},
		"/307":      to(307, partner+"/end"),
		"/303":      to(303, "/end"),
		"/own":      to(302, api+"/end"),
		"/loop":     to(302, "/loop"),
		"/invalid":  to(302, "https://"),
		"/data":     to(302, "data:,x"),
		"/ftp":      to(302, "ftp://a.example/"),
		"/userinfo": to(302, "https://u:p@partner.example.org/"),
		"/nowhere":  respond(302, "still here", allow),
	}))
	for _, tt := range []struct {
		url  string
		init httpsectest.Init
		want string
	}{
		{api + "/307", httpsectest.Init{Method: "POST", Body: "x"}, "POST null text/plain;charset=UTF-8"},
		{api + "/303", httpsectest.Init{Method: "POST", Body: "x"}, "GET https://app.example.com "},
		{"/own", httpsectest.Init{Method: "POST", Body: "x"}, "GET https://app.example.com "},
		{"/own", httpsectest.Init{Headers: map[string]string{"Authorization": "secret"}}, "GET https://app.example.com "},
		{"/nowhere", httpsectest.Init{}, "still here"},
		{"/loop", httpsectest.Init{}, "network net::ERR_TOO_MANY_REDIRECTS"},
		{"/invalid", httpsectest.Init{}, "network net::ERR_INVALID_REDIRECT"},
		{"/data", httpsectest.Init{}, "network net::ERR_UNSAFE_REDIRECT"},
		{"/ftp", httpsectest.Init{}, "cors CorsDisabledScheme"},
		{"/ftp", httpsectest.Init{Mode: httpsectest.ModeNoCORS}, "network net::ERR_UNKNOWN_URL_SCHEME"},
		{"/userinfo", httpsectest.Init{}, "cors RedirectContainsCredentials"},
		{"/userinfo", httpsectest.Init{Mode: httpsectest.ModeNoCORS}, "network net::ERR_ABORTED"},
		{"/own", httpsectest.Init{Redirect: httpsectest.RedirectError}, "network net::ERR_FAILED"},
		{"/own", httpsectest.Init{Mode: httpsectest.ModeSameOrigin}, "cors DisallowedByMode"},
		{"/own", httpsectest.Init{Redirect: httpsectest.RedirectManual}, ""},
		{"/data", httpsectest.Init{Redirect: httpsectest.RedirectManual}, ""},
	} {
		res, err := b.Page(app).Fetch(tt.url, tt.init)
		if err != nil {
			assert.Equal(t, tt.want, reason(err), tt.url)
			continue
		}
		body, _ := io.ReadAll(res.Body)
		assert.Equal(t, tt.want, string(body), tt.url)
	}
	_, err := b.Page(app).Fetch(api+"/307", httpsectest.Init{Mode: httpsectest.ModeCORS, Credentials: httpsectest.CredentialsInclude})
	assert.ErrorContains(t, err, "at 'https://partner.example.org/end' (redirected from 'https://api.example.com/307') from origin 'https://app.example.com'")
}

func TestPreflightCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		age := "60"
		b := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			respond(200, "", allow, credentials, "Access-Control-Allow-Methods: PUT, DELETE", "Access-Control-Allow-Headers: if-match", "Access-Control-Max-Age: "+age)(w, r)
		}))
		asked := func(init httpsectest.Init) bool {
			before := len(b.Log())
			_, err := b.Page(app).Fetch(api+"/", init)
			require.NoError(t, err)
			return b.Log()[before].Preflight
		}
		put := httpsectest.Init{Method: "PUT"}
		assert.True(t, asked(put))
		assert.False(t, asked(put), "the answer holds")
		assert.False(t, asked(httpsectest.Init{Method: "DELETE"}), "for the whole list")
		assert.True(t, asked(httpsectest.Init{Method: "PUT", Headers: map[string]string{"If-Match": "1"}}), "not for conditional requests")
		assert.True(t, asked(httpsectest.Init{Method: "PUT", Credentials: httpsectest.CredentialsInclude}), "not with credentials")
		assert.False(t, asked(put), "an entry with credentials serves without")
		time.Sleep(59 * time.Second)
		assert.False(t, asked(put))
		time.Sleep(2 * time.Second)
		age = "bogus"
		assert.True(t, asked(put), "it expired")
		time.Sleep(4 * time.Second)
		assert.False(t, asked(put))
		time.Sleep(2 * time.Second)
		age = "-1"
		assert.True(t, asked(put), "five seconds without a number")
		assert.True(t, asked(put))

		sandboxed := b.Page(app).Sandboxed()
		for range 2 {
			before := len(b.Log())
			_, err := sandboxed.Fetch(api+"/", put)
			require.NoError(t, err)
			assert.True(t, b.Log()[before].Preflight, "never for an opaque origin")
		}
	})
}

func TestCookies(t *testing.T) {
	const site = "https://www.example.com/a/b"
	for _, tt := range []struct{ line, want string }{
		{"a=1", "a=1; Path=/a"},
		{"a=1; Path=/; Secure; HttpOnly; SameSite=Strict", "a=1; Path=/; HttpOnly; Secure; SameSite=Strict"},
		{"a=1; Domain=.example.com; SameSite=Lax", "a=1; Path=/a; Domain=example.com; SameSite=Lax"},
		{"a=1; SameSite=None; Secure", "a=1; Path=/a; Secure; SameSite=None"},
		{"a=1; SameSite=None", ""},
		{"a=1; Domain=com", ""},
		{"a=1; Domain=other.example", ""},
		{"a=1; Path=/b", ""},
		{"a=1; Max-Age=0", ""},
		{"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""},
		{"a=1; Max-Age=x; Path=x", "a=1; Path=/a"},
		{"__Host-a=1; Secure; Path=/", "__Host-a=1; Path=/; Secure"},
		{"__Host-a=1; Secure", ""},
		{"__Secure-a=1", ""},
		{"__Http-a=1; Secure", ""},
		{"=", ""},
		{"=__host-x", ""},
		{"a=" + strings.Repeat("x", 5000), ""},
	} {
		b := httpsectest.New(t, respond(200, "", "Set-Cookie: "+tt.line))
		_, err := b.Open(site)
		require.NoError(t, err)
		var got strings.Builder
		for _, c := range b.Cookies(site) {
			got.WriteString(c.String())
		}
		assert.Equal(t, tt.want, got.String(), tt.line)
	}
}

func TestCookiesByContext(t *testing.T) {
	b := httpsectest.New(t, respond(200, "", allow, credentials, "Content-Type: text/html"))
	set := func(name string, mode http.SameSite) {
		b.SetCookie(api+"/", &http.Cookie{Name: name, Value: "1", Path: "/", Secure: mode == http.SameSiteNoneMode, SameSite: mode})
	}
	set("strict", http.SameSiteStrictMode)
	set("lax", http.SameSiteLaxMode)
	set("none", http.SameSiteNoneMode)
	b.SetCookie(api+"/", &http.Cookie{Name: "unsaid", Value: "1", Path: "/"})
	b.SetCookie(api+"/", &http.Cookie{Name: "deep", Value: "1", Path: "/deep"})
	last := func() (string, []httpsectest.Withheld) {
		log := b.Log()
		e := log[len(log)-1]
		return e.Request.Header.Get("Cookie"), e.Withheld
	}
	include := httpsectest.Init{Credentials: httpsectest.CredentialsInclude}
	for _, tt := range []struct {
		name string
		do   func() error
		want string
	}{
		{"same site", func() error { _, err := b.Page(app).Fetch(api+"/", include); return err }, "strict=1; lax=1; none=1; unsaid=1"},
		{"cross site", func() error { _, err := b.Page(partner).Fetch(api+"/", include); return err }, "none=1"},
		{"sandboxed", func() error { _, err := b.Page("null").Fetch(api+"/", include); return err }, "none=1"},
		{"other scheme", func() error { _, err := b.Page("http://app.example.com").Fetch(api+"/", include); return err }, "none=1"},
		{"omitted", func() error {
			_, err := b.Page(api).Fetch("/", httpsectest.Init{Credentials: httpsectest.CredentialsOmit})
			return err
		}, ""},
		{"link", func() error { _, err := b.Page(partner).Follow(api + "/"); return err }, "lax=1; none=1; unsaid=1"},
		{"form", func() error {
			_, err := b.Page(partner).Submit(httpsectest.Form{Method: "POST", Action: api + "/"})
			return err
		}, "none=1; unsaid=1"},
		{"address bar", func() error { _, err := b.Open(api + "/deep"); return err }, "deep=1; strict=1; lax=1; none=1; unsaid=1"},
		{"foreign frame", func() error { _, err := b.Page(partner).Frame(api + "/"); return err }, "none=1"},
		{"own frame", func() error { _, err := b.Page(api).Frame("/"); return err }, "strict=1; lax=1; none=1; unsaid=1"},
	} {
		require.NoError(t, tt.do(), tt.name)
		got, _ := last()
		assert.Equal(t, tt.want, got, tt.name)
	}
	_, err := b.Page(partner).Fetch(api+"/", include)
	require.NoError(t, err)
	_, withheld := last()
	assert.Equal(t, []httpsectest.Withheld{
		{Name: "deep", Why: "NotOnPath"}, {Name: "strict", Why: "SameSiteStrict"}, {Name: "lax", Why: "SameSiteLax"}, {Name: "unsaid", Why: "SameSiteUnspecifiedTreatedAsLax"},
	}, withheld)
	_, err = b.Page("http://api.example.com").Fetch("http://api.example.com/", include)
	require.NoError(t, err)
	_, withheld = last()
	assert.Contains(t, withheld, httpsectest.Withheld{Name: "none", Why: "SecureOnly"})
	assert.Panics(t, func() { b.SetCookie(api, &http.Cookie{Name: "a b"}) })
	assert.Panics(t, func() { b.SetCookie("ftp://x", &http.Cookie{Name: "a"}) })
	assert.Panics(t, func() { b.SetCookie(api, &http.Cookie{Name: "a", SameSite: http.SameSiteNoneMode}) })
	assert.Nil(t, b.Cookies("ftp://x"))
}

// What goes wrong without a word for the page stands in the log.
func TestLog(t *testing.T) {
	const expose = "Access-Control-Expose-Headers: "
	browser := httpsectest.New(t, byPath(map[string]http.HandlerFunc{
		"/login": respond(204, "", allow, credentials, expose+"*", "Set-Cookie: lax=1; SameSite=Lax", "Set-Cookie: __Host-a=1"),
		"/new":   respond(201, "", "Access-Control-Allow-Origin: *", expose+"X-A", "Location: /1", "X-A: 1", "Set-Cookie: a=1"),
		"/all":   respond(200, "", "Access-Control-Allow-Origin: *", expose+"*", "ETag: 1"),
	}))
	last := func() httpsectest.Exchange {
		log := browser.Log()
		return log[len(log)-1]
	}
	browser.SetCookie(api, &http.Cookie{Name: "strict", SameSite: http.SameSiteStrictMode})
	for _, tt := range []struct {
		from, url string
		init      httpsectest.Init
		want      string
	}{
		{partner, api + "/login", httpsectest.Init{Credentials: httpsectest.CredentialsInclude}, "GET https://api.example.com/login 204; " +
			"cookies not sent: strict (SameSiteStrict); cookies not kept: lax (SameSiteLax), __Host-a (InvalidPrefix); " +
			"hidden from scripts: Access-Control-Allow-Credentials, Access-Control-Allow-Origin, Access-Control-Expose-Headers"},
		{partner, api + "/new", httpsectest.Init{}, "GET https://api.example.com/new 201; " +
			"cookies not sent: strict (SameSiteStrict); cookies not kept: a (Credentials); " +
			"hidden from scripts: Access-Control-Allow-Origin, Access-Control-Expose-Headers, Location"},
		{api, "/all", httpsectest.Init{}, "GET https://api.example.com/all 200"},
		{app, api + "/all", httpsectest.Init{}, "GET https://api.example.com/all 200; cookies not sent: strict (Credentials)"},
		{app, api + "/new", httpsectest.Init{Mode: httpsectest.ModeNoCORS}, "GET https://api.example.com/new 201; " +
			"cookies not sent: strict (Credentials); cookies not kept: a (Credentials)"},
	} {
		_, err := browser.Page(tt.from).Fetch(tt.url, tt.init)
		require.NoError(t, err)
		assert.Equal(t, tt.want, strings.Replace(last().String(), ", Date", "", 1))
	}
	assert.Equal(t, []httpsectest.Withheld{{Name: "a", Why: "Credentials"}}, last().Refused)
	_, err := browser.Page(app).Fetch(partner+"/", httpsectest.Init{Method: "PUT"})
	require.Error(t, err)
	assert.Equal(t, "OPTIONS https://partner.example.org/ 404; "+err.Error(), last().String())
}

func TestFormat(t *testing.T) {
	page := open(t, "<!doctype html>\n<img src=/corp><img src=https://b.example/corp>")
	violations := page.Violations()
	require.Len(t, violations, 1)
	b := violations[0]
	const message = "Failed to load resource: net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin"
	assert.Equal(t, message, fmt.Sprint(b))
	assert.Equal(t, message, fmt.Sprintf("%s", b))
	assert.Equal(t, strconv.Quote(message), fmt.Sprintf("%q", b))
	assert.Equal(t, message+"\n\tcorp: https://b.example/corp, line 2, fix: Cross-Origin-Resource-Policy: cross-origin", fmt.Sprintf("%+v", b))

	_, err := page.Follow("https://b.example/abort")
	assert.Equal(t, "Failed to load resource: net::ERR_EMPTY_RESPONSE\n\tnetwork: https://b.example/abort", fmt.Sprintf("%+v", err))

	// The console breaks this line, too.
	framing := httpsectest.New(t, respond(200, "", "Content-Security-Policy: frame-ancestors 'none'"))
	_, err = framing.Page(partner).Frame(app)
	assert.Contains(t, fmt.Sprintf("%+v", err), "'none'\". The request has been blocked.\n\tcsp: "+partner+", fix: "+partner)
	_, err = framing.Page("null").Frame(app)
	assert.NotContains(t, fmt.Sprintf("%+v", err), "fix")
}

func TestCookieGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, r.Header.Get("Cookie"))
		}))
		b.SetCookie(api+"/", &http.Cookie{Name: "a", Value: "1", MaxAge: 300})
		post := func() string {
			page, err := b.Page(partner).Submit(httpsectest.Form{Method: "POST", Action: api + "/"})
			require.NoError(t, err)
			body, _ := io.ReadAll(page.Response().Body)
			return string(body)
		}
		assert.Equal(t, "a=1", post())
		time.Sleep(2*time.Minute + time.Second)
		assert.Empty(t, post())
		assert.Len(t, b.Cookies(api+"/"), 1)
		time.Sleep(3 * time.Minute)
		assert.Empty(t, b.Cookies(api+"/"))
	})
}

func TestHSTS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := httpsectest.New(t, respond(200, "", allow, "Strict-Transport-Security: max-age=60; includeSubDomains"))
		at := func(url string) string {
			page, err := b.Open(url)
			require.NoError(t, err)
			return page.URL()
		}
		assert.Equal(t, "http://example.com/", at("http://example.com/"))
		at("https://example.com/")
		assert.Equal(t, "https://www.example.com/", at("http://www.example.com/"))
		assert.Equal(t, "http://localhost/", at("http://localhost/"))
		page := b.Page("http://other.example")
		_, err := page.Fetch("http://example.com/", httpsectest.Init{})
		assert.NoError(t, err)
		_, err = page.Fetch("http://example.com/", httpsectest.Init{Method: "PUT"})
		assert.Equal(t, "cors PreflightDisallowedRedirect", reason(err))
		_, err = page.Fetch("http://example.com/", httpsectest.Init{Redirect: httpsectest.RedirectError})
		assert.Equal(t, "network net::ERR_FAILED", reason(err))
		res, err := page.Fetch("http://example.com/", httpsectest.Init{Redirect: httpsectest.RedirectManual})
		require.NoError(t, err)
		assert.Zero(t, res.StatusCode)
		time.Sleep(61 * time.Second)
		assert.Equal(t, "http://example.com/", at("http://example.com/"))
	})
	for value, want := range map[string]string{"max-age=0": "http", "includeSubDomains": "http", "max-age=1; max-age=2": "http", "max-age=\"9\"": "https", "max-age=x": "http", "max-age=99999999999999999999": "https"} {
		b := httpsectest.New(t, respond(200, "", "Strict-Transport-Security: "+value))
		b.Open("https://example.com/")
		page, err := b.Open("http://example.com/")
		require.NoError(t, err)
		assert.Equal(t, want+"://example.com/", page.URL(), value)
	}
}

// TestHSTSChanges has what a host says later, and what is said on loopback.
func TestHSTSChanges(t *testing.T) {
	said := "max-age=60"
	b := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Strict-Transport-Security", said) }))
	at := func(url string) string {
		page, err := b.Open(url)
		require.NoError(t, err)
		return page.URL()
	}
	at("https://example.com/")
	assert.Equal(t, "https://example.com/", at("http://example.com/"))
	assert.Equal(t, "http://www.example.com/", at("http://www.example.com/"), "without includeSubDomains")
	said = "max-age=0"
	at("https://example.com/")
	assert.Equal(t, "http://example.com/", at("http://example.com/"))
	said = "max-age=60; includeSubDomains"
	at("https://localhost/")
	at("https://127.0.0.1/")
	assert.Equal(t, "http://localhost/", at("http://localhost/"))
	assert.Equal(t, "http://api.localhost/", at("http://api.localhost/"))
	assert.Equal(t, "http://127.0.0.1/", at("http://127.0.0.1/"))
}

func TestPagePanics(t *testing.T) {
	b := httpsectest.New(t, respond(200, ""))
	for _, origin := range []string{"", "app.example.com", "https://app.example.com/", "https://APP.example.com", "https://app.example.com:443", "ftp://a.example", "Null"} {
		assert.Panics(t, func() { b.Page(origin) }, origin)
	}
}

func TestClient(t *testing.T) {
	b := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		respond(200, r.Header.Get("X-A")+string(body), allow, "Access-Control-Allow-Headers: x-a, content-type", "Access-Control-Allow-Methods: PUT")(w, r)
	}))
	client := b.Page(app).Client(httpsectest.Init{Headers: map[string]string{"x-a": "1"}})
	req, err := http.NewRequest("PUT", api+"/", strings.NewReader("body\xff"))
	require.NoError(t, err)
	req.Header.Set("User-Agent", "a-client-in-go/1.0")
	res, err := client.Do(req)
	require.NoError(t, err)
	body, _ := io.ReadAll(res.Body)
	assert.Equal(t, "1body\xff", string(body))
	assert.Same(t, req, res.Request)

	req, _ = http.NewRequest("PURGE", api+"/", nil)
	req.Header.Set("X-B", "\xe9")
	_, err = client.Do(req)
	assert.Equal(t, "cors MethodDisallowedByPreflightResponse", reason(err))

	req, _ = http.NewRequest("PUT", api+"/", io.MultiReader(strings.NewReader("x"), errorReader{}))
	_, err = client.Do(req)
	assert.ErrorContains(t, err, "read the body: broken")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, _ = http.NewRequestWithContext(ctx, "GET", api+"/", nil)
	_, err = client.Do(req)
	assert.ErrorIs(t, err, context.Canceled)
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

func TestNoAnswer(t *testing.T) {
	b := httpsectest.New(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	_, err := b.Page(app).Fetch(api+"/", httpsectest.Init{Method: "POST"})
	var blocked *httpsectest.Blocked
	require.ErrorAs(t, err, &blocked)
	assert.Equal(t, httpsectest.RuleNetwork, blocked.Rule)
	assert.Error(t, errors.Unwrap(err))
	assert.Zero(t, b.Log()[0].Status)
	assert.Same(t, blocked, b.Log()[0].Blocked)
	_, err = b.Page(app).Fetch(api+"/", httpsectest.Init{Method: "PUT"})
	assert.Equal(t, "network net::ERR_EMPTY_RESPONSE", reason(err))
	_, err = b.Open(api + "/")
	assert.Equal(t, "network net::ERR_EMPTY_RESPONSE", reason(err))
	_, err = b.Page(app).WebSocket("wss://api.example.com/")
	assert.ErrorContains(t, err, "Error in connection establishment: net::ERR_EMPTY_RESPONSE")
	_, err = b.Open("about:blank")
	assert.Error(t, err)
}

func TestTransport(t *testing.T) {
	server := httptest.NewServer(respond(200, "", allow))
	defer server.Close()
	_, err := httpsectest.NewTransport(http.DefaultTransport).Page("http://localhost:3000").Fetch(server.URL, httpsectest.Init{})
	assert.NoError(t, err)
}

func TestConcurrentUse(t *testing.T) {
	b := httpsectest.New(t, respond(200, "", allow, credentials, "Access-Control-Allow-Methods: PUT", "Set-Cookie: a=1", "Access-Control-Max-Age: 0"))
	page := b.Page(app)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, err := page.Fetch(api+"/", httpsectest.Init{Method: "PUT", Credentials: httpsectest.CredentialsInclude})
			assert.NoError(t, err)
			b.Log()
			page.Violations()
		})
	}
	all.Wait()
	assert.Len(t, b.Log(), 40)
}

func TestWebSocket(t *testing.T) {
	answer := func(headers ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			conn, buffer, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			buffer.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n")
			for _, line := range headers {
				buffer.WriteString(strings.ReplaceAll(line, "{accept}", acceptOf(r)) + "\r\n")
			}
			buffer.WriteString("\r\n")
			buffer.Flush()
		}
	}
	const upgrade, accept = "Upgrade: websocket", "Sec-WebSocket-Accept: {accept}"
	for _, tt := range []struct {
		h         http.HandlerFunc
		protocols []string
		want      string
	}{
		{answer(upgrade, accept), nil, ""},
		{answer(upgrade, accept, "Sec-WebSocket-Protocol: a"), []string{"a", "b"}, ""},
		{answer("Upgrade: x", accept), nil, "'Upgrade' header value is not 'WebSocket': x"},
		{answer(accept), nil, "'Upgrade' header is missing"},
		{answer(upgrade), nil, "'Sec-WebSocket-Accept' header is missing"},
		{answer(upgrade, "Sec-WebSocket-Accept: x"), nil, "Incorrect 'Sec-WebSocket-Accept' header value"},
		{answer(upgrade, accept, "Sec-WebSocket-Protocol: a"), nil, "Response must not include 'Sec-WebSocket-Protocol' header if not present in request: a"},
		{answer(upgrade, accept, "Sec-WebSocket-Protocol: c"), []string{"a"}, "'Sec-WebSocket-Protocol' header value 'c' in response does not match any of sent values"},
		{answer(upgrade, accept, "Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: a"), []string{"a"}, "must not appear more than once"},
		{answer(upgrade, accept), []string{"a"}, "Sent non-empty 'Sec-WebSocket-Protocol' header but no response was received"},
		{respond(403, ""), nil, "Unexpected response code: 403"},
	} {
		res, err := httpsectest.New(t, tt.h).Page(app).WebSocket("wss://api.example.com/", tt.protocols...)
		if tt.want == "" {
			require.NoError(t, err)
			assert.Equal(t, 101, res.StatusCode)
		} else {
			assert.ErrorContains(t, err, tt.want)
		}
	}
	page := httpsectest.New(t, respond(403, "")).Page(app)
	for url, want := range map[string]string{
		"ws://api.example.com/":    "mixed-content mixed-content",
		"wss://":                   "request TypeError",
		"foo:x":                    "request TypeError",
		"/#x":                      "request TypeError",
		"wss://api.example.com:22": "network net::ERR_UNSAFE_PORT",
		"http://localhost/":        "network net::ERR_INVALID_RESPONSE",
		"/":                        "network net::ERR_INVALID_RESPONSE",
	} {
		_, err := page.WebSocket(url)
		assert.Equal(t, want, reason(err), url)
	}
	for _, protocols := range [][]string{{"a b"}, {"a", "a"}} {
		_, err := page.WebSocket("/", protocols...)
		assert.Equal(t, "request TypeError", reason(err))
	}
}

func TestForms(t *testing.T) {
	var got string
	b := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
		got = r.Method + " " + r.URL.String() + " " + kind + " " + string(body)
	}))
	fields := url.Values{"b": {"~*\n"}, "a": {"1 2"}}
	page := b.Page(app)
	for _, tt := range []struct {
		form httpsectest.Form
		want string
	}{
		{httpsectest.Form{Fields: fields}, "GET /?a=1+2&b=%7E*%0D%0A  "},
		{httpsectest.Form{Method: "post", Fields: fields}, "POST / application/x-www-form-urlencoded a=1+2&b=%7E*%0D%0A"},
		{httpsectest.Form{Method: "POST", Enctype: "text/plain", Fields: fields}, "POST / text/plain a=1 2\r\nb=~*\r\n\r\n"},
	} {
		_, err := page.Submit(tt.form)
		require.NoError(t, err)
		assert.Equal(t, tt.want, got)
	}
	_, err := page.Submit(httpsectest.Form{Method: "POST", Enctype: "multipart/form-data", Fields: fields, Frame: true})
	require.NoError(t, err)
	assert.Contains(t, got, "Content-Disposition: form-data; name=\"b\"\r\n\r\n~*\r\n")
	_, err = page.Submit(httpsectest.Form{Action: "foo:bar"})
	assert.Error(t, err)
	_, err = page.Sandboxed().Submit(httpsectest.Form{})
	assert.EqualError(t, err, "Blocked form submission to '' because the form's frame is sandboxed and the 'allow-forms' permission is not set.")
	for _, link := range []string{"foo:bar", "https://"} {
		_, err = page.Follow(link)
		assert.Error(t, err)
		_, err = page.Frame(link)
		assert.Error(t, err)
	}
}

func acceptOf(r *http.Request) string {
	sum := sha1Sum(r.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
	return base64.StdEncoding.EncodeToString(sum)
}
