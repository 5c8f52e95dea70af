package main

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSite(t *testing.T) {
	d := start(t, "")
	nonces := regexp.MustCompile(`'nonce-([\w-]+)'`)
	for _, tt := range []struct{ origin, says string }{
		{d.page, "This page can read the API's answers"},
		{d.foreign, "This page cannot read the API's answers"},
	} {
		t.Run(tt.says, func(t *testing.T) {
			got := do(t, noRedirects, "GET", tt.origin+"/", "")
			nonce := nonces.FindStringSubmatch(got.header.Get("Content-Security-Policy"))
			require.NotNil(t, nonce, got.header)
			assert.Equal(t, with(http.Header{
				"Cache-Control":              {"no-store"},
				"Content-Security-Policy":    {"default-src 'none'; script-src 'nonce-" + nonce[1] + "'; style-src 'self'; img-src data: " + d.api + "; connect-src 'self' " + d.api + " ws" + d.api[len("http"):] + "; frame-src " + d.api + "; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; report-uri /reports"},
				"Content-Type":               {"text/html; charset=utf-8"},
				"Cross-Origin-Opener-Policy": {"same-origin"},
				"Vary":                       {"Origin"},
				"X-Xss-Protection":           {"1; mode=block"},
			}), got.header)
			assert.Contains(t, got.body, "<h1>"+tt.says+"</h1>")
			assert.Contains(t, got.body, `<script type="module" src="app.js" nonce="`+nonce[1]+`"></script>`)
		})
	}
	for name, contentType := range map[string]string{"app.js": "text/javascript", "reports.js": "text/javascript", "style.css": "text/css"} {
		assert.Equal(t, []string{contentType + "; charset=utf-8"}, do(t, noRedirects, "GET", d.page+"/"+name, "").header["Content-Type"])
	}
	assert.Equal(t, http.StatusNotFound, do(t, noRedirects, "GET", d.page+"/page/index.html", "").status)
}

func TestLinks(t *testing.T) {
	links := regexp.MustCompile(`(aria-current="page")?>(Allowed|Foreign) page <small>([^<]+)`)
	for _, tt := range []struct {
		origins string
		want    func(d *demo) []string
	}{
		{"", func(d *demo) []string { return []string{"current Allowed " + d.page, "Foreign " + d.foreign} }},
		{"CORS_ORIGINS=[]", func(d *demo) []string { return []string{"current Foreign " + d.page, "Foreign " + d.foreign} }},
		{`CORS_ORIGINS=["*"]`, func(d *demo) []string { return []string{"current Allowed " + d.page, "Allowed " + d.foreign} }},
	} {
		d := start(t, tt.origins)
		assert.Equal(t, tt.want(d), shownLinks(t, links, d.page), tt.origins)
		verdicts := map[bool]string{true: "(its origin is allowed)", false: "(its origin is not allowed)"}
		assert.Contains(t, d.said, "page     "+d.page+"  "+verdicts[tt.origins != "CORS_ORIGINS=[]"])
		assert.Contains(t, d.said, "foreign  "+d.foreign+"  "+verdicts[tt.origins == `CORS_ORIGINS=["*"]`])
	}

	d := start(t, "")
	other := strings.Replace(d.page, "127.0.0.1", "localhost", 1)
	assert.Equal(t, []string{"Allowed " + d.page, "Foreign " + d.foreign, "current Foreign " + other}, shownLinks(t, links, other))
}

func shownLinks(t *testing.T, links *regexp.Regexp, page string) []string {
	t.Helper()
	var shown []string
	for _, match := range links.FindAllStringSubmatch(do(t, noRedirects, "GET", page+"/", "").body, -1) {
		current := ""
		if match[1] != "" {
			current = "current "
		}
		shown = append(shown, current+match[2]+" "+match[3])
	}
	return shown
}

// TestHosts asks as a foreign page does after DNS rebinding.
func TestHosts(t *testing.T) {
	d := start(t, "")
	for _, address := range []string{d.api + "/events", d.page + "/", d.page + "/seen?try=x", d.foreign + "/reports"} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
		require.NoError(t, err)
		request.Host = "rebound.example"
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusMisdirectedRequest, response.StatusCode, address)
	}
}

