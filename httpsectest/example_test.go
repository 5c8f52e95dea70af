package httpsectest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/httpsectest"
)

// t stands for the *testing.T of a test, which an example has not.
var t = exampleT{}

type exampleT struct{ testing.TB }

func (exampleT) Helper()        {}
func (exampleT) Cleanup(func()) {}

// newAPI is a service that lets one origin in.
func newAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /events/{id}", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "saved") })
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "[]") })
	return httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins:     []string{"https://app.example.com"},
		Credentials: true,
	}))(mux)
}

func Example() {
	browser := httpsectest.New(t, newAPI())
	put := httpsectest.Init{Method: "PUT", Body: `{}`, Credentials: httpsectest.CredentialsInclude}

	res, err := browser.Page("https://app.example.com").Fetch("https://api.example.com/events/1", put)
	fmt.Println(res.StatusCode, err)

	_, err = browser.Page("https://evil.example").Fetch("https://api.example.com/events/1", put)
	fmt.Println(err)
	// Output:
	// 200 <nil>
	// Access to fetch at 'https://api.example.com/events/1' from origin 'https://evil.example' has been blocked by CORS policy: Response to preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' header is present on the requested resource.
}

// A policy around the route instead of the mux: the preflight never reaches it.
func Example_wrappedRoute() {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://app.example.com"}}))
	mux := http.NewServeMux()
	mux.Handle("PUT /events/{id}", cors(http.NotFoundHandler())) // wrong: wrap mux

	_, err := httpsectest.New(t, mux).Page("https://app.example.com").Fetch("https://api.example.com/events/1", httpsectest.Init{Method: "PUT"})
	var blocked *httpsectest.Blocked
	errors.As(err, &blocked)
	fmt.Println(blocked.Reason)
	// Output: PreflightMissingAllowOriginHeader
}

// The session's cookie comes along from the own site, and from another only with
// SameSite=None.
func Example_cookiesAcrossSites() {
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		fmt.Fprintf(w, "%q", r.Header.Get("Cookie"))
	}))
	browser.SetCookie("https://api.example.com/", &http.Cookie{Name: "session", Value: "1", SameSite: http.SameSiteLaxMode})
	browser.SetCookie("https://api.example.com/", &http.Cookie{Name: "shared", Value: "1", SameSite: http.SameSiteNoneMode, Secure: true})

	for _, origin := range []string{"https://app.example.com", "https://partner.example.org"} {
		res, err := browser.Page(origin).Fetch("https://api.example.com/", httpsectest.Init{Credentials: httpsectest.CredentialsInclude})
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(res.Body)
		fmt.Printf("%s %s\n", origin, body)
	}
	// Output:
	// https://app.example.com "session=1; shared=1"
	// https://partner.example.org "shared=1"
}

// A public API answers everyone, and nobody with credentials.
func Example_publicAPI() {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"*"}}))
	browser := httpsectest.New(t, cors(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})))

	_, err := browser.Page("https://anyone.example").Fetch("https://api.example.com/", httpsectest.Init{})
	fmt.Println(err)
	_, err = browser.Page("https://anyone.example").Fetch("https://api.example.com/", httpsectest.Init{Credentials: httpsectest.CredentialsInclude})
	var blocked *httpsectest.Blocked
	errors.As(err, &blocked)
	fmt.Println(blocked.Reason)
	// Output:
	// <nil>
	// WildcardOriginNotAllowed
}

func Example_policyPerRoute() {
	ok := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})
	public := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"*"}}))
	private := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://app.example.com"}}))
	mux := http.NewServeMux()
	mux.Handle("/public/", public(ok))
	mux.Handle("/private/", private(ok))

	page := httpsectest.New(t, mux).Page("https://elsewhere.example")
	for _, path := range []string{"/public/", "/private/"} {
		_, err := page.Fetch("https://api.example.com"+path, httpsectest.Init{Method: "DELETE"})
		fmt.Println(path, err == nil)
	}
	// Output:
	// /public/ true
	// /private/ false
}

// newSite serves a page with a script that has the nonce of the policy, and one that
// has not.
func newSite(markup string) http.Handler {
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{
		ContentSecurityPolicy: "default-src 'self'; script-src " + httpsec.NonceSource,
	}))
	return secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, strings.ReplaceAll(markup, "{{nonce}}", httpsec.Nonce(r.Context())))
	}))
}

