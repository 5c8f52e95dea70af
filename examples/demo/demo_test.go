package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/httpsectest"
)

// Bodies and header values that recur.
const (
	twoEvents = `[{"id":1,"title":"Release","date":"2026-09-01"},{"id":2,"title":"Retrospective","date":"2026-09-15"}]` + "\n"
	methods   = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
	varyAll   = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
	plainText = "text/plain; charset=utf-8"
)

func TestList(t *testing.T) {
	d := start(t, "")
	browser := httpsectest.NewTransport(http.DefaultTransport)
	for _, origin := range []string{d.page, "http://localhost:3000"} {
		response, err := browser.Page(origin).Fetch(d.api+"/events", httpsectest.Init{Credentials: httpsectest.CredentialsInclude})
		require.NoError(t, err, origin)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		assert.Equal(t, twoEvents, string(body))
		assert.Equal(t, http.Header{"Content-Type": {"application/json"}, "Content-Length": {"102"}, "X-Total-Count": {"2"}}, response.Header, "what a script sees")
	}
	_, err := browser.Page(d.foreign).Fetch(d.api+"/events", httpsectest.Init{})
	assert.ErrorContains(t, err, "No 'Access-Control-Allow-Origin' header is present")

	bare := do(t, noRedirects, "GET", d.api+"/events", "")
	assert.Equal(t, answer{200, with(http.Header{
		"Vary": {"Origin"}, "Content-Type": {"application/json"}, "Content-Length": {"102"}, "X-Total-Count": {"2"}, "X-Served-By": {"demo"},
	}), twoEvents}, bare)

	d.stop(t)
	assert.Equal(t, 1, strings.Count(d.stderr.String(), "\n"), "one refusal, one line")
	assert.Contains(t, d.stderr.String(), "level=WARN msg=refused method=GET path=/events decision.kind=actual decision.allowed=false decision.origin="+d.foreign+" decision.reason=origin\n")
}

// TestPreflight lets a browser ask before a PUT, from an origin that is allowed and
// from one that is not.
func TestPreflight(t *testing.T) {
	d := start(t, "")
	put := httpsectest.Init{Method: "PUT", Headers: map[string]string{"Content-Type": "application/json"}, Body: `{"title":"Party"}`}
	allowed := with(http.Header{
		"Access-Control-Allow-Origin": {d.page}, "Access-Control-Allow-Credentials": {"true"}, "Access-Control-Allow-Methods": {methods},
		"Access-Control-Allow-Headers": {"content-type"}, "Access-Control-Max-Age": {"600"}, "Vary": {varyAll}, "Content-Length": {"0"},
	})
	refused := with(http.Header{"Cache-Control": {"no-store"}, "Vary": {varyAll}, "Content-Type": {plainText}, "Content-Length": {"19"}})
	for _, tt := range []struct {
		name, origin, path string
		want               http.Header
		statuses           []int
	}{
		{"allowed", d.page, "/events/1", allowed, []int{200, 200}},
		{"allowed, to a path that the mux does not know", d.page, "/nowhere", allowed, []int{200, 404}},
		{"foreign", d.foreign, "/events/1", refused, []int{403}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			browser := httpsectest.NewTransport(http.DefaultTransport)
			_, err := browser.Page(tt.origin).Fetch(d.api+tt.path, put)
			assert.Equal(t, len(tt.statuses) == 1, err != nil, err)
			var statuses []int
			for _, exchange := range browser.Log() {
				statuses = append(statuses, exchange.Status)
			}
			assert.Equal(t, tt.statuses, statuses)
			preflight := browser.Log()[0]
			assert.True(t, preflight.Preflight)
			preflight.Header.Del("Date")
			assert.Equal(t, tt.want, preflight.Header)
		})
	}
}

