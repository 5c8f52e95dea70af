package httpsec_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/httpsec/httpsec"
)

// The defaults, sent on every response.
func ExampleSecurityHeaders() {
	secure, err := httpsec.SecurityHeaders(httpsec.Headers{})
	if err != nil {
		fmt.Println(err)
		return
	}
	header := get(secure(hello), "/", "")
	for _, name := range []string{"X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"} {
		fmt.Println(name+":", header.Get(name))
	}
	// Output:
	// X-Content-Type-Options: nosniff
	// X-Frame-Options: DENY
	// Referrer-Policy: strict-origin-when-cross-origin
}

func ExampleSecurityHeaders_errors() {
	_, err := httpsec.SecurityHeaders(httpsec.Headers{
		ContentSecurityPolicy: "default-src self; scrpt-src 'self'",
		ReferrerPolicy:        "same-orgin",
	})
	fmt.Println(err)
	// Output:
	// httpsec: Headers.ContentSecurityPolicy: default-src: "self" has no single quotes; write "'self'"
	// httpsec: Headers.ContentSecurityPolicy: unknown directive "scrpt-src"; did you mean "script-src"?
	// httpsec: Headers.ReferrerPolicy: unknown policy "same-orgin"; did you mean "same-origin"?
}

// A handler may replace or delete a header for its own response.
func ExampleSecurityHeaders_override() {
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	handler := secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		w.Header().Del("X-XSS-Protection")
	}))

	header := get(handler, "/", "")
	fmt.Printf("%q %q\n", header.Get("X-Frame-Options"), header["X-Xss-Protection"])
	// Output:
	// "SAMEORIGIN" []
}

// Pages beside a JSON API beside media that other origins embed: one middleware
// per subtree.
func ExampleSecurityHeaders_subtrees() {
	pages := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	api := httpsec.Must(httpsec.SecurityHeaders(httpsec.APIHeaders()))
	embeddable := httpsec.APIHeaders()
	embeddable.CrossOriginResourcePolicy = "cross-origin"
	media := httpsec.Must(httpsec.SecurityHeaders(embeddable))

	mux := http.NewServeMux()
	mux.Handle("/", pages(hello))
	mux.Handle("/api/", api(hello))
	mux.Handle("/media/", media(hello))

	for _, path := range []string{"/", "/api/", "/media/"} {
		header := get(mux, path, "")
		policy, _, _ := strings.Cut(header.Get("Content-Security-Policy"), ";")
		fmt.Println(path, policy, header.Get("Cross-Origin-Resource-Policy"))
	}
	// Output:
	// / default-src 'self' same-origin
	// /api/ default-src 'none' same-origin
	// /media/ default-src 'none' cross-origin
}

func ExampleAPIHeaders() {
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.APIHeaders()))
	fmt.Println(get(secure(hello), "/", "").Get("Content-Security-Policy"))
	// Output:
	// default-src 'none'; frame-ancestors 'none'
}

func ExampleHeaders_Audit() {
	headers := httpsec.Headers{
		ContentSecurityPolicy: "default-src 'self'; script-src 'self' 'unsafe-inline'; frame-ancestors 'self'",
		XXSSProtection:        "0",
	}
	for _, finding := range headers.Audit() {
		fmt.Printf("%s: %s\n\t%s\n", finding.Field, finding.Value, finding.Message)
	}
	// Output:
	// Headers.ContentSecurityPolicy: script-src 'unsafe-inline'
	// 	runs any script that is injected; use NonceSource or hashes
	// Headers.XFrameOptions: DENY
	// 	disagrees with frame-ancestors, which browsers follow instead; write "SAMEORIGIN"
}

// Only what is set is sent.
func ExampleNoHeaders() {
	headers := httpsec.NoHeaders()
	headers.XContentTypeOptions = "nosniff"
	secure := httpsec.Must(httpsec.SecurityHeaders(headers))
	fmt.Println(get(secure(http.NotFoundHandler()), "/", ""))
	// Output:
	// map[Content-Type:[text/plain; charset=utf-8] X-Content-Type-Options:[nosniff]]
}

// Every problem has a field, a value, and often a fix that a program can offer.
func ExampleHeaders() {
	_, err := httpsec.SecurityHeaders(httpsec.Headers{
		PermissionsPolicy:  "geolocation 'none'; camera 'self' https://meet.example.com",
		ReportingEndpoints: "main=https://reports.example.com/main",
	})
	for problem := range httpsec.ConfigErrors(err) {
		fmt.Println(problem.Field, problem.Suggestion)
	}
	// Output:
	// Headers.PermissionsPolicy geolocation=(), camera=(self "https://meet.example.com")
	// Headers.ReportingEndpoints main="https://reports.example.com/main"
}

// Headers that have no field, some of them checked, and a value that this package
// does not know, for a header that has one.
func ExampleHeaders_extra() {
	_, err := httpsec.SecurityHeaders(httpsec.Headers{
		XFrameOptions: httpsec.Omit,
		Extra: map[string]string{
			"X-Frame-Options":      "ALLOWALL",
			"Origin-Agent-Cluster": "true",
			"X-Robots-Tag":         "noindex",
		},
	})
	fmt.Println(err)
	// Output:
	// httpsec: Headers.Extra["Origin-Agent-Cluster"]: "true" is not ?1 or ?0; write "?1"
}

// Behind a proxy that ends TLS and says so in a header of its own.
func ExampleHeaders_https() {
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{
		HTTPS: func(r *http.Request) bool { return r.Header.Get("X-Client-Scheme") == "https" },
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Client-Scheme", "https")
	w := httptest.NewRecorder()
	secure(hello).ServeHTTP(w, r)
	fmt.Println(w.Header().Get("Strict-Transport-Security"))
	// Output:
	// max-age=31536000
}

// SecurityHeaders outermost, then HTTPSOnly, then CORS.
func ExampleHTTPSOnly() {
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	handler := secure(httpsec.HTTPSOnly(nil)(hello))

	fmt.Println(get(handler, "http://www.example.com:8080/cart?id=7", "").Get("Location"))
	fmt.Printf("%q\n", get(handler, "https://www.example.com/cart?id=7", "").Get("Location"))
	// Output:
	// https://www.example.com/cart?id=7
	// ""
}
