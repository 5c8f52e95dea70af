package httpsec_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// path is a way through both middlewares.
type path struct {
	name    string
	config  httpsec.Config
	request func() *http.Request
}

// allPaths has every way in which the middlewares fill a response.
func allPaths() []path {
	request := func(method string, header http.Header) func() *http.Request {
		return func() *http.Request { return newRequest(method, header.Clone()) }
	}
	var (
		listed = with(twoOrigins(), withCredentials)
		reject = with(twoOrigins(), func(c *httpsec.Config) { c.RejectDisallowed = true })
		anyone = httpsec.Config{Origins: []string{"*"}, ExposeHeaders: []string{"X-Bar"}}
		isA    = func(_ *http.Request, origin string) bool { return origin == "https://a.com" }
		own    = httpsec.Config{OriginFunc: isA}
		long   = strings.Repeat("x", 1<<20)

		names   = []string{"example.com", "*.example.net", "10.0.0.0/8"}
		hosts   = with(reject, func(c *httpsec.Config) { c.Hosts = names })
		sockets = with(listed, func(c *httpsec.Config) { c.SocketOrigins = []string{"https://c.com"} })
		tiers   = with(anyone, func(c *httpsec.Config) { c.CredentialOrigins = []string{"https://a.com"} })
		options = with(listed, func(c *httpsec.Config) { c.AnswerOPTIONS = true })
		labels  = httpsec.Config{Origins: []string{"https://pr-*.example.net", "moz-extension://*"}}
	)
	at := func(host string, r func() *http.Request) func() *http.Request {
		return func() *http.Request { return under(host, r()) }
	}
	socket := func(header http.Header) func() *http.Request {
		return func() *http.Request { return handshake(header.Clone()) }
	}
	const a, evil = "https://a.com", "https://evil.com"
	return []path{
		{"no Origin", listed, request("GET", nil)},
		{"allowed", listed, request("GET", from(a))},
		{"allowed by a function", own, request("GET", from(a))},
		{"not allowed", listed, request("GET", from(evil))},
		{"rejected", reject, request("GET", from(evil))},
		{"refused handshake", listed, socket(from(evil))},
		{"preflight", listed, request("OPTIONS", preflightOf(a, "PUT", "x-foo"))},
		{"preflight told what it asks for", echoing(), request("OPTIONS", preflightOf(a, "PUT", "x-foo,x-bar"))},
		{"refused preflight", listed, request("OPTIONS", preflightOf(evil, "PUT"))},
		{"anyone, no Origin", anyone, request("GET", nil)},
		{"anyone", anyone, request("GET", from(a))},
		{"preflight of anyone", anyone, request("OPTIONS", preflightOf(a, "PUT"))},
		{"host", hosts, request("GET", from(a))},
		{"subdomain of a host", hosts, at("x.example.net:8080", request("GET", from(a)))},
		{"host by address", hosts, at("10.1.2.3:80", request("GET", from(a)))},
		{"refused host", hosts, at("evil.com", request("GET", from(a)))},
		{"refused address", hosts, at("11.1.2.3", request("GET", nil))},
		{"Host of 1 MiB", hosts, at(long, request("GET", from(a)))},
		{"refused write without Origin", hosts, request("POST", http.Header{"Sec-Fetch-Site": {"cross-site"}})},
		{"handshake of a socket origin", sockets, socket(from("https://c.com"))},
		{"refused handshake with SocketOrigins", sockets, socket(from(a))},
		{"refused handshake with credentials", twoOrigins(), socket(adding(from(a), "Cookie", "x"))},
		{"credential origin", tiers, request("GET", from(a))},
		{"anyone beside credential origins", tiers, request("GET", from(evil))},
		{"preflight of a credential origin", tiers, request("OPTIONS", preflightOf(a, "PUT", "x-a"))},
		{"preflight beside credential origins", tiers, request("OPTIONS", preflightOf(evil, "PUT", "x-a"))},
		{"answered OPTIONS", options, request("OPTIONS", from(a))},
		{"label pattern", labels, request("GET", from("https://pr-1.example.net"))},
		{"scheme pattern", labels, request("GET", from("moz-extension://x"))},
		{"no pattern", labels, request("GET", from("https://x.example.net"))},
		{"Upgrade of 1 MiB", listed, request("GET", adding(from(evil), "Upgrade", long))},
		{"Sec-Fetch-Site of 1 MiB", reject, request("POST", adding(from(evil), "Sec-Fetch-Site", long))},
		{"Origin of 1 MiB", listed, request("GET", from("https://"+long))},
		{"Origin of 1 MiB, preflight", listed, request("OPTIONS", preflightOf("https://"+long, "PUT"))},
		{"Origin of 1 MiB for a function", own, request("GET", from("https://"+long))},
		{"header list of 1 MiB", listed, request("OPTIONS", preflightOf(a, "PUT", long))},
		{"header list of 1 MiB, not named", echoing(), request("OPTIONS", preflightOf(a, "PUT", long))},
		{"method of 1 MiB, not named", echoing(), request("OPTIONS", preflightOf(a, long))},
	}
}

