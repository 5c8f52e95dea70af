package httpsectest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requests lists what a page's markup asks for: the address and one header.
func requests(t *testing.T, url, header, markup string, headers ...string) []string {
	t.Helper()
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			respond(200, markup, append(headers, "Content-Type: text/html")...)(w, r)
			return
		}
		byPath(files)(w, r)
	}))
	browser.SetCookie("https://b.example", &http.Cookie{Name: "c", Value: "1", SameSite: http.SameSiteNoneMode, Secure: true})
	page, err := browser.Open(url)
	require.NoError(t, err)
	page.Violations()
	var lines []string
	for _, e := range browser.Log()[1:] {
		lines = append(lines, strings.TrimSpace(e.Request.URL.String()+" "+e.Request.Header.Get(header)))
	}
	return lines
}

func TestRequestsOfMarkup(t *testing.T) {
	const page, mode, referer, cookie = app + "/page", "Sec-Fetch-Mode", "Referer", "Cookie"
	for _, tt := range []struct{ header, markup, headers, want string }{
		{mode, "<style>@font-face { src: url(/a.woff2) } p { background: url(/a.png) }</style>", "", app + "/a.woff2 cors\n" + app + "/a.png no-cors"},
		{mode, "<script src=/a.js crossorigin></script><script type=module src=/b.js></script>", "", app + "/a.js cors\n" + app + "/b.js cors"},
		{"Range", "<video src=/a.mp4></video><audio preload=none src=/b.mp4></audio>", "", app + "/a.mp4 bytes=0-"},
		{referer, "<style>p { background: url(/a.png) }</style><img src=/b.png>", "Referrer-Policy: no-referrer", app + "/a.png " + page + "\n" + app + "/b.png"},
		{referer, "<img src=https://b.example/a.png referrerpolicy=unsafe-url><img src=https://b.example/b.png>", "", "https://b.example/a.png " + page + "\nhttps://b.example/b.png " + app + "/"},
		{referer, "<embed src=/same><meta name=referrer content=origin>", "", app + "/same " + app + "/"},
		{referer, "<video src=a.mp4></video><img src=b.png><meta name=referrer content=origin>", "", app + "/a.mp4 " + app + "/\n" + app + "/b.png " + page},
		{mode, "<object data=same></object><audio src=a.mp4></audio><img src=b.png><base href=/later/>", "", app + "/later/same navigate\n" + app + "/later/a.mp4 no-cors\n" + app + "/b.png no-cors"},
		{referer, "<img src=/a.png>", "Content-Security-Policy: sandbox", app + "/a.png"},
		{cookie, "<img src=https://b.example/a.png><script src=https://b.example/a.js crossorigin></script><script src=https://b.example/b.js crossorigin=use-credentials></script>", "", "https://b.example/a.png c=1\nhttps://b.example/a.js\nhttps://b.example/b.js c=1"},
		{cookie, "<img src=https://b.example/a.png>", "Cross-Origin-Embedder-Policy: credentialless", "https://b.example/a.png"},
	} {
		var headers []string
		if tt.headers != "" {
			headers = append(headers, tt.headers)
		}
		assert.Equal(t, tt.want, strings.Join(requests(t, page, tt.header, tt.markup, headers...), "\n"), tt.markup)
	}
}

// A Referer that one hop made shorter stays so.
func TestRefererOverRedirects(t *testing.T) {
	browser := httpsectest.New(t, byPath(map[string]http.HandlerFunc{
		"/page": respond(200, ""), "/1": respond(302, "", allow, "Referrer-Policy: origin", "Location: /2"), "/2": respond(302, "", allow, "Referrer-Policy: unsafe-url", "Location: /3"),
	}))
	page, err := browser.Open(app + "/page")
	require.NoError(t, err)
	_, err = page.Fetch("/1", httpsectest.Init{})
	require.NoError(t, err)
	var sent []string
	for _, e := range browser.Log()[1:] {
		sent = append(sent, e.Request.Header.Get("Referer"))
	}
	assert.Equal(t, []string{app + "/page", app + "/", app + "/"}, sent)
}

