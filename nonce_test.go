package httpsec_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

// withNonces is a policy that has a nonce in both headers, and nothing else.
func withNonces(t *testing.T) httpsec.Headers {
	h := headersWith(t, allOmitted(), "ContentSecurityPolicy", "script-src 'self' "+httpsec.NonceSource+"; style-src "+httpsec.NonceSource)
	h.ContentSecurityPolicyReportOnly = "script-src " + httpsec.NonceSource
	return h
}

func TestNonceIsInBothPoliciesAndInTheContext(t *testing.T) {
	var nonce string
	got := securedBy(t, withNonces(t), overHTTP(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		nonce = httpsec.Nonce(r.Context())
	}))
	assert.Equal(t, http.Header{
		"Content-Security-Policy":             {"script-src 'self' 'nonce-" + nonce + "'; style-src 'nonce-" + nonce + "'"},
		"Content-Security-Policy-Report-Only": {"script-src 'nonce-" + nonce + "'"},
	}, got)
	assert.Regexp(t, `^[A-Za-z0-9_-]{22}$`, nonce, "128 bits in URL-safe base64 without padding")
}

func TestNonceIsFreshForEachRequest(t *testing.T) {
	seen := map[string]bool{}
	handler := httpsec.Must(httpsec.SecurityHeaders(withNonces(t)))(
		http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen[httpsec.Nonce(r.Context())] = true }))
	r := overHTTP()
	for range 1000 {
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	assert.Len(t, seen, 1000)
}

func TestNonceInOnePolicyAlone(t *testing.T) {
	h := httpsec.Headers{ContentSecurityPolicyReportOnly: "script-src " + httpsec.NonceSource}
	var nonce string
	got := securedBy(t, h, overTLS(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		nonce = httpsec.Nonce(r.Context())
	}))
	assert.NotEmpty(t, nonce)
	assert.Equal(t, adding(defaultHeadersOverTLS(), "Content-Security-Policy-Report-Only", "script-src 'nonce-"+nonce+"'"), got)
}

func TestNonceIsEmptyWithoutNonceSource(t *testing.T) {
	ran := false
	securedBy(t, httpsec.Headers{}, overHTTP(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ran = true
		assert.Empty(t, httpsec.Nonce(r.Context()))
	}))
	assert.True(t, ran)
	assert.Empty(t, httpsec.Nonce(t.Context()))
}

func TestNonceIsSharedByNestedMiddlewares(t *testing.T) {
	secure := httpsec.Must(httpsec.SecurityHeaders(withNonces(t)))
	var outer, inner string
	innermost := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inner = httpsec.Nonce(r.Context()) })
	between := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		outer = httpsec.Nonce(r.Context())
		secure(innermost).ServeHTTP(w, r)
	})
	got := securedBy(t, withNonces(t), overHTTP(), between)
	assert.NotEmpty(t, inner)
	assert.Equal(t, outer, inner)
	assert.Equal(t, []string{"script-src 'nonce-" + outer + "'"}, got["Content-Security-Policy-Report-Only"])
}

