package main

import (
	"regexp"
	"testing"

	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNonce(t *testing.T) {
	const url = "GET /?name=%3Cscript%3Eevil()%3C/script%3E"
	first, second := wire.Send(t, service(), url), wire.Send(t, service(), url)
	assert.NotEqual(t, nonce(t, first), nonce(t, second))
	for _, answer := range []wire.Answer{first, second} {
		assert.Equal(t, 200, answer.Status)
		// Every inline element has the nonce, and what the visitor sent is text.
		elements := regexp.MustCompile(`<(script|style)[^>]*>`).FindAllString(answer.Body, -1)
		assert.Equal(t, []string{
			`<style type="text/css" nonce="` + nonce(t, answer) + `">`,
			`<script nonce="` + nonce(t, answer) + `">`,
		}, elements)
		assert.Contains(t, answer.Body, "&lt;script&gt;evil()&lt;/script&gt;")
	}
}

// nonce returns the one that both directives have.
func nonce(t *testing.T, answer wire.Answer) string {
	t.Helper()
	csp := answer.Header.Get("Content-Security-Policy")
	found := regexp.MustCompile(`; script-src 'nonce-([^']+)'; style-src 'nonce-([^']+)';`).FindStringSubmatch(csp)
	require.Len(t, found, 3, csp)
	require.Equal(t, found[1], found[2])
	return found[1]
}
