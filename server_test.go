package httpsec_test

import (
	"bufio"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newServer starts a server on loopback, over TLS if it is to speak HTTP/2.
func newServer(t *testing.T, handler http.Handler, http2 bool) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.MaxHeaderBytes = 4 << 20
	server.EnableHTTP2 = http2
	if http2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	server.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return server
}

func roundTrip(t *testing.T, server *httptest.Server, method, path string, header http.Header) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
	require.NoError(t, err)
	maps.Copy(r.Header, header)
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// answerIn reads a response. Date is left out, because it changes.
func answerIn(t *testing.T, response *http.Response) answer {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	delete(response.Header, "Date")
	return answer{response.StatusCode, response.Header, string(body)}
}

// recovered answers 500 when a handler panics, as recovering middlewares do.
func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// newMux has a route for each way in which a handler may answer.
func newMux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /x", handle)
	mux.HandleFunc("GET /tree/", handle)
	mux.HandleFunc("GET /moved", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Location"] = []string{"/x"}
		w.WriteHeader(http.StatusSeeOther)
	})
	answering := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	mux.HandleFunc("GET /private", answering(http.StatusUnauthorized))
	mux.HandleFunc("GET /broken", answering(http.StatusInternalServerError))
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("a bug") })
	return mux
}

func TestServer(t *testing.T) {
	var (
		foreign   = http.Header{"Vary": {"Origin"}, "Content-Length": {"0"}}
		long      = strings.Repeat("x", 1<<20)
		preflight = http.Header{
			"Access-Control-Allow-Origin":  {"https://a.com"},
			"Access-Control-Allow-Methods": {"PUT"},
			"Access-Control-Allow-Headers": {"authorization, x-foo"},
			"Access-Control-Max-Age":       {"900"},
			"Content-Length":               {"0"},
			"Vary":                         {preflightVary},
		}
		textPlain = "text/plain; charset=utf-8"
		text      = http.Header{"Content-Type": {textPlain}, "Content-Length": {"19"}}
		allow     = adding(text, "Allow", "GET, HEAD")
		notOurs   = joined(text, http.Header{"Cache-Control": {"no-store"}, "Vary": {preflightVary}})
	)
	shared := func(more http.Header) http.Header {
		return joined(adding(sharedWithA(), "Content-Length", "0"), more)
	}
	const a, evil = "https://a.com", "https://evil.com"
	var (
		seen  = answer{handled, shared(nil), ""}
		other = answer{handled, foreign, ""}
		yes   = answer{200, preflight, ""}
		no    = answer{403, notOurs, "origin not allowed\n"}
	)
	tests := []struct {
		name, method, path string
		header             http.Header
		want               answer
	}{
		{"row 1: no Origin", "GET", "/x", nil, other},
		{"row 3: listed origin", "GET", "/x", from(a), seen},
		{"row 4: foreign origin", "GET", "/x", from(evil), other},
		{"row 21: empty Origin", "GET", "/x", from(""), other},
		{"row 22: two Origin lines", "GET", "/x", from(a, a), other},
		{"row 32: 401", "GET", "/private", from(a), answer{401, shared(nil), ""}},
		{"row 32: 404", "GET", "/nowhere", from(a), answer{404, shared(text), "404 page not found\n"}},
		{"405", "DELETE", "/x", from(a), answer{405, shared(allow), "Method Not Allowed\n"}},
		{"row 32: 500", "GET", "/broken", from(a), answer{500, shared(nil), ""}},
		{"row 32: redirect", "GET", "/moved", from(a), answer{303, shared(http.Header{"Location": {"/x"}}), ""}},
		{"row 33: panic", "GET", "/panic", from(a), answer{500, shared(nil), ""}},
		{"row 6: preflight", "OPTIONS", "/x", preflightOf(a, "PUT", "x-foo"), yes},
		{"row 42: preflight for a route with a method", "OPTIONS", "/x", preflightOf(a, "GET"), yes},
		{"preflight for a path that is redirected", "OPTIONS", "/tree", preflightOf(a, "GET"), yes},
		{"preflight for no route", "OPTIONS", "/nowhere", preflightOf(a, "GET"), yes},
		{"row 19: preflight with an empty method", "OPTIONS", "/x", preflightOf(a, ""), yes},
		{"row 9: preflight from a foreign origin", "OPTIONS", "/x", preflightOf(evil, "PUT"), no},
		{"row 45: Origin of 1 MiB", "GET", "/x", from("https://" + long), other},
		{"row 45: preflight with an Origin of 1 MiB", "OPTIONS", "/x", preflightOf("https://"+long, "PUT"), no},
		{"row 45: preflight with headers of 1 MiB", "OPTIONS", "/x", preflightOf(a, "PUT", long), yes},
	}
	handler := recovered(secured(t, twoOrigins(), newMux()))
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t, handler, http2)
			for _, test := range tests {
				t.Run(test.name, func(t *testing.T) {
					want := test.want
					want.header = defaultHeaders()
					if http2 {
						want.header = defaultHeadersOverTLS()
					}
					maps.Copy(want.header, test.want.header)
					response := roundTrip(t, server, test.method, test.path, test.header)
					assert.Equal(t, name, response.Proto)
					assert.Equal(t, want, answerIn(t, response))
				})
			}
		})
	}
}

