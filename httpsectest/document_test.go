package httpsectest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// open opens a page with these headers and this markup. All other addresses are
// answered by their file extension.
func open(t *testing.T, markup string, headers ...string) *httpsectest.Page {
	t.Helper()
	headers = append(headers, "Content-Type: text/html; charset=utf-8")
	b := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && r.Host == "app.example.com" {
			respond(200, markup, headers...)(w, r)
			return
		}
		byPath(files)(w, r)
	}))
	page, err := b.Open(app + "/")
	require.NoError(t, err)
	return page
}

var files = map[string]http.HandlerFunc{
	"/":           respond(200, "<title>x</title>", "Content-Type: text/html"),
	"/a.js":       respond(200, "1", "Content-Type: text/javascript", allow),
	"/a.css":      respond(200, "p{}", "Content-Type: text/css", allow),
	"/import.css": respond(200, "/* x */ @import 'a.css'; p { background: url( \"a.png\" ) } @font-face { src: url(a.woff2) } /*", "Content-Type: text/css"),
	"/a.png":      respond(200, "\x89PNG\r\n\x1a\n", "Content-Type: image/png"),
	"/a.woff2":    respond(200, "x", "Content-Type: font/woff2", allow),
	"/a.mp4":      respond(200, "x", "Content-Type: video/mp4"),
	"/a.json":     respond(200, `{"a":1}`, "Content-Type: application/json"),
	"/nosniff.js": respond(200, "1", "Content-Type: text/plain", "X-Content-Type-Options: nosniff"),
	"/image.js":   respond(200, "1", "Content-Type: image/png"),
	"/plain.css":  respond(200, "p{}", "Content-Type: text/plain"),
	"/404.js":     respond(404, "", "Content-Type: text/javascript"),
	"/deny":       respond(200, "x", "X-Frame-Options: DENY"),
	"/same":       respond(200, "x", "X-Frame-Options: SAMEORIGIN"),
	"/conflict":   respond(200, "x", "X-Frame-Options: SAMEORIGIN, DENY"),
	"/ancestors":  respond(200, "x", "Content-Security-Policy: frame-ancestors 'self'"),
	"/none":       respond(200, "x", "Content-Security-Policy: frame-ancestors 'none'", "X-Frame-Options: SAMEORIGIN"),
	"/report":     respond(200, "x", "Content-Security-Policy-Report-Only: frame-ancestors 'none'"),
	"/corp":       respond(200, "x", "Cross-Origin-Resource-Policy: same-origin", "Content-Type: image/png"),
	"/shared":     respond(200, "x", "Cross-Origin-Resource-Policy: cross-origin", "Content-Type: image/png", "Cross-Origin-Embedder-Policy: require-corp"),
	"/coep":       respond(200, "x", "Cross-Origin-Embedder-Policy: require-corp"),
	"/redirect":   respond(302, "", "Location: https://evil.example/a.png"),
	"/abort":      func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	"/204":        respond(204, ""),
	"/short": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "9")
		w.Write([]byte("x"))
	},
}

// found lists what is blocked as "line rule reason url".
func found(page *httpsectest.Page) []string {
	lines := []string{}
	for _, v := range page.Violations() {
		line := fmt.Sprintf("%d %s %s %s", v.Line, v.Rule, v.Reason, v.URL)
		if v.ReportOnly {
			line += " report-only"
		}
		lines = append(lines, line)
	}
	return lines
}

