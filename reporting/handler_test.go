package reporting_test

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/reporting"
)

// violation is the shortest report that is one.
const violation = `{"csp-report":{"effective-directive":"img-src"}}`

func TestAnswers(t *testing.T) {
	noStore := http.Header{"Cache-Control": {"no-store"}}
	text := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}
	allow := text.Clone()
	allow["Allow"] = []string{"POST"}
	for _, c := range []struct {
		method, encoding, body string
		status                 int
		headers                http.Header
		answer                 string
		reports                int
	}{
		{"POST", "", violation, 204, noStore, "", 1},
		{"POST", "", "", 204, noStore, "", 0},
		{"POST", "", "no JSON", 204, noStore, "", 0},
		{"POST", "gzip", violation, 415, text, "reports are not encoded\n", 0},
		{"GET", "", "", 405, allow, "method not allowed\n", 0},
		{"HEAD", "", "", 405, allow, "method not allowed\n", 0}, // net/http drops the body
		{"OPTIONS", "", "", 405, allow, "method not allowed\n", 0},
		{"PUT", "", violation, 405, allow, "method not allowed\n", 0},
	} {
		reports := 0
		h := reporting.Handler(func(*http.Request, reporting.Report) { reports++ })
		r := httptest.NewRequest(c.method, "https://app.example.com/reports", strings.NewReader(c.body))
		if c.encoding != "" {
			r.Header.Set("Content-Encoding", c.encoding)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, c.status, w.Code, c)
		assert.Equal(t, c.headers, w.Header(), c)
		assert.Equal(t, c.answer, w.Body.String(), c)
		assert.Equal(t, c.reports, reports, c)
	}
}

func TestHandlerPanics(t *testing.T) {
	receive := func(*http.Request, reporting.Report) {}
	assert.PanicsWithValue(t, "reporting: Handler: receive is nil", func() { reporting.Handler(nil) })
	for _, entry := range []string{"", "app.example.com", "https://app.example.com/", "https://App.example.com", "wss://app.example.com"} {
		assert.Panics(t, func() { reporting.Handler(receive, "https://app.example.com", entry) }, entry)
	}
	assert.PanicsWithValue(t, `reporting: Handler: "app" is not an origin such as "https://app.example.com"`,
		func() { reporting.Handler(receive, "app") })
}

// TestRequest checks that receive gets the request, on whose goroutine it runs.
func TestRequest(t *testing.T) {
	r := newRequest(violation)
	reporting.Handler(func(got *http.Request, report reporting.Report) {
		assert.Same(t, r, got)
		assert.Equal(t, "request's", report.UserAgent)
	}).ServeHTTP(httptest.NewRecorder(), r)
}

// TestReceivePanics checks over a real server that the browser gets its 204, so that
// it does not send again what was received before the panic.
func TestReceivePanics(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		var received []string
		h := reporting.Handler(func(_ *http.Request, r reporting.Report) {
			received = append(received, r.CSP.EffectiveDirective)
			if r.CSP.EffectiveDirective == "font-src" {
				panic(http.ErrAbortHandler)
			}
		})
		server := httptest.NewUnstartedServer(h)
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.EnableHTTP2 = http2
		server.StartTLS()
		body := "[" + cspReport("img-src") + "," + cspReport("font-src") + "," + cspReport("media-src") + strings.Repeat(" ", 900_000) + "]"
		res, err := server.Client().Post(server.URL, "application/reports+json", strings.NewReader(body))
		require.NoError(t, err)
		assert.Equal(t, http.StatusNoContent, res.StatusCode)
		assert.Equal(t, []string{"img-src", "font-src"}, received)
		res.Body.Close()
		server.Close()
	}
}

func cspReport(directive string) string {
	return `{"type":"csp-violation","body":{"effectiveDirective":"` + directive + `"}}`
}

// TestBrokenBody checks that what arrived before the connection broke counts.
func TestBrokenBody(t *testing.T) {
	var got []string
	h := reporting.Handler(func(_ *http.Request, r reporting.Report) { got = append(got, r.CSP.EffectiveDirective) })
	r := newRequest("")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("["+cspReport("img-src")+`,{"type":"csp-vio`), iotest.ErrReader(errors.New("broken"))))
	r.ContentLength = -1
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	assert.Equal(t, http.StatusNoContent, w.Code)
	assert.Equal(t, []string{"img-src"}, got)
}