func TestNonceDropsConditionsOfDocuments(t *testing.T) {
	const page, any = "text/html,application/xhtml+xml,*/*;q=0.8", "*/*"
	for _, tt := range []struct {
		method, dest, accept string
		drops                bool
	}{
		{"GET", "document", any, true},
		{"HEAD", "document", any, true},
		{"GET", "iframe", any, true},
		{"GET", "frame", any, true},
		{"GET", "embed", any, true},
		{"GET", "object", any, true},
		{"GET", "worker", any, true},
		{"GET", "sharedworker", any, true},
		{"GET", "serviceworker", any, true},
		{"GET", "document", "", true},
		{"GET", "empty", page, true},
		{"HEAD", "empty", page, true},
		{"GET", "", page, true},
		{"GET", "", "TEXT/HTML", true},
		{"GET", "empty", any, false},
		{"GET", "empty", "", false},
		{"GET", "", any, false},
		{"GET", "", strings.Repeat("application/json, ", 1<<16) + page, true},
		{"GET", "", "", false},
		{"GET", "", "application/json", false},
		{"GET", "image", page, false},
		{"GET", "script", page, false},
		{"GET", "style", page, false},
		{"GET", "font", any, false},
		{"GET", "audioworklet", any, false},
		{"GET", "unheard-of", page, false},
		{"POST", "document", page, false},
		{"PUT", "empty", page, false},
		{"OPTIONS", "", page, false},
	} {
		t.Run(tt.method+" "+tt.dest+" "+tt.accept[:min(len(tt.accept), 40)], func(t *testing.T) {
			sent := http.Header{
				"If-None-Match":     {`"a"`},
				"If-Modified-Since": {"Thu, 01 Jan 1970 00:00:00 GMT"},
				"If-Match":          {`"b"`},
				"Range":             {"bytes=0-1"},
			}
			if tt.dest != "" {
				sent["Sec-Fetch-Dest"] = []string{tt.dest}
			}
			if tt.accept != "" {
				sent["Accept"] = []string{tt.accept}
			}
			want := sent.Clone()
			if tt.drops {
				want = dropping(dropping(want, "If-None-Match"), "If-Modified-Since")
			}
			r := httptest.NewRequest(tt.method, "/", nil)
			r.Header = sent.Clone()
			var received http.Header
			handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { received = r.Header })

			securedBy(t, withNonces(t), r, handler)
			assert.Equal(t, want, received)
			assert.Equal(t, sent, r.Header, "the caller's request is its own")

			securedBy(t, httpsec.Headers{}, r, handler)
			assert.Equal(t, sent, received, "without a nonce a 304 does no harm")
		})
	}
}

func TestNonceDropsEitherConditionAlone(t *testing.T) {
	for _, name := range []string{"If-None-Match", "If-Modified-Since"} {
		r := overHTTP()
		r.Header = http.Header{"Sec-Fetch-Dest": {"document"}, name: {"x"}}
		var received http.Header
		securedBy(t, withNonces(t), r, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { received = r.Header }))
		assert.Equal(t, http.Header{"Sec-Fetch-Dest": {"document"}}, received)
	}
}

// A page that http.ServeContent could answer 304 is sent whole, over a real
// server.
func TestNoncePageIsNeverNotModified(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if w.Header().Set("ETag", `"a"`); r.Header.Get("If-None-Match") == `"a"` {
			w.WriteHeader(http.StatusNotModified)
		}
	})
	server := httptest.NewServer(httpsec.Must(httpsec.SecurityHeaders(withNonces(t)))(page))
	defer server.Close()
	for dest, status := range map[string]int{"document": http.StatusOK, "image": http.StatusNotModified} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		r.Header.Set("Sec-Fetch-Dest", dest)
		r.Header.Set("If-None-Match", `"a"`)
		resp, err := server.Client().Do(r)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Equal(t, status, resp.StatusCode, dest)
	}
}

// TestNonceSharesWhatTheMuxAndFormsLeave covers what the server and outer
// middlewares read from the request after the handler ran: the server deletes an
// upload's temporary files only if it finds them there.
func TestNonceSharesWhatTheMuxAndFormsLeave(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.Getenv("TMPDIR")) // on Windows
	mux := http.NewServeMux()
	mux.HandleFunc("POST /upload/{name}", func(_ http.ResponseWriter, r *http.Request) {
		assert.NoError(t, r.ParseMultipartForm(1<<10))
		entries, err := os.ReadDir(os.TempDir())
		assert.NoError(t, err)
		assert.Len(t, entries, 1, "the upload is too large for memory")
		panic(http.ErrAbortHandler)
	})
	handler := httpsec.Must(httpsec.SecurityHeaders(withNonces(t)))(mux)
	var pattern string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			pattern = r.Pattern
			assert.Equal(t, http.ErrAbortHandler, recover())
		}()
		handler.ServeHTTP(w, r)
	}))

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "file")
	require.NoError(t, err)
	_, err = file.Write(make([]byte, 1<<20))
	require.NoError(t, err)
	require.NoError(t, form.Close())
	response, err := http.Post(server.URL+"/upload/x", form.FormDataContentType(), &body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	server.Close() // waits for the request to end

	assert.Equal(t, "POST /upload/{name}", pattern)
	entries, err := os.ReadDir(os.TempDir())
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestNonceStaysInItsPolicies(t *testing.T) {
	h := withNonces(t)
	h.Extra = map[string]string{"X-Policy": httpsec.NonceSource}
	assert.Equal(t, []string{httpsec.NonceSource}, securedBy(t, h, overHTTP(), nothing)["X-Policy"])
}
