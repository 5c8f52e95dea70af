package httpsectest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What nobody knows by heart: these were found by comparing with Chromium.

func TestDeferredContent(t *testing.T) {
	for _, tt := range []struct{ policy, markup, want string }{
		// The preload scanner reads style sheets that are then refused, unless a <meta>
		// makes it wait, and scripts that never run.
		{"style-src https://b.example", "<style>@import 'https://b.example/nosniff.js';</style>", "1 csp style-src-elem inline\n1 orb net::ERR_BLOCKED_BY_ORB https://b.example/nosniff.js"},
		{"style-src https://b.example", "<style>@import 'https://b.example/nosniff.js';</style><body><meta http-equiv=content-security-policy content=x>", "1 csp style-src-elem inline"},
		{"style-src 'unsafe-inline'", "<style type=x>@import '/a.css'; p { background: url(https://b.example/corp) }</style>", ""},
		{"sandbox", "<script src=/image.js></script><script src=https://b.example/corp></script><script>1</script>", "1 corp net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin https://b.example/corp"},
		// A plugin takes the policy of Referer that the whole document has.
		{"media-src 'none'", "<audio preload=none src=/a.mp4></audio>", "1 csp media-src https://app.example.com/a.mp4"},
	} {
		page := open(t, tt.markup, "Content-Security-Policy: "+tt.policy)
		assert.Equal(t, tt.want, strings.Join(found(page), "\n"), tt.markup)
	}
}

func TestPicture(t *testing.T) {
	for markup, want := range map[string]string{
		"<source type=image/webp srcset='/a.png, /c.png 2x'>":  "/a.png",
		"<source type=image/unknown srcset=/a.png>":            "/b.png",
		"<source media='(width > 1px)' srcset=/a.png>":         "/b.png",
		"<source><source srcset=/c.png><source srcset=/a.png>": "/c.png",
		"<img src=/c.png><source srcset=/a.png>":               "/c.png /a.png",
	} {
		page := open(t, "<picture>"+markup+"<img src=/b.png></picture>", "Content-Security-Policy: img-src 'none'")
		var urls []string
		for _, v := range page.Violations() {
			urls = append(urls, strings.TrimPrefix(v.URL, app))
		}
		assert.Equal(t, want, strings.Join(urls, " "), markup)
	}
	page := open(t, "<img src=http://b.example/a.png><img srcset=http://b.example/a.png>")
	assert.Equal(t, []string{"1 mixed-content mixed-content http://b.example/a.png"}, found(page), "only a lone image is upgraded")
	assert.Contains(t, page.Violations()[0].Message, "requested an insecure image 'http://b.example/a.png'")
}

// A nonce that dangling markup could have stolen is none.
func TestNonceable(t *testing.T) {
	for markup, want := range map[string]int{
		"<script nonce=a>1</script>":                    0,
		"<script nonce=a x=1 y = '2' z/>1</script>":     0,
		"<script nonce=a type=module TYPE=x>1</script>": 1,
		"<script x='<script' nonce=a>1</script>":        1,
		"<script x nonce=a <style>1</script>":           1,
		"<script nonce=a x=\"1\" x>1</script>":          1,
		"<script nonce=a x = y x=1>1</script>":          1,
	} {
		page := open(t, markup, "Content-Security-Policy: script-src 'nonce-a'")
		assert.Len(t, page.Violations(), want, markup)
	}
}

