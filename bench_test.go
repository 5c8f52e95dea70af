package httpsec_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/httpsec/httpsec"
)

// BenchmarkMiddleware measures one response each, with a fresh header map, as
// net/http has it. "bare" is what that alone costs.
func BenchmarkMiddleware(b *testing.B) {
	exact := httpsec.Config{
		Origins:     []string{"https://a.com"},
		Methods:     []string{"PUT"},
		Headers:     []string{"x-foo"},
		Credentials: true,
	}
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

// BenchmarkHostile has headers of 10 bytes and of 1 MiB, which must cost the same.
func BenchmarkHostile(b *testing.B) {
	config := httpsec.Config{
		Origins:          []string{"https://a.com", "https://*.a.com:*", "https://pr-*.a.com"},
		Hosts:            []string{"example.com", "*.example.com", "10.0.0.0/8"},
		RejectDisallowed: true,
		OnDecision:       func(*http.Request, httpsec.Decision) {},
	}
	handler := httpsec.Must(httpsec.CORS(config))(nothing)
	for _, size := range []int{10, 1 << 20} {
		long := strings.Repeat("x", size)
		for name, r := range map[string]*http.Request{
			"Origin":     crossOrigin(http.MethodGet, "https://"+long),
			"Host":       under(long, crossOrigin(http.MethodGet, "https://b.com")),
			"Upgrade":    newRequest(http.MethodGet, adding(from("https://b.com"), "Upgrade", long)),
			"Fetch site": newRequest(http.MethodPost, adding(from("https://b.com"), "Sec-Fetch-Site", long)),
			"headers":    newRequest(http.MethodOptions, preflightOf("https://a.com", "PUT", long)),
			"method":     newRequest(http.MethodOptions, preflightOf("https://a.com", long)),
		} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					handler.ServeHTTP(reusedWriter{http.Header{}}, r)
				}
			})
		}
	}
}

// BenchmarkBuild builds from lists that double in length, good and bad: the time
// must double too.
func BenchmarkBuild(b *testing.B) {
	for _, kind := range []struct{ name, origin, method string }{
		{"good", "https://shop%d.example.com", "M%d"},
		{"patterns", "https://*.shop%d.example.com", "M%d"},
		{"bad", "shop%d.example.com/", "no method %d"},
		{"passwords", "https://user:password@shop%d.example.com", "no:method@%d"},
	} {
		for size := 1000; size <= 16000; size *= 2 {
			c := httpsec.Config{Origins: make([]string, size), Methods: make([]string, size)}
			for i := range size {
				c.Origins[i], c.Methods[i] = fmt.Sprintf(kind.origin, i), fmt.Sprintf(kind.method, i)
			}
			list := strings.Join(c.Origins, ",")
			b.Run(fmt.Sprintf("%s/config/%d", kind.name, size), func(b *testing.B) {
				for b.Loop() {
					httpsec.NewPolicy(c)
				}
			})
			b.Run(fmt.Sprintf("%s/list/%d", kind.name, size), func(b *testing.B) {
				for b.Loop() {
					httpsec.ParseOrigins("origins", list)
				}
			})
		}
	}
}

// BenchmarkBuildHeaders builds from values that double in length, up to 64 KiB of what
// once took longer than that.
func BenchmarkBuildHeaders(b *testing.B) {
	for _, kind := range []struct{ name, field, start, part, end string }{
		{"permissions/hosts", "PermissionsPolicy", "usb=(", "a.com ", ")"},
		{"permissions/quoted", "PermissionsPolicy", "usb=(", `"self" `, ")"},
		{"permissions/features", "PermissionsPolicy", "", "a=b, ", "a"},
		{"permissions/semicolons", "PermissionsPolicy", "", "a;", ""},
		{"endpoints/semicolons", "ReportingEndpoints", "", "a;", ""},
		{"endpoints/commas", "ReportingEndpoints", "", `a="/x",`, ""},
		{"integrity/semicolons", "Integrity-Policy", "", "a;", ""},
		{"integrity/commas", "Integrity-Policy", "", "a=b,", "a"},
		{"document/features", "Document-Policy", "a", ";sync-xhr", ""},
		{"policy/directives", "ContentSecurityPolicy", "", "x;", ""},
		{"policy/passwords", "ContentSecurityPolicy", "report-uri", " https://u:p@a.com,", ""},
		{"report-to", "Report-To", "", `{"max_age":1},`, "{}"},
	} {
		for size := 8 << 10; size <= 64<<10; size *= 2 {
			value := kind.start + strings.Repeat(kind.part, size/len(kind.part)) + kind.end
			h := sending(b, kind.field, value)
			b.Run(fmt.Sprintf("%s/%d", kind.name, size), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					httpsec.SecurityHeaders(h)
				}
			})
		}
	}
}
