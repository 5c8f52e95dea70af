package main

import (
	"testing"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestInBrowser runs a session of the SDK's own client in the listed page, and in one
// that is not.
func TestInBrowser(t *testing.T) {
	token, verify := newToken()
	browser := httpsectest.New(t, service(verify))
	connect := func(origin string) (*mcp.ClientSession, error) {
		init := httpsectest.Init{Headers: map[string]string{"Authorization": "Bearer " + token}}
		return mcp.NewClient(&mcp.Implementation{Name: "page", Version: "1.0.0"}, nil).Connect(t.Context(), &mcp.StreamableClientTransport{
			Endpoint: "http://localhost:8000/mcp", HTTPClient: browser.Page(origin).Client(init), DisableStandaloneSSE: true,
		}, nil)
	}
	session, err := connect(inspector)
	require.NoError(t, err)
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "greet", Arguments: map[string]any{"name": "Ada"}})
	require.NoError(t, err)
	assert.Equal(t, []mcp.Content{&mcp.TextContent{Text: "Hello, Ada"}}, result.Content)
	require.NoError(t, session.Close())

	_, err = connect("http://localhost:3000")
	assert.ErrorContains(t, err, "blocked by CORS policy")
}