func TestViolationsOfCSP(t *testing.T) {
	for _, tt := range []struct{ policy, markup, want string }{
		{"script-src 'self'", "<script src=/a.js></script>", ""},
		{"script-src 'self'", "\n<script src=https://cdn.example/a.js></script>", "2 csp script-src-elem https://cdn.example/a.js"},
		{"script-src 'self'", "<script>1</script>", "1 csp script-src-elem inline"},
		{"script-src 'unsafe-inline'", "<script>1</script>", ""},
		{"script-src 'unsafe-inline' 'nonce-a'", "<script>1</script><script nonce=a>1</script>", "1 csp script-src-elem inline"},
		{"script-src 'nonce-a' 'strict-dynamic' https:", "<script src=/a.js></script>", "1 csp script-src-elem https://app.example.com/a.js"},
		{"script-src 'nonce-a' 'strict-dynamic'", "<script nonce=a src=/a.js></script><link rel=modulepreload href=/a.js>", ""},
		{"script-src 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='", "<script>1</script>", ""},
		{"script-src 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='", "<script src=/a.js integrity='sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='></script>", ""},
		{"script-src 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='", "<script src=/a.js integrity='sha256-AAAA'></script>", "1 csp script-src-elem https://app.example.com/a.js"},
		{"script-src 'none'", "<p onclick=f() onfoo=x style=color:red>", "1 csp script-src-attr inline"},
		{"script-src 'unsafe-hashes' 'sha256-4KZ2ErP6Mp0yRvc6LQYLE0uLKN3cFG9bWEkRB5YUVEM='", "<p onclick=f()>", "1 csp script-src-attr inline"},
		{"script-src 'none'", "<script type=application/json>{}</script><script type=module>1</script><script nomodule>1</script><script language=vbscript>x</script><script></script><script src></script>", "1 csp script-src-elem inline"},
		{"script-src 'none'", "<iframe src='javascript:void 0'></iframe>", "1 csp script-src-elem inline"},
		{"style-src 'self'", "<p style=color:red><style>p{}</style><style type=x>p{}</style>", "1 csp style-src-attr inline\n1 csp style-src-elem inline\n1 csp style-src-elem inline"},
		{"style-src 'nonce-a'", "<style nonce=a>p{}</style><link rel=stylesheet nonce=a href=/a.css>", ""},
		{"style-src 'nonce-a'", "<link rel='alternate stylesheet' href=/b.css><link rel=stylesheet disabled href=/a.css><link rel=stylesheet type=x href=/a.css><link rel=stylesheet>", "1 csp style-src-elem https://app.example.com/b.css"},
		{"style-src 'none'", "<style>@import '/a.css';</style><link rel=stylesheet href='data:text/css,p{}'>", "1 csp style-src-elem inline\n1 csp style-src-elem data"},
		{"style-src 'unsafe-inline'", "<style>@import url(/a.css);</style>", "1 csp style-src-elem https://app.example.com/a.css"},
		{"img-src 'none'", "<img src=/a.png><input type=image src=/b.png><svg><image href=/c.png /></svg><video poster=/d.png></video>", "1 csp img-src https://app.example.com/a.png\n1 csp img-src https://app.example.com/b.png\n1 csp img-src https://app.example.com/c.png\n1 csp img-src https://app.example.com/d.png"},
		{"img-src 'self'", "<img srcset='/a.png 2x, https://b.example/b.png 1x'><img srcset=' , /a.png 0.5x'><img>", "1 csp img-src https://b.example/b.png"},
		{"img-src *", "<img src=data:image/png,x><img src=blob:https://a.example/x>", "1 csp img-src data"},
		{"img-src 'self'", "<img src=/redirect>", "1 csp img-src https://app.example.com/redirect"},
		{"font-src 'none'", "<link rel=stylesheet href=/import.css>", "1 csp font-src https://app.example.com/a.woff2"},
		{"media-src 'none'", "<video src=/a.mp4></video><audio><source src=/b.mp4></audio><audio preload=none src=/c.mp4></audio><audio>x</audio>", "1 csp media-src https://app.example.com/a.mp4\n1 csp media-src https://app.example.com/b.mp4\n1 csp media-src https://app.example.com/c.mp4"},
		{"object-src 'none'", "<object data=/></object><embed src=https://b.example/>", "1 csp object-src https://app.example.com/\n1 csp object-src https://b.example"},
		{"frame-src 'none'", "<iframe src=/></iframe><iframe src=https://b.example/x></iframe><iframe srcdoc=x></iframe><iframe></iframe><iframe src=data:,x></iframe><iframe src=https://></iframe>", "1 csp frame-src https://app.example.com/\n1 csp frame-src https://b.example\n1 csp frame-src "},
		{"base-uri 'self'", "<base href=https://b.example/><img src=a.png>", "1 csp base-uri https://b.example/"},
		{"base-uri 'none'", "<base target=x><base href=data:,x><base href=/x>", ""},
		{"default-src 'none'", "<link rel=preload as=script href=/a.js><link rel=preload as=fetch href=/a.json><link rel=preload as=x href=/y>", "1 csp script-src-elem https://app.example.com/a.js\n1 csp connect-src https://app.example.com/a.json"},
		{"default-src 'self'", "<template><img src=https://b.example/></template><noscript><img src=https://b.example/></noscript>", ""},
	} {
		page := open(t, tt.markup, "Content-Security-Policy: "+tt.policy)
		want := []string{}
		if tt.want != "" {
			want = strings.Split(tt.want, "\n")
		}
		if strings.Contains(tt.policy, "script-src 'none'") && strings.Contains(tt.markup, "style=") {
			want = want[:1]
		}
		assert.Equal(t, want, found(page), "%s: %s", tt.policy, tt.markup)
	}
}

