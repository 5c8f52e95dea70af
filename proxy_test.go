package httpsec_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
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
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://a.com"},
		ExposeHeaders: []string{"X-Ours"}}))
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
		"all omitted": {httpsec.NoHeaders(), nil},
		"one, not by default": {headersWith(t, httpsec.NoHeaders(), "PermissionsPolicy", "camera=()"),
			[]string{"Permissions-Policy"}},
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

// behindHints is a proxy in front of an upstream that sends 103 first.
func behindHints(t *testing.T, transport func(http.RoundTripper) http.RoundTripper) *httptest.Server {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload; as=style")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("X-Upstream", "yes")
		w.WriteHeader(handled)
	}))
	t.Cleanup(upstream.Close)
	target, err := url.Parse(upstream.URL)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: transport(http.DefaultTransport),
	}
	front := httptest.NewServer(httpsec.Must(httpsec.SecurityHeaders(httpsec.APIHeaders()))(proxy))
	t.Cleanup(front.Close)
	return front
}

func TestWithoutInformational(t *testing.T) {
	for _, tt := range []struct {
		name      string
		transport func(http.RoundTripper) http.RoundTripper
		hints     int
		want      http.Header
	}{
		{"without", func(rt http.RoundTripper) http.RoundTripper { return rt }, 1, http.Header{}},
		{"with", httpsec.WithoutInformational, 0, apiHeaders()},
		{"nil", func(http.RoundTripper) http.RoundTripper { return httpsec.WithoutInformational(nil) }, 0,
			apiHeaders()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hints := 0
			trace := &httptrace.ClientTrace{Got1xxResponse: func(int, textproto.MIMEHeader) error {
				hints++
				return nil
			}}
			r,
				err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET",
				behindHints(t, tt.transport).URL, nil)
			require.NoError(t, err)
			response, err := http.DefaultClient.Do(r)
			require.NoError(t, err)
			response.Body.Close()
			assert.Equal(t, handled, response.StatusCode)
			assert.Equal(t, tt.hints, hints)
			assert.Equal(t, "yes", response.Header.Get("X-Upstream"))
			got := response.Header
			for _, name := range []string{"Date", "Content-Length", "Link", "X-Upstream"} {
				got = dropping(got, name)
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

// TestWithoutInformationalLeavesTheTrace has a client with a trace of its own.
func TestWithoutInformationalLeavesTheTrace(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // asks for the body: 100 Continue
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(handled)
	}))
	defer server.Close()
	var continued, connected, informed int
	trace := &httptrace.ClientTrace{
		GotConn:        func(httptrace.GotConnInfo) { connected++ },
		Got100Continue: func() { continued++ },
		Got1xxResponse: func(int, textproto.MIMEHeader) error { informed++; return nil },
	}
	type key struct{}
	ctx := context.WithValue(httptrace.WithClientTrace(t.Context(), trace), key{}, "kept")
	send := func(transport http.RoundTripper) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader("x"))
		require.NoError(t, err)
		r.Header.Set("Expect", "100-continue")
		response, err := transport.RoundTrip(r)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, handled, response.StatusCode)
	}
	send(httpsec.WithoutInformational(nil))
	assert.Equal(t, []int{1, 1, 0}, []int{connected, continued, informed})
	send(http.DefaultTransport)
	assert.Equal(t, []int{2, 2, 2}, []int{connected, continued, informed}, "the trace itself is as it was")

	var seen any
	httpsec.WithoutInformational(roundTripper(func(r *http.Request) { seen = r.Context().Value(key{}) })).RoundTrip(
		httptest.NewRequestWithContext(ctx, "GET", "/", nil))
	assert.Equal(t, "kept", seen)

	var handed *http.Request
	plain := httptest.NewRequest("GET", "/", nil)
	httpsec.WithoutInformational(roundTripper(func(r *http.Request) { handed = r })).RoundTrip(plain)
	assert.Same(t, plain, handed, "a request without such a trace is handed on as it is")
}

type roundTripper func(r *http.Request)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	return nil, http.ErrAbortHandler
}