// vandal is a handler, and a middleware, that does to header values all that it
// may do to those of its own response, and keeps them to do so again.
type vandal struct{ kept [][]string }

func (v *vandal) spoil(header http.Header) {
	for name, values := range header {
		v.kept = append(v.kept, values)
		header[name] = append(values, "appended")
		delete(header, name)
	}
	for _, values := range v.kept {
		values = values[:cap(values)]
		for i := range values {
			values[i] = "spoiled"
		}
	}
}

func (v *vandal) ServeHTTP(w http.ResponseWriter, _ *http.Request) { v.spoil(w.Header()) }

func (v *vandal) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		v.spoil(w.Header())
	})
}

// overHTTPS makes the security headers include Strict-Transport-Security.
func overHTTPS(r *http.Request) *http.Request {
	r.Header["X-Forwarded-Proto"] = []string{"https"}
	return r
}

func TestResponsesShareNothing(t *testing.T) {
	for _, path := range allPaths() {
		t.Run("row 37: "+path.name, func(t *testing.T) {
			policy := newPolicy(t, path.config)
			secure, err := httpsec.SecurityHeaders(httpsec.Headers{Extra: map[string]string{"X-Extra": "x"}})
			require.NoError(t, err)
			clean := secure(policy.Handler(handle))
			serve := func(handler http.Handler, r *http.Request) http.Header {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				return w.Header()
			}

			earlier := serve(clean, overHTTPS(path.request()))
			want := earlier.Clone()
			assert.Equal(t, []string{"max-age=31536000"}, want["Strict-Transport-Security"])

			v := new(vandal)
			for range 2 {
				serve(v.around(secure(policy.Handler(v))), overHTTPS(path.request()))
				later := serve(clean, overHTTPS(path.request()))
				v.spoil(http.Header{})
				assert.Equal(t, want, later)
				assert.Equal(t, want, earlier)
			}
			assert.NotEmpty(t, v.kept)
		})
	}
}

// TestValuesOfOneResponseAreApart appends to each header value, which must not
// overwrite another header's.
func TestValuesOfOneResponseAreApart(t *testing.T) {
	for _, path := range allPaths() {
		t.Run(path.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			w.Header()["Vary"] = []string{"Accept-Encoding"}
			secured(t, path.config, handle).ServeHTTP(w, overHTTPS(path.request()))
			want := w.Header().Clone()
			for name, values := range w.Header() {
				_ = append(values, "appended")
				assert.Equal(t, want, w.Header(), name)
			}
		})
	}
}

func TestRequestHeadersAreNotAliased(t *testing.T) {
	for _, path := range allPaths() {
		t.Run(path.name, func(t *testing.T) {
			r := path.request()
			sent := r.Header.Clone()
			w := httptest.NewRecorder()
			newHandler(t, path.config).ServeHTTP(w, r)
			want := w.Header().Clone()
			assert.Equal(t, sent, r.Header, "the request was changed")

			new(vandal).spoil(maps.Clone(r.Header))
			assert.Equal(t, want, w.Header(), "the response follows the request")

			r.Header = sent.Clone()
			new(vandal).spoil(w.Header())
			assert.Equal(t, sent, r.Header, "the request follows the response")
		})
	}
}