// TestWalkThrough goes through the API in order; every answer has the CORS headers.
func TestWalkThrough(t *testing.T) {
	d := start(t, "")
	const json = "application/json"
	for _, tt := range []struct {
		method, path, contentType, cookie, body string
		status                                  int
		want                                    string
		header                                  http.Header
	}{
		{"POST", "/events", json, "", `{"title":"Retreat"}`, 201, `{"id":3,"title":"Retreat","date":""}`, http.Header{"Location": {"/events/3"}}},
		{"POST", "/events", "text/plain", "", `{"title":"Retreat"}`, 415, `{"error":"send application/json"}`, nil},
		{"POST", "/events", json, "", `{"title":" "}`, 422, `{"error":"an event needs a title"}`, nil},
		{"POST", "/events", json, "", `{`, 400, `{"error":"the body is not an event: unexpected end of JSON input"}`, nil},
		{"POST", "/events", json, "", `"` + strings.Repeat("x", 4<<10) + `"`, 413, `{"error":"http: request body too large"}`, nil},
		{"PATCH", "/events/3", json, "", `{"date":"2026-10-01"}`, 200, `{"id":3,"title":"Retreat","date":"2026-10-01"}`, nil},
		{"PUT", "/events/3", json, "", `{"id":9,"title":"Party"}`, 200, `{"id":3,"title":"Party","date":""}`, nil},
		{"GET", "/events/3", "", "", "", 200, `{"id":3,"title":"Party","date":""}`, nil},
		{"DELETE", "/events/3", "", "", "", 204, "", nil},
		{"DELETE", "/events/3", "", "", "", 404, `{"error":"no such event"}`, nil},
		{"PUT", "/events/x", json, "", `{"title":"x"}`, 404, `{"error":"no such event"}`, nil},
		{"GET", "/events/3", "", "", "", 404, `{"error":"no such event"}`, nil},
		{"GET", "/me", "", "", "", 401, `{"error":"log in first"}`, http.Header{"Cache-Control": {"no-store"}}},
		{"POST", "/login", "", "", "", 204, "", http.Header{"Set-Cookie": {"user=demo; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"}}},
		{"GET", "/me", "", "user=demo", "", 200, `{"user":"demo"}`, http.Header{"Cache-Control": {"no-store"}}},
		{"GET", "/error", "", "", "", 500, `{"error":"something broke"}`, nil},
		{"POST", "/visits", "text/plain", "", "hello", 200, `{"visits":1}`, nil},
		{"POST", "/guarded/visits", "text/plain", "", "hello", 200, `{"visits":2}`, nil},
		{"GET", "/moved", "", "", "", 307, `<a href="/events">Temporary Redirect</a>.` + "\n", http.Header{"Location": {"/events"}, "Content-Type": {"text/html; charset=utf-8"}}},
		{"GET", "/nowhere", "", "", "", 404, "404 page not found", http.Header{"Content-Type": {plainText}}},
		{"PUT", "/error", "", "", "", 405, "Method Not Allowed", http.Header{"Content-Type": {plainText}, "Allow": {"GET, HEAD"}}},
		{"GET", "/stream", "", "", "", 200, "line 1\nline 2\nline 3\nline 4\nline 5", http.Header{"Content-Type": {plainText}, "Cache-Control": {"no-store"}}},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			header := with(http.Header{"Access-Control-Allow-Origin": {d.page}, "Access-Control-Allow-Credentials": {"true"}, "Access-Control-Expose-Headers": {"X-Total-Count"}, "Vary": {"Origin"}})
			if tt.want != "" {
				tt.want += "\n"
				header["Content-Type"] = []string{json}
			}
			maps.Copy(header, tt.header)
			got := do(t, noRedirects, tt.method, d.api+tt.path, tt.body, "Origin", d.page, "Content-Type", tt.contentType, "Cookie", tt.cookie)
			delete(got.header, "Content-Length")
			assert.Equal(t, answer{tt.status, header, tt.want}, got)
		})
	}
}

func TestOriginsFromEnvironment(t *testing.T) {
	const a, b, other = "https://a.example", "https://b.example", "http://localhost:3000"
	explicit := func(origin string) http.Header {
		return http.Header{"Access-Control-Allow-Origin": {origin}, "Access-Control-Allow-Credentials": {"true"}, "Access-Control-Expose-Headers": {"X-Total-Count"}, "Vary": {"Origin"}}
	}
	nobody := http.Header{"Vary": {"Origin"}}
	anyone := http.Header{"Access-Control-Allow-Origin": {"*"}, "Access-Control-Expose-Headers": {"X-Total-Count"}}
	for _, tt := range []struct {
		value string
		want  map[string]http.Header
	}{
		{`["https://a.example","https://b.example"]`, map[string]http.Header{a: explicit(a), b: explicit(b), other: nobody}},
		{"https://a.example, https://b.example", map[string]http.Header{a: explicit(a), b: explicit(b), other: nobody}},
		{`[]`, map[string]http.Header{a: nobody, other: nobody}},
		{`["*"]`, map[string]http.Header{a: anyone, "null": anyone, "": anyone}},
	} {
		t.Run(tt.value, func(t *testing.T) {
			d := start(t, "CORS_ORIGINS="+tt.value)
			for origin, header := range tt.want {
				header = with(header)
				header["Content-Type"], header["Content-Length"] = []string{"application/json"}, []string{"28"}
				assert.Equal(t, answer{500, header, `{"error":"something broke"}` + "\n"}, do(t, noRedirects, "GET", d.api+"/error", "", "Origin", origin), origin)
			}
		})
	}
}

