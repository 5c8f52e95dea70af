package httpsectest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSafelistedHeaders(t *testing.T) {
	for _, tt := range []struct {
		name, value string
		preflight   bool
	}{
		{"Accept", "text/html", false},
		{"Accept", "a(b)", true},
		{"Accept", strings.Repeat("x", 128), false},
		{"Accept", strings.Repeat("x", 129), true},
		{"Accept-Language", "de, en;q=0.5", false},
		{"Accept-Language", "d_e", true},
		{"Content-Language", "de", false},
		{"Content-Type", "text/plain; charset=x", false},
		{"Content-Type", "TEXT/PLAIN", false},
		{"Content-Type", "multipart/form-data; boundary=x", false},
		{"Content-Type", "application/x-www-form-urlencoded", false},
		{"Content-Type", "application/json", true},
		{"Content-Type", "text", true},
		{"Content-Type", "text/pl ain", true},
		{"Range", "bytes=0-10", false},
		{"Range", "bytes=10-", false},
		{"Range", "bytes=10-9", true},
		{"Range", "bytes=100-9", true},
		{"Range", "bytes=-9", true},
		{"Range", "bytes=0-1,3-4", true},
		{"Range", "items=0-1", true},
		{"X-A", "1", true},
	} {
		b := httpsectest.New(t, respond(200, "", allow, "Access-Control-Allow-Headers: *"))
		_, err := b.Page(app).Fetch(api+"/", httpsectest.Init{Headers: map[string]string{tt.name: tt.value}})
		require.NoError(t, err)
		assert.Equal(t, tt.preflight, b.Log()[0].Preflight, "%s: %s", tt.name, tt.value)
	}
}

func TestHeadersOfNoCORS(t *testing.T) {
	b := httpsectest.New(t, respond(200, ""))
	_, err := b.Page(app).Fetch(api+"/", httpsectest.Init{
		Mode: httpsectest.ModeNoCORS, Method: "POST",
		Headers: map[string]string{"Content-Type": "application/json", "Accept": "a/b", "X-A": "1", "Range": "bytes=0-1"},
	})
	require.NoError(t, err)
	h := b.Log()[0].Request.Header
	assert.Equal(t, "a/b", h.Get("Accept"))
	for _, name := range []string{"Content-Type", "X-A", "Range"} {
		assert.Empty(t, h.Get(name), name)
	}
}

// TestFirstRefusedHeader holds pairs, and more, of which Chromium named the first.
func TestFirstRefusedHeader(t *testing.T) {
	const value = "("              // which is not safe
	for _, tt := range [][]string{ // the one that is named first
		{"x-2", "x-3"}, {"x-3", "x-1"}, {"x-d", "authorization"}, {"cache-control", "x-c"}, {"x-1", "x-c"},
		{"x-requested-with", "last-event-id"}, {"if-none-match", "x-d"}, {"x-requested-with", "accept"},
		{"pragma", "x-http-method-override"}, {"x-long", "range"}, {"x-c", "x-a", "x-b"}, {"x-2", "x-1", "x-3", "x-4", "x-5"},
	} {
		headers := make(map[string]string)
		for _, name := range tt {
			headers[name] = value
		}
		_, err := httpsectest.New(t, respond(200, "", allow)).Page(app).Fetch(api+"/", httpsectest.Init{Headers: headers})
		assert.ErrorContains(t, err, "Request header field "+tt[0]+" is not allowed", tt)
	}
	long := map[string]string{"x-a-name-of-more-than-twenty-four": "1", "x-one-of-sixteen": "1", "x": "1", "x-twenty-chars-is-it": "1"}
	_, err := httpsectest.New(t, respond(200, "", allow)).Page(app).Fetch(api+"/", httpsectest.Init{Headers: long})
	assert.ErrorContains(t, err, "Request header field x")
}