func TestSocketAnswers(t *testing.T) {
	for _, tt := range []struct{ headers, want string }{
		{"Upgrade: websocket\nUpgrade: x\nConnection: Upgrade", "'Upgrade' header must not appear more than once in a response"},
		{"Upgrade: \nConnection: Upgrade", "'Upgrade' header value is not 'WebSocket': "},
		{"Upgrade: websocket", "'Connection' header is missing"},
		{"Upgrade: websocket\nConnection: keep-alive", "'Connection' header value must contain 'Upgrade'"},
		{"Upgrade: websocket\nConnection: close", "'Connection' header value must contain 'Upgrade'"},
		{"Upgrade: websocket\nConnection: keep-alive, upgrade", ""},
		{"Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=15", ""},
		{"Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Extensions: permessage-deflate, x;y", "Found an unsupported extension 'x' in 'Sec-WebSocket-Extensions' header"},
		{"Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Protocol: b\nSec-WebSocket-Protocol: a", "'Sec-WebSocket-Protocol' header value 'b' in response does not match any of sent values"},
	} {
		browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, buffer, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer conn.Close()
			protocol := ""
			if !strings.Contains(tt.headers, "Sec-WebSocket-Protocol") {
				protocol = "\r\nSec-WebSocket-Protocol: a"
			}
			buffer.WriteString("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + acceptOf(r) + protocol + "\r\n" + strings.ReplaceAll(tt.headers, "\n", "\r\n") + "\r\n\r\n")
			buffer.Flush()
		}))
		_, err := browser.Page(app).WebSocket("wss://api.example.com/", "a")
		if tt.want == "" {
			assert.NoError(t, err, tt.headers)
		} else {
			assert.EqualError(t, err, "WebSocket connection to 'wss://api.example.com/' failed: Error during WebSocket handshake: "+tt.want)
		}
	}
}

// In a frame, the page at the top decides what is secure.
func TestFramedPages(t *testing.T) {
	browser := httpsectest.New(t, byPath(map[string]http.HandlerFunc{
		"/":        respond(200, ""),
		"/coep":    respond(200, "", "Cross-Origin-Embedder-Policy: require-corp"),
		"/upgrade": respond(200, "", "Content-Security-Policy: upgrade-insecure-requests"),
		"/cookie":  respond(200, "", "Set-Cookie: a=1; SameSite=None; Secure", "Set-Cookie: b=1"),
	}))
	frame := func(top, url string) *httpsectest.Page {
		page, err := browser.Page(top).Frame(url)
		require.NoError(t, err)
		return page
	}
	_, err := frame(app, partner+"/").WebSocket("ws://api.example.com/")
	assert.ErrorContains(t, err, "The page at 'https://app.example.com/' was loaded over HTTPS")
	_, err = frame("http://localhost", partner+"/").WebSocket("ws://api.example.com/")
	assert.ErrorContains(t, err, "The page at 'https://partner.example.org/' was loaded over HTTPS")

	image := httpsectest.Init{Mode: httpsectest.ModeNoCORS}
	_, err = frame("http://localhost", "http://localhost:8080/coep").Fetch("http://api.localhost/", image)
	assert.Equal(t, "coep net::ERR_BLOCKED_BY_RESPONSE.NotSameOriginAfterDefaultedToSameOriginByCoep", reason(err))
	_, err = frame("http://app.example.com", "http://localhost:8080/coep").Fetch("http://api.localhost/", image)
	assert.NoError(t, err, "not a secure context")

	next, err := frame("http://app.example.com", "http://app.example.com/upgrade").Follow("http://app.example.com/")
	require.NoError(t, err)
	assert.Equal(t, "http://app.example.com/", next.URL(), "the frame's page asks for nothing")

	frame(app, partner+"/cookie")
	require.Len(t, browser.Cookies(partner), 1, "of another site")
	assert.Equal(t, "a", browser.Cookies(partner)[0].Name)
}