func TestSeen(t *testing.T) {
	d := start(t, "")
	do(t, noRedirects, "POST", d.api+"/visits?try=one", "hello", "Origin", d.foreign, "Content-Type", "text/plain", "Cookie", "session=secret", "User-Agent", "test")
	do(t, noRedirects, "POST", d.api+"/guarded/visits?try=two", "hello", "Origin", d.foreign, "Cookie", "user=demo; session=secret")
	do(t, noRedirects, "GET", d.api+"/image?try=three", "")
	refused := `"refused":"request from \"` + d.foreign + `\" refused: its origin is not allowed"`
	for try, want := range map[string]string{
		"one": `{"request":"POST /visits","sent":{"Content-Type":["text/plain"],"Cookie":["(of other programs on this machine)"],"Origin":["` + d.foreign + `"]},` +
			`"status":200,"answered":{"Content-Type":["application/json"],"Vary":["Origin"]},"handled":true,` + refused + `}`,
		"two": `{"request":"POST /guarded/visits","sent":{"Cookie":["user=demo"],"Origin":["` + d.foreign + `"]},` +
			`"status":403,"answered":{"Content-Type":["` + plainText + `"],"Vary":["Origin"]},"handled":false,` + refused + `}`,
		"three": `{"request":"GET /image","sent":{},"status":200,"answered":{"Content-Security-Policy":["default-src 'none'; frame-ancestors 'none'"],` +
			`"Content-Type":["image/svg+xml"],"Cross-Origin-Resource-Policy":["same-origin"],"Vary":["Origin"],"X-Frame-Options":["DENY"]},"handled":true,"refused":""}`,
		"none": "",
	} {
		got := do(t, noRedirects, "GET", d.page+"/seen?try="+try, "")
		assert.Equal(t, `{"exchanges":[`+want+`],"visits":1}`+"\n", got.body)
		assert.Equal(t, "no-store", got.header.Get("Cache-Control"))
	}
}

func TestJournalIsBounded(t *testing.T) {
	j := new(journal)
	handler := j.record(http.NotFoundHandler())
	for range maxExchanges + 1 {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/?try=old", nil))
	}
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/?try=new", nil))
	assert.Len(t, j.find("old"), maxExchanges-1)
	assert.Len(t, j.find("new"), 1)
}

// shown is what the page says about a row.
type shown struct{ predicted, stopped, change, html string }

// rowsOf returns the rows of a page by their name.
func rowsOf(t *testing.T, page string) map[string]shown {
	t.Helper()
	got := do(t, noRedirects, "GET", page, "")
	require.Equal(t, http.StatusOK, got.status, got.body)
	find := func(text, pattern string) string {
		match := regexp.MustCompile(pattern).FindStringSubmatch(text)
		require.NotNil(t, match, "%s in %s", pattern, text)
		return html.UnescapeString(match[1])
	}
	rows := make(map[string]shown)
	for _, text := range strings.Split(got.body, `<li data-row="`)[1:] {
		rows[find(text, `^([\w-]+)"`)] = shown{
			find(text, `data-predicted="([^"]+)"`),
			find(text, `Stopped by: </span>([^<]+)<`),
			find(text, `What would change it</h3>\s*<p>(.*)</p>`),
			text,
		}
	}
	return rows
}

