package reporting_test

import (
	"fmt"
	"html/template"
	"io/fs"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/fstest"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/reporting"
)

// The way of docs/csp.md: a strict policy on trial, what browsers report about it,
// and what is suggested.
func Example_rollOut() {
	strict := httpsec.CSP{}.
		With("default-src", "'none'").
		With("script-src", "'self'", httpsec.NonceSource, "'report-sample'").
		With("style-src", "'self'", httpsec.NonceSource, "'report-sample'").
		With("img-src", "'self'").
		With("font-src", "'self'").
		With("connect-src", "'self'").
		With("form-action", "'self'").
		With("frame-ancestors", "'none'").
		With("base-uri", "'none'").
		With("report-uri", "/reports")
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{
		ContentSecurityPolicy:           httpsec.Omit, // enforces none yet
		ContentSecurityPolicyReportOnly: strict.String(),
	}))

	var tally reporting.Tally
	reports := reporting.Handler(func(r *http.Request, report reporting.Report) {
		if report.Noise == "" {
			slog.Warn("browser report", "report", report)
		}
		tally.Add(report)
	})

	page := template.Must(template.New("").Parse(`<script nonce="{{.Nonce}}">start()</script><img src="https://images.example.net/a.png" onclick="zoom()">`))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		page.Execute(w, map[string]any{"Nonce": httpsec.Nonce(r.Context())})
	})
	mux.HandleFunc("GET /admin/reports", func(w http.ResponseWriter, r *http.Request) {
		suggestion := tally.Suggest(strict)
		fmt.Fprintln(w, suggestion.Policy)
		for _, added := range suggestion.Added {
			for _, e := range added.Entries {
				fmt.Fprintf(w, "%d × %s %s: added %s to %s\n", e.Count, e.Directive, e.Blocked, added.Source, added.Directive)
			}
		}
		for _, refused := range suggestion.Refused {
			e := refused.Entry
			fmt.Fprintf(w, "%d × %s %s %q in %q: %s\n", e.Count, e.Directive, e.Blocked, e.Sample, e.Source, refused.Advice)
		}
	})

	app := http.NewCrossOriginProtection().Handler(mux)
	root := http.NewServeMux()
	root.Handle("POST /reports", reports)
	root.Handle("/", secure(app))

	// What a browser reports of that page, and of an extension.
	defer slog.SetLogLoggerLevel(slog.SetLogLoggerLevel(slog.LevelError))
	const violation = `{"csp-report":{"document-uri":"https://app.example.com/","effective-directive":%q,"blocked-uri":%q,"source-file":%q,"script-sample":%q}}`
	send(root, "https://app.example.com/reports", fmt.Sprintf(violation, "img-src", "https://images.example.net/a.png", "https://app.example.com/", ""))
	send(root, "https://app.example.com/reports", fmt.Sprintf(violation, "script-src-attr", "inline", "", "zoom()"))
	send(root, "https://app.example.com/reports", fmt.Sprintf(violation, "style-src-elem", "inline", "chrome-extension", ""))
	w := httptest.NewRecorder()
	root.ServeHTTP(w, httptest.NewRequest("GET", "https://app.example.com/admin/reports", nil))
	fmt.Print(w.Body)

	// Enforced, after the page was mended.
	strict = strict.WithAdded("img-src", "https://images.example.net")
	secure = httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{
		ContentSecurityPolicy: strict.String(),
	}))
	w = httptest.NewRecorder()
	secure(app).ServeHTTP(w, httptest.NewRequest("GET", "https://app.example.com/", nil))
	fmt.Println(strings.Contains(w.Header().Get("Content-Security-Policy"), "img-src 'self' https://images.example.net"))
	// Output:
	// default-src 'none'; script-src 'self' 'nonce-{nonce}' 'report-sample'; style-src 'self' 'nonce-{nonce}' 'report-sample'; img-src 'self' https://images.example.net; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; report-uri /reports
	// 1 × img-src https://images.example.net: added https://images.example.net to img-src
	// 1 × script-src-attr inline "zoom()" in "": an event handler in the markup, or injected code: write addEventListener in a script
	// 1 × style-src-elem inline "" in "chrome-extension": an extension in the visitor's browser did it: allow nothing for it
	// true
}

// A build that is served as files has hashes in the place of nonces.
func Example_singlePageBuild() {
	var build fs.FS = fstest.MapFS{"index.html": {Data: []byte(`<!doctype html><script>start()</script><script src="/app.js"></script>`)}}
	scripts, styles, err := httpsec.InlineHashes(build)
	if err != nil {
		log.Fatal(err)
	}
	strict := httpsec.CSP{}.
		With("default-src", "'none'").
		With("script-src", append(scripts, "'self'", "'report-sample'")...).
		With("style-src", append(styles, "'self'", "'report-sample'")...).
		With("img-src", "'self'").
		With("font-src", "'self'").
		With("connect-src", "'self'").
		With("form-action", "'self'").
		With("frame-ancestors", "'none'").
		With("base-uri", "'none'").
		With("report-uri", "/reports")
	httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicyReportOnly: strict.String()}))
	fmt.Println(strict)
	// Output:
	// default-src 'none'; script-src 'sha256-DIm7WJS6ZKDYe5qFLPy+h4JFI9Bol5QmYC57mt3Fb00=' 'self' 'report-sample'; style-src 'self' 'report-sample'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; report-uri /reports
}
