package httpsec_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

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

func ExampleMust() {
	defer func() { fmt.Println(recover()) }()
	httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"app.example.com"}}))
	// Output:
	// httpsec: Config.Origins: "app.example.com" has no scheme; write "https://app.example.com"
}

func ExampleConfigError_Error() {
	_, err := httpsec.OriginOf("shop address", "shop.example.com")
	fmt.Println(err.Error())
	// Output:
	// httpsec: shop address: "shop.example.com" has no scheme; write "https://shop.example.com"
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

// A test that fails when the production configuration has findings. Accept the
// ones you mean, by name.
func ExampleConfig_Audit() {
	production := httpsec.Config{
		Origins: []string{"https://app.example.com", "http://localhost"},
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
	// Config.Origins: "http://localhost" can be served by any program on a user's machine; remove development origins
}

// printer is a testing.TB that prints its errors.
type printer struct{ testing.TB }

func (printer) Error(args ...any) { fmt.Println(args...) }

// An API that is public on purpose accepts that finding, and no other.
func ExampleFinding() {
	api := httpsec.Config{Origins: []string{"*"}, Headers: []string{"Accept"}, MaxAge: 48 * time.Hour}
	for _, finding := range api.Audit() {
		if finding.Field == "Config.Origins" && finding.Value == "*" {
			continue // meant
		}
		fmt.Println(finding.Field, finding.Value)
	}
	// Output:
	// Config.MaxAge 48h0m0s
}

func ExampleFinding_String() {
	fmt.Println(httpsec.Finding{Field: "Config.Origins", Value: "*", Message: "lets every site read every response"})
	// Output:
	// Config.Origins: "*" lets every site read every response
}
