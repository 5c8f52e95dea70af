package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const page, foreign = "http://localhost:3000", "https://evil.example"

func TestSubscription(t *testing.T) {
	for name, handler := range map[string]http.Handler{"behind the policy": service(), "alone": graphQL()} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			conn, _, err := websocket.Dial(t.Context(), server.URL+"/graphql", &websocket.DialOptions{
				Subprotocols: []string{"graphql-transport-ws"},
				HTTPHeader:   http.Header{"Origin": {page}, "Cookie": {"user=demo"}},
			})
			require.NoError(t, err)
			defer conn.CloseNow()

			type message map[string]any
			send := func(m message) { require.NoError(t, wsjson.Write(t.Context(), conn, m)) }
			// next returns the next message that is no ping.
			next := func() (m message) {
				for m == nil || m["type"] == "ping" {
					m = nil
					require.NoError(t, wsjson.Read(t.Context(), conn, &m))
				}
				return m
			}
			send(message{"type": "connection_init"})
			require.Equal(t, message{"type": "connection_ack"}, next())
			send(message{"id": "1", "type": "subscribe", "payload": message{"query": "subscription { count }"}})
			for count := range 3 {
				data := map[string]any{"data": map[string]any{"count": float64(count + 1)}}
				require.Equal(t, message{"id": "1", "type": "next", "payload": data}, next())
			}
			require.Equal(t, message{"id": "1", "type": "complete"}, next())
		})
	}
}

func TestHandshake(t *testing.T) {
	for _, tt := range []struct {
		name         string
		lines        []string
		alone, whole int
	}{
		{"no origin", nil, 101, 101},
		{"allowed", []string{"Origin: " + page}, 101, 101},
		{"allowed, with a cookie", []string{"Origin: " + page, "Cookie: user=demo"}, 101, 101},
		{"own", []string{"Origin: http://api.example", "Host: api.example"}, 101, 101},
		{"foreign", []string{"Origin: " + foreign}, 400, 403},
		{"foreign, with a cookie", []string{"Origin: " + foreign, "Cookie: user=demo"}, 400, 403},
		{"null", []string{"Origin: null"}, 400, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			handshake := append(tt.lines, wire.Handshake)
			assert.Equal(t, tt.alone, wire.Send(t, graphQL(), "GET /graphql", handshake...).Status)
			assert.Equal(t, tt.whole, wire.Send(t, service(), "GET /graphql", handshake...).Status)
		})
	}
}

func TestQuery(t *testing.T) {
	preflight := []string{"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type"}
	assert.Equal(t, 200, wire.Send(t, service(), "OPTIONS /graphql", append(preflight, "Origin: "+page)...).Status)
	assert.Equal(t, 403, wire.Send(t, service(), "OPTIONS /graphql", append(preflight, "Origin: "+foreign)...).Status)

	server := httptest.NewServer(service())
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+"/graphql", strings.NewReader(`{"query": "{ count }"}`))
	require.NoError(t, err)
	r.Header = http.Header{"Origin": {page}, "Content-Type": {"application/json"}}
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, `{"data":{"count":1}}`, string(body))
	assert.Equal(t, page, response.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "true", response.Header.Get("Access-Control-Allow-Credentials"))
}