func TestViolationsOfMeta(t *testing.T) {
	page := open(t, `<script>1</script>
<meta http-equiv=content-security-policy content="script-src 'none'; frame-ancestors 'none', img-src 'none'; upgrade-insecure-requests">
<meta name=referrer content=no-referrer>
<script>2</script><img src=/a.png referrerpolicy=origin>
<body><meta http-equiv=content-security-policy content="style-src 'none'"><p style=color:red>`)
	assert.Equal(t, []string{"4 csp script-src-elem inline", "4 csp img-src https://app.example.com/a.png"}, found(page)[:2])
	assert.Equal(t, page.Violations(), page.Violations())
	_, err := page.Fetch("http://api.example.com/a.js", httpsectest.Init{})
	assert.NoError(t, err, "upgraded")
	_, err = page.Frame("http://b.example/")
	assert.NoError(t, err, "upgraded")
	_, err = page.Follow("http://app.example.com/a.js")
	assert.NoError(t, err)
	_, err = page.Submit(httpsectest.Form{Action: "http://b.example/"})
	assert.NoError(t, err)
}

func TestReportOnly(t *testing.T) {
	page := open(t, "<script>1</script><img src=https://b.example/a.png>", "Content-Security-Policy-Report-Only: default-src 'self'", "Content-Security-Policy-Report-Only: img-src 'none', script-src 'none'")
	assert.Equal(t, []string{
		"1 csp script-src-elem inline report-only", "1 csp script-src-elem inline report-only",
		"1 csp img-src https://b.example/a.png report-only", "1 csp img-src https://b.example/a.png report-only",
	}, found(page))
	_, err := page.Fetch(api+"/a.js", httpsectest.Init{})
	assert.NoError(t, err)
	assert.Len(t, page.Violations(), 5)
	assert.NoError(t, page.Load("<script src=https://b.example/a.js></script>"))
	assert.Len(t, page.Violations(), 7)
	_, err = page.Frame("https://b.example/")
	assert.NoError(t, err)
	assert.Equal(t, "0 csp frame-src https://b.example report-only", found(page)[7])
}

