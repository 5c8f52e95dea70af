package httpsec_test

import (
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/httpsec/httpsec"
)

// A page whose own inline script runs, and no injected one.
func ExampleNonce() {
	page := template.Must(template.New("page").Parse("<script nonce=\"{{.}}\">start()</script>\n"))
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{
		ContentSecurityPolicy: httpsec.DefaultCSP().WithAdded("script-src", httpsec.NonceSource).String(),
	}))
	handler := secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page.Execute(w, httpsec.Nonce(r.Context()))
	}))

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	_, nonce, _ := strings.Cut(w.Header().Get("Content-Security-Policy"), "'nonce-")
	nonce, _, _ = strings.Cut(nonce, "'")
	fmt.Println(len(nonce), strings.Contains(w.Body.String(), `nonce="`+nonce+`"`))
	// Output:
	// 22 true
}

// A policy is a value: With returns another one, and the first stays as it was.
func ExampleCSP() {
	strict := httpsec.CSP{}.With("default-src", "'none'").With("frame-ancestors", "'none'")
	docs := strict.With("img-src", "'self'")

	fmt.Println(strict)
	fmt.Println(docs)
	// Output:
	// default-src 'none'; frame-ancestors 'none'
	// default-src 'none'; frame-ancestors 'none'; img-src 'self'
}

func ExampleDefaultCSP() {
	csp := httpsec.DefaultCSP().
		With("style-src", "'self'").
		With("connect-src", "'self'", "wss://app.example.com").
		Without("upgrade-insecure-requests")
	fmt.Println(strings.ReplaceAll(csp.String(), "; ", "\n"))
	// Output:
	// default-src 'self'
	// script-src 'self'
	// style-src 'self'
	// img-src 'self' data: blob:
	// font-src 'self' data:
	// connect-src 'self' wss://app.example.com
	// frame-ancestors 'none'
	// base-uri 'self'
	// form-action 'self'
}

func ExampleParseCSP() {
	csp, err := httpsec.ParseCSP(`
		default-src 'none';
		img-src 'self';
	`)
	fmt.Println(csp, err)
	_, err = httpsec.ParseCSP("default-src none")
	fmt.Println(err)
	// Output:
	// default-src 'none'; img-src 'self' <nil>
	// httpsec: CSP: default-src: "none" has no single quotes; write "'none'"
}

func ExampleCSP_With() {
	var csp httpsec.CSP
	csp = csp.With("default-src", "'none'").With("img-src", "'self'").With("default-src", "'self'")
	fmt.Println(csp)
	// Output:
	// default-src 'self'; img-src 'self'
}

// WithAdded starts from what applies so far: default-src for img-src, nothing for
// frame-ancestors.
func ExampleCSP_WithAdded() {
	var csp httpsec.CSP
	csp = csp.With("default-src", "'self'").
		WithAdded("img-src", "https://images.example.com").
		WithAdded("frame-ancestors", "https://portal.example.com")
	fmt.Println(csp)
	// Output:
	// default-src 'self'; img-src 'self' https://images.example.com; frame-ancestors https://portal.example.com
}

func ExampleCSP_Without() {
	// DefaultCSP as a report-only policy, where nothing can be upgraded.
	policy := httpsec.DefaultCSP().Without("upgrade-insecure-requests").With("report-uri", "/csp-reports")
	_, err := httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicyReportOnly: policy.String()})
	fmt.Println(err)
	// Output:
	// <nil>
}

func ExampleCSP_String() {
	var empty httpsec.CSP
	fmt.Println(empty.String() == httpsec.Omit)
	fmt.Println(empty.With("default-src", "'self'").With("upgrade-insecure-requests"))
	// Output:
	// true
	// default-src 'self'; upgrade-insecure-requests
}

func ExampleCSP_All() {
	for name, sources := range httpsec.Must(httpsec.ParseCSP("default-src 'none'; img-src 'self' data:")).All() {
		fmt.Println(name, len(sources), sources)
	}
	// Output:
	// default-src 1 ['none']
	// img-src 2 ['self' data:]
}

// What is offered can be put in the place of what the problem quotes.
func ExampleParseCSP_suggestion() {
	_, err := httpsec.ParseCSP("default-src 'self' script-src 'self', img-src *")
	for problem := range httpsec.ConfigErrors(err) {
		fmt.Printf("%s\n\t%s\n", problem.Problem, problem.Suggestion)
	}
	// Output:
	// "script-src" is the name of a directive, and a semicolon is missing before it
	// 	; script-src
	// "'self'," has a comma, where a second policy begins
	// 	'self';
}

func ExampleHashSource() {
	var policy httpsec.CSP
	fmt.Println(policy.With("script-src", "'self'", httpsec.HashSource("start()")))
	// Output:
	// script-src 'self' 'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00='
}