func TestRedirectWithPassword(t *testing.T) {
	redirect := respond(302, "", allow, "Location: http://user:password@app.example.com/")
	page := open(t, "", "Content-Security-Policy: upgrade-insecure-requests")
	_, err := page.Fetch("/", httpsectest.Init{})
	require.NoError(t, err)
	for _, tt := range []struct {
		policy string
		init   httpsectest.Init
		want   string
	}{
		{"x", httpsectest.Init{}, "cors RedirectContainsCredentials"},
		{"upgrade-insecure-requests", httpsectest.Init{}, "network net::ERR_ABORTED"}, // to the own origin
		{"x", httpsectest.Init{Mode: httpsectest.ModeNoCORS}, "network net::ERR_ABORTED"},
		{"connect-src https:", httpsectest.Init{Mode: httpsectest.ModeNoCORS}, "csp connect-src"},
	} {
		page, err := httpsectest.New(t, byPath(map[string]http.HandlerFunc{
			"/": respond(200, "", "Content-Security-Policy: "+tt.policy), "/redirect": redirect,
		})).Open(app + "/")
		require.NoError(t, err)
		_, err = page.Fetch("/redirect", tt.init)
		assert.Equal(t, tt.want, reason(err), tt.policy)
	}
}

// Cookies with a prefix are for https, and for loopback.
func TestCookiePrefixes(t *testing.T) {
	for url, want := range map[string]int{"https://app.example.com/": 2, "http://localhost:8080/": 2, "http://127.0.0.1/": 2, "http://app.example.com/": 0} {
		browser := httpsectest.New(t, respond(200, "", "Set-Cookie: __Host-a=1; Secure; Path=/", "Set-Cookie: __host-HTTP-b=1; Secure; HttpOnly; Path=/",
			"Set-Cookie: __Host-c=1; Secure", "Set-Cookie: __Host-Http-d=1; Secure; Path=/", "Set-Cookie: __Http-e=1; Secure", "Set-Cookie: __Secure-f=1"))
		_, err := browser.Open(url)
		require.NoError(t, err)
		assert.Len(t, browser.Cookies(url), want, url)
	}
}

// TestDocumented is the example of the package's documentation.
func TestDocumented(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{app}, MaxAge: 10 * time.Minute}))
		browser := httpsectest.New(t, cors(respond(200, "")))
		page := browser.Page(app)
		for _, pause := range []time.Duration{0, 9 * time.Minute, 2 * time.Minute} {
			time.Sleep(pause)
			_, err := page.Fetch(api+"/events/1", httpsectest.Init{Method: "DELETE"})
			require.NoError(t, err)
		}
		require.Len(t, browser.Log(), 2+3)
	})
}

// TestUpgradesAndPolicies has the order in which a policy and an upgrade come.
func TestUpgradesAndPolicies(t *testing.T) {
	page := open(t, "<video src=http://b.example/a.mp4></video><img src=http://b.example/a.png>", "Content-Security-Policy: default-src 'none'; img-src https:; media-src https:")
	assert.Equal(t, []string{"1 csp media-src http://b.example/a.mp4"}, found(page), "images are upgraded before the policy is asked, media after")

	serve := byPath(map[string]http.HandlerFunc{"/": respond(200, "", "Content-Security-Policy: upgrade-insecure-requests"), "/redirect": respond(302, "", "Location: https://b.example/", allow)})
	page, err := httpsectest.New(t, serve).Open("http://app.example.com/")
	require.NoError(t, err)
	_, err = page.Fetch("/", httpsectest.Init{Mode: httpsectest.ModeNoCORS, Redirect: httpsectest.RedirectError})
	assert.NoError(t, err, "the upgrade made it foreign, not the page")

	page, err = httpsectest.New(t, byPath(map[string]http.HandlerFunc{
		"/": respond(200, "", "Content-Security-Policy: connect-src 'self'"), "/redirect": respond(302, "", "Location: https://b.example/"),
	})).Open(app + "/")
	require.NoError(t, err)
	_, err = page.Fetch("/redirect", httpsectest.Init{Mode: httpsectest.ModeSameOrigin})
	assert.Equal(t, "cors DisallowedByMode", reason(err), "before the policy")
}

// TestOneAddressTwice has an address that two elements load for different ends.
func TestOneAddressTwice(t *testing.T) {
	page := open(t, "<img src=/a.png><script src=/a.png></script><img src=/a.png>")
	assert.Equal(t, []string{"1 nosniff net::ERR_ABORTED https://app.example.com/a.png"}, found(page))
}