func TestConnectSrc(t *testing.T) {
	for _, tt := range []struct{ source, url, want string }{
		{"'self'", app + "/", ""},
		{"'self'", "wss://app.example.com/", ""},
		{"'self'", api + "/", "csp connect-src"},
		{"'none'", app + "/", "csp connect-src"},
		{"*", api + "/", ""},
		{"*:8443", "https://api.example.com:8443/", ""},
		{"https:", api + "/", ""},
		{"http:", api + "/", ""},
		{"ws:", "wss://api.example.com/", ""},
		{"api.example.com", api + "/", ""},
		{"*.example.com", api + "/", ""},
		{"*.example.com", "https://example.com/", "csp connect-src"},
		{"http://api.example.com:80", api + "/", ""},
		{"http://api.example.com:8080", "https://api.example.com:8080/", "csp connect-src"},
		{"https://api.example.com:*", "https://api.example.com:99/", ""},
		{"https://api.example.com/a/", api + "/a/b", ""},
		{"https://api.example.com/a", api + "/a/b", "csp connect-src"},
		{"https://api.example.com/%61", api + "/a", ""},
		{"https://api.example.com/", api + "/a", ""},
		{"https://partner.example.org", api + "/", "csp connect-src"},
		{"'bogus' 'report-sample'", api + "/", "csp connect-src"},
	} {
		page := open(t, "", "Content-Security-Policy: connect-src "+tt.source)
		var err error
		if strings.HasPrefix(tt.url, "wss") {
			_, err = page.WebSocket(tt.url)
			if tt.want == "" {
				assert.Equal(t, "network net::ERR_INVALID_RESPONSE", reason(err), tt.source)
				continue
			}
		} else {
			_, err = page.Fetch(tt.url, httpsectest.Init{Mode: httpsectest.ModeNoCORS})
		}
		assert.Equal(t, tt.want, reason(err), "%s %s", tt.source, tt.url)
	}
	page := open(t, "", "Content-Security-Policy: connect-src https:", "Content-Security-Policy: upgrade-insecure-requests")
	_, err := page.Fetch("http://api.example.com/a.js", httpsectest.Init{})
	assert.Equal(t, "csp connect-src", reason(err), "asked before the upgrade, too")
	_, err = page.Fetch("data:,x", httpsectest.Init{})
	assert.Equal(t, "csp connect-src", reason(err))
	_, err = page.WebSocket("ws://api.example.com/")
	assert.Equal(t, "csp connect-src", reason(err))
}

func TestTypes(t *testing.T) {
	for _, tt := range []struct{ markup, want string }{
		{"<script src=/nosniff.js></script>", "1 nosniff net::ERR_ABORTED https://app.example.com/nosniff.js"},
		{"<script src=/image.js></script>", "1 nosniff net::ERR_ABORTED https://app.example.com/image.js"},
		{"<script type=module src=/image.js></script>", "1 nosniff net::ERR_ABORTED https://app.example.com/image.js"},
		{"<link rel=stylesheet href=/plain.css>", "1 nosniff net::ERR_ABORTED https://app.example.com/plain.css"},
		{"<link rel=preload as=style href=/nosniff.js>", "1 nosniff net::ERR_ABORTED https://app.example.com/nosniff.js"},
		{"<script src=/404.js></script>", "1 network net::ERR_ABORTED https://app.example.com/404.js"},
		{"<script src=/abort></script>", "1 network net::ERR_EMPTY_RESPONSE https://app.example.com/abort"},
		{"<img src=/short>", "1 network net::ERR_CONTENT_LENGTH_MISMATCH https://app.example.com/short"},
		{"<script src=/a.js integrity=sha256-AAAA></script>", "1 integrity net::ERR_FAILED https://app.example.com/a.js"},
		{"<script src=https://b.example/a.js integrity=sha256-AAAA></script>", "1 integrity net::ERR_FAILED https://b.example/a.js"},
		{"<script src=https://b.example/a.js crossorigin integrity='sha256-AAAA sha384-AAAA md5-x sha512-AAAA sha384-BBBB'></script>", "1 integrity net::ERR_FAILED https://b.example/a.js"},
		{"<img src=https://b.example/a.json>", "1 orb net::ERR_BLOCKED_BY_ORB https://b.example/a.json"},
		{"<img src=https://b.example/>", "1 orb net::ERR_BLOCKED_BY_ORB https://b.example/"},
		{"<img src=https://b.example/corp>", "1 corp net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin https://b.example/corp"},
		{"<script src=http://b.example/a.js></script>", "1 mixed-content mixed-content http://b.example/a.js"},
		{"<link rel=stylesheet href=http://b.example/a.css>", "1 mixed-content mixed-content http://b.example/a.css"},
		{"<iframe src=http://b.example/></iframe>", "1 mixed-content mixed-content http://b.example/"},
		{"<object data=http://b.example/></object>", "1 mixed-content mixed-content http://b.example/"},
		{"<style>@font-face { src: url(http://b.example/a.woff2) }</style>", "1 mixed-content mixed-content http://b.example/a.woff2"},
		{"<img src=http://b.example/a.png><audio src=http://b.example/a.mp4></audio>", ""},
		{"<script src=https://b.example/nosniff.js crossorigin=use-credentials></script>", "1 cors MissingAllowOriginHeader https://b.example/nosniff.js"},
		{"<img src=/a.png><img src=/a.png><script src=https://b.example:0x/></script>", ""},
	} {
		want := []string{}
		if tt.want != "" {
			want = append(want, tt.want)
		}
		assert.Equal(t, want, found(open(t, tt.markup)), tt.markup)
	}
	page := open(t, "")
	err := page.Load("<script src=http://b.example/a.js></script><img src=https://b.example/corp>")
	assert.ErrorContains(t, err, "\nFailed to load resource: net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin")
	assert.NoError(t, page.Load("<script>1</script>"))
}

