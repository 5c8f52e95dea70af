package httpsec_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

// withNonces is a policy that has a nonce in both headers, and nothing else.
func withNonces(t *testing.T) httpsec.Headers {
	const policy = "script-src 'self' " + httpsec.NonceSource + "; style-src " + httpsec.NonceSource
	h := headersWith(t, httpsec.NoHeaders(), "ContentSecurityPolicy", policy)
	h.ContentSecurityPolicyReportOnly = "script-src " + httpsec.NonceSource
	return h
}

func TestNonceIsInBothPoliciesAndInTheContext(t *testing.T) {
	var nonce string
	got := securedBy(t, withNonces(t), overHTTP(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		nonce = httpsec.Nonce(r.Context())
	}))
	assert.Equal(t, http.Header{
		"Content-Security-Policy": {"script-src 'self' 'nonce-" + nonce + "'; style-src 'nonce-" + nonce +
			"'"},
		"Content-Security-Policy-Report-Only": {"script-src 'nonce-" + nonce + "'"},
	}, got)
	assert.Regexp(t, `^[A-Za-z0-9_-]{22}$`, nonce, "128 bits in base64")
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
	var values [16]map[byte]bool
	for nonce := range seen {
		random, err := base64.RawURLEncoding.DecodeString(nonce)
		require.NoError(t, err)
		require.Len(t, random, len(values))
		for i, b := range random {
			if values[i] == nil {
				values[i] = map[byte]bool{}
			}
			values[i][b] = true
		}
	}
	for i, bytes := range values {
		assert.Greater(t, len(bytes), 128, "byte %d of a nonce is not random", i)
	}
}

func TestNonceInOnePolicyAlone(t *testing.T) {
	h := httpsec.Headers{ContentSecurityPolicyReportOnly: "script-src " + httpsec.NonceSource}
	var nonce string
	got := securedBy(t, h, overTLS(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		nonce = httpsec.Nonce(r.Context())
	}))
	assert.NotEmpty(t, nonce)
	assert.Equal(t,
		adding(defaultHeadersOverTLS(), "Content-Security-Policy-Report-Only", "script-src 'nonce-"+nonce+"'"), got)
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

// TestNonceDropsConditions has every destination: they share the cache's entry.
func TestNonceDropsConditions(t *testing.T) {
	for _, tt := range []struct {
		method, dest string
		drops        bool
	}{
		{"GET", "document", true},
		{"HEAD", "document", true},
		{"GET", "fencedframe", true},
		{"GET", "empty", true},
		{"GET", "image", true},
		{"HEAD", "script", true},
		{"GET", "unheard-of", true},
		{"GET", "", true},
		{"POST", "document", false},
		{"PUT", "empty", false},
		{"OPTIONS", "", false},
		{"get", "", false},
	} {
		t.Run(tt.method+" "+tt.dest, func(t *testing.T) {
			sent := http.Header{
				"If-None-Match":     {`"a"`},
				"If-Modified-Since": {"Thu, 01 Jan 1970 00:00:00 GMT"},
				"If-Match":          {`"b"`},
				"Range":             {"bytes=0-1"},
				"Sec-Fetch-Dest":    {tt.dest},
			}
			want := sent.Clone()
			if tt.drops {
				want = dropping(dropping(want, "If-None-Match"), "If-Modified-Since")
			}
			r := httptest.NewRequest(tt.method, "/", nil)
			r.Header = sent.Clone()
			var received http.Header
			handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				received = r.Header
				r.Header["X-Late"] = nil
			})

			securedBy(t, withNonces(t), r, handler)
			want["X-Late"] = nil
			assert.Equal(t, want, received)
			if tt.drops {
				assert.Equal(t, sent, r.Header, "the caller's request is its own")
			}
			securedBy(t, httpsec.Headers{}, r, handler)
			assert.Equal(t, sent["If-None-Match"], received["If-None-Match"], "without a nonce a 304 does no harm")
		})
	}
}

