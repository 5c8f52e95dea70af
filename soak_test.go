package httpsec_test

import (
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

var soakFor = flag.Duration("soak", 0, "how long TestSoak sends requests; 0 skips it")

// soakRequest is a request, and all answers to it that are right: there are two
// where the policies that Reload switches between differ.
type soakRequest struct {
	method string
	header http.Header
	status int
	want   []http.Header
}

func soakRequests() []soakRequest {
	secured := func(cors http.Header) http.Header { return joined(defaultHeaders(), cors) }
	shared := func(origin string) http.Header {
		return secured(http.Header{"Vary": {"Origin"}, "Access-Control-Allow-Origin": {origin}, "Access-Control-Allow-Credentials": {"true"}})
	}
	approved := func(origin, maxAge string) http.Header {
		return secured(http.Header{
			"Vary":                             {"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"},
			"Access-Control-Allow-Origin":      {origin},
			"Access-Control-Allow-Credentials": {"true"},
			"Access-Control-Allow-Methods":     {"PUT"},
			"Access-Control-Allow-Headers":     {"x-foo"},
			"Access-Control-Max-Age":           {maxAge},
		})
	}
	notShared := secured(http.Header{"Vary": {"Origin"}})
	refused := adding(adding(notShared, "Cache-Control", "no-store"), "Content-Type", "text/plain; charset=utf-8")
	refusedPreflight := adding(refused, "Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")

	preflight := func(origin, headers string) http.Header {
		return http.Header{"Origin": {origin}, "Access-Control-Request-Method": {"PUT"}, "Access-Control-Request-Headers": {headers}}
	}
	handshake := func(origin string) http.Header {
		return http.Header{"Origin": {origin}, "Upgrade": {"websocket"}, "Connection": {"Upgrade"}}
	}
	long := strings.Repeat("a", 64<<10)
	return []soakRequest{
		{"GET", http.Header{}, 200, []http.Header{notShared}},
		{"GET", http.Header{"Origin": {"https://a.com"}}, 200, []http.Header{shared("https://a.com")}},
		{"POST", http.Header{"Origin": {"https://x.c.com:8443"}}, 200, []http.Header{shared("https://x.c.com:8443")}},
		{"GET", http.Header{"Origin": {"https://b.com"}}, 200, []http.Header{notShared, shared("https://b.com")}},
		{"GET", http.Header{"Origin": {"https://evil.com"}}, 200, []http.Header{notShared}},
		{"OPTIONS", http.Header{"Origin": {"https://a.com"}}, 200, []http.Header{shared("https://a.com")}},
		{"OPTIONS", preflight("https://a.com", "x-foo"), 200, []http.Header{approved("https://a.com", "600"), approved("https://a.com", "60")}},
		{"OPTIONS", preflight("https://evil.com", "x-foo"), 403, []http.Header{refusedPreflight}},
		{"GET", handshake("https://a.com"), 200, []http.Header{shared("https://a.com")}},
		{"GET", handshake("https://evil.com"), 403, []http.Header{refused}},

		{"GET", http.Header{"Origin": {"null"}}, 200, []http.Header{notShared}},
		{"GET", http.Header{"Origin": {"https://a.com", "https://a.com"}}, 200, []http.Header{notShared}},
		{"GET", http.Header{"Origin": {"https://evil.com/.c.com"}}, 200, []http.Header{notShared}},
		{"GET", http.Header{"Origin": {"https://" + long + ".c.com"}}, 200, []http.Header{notShared}},
		{"OPTIONS", preflight("https://a.com", long), 200, []http.Header{approved("https://a.com", "600"), approved("https://a.com", "60")}},
		{"OPTIONS", preflight(long, long), 403, []http.Header{refusedPreflight}},
	}
}

func TestSoak(t *testing.T) {
	if *soakFor == 0 {
		t.Skip("run it with -soak=30s")
	}
	before := runtime.NumGoroutine()
	one := httpsec.Config{
		Origins: []string{"https://a.com", "https://*.c.com:*"}, Methods: []string{"PUT"}, Headers: []string{"x-foo"}, Credentials: true,
	}
	two := one
	two.Origins = append([]string{"https://b.com"}, one.Origins...)
	two.MaxAge = time.Minute
	broken := httpsec.Config{Origins: []string{"evil.com"}}
	policy := httpsec.Must(httpsec.NewPolicy(one))
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	server := httptest.NewServer(secure(policy.Handler(nothing)))
	client := server.Client()
	const workers = 4
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = workers
	requests := soakRequests()

	// send reports whether to go on.
	send := func(request soakRequest) bool {
		r, err := http.NewRequestWithContext(t.Context(), request.method, server.URL, nil)
		if !assert.NoError(t, err) {
			return false
		}
		r.Header = request.header.Clone()
		resp, err := client.Do(r)
		if !assert.NoError(t, err) {
			return false
		}
		defer resp.Body.Close()
		if _, err = io.Copy(io.Discard, resp.Body); !assert.NoError(t, err) {
			return false
		}
		resp.Header.Del("Date")
		resp.Header.Del("Content-Length")
		return assert.Equal(t, request.status, resp.StatusCode) && assert.Contains(t, request.want, resp.Header)
	}
	// load sends mixed requests for a while, and returns the heap in use after it.
	load := func(d time.Duration) uint64 {
		deadline := time.Now().Add(d)
		var wg sync.WaitGroup
		for worker := range workers {
			wg.Go(func() {
				for i := worker; time.Now().Before(deadline); i++ {
					if !send(requests[i%len(requests)]) {
						return
					}
					if worker == 0 && i%10 == 0 {
						assert.Error(t, policy.Reload(broken))
						assert.NoError(t, policy.Reload([]httpsec.Config{one, two}[i/10%2]))
					}
				}
			})
		}
		wg.Wait()
		runtime.GC()
		runtime.GC() // what sync.Pools kept over the first
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapInuse
	}

	middle := load(*soakFor / 2)
	end := load(*soakFor / 2)
	require.False(t, t.Failed())
	assert.Less(t, end, middle+8<<20, "the heap grows")

	client.CloseIdleConnections()
	server.Close()
	// Connections that are closed take their goroutines along a moment later.
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	assert.LessOrEqual(t, runtime.NumGoroutine(), before, "goroutines are left")
}
