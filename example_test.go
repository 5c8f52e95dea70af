package httpsec_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
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
		"https://example.com", "https://a.b.example.com:8443", "https://example.com.evil.example", "http://a.example.com",
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

func ExampleDefaultConfig() {
	config := httpsec.DefaultConfig()
	fmt.Println(config.Origins[0], config.Credentials, config.MaxAge)

	config.Origins = []string{"https://app.example.com"} // for production
	_, err := httpsec.NewPolicy(config)
	fmt.Println(err)
	// Output:
	// http://localhost:3000 true 10m0s
	// <nil>
}

func ExampleConfigFromEnv() {
	for _, value := range []string{
		`["https://app.example.com", "https://admin.example.com"]`,
		"https://app.example.com",
		`["*"]`,
		"app.example.com",
	} {
		os.Setenv("CORS_ORIGINS", value)
		config, err := httpsec.ConfigFromEnv()
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(config.Origins, config.Credentials)
	}
	os.Unsetenv("CORS_ORIGINS")
	// Output:
	// [https://app.example.com https://admin.example.com] true
	// [https://app.example.com] true
	// [*] false
	// httpsec: CORS_ORIGINS: "app.example.com" has no scheme; write "https://app.example.com"
}

// A test that fails when the production configuration has findings. Accept the
// ones you mean, by name.
func ExampleConfig_Audit() {
	production := httpsec.Config{
		Origins: []string{"https://app.example.com", "http://localhost:3000"},
		Headers: []string{"Authorization", "Content-Type"},
	}
	TestProductionConfig := func(t testing.TB) {
		if _, err := httpsec.NewPolicy(production); err != nil {
			t.Error(err) // the audit passes over what this refuses
		}
		for _, finding := range production.Audit() {
			t.Error(finding)
		}
	}

	TestProductionConfig(printer{})
	// Output:
	// Config.Origins: "http://localhost:3000" can be served by any program on a user's machine; remove development origins
}

// printer is a testing.TB that prints its errors.
type printer struct{ testing.TB }

func (printer) Error(args ...any) { fmt.Println(args...) }

func ExampleFinding_String() {
	fmt.Println(httpsec.Finding{Field: "Config.Origins", Value: "*", Message: "lets every site read every response"})
	// Output:
	// Config.Origins: "*" lets every site read every response
}

func ExampleConfigError() {
	_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://App.example.com"}})
	for problem := range httpsec.ConfigErrors(err) {
		fmt.Println(problem.Field)
		fmt.Println(problem.Value)
		fmt.Println(problem.Fix)
		fmt.Println(problem.Suggestion)
	}
	// Output:
	// Config.Origins
	// https://App.example.com
	// write "https://app.example.com"
	// https://app.example.com
}

func ExampleMust() {
	defer func() { fmt.Println(recover()) }()
	httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"app.example.com"}}))
	// Output:
	// httpsec: Config.Origins: "app.example.com" has no scheme; write "https://app.example.com"
}

func ExampleNewPolicy() {
	policy, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://app.example.com"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	header := get(policy.Handler(hello), "/", "https://app.example.com")
	fmt.Println(header.Get("Access-Control-Allow-Origin"), header.Get("Vary"))
	// Output:
	// https://app.example.com Origin
}

// RejectDisallowed keeps foreign writes that need no preflight, such as a form
// post, from the handler. http.CrossOriginProtection does it for browsers that
// send no Origin with them, too: use both where cookies matter.
func ExamplePolicy_Handler_rejectDisallowed() {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{
		Origins:          []string{"https://app.example.com"},
		Credentials:      true,
		RejectDisallowed: true,
	}))
	csrf := http.NewCrossOriginProtection()
	if err := csrf.AddTrustedOrigin("https://app.example.com"); err != nil {
		fmt.Println(err)
		return
	}
	handler := policy.Handler(csrf.Handler(hello))

	post := func(origin string) int {
		r := httptest.NewRequest("POST", "/transfer", strings.NewReader("amount=1"))
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code
	}
	fmt.Println(post("https://app.example.com"), post("http://example.com"), post("https://evil.example"))
	// Output:
	// 200 200 403
}

