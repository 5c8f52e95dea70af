package main

import (
	"testing"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestInBrowser lets the page of a tenant in from when its domain is typed in until
// it is taken away.
func TestInBrowser(t *testing.T) {
	d := newDomains(&memory{}, time.Minute)
	browser := httpsectest.New(t, service(d))
	get := func(origin string) error {
		_, err := browser.Page(origin).Fetch("https://api.example.com/api/events", httpsectest.Init{})
		return err
	}
	const own, tenant = "https://app.example.com", "https://shop.example.net"
	assert.NoError(t, get(own))
	assert.Error(t, get(tenant))
	origin, err := httpsec.OriginOf("url", tenant+"/")
	require.NoError(t, err)
	require.NoError(t, d.set(t.Context(), origin, true))
	assert.NoError(t, get(tenant))
	require.NoError(t, d.set(t.Context(), origin, false))
	assert.Error(t, get(tenant))
}
