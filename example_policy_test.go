package httpsec_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/httpsec/httpsec"
)

// One policy behind everything that a service asks about an origin.
func ExamplePolicy() {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://app.example.com"}}))
	mux := http.NewServeMux()
	mux.Handle("GET /hello", hello)
	mux.HandleFunc("GET /why", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, policy.Decide(r))
	})
	handler := policy.Handler(mux)

	for _, origin := range []string{"https://app.example.com", "https://evil.example"} {
		r := httptest.NewRequest("GET", "/why", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Print(w.Body)
	}
	// Output:
	// request from "https://app.example.com" allowed
	// request from "https://evil.example" refused: its origin is not allowed
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
// post, from the handler: all that http.CrossOriginProtection refuses, unless
// Origins has "*". The two stand together where that may change.
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

// What a decision says, field by field, for a page that explains refusals.
func ExampleDecision() {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{
		Origins: []string{"https://app.example.com"},
		Methods: []string{"GET", "PUT"},
	}))
	r := httptest.NewRequest("OPTIONS", "/", nil)
	r.Header.Set("Origin", "https://app.example.com")
	r.Header.Set("Access-Control-Request-Method", "DELETE")

	d := policy.Decide(r)
	fmt.Println(d.Kind, d.Origin, d.Allowed, d.Reason, d.Detail)
	// Output:
	// preflight https://app.example.com false method DELETE
}

func ExampleDecision_String() {
	fmt.Println(httpsec.Decision{Kind: httpsec.KindActual, Origin: "https://app.example.com", Allowed: true})
	// Output:
	// request from "https://app.example.com" allowed
}

func ExampleDecision_LogValue() {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://app.example.com"}}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Origin", "null")

	logger := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	logger.Info("decided", "cors", policy.Decide(r))
	// Output:
	// {"level":"INFO","msg":"decided","cors":{"kind":"actual","allowed":false,"origin":"null","reason":"origin"}}
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
	get(handler, "/", "evil.example")
	fmt.Println(refusals)
	// Output:
	// level=WARN msg=refused cors.kind=actual cors.allowed=false cors.origin=https://evil.example cors.reason=origin
	// level=WARN msg=refused cors.kind=actual cors.allowed=false cors.origin=evil.example cors.reason=malformed-origin
	// map[malformed-origin:1 origin:1]
}

func withoutTime(_ []string, attr slog.Attr) slog.Attr {
	if attr.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return attr
}

// Handshakes are refused before the upgrade; of other requests, only the answer is
// withheld. An alarm may tell them apart.
func ExampleKind() {
	refusals := map[httpsec.Kind]int{}
	handler := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins: []string{"https://app.example.com"},
		OnDecision: func(_ *http.Request, d httpsec.Decision) {
			if !d.Allowed {
				refusals[d.Kind]++
			}
		},
	}))(hello)

	get(handler, "/", "https://evil.example")
	preflight(handler, "PUT", "/", "https://evil.example")
	fmt.Println(refusals[httpsec.KindActual], refusals[httpsec.KindPreflight], refusals[httpsec.KindWebSocket])
	// Output:
	// 1 1 0
}

func ExampleKind_String() {
	fmt.Println(httpsec.KindNotCORS, httpsec.KindActual, httpsec.KindPreflight, httpsec.KindWebSocket)
	// Output:
	// not-cors actual preflight websocket
}

// What to tell the person who asks why a browser refuses.
func ExampleReason() {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://app.example.com"}}))
	for _, origin := range []string{"https://App.example.com", "https://shop.example.com"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Origin", origin)
		switch policy.Decide(r).Reason {
		case httpsec.ReasonOrigin:
			fmt.Println("Add", origin, "to CORS_ORIGINS.")
		case httpsec.ReasonMalformedOrigin:
			fmt.Println("No browser sends", origin)
		}
	}
	// Output:
	// No browser sends https://App.example.com
	// Add https://shop.example.com to CORS_ORIGINS.
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
