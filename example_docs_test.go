package httpsec_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/httpsec/httpsec"
)

// The last step of a sign-in is a form that the identity provider's page posts
// here: OAuth's form_post, or SAML. It passes under a policy of its own.
func ExampleSelect_formPost() {
	mux := http.NewServeMux()
	mux.Handle("POST /login/callback", hello)
	mux.Handle("POST /transfer", hello)
	config := httpsec.Config{
		Origins:          []string{"https://app.example.com"},
		Credentials:      true,
		RejectDisallowed: true,
	}

	forms := config
	forms.RejectDisallowed = false
	strict := httpsec.Must(httpsec.NewPolicy(config))
	open := httpsec.Must(httpsec.NewPolicy(forms))

	handler := httpsec.Select(func(r *http.Request) *httpsec.Policy {
		if r.URL.Path == "/login/callback" {
			return open
		}
		return strict
	})(mux)

	for _, path := range []string{"/login/callback", "/transfer"} {
		r := httptest.NewRequest("POST", path, nil)
		r.Header.Set("Origin", "https://login.example.org")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Printf("%d, may read: %t\n", w.Code, w.Header().Get("Access-Control-Allow-Origin") != "")
	}
	// Output:
	// 200, may read: false
	// 403, may read: false
}

// jsonRefusals is cors with refusals in JSON.
func jsonRefusals(cors func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			unwrapped := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r) })
			cors(unwrapped).ServeHTTP(jsonWriter{w}, r)
		})
	}
}

// jsonWriter writes what a policy answers itself.
type jsonWriter struct{ http.ResponseWriter }

func (w jsonWriter) WriteHeader(status int) {
	if status >= 400 {
		w.Header().Set("Content-Type", "application/json")
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w jsonWriter) Write(text []byte) (int, error) {
	err := json.NewEncoder(w.ResponseWriter).Encode(map[string]string{"error": strings.TrimSpace(string(text))})
	return len(text), err
}

// Refusals are plain text; where clients are promised JSON, the writer that the
// policy gets can say it. The handler gets the one that was there before.
func ExampleCORS_refusalsInJSON() {
	cors := jsonRefusals(httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins:          []string{"https://app.example.com"},
		RejectDisallowed: true,
	})))

	for _, origin := range []string{"https://app.example.com", "https://evil.example"} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		cors(hello).ServeHTTP(w, r)
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// 200 hello
	// 403 {"error":"origin not allowed"}
}

// Headers whose audit has nothing to say.
func ExampleHeaders_Audit_clean() {
	headers := httpsec.Headers{
		ContentSecurityPolicy: httpsec.DefaultCSP().
			With("style-src", "'self'").
			With("connect-src", "'self'", "wss://app.example.com").
			Without("upgrade-insecure-requests").
			String(),
		XXSSProtection: "0",
	}
	fmt.Println(headers.Audit())
	// Output:
	// []
}
