package httpsec_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/httpsec/httpsec"
)

// BenchmarkMiddleware measures one response each, with a fresh header map, as
// net/http has it. "bare" is what that alone costs.
func BenchmarkMiddleware(b *testing.B) {
	exact := httpsec.Config{Origins: []string{"https://a.com"}, Methods: []string{"PUT"}, Headers: []string{"x-foo"}, Credentials: true}
	patterns := httpsec.Config{Origins: []string{"http://localhost:*"}}
	for i := range 100 {
		patterns.Origins = append(patterns.Origins, fmt.Sprintf("https://*.tenant%d.example.com", i))
	}
	cors := httpsec.Must(httpsec.CORS(exact))(nothing)
	byPattern := httpsec.Must(httpsec.CORS(patterns))(nothing)
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	nonce := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{
		ContentSecurityPolicy: httpsec.DefaultCSP().WithAdded("script-src", httpsec.NonceSource).String(),
	}))
	preflight := crossOrigin(http.MethodOptions, "https://a.com")
	preflight.Header.Set("Access-Control-Request-Method", http.MethodPut)
	preflight.Header.Set("Access-Control-Request-Headers", "x-foo")

	for _, bb := range []struct {
		name    string
		handler http.Handler
		request *http.Request
	}{
		{"bare", nothing, overHTTP()},
		{"actual/no Origin", cors, overHTTP()},
		{"actual/allowed", cors, crossOrigin(http.MethodGet, "https://a.com")},
		{"actual/refused", cors, crossOrigin(http.MethodGet, "https://evil.com")},
		{"preflight/allowed", cors, preflight},
		{"pattern/allowed", byPattern, crossOrigin(http.MethodGet, "https://x.tenant99.example.com")},
		{"pattern/refused", byPattern, crossOrigin(http.MethodGet, "https://x.tenant99.example.com.evil.com")},
		{"headers/defaults", secure(nothing), overTLS()},
		{"headers/nonce", nonce(nothing), overTLS()},
		{"headers and CORS", secure(cors), crossOrigin(http.MethodGet, "https://a.com")},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bb.handler.ServeHTTP(reusedWriter{http.Header{}}, bb.request)
			}
		})
	}
}