// TestPolicyAroundTheMux shows why the policy belongs around the mux: inside a
// pattern with a method it never sees the preflight.
func TestPolicyAroundTheMux(t *testing.T) {
	cors, err := httpsec.CORS(twoOrigins())
	require.NoError(t, err)
	header := preflightOf("https://a.com", "PUT")

	around := http.NewServeMux()
	around.HandleFunc("PUT /x", handle)
	server := newServer(t, cors(around), false)
	assert.Equal(t, http.StatusOK, roundTrip(t, server, "OPTIONS", "/x", header).StatusCode)

	inside := http.NewServeMux()
	inside.Handle("PUT /x", cors(handle))
	server = newServer(t, inside, false)
	assert.Equal(t, answer{http.StatusMethodNotAllowed, http.Header{
		"Allow":                  {"PUT"},
		"Content-Length":         {"19"},
		"Content-Type":           {"text/plain; charset=utf-8"},
		"X-Content-Type-Options": {"nosniff"},
	}, "Method Not Allowed\n"}, answerIn(t, roundTrip(t, server, "OPTIONS", "/x", header)))
}

// sendRaw sends a request as it stands, for what http.Client does not send.
func sendRaw(t *testing.T, server *httptest.Server, request string) *http.Response {
	t.Helper()
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { connection.Close() })
	_, err = io.WriteString(connection, request)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err)
	return response
}

func TestHTTP10(t *testing.T) {
	server := newServer(t, newHandler(t, twoOrigins()), false)
	varied := http.Header{"Vary": {"Origin"}, "Content-Length": {"0"}}
	shared := adding(sharedWithA(), "Content-Length", "0")
	preflight := http.Header{
		"Access-Control-Allow-Origin":  {"https://a.com"},
		"Access-Control-Allow-Methods": {"PUT"},
		"Access-Control-Allow-Headers": {"authorization, x-foo"},
		"Access-Control-Max-Age":       {"900"},
		"Content-Length":               {"0"},
		"Vary":                         {preflightVary},
	}
	refusal := refused(preflightVary)
	refusal.header["Content-Length"] = []string{"19"}
	const (
		get     = "GET / HTTP/1.0\r\nOrigin: "
		options = "OPTIONS / HTTP/1.0\r\naccess-control-request-method: PUT\r\norigin:"
		again   = "\r\norigin: https://a.com"
		end     = "\r\n\r\n"
	)
	tests := []struct {
		name, request string
		want          answer
	}{
		{"row 44: listed origin", get + "https://a.com" + end, ran(shared)},
		{"row 44: foreign origin", get + "https://evil.com" + end, ran(varied)},
		{"row 44: preflight", options + "https://a.com" + end, approved(preflight)},
		{"row 44: refused preflight", options + "https://evil.com" + end, refusal},
		{"row 21: empty Origin, of white space", get + "\t " + end, ran(varied)},
		{"row 22: two Origin lines in different case", get + "https://a.com" + again + end, ran(varied)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, answerIn(t, sendRaw(t, server, test.request)))
		})
	}
}

func TestFlushThroughTheMiddlewares(t *testing.T) {
	read := make(chan struct{})
	handler := secured(t, twoOrigins(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first\n")
		assert.NoError(t, http.NewResponseController(w).Flush())
		select {
		case <-read:
			io.WriteString(w, "second\n")
		case <-r.Context().Done():
		}
	}))
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		t.Run(name, func(t *testing.T) {
			response := roundTrip(t, newServer(t, handler, http2), "GET", "/", from("https://a.com"))
			body := bufio.NewReader(response.Body)
			line, err := body.ReadString('\n')
			require.NoError(t, err)
			assert.Equal(t, "first\n", line, "before the handler has ended")
			read <- struct{}{}
			rest, err := io.ReadAll(body)
			require.NoError(t, err)
			assert.Equal(t, "second\n", string(rest))
			assert.Equal(t, []string{"https://a.com"}, response.Header["Access-Control-Allow-Origin"])
		})
	}
}

func TestHijackThroughTheMiddlewares(t *testing.T) {
	handler := secured(t, twoOrigins(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			defer connection.Close()
			io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\n"+
				"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		}
	}))
	server := newServer(t, handler, false)
	open := func(origin string) string {
		return "GET / HTTP/1.1\r\nHost: api.example.com\r\n" +
			"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nOrigin: " + origin + "\r\n\r\n"
	}
	for _, origin := range []string{"https://a.com", "https://api.example.com"} {
		response := sendRaw(t, server, open(origin))
		assert.Equal(t, http.StatusSwitchingProtocols, response.StatusCode, origin)
		assert.Equal(t, http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}, response.Header, origin)
	}
	want := refused("Origin")
	maps.Copy(want.header, defaultHeaders())
	want.header["Content-Length"] = []string{"19"}
	response := sendRaw(t, server, open("https://evil.com"))
	assert.Equal(t, want, answerIn(t, response), "row 40: handshake from a foreign origin")
}

// TestMuxRedirects leaves the status and the body to net/http, which changes them.
func TestMuxRedirects(t *testing.T) {
	server := newServer(t, newPolicy(t, twoOrigins()).Handler(newMux()), false)
	response := roundTrip(t, server, "GET", "/tree", from("https://a.com"))
	assert.Equal(t, 3, response.StatusCode/100)
	assert.Equal(t, "/tree/", response.Header.Get("Location"))
	assert.Equal(t, []string{"https://a.com"}, response.Header["Access-Control-Allow-Origin"], "row 43")
}
