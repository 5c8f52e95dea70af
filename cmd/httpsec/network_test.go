package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// overNetwork runs the command on the real network.
func overNetwork(t *testing.T, args ...string) *outcome {
	t.Helper()
	o := &outcome{}
	var out, errors bytes.Buffer
	o.exit = run(append([]string{"check"}, args...), nil, &out, &errors, nil)
	o.out, o.errors = out.String(), errors.String()
	require.Empty(t, o.errors)
	return o
}

// arrivals counts what arrives at a server.
type arrivals struct {
	sync.Mutex
	requests []string
}

func (a *arrivals) count(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a.Lock()
		a.requests = append(a.requests, r.Method+" "+r.Proto+" "+r.Header.Get("Origin"))
		a.Unlock()
		next(w, r)
	}
}

func (a *arrivals) list() []string {
	a.Lock()
	defer a.Unlock()
	return slices.Clone(a.requests)
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/"
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := closed.Addr().String()
	require.NoError(t, closed.Close())

	silent := make(chan struct{})
	slow := serve(t, func(http.ResponseWriter, *http.Request) { <-silent })
	slowBody := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<p>")
		w.(http.Flusher).Flush()
		<-silent
	})
	t.Cleanup(func() { close(silent) }) // runs first
	log.SetOutput(io.Discard)           // as main does
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	garbage := speaking(t, "\x1b[31mSSH-2.0\r\n")
	short := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "<p>")
	})
	large := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 300 {
			w.Header().Add("X-Large", strings.Repeat("x", 1<<10))
		}
	})
	for _, test := range []struct {
		name, url string
		args      []string
		why       string
	}{
		{"refused", "http://" + address + "/", nil, "refused"},
		{"refused to a script", "http://" + address + "/", []string{"-from", "http://localhost:3000"}, "refused"},
		{"no name", "http://does-not-exist.invalid/", nil, "does-not-exist.invalid"},
		{"slow", slow, []string{"-timeout", "50ms"}, "no answer within 50ms"},
		{"slow to a preflight", slow, []string{"-timeout", "50ms", "-from", "http://localhost:3000", "-method", "PUT"}, "no answer within 50ms"},
		{"a slow body", slowBody, []string{"-timeout", "500ms"}, "the answer does not end within 500ms"},
		{"garbage", garbage, nil, "HTTP"},
		{"cut off", short, nil, "unexpected EOF"},
		{"large headers", large, nil, "server response headers exceeded 262144 bytes"},
		{"not TLS", strings.Replace(short, "http:", "https:", 1), nil, "does not speak TLS there; write http://"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := overNetwork(t, append(append([]string{"-json"}, test.args...), test.url)...)
			assert.Equal(t, exitUsage, o.exit)
			r := o.report(t)
			assert.Equal(t, verdictUnreachable, r.Verdict)
			assert.Contains(t, r.Error, test.why)
			assert.Empty(t, r.Findings)
			assert.NotContains(t, r.Error, "%!")
			assert.Empty(t, r.Probes)
		})
		t.Run(test.name+", for people", func(t *testing.T) {
			t.Parallel()
			o := overNetwork(t, append(slices.Clone(test.args), test.url)...)
			assert.Contains(t, unwrapped(o.out), "\nunreachable: ")
			assert.NotContains(t, o.out, "\x1b")
		})
	}
	t.Run("a slow body of a fetch", func(t *testing.T) {
		r := overNetwork(t, "-json", "-timeout", "5s", "-probe=false", "-expect", "blocked", "-from", "http://localhost:3000", slowBody).report(t)
		assert.Equal(t, verdictBlocked, r.Verdict, "which is not read")
	})
}

// speaking is a server that says the same to everybody, and listens to nobody.
func speaking(t *testing.T, text string) (url string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, text)
			go io.Copy(io.Discard, conn)
		}
	}()
	return "http://" + listener.Addr().String() + "/"
}

