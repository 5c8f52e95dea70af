package main

import (
	"testing"

	"connectrpc.com/connect"
	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// TestInBrowser lets the generated client run in a page.
func TestInBrowser(t *testing.T) {
	browser := httpsectest.New(t, service())
	call := func(origin string, options ...connect.ClientOption) (*connect.Response[text], error) {
		client := connect.NewClient[text, text](browser.Page(origin).Client(httpsectest.Init{}), "http://localhost:8000"+greetProcedure, options...)
		return client.CallUnary(t.Context(), connect.NewRequest(wrapperspb.String("Ada")))
	}
	uncompressed := connect.WithAcceptCompression("gzip", nil, nil) // as the clients for pages are
	for _, options := range [][]connect.ClientOption{nil, {connect.WithGRPCWeb(), uncompressed}} {
		greeting, err := call(page, options...)
		require.NoError(t, err)
		assert.Equal(t, "Hello, Ada", greeting.Msg.GetValue())
		assert.Equal(t, "greeter", greeting.Trailer().Get("Served-By"))

		_, err = call("https://evil.example", options...)
		assert.ErrorContains(t, err, "No 'Access-Control-Allow-Origin' header is present")
	}
}
