package main

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const inspector = "http://localhost:6274"

// page sends requests as a browser does for a page, and keeps its answers.
type page struct {
	origin, token string
	answers       []*http.Response
}

func (p *page) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Origin", p.origin)
	r.Header.Set("Authorization", "Bearer "+p.token)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		p.answers = append(p.answers, answer)
	}
	return answer, err
}

// TestSession runs a whole session of the SDK's own client as the listed page.
func TestSession(t *testing.T) {
	token, verify := newToken()
	server := httptest.NewServer(service(verify))
	defer server.Close()
	browser := &page{origin: inspector, token: token}
	client := mcp.NewClient(&mcp.Implementation{Name: "page", Version: "1.0.0"}, nil)
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: server.URL + "/mcp", HTTPClient: &http.Client{Transport: browser}, DisableStandaloneSSE: true,
	}, nil)
	require.NoError(t, err)
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "greet", Arguments: map[string]any{"name": "Ada"}})
	require.NoError(t, err)
	assert.Equal(t, []mcp.Content{&mcp.TextContent{Text: "Hello, Ada"}}, result.Content)
	require.NoError(t, session.Close())

	methods, sent := map[string]bool{}, map[string]bool{}
	for _, answer := range browser.answers {
		methods[answer.Request.Method] = true
		for name := range answer.Request.Header {
			sent[strings.ToLower(name)] = true
		}
		assert.Equal(t, inspector, answer.Header.Get("Access-Control-Allow-Origin"))
		assert.Equal(t, "Mcp-Session-Id", answer.Header.Get("Access-Control-Expose-Headers"))
		assert.Empty(t, answer.Header.Get("Access-Control-Allow-Credentials"))
	}
	assert.Equal(t, map[string]bool{"POST": true, "DELETE": true}, methods)
	assert.True(t, sent["mcp-session-id"], "the session's id has been in use")
	// What the client sent, a browser would have asked for first. Origin it writes
	// itself, and Accept is safelisted.
	delete(sent, "origin")
	delete(sent, "accept")
	preflight := wire.Send(t, service(verify), "OPTIONS /mcp", "Origin: "+inspector, "Access-Control-Request-Method: POST")
	assert.Equal(t, []string{"get", "post", "delete"}, preflight.List("Access-Control-Allow-Methods"))
	assert.Subset(t, preflight.List("Access-Control-Allow-Headers"), slices.Collect(maps.Keys(sent)))
	assert.Contains(t, preflight.List("Access-Control-Allow-Headers"), "last-event-id", "to resume a stream")
}

func TestRefusals(t *testing.T) {
	_, verify := newToken()
	handler := service(verify)
	preflight := []string{
		"Access-Control-Request-Method: POST",
		"Access-Control-Request-Headers: authorization,content-type,last-event-id,mcp-protocol-version,mcp-session-id",
	}
	for _, tt := range []struct {
		name, request string
		lines         []string
		status        int
	}{
		{"preflight", "OPTIONS /mcp", append(preflight, "Origin: "+inspector), 200},
		{"foreign preflight", "OPTIONS /mcp", append(preflight, "Origin: https://evil.example"), 403},
		{"foreign page", "POST /mcp", []string{"Origin: https://evil.example"}, 403},
		{"foreign page, safelisted, no Origin", "POST /mcp", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"foreign handshake", "GET /mcp", []string{"Origin: https://evil.example", wire.Handshake}, 403},
		{"page after DNS rebinding", "POST /mcp", []string{"Origin: http://evil.example:8000", "Host: evil.example:8000", "Sec-Fetch-Site: same-origin"}, 421},
		{"page after DNS rebinding, GET", "GET /mcp", []string{"Host: evil.example:8000", "Sec-Fetch-Site: same-origin"}, 421},
		{"no token", "POST /mcp", nil, 401},
		{"listed page, no token: can read that", "POST /mcp", []string{"Origin: " + inspector}, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer := wire.Send(t, handler, tt.request, tt.lines...)
			assert.Equal(t, tt.status, answer.Status)
		})
	}
}
