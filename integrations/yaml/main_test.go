package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const preflight = "Access-Control-Request-Method: PUT"

func TestFile(t *testing.T) {
	content, err := os.ReadFile("cors.yaml")
	require.NoError(t, err)
	var policy httpsec.Policy
	require.NoError(t, load(content, &policy))
	handler := service(&policy)

	answer := wire.Send(t, handler, "OPTIONS /api/events", "Origin: https://shop.example.com", preflight)
	assert.Equal(t, 200, answer.Status)
	assert.Equal(t, "true", answer.Header.Get("Access-Control-Allow-Credentials"))
	assert.Equal(t, "GET, PUT", answer.Header.Get("Access-Control-Allow-Methods"))
	assert.Equal(t, 204, wire.Send(t, handler, "GET /api/events", "Origin: http://localhost:3000").Status)
	assert.Equal(t, 403, wire.Send(t, handler, "OPTIONS /api/events", "Origin: https://evil.example", preflight).Status)
	assert.Equal(t, 403, wire.Send(t, handler, "GET /api/events", "Origin: https://evil.example", wire.Handshake).Status)
}

func TestReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cors.yaml")
	first := []byte("cors: {origins: ['https://first.example']}")
	require.NoError(t, os.WriteFile(path, first, 0o600))
	var policy httpsec.Policy
	require.NoError(t, load(first, &policy))
	handler := service(&policy)
	status := func(origin string) int {
		return wire.Send(t, handler, "OPTIONS /api/events", "Origin: "+origin, preflight).Status
	}
	assert.Equal(t, http.StatusOK, status("https://first.example"))
	assert.Equal(t, http.StatusForbidden, status("https://second.example"))

	var log bytes.Buffer
	ticks, stopped := make(chan time.Time), make(chan struct{})
	go func() {
		watch(path, first, &policy, slog.New(slog.NewTextHandler(&log, nil)), ticks)
		close(stopped)
	}()
	// look returns when watch has looked at the file and waits for the next tick.
	look := func() {
		ticks <- time.Time{}
		ticks <- time.Time{}
	}
	replace := func(content string) {
		require.NoError(t, os.WriteFile(path+".new", []byte(content), 0o600))
		require.NoError(t, os.Rename(path+".new", path))
		look()
	}

	look()
	assert.Equal(t, http.StatusOK, status("https://first.example"), "unchanged")

	replace("cors: {origins: ['https://second.example']}")
	assert.Equal(t, http.StatusForbidden, status("https://first.example"))
	assert.Equal(t, http.StatusOK, status("https://second.example"))

	replace("cors: {origins: ['https://Third.example/']}")
	assert.Equal(t, http.StatusOK, status("https://second.example"), "an error keeps the policy")

	require.NoError(t, os.Remove(path))
	look()
	assert.Equal(t, http.StatusOK, status("https://second.example"), "a file that is gone keeps the policy")

	replace("cors: {origins: []}")
	assert.Equal(t, http.StatusForbidden, status("https://second.example"), "nobody")

	close(ticks)
	<-stopped
	assert.Equal(t, 2, bytes.Count(log.Bytes(), []byte("policy changed")), log.String())
	assert.Equal(t, 1, bytes.Count(log.Bytes(), []byte("cors.origins")), "an error is reported once: %s", log.String())
}

func TestErrorsNameTheSetting(t *testing.T) {
	for name, tt := range map[string]struct{ content, want string }{
		"an origin with a slash": {
			"cors:\n  origins: ['https://app.example.com/']",
			`httpsec: cors.origins: "https://app.example.com/" has a path; write "https://app.example.com"`,
		},
		"two problems": {
			"cors:\n  origins: [app.example.com]\n  methods: [patch]",
			`httpsec: cors.origins: "app.example.com" has no scheme; write "https://app.example.com"` + "\n" +
				`httpsec: cors.methods: "patch" is a standard method in the wrong case; write "PATCH"`,
		},
		"all lines commented out": {
			"cors:\n  origins:\n#    - https://app.example.com",
			"cors.origins: is missing; list the origins, or write [] to allow nobody",
		},
		"a misspelt setting": {
			"cors:\n  origin: ['https://app.example.com']",
			"yaml: unmarshal errors:\n  line 2: field origin not found in type main.corsSettings",
		},
		"a public suffix with credentials": {
			"cors:\n  origins: ['https://*.github.io']\n  credentials: true",
			`httpsec: cors.origins: "https://*.github.io" lets anyone's site use credentials, ` +
				`because "github.io" is a public suffix; list the origins, or switch Credentials off`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var policy httpsec.Policy
			assert.EqualError(t, load([]byte(tt.content), &policy), tt.want)
		})
	}
}