// Sites: the scheme counts for cookies, and forgives for resources one way only.
func TestSites(t *testing.T) {
	image := httpsectest.Init{Mode: httpsectest.ModeNoCORS}
	browser := httpsectest.New(t, respond(200, "", "Cross-Origin-Resource-Policy: same-site"))
	for _, tt := range []struct{ page, url, want string }{
		{app, "https://b.example.com/", ""},
		{"http://app.example.com", "http://b.example.com/", ""},
		{"http://app.example.com", "https://b.example.com/", "corp net::ERR_BLOCKED_BY_RESPONSE.NotSameSite"},
		{app, "https://b.example/", "corp net::ERR_BLOCKED_BY_RESPONSE.NotSameSite"},
		{"null", "http://127.0.0.1/", "corp net::ERR_BLOCKED_BY_RESPONSE.NotSameSite"},
		{"null", "http://localhost/", ""},
		{"null", "https://localhost/", "corp net::ERR_BLOCKED_BY_RESPONSE.NotSameSite"},
	} {
		_, err := browser.Page(tt.page).Fetch(tt.url, image)
		assert.Equal(t, tt.want, reason(err), tt.page+" "+tt.url)
	}

	for page, want := range map[string]string{app: "same-site", "http://app.example.com": "cross-site", api: "same-origin", partner: "cross-site"} {
		browser.Page(page).Fetch(api+"/", image)
		log := browser.Log()
		assert.Equal(t, want, log[len(log)-1].Request.Header.Get("Sec-Fetch-Site"), page)
	}

	var cookie string
	browser = httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie = r.Header.Get("Cookie")
		respond(200, "", allow, credentials)(w, r)
	}))
	browser.SetCookie(api, &http.Cookie{Name: "lax", Value: "1"})
	include := httpsectest.Init{Credentials: httpsectest.CredentialsInclude}
	for page, want := range map[*httpsectest.Page]string{
		browser.Page(app): "lax=1", browser.Page("http://app.example.com"): "", browser.Page(app).Sandboxed(): "", browser.Page(partner): "",
	} {
		_, err := page.Fetch(api+"/", include)
		require.NoError(t, err)
		assert.Equal(t, want, cookie, page.Origin())
	}
	inner, err := browser.Page(partner).Frame(app + "/")
	require.NoError(t, err)
	_, err = inner.Fetch(api+"/", include)
	require.NoError(t, err)
	assert.Empty(t, cookie, "in a frame of another site")
}

func TestCookieOrder(t *testing.T) {
	lines, sent := []string{"a=1; Path=/", "b=1; Path=/"}, ""
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = r.Header.Get("Cookie")
		for _, line := range lines {
			w.Header().Add("Set-Cookie", line)
		}
	}))
	for _, tt := range []struct {
		set  []string
		want string
	}{
		{[]string{"a=1; Path=/"}, "a=1; b=1"}, // as before: it keeps its place
		{[]string{"a=2; Path=/"}, "b=1; a=2"},
		{[]string{"c=1; Path=/x"}, "c=1; b=1; a=2"},
	} {
		_, err := browser.Open(app + "/x/y")
		require.NoError(t, err)
		lines = tt.set
		_, err = browser.Open(app + "/x/y")
		require.NoError(t, err)
		lines = nil
		_, err = browser.Open(app + "/x/y")
		require.NoError(t, err)
		assert.Equal(t, tt.want, sent)
	}
}

// An image that begins on loopback is upgraded nowhere.
func TestUpgradesOfImages(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"http://b.example/redirect", "https://b.example/redirect\nhttps://c.example/"},
		{"https://b.example/redirect", "https://b.example/redirect\nhttps://c.example/"},
		{"http://localhost/redirect", "http://localhost/redirect\nhttp://c.example/"},
		{"https://localhost/redirect", "https://localhost/redirect\nhttp://c.example/"},
	} {
		browser := httpsectest.New(t, byPath(map[string]http.HandlerFunc{
			"/page": respond(200, "<img src="+tt.src+">", "Content-Type: text/html"), "/redirect": respond(302, "", "Location: http://c.example/"),
		}))
		page, err := browser.Open(app + "/page")
		require.NoError(t, err)
		page.Violations()
		var urls []string
		for _, e := range browser.Log()[1:] {
			urls = append(urls, e.Request.URL.String())
		}
		assert.Equal(t, tt.want, strings.Join(urls, "\n"))
	}
}

// A frame of a sandboxed page is in the sandbox, too.
func TestFramesOfSandboxes(t *testing.T) {
	boxed := httpsectest.New(t, respond(200, "")).Page(app).Sandboxed()
	framed, err := boxed.Frame("/")
	require.NoError(t, err)
	assert.Equal(t, "null", framed.Origin())
	page := open(t, "", "Content-Security-Policy: sandbox allow-forms")
	framed, err = page.Submit(httpsectest.Form{Action: "/", Frame: true})
	require.NoError(t, err)
	assert.Equal(t, "null", framed.Origin())
}

// A fragment stays over redirects, unless it is empty.
func TestFragments(t *testing.T) {
	browser := httpsectest.New(t, byPath(map[string]http.HandlerFunc{"/": respond(302, "", "Location: /x"), "/y": respond(302, "", "Location: /x#z")}))
	for url, want := range map[string]string{"/#a": "/x#a", "/#": "/x", "/y#a": "/x#z"} {
		page, err := browser.Open(app + url)
		require.NoError(t, err)
		assert.Equal(t, app+want, page.URL())
	}
}

