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
	r      *http.Request
	status int
	want   []http.Header
}

func soakRequests() []soakRequest {
	const a, b, evil, ported = "https://a.com", "https://b.com", "https://evil.com", "https://x.c.com:8443"
	long := strings.Repeat("a", 64<<10)
	shared := func(origin string) http.Header {
		return joined(defaultHeaders(), adding(sharedWith(origin), "Access-Control-Allow-Credentials", "true"))
	}
	preflightAnswer := joined(defaultHeaders(), http.Header{
		"Access-Control-Allow-Origin":      {a},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Methods":     {"PUT"},
		"Access-Control-Allow-Headers":     {"x-foo"},
		"Access-Control-Max-Age":           {"600"},
		"Vary":                             {preflightVary},
	})
	var (
		notShared        = []http.Header{adding(defaultHeaders(), "Vary", "Origin")}
		withBOrNot       = append(notShared, shared(b))
		withA            = []http.Header{shared(a)}
		withPort         = []http.Header{shared(ported)}
		allowed          = []http.Header{preflightAnswer, adding(preflightAnswer, "Access-Control-Max-Age", "60")}
		refusedPreflight = []http.Header{joined(defaultHeaders(), refused(preflightVary).header)}
		refusedHandshake = []http.Header{joined(defaultHeaders(), refused("Origin").header)}
	)
	return []soakRequest{
		{newRequest("GET", nil), 200, notShared},
		{newRequest("GET", from(a)), 200, withA},
		{newRequest("POST", from(ported)), 200, withPort},
		{newRequest("GET", from(b)), 200, withBOrNot},
		{newRequest("GET", from(evil)), 200, notShared},
		{newRequest("OPTIONS", from(a)), 200, withA},
		{newRequest("OPTIONS", preflightOf(a, "PUT", "x-foo")), 200, allowed},
		{newRequest("OPTIONS", preflightOf(evil, "PUT", "x-foo")), 403, refusedPreflight},
		{handshake(from(a)), 200, withA},
		{handshake(from(evil)), 403, refusedHandshake},

		{newRequest("GET", from("null")), 200, notShared},
		{newRequest("GET", from(a, a)), 200, notShared},
		{newRequest("GET", from(evil+"/.c.com")), 200, notShared},
		{newRequest("GET", from("https://"+long+".c.com")), 200, notShared},
		{newRequest("OPTIONS", preflightOf(a, "PUT", long)), 200, allowed},
		{newRequest("OPTIONS", preflightOf(long, "PUT", long)), 403, refusedPreflight},
	}
}

func TestSoak(t *testing.T) {
	if *soakFor == 0 {
		t.Skip("run it with -soak=30s")
	}
	before := runtime.NumGoroutine()
	one := httpsec.Config{
		Origins:     []string{"https://a.com", "https://*.c.com:*"},
		Methods:     []string{"PUT"},
		Headers:     []string{"x-foo"},
		Credentials: true,
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
		r, err := http.NewRequestWithContext(t.Context(), request.r.Method, server.URL, nil)
		if !assert.NoError(t, err) {
			return false
		}
		r.Header = request.r.Header.Clone()
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
