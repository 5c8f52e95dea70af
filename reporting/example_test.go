package reporting_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/reporting"
)

// Firefox and Chromium report an image that the policy blocks, which the handler
// logs.
func ExampleHandler() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	mux := http.NewServeMux()
	mux.Handle("POST /reports", reporting.Handler(func(r *http.Request, report reporting.Report) {
		logger.Warn("browser report", "report", report)
	}))

	send(mux, "https://app.example.com/reports", `{"csp-report":{"document-uri":"https://app.example.com/cart?session=7",
		"effective-directive":"img-src","blocked-uri":"https://images.example.net/a.png","disposition":"report",
		"source-file":"https://app.example.com/cart?session=7","line-number":12}}`)
	// Output:
	// level=WARN msg="browser report" report.type=csp-violation report.url=https://app.example.com/cart report.directive=img-src report.blocked=https://images.example.net/a.png report.disposition=report report.source=https://app.example.com/cart report.line=12
}

// A tally, and what it suggests for a policy that blocks too much.
func ExampleTally() {
	var tally reporting.Tally
	reports := reporting.Handler(func(_ *http.Request, report reporting.Report) { tally.Add(report) })

	const violation = `{"csp-report":{"document-uri":"https://app.example.com/","effective-directive":%q,"blocked-uri":%q,"source-file":%q}}`
	send(reports, "https://app.example.com/reports", fmt.Sprintf(violation, "img-src", "https://images.example.net/a.png", ""))
	send(reports, "https://app.example.com/reports", fmt.Sprintf(violation, "img-src", "https://images.example.net/b.png", ""))
	send(reports, "https://app.example.com/reports", fmt.Sprintf(violation, "script-src-elem", "inline", ""))
	send(reports, "https://app.example.com/reports", fmt.Sprintf(violation, "style-src-elem", "inline", "chrome-extension"))

	for _, entry := range tally.Entries() {
		fmt.Printf("%d %s %s %q\n", entry.Count, entry.Directive, entry.Blocked, entry.Noise)
	}
	policy := httpsec.Must(httpsec.ParseCSP("default-src 'self'"))
	suggestion := tally.Suggest(policy)
	fmt.Println(suggestion.Policy)
	for _, refusal := range suggestion.Refused {
		fmt.Printf("%s %s: %s\n", refusal.Entry.Directive, refusal.Entry.Blocked, refusal.Advice)
	}
	// Output:
	// 2 img-src https://images.example.net ""
	// 1 script-src-elem inline ""
	// 1 style-src-elem inline "extension"
	// default-src 'self'; img-src 'self' https://images.example.net
	// script-src-elem inline: an inline script or a javascript: URL, or injected code: give its element the nonce, or allow its hash with HashSource or InlineHashes
	// style-src-elem inline: an extension in the visitor's browser did it: allow nothing for it
}

// Metrics whose labels cannot be made up. Noise is one of five values; of the
// directives those to watch are named, and everything else is "other".
func ExampleHandler_metrics() {
	watched := []string{"script-src", "script-src-elem", "script-src-attr", "style-src-elem", "img-src", "connect-src"}
	type labels struct{ directive, noise string }
	var mu sync.Mutex
	counts := make(map[labels]int)

	reports := reporting.Handler(func(_ *http.Request, report reporting.Report) {
		of := labels{"other", string(report.Noise)}
		if report.CSP != nil && slices.Contains(watched, report.CSP.EffectiveDirective) {
			of.directive = report.CSP.EffectiveDirective
		}
		mu.Lock()
		counts[of]++
		mu.Unlock()
	})
	metrics := func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		lines := make([]string, 0, len(counts))
		for of, n := range counts {
			lines = append(lines, fmt.Sprintf("browser_reports_total{directive=%q,noise=%q} %d\n", of.directive, of.noise, n))
		}
		slices.Sort(lines)
		io.WriteString(w, strings.Join(lines, ""))
	}

	for _, directive := range []string{"img-src", "img-src", "made-up-17", "made-up-18"} {
		send(reports, "https://app.example.com/reports", `{"csp-report":{"effective-directive":"`+directive+`","blocked-uri":"data"}}`)
	}
	w := httptest.NewRecorder()
	metrics(w, httptest.NewRequest("GET", "/metrics", nil))
	fmt.Print(w.Body)
	// Output:
	// browser_reports_total{directive="img-src",noise=""} 2
	// browser_reports_total{directive="other",noise=""} 2
}