func TestStartErrors(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer busy.Close()
	address := busy.Addr().String()
	for _, tt := range []struct {
		name, env string
		args      []string
		want      string
	}{
		{"busy port", "", []string{"-addr", address}, "demo: -addr: listen tcp " + address + ": bind: address already in use\n"},
		{"busy page port", "", []string{"-page", address}, "demo: -page: listen tcp " + address + ": bind: address already in use\n"},
		{"path", `CORS_ORIGINS=["https://a.example/"]`, nil, `demo: httpsec: CORS_ORIGINS: "https://a.example/" has a path; write "https://a.example"` + "\n"},
		{"broken JSON", `CORS_ORIGINS=["https://a.example"`, nil, `demo: httpsec: CORS_ORIGINS: "[\"https://a.example\"" is not a JSON array; write ["https://app.example.com"]` + "\n"},
		{"empty", "CORS_ORIGINS=", nil, "demo: httpsec: CORS_ORIGINS: is empty; list the origins, or write [] to allow nobody\n"},
		{"certificate without TLS", "", []string{"-cert", "cert.pem"}, "demo: -cert needs -tls\n"},
		{"redirect without TLS", "", []string{"-redirect", ":0"}, "demo: -redirect needs -tls\n"},
		{"busy redirect port", "", []string{"-tls", "-redirect", address}, "demo: -redirect: listen tcp " + address + ": bind: address already in use\n"},
		{"certificate", "", []string{"-tls", "-cert", "/nowhere/cert.pem"}, "demo: open /nowhere/cert.pem: no such file or directory\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd, stderr := command(t, tt.env, tt.args...)
			cmd.Run()
			assert.Equal(t, 1, cmd.ProcessState.ExitCode())
			assert.Equal(t, tt.want, stderr.String())
		})
	}
}

func TestSocketAndShutdown(t *testing.T) {
	d := start(t, "")
	url := strings.Replace(d.api, "http", "ws", 1) + "/socket"

	foreign := httpsectest.NewTransport(http.DefaultTransport).Page(d.foreign)
	_, err := foreign.WebSocket(url)
	require.ErrorContains(t, err, "403")
	_, err = foreign.WebSocket(strings.Replace(url, "/socket", "/public/socket", 1))
	require.NoError(t, err)

	conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), url, http.Header{"Origin": {d.page}})
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.WriteMessage(websocket.TextMessage, []byte("hello")))
	_, message, err := conn.ReadMessage()
	require.NoError(t, err)
	assert.Equal(t, "hello", string(message))

	stream, err := http.Get(d.api + "/stream")
	require.NoError(t, err)
	defer stream.Body.Close()
	lines := bufio.NewReader(stream.Body)
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "line 1\n", line, "a line arrives while the stream goes on")

	require.NoError(t, d.cmd.Process.Signal(os.Interrupt))
	_, _, err = conn.ReadMessage()
	assert.Equal(t, &websocket.CloseError{Code: websocket.CloseGoingAway}, err)
	_, err = io.Copy(io.Discard, lines)
	assert.NoError(t, err, "the stream ends, rather than break off")
	assert.NoError(t, d.cmd.Wait())
}

func TestTLS(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cert.pem")
	free, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())
	plain := free.Addr().String()
	d := start(t, "", "-tls", "-cert", file, "-redirect", plain)
	certificate, err := os.ReadFile(file)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(certificate))
	for _, name := range []string{"localhost", "app.localhost", "127.0.0.1", "::1"} {
		t.Run(name, func(t *testing.T) {
			client := &http.Client{Transport: &http.Transport{
				TLSClientConfig:   &tls.Config{RootCAs: roots, ServerName: name},
				ForceAttemptHTTP2: true,
			}}
			defer client.CloseIdleConnections()
			assert.Equal(t, answer{500, with(http.Header{
				"Access-Control-Allow-Origin": {d.page}, "Access-Control-Allow-Credentials": {"true"}, "Access-Control-Expose-Headers": {"X-Total-Count"}, "Vary": {"Origin"},
				"Strict-Transport-Security": {"max-age=31536000"}, "Content-Type": {"application/json"}, "Content-Length": {"28"},
			}), `{"error":"something broke"}` + "\n"}, do(t, client, "GET", d.api+"/error", "", "Origin", d.page))
		})
	}
	require.True(t, strings.HasPrefix(d.page, "https://"))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	assert.Contains(t, do(t, client, "GET", d.page, "").body, "This page can read", "the prediction is made over TLS too")

	response, err := noRedirects.Get("http://" + plain + "/path?query")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusPermanentRedirect, response.StatusCode)
	assert.Equal(t, d.page+"/path?query", response.Header.Get("Location"))
}