// TestPieces reads a body of unknown length that arrives in pieces of any size: of
// reports around the sizes at which the buffer grows, up to one that is too long.
func TestPieces(t *testing.T) {
	const empty = `{"type":"x","body":""}`
	var reports []string
	for _, length := range []int{100, 4 << 10, 4<<10 + 1, 30_000, 64<<10 + 1, 64 << 10, 100} {
		reports = append(reports, strings.Replace(empty, `""`, `"`+strings.Repeat("a", length-len(empty))+`"`, 1))
	}
	for _, size := range []int{1, 7, 512, 4 << 10, 64 << 10, 1 << 20} {
		var got []int
		h := reporting.Handler(func(_ *http.Request, r reporting.Report) { got = append(got, len(r.Body)-len(`""`)+len(empty)) })
		r := newRequest("")
		r.Body = io.NopCloser(pieces{strings.NewReader("[" + strings.Join(reports, ",") + "]"), size})
		r.ContentLength = -1
		h.ServeHTTP(httptest.NewRecorder(), r)
		assert.Equal(t, []int{100, 4 << 10, 4<<10 + 1, 30_000, 64 << 10, 100}, got, size)
	}
}

// pieces is a reader that returns no more than so many bytes at once.
type pieces struct {
	io.Reader
	size int
}

func (p pieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), p.size)]) }

// TestThroughChecks sends what each engine sends, header for header, through what
// refuses requests of foreign pages. Mounted before it, the handler gets everything.
// Behind it the reports of the site's own pages arrive on https as well.
func TestThroughChecks(t *testing.T) {
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://partner.example.org"}, RejectDisallowed: true}))
	received := 0
	reports := reporting.Handler(func(*http.Request, reporting.Report) { received++ })
	var app http.Handler = http.NewServeMux()
	app = http.NewCrossOriginProtection().Handler(policy.Handler(app))
	before := http.NewServeMux()
	before.Handle("POST /reports", reports)
	before.Handle("/", app)
	behind := policy.Handler(http.NewCrossOriginProtection().Handler(reports))

	const own, foreign, plain = "https://app.example.com", "https://evil.example.net", "http://app.internal.test"
	for _, c := range []struct {
		name, page, origin, site, mode, dest string
		behind                               bool
	}{
		{"Chromium, report-uri", own, own, "same-origin", "no-cors", "report", true},
		{"Chromium, report-to", own, own, "", "", "", true},
		{"Firefox, report-uri", own, own, "same-origin", "no-cors", "report", true},
		{"Firefox, report-to", own, own, "same-origin", "cors", "empty", true},
		{"WebKit, CSP", own, "null", "same-origin", "no-cors", "empty", true},
		{"WebKit, other types", own, own, "same-origin", "cors", "report", true},
		{"Chromium, report-uri of another site", own, foreign, "cross-site", "no-cors", "report", false},
		{"Firefox, report-uri of another site", own, foreign, "cross-site", "no-cors", "report", false},
		{"WebKit, CSP of another site", own, "null", "cross-site", "no-cors", "empty", false},
		{"Chromium, report-uri on plain http", plain, plain, "", "", "", true},
		{"WebKit, CSP on plain http", plain, "null", "", "", "", false},
	} {
		newReport := func() *http.Request {
			r := httptest.NewRequest("POST", c.page+"/reports", strings.NewReader(violation))
			for name, value := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site, "Sec-Fetch-Mode": c.mode, "Sec-Fetch-Dest": c.dest} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			return r
		}
		received = 0
		w := httptest.NewRecorder()
		before.ServeHTTP(w, newReport())
		assert.Equal(t, 204, w.Code, c.name)
		assert.Equal(t, 1, received, c.name)

		received = 0
		behind.ServeHTTP(httptest.NewRecorder(), newReport())
		assert.Equal(t, c.behind, received == 1, c.name)
	}
}

// TestBodyIsRead checks that nothing of a body is left, up to 1 MiB: net/http would
// close the connection, and the answer might get lost.
func TestBodyIsRead(t *testing.T) {
	for _, receive := range []func(*http.Request, reporting.Report){
		func(*http.Request, reporting.Report) {},
		func(*http.Request, reporting.Report) { panic(http.ErrAbortHandler) },
	} {
		body := strings.NewReader("[" + strings.Repeat(violation+",", 101) + strings.Repeat(" ", 1<<20))
		length := body.Len()
		r := httptest.NewRequest("POST", "https://app.example.com/reports", body)
		func() {
			defer func() { _ = recover() }()
			reporting.Handler(receive).ServeHTTP(httptest.NewRecorder(), r)
		}()
		assert.Equal(t, length-1<<20, body.Len())
	}
}