// Loopback is every name below localhost.
func TestLoopback(t *testing.T) {
	page := httpsectest.New(t, respond(200, "", allow)).Page(app)
	for url, want := range map[string]string{
		"http://localhost:8080/": "", "http://api.localhost/": "", "http://127.1.2.3/": "", "http://[::1]/": "",
		"http://localhost.example/": "mixed-content mixed-content", "http://10.0.0.1/": "mixed-content mixed-content",
	} {
		_, err := page.Fetch(url, httpsectest.Init{})
		assert.Equal(t, want, reason(err), url)
	}
}

func TestPreflightsOfOpaqueOrigins(t *testing.T) {
	browser := httpsectest.New(t, respond(200, "", allow, "Access-Control-Allow-Methods: *", "Access-Control-Max-Age: 60"))
	for _, page := range []*httpsectest.Page{browser.Page("null"), browser.Page(app)} {
		before := len(browser.Log())
		for range 2 {
			_, err := page.Fetch(api+"/", httpsectest.Init{Method: "PUT"})
			require.NoError(t, err)
		}
		assert.Equal(t, map[string]int{"null": 4, app: 3}[page.Origin()], len(browser.Log())-before, page.Origin())
	}
}

// A link is upgraded within its host, and an answer at the top sets cookies whoever
// asked for it.
func TestForeignNavigations(t *testing.T) {
	browser := httpsectest.New(t, respond(200, "", "Content-Security-Policy: upgrade-insecure-requests", "Set-Cookie: a=1; SameSite=Strict"))
	page, err := browser.Open(app + "/")
	require.NoError(t, err)
	for url, want := range map[string]string{"http://app.example.com/x": app + "/x", "http://b.example/": "http://b.example/"} {
		next, err := page.Follow(url)
		require.NoError(t, err)
		assert.Equal(t, want, next.URL())
	}
	_, err = browser.Page(partner).Follow(api + "/")
	require.NoError(t, err)
	assert.Len(t, browser.Cookies(api+"/"), 1)
}

// The strongest digest of an integrity attribute decides, and only 'unsafe-hashes'
// lets a hash allow an attribute.
func TestDigests(t *testing.T) {
	const right = "sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s="
	for integrity, want := range map[string]int{right: 0, "sha256-AAAA " + right: 0, right + " sha512-AAAA": 1, "sha512-AAAA " + right: 1, "x-y": 0, "": 0, "sha384-AAAA": 1} {
		assert.Len(t, open(t, "<script src=/a.js integrity='"+integrity+"'></script>").Violations(), want, integrity)
	}
	hash := open(t, "<p onclick='f()'>", "Content-Security-Policy: script-src 'none'").Violations()[0].Fix
	hash = strings.TrimPrefix(hash, "'unsafe-hashes' ")
	assert.Len(t, open(t, "<p onclick='f()'>", "Content-Security-Policy: script-src "+hash).Violations(), 1)
	assert.Empty(t, open(t, "<p onclick='f()'>", "Content-Security-Policy: script-src 'unsafe-hashes' "+hash).Violations())
}

// Policies of <meta> count in the head alone, and no opaque origin is an ancestor that
// a policy names.
func TestPlaces(t *testing.T) {
	const meta = "<meta http-equiv=content-security-policy content=\"img-src 'none'\"><img src=/a.png>"
	assert.Len(t, open(t, meta).Violations(), 1)
	assert.Empty(t, open(t, "<p>"+meta).Violations())

	browser := httpsectest.New(t, respond(200, "", "Content-Security-Policy: frame-ancestors https:"))
	_, err := browser.Page(app).Frame(api + "/")
	assert.NoError(t, err)
	_, err = browser.Page(app).Sandboxed().Frame(api + "/")
	assert.Equal(t, "csp frame-ancestors", reason(err))
}

// An answer without credentials sets no cookies, a suffix that many share has none, and
// Max-Age counts before Expires.
func TestCookiesNotKept(t *testing.T) {
	for line, want := range map[string]int{
		"a=1": 1, "a=1; Domain=com": 0, "a=1; Domain=other.example": 0, "a=1; Domain=example.com": 1,
		"a=1; Max-Age=0; Expires=Thu, 01 Jan 2099 00:00:00 GMT": 0, "a=1; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT": 1,
	} {
		browser := httpsectest.New(t, respond(200, "", allow, credentials, "Set-Cookie: "+line))
		_, err := browser.Page(app).Fetch(api+"/", httpsectest.Init{})
		require.NoError(t, err)
		assert.Empty(t, browser.Cookies(api), line)
		_, err = browser.Page(app).Fetch(api+"/", httpsectest.Init{Credentials: httpsectest.CredentialsInclude})
		require.NoError(t, err)
		assert.Len(t, browser.Cookies(api), want, line)
	}
}