func TestFraming(t *testing.T) {
	for _, tt := range []struct{ from, path, want string }{
		{partner, "/deny", "x-frame-options net::ERR_BLOCKED_BY_RESPONSE"},
		{app, "/deny", "x-frame-options net::ERR_BLOCKED_BY_RESPONSE"},
		{app, "/same", ""},
		{partner, "/same", "x-frame-options net::ERR_BLOCKED_BY_RESPONSE"},
		{app, "/conflict", "x-frame-options net::ERR_BLOCKED_BY_RESPONSE"},
		{app, "/ancestors", ""},
		{partner, "/ancestors", "csp frame-ancestors"},
		{app, "/none", "csp frame-ancestors"},
		{partner, "/report", ""},
		{partner, "/204", "network net::ERR_ABORTED"},
		{partner, "/short", "network net::ERR_CONTENT_LENGTH_MISMATCH"},
	} {
		b := httpsectest.New(t, byPath(files))
		_, err := b.Page(tt.from).Frame(app + tt.path)
		assert.Equal(t, tt.want, reason(err), "%s %s", tt.from, tt.path)
	}
	b := httpsectest.New(t, byPath(files))
	frame, err := b.Page(app).Frame("/same")
	require.NoError(t, err)
	_, err = frame.Frame("/same")
	assert.NoError(t, err)
	inner, err := frame.Follow(partner + "/")
	require.NoError(t, err)
	_, err = inner.Frame(app + "/same")
	assert.Equal(t, "x-frame-options net::ERR_BLOCKED_BY_RESPONSE", reason(err), "every ancestor counts")
	_, err = b.Page(app).Sandboxed().Frame("/same")
	assert.Equal(t, "x-frame-options net::ERR_BLOCKED_BY_RESPONSE", reason(err))
}

func TestEmbedderPolicy(t *testing.T) {
	page := open(t, "<img src=https://b.example/a.png><img src=https://b.example/shared><iframe src=/same></iframe><iframe src=/coep></iframe><iframe src=https://b.example/coep></iframe><iframe src=https://b.example/shared></iframe>", "Cross-Origin-Embedder-Policy: require-corp; report-to=x")
	assert.Equal(t, []string{
		"1 coep net::ERR_BLOCKED_BY_RESPONSE.NotSameOriginAfterDefaultedToSameOriginByCoep https://b.example/a.png",
		"1 coep net::ERR_BLOCKED_BY_RESPONSE https://app.example.com/same",
		"1 coep net::ERR_BLOCKED_BY_RESPONSE https://b.example/coep",
	}, found(page))
	assert.Empty(t, found(open(t, "<img src=https://b.example/a.png>", "Cross-Origin-Embedder-Policy: credentialless")))
	assert.NotEmpty(t, found(open(t, "<iframe src=https://b.example/redirect></iframe>", "Cross-Origin-Embedder-Policy: credentialless")))
}

