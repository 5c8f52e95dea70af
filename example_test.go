package httpsec_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/httpsec/httpsec"
)

// hello is the service that the examples wrap.
var hello = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	io.WriteString(w, "hello\n")
})

// get sends a GET request from a page of the given origin.
func get(handler http.Handler, target, origin string) http.Header {
	r := httptest.NewRequest("GET", target, nil)
	r.Header.Set("Origin", origin)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Header()
}

// preflight asks whether a page of the given origin may send the method.
func preflight(handler http.Handler, method, target, origin string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("OPTIONS", target, nil)
	r.Header.Set("Origin", origin)
	r.Header.Set("Access-Control-Request-Method", method)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// Production: the origins, by name.
func ExampleCORS() {
	cors, err := httpsec.CORS(httpsec.Config{
		Origins: []string{"https://app.example.com", "https://admin.example.com"},
		Methods: []string{"GET", "PUT", "DELETE"},
		Headers: []string{"Authorization", "Content-Type"},
		MaxAge:  2 * time.Hour,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler := cors(hello)

	answer := preflight(handler, "PUT", "/", "https://app.example.com")
	fmt.Println(answer.Code, answer.Header().Get("Access-Control-Allow-Methods"))
	answer = preflight(handler, "PUT", "/", "https://evil.example")
	fmt.Print(answer.Code, " ", answer.Body)
	// Output:
	// 200 GET, PUT, DELETE
	// 403 origin not allowed
}

// Errors say what is wrong with every field at once, and what to write instead.
func ExampleCORS_errors() {
	_, err := httpsec.CORS(httpsec.Config{
		Origins: []string{"https://app.example.com/", "app.example.com"},
		Methods: []string{"patch"},
		MaxAge:  600,
	})
	fmt.Println(err)
	// Output:
	// httpsec: Config.Origins: "https://app.example.com/" has a path; write "https://app.example.com"
	// httpsec: Config.Origins: "app.example.com" has no scheme; write "https://app.example.com"
	// httpsec: Config.Methods: "patch" is a standard method in the wrong case; write "PATCH"
	// httpsec: Config.MaxAge: 600ns is not a whole number of seconds; write 600 * time.Second
}

// Any subdomain, at any depth, on any port; the apex has to be listed.
func ExampleCORS_subdomains() {
	handler := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins: []string{"https://example.com", "https://*.example.com:*"},
	}))(hello)

	for _, origin := range []string{
		"https://example.com",
		"https://a.b.example.com:8443",
		"https://example.com.evil.example",
		"http://a.example.com",
	} {
		fmt.Printf("%q\n", get(handler, "/", origin).Get("Access-Control-Allow-Origin"))
	}
	// Output:
	// "https://example.com"
	// "https://a.b.example.com:8443"
	// ""
	// ""
}

// A public API: anyone may read it, nobody with credentials.
func ExampleCORS_public() {
	handler := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins: []string{"*"},
		Methods: []string{"GET"},
	}))(hello)

	header := get(handler, "/", "https://anyone.example")
	fmt.Println(header.Get("Access-Control-Allow-Origin"))
	fmt.Printf("%q\n", header.Get("Vary"))
	// Output:
	// *
	// ""
}

// Cookies need Credentials here, credentials: "include" in the script, and
// SameSite=None; Secure on the cookie if the page is on another site.
func ExampleCORS_cookies() {
	login := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{
			Name: "session", Value: "4f6d1c", HttpOnly: true, Secure: true, SameSite: http.SameSiteNoneMode,
		})
	})
	handler := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins:     []string{"https://app.example.com"},
		Credentials: true,
	}))(login)

	header := get(handler, "/login", "https://app.example.com")
	fmt.Println(header.Get("Access-Control-Allow-Origin"), header.Get("Access-Control-Allow-Credentials"))
	// Output:
	// https://app.example.com true
}

// One policy per route: wrap a mux for each, and let the outer mux choose.
func ExampleCORS_perRoute() {
	public := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"*"}}))
	private := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins: []string{"https://app.example.com"}, Credentials: true,
	}))
	mux := http.NewServeMux()
	mux.Handle("/status", public(hello))
	mux.Handle("/", private(hello))

	fmt.Printf("%q\n", get(mux, "/status", "https://anyone.example").Get("Access-Control-Allow-Origin"))
	fmt.Printf("%q\n", get(mux, "/account", "https://anyone.example").Get("Access-Control-Allow-Origin"))
	// Output:
	// "*"
	// ""
}

// Behind a prefix, wrap outside StripPrefix or inside: the policy does not look
// at the path. The pattern has no method, so preflights reach the policy.
func ExampleCORS_prefix() {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://app.example.com"}}))
	api := http.NewServeMux()
	api.Handle("PUT /events/{id}", hello)
	mux := http.NewServeMux()
	mux.Handle("/v1/", http.StripPrefix("/v1", cors(api)))

	fmt.Println(preflight(mux, "PUT", "/v1/events/7", "https://app.example.com").Code)
	// Output:
	// 200
}

// Incorrect: within a pattern that has a method, the mux answers the preflight
// itself, with 405, and the policy never sees it. Wrap the mux.
func ExampleCORS_incorrect() {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://app.example.com"}}))

	wrong := http.NewServeMux()
	wrong.Handle("PUT /events/{id}", cors(hello))

	right := http.NewServeMux()
	right.Handle("PUT /events/{id}", hello)

	fmt.Println("wrong:", preflight(wrong, "PUT", "/events/7", "https://app.example.com").Code)
	fmt.Println("right:", preflight(cors(right), "PUT", "/events/7", "https://app.example.com").Code)
	// Output:
	// wrong: 405
	// right: 200
}