func TestPredictions(t *testing.T) {
	explicit, nobody, anyone := start(t, ""), start(t, "CORS_ORIGINS=[]"), start(t, `CORS_ORIGINS=["*"]`)
	pattern := start(t, "CORS_ORIGINS=http://127.0.0.1:*")
	const reads, ran, kept = `{"passed":true,"status":200,"ran":true}`, `{"passed":false,"ran":true}`, `{"passed":false,"ran":false}`
	const shows, missing = `{"passed":true,"ran":true}`, `{"passed":false,"status":200,"ran":true}`
	cors, preflight, policy := "the browser: CORS", "the API's policy: preflight", "the API's policy: 403"
	add := func(page string) string { return "Add <code>" + page + "</code> to <code>Config.Origins</code>" }
	pages := make(map[string]map[string]shown)
	takeOff := func(page string) string { return "Take <code>" + page + "</code> off <code>Config.Origins</code>" }
	for _, tt := range []struct{ name, page, row, predicted, stopped, change string }{
		{"allowed", explicit.page, "get", reads, "nobody", takeOff(explicit.page)},
		{"allowed", explicit.page, "authorization", reads, "nobody", takeOff(explicit.page) + ", or replace <code>*</code> in <code>Config.Headers</code> by a list that lacks <code>Authorization</code>"},
		{"allowed", explicit.page, "method", kept, "the browser: method not listed", "Add <code>PURGE</code> to <code>Config.Methods</code>."},
		{"allowed", explicit.page, "put", reads, "nobody", "take <code>PUT</code> off <code>Config.Methods</code>, or replace <code>*</code> in <code>Config.Headers</code>"},
		{"allowed", explicit.page, "exposed", reads, "nobody", "Take <code>X-Total-Count</code> off <code>Config.ExposeHeaders</code>"},
		{"allowed", explicit.page, "hidden", missing, "the browser: not exposed", "Add <code>X-Served-By</code> to <code>Config.ExposeHeaders</code>"},
		{"allowed", explicit.page, "error", `{"passed":true,"status":500,"ran":true}`, "nobody", takeOff(explicit.page)},
		{"allowed", explicit.page, "redirect", reads, "nobody", takeOff(explicit.page) + ": the handler of <code>/moved</code> then still runs"},
		{"allowed", explicit.page, "visit", reads, "nobody", "With <code>Config.RejectDisallowed</code> as well, the handler does not run"},
		{"allowed", explicit.page, "me", reads, "nobody", takeOff(explicit.page) + ", or set <code>Config.Credentials</code> to false"},
		{"allowed", explicit.page, "socket", shows, "nobody", takeOff(explicit.page)},
		{"allowed", explicit.page, "public", shows, "nobody", "Nil would not do"},
		{"allowed", explicit.page, "image", ran, "the browser: CORP", "<code>same-site</code> would do here too"},
		{"allowed", explicit.page, "frame", ran, "the browser: frame-ancestors", "List <code>" + explicit.page + "</code>"},
		{"allowed", explicit.page, "frame-shared", shows, "nobody", "Take <code>" + explicit.page + "</code> off the handler's"},
		{"allowed", explicit.page, "inline", kept, "this page's CSP", "the page's nonce"},
		{"allowed", explicit.page, "nonce", `{"passed":true,"ran":false}`, "nobody", "Leave out the nonce"},
		{"allowed", explicit.page, "connect", kept, "this page's CSP", "the script could then read"},
		{"foreign", explicit.foreign, "get", ran, cors, add(explicit.foreign)},
		{"foreign", explicit.foreign, "put", kept, preflight, add(explicit.foreign)},
		{"foreign", explicit.foreign, "method", kept, preflight, add(explicit.foreign) + ", and <code>PURGE</code> to <code>Config.Methods</code>."},
		{"foreign", explicit.foreign, "exposed", ran, cors, add(explicit.foreign) + " to let"},
		{"foreign", explicit.foreign, "hidden", ran, cors, add(explicit.foreign) + ", and <code>X-Served-By</code> to <code>Config.ExposeHeaders</code> to let"},
		{"foreign", explicit.foreign, "visit", ran, cors, "<code>Config.RejectDisallowed</code>"},
		{"foreign", explicit.foreign, "guarded", kept, policy, "Without <code>Config.RejectDisallowed</code> the handler would run"},
		{"foreign", explicit.foreign, "asked", kept, preflight, add(explicit.foreign)},
		{"foreign", explicit.foreign, "socket", kept, policy, "<code>Config.SocketOrigins</code>"},
		{"foreign", explicit.foreign, "public", shows, "nobody", "Nil would do too"},
		{"foreign", explicit.foreign, "connect", kept, "this page's CSP", "<code>" + explicit.foreign + "</code> to <code>Config.Origins</code>"},
		{"foreign", explicit.foreign, "image-shared", shows, "nobody", "Leave <code>Cross-Origin-Resource-Policy</code>"},
		{"nobody", nobody.page, "get", ran, cors, add(nobody.page)},
		{"nobody", nobody.page, "guarded", kept, policy, add(nobody.page)},
		{"nobody", nobody.page, "public", shows, "nobody", "Nil would do too"},
		{"anyone", anyone.foreign, "get", reads, "nobody", "in the place of <code>*</code>"},
		{"anyone", anyone.foreign, "authorization", reads, "nobody", "in the place of <code>*</code>"},
		{"anyone", anyone.foreign, "guarded", reads, "nobody", "in the place of <code>*</code>"},
		{"anyone", anyone.foreign, "me", ran, cors, "List the origins rather than <code>*</code>"},
		{"anyone", anyone.foreign, "socket", kept, policy, "<code>*</code> lets in only handshakes without cookies"},
		{"pattern", pattern.page, "get", reads, "nobody", "the pattern in <code>Config.Origins</code> that covers <code>" + pattern.page + "</code>"},
	} {
		t.Run(tt.name+" "+tt.row, func(t *testing.T) {
			if pages[tt.page] == nil {
				pages[tt.page] = rowsOf(t, tt.page+"/")
			}
			row := pages[tt.page][tt.row]
			assert.Equal(t, tt.predicted, row.predicted)
			assert.Equal(t, tt.stopped, row.stopped)
			assert.Contains(t, row.change, tt.change)
		})
	}
}