// TestVaryOfOthersIsCopied gives every response the same Vary slice, with room to
// grow, as a careless outer middleware does.
func TestVaryOfOthersIsCopied(t *testing.T) {
	careless := make([]string, 1, 8)
	careless[0] = "Accept-Encoding"
	want := slices.Clone(careless[:cap(careless)])
	for _, path := range allPaths() {
		answerTo(newHandler(t, path.config), path.request(), http.Header{"Vary": careless})
		assert.Equal(t, want, careless[:cap(careless)], path.name)
	}
}

// emptyWriter takes a response without an allocation of its own.
type emptyWriter struct{ header http.Header }

func (w *emptyWriter) Header() http.Header               { return w.header }
func (w *emptyWriter) Write(b []byte) (int, error)       { return len(b), nil }
func (w *emptyWriter) WriteString(s string) (int, error) { return len(s), nil }
func (w *emptyWriter) WriteHeader(int)                   {}

// allocations counts those of a response with a fresh header map, which holds
// what an outer middleware left and a value that every response has.
func allocations(handler http.Handler, r *http.Request, left http.Header) float64 {
	w := new(emptyWriter)
	date := []string{"Thu, 01 Jan 1970 00:00:00 GMT"}
	return testing.AllocsPerRun(100, func() {
		w.header = http.Header{"Date": date}
		maps.Copy(w.header, left)
		handler.ServeHTTP(w, r)
	})
}

func TestOneAllocationPerResponse(t *testing.T) {
	bare := handle
	for _, path := range allPaths() {
		t.Run(path.name, func(t *testing.T) {
			handler, r := newHandler(t, path.config), path.request()
			assert.Equal(t, 1.0, allocations(handler, r, nil)-allocations(bare, r, nil))
			left := http.Header{"Vary": {"Accept-Encoding", "Cookie"}}
			assert.Equal(t, 1.0, allocations(handler, r, left)-allocations(bare, r, left), "beside another Vary")
		})
	}
	t.Run("nothing to write, because Vary has Origin", func(t *testing.T) {
		handler, left := newHandler(t, twoOrigins()), http.Header{"Vary": {"Origin"}}
		for _, r := range []*http.Request{newRequest("GET", nil), newRequest("GET", from("https://evil.com"))} {
			assert.Equal(t, 0.0, allocations(handler, r, left)-allocations(bare, r, left))
		}
	})
}

// TestReloadIsAtomic mixes requests and reloads: every answer must come from one
// policy alone.
func TestReloadIsAtomic(t *testing.T) {
	const origin = "https://a.com"
	one := httpsec.Config{
		Origins: []string{origin},
		Methods: []string{"PUT"},
		Headers: []string{"X-One"},
		MaxAge:  time.Second,
	}
	other := httpsec.Config{
		Origins:         []string{origin},
		Credentials:     true,
		Methods:         []string{"PATCH"},
		Headers:         []string{"X-Other"},
		MaxAge:          time.Minute,
		PreflightStatus: http.StatusNoContent,
	}
	wantOne := answer{http.StatusOK, http.Header{
		"Access-Control-Allow-Origin":  {origin},
		"Access-Control-Allow-Methods": {"PUT"},
		"Access-Control-Allow-Headers": {"X-One"},
		"Access-Control-Max-Age":       {"1"},
		"Vary":                         {preflightVary},
	}, ""}
	wantOther := answer{http.StatusNoContent, http.Header{
		"Access-Control-Allow-Origin":      {origin},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Methods":     {"PATCH"},
		"Access-Control-Allow-Headers":     {"X-Other"},
		"Access-Control-Max-Age":           {"60"},
		"Vary":                             {preflightVary},
	}, ""}
	p := newPolicy(t, one)
	handler := p.Handler(handle)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for range 300 {
				r := newRequest("OPTIONS", preflightOf(origin, "PUT"))
				assert.Contains(t, []answer{wantOne, wantOther}, answerTo(handler, r, nil))
			}
		})
	}
	for range 150 {
		assert.NoError(t, p.Reload(one))
		assert.NoError(t, p.Reload(other))
		assert.Error(t, p.Reload(httpsec.Config{}))
	}
	wg.Wait()
	assert.Equal(t, wantOther, answerTo(handler, newRequest("OPTIONS", preflightOf(origin, "PUT")), nil))
}