// Tenants come and go: OriginFunc asks a store, through a cache, because it runs
// on every request of an origin that Origins does not list.
func ExampleConfig_originFunc() {
	store := map[string]bool{"https://shop.tenant.example": true} // say, a database
	var cache sync.Map
	isTenant := func(_ *http.Request, origin string) bool {
		known, ok := cache.Load(origin)
		if !ok {
			if known = store[origin]; known == true { // keep strangers from filling the cache
				cache.Store(origin, true)
			}
		}
		return known == true
	}
	handler := httpsec.Must(httpsec.CORS(httpsec.Config{OriginFunc: isTenant}))(hello)

	fmt.Printf("%q\n", get(handler, "/", "https://shop.tenant.example").Get("Access-Control-Allow-Origin"))
	fmt.Printf("%q\n", get(handler, "/", "https://evil.example").Get("Access-Control-Allow-Origin"))
	fmt.Printf("%q\n", get(handler, "/", "null").Get("Access-Control-Allow-Origin"))
	// Output:
	// "https://shop.tenant.example"
	// ""
	// ""
}

// Counting refusals and logging them, with log/slog.
func ExampleConfig_onDecision() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	refusals := map[httpsec.Reason]int{} // say, a counter with a label
	handler := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins: []string{"https://app.example.com"},
		OnDecision: func(r *http.Request, d httpsec.Decision) {
			if !d.Allowed {
				refusals[d.Reason]++
				logger.Warn("refused", "cors", d)
			}
		},
	}))(hello)

	get(handler, "/", "https://app.example.com")
	get(handler, "/", "https://evil.example")
	preflight(handler, "PURGE", "/", "https://app.example.com")
	fmt.Println(refusals)
	// Output:
	// level=WARN msg=refused cors.kind=actual cors.allowed=false cors.origin=https://evil.example cors.reason=origin
	// level=WARN msg=refused cors.kind=preflight cors.allowed=false cors.origin=https://app.example.com cors.reason=method cors.detail=PURGE
	// map[method:1 origin:1]
}

func withoutTime(_ []string, attr slog.Attr) slog.Attr {
	if attr.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return attr
}

func ExampleDecision_LogValue() {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://app.example.com"}}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Origin", "https://app.example.com/")

	logger := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	logger.Info("decided", "cors", policy.Decide(r))
	// Output:
	// {"level":"INFO","msg":"decided","cors":{"kind":"actual","allowed":false,"origin":"https://app.example.com/","reason":"malformed-origin"}}
}

func ExampleDecision_String() {
	fmt.Println(httpsec.Decision{Kind: httpsec.KindActual, Origin: "https://app.example.com", Allowed: true})
	// Output:
	// request from "https://app.example.com" allowed
}

func ExampleKind_String() {
	fmt.Println(httpsec.KindNotCORS, httpsec.KindActual, httpsec.KindPreflight, httpsec.KindWebSocket)
	// Output:
	// not-cors actual preflight websocket
}

// Why does the browser refuse? Decide answers for a request that you build.
func ExamplePolicy_Decide() {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{
		Origins: []string{"https://app.example.com"},
		Headers: []string{"Content-Type"},
	}))
	r := httptest.NewRequest("OPTIONS", "/", nil)
	r.Header.Set("Origin", "https://app.example.com")
	r.Header.Set("Access-Control-Request-Method", "PUT")
	r.Header.Set("Access-Control-Request-Headers", "authorization,content-type")

	fmt.Println(policy.Decide(r))
	// Output:
	// preflight from "https://app.example.com" refused: header "authorization" is not allowed
}

func ExamplePolicy_CheckOrigin() {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://app.example.com"}}))
	// With gorilla/websocket: websocket.Upgrader{CheckOrigin: policy.CheckOrigin}
	for _, origin := range []string{"https://app.example.com", "https://evil.example", ""} {
		r := httptest.NewRequest("GET", "https://api.example.com/socket", nil)
		r.Header.Set("Connection", "Upgrade")
		r.Header.Set("Upgrade", "websocket")
		r.Header.Set("Origin", origin)
		fmt.Println(policy.CheckOrigin(r))
	}
	// Output:
	// true
	// false
	// true
}