func TestNonceDropsEitherConditionAlone(t *testing.T) {
	for _, name := range []string{"If-None-Match", "If-Modified-Since"} {
		r := overHTTP()
		r.Header = http.Header{"Sec-Fetch-Dest": {"document"}, name: {"x"}}
		var received http.Header
		securedBy(t, withNonces(t), r,
			http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { received = r.Header }))
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
	for _, dest := range []string{"document", "image"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		r.Header.Set("Sec-Fetch-Dest", dest)
		r.Header.Set("If-None-Match", `"a"`)
		resp, err := server.Client().Do(r)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Equal(t, http.StatusOK, resp.StatusCode, dest)
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

func TestNonceInExtra(t *testing.T) {
	h := httpsec.NoHeaders()
	h.ContentSecurityPolicyReportOnly = "script-src " + httpsec.NonceSource
	h.Extra = map[string]string{"content-security-policy": "default-src " + httpsec.NonceSource + ", script-src " +
		httpsec.NonceSource}
	var nonce string
	got := securedBy(t, h, overHTTP(), http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		nonce = httpsec.Nonce(r.Context())
	}))
	source := "'nonce-" + nonce + "'"
	assert.Equal(t, http.Header{
		"Content-Security-Policy":             {"default-src " + source + ", script-src " + source},
		"Content-Security-Policy-Report-Only": {"script-src " + source},
	}, got)
}

// TestNonceShowsOutside has what outer middlewares read after the handler ran.
func TestNonceShowsOutside(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /x/{id}/{rest...}", func(_ http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "1", r.FormValue("a"))
	})
	secure := httpsec.Must(httpsec.SecurityHeaders(withNonces(t)))
	for name, handler := range map[string]http.Handler{"once": secure(mux), "nested": secure(secure(mux))} {
		r := httptest.NewRequest(http.MethodPost, "/x/7/y/z", strings.NewReader("a=1"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		handler.ServeHTTP(httptest.NewRecorder(), r)
		assert.Equal(t, "POST /x/{id}/{rest...}", r.Pattern, name)
		assert.Equal(t, "7", r.PathValue("id"), name)
		assert.Equal(t, "y/z", r.PathValue("rest"), name)
		assert.Equal(t, url.Values{"a": {"1"}}, r.Form, name)
		assert.Equal(t, url.Values{"a": {"1"}}, r.PostForm, name)
		assert.Empty(t, httpsec.Nonce(r.Context()), name)
	}
}

// TestNonceKeepsWhatIsThere has a mux that knows no wildcards inside one that does.
func TestNonceKeepsWhatIsThere(t *testing.T) {
	inner := http.NewServeMux()
	inner.Handle("/x/", nothing)
	outer := http.NewServeMux()
	outer.Handle("/{id}/", httpsec.Must(httpsec.SecurityHeaders(withNonces(t)))(inner))
	r := httptest.NewRequest(http.MethodGet, "/x/y", nil)
	outer.ServeHTTP(httptest.NewRecorder(), r)
	assert.Equal(t, "x", r.PathValue("id"))
	assert.Equal(t, "/x/", r.Pattern)
}

// TestNonceWritesNothingThatDidNotChange has somebody who still reads the request
// when the handler has returned: the race detector would see a write.
func TestNonceWritesNothingThatDidNotChange(t *testing.T) {
	secure := httpsec.Must(httpsec.SecurityHeaders(withNonces(t)))
	var readers sync.WaitGroup
	var read string
	reader := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		readers.Go(func() { read = fmt.Sprint(r.Pattern, r.MultipartForm, r.Form, r.PostForm, r.PathValue("id")) })
	})
	outside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		readers.Go(func() { _ = fmt.Sprint(r.Pattern, r.MultipartForm, r.Form, r.PostForm) })
		secure(nothing).ServeHTTP(w, r)
	})
	for _, handler := range []http.Handler{secure(reader), secure(secure(reader)), outside} {
		handler.ServeHTTP(httptest.NewRecorder(), overHTTP())
		readers.Wait()
	}
	assert.Equal(t, "<nil> map[] map[]", read)
}
