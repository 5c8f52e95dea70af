package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/httpsec/httpsec"
)

const allowed, foreign = "https://app.example.com", "https://evil.example"

func TestHandshake(t *testing.T) {
	listed := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{allowed}, Credentials: true}))
	anyone := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{"*"}}))
	for _, mount := range []struct {
		name   string
		handle func(*httpsec.Policy) http.Handler
	}{
		{"gorilla", gorillaEcho},
		{"coder", coderEcho},
		{"gorilla behind the policy", func(p *httpsec.Policy) http.Handler { return p.Handler(gorillaEcho(p)) }},
		{"coder behind the policy", func(p *httpsec.Policy) http.Handler { return p.Handler(coderEcho(p)) }},
	} {
		for _, tt := range []struct {
			name   string
			policy *httpsec.Policy
			header http.Header
			status int
		}{
			{"listed, allowed", listed, http.Header{"Origin": {allowed}}, 101},
			{"listed, allowed, with a cookie", listed, http.Header{"Origin": {allowed}, "Cookie": {"user=demo"}}, 101},
			{"listed, foreign", listed, http.Header{"Origin": {foreign}}, 403},
			{"listed, null", listed, http.Header{"Origin": {"null"}}, 403},
			{"listed, two origins", listed, http.Header{"Origin": {allowed, allowed}}, 403},
			{"listed, same", listed, http.Header{"Origin": {"self"}}, 101},
			{"listed, same by Sec-Fetch-Site", listed, http.Header{"Origin": {foreign}, "Sec-Fetch-Site": {"same-origin"}}, 101},
			{"listed, our host but another site", listed, http.Header{"Origin": {"self"}, "Sec-Fetch-Site": {"cross-site"}}, 403},
			{"listed, absent", listed, nil, 101},
			{"anyone, foreign", anyone, http.Header{"Origin": {foreign}}, 101},
			{"anyone, foreign, with a cookie", anyone, http.Header{"Origin": {foreign}, "Cookie": {"user=demo"}}, 403},
			{"anyone, foreign, with Authorization", anyone, http.Header{"Origin": {foreign}, "Authorization": {"Bearer demo"}}, 403},
			{"anyone, same, with a cookie", anyone, http.Header{"Origin": {"self"}, "Cookie": {"user=demo"}}, 101},
			{"anyone, absent, with a cookie", anyone, http.Header{"Cookie": {"user=demo"}}, 101},
		} {
			t.Run(mount.name+"/"+tt.name, func(t *testing.T) {
				server := httptest.NewServer(mount.handle(tt.policy))
				defer server.Close()
				header := tt.header.Clone()
				if header.Get("Origin") == "self" {
					header.Set("Origin", server.URL)
				}
				conn, response, err := websocket.DefaultDialer.DialContext(t.Context(), strings.Replace(server.URL, "http", "ws", 1), header)
				require.NotNil(t, response, err)
				assert.Equal(t, tt.status, response.StatusCode)
				if tt.status != http.StatusSwitchingProtocols {
					assert.ErrorIs(t, err, websocket.ErrBadHandshake)
					return
				}
				require.NoError(t, err)
				defer conn.Close()
				require.NoError(t, conn.WriteMessage(websocket.TextMessage, []byte("hello")))
				_, message, err := conn.ReadMessage()
				require.NoError(t, err)
				assert.Equal(t, "hello", string(message))
			})
		}
	}
}

// TestHTTP2 opens sockets by the extended CONNECT of RFC 8441. net/http reads
// GODEBUG when a program starts, so it runs in one of its own.
func TestHTTP2(t *testing.T) {
	const godebug = "GODEBUG=http2xconnect=1"
	if "GODEBUG="+os.Getenv("GODEBUG") != godebug {
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHTTP2$", "-test.v")
		again.Env = append(os.Environ(), godebug)
		output, err := again.CombinedOutput()
		require.NoError(t, err, string(output))
		require.Contains(t, string(output), "--- PASS: TestHTTP2/foreign")
		return
	}
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{allowed}, Credentials: true}))
	server := httptest.NewUnstartedServer(policy.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Handler", r.Method)
	})))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for _, tt := range []struct {
		name, origin string
		want         map[string]string
	}{
		{"allowed", allowed, map[string]string{":status": "200", "x-handler": "CONNECT", "vary": "Origin", "access-control-allow-origin": allowed, "access-control-allow-credentials": "true", "content-length": "0"}},
		{"same", server.URL, map[string]string{":status": "200", "x-handler": "CONNECT", "vary": "Origin", "content-length": "0"}},
		{"foreign", foreign, map[string]string{":status": "403", "vary": "Origin", "cache-control": "no-store", "content-type": "text/plain; charset=utf-8", "content-length": "19"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, extendedConnect(t, server, tt.origin))
		})
	}
}

// extendedConnect returns the header of the answer, without its date. It writes the
// frames itself: http.Transport sends no :protocol.
func extendedConnect(t *testing.T, server *httptest.Server, origin string) map[string]string {
	t.Helper()
	address := server.Listener.Addr().String()
	config := server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	config.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", address, config)
	require.NoError(t, err)
	defer conn.Close()

	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: "CONNECT"},
		{Name: ":protocol", Value: "websocket"},
		{Name: ":scheme", Value: "https"},
		{Name: ":authority", Value: address},
		{Name: ":path", Value: "/"},
		{Name: "origin", Value: origin},
	} {
		require.NoError(t, encoder.WriteField(field))
	}
	_, err = io.WriteString(conn, http2.ClientPreface)
	require.NoError(t, err)
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4<<10, nil)
	require.NoError(t, framer.WriteSettings())
	require.NoError(t, framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true}))
	for {
		frame, err := framer.ReadFrame()
		require.NoError(t, err)
		if headers, ok := frame.(*http2.MetaHeadersFrame); ok {
			fields := map[string]string{}
			for _, field := range headers.Fields {
				fields[field.Name] = field.Value
			}
			delete(fields, "date")
			return fields
		}
	}
}
