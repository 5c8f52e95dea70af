package main

import (
	"net/http"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
)

// TestInBrowser opens sockets from a page that is listed and one that is not. The
// handlers ask on their own, without the policy around them.
func TestInBrowser(t *testing.T) {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://app.example.com"}}))
	for name, handler := range map[string]http.Handler{"gorilla": gorillaEcho(policy), "coder": coderEcho(policy)} {
		browser := httpsectest.New(t, handler)
		_, err := browser.Page("https://app.example.com").WebSocket("wss://api.example.com/")
		assert.NoError(t, err, name)
		_, err = browser.Page("https://evil.example").WebSocket("wss://api.example.com/")
		assert.ErrorContains(t, err, "Unexpected response code: 403", name)
	}
}