func TestSandbox(t *testing.T) {
	page := open(t, "<script src=https://b.example/nosniff.js></script><p onclick=f()><noscript><img src=https://b.example/corp></noscript>", "Content-Security-Policy: sandbox allow-forms allow-popups allow-top-navigation")
	assert.Equal(t, "null", page.Origin())
	assert.Equal(t, []string{
		"1 orb net::ERR_BLOCKED_BY_ORB https://b.example/nosniff.js", // the preload scanner asks for it all the same
		"1 corp net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin https://b.example/corp",
	}, found(page))
	_, err := page.Submit(httpsectest.Form{})
	assert.NoError(t, err)
	page = open(t, "", "Content-Security-Policy: sandbox allow-scripts allow-same-origin")
	assert.Equal(t, app, page.Origin())
	boxed := page.Sandboxed()
	assert.Equal(t, "null", boxed.Origin())
	next, err := boxed.Follow("/")
	require.NoError(t, err)
	assert.Equal(t, "null", next.Origin(), "the frame stays a sandbox")
	_, err = boxed.Submit(httpsectest.Form{})
	assert.Equal(t, "sandbox allow-forms", reason(err))
}

func TestFormAction(t *testing.T) {
	page := open(t, "", "Content-Security-Policy: form-action 'self'; frame-src 'self'")
	_, err := page.Submit(httpsectest.Form{Method: "POST", Action: api + "/"})
	assert.EqualError(t, err, "Sending form data to 'https://api.example.com/' violates the following Content Security Policy directive: \"form-action 'self'\". The request has been blocked.\n")
	_, err = page.Submit(httpsectest.Form{Action: api + "/", Frame: true})
	assert.Equal(t, "csp form-action", reason(err))
	assert.Equal(t, []string{"0 csp frame-src https://api.example.com"}, found(page))
	_, err = page.Submit(httpsectest.Form{Action: "/redirect"})
	assert.Equal(t, "csp form-action", reason(err))
	_, err = page.Frame("http://app.example.com/")
	assert.Error(t, err)
	_, err = page.Follow("https://a.example:25/")
	assert.Equal(t, "network net::ERR_UNSAFE_PORT", reason(err))
}

func TestNotHTML(t *testing.T) {
	b := httpsectest.New(t, respond(200, "<script src=http://b.example/></script>", "Content-Type: text/plain"))
	page, err := b.Open(app + "/")
	require.NoError(t, err)
	assert.Empty(t, page.Violations())
}

func TestReferrer(t *testing.T) {
	const full, origin = app + "/p?q", app + "/"
	for policy, want := range map[string][4]string{ // same origin, cross-origin, plain http, no policy of its own
		"no-referrer":                     {"", "", ""},
		"no-referrer-when-downgrade":      {full, full, ""},
		"origin":                          {origin, origin, origin},
		"origin-when-cross-origin":        {full, origin, origin},
		"same-origin":                     {full, "", ""},
		"strict-origin":                   {origin, origin, ""},
		"strict-origin-when-cross-origin": {full, origin, ""},
		"unsafe-url":                      {full, full, full},
		"bogus":                           {full, origin, ""},
	} {
		b := httpsectest.New(t, respond(200, "", "Referrer-Policy: "+policy, allow))
		page, err := b.Open(full + "#f")
		require.NoError(t, err)
		for i, url := range []string{"/", api + "/", "http://localhost/"} {
			_, err := page.Fetch(url, httpsectest.Init{})
			require.NoError(t, err)
			log := b.Log()
			assert.Equal(t, want[i], log[len(log)-1].Request.Header.Get("Referer"), "%s %s", policy, url)
		}
	}
	long := app + "/" + strings.Repeat("x", 4100)
	b := httpsectest.New(t, respond(200, "", "Referrer-Policy: unsafe-url"))
	page, err := b.Open(long)
	require.NoError(t, err)
	_, err = page.Fetch("/", httpsectest.Init{})
	require.NoError(t, err)
	assert.Equal(t, origin, b.Log()[1].Request.Header.Get("Referer"))
}