func TestHeadersBelowTheLimit(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 250 {
			w.Header().Add("X-Large", strings.Repeat("x", 1<<10-20))
		}
	})
	assert.Equal(t, verdictOpened, overNetwork(t, "-json", "-probe=false", url).report(t).Verdict)
}

func TestEndlessPages(t *testing.T) {
	t.Parallel()
	endless := func(w io.Writer) {
		io.WriteString(w, "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\"><script>start()</script><!--")
		chunk := bytes.Repeat([]byte("all work and no play makes Jack a dull boy. "), 1000)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"plain": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			endless(w)
		},
		"compressed": func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			endless(gzip.NewWriter(w))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := overNetwork(t, "-json", "-probe=false", serve(t, handler)).report(t)
			assert.Equal(t, verdictOpened, r.Verdict)
			assert.Contains(t, r.ids(problem), "blocked-csp-script-src-elem", "judged as far as read")
			require.Contains(t, r.ids(advice), "page-truncated")
			for _, f := range r.Findings {
				if f.ID == "page-truncated" {
					assert.Equal(t, "the page is longer than 8 MiB and was judged as far as it was read", f.Message)
				}
			}
		})
	}
	film := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "video/mp4")
		endless(w)
	})
	assert.NotContains(t, overNetwork(t, "-json", "-probe=false", film).report(t).ids(advice), "page-truncated", "nothing is judged of it")
}

func TestPagesUpToTheLimit(t *testing.T) {
	for length, truncated := range map[int]bool{0: false, maxPage - 1: false, maxPage: false, maxPage + 1: true} {
		n := &network{timeout: time.Minute, admit: func(*http.Request) error { return nil }}
		n.transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(io.LimitReader(zeros{}, int64(length)))}, nil
		})
		resp, err := n.RoundTrip(httptest.NewRequest(http.MethodGet, site, nil))
		require.NoError(t, err)
		read, err := io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, int64(min(length, maxPage)), read)
		assert.Equal(t, truncated, n.truncated)
	}
}

func TestHTTP2(t *testing.T) {
	var a arrivals
	server := httptest.NewUnstartedServer(a.count(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			for range 300 {
				w.Header().Add("X-Large", strings.Repeat("x", 1<<10))
			}
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	assert.Equal(t, verdictOpened, overNetwork(t, "-json", "-probe=false", "-insecure", server.URL).report(t).Verdict)
	assert.Equal(t, []string{"GET HTTP/2.0 "}, a.list())
	large := overNetwork(t, "-json", "-probe=false", "-insecure", server.URL+"/large").report(t)
	assert.Equal(t, verdictUnreachable, large.Verdict)
	assert.Contains(t, large.Error, "response header")
}

func TestTLSThatIsNotTrusted(t *testing.T) {
	var a arrivals
	server := httptest.NewUnstartedServer(a.count(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // which has the failed handshake
	server.StartTLS()
	t.Cleanup(server.Close)
	o := overNetwork(t, "-json", server.URL)
	r := o.report(t)
	assert.Equal(t, exitUsage, o.exit)
	assert.Contains(t, r.Error, "failed to verify certificate")
	assert.Empty(t, a.list())
	insecure := overNetwork(t, "-json", "-insecure", server.URL).report(t)
	assert.Equal(t, verdictOpened, insecure.Verdict)
	assert.NotEmpty(t, a.list())
}

// TestProbesThatGetNoAnswer are not taken for refusals.
func TestProbesThatGetNoAnswer(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "null" {
			conn, _, err := w.(http.Hijacker).Hijack()
			if assert.NoError(t, err) {
				conn.Close()
			}
			return
		}
		quiet(w, "application/json", "{}")
	})
	r := overNetwork(t, "-json", url).report(t)
	assert.Equal(t, []string{"probe-unanswered"}, r.ids(advice))
	assert.Equal(t, "null", r.Findings[0].Value)
	for _, p := range r.Probes {
		assert.NotEqual(t, "null", p.Origin)
	}
}
