package httpsec_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

// upstreamHeaders is what a service behind the proxy sends by itself: its own
// CORS and security headers, and some that are none of ours.
func upstreamHeaders() http.Header {
	return http.Header{
		"Access-Control-Allow-Origin":      {"*"},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Methods":     {"PUT"},
		"Access-Control-Allow-Headers":     {"X-Upstream"},
		"Access-Control-Expose-Headers":    {"X-Upstream"},
		"Access-Control-Max-Age":           {"5"},
		"Content-Security-Policy":          {"default-src *"},
		"Cross-Origin-Embedder-Policy":     {"require-corp"},
		"Cross-Origin-Opener-Policy":       {"unsafe-none"},
		"Cross-Origin-Resource-Policy":     {"cross-origin"},
		"Permissions-Policy":               {"camera=()"},
		"Referrer-Policy":                  {"no-referrer"},
		"Strict-Transport-Security":        {"max-age=1"},
		"X-Content-Type-Options":           {"nosniff"},
		"X-Frame-Options":                  {"SAMEORIGIN"},
		"X-Xss-Protection":                 {"0"},
		"X-Robots-Tag":                     {"all"},
		"Vary":                             {"Accept-Encoding", "Cookie"},
		"Set-Cookie":                       {"a=b", "c=d"},
		"Etag":                             {`"e"`},
	}
}

// throughProxy returns the headers of an answer that came through a reverse proxy
// over two real servers, without those that net/http adds by itself.
func throughProxy(t *testing.T, modify func(*http.Response) error, wrap func(http.Handler) http.Handler) http.Header {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), upstreamHeaders())
	}))
	defer upstream.Close()
	target, err := url.Parse(upstream.URL)
	require.NoError(t, err)
	front := httptest.NewServer(wrap(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: modify,
	}))
	defer front.Close()

	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL, nil)
	require.NoError(t, err)
	r.Header.Set("Origin", "https://a.com")
	resp, err := front.Client().Do(r)
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	return dropping(dropping(resp.Header, "Date"), "Content-Length")
}

func TestDropUpstreamOverAProxy(t *testing.T) {
	headers := httpsec.Headers{
		CrossOriginOpenerPolicy: httpsec.Omit,
		Extra:                   map[string]string{"x-robots-tag": "noindex"},
	}
	secure := httpsec.Must(httpsec.SecurityHeaders(headers))
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://a.com"}, ExposeHeaders: []string{"X-Ours"}}))
	got := throughProxy(t,
		func(resp *http.Response) error {
			return errors.Join(httpsec.DropUpstreamCORS(resp), headers.DropUpstream(resp))
		},
		func(next http.Handler) http.Handler { return secure(cors(next)) })
	assert.Equal(t, http.Header{
		"Access-Control-Allow-Origin":   {"https://a.com"},
		"Access-Control-Expose-Headers": {"X-Ours"},
		"Content-Security-Policy":       defaultHeaders()["Content-Security-Policy"],
		"Cross-Origin-Resource-Policy":  {"same-origin"},
		"Referrer-Policy":               {"strict-origin-when-cross-origin"},
		"X-Content-Type-Options":        {"nosniff"},
		"X-Frame-Options":               {"DENY"},
		"X-Xss-Protection":              {"1; mode=block"},
		"X-Robots-Tag":                  {"noindex"},
		"Vary":                          {"Origin", "Accept-Encoding", "Cookie"},
		// Ours are not sent, or not over plain http.
		"Cross-Origin-Embedder-Policy": {"require-corp"},
		"Cross-Origin-Opener-Policy":   {"unsafe-none"},
		"Permissions-Policy":           {"camera=()"},
		"Set-Cookie":                   {"a=b", "c=d"},
		"Etag":                         {`"e"`},
	}, got)
}

func TestDropUpstreamCORSKeepsEverythingElse(t *testing.T) {
	got := throughProxy(t, httpsec.DropUpstreamCORS, func(next http.Handler) http.Handler { return next })
	want := upstreamHeaders()
	for _, name := range []string{
		"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods",
		"Access-Control-Allow-Headers", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
	} {
		delete(want, name)
	}
	assert.Equal(t, want, got)
}

func TestDropUpstreamDropsWhatIsSent(t *testing.T) {
	for name, tt := range map[string]struct {
		headers httpsec.Headers
		dropped []string
	}{
		"defaults": {httpsec.Headers{}, []string{
			"Content-Security-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Referrer-Policy",
			"Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "X-Xss-Protection",
		}},
		"API": {httpsec.APIHeaders(), []string{
			"Content-Security-Policy", "Cross-Origin-Resource-Policy", "Referrer-Policy",
			"Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options",
		}},
		"all omitted":         {allOmitted(), nil},
		"one, not by default": {headersWith(t, allOmitted(), "PermissionsPolicy", "camera=()"), []string{"Permissions-Policy"}},
	} {
		t.Run(name, func(t *testing.T) {
			resp := &http.Response{Header: upstreamHeaders()}
			require.NoError(t, tt.headers.DropUpstream(resp))
			want := upstreamHeaders()
			maps.DeleteFunc(want, func(name string, _ []string) bool { return slices.Contains(tt.dropped, name) })
			assert.Equal(t, want, resp.Header)
		})
	}
}
