// Package wire sends a handler requests over a real connection.
package wire

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Handshake is what a request needs to open a WebSocket.
const Handshake = "Connection: Upgrade\nUpgrade: websocket\n" +
	"Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="

// Answer is what came back; Body is empty where the protocol was switched.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// List returns the elements of a header in lower case.
func (a Answer) List(name string) []string {
	return strings.Split(strings.ToLower(a.Header.Get(name)), ", ")
}

// Send starts a server for one request and returns the answer:
//
//	Send(t, handler, "PUT /api/events/1", "Origin: https://app.example.com")
func Send(t *testing.T, handler http.Handler, request string, lines ...string) Answer {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()

	method, target, _ := strings.Cut(request, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+target, nil)
	require.NoError(t, err)
	text := strings.Join(append(lines, "", ""), "\n")
	header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(text))).ReadMIMEHeader()
	require.NoError(t, err)
	r.Header, r.Host = http.Header(header), header.Get("Host")

	response, err := server.Client().Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	answer := Answer{Status: response.StatusCode, Header: response.Header}
	if response.StatusCode != http.StatusSwitchingProtocols {
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		answer.Body = string(body)
	}
	return answer
}
