package main

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/rs/cors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/unrolled/secure"
)

// The browser for tests has to do with any library. These are its own tests with two
// that know nothing of it.

func TestBrowserWithRSCORS(t *testing.T) {
	handler := cors.New(cors.Options{
		AllowedOrigins:   []string{"https://app.example.com"},
		AllowedMethods:   []string{"GET", "PUT"},
		AllowedHeaders:   []string{"X-Api-Key"},
		ExposedHeaders:   []string{"X-Request-Id"},
		AllowCredentials: true,
	}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "42")
		w.Header().Set("X-Internal", "7")
		io.WriteString(w, "hello")
	}))
	browser := httpsectest.New(t, handler)
	put := httpsectest.Init{Method: "PUT", Headers: map[string]string{"X-Api-Key": "k"}, Credentials: httpsectest.CredentialsInclude}
	res, err := browser.Page("https://app.example.com").Fetch("https://api.example.com/", put)
	require.NoError(t, err)
	assert.Equal(t, "42", res.Header.Get("X-Request-Id"))
	assert.Empty(t, res.Header.Get("X-Internal"))

	for _, init := range []httpsectest.Init{{Method: "DELETE"}, {Headers: map[string]string{"X-Other": "1"}}} {
		_, err := browser.Page("https://app.example.com").Fetch("https://api.example.com/", init)
		var blocked *httpsectest.Blocked
		require.ErrorAs(t, err, &blocked)
		// rs/cors answers nothing at all where a method or a header is not allowed.
		assert.Equal(t, "PreflightMissingAllowOriginHeader", blocked.Reason)
	}
	_, err = browser.Page("https://evil.example").Fetch("https://api.example.com/", httpsectest.Init{})
	assert.ErrorContains(t, err, "No 'Access-Control-Allow-Origin' header is present")
}

func TestBrowserWithUnrolledSecure(t *testing.T) {
	middleware := secure.New(secure.Options{
		FrameDeny:             true,
		ContentTypeNosniff:    true,
		ContentSecurityPolicy: "default-src 'self'; script-src $NONCE",
		STSSeconds:            60,
		SSLProxyHeaders:       map[string]string{},
	})
	handler := middleware.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<script nonce="`+secure.CSPNonce(r.Context())+`">1</script>`+"\n<script>2</script>")
	}))
	browser := httpsectest.New(t, handler)
	page, err := browser.Open("https://www.example.com/")
	require.NoError(t, err)
	require.Len(t, page.Violations(), 1)
	assert.Equal(t, 2, page.Violations()[0].Line)
	_, err = browser.Page("https://evil.example").Frame("https://www.example.com/")
	var blocked *httpsectest.Blocked
	require.True(t, errors.As(err, &blocked))
	assert.Equal(t, httpsectest.RuleFrameOptions, blocked.Rule)
	page, err = browser.Open("http://www.example.com/")
	require.NoError(t, err)
	assert.Equal(t, "https://www.example.com/", page.URL(), "Strict-Transport-Security")
}
