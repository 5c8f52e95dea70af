package main

import (
	"io"
	"testing"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestInBrowser queries and subscribes as the listed page, and as one that is not.
func TestInBrowser(t *testing.T) {
	browser := httpsectest.New(t, service())
	query := httpsectest.Init{
		Method: "POST", Headers: map[string]string{"Content-Type": "application/json"}, Body: `{"query":"{count}"}`,
		Credentials: httpsectest.CredentialsInclude,
	}
	const endpoint, socket = "http://localhost:8000/graphql", "ws://localhost:8000/graphql"

	page := browser.Page("http://localhost:3000")
	answer, err := page.Fetch(endpoint, query)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	assert.JSONEq(t, `{"data":{"count":1}}`, string(body))
	answer, err = page.WebSocket(socket, "graphql-transport-ws")
	require.NoError(t, err)
	assert.Equal(t, "graphql-transport-ws", answer.Header.Get("Sec-Websocket-Protocol"))

	stranger := browser.Page("https://evil.example")
	_, err = stranger.Fetch(endpoint, query)
	assert.ErrorContains(t, err, "No 'Access-Control-Allow-Origin' header is present")
	_, err = stranger.WebSocket(socket, "graphql-transport-ws")
	assert.ErrorContains(t, err, "Unexpected response code: 403")
}
