package httpsec_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What pages get from handlers with our policies: the other tests look at headers,
// these at what a browser makes of them.

const ownPage, listedPage, foreignPage = "https://api.example.com", "https://app.example.com", "https://evil.example"

func TestPagesFetch(t *testing.T) {
	policy := newPolicy(t, httpsec.Config{
		Origins: []string{listedPage}, Credentials: true, Methods: []string{"GET", "PUT"}, Headers: []string{"X-Api-Key"},
		ExposeHeaders: []string{"X-Request-Id"}, RejectDisallowed: true,
	})
	handler := policy.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "1")
		w.Header().Set("X-Internal", "1")
	}))
	include := httpsectest.CredentialsInclude
	for _, tt := range []struct {
		name, page string
		init       httpsectest.Init
		refused    string
	}{
		{"own page", ownPage, httpsectest.Init{Method: "DELETE", Headers: map[string]string{"X-Other": "1"}}, ""},
		{"listed page", listedPage, httpsectest.Init{Credentials: include}, ""},
		{"listed page that writes", listedPage, httpsectest.Init{Method: "PUT", Headers: map[string]string{"X-Api-Key": "k"}, Credentials: include}, ""},
		{"method", listedPage, httpsectest.Init{Method: "DELETE"}, "MethodDisallowedByPreflightResponse"},
		{"header", listedPage, httpsectest.Init{Headers: map[string]string{"X-Other": "1"}}, "HeaderDisallowedByPreflightResponse"},
		{"foreign page", foreignPage, httpsectest.Init{}, "MissingAllowOriginHeader"},
		{"foreign page that writes", foreignPage, httpsectest.Init{Method: "PUT"}, "PreflightMissingAllowOriginHeader"},
		{"sandboxed page", "null", httpsectest.Init{}, "MissingAllowOriginHeader"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer, err := httpsectest.New(t, handler).Page(tt.page).Fetch("https://api.example.com/", tt.init)
			if tt.refused != "" {
				var blocked *httpsectest.Blocked
				require.ErrorAs(t, err, &blocked)
				assert.Equal(t, tt.refused, blocked.Reason)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "1", answer.Header.Get("X-Request-Id"))
			assert.Equal(t, tt.page == ownPage, answer.Header.Get("X-Internal") != "")
		})
	}
}

// TestForeignPagesWrite has what a page can send without asking first.
func TestForeignPagesWrite(t *testing.T) {
	policy := newPolicy(t, httpsec.Config{Origins: []string{listedPage}, RejectDisallowed: true})
	writes := 0
	browser := httpsectest.New(t, policy.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { writes++ })))
	form := httpsectest.Form{Method: "POST", Action: "https://api.example.com/", Fields: url.Values{"a": {"1"}}}
	simple := httpsectest.Init{Method: "POST", Body: "a=1", Mode: httpsectest.ModeNoCORS}
	for page, want := range map[*httpsectest.Page]int{
		browser.Page(ownPage): 3, browser.Page(listedPage): 3, browser.Page(foreignPage): 0, browser.Page(listedPage).Sandboxed(): 0,
	} {
		writes = 0
		_, _ = page.Submit(form)
		_, err := page.Fetch("https://api.example.com/", simple)
		require.NoError(t, err, "the page learns nothing of it")
		_, err = page.WebSocket("wss://api.example.com/")
		assert.ErrorContains(t, err, map[bool]string{true: "Unexpected response code: 200", false: "Unexpected response code: 403"}[want > 0])
		if page.Origin() == "null" { // whose form the sandbox has kept back
			want = 0
		}
		assert.Equal(t, want, writes, page.Origin())
	}
}

func TestPreflightsAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		policy := newPolicy(t, httpsec.Config{Origins: []string{listedPage}, MaxAge: time.Minute})
		browser := httpsectest.New(t, policy.Handler(handle))
		for _, pause := range []time.Duration{0, 59 * time.Second, 2 * time.Second} {
			time.Sleep(pause)
			_, err := browser.Page(listedPage).Fetch("https://api.example.com/", httpsectest.Init{Method: "PUT"})
			require.NoError(t, err)
		}
		assert.Len(t, browser.Log(), 2+3)
	})
}

// TestPagesUnderPolicy has pages whose inline content the policy lets run, by nonce
// and by hash, and what it keeps out.
func TestPagesUnderPolicy(t *testing.T) {
	const inline = "<script>start()</script><style>p { color: red }</style>"
	scripts, styles, err := httpsec.InlineHashes(fstest.MapFS{"index.html": {Data: []byte(inline)}})
	require.NoError(t, err)
	serve := func(csp httpsec.CSP, body string) *httpsectest.Page {
		secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicy: csp.String()}))
		page, err := httpsectest.New(t, secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if r.URL.Path == "/" {
				io.WriteString(w, fmt.Sprintf(body, httpsec.Nonce(r.Context())))
			}
		}))).Open("https://www.example.com/")
		require.NoError(t, err)
		return page
	}
	hashes := httpsec.DefaultCSP().With("script-src", scripts...).With("style-src", styles...)
	assert.Empty(t, serve(hashes, inline+"<!-- %s -->").Violations())
	assert.Len(t, serve(hashes, "<script>other()</script><!-- %s -->").Violations(), 1)
	nonce := httpsec.DefaultCSP().With("script-src", httpsec.NonceSource)
	assert.Empty(t, serve(nonce, `<script nonce="%s">start()</script>`).Violations())
	assert.Len(t, serve(nonce, `<script>%s</script><script src="https://evil.example/"></script>`).Violations(), 2)
	_, err = serve(nonce, "%s").Frame("https://www.example.com/")
	assert.Error(t, err, "frame-ancestors")
}