func TestOpaqueResponseBlocking(t *testing.T) {
	const json, page, xml, png = `{"a":1}`, "<!doctype html><p>", `<?xml version="1.0"?><a/>`, "\x89PNG\r\n\x1a\n"
	for _, tt := range []struct {
		status     int
		kind, body string
		nosniff    bool
		blocked    bool
	}{
		{200, "application/json", json, false, true},
		{200, "application/json", "1", false, false},
		{200, "application/json", "1", true, true},
		{200, "application/json", png, false, false},
		{206, "application/json", "1", false, true},
		{200, "text/html", page, false, true},
		{200, "text/html", "var a", false, false},
		{200, "application/xml", xml, false, true},
		{200, "application/xml", "1", false, false},
		{200, "text/plain", page, false, true},
		{200, "text/plain", json, false, true},
		{200, "text/plain", xml, false, true},
		{200, "text/plain", "{", false, false},
		{200, "text/plain", "1", true, true},
		{200, "text/csv", "1", false, true},
		{200, "application/pdf", "1", false, true},
		{200, "image/png", "1", true, false},
		{200, "text/css", "1", true, false},
		{200, "image/svg+xml", xml, false, false},
		{200, "text/javascript", "1", true, false},
		{200, "application/octet-stream", json, false, false},
	} {
		headers := []string{"Content-Type: " + tt.kind}
		if tt.nosniff {
			headers = append(headers, "X-Content-Type-Options: nosniff")
		}
		err := httpsectest.New(t, respond(tt.status, tt.body, headers...)).Page(app).Load("<img src=" + partner + "/>")
		assert.Equal(t, tt.blocked, err != nil, "%d %s %s %v: %v", tt.status, tt.kind, tt.body, tt.nosniff, err)
	}
}

func TestInsecureCookies(t *testing.T) {
	b := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Set-Cookie", r.URL.Query().Get("c"))
		respond(200, "", allow, credentials)(w, r)
	}))
	_, err := b.Open("https://www.example.com/?c=a=1%3B+Secure")
	require.NoError(t, err)
	for _, line := range []string{"a=2", "b=1%3B+Secure", "__Host-b=1%3B+Secure%3B+Path=/"} {
		_, err = b.Open("http://www.example.com/?c=" + line)
		require.NoError(t, err)
	}
	cookies := b.Cookies("https://www.example.com/")
	require.Len(t, cookies, 1)
	assert.Equal(t, "1", cookies[0].Value, "an insecure answer may not cover it")

	_, err = b.Open("https://www.example.com/?c=a=3%3B+Secure")
	require.NoError(t, err)
	_, err = b.Open("https://www.example.com/?c=nameless")
	require.NoError(t, err)
	_, err = b.Open("https://www.example.com/")
	require.NoError(t, err)
	log := b.Log()
	assert.Equal(t, "a=3; nameless", log[len(log)-1].Request.Header.Get("Cookie"))

	for _, line := range []string{"s=1%3B+SameSite=Strict", "l=1%3B+SameSite=Lax", "u=1"} {
		_, err = b.Page(partner).Fetch("https://other.example.com/?c="+line, httpsectest.Init{Credentials: httpsectest.CredentialsInclude})
		require.NoError(t, err)
	}
	assert.Empty(t, b.Cookies("https://other.example.com/"), "another site sets none of these")
	_, err = b.Open("https://github.io/?c=a=1%3B+Domain=github.io")
	require.NoError(t, err)
	assert.Len(t, b.Cookies("https://github.io/"), 1)
	assert.Empty(t, b.Cookies("https://me.github.io/"))
	_, err = b.Open("https://shop.example.org/?c=a=1%3B+Expires=Wed,+01+Jan+2042+00:00:00+GMT")
	require.NoError(t, err)
	require.Len(t, b.Cookies("https://shop.example.org/"), 1)
	assert.Equal(t, 2042, b.Cookies("https://shop.example.org/")[0].Expires.Year())
}