func ExamplePage_Violations() {
	page, err := httpsectest.New(t, newSite(`<script nonce="{{nonce}}">start()</script>`)).Open("https://www.example.com/")
	fmt.Println(err, len(page.Violations()))

	page, _ = httpsectest.New(t, newSite("<!doctype html>\n<script>start()</script>")).Open("https://www.example.com/")
	for _, v := range page.Violations() {
		fmt.Println(v.Line, v.Rule, v.Reason, v.URL)
		fmt.Println(v.Fix)
	}
	// Output:
	// <nil> 0
	// 2 csp script-src-elem inline
	// 'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00='
}

func ExampleExchange_String() {
	allow := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://app.example"}, Credentials: true}))
	browser := httpsectest.New(t, allow(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", SameSite: http.SameSiteLaxMode, Secure: true})
	})))
	page := browser.Page("https://app.example") // and the cookie is of another site
	page.Fetch("https://api.example.com/login", httpsectest.Init{Method: "POST", Credentials: httpsectest.CredentialsInclude})
	for _, e := range browser.Log() {
		fmt.Println(e)
	}
	// Output: POST https://api.example.com/login 200; cookies not kept: session (SameSiteLax); hidden from scripts: Access-Control-Allow-Credentials, Access-Control-Allow-Origin, Date, Vary
}

func ExampleBrowser_Open() {
	page, err := httpsectest.New(t, newSite("<title>hello</title>")).Open("https://www.example.com/")
	fmt.Println(page.Origin(), err)
	// Output: https://www.example.com <nil>
}

func ExamplePage_Frame() {
	browser := httpsectest.New(t, newSite("")) // X-Frame-Options: DENY
	_, err := browser.Page("https://evil.example").Frame("https://www.example.com/")
	fmt.Println(err)
	// Output: Refused to display 'https://www.example.com/' in a frame because it set 'X-Frame-Options' to 'deny'.
}

// Cross-Origin-Resource-Policy of an image.
func ExamplePage_Load() {
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Resource-Policy", "same-site")
		w.Header().Set("Content-Type", "image/png")
	}))
	image := `<img src="https://static.example.com/logo.png">`
	fmt.Println(browser.Page("https://www.example.com").Load(image))
	fmt.Println(browser.Page("https://other.example").Load(image))
	// Output:
	// <nil>
	// Failed to load resource: net::ERR_BLOCKED_BY_RESPONSE.NotSameSite
}

// A form of a foreign page: the cookie stays behind, and the server knows the page.
func ExamplePage_Submit() {
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Printf("%s %s %q\n", r.Header.Get("Origin"), r.PostFormValue("to"), r.Header.Get("Cookie"))
	}))
	browser.SetCookie("https://bank.example/", &http.Cookie{Name: "session", Value: "1", SameSite: http.SameSiteLaxMode})
	transfer := httpsectest.Form{Method: "POST", Action: "https://bank.example/transfer", Fields: url.Values{"to": {"mallory"}}}

	browser.Page("https://evil.example").Submit(transfer)
	browser.Page("https://bank.example").Submit(transfer)
	// Output:
	// https://evil.example mallory ""
	// https://bank.example mallory "session=1"
}

func ExamplePage_Follow() {
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Printf("%s %q\n", r.URL, r.Header.Get("Referer"))
	}))
	page, _ := browser.Open("https://www.example.com/search?q=secret")
	page.Follow("/result")
	page.Follow("https://other.example/")
	// Output:
	// /search?q=secret ""
	// /result "https://www.example.com/search?q=secret"
	// / "https://www.example.com/"
}

// A client that was generated from an API's description runs as a script of the page.
func ExamplePage_Client() {
	client := httpsectest.New(t, newAPI()).Page("https://app.example.com").Client(httpsectest.Init{})
	res, err := client.Get("https://api.example.com/events")
	if err != nil {
		fmt.Println(err)
		return
	}
	body, _ := io.ReadAll(res.Body)
	fmt.Println(res.StatusCode, string(body))
	// Output: 200 []
}

