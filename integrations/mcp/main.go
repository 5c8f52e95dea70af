// Command mcp serves the Model Context Protocol on this machine, to programs and to
// the pages that are listed.
package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

var policy = httpsec.Must(httpsec.NewPolicy(httpsec.Config{
	Origins: []string{"http://localhost:6274"}, // the MCP Inspector's page
	// No Credentials: clients send a token in Authorization, and cookies nothing.
	Methods: []string{"GET", "POST", "DELETE"}, // stream, message, end of a session
	// And Mcp-Param-… for each parameter that a tool wants in a header.
	Headers: []string{
		"Authorization", "Content-Type", "Last-Event-ID", "Mcp-Method", "Mcp-Name", "Mcp-Protocol-Version", "Mcp-Session-Id",
	},
	// A page has to read the session's id to go on with it. Where an OAuth server
	// gives out tokens, it finds that through WWW-Authenticate: add it then.
	ExposeHeaders: []string{"Mcp-Session-Id"},
	// The protocol asks servers to refuse foreign origins, and those on localhost
	// to see through DNS rebinding.
	RejectDisallowed: true,
	Hosts:            []string{"localhost", "127.0.0.1", "[::1]"},
}))

func service(verify auth.TokenVerifier) http.Handler {
	server := mcp.NewServer(&mcp.Implementation{Name: "greeter", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "greet", Description: "Greets somebody"}, greet)
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)

	mux := http.NewServeMux()
	mux.Handle("/mcp", auth.RequireBearerToken(verify, nil)(handler))
	return policy.Handler(mux) // outside of authentication: preflights have no token
}

type greeting struct {
	Name string `json:"name" jsonschema:"whom to greet"`
}

func greet(_ context.Context, _ *mcp.CallToolRequest, in greeting) (*mcp.CallToolResult, any, error) {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "Hello, " + in.Name}}}, nil, nil
}

func main() {
	token, verify := newToken()
	log.Print("Authorization: Bearer ", token)
	server := http.Server{Addr: "localhost:8000", Handler: service(verify), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
