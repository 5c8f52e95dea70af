package main

import (
	"testing"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestInBrowser asks a browser whether the policy lets everything in the page run.
func TestInBrowser(t *testing.T) {
	page, err := httpsectest.New(t, service()).Open("https://www.example.com/?name=%3Cscript%3Eevil()%3C/script%3E")
	require.NoError(t, err)
	assert.Empty(t, page.Violations())
}