// A tally that outlives the process: read it when the service starts, and write it
// when it stops, or every few minutes.
func ExampleTally_json() {
	directory, err := os.MkdirTemp("", "reports")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)
	file := filepath.Join(directory, "tally.json")

	for range 2 { // two runs of the service
		var tally reporting.Tally
		if data, err := os.ReadFile(file); err == nil {
			if err := json.Unmarshal(data, &tally); err != nil {
				log.Fatal(err)
			}
		}
		reports := reporting.Handler(func(_ *http.Request, report reporting.Report) { tally.Add(report) })
		send(reports, "https://app.example.com/reports", `{"csp-report":{"effective-directive":"img-src","blocked-uri":"data"}}`)

		data, err := json.Marshal(&tally)
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o600); err != nil {
			log.Fatal(err)
		}
		fmt.Println(tally.Entries()[0].Count)
	}
	// Output:
	// 1
	// 2
}

// Reports of the pages of another origin. Under report-to, and for all types but
// "csp-violation", browsers send a preflight first.
func ExampleHandler_otherOrigins() {
	pages := []string{"https://app.example.com", "https://*.shop.example.com"}
	reports := reporting.Handler(func(_ *http.Request, report reporting.Report) {
		fmt.Printf("%s of %s %q\n", report.Type, report.URL, report.Noise)
	}, pages...)
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: pages}))
	mux := http.NewServeMux()
	mux.Handle("/reports", cors(reports)) // no method: preflights are OPTIONS

	preflight := httptest.NewRequest("OPTIONS", "https://reports.example.com/reports", nil)
	preflight.Header.Set("Origin", "https://app.example.com")
	preflight.Header.Set("Access-Control-Request-Method", "POST")
	preflight.Header.Set("Access-Control-Request-Headers", "content-type")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, preflight)
	fmt.Println(w.Code, w.Header().Get("Access-Control-Allow-Origin"))

	send(mux, "https://reports.example.com/reports", `[{"type":"coep","url":"https://app.example.com/","body":{}},{"type":"coep","url":"https://evil.example/","body":{}}]`)
	// Output:
	// 200 https://app.example.com
	// coep of https://app.example.com/ ""
	// coep of https://evil.example/ "foreign"
}

// The handler in front of what refuses the requests of foreign pages, as reports of
// some browsers look like those.
func ExampleHandler_order() {
	reports := reporting.Handler(func(_ *http.Request, report reporting.Report) { fmt.Println(report) })
	app := http.NewServeMux()
	app.HandleFunc("POST /cart", func(w http.ResponseWriter, r *http.Request) {})

	root := http.NewServeMux()
	root.Handle("POST /reports", reports)
	root.Handle("/", http.NewCrossOriginProtection().Handler(app))

	r := httptest.NewRequest("POST", "https://app.example.com/reports", strings.NewReader(`{"csp-report":{"effective-directive":"img-src","blocked-uri":"data"}}`))
	r.Header.Set("Origin", "null") // as WebKit
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	root.ServeHTTP(w, r)
	fmt.Println(w.Code)
	// Output:
	// csp-violation: img-src blocked data
	// 204
}

func send(h http.Handler, url, body string) {
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", url, io.NopCloser(strings.NewReader(body))))
}

func withoutTime(_ []string, attr slog.Attr) slog.Attr {
	if attr.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return attr
}
