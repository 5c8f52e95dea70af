package csp_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/internal/csp"
)

func TestDirectives(t *testing.T) {
	assert.Equal(t, strings.Fields(`
		base-uri block-all-mixed-content child-src connect-src default-src fenced-frame-src font-src form-action
		frame-ancestors frame-src img-src manifest-src media-src object-src report-to report-uri
		require-trusted-types-for sandbox script-src script-src-attr script-src-elem style-src style-src-attr
		style-src-elem trusted-types upgrade-insecure-requests worker-src`), csp.Directives())
	for _, name := range csp.Directives() {
		assert.True(t, csp.IsDirective(name), name)
		_, dropped := csp.Dropped(name)
		assert.False(t, dropped, name)
	}
	for _, name := range []string{"", "images", "IMG-SRC", "prefetch-src", "webrtc"} {
		assert.False(t, csp.IsDirective(name), name)
	}
}

func TestKindsOfDirectives(t *testing.T) {
	for _, name := range csp.Directives() {
		fetch := strings.HasSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "-attr"), "-elem"), "-src")
		assert.Equal(t, fetch, csp.IsFetch(name), name)
		others := []string{"base-uri", "form-action", "frame-ancestors"}
		assert.Equal(t, fetch || slices.Contains(others, name), csp.HasSources(name), name)
	}
}

func TestDropped(t *testing.T) {
	for name, want := range map[string]string{
		"plugin-types": "object-src 'none'", "referrer": "Referrer-Policy", "require-sri-for": "Integrity-Policy",
		"disown-opener": "Cross-Origin-Opener-Policy", "prefetch-src": "default-src",
		"navigate-to": "", "reflected-xss": "", "webrtc": "",
	} {
		instead, ok := csp.Dropped(name)
		assert.True(t, ok, name)
		assert.Equal(t, want, instead, name)
	}
}

func TestWordLists(t *testing.T) {
	assert.Equal(t, strings.Fields(`
		'inline-speculation-rules' 'none' 'report-sample' 'report-sha256' 'report-sha384' 'report-sha512' 'self'
		'strict-dynamic' 'trusted-types-eval' 'unsafe-eval' 'unsafe-hashes' 'unsafe-inline' 'wasm-unsafe-eval'`),
		csp.Keywords())
	assert.Equal(t, strings.Fields(`
		allow-downloads allow-forms allow-modals allow-orientation-lock allow-pointer-lock allow-popups
		allow-popups-to-escape-sandbox allow-presentation allow-same-origin allow-scripts
		allow-storage-access-by-user-activation allow-top-navigation allow-top-navigation-by-user-activation
		allow-top-navigation-to-custom-protocols`), csp.SandboxFlags())
	for _, keyword := range csp.Keywords() {
		assert.True(t, csp.IsKeyword(keyword), keyword)
	}
	for _, flag := range csp.SandboxFlags() {
		assert.True(t, csp.IsSandboxFlag(flag), flag)
	}
	assert.False(t, csp.IsKeyword("self"))
	assert.False(t, csp.IsSandboxFlag("allow-everything"))
}

func TestListsAreCopies(t *testing.T) {
	for name, list := range map[string]func() []string{
		"Directives": csp.Directives, "Keywords": csp.Keywords, "SandboxFlags": csp.SandboxFlags,
		"Fallbacks": func() []string { return csp.Fallbacks("worker-src") },
	} {
		want := slices.Clone(list())
		clear(list())
		assert.Equal(t, want, list(), name)
	}
}