func TestSharedSuffix(t *testing.T) {
	browser := httpsectest.New(t, respond(200, ""))
	assert.PanicsWithValue(t, "httpsectest: SetCookie: a=1; Domain=com: InvalidDomain", func() {
		browser.SetCookie(api, &http.Cookie{Name: "a", Value: "1", Domain: "com"})
	})
}

// What has been elsewhere on its way stays opaque.
func TestOpaqueWayBack(t *testing.T) {
	browser := httpsectest.New(t, byPath(map[string]http.HandlerFunc{
		"/": respond(200, "secret"), "/out": respond(302, "", "Location: "+partner+"/back"), "/back": respond(302, "", "Location: "+app+"/"),
	}))
	answer, err := browser.Page(app).Fetch("/out", httpsectest.Init{Mode: httpsectest.ModeNoCORS})
	require.NoError(t, err)
	assert.Zero(t, answer.StatusCode)
	answer, err = browser.Page(app).Fetch("/", httpsectest.Init{Mode: httpsectest.ModeNoCORS})
	require.NoError(t, err)
	assert.Equal(t, 200, answer.StatusCode)
}

// Ports of sources, of frames and of the rest; zeros in front of a port mean nothing.
func TestPorts(t *testing.T) {
	for _, tt := range []struct {
		source, url   string
		fetch, framed bool
	}{
		{"http://b.example:80", "https://b.example/", true, true},
		{"http://b.example:443", "https://b.example/", true, false},
		{"https://b.example:443", "https://b.example:0443/", true, true},
		{"https://b.example", "https://b.example:8443/", false, false},
		{"https://b.example:*", "https://b.example:08443/", true, true},
	} {
		page, err := httpsectest.New(t, respond(200, "", allow, "Content-Security-Policy: default-src "+tt.source)).Open("http://app.example.com/")
		require.NoError(t, err)
		_, err = page.Fetch(tt.url, httpsectest.Init{})
		assert.Equal(t, tt.fetch, err == nil, tt.source)
		_, err = page.Frame(tt.url)
		assert.Equal(t, tt.framed, err == nil, tt.source)
	}
	page, err := httpsectest.New(t, respond(200, "")).Open("https://b.example:08443/")
	require.NoError(t, err)
	assert.Equal(t, "https://b.example:8443", page.Origin())
}

// Strict-Transport-Security sends a socket on as a redirect does: nobody learns whose
// it is.
func TestSocketAfterHSTS(t *testing.T) {
	browser := httpsectest.New(t, respond(403, "", "Strict-Transport-Security: max-age=60"))
	_, err := browser.Open(api + "/")
	require.NoError(t, err)
	_, err = browser.Page("http://app.example.com").WebSocket("ws://api.example.com/")
	require.Error(t, err)
	last := browser.Log()[1].Request
	assert.Equal(t, []string{"https", "null"}, []string{last.URL.Scheme, last.Header.Get("Origin")})
}

// A frame of another site has no cookies of its own that do not say None.
func TestCookiesOfFrames(t *testing.T) {
	var cookie string
	browser := httpsectest.New(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { cookie = r.Header.Get("Cookie") }))
	browser.SetCookie(app, &http.Cookie{Name: "lax", Value: "1"})
	browser.SetCookie(app, &http.Cookie{Name: "none", Value: "1", SameSite: http.SameSiteNoneMode, Secure: true})
	for top, want := range map[string]string{app: "lax=1; none=1", api: "lax=1; none=1", partner: "none=1"} {
		framed, err := browser.Page(top).Frame(app + "/")
		require.NoError(t, err)
		assert.Equal(t, want, cookie, top)
		_, err = framed.Fetch("/", httpsectest.Init{})
		require.NoError(t, err)
		assert.Equal(t, want, cookie, top)
	}
}

// What a frame sends is said of the address that is asked, after an upgrade.
func TestFrameUpgradedOnItsWay(t *testing.T) {
	browser := httpsectest.New(t, byPath(map[string]http.HandlerFunc{
		"/page": respond(200, "", "Content-Security-Policy: upgrade-insecure-requests"),
		"/hop":  respond(302, "", "Location: http://app.example.com/end"), "/end": respond(200, ""),
	}))
	page, err := browser.Open(app + "/page")
	require.NoError(t, err)
	framed, err := page.Frame(api + "/hop")
	require.NoError(t, err)
	assert.Equal(t, app+"/end", framed.URL())
	for _, e := range browser.Log()[1:] {
		assert.Equal(t, "same-site", e.Request.Header.Get("Sec-Fetch-Site"), e)
		assert.Equal(t, app+"/", e.Request.Header.Get("Referer"), e)
	}
}