// A real server, over its own connection.
func ExampleNewTransport() {
	server := httptest.NewTLSServer(newAPI())
	defer server.Close()

	browser := httpsectest.NewTransport(server.Client().Transport)
	res, err := browser.Page("https://app.example.com").Fetch(server.URL+"/events", httpsectest.Init{})
	fmt.Println(res.StatusCode, err)
	// Output: 200 <nil>
}

func ExampleNew() {
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Host, r.TLS != nil)
	}))
	browser.Open("https://www.example.com/")
	browser.Open("http://localhost:8080/")
	// Output:
	// www.example.com true
	// localhost:8080 false
}

func ExampleBrowser_Page() {
	page := httpsectest.New(t, newAPI()).Page("https://app.example.com")
	fmt.Println(page.Origin(), page.Response())
	// Output: https://app.example.com <nil>
}

func ExampleBrowser_Cookies() {
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-session", Value: "1", Path: "/", Secure: true, HttpOnly: true})
		http.SetCookie(w, &http.Cookie{Name: "everywhere", Value: "1", SameSite: http.SameSiteNoneMode}) // refused: not Secure
	}))
	browser.Open("https://www.example.com/")
	for _, c := range browser.Cookies("https://www.example.com/") {
		fmt.Println(c)
	}
	// Output: __Host-session=1; Path=/; HttpOnly; Secure
}

func ExampleBrowser_SetCookie() {
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Header.Get("Cookie"))
	}))
	browser.SetCookie("https://www.example.com/", &http.Cookie{Name: "session", Value: "1"})
	browser.Open("https://www.example.com/")
	// Output: session=1
}

func ExampleBrowser_Log() {
	browser := httpsectest.New(t, newAPI())
	browser.Page("https://app.example.com").Fetch("https://api.example.com/events/1", httpsectest.Init{Method: "PUT"})
	for _, e := range browser.Log() {
		fmt.Println(e.Request.Method, e.Request.URL, e.Status, e.Preflight)
	}
	// Output:
	// OPTIONS https://api.example.com/events/1 200 true
	// PUT https://api.example.com/events/1 200 false
}

func ExamplePage_Fetch() {
	page := httpsectest.New(t, newAPI()).Page("https://app.example.com")
	res, err := page.Fetch("https://api.example.com/events", httpsectest.Init{
		Headers: map[string]string{"X-Api-Key": "k"},
	})
	fmt.Println(res.StatusCode, res.Header.Get("Content-Type"), err)
	// Output: 200 text/plain; charset=utf-8 <nil>
}

func ExamplePage_WebSocket() {
	page := httpsectest.New(t, newAPI()).Page("https://evil.example")
	_, err := page.WebSocket("wss://api.example.com/events")
	fmt.Println(err)
	// Output: WebSocket connection to 'wss://api.example.com/events' failed: Error during WebSocket handshake: Unexpected response code: 403
}

func ExamplePage_Sandboxed() {
	page := httpsectest.New(t, newAPI()).Page("https://app.example.com").Sandboxed()
	_, err := page.Fetch("https://api.example.com/events", httpsectest.Init{})
	fmt.Println(page.Origin(), err != nil)
	// Output: null true
}

func ExamplePage_Response() {
	page, _ := httpsectest.New(t, newSite("hello")).Open("https://www.example.com/")
	body, _ := io.ReadAll(page.Response().Body)
	fmt.Println(page.Response().Header.Get("X-Frame-Options"), string(body))
	// Output: DENY hello
}

func ExamplePage_URL() {
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/home", http.StatusFound)
		}
	}))
	page, _ := browser.Open("https://www.example.com/")
	fmt.Println(page.URL())
	// Output: https://www.example.com/home
}

func ExamplePage_Origin() {
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "sandbox allow-scripts")
	}))
	page, _ := browser.Open("https://usercontent.example/")
	fmt.Println(page.Origin())
	// Output: null
}

// A refusal says what would let the request pass.
func ExampleBlocked() {
	page := httpsectest.New(t, http.NotFoundHandler()).Page("https://app.example.com")
	_, err := page.Fetch("https://api.example.com/", httpsectest.Init{})
	var blocked *httpsectest.Blocked
	if errors.As(err, &blocked) {
		fmt.Println(blocked.Rule, blocked.Reason)
		fmt.Println(blocked.Fix)
	}
	// Output:
	// cors MissingAllowOriginHeader
	// Access-Control-Allow-Origin: https://app.example.com
}
