package reporting_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/reporting"
)

// oneKiB is a report of 1,024 bytes, with what Chromium sends under report-uri.
var oneKiB = padded(`{"csp-report":{"document-uri":"https://app.example.com/cart?id=1","referrer":"","violated-directive":"script-src-elem",`+
	`"effective-directive":"script-src-elem","original-policy":"`, `","disposition":"report","blocked-uri":"https://cdn.example.net/lib/analytics.js?v=3",`+
	`"line-number":12,"column-number":34,"source-file":"https://app.example.com/assets/main.js","status-code":200,"script-sample":""}}`, 1024)

// padded returns a policy between the two, so long that all of it has that length.
func padded(before, after string, length int) string {
	policy := "default-src 'none'; img-src 'self'" + strings.Repeat(" https://images.example.com", length/20)
	return before + policy[:length-len(before)-len(after)] + after
}

// BenchmarkReport parses and tallies one report of 1 KiB.
func BenchmarkReport(b *testing.B) {
	var tally reporting.Tally
	benchmark(b, &tally, oneKiB)
	if entries := tally.Entries(); len(entries) != 1 || entries[0].Blocked != "https://cdn.example.net" {
		b.Fatal(entries)
	}
}

// BenchmarkBatch parses and tallies 100 reports of 1 KiB in one body.
func BenchmarkBatch(b *testing.B) {
	var tally reporting.Tally
	benchmark(b, &tally, "["+strings.Repeat(oneKiB+",", 99)+oneKiB+"]")
}

// BenchmarkFlood tallies reports that are all different, in a tally that is full.
func BenchmarkFlood(b *testing.B) {
	var tally reporting.Tally
	r := blocked("img-src", "")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.CSP.BlockedURL = "https://" + strconv.Itoa(i) + ".example.net"
		tally.Add(r)
	}
}

func BenchmarkSuggest(b *testing.B) {
	var tally reporting.Tally
	for i := range 1000 {
		tally.Add(blocked("img-src", "https://"+strconv.Itoa(i)+".example.net/"))
	}
	policy := parse(b, "default-src 'self'")
	b.ReportAllocs()
	for b.Loop() {
		tally.Suggest(policy)
	}
}

// hostile are bodies of 1 MiB, or of the 64 KiB that a report may have, that shall
// cost as much as can be.
var hostile = map[string]string{
	"nesting":         strings.Repeat("[", 1<<20),
	"nesting-report":  `{"type":"x","body":` + strings.Repeat("[", 65_000) + `}`,
	"objects":         "[" + strings.Repeat("{", 1<<20-1),
	"keys":            `{"type":"x","body":{` + strings.Repeat(`"a":0,`, 10_000) + `"a":0}}`,
	"keys-escaped":    `{"type":"x",` + strings.Repeat(`"\u0061":0,`, 5_900) + `"a":0}`,
	"long-string":     `{"type":"` + strings.Repeat("a", 65_000) + `"}`,
	"escapes":         `{"csp-report":{"effective-directive":"` + strings.Repeat(`\u00e4`, 10_800) + `"}}`,
	"strings":         `{"csp-report":{` + strings.Repeat(`"sample":"\u0061",`, 3_500) + `"effective-directive":"x"}}`,
	"numbers":         `{"type":"x","age":` + strings.Repeat("9", 65_000) + `}`,
	"invalid-utf8":    `{"type":"` + strings.Repeat("\xff", 65_000) + `"}`,
	"too-long":        `[{"type":"` + strings.Repeat("a", 1<<20-20) + `"}]`,
	"quotes":          "[" + strings.Repeat(`"`, 1<<20-1),
	"backslashes":     `["` + strings.Repeat(`\`, 1<<20-2),
	"tiny-reports":    "[" + strings.Repeat("{},", 349_000) + "{}]",
	"largest-reports": "[" + strings.Repeat(padded(`{"csp-report":{"effective-directive":"x","original-policy":"`, `"}}`, 64<<10)+",", 15) + "{}]",
	"white-space":     strings.Repeat(" ", 1<<20),
}

// BenchmarkHostile has beside each body what encoding/json needs to skip it, or, of
// those that are not JSON, until it gives up: "objects" and "quotes" at the third byte.
func BenchmarkHostile(b *testing.B) {
	for name, body := range hostile {
		b.Run(name, func(b *testing.B) { benchmark(b, new(reporting.Tally), body) })
		b.Run(name+"-json", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				skipWithJSON(body)
			}
		})
	}
}

func skipWithJSON(body string) {
	var skipped json.RawMessage
	_ = json.NewDecoder(strings.NewReader(body)).Decode(&skipped)
}

func benchmark(b *testing.B, tally *reporting.Tally, body string) {
	h := reporting.Handler(func(_ *http.Request, r reporting.Report) { tally.Add(r) })
	r := httptest.NewRequest("POST", "https://app.example.com/reports", nil)
	r.ContentLength = int64(len(body))
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		r.Body = io.NopCloser(strings.NewReader(body))
		h.ServeHTTP(discard{http.Header{}}, r)
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// TestHostileBodies checks that none of them makes the handler ask for more memory
// than twice the largest report, and a little for each report.
func TestHostileBodies(t *testing.T) {
	for name, body := range hostile {
		reports := 0
		h := reporting.Handler(func(*http.Request, reporting.Report) { reports++ })
		r := httptest.NewRequest("POST", "https://app.example.com/reports", strings.NewReader(body))
		w := httptest.NewRecorder()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		h.ServeHTTP(w, r)
		runtime.ReadMemStats(&after)
		assert.Equal(t, http.StatusNoContent, w.Code, name)
		assert.LessOrEqual(t, after.TotalAlloc-before.TotalAlloc, uint64(max(2, reports+1)*(64<<10)+16<<10), name)
		assert.LessOrEqual(t, after.Mallocs-before.Mallocs, uint64(200), name)
	}
}
