package httpsec_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/httpsec/httpsec"
)

// A setting that has its own name, in a flag or a file, is named in the errors.
func ExampleParseOrigins() {
	origins, err := httpsec.ParseOrigins("web.allowed_origins", "https://app.example.com, https://*.example.net")
	fmt.Println(origins, err)

	_, err = httpsec.ParseOrigins("web.allowed_origins", `["https://app.example.com/"]`)
	fmt.Println(err)
	// Output:
	// [https://app.example.com https://*.example.net] <nil>
	// httpsec: web.allowed_origins: "https://app.example.com/" has a path; write "https://app.example.com"
}

// A tenant types the address of a shop; what is stored is its origin.
func ExampleOriginOf() {
	fmt.Println(httpsec.OriginOf("shop address", "https://Shop.example.com/cart"))

	_, err := httpsec.OriginOf("shop address", "shop.example.com/cart")
	fmt.Println(err)
	var problem *httpsec.ConfigError
	if errors.As(err, &problem) {
		fmt.Println("Did you mean", problem.Suggestion)
	}
	// Output:
	// https://shop.example.com <nil>
	// httpsec: shop address: "shop.example.com/cart" has no scheme; write "https://shop.example.com"
	// Did you mean https://shop.example.com
}

func ExampleConfigErrors() {
	_, err := httpsec.NewPolicy(httpsec.Config{
		Origins: []string{"https://app.example.com/", "admin.example.com"},
		Methods: []string{"patch"},
	})
	for problem := range httpsec.ConfigErrors(err) {
		fmt.Printf("%s %q should be %q\n", problem.Field, problem.Value, problem.Suggestion)
	}
	// Output:
	// Config.Origins "https://app.example.com/" should be "https://app.example.com"
	// Config.Origins "admin.example.com" should be "https://admin.example.com"
	// Config.Methods "patch" should be "PATCH"
}

func ExampleReasons() {
	refusals := map[httpsec.Reason]int{}
	for _, reason := range httpsec.Reasons() {
		refusals[reason] = 0 // so that a dashboard shows the ones that have not occurred
	}
	fmt.Println(refusals)
	// Output:
	// map[credentials:0 cross-site:0 header:0 host:0 malformed-origin:0 method:0 origin:0]
}

// A tool that listens on localhost is reached by every page that its user visits.
// Hosts keeps out those whose name was rebound to this machine, and
// RejectDisallowed the rest.
func ExampleConfig_hosts() {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins:          []string{"http://localhost:*"},
		Hosts:            []string{"localhost", "127.0.0.1", "[::1]"},
		RejectDisallowed: true,
	}))
	handler := cors(hello)

	for _, host := range []string{"localhost:8080", "evil.example:8080"} {
		r := httptest.NewRequest("POST", "http://"+host+"/run", nil)
		r.Header.Set("Origin", "http://"+host)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(host, w.Code)
	}
	// Output:
	// localhost:8080 200
	// evil.example:8080 421
}

// A service that is reached by name, and by address for its health checks.
func ExampleConfig_healthChecks() {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins: []string{"https://app.example.com"},
		Hosts:   []string{"api.example.com", "10.0.0.0/8"},
	}))
	handler := cors(hello)

	for _, host := range []string{"api.example.com", "10.4.0.17:8080", "192.0.2.1"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", "http://"+host+"/healthz", nil))
		fmt.Println(host, w.Code)
	}
	// Output:
	// api.example.com 200
	// 10.4.0.17:8080 200
	// 192.0.2.1 421
}

// Everyone may read, and one origin may do so with cookies.
func ExampleConfig_credentialOrigins() {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins:           []string{"*"},
		CredentialOrigins: []string{"https://app.example.com"},
	}))
	for _, origin := range []string{"https://app.example.com", "https://elsewhere.example"} {
		header := get(cors(hello), "/", origin)
		fmt.Println(header.Get("Access-Control-Allow-Origin"), header.Get("Access-Control-Allow-Credentials"))
	}
	// Output:
	// https://app.example.com true
	// *
}

// A socket that authenticates by a token in its first message may be opened from
// anywhere, whatever cookies the browser sends along.
func ExampleConfig_socketOrigins() {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{
		Origins:       []string{"https://app.example.com"},
		SocketOrigins: []string{"*"},
	}))
	r := httptest.NewRequest("GET", "/socket", nil)
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Origin", "https://elsewhere.example")
	r.Header.Set("Cookie", "analytics=1")
	fmt.Println(policy.CheckOrigin(r))
	// Output:
	// true
}

// Each tenant has a policy of its own; hosts without one are served untouched.
func ExampleSelect() {
	policies := map[string]*httpsec.Policy{
		"acme.example.com": httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://acme.example"}})),
	}
	handler := httpsec.Select(func(r *http.Request) *httpsec.Policy { return policies[r.Host] })(hello)

	for _, target := range []string{"http://acme.example.com/", "http://other.example.com/"} {
		fmt.Printf("%q\n", get(handler, target, "https://acme.example").Get("Access-Control-Allow-Origin"))
	}
	// Output:
	// "https://acme.example"
	// ""
}
