package csp_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/internal/csp"
)

func TestParseSource(t *testing.T) {
	for _, want := range []csp.Source{
		{Kind: csp.Keyword, Text: "'self'", Value: "'self'"},
		{Kind: csp.Keyword, Text: "'Unsafe-INLINE'", Value: "'unsafe-inline'"},
		{Kind: csp.Keyword, Text: "'none'", Value: "'none'"},
		{Kind: csp.Nonce, Text: "'nonce-a+/b=='", Value: "a+/b=="},
		{Kind: csp.Nonce, Text: "'NONCE-A_-B'", Value: "A_-B"},
		{Kind: csp.Hash, Text: "'sha256-AbC='", Algorithm: "sha256", Value: "AbC="},
		{Kind: csp.Hash, Text: "'SHA384-x'", Algorithm: "sha384", Value: "x"},
		{Kind: csp.Hash, Text: "'sha512-x-y'", Algorithm: "sha512", Value: "x-y"},
		{Kind: csp.Scheme, Text: "https:", Scheme: "https"},
		{Kind: csp.Scheme, Text: "Custom+Scheme-1.x:", Scheme: "custom+scheme-1.x"},
		{Kind: csp.Scheme, Text: "localhost:", Scheme: "localhost"},
		{Kind: csp.Host, Text: "*", Host: "*"},
		{Kind: csp.Host, Text: "*:8080", Host: "*", Port: "8080"},
		{Kind: csp.Host, Text: "*.a.com", Host: "*.a.com"},
		{Kind: csp.Host, Text: "data", Host: "data"},
		{Kind: csp.Host, Text: "A-1.com:*", Host: "a-1.com", Port: "*"},
		{Kind: csp.Host, Text: "a.com:0443/x", Host: "a.com", Port: "443", Path: "/x"},
		{Kind: csp.Host, Text: "a.com:000", Host: "a.com", Port: "0"},
		{Kind: csp.Host, Text: "a.com:99999", Host: "a.com", Port: "99999"},
		{Kind: csp.Host, Text: "a.com.", Host: "a.com."},
		{Kind: csp.Host, Text: "127.0.0.1:3000", Host: "127.0.0.1", Port: "3000"},
		{Kind: csp.Host, Text: "HTTPS://*.A.com/X", Scheme: "https", Host: "*.a.com", Path: "/X"},
		{Kind: csp.Host, Text: "https://*", Scheme: "https", Host: "*"},
		{Kind: csp.Host, Text: "https://a.com/x?y#z", Scheme: "https", Host: "a.com", Path: "/x"},
		{Kind: csp.Host, Text: "https://a.com/#z", Scheme: "https", Host: "a.com", Path: "/"},
		{Kind: csp.Host, Text: "https://a.com//x%zz", Scheme: "https", Host: "a.com", Path: "//x%zz"},
		{Kind: csp.Host, Text: "a.com/x://y", Host: "a.com", Path: "/x://y"},
	} {
		assert.Equal(t, want, csp.ParseSource(want.Text), want.Text)
	}
}

func TestParseSourceInvalid(t *testing.T) {
	for text := range strings.FieldsSeq(`
		'slef' 'self '' ' 'nonce' 'nonce-' 'nonce-a 'nonce-=' 'nonce-a===' 'nonce-a=b' 'nonce-ä' 'sha1-x' 'sha256-'
		'unsafe-allow-redirects' "'self'" https:// :// //a.com https:/x https:a.com http_s://a.com a.com:/
		a.com:x a.com:80:80 a.com:-1 a_b.com .a.com a..com a.com.. *. *.. **.a.com a.*.com *a.com a*.com . [::1]
		https://[::1]:80 u@a.com https://u:p@a.com ä.com 1a: : a.com?x https://a.com#z a.com:80?x`) {
		assert.Equal(t, csp.Source{Text: text}, csp.ParseSource(text), text)
	}
	assert.Equal(t, csp.Source{}, csp.ParseSource(""))
}

func TestIsPath(t *testing.T) {
	for path := range strings.FieldsSeq(`/ /x /x/ /x// /a.b-c_d~e!f$g&h'i(j)k*l+m,n;o=p:q@r /%20 /%aF`) {
		assert.True(t, csp.IsPath(path), path)
	}
	for path := range strings.FieldsSeq(`x // //x /% /%2 /%2g /%zz /[x] /"x" /<x> /\x /^x /{x} /|x /ä /x?y /x#y`) {
		assert.False(t, csp.IsPath(path), path)
	}
	assert.False(t, csp.IsPath(""))
}

func TestParts(t *testing.T) {
	for _, scheme := range []string{"a", "https", "A+1.-"} {
		assert.True(t, csp.IsScheme(scheme), scheme)
	}
	for _, scheme := range []string{"", "1a", "+a", "a_b", "a:", "ä"} {
		assert.False(t, csp.IsScheme(scheme), scheme)
	}
	for _, host := range []string{"*", "a", "*.a", "a.", "A.b-c", "-"} {
		assert.True(t, csp.IsHost(host), host)
	}
	for _, host := range []string{"", ".", "*.", "**", "a_b", "a..b", "[::1]"} {
		assert.False(t, csp.IsHost(host), host)
	}
	assert.True(t, csp.IsBase64("aZ09+/-_=="))
	assert.False(t, csp.IsBase64("===") || csp.IsBase64("") || csp.IsBase64("a===") || csp.IsBase64("a b"))
}