// TestComparisons holds what the page says to have been compared against what is
// predicted: where something is stopped it is the last comparison that fails, and
// elsewhere none does.
func TestComparisons(t *testing.T) {
	for _, origins := range []string{"", "CORS_ORIGINS=[]", `CORS_ORIGINS=["*"]`} {
		d := start(t, origins)
		for _, page := range []string{d.page, d.foreign} {
			rows := rowsOf(t, page+"/")
			assert.Len(t, rows, 22)
			for name, row := range rows {
				compared := regexp.MustCompile(`<strong>(fits|does not fit)</strong>`).FindAllStringSubmatch(row.html, -1)
				require.NotEmpty(t, compared, name)
				passed := strings.HasPrefix(row.predicted, `{"passed":true`)
				for i, comparison := range compared {
					fits := passed || i < len(compared)-1
					assert.Equal(t, fits, comparison[1] == "fits", "%s %s %s", origins, page, name)
				}
				assert.Equal(t, passed, row.stopped == "nobody", "%s %s %s", origins, page, name)
			}
		}
	}
}

// TestOtherSite opens the allowed page under a name that makes it another site than
// the API: its cookie stays behind.
func TestOtherSite(t *testing.T) {
	d := start(t, "", "-addr", "localhost:0", "-page", "127.0.0.1:0")
	me := rowsOf(t, d.page+"/")["me"]
	assert.Equal(t, `{"passed":true,"status":401,"ran":true}`, me.predicted)
	assert.Contains(t, me.html, "SameSite")
}

func TestReports(t *testing.T) {
	d := start(t, "")
	report := func(document, directive, blocked string) {
		body := `{"csp-report":{"document-uri":"` + document + `/","effective-directive":"` + directive + `","blocked-uri":"` + blocked + `","disposition":"enforce"}}`
		got := do(t, noRedirects, "POST", d.page+"/reports", body, "Content-Type", "application/csp-report", "Origin", "null")
		assert.Equal(t, http.StatusNoContent, got.status)
	}
	assert.Contains(t, do(t, noRedirects, "GET", d.page+"/reports", "").body, "Nothing yet")
	report(d.foreign, "img-src", "https://images.example/logo.png")
	report(d.page, "script-src-elem", "inline")
	report("https://elsewhere.example", "connect-src", "https://other.example")

	got := do(t, noRedirects, "GET", d.foreign+"/reports", "").body
	assert.Contains(t, got, "img-src data: "+d.api+" <ins>https://images.example</ins>\n")
	assert.Equal(t, []string{`data-added="img-src https://images.example"`}, regexp.MustCompile(`data-added="[^"]*"`).FindAllString(got, -1))
	assert.Contains(t, got, `data-refused="script-src-elem inline"`)
	assert.Contains(t, got, "(noise: foreign)")
}