func TestOriginOfForms(t *testing.T) {
	for policy, want := range map[string][3]string{ // same origin, cross-origin, plain http
		"no-referrer":   {"null", "null", "null"},
		"same-origin":   {app, "null", "null"},
		"strict-origin": {app, app, "null"},
		"unsafe-url":    {app, app, app},
		"":              {app, app, "null"},
	} {
		b := httpsectest.New(t, respond(200, "", "Referrer-Policy: "+policy))
		page, err := b.Open(app + "/")
		require.NoError(t, err)
		for i, url := range []string{"/", api + "/", "http://api.example.com/"} {
			_, err := page.Submit(httpsectest.Form{Method: "POST", Action: url})
			require.NoError(t, err)
			log := b.Log()
			assert.Equal(t, want[i], log[len(log)-1].Request.Header.Get("Origin"), "%s %s", policy, url)
		}
	}
}

func TestURLs(t *testing.T) {
	b := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	for input, want := range map[string]string{
		"HTTPS://App.Example.COM:443":      "https://app.example.com/",
		" https://a.example/a b\t?c'd#e f": "https://a.example/a%20b?c%27d#e%20f",
		"https:a.example":                  "https://a.example/",
		`https:\\a.example\b`:              "https://a.example/b",
		"https://bücher.example/ü":         "https://xn--bcher-kva.example/%C3%BC",
		"https://%61.example/./a/../b/%2e": "https://a.example/b/",
		"http://0x7f.1/":                   "http://127.0.0.1/",
		"http://2130706433/":               "http://127.0.0.1/",
		"http://0177.0.0.01/":              "http://127.0.0.1/",
		"http://0x/":                       "http://0.0.0.0/",
		"http://[::1]:8080/":               "http://[::1]:8080/",
		"http://[::ffff:127.0.0.1]/":       "http://[::ffff:7f00:1]/",
		"https://u:p@a.example/?":          "https://u:p@a.example/?",
		"https://u@a.example/":             "https://u@a.example/",
		"https://@a.example/":              "https://a.example/",
		"https://":                         "",
		"https://a b/":                     "",
		"https://a.example:99999/":         "",
		"https://[::1":                     "",
		"https://[1.2.3.4]":                "",
		"https://1.2.3.4.5/":               "",
		"https://1.2.3.256/":               "",
		"https://1.2.3.09/":                "",
		"https://a^b/":                     "",
		"/relative":                        "",
		"foo:bar":                          "",
	} {
		page, err := b.Open(input)
		if want == "" {
			assert.Error(t, err, input)
			continue
		}
		require.NoError(t, err, input)
		assert.Equal(t, want, page.URL(), input)
	}
	page, err := b.Open(app + "/a/b?c#d")
	require.NoError(t, err)
	for reference, want := range map[string]string{
		"":            app + "/a/b?c",
		"x":           app + "/a/x",
		"/x":          app + "/x",
		"?x":          app + "/a/b?x",
		"#x":          app + "/a/b?c#x",
		"//b.example": "https://b.example/",
		"https:y":     app + "/a/y",
		"..":          app + "/",
	} {
		next, err := page.Follow(reference)
		require.NoError(t, err, reference)
		assert.Equal(t, want, next.URL(), reference)
	}
}
