package reporting_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/httpsec/httpsec/reporting"
)

// oneKiB is a report of 1,024 bytes, as Chromium sends it under report-uri.
var oneKiB = padded(`{"csp-report":{"document-uri":"https://app.example.com/cart?id=1","referrer":"","violated-directive":"script-src-elem",`+
	`"effective-directive":"script-src-elem","original-policy":"`, `","disposition":"report","blocked-uri":"https://cdn.example.net/lib/analytics.js?v=3",`+
	`"line-number":12,"column-number":34,"source-file":"https://app.example.com/assets/main.js","status-code":200,"script-sample":""}}`, 1024)

// padded returns a policy between the two, so long that all of it has that length.
func padded(before, after string, length int) string {
	policy := "default-src 'none'; img-src 'self' "
	n := length - len(before) - len(after)
	for len(policy) < n {
		policy += "https://images.example.com "
	}
	return before + policy[:n] + after
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func BenchmarkReport(b *testing.B) {
	var tally reporting.Tally
	h := reporting.Handler(func(_ *http.Request, r reporting.Report) { tally.Add(r) })
	r := httptest.NewRequest("POST", "https://app.example.com/reports", nil)
	r.Header.Set("Content-Type", "application/csp-report")
	r.ContentLength = int64(len(oneKiB))
	b.ReportAllocs()
	b.SetBytes(int64(len(oneKiB)))
	for b.Loop() {
		r.Body = body{strings.NewReader(oneKiB)}
		h.ServeHTTP(discard{http.Header{}}, r)
	}
	if entries := tally.Entries(); len(entries) != 1 || entries[0].Blocked != "https://cdn.example.net" {
		b.Fatal(entries)
	}
}

type body struct{ *strings.Reader }

func (body) Close() error { return nil }
