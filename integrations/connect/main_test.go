package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const page = "http://localhost:3000"

// browser sends requests for a page, and keeps what they and their answers were.
type browser struct {
	request http.Header
	answer  wire.Answer
}

func (b *browser) RoundTrip(r *http.Request) (*http.Response, error) {
	b.request = r.Header.Clone()
	r.Header.Set("Origin", page)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		b.answer.Header = response.Header
	}
	return response, err
}

// TestCalls calls with each protocol, and asks whether a browser would have let the
// page send the request and read all of the answer.
func TestCalls(t *testing.T) {
	server := httptest.NewServer(service())
	defer server.Close()
	for name, tt := range map[string]struct {
		options  []connect.ClientOption
		sent     string // that needs the preflight's leave
		readable []string
	}{
		"Connect":  {nil, "Connect-Protocol-Version", []string{"Trailer-Served-By"}},
		"gRPC-Web": {[]connect.ClientOption{connect.WithGRPCWeb()}, "X-User-Agent", nil}, // its trailers are in the body
	} {
		t.Run(name, func(t *testing.T) {
			var b browser
			client := connect.NewClient[text, text](&http.Client{Transport: &b}, server.URL+greetProcedure, tt.options...)
			greeting, err := client.CallUnary(t.Context(), connect.NewRequest(wrapperspb.String("Ada")))
			require.NoError(t, err)
			assert.Equal(t, "Hello, Ada", greeting.Msg.GetValue())
			assert.Equal(t, "greeter", greeting.Trailer().Get("Served-By"))

			assert.NotEmpty(t, b.request.Values(tt.sent))
			preflight := wire.Send(t, service(), "OPTIONS "+greetProcedure, "Origin: "+page, "Access-Control-Request-Method: POST")
			assert.Equal(t, 200, preflight.Status)
			assert.Contains(t, preflight.List("Access-Control-Allow-Headers"), strings.ToLower(tt.sent))

			assert.Equal(t, page, b.answer.Header.Get("Access-Control-Allow-Origin"))
			for _, name := range tt.readable {
				assert.NotEmpty(t, b.answer.Header.Get(name))
				assert.Contains(t, b.answer.List("Access-Control-Expose-Headers"), strings.ToLower(name))
			}
		})
	}
}

func TestLists(t *testing.T) {
	preflight := wire.Send(t, service(), "OPTIONS "+greetProcedure, "Origin: "+page, "Access-Control-Request-Method: GET")
	assert.Equal(t, "GET, POST", preflight.Header.Get("Access-Control-Allow-Methods"))
	assert.Equal(t, "content-type, connect-protocol-version, connect-timeout-ms, grpc-timeout, x-grpc-web, x-user-agent, authorization",
		strings.Join(preflight.List("Access-Control-Allow-Headers"), ", "))
	answer := wire.Send(t, service(), "POST "+greetProcedure, "Origin: "+page, "Content-Type: application/json")
	assert.Equal(t, "Grpc-Status, Grpc-Message, Grpc-Status-Details-Bin, Trailer-Served-By",
		answer.Header.Get("Access-Control-Expose-Headers"))
}

func TestRefusals(t *testing.T) {
	const foreign = "Origin: https://evil.example"
	preflight := wire.Send(t, service(), "OPTIONS "+greetProcedure, foreign, "Access-Control-Request-Method: POST")
	assert.Equal(t, 403, preflight.Status)
	answer := wire.Send(t, service(), "POST "+greetProcedure, foreign, "Content-Type: application/json")
	assert.NotContains(t, answer.Header, "Access-Control-Allow-Origin", "the page cannot read it")
}
