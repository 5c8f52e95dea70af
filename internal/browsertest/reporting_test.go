package browsertest

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/reporting"
)

// recorded is where the bytes are that each engine once sent.
var recorded = map[engineName]string{
	chromium: "../../reporting/testdata/chromium-*",
	firefox:  "../../reporting/testdata/firefox-*",
	webkit:   "../../reporting/testdata/webkitgtk-*",
}

// collector is a service with a page, and what browsers reported about it. The
// handler stands in front of what refuses the requests of foreign pages.
type collector struct {
	tally reporting.Tally

	mu     sync.Mutex
	lines  []string
	page   string
	secure func(http.Handler) http.Handler
}

// serve replaces the page and its headers.
func (c *collector) serve(page string, secure func(http.Handler) http.Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.page, c.secure = page, secure
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	page, secure := c.page, c.secure
	c.mu.Unlock()
	guarded := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{partner}, RejectDisallowed: true}))
	app := http.NewServeMux()
	app.HandleFunc("GET /{page}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, strings.NewReplacer("HOST", r.Host, "NONCE", httpsec.Nonce(r.Context())).Replace(page))
	})
	app.HandleFunc("GET /image", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/gif")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		io.WriteString(w, "GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x00;")
	})
	root := http.NewServeMux()
	reports := reporting.Handler(func(_ *http.Request, report reporting.Report) {
		c.tally.Add(report)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.lines = append(c.lines, report.String())
	})
	root.Handle("POST /reports", reports)
	app.Handle("POST /guarded", reports) // behind what refuses
	root.Handle("/", secure(guarded(http.NewCrossOriginProtection().Handler(app))))
	root.ServeHTTP(w, r)
}

// received returns what arrived, sorted, each once: some violations are reported
// twice.
func (c *collector) received() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := slices.Clone(c.lines)
	slices.Sort(lines)
	return slices.Compact(lines)
}

// TestReports visits the page of which reporting has the recorded reports, and
// compares what arrives with them: by report-uri on https, on plain http and behind what
// refuses foreign requests, by report-to on https.
func TestReports(t *testing.T) {
	if *broken {
		t.Skip("the reports are compared with recorded ones, whatever is taken away")
	}
	inEachEngine(t, setup{}, testReports)
}

func testReports(t *testing.T, w *world) {
	page, err := os.ReadFile("../../reporting/testdata/page.html")
	require.NoError(t, err)
	const policy = "default-src 'none'; script-src 'nonce-n' 'report-sample'; style-src 'report-sample'; base-uri 'none'; form-action 'none'; "
	for _, c := range []struct{ name, origin, recorded, report string }{
		{"report-uri", api, "report-uri", "report-uri /reports?k=%[1]s"},
		{"report-uri behind RejectDisallowed", api, "report-uri", "report-uri /guarded?k=%[1]s"},
		{"report-uri on plain http", plainAPI, "report-uri", "report-uri /reports?k=%[1]s"},
		{"report-to", api, "report-to", "report-to main"},
	} {
		t.Run(c.name, func(t *testing.T) {
			service := new(collector)
			site := w.open(service)
			key := site.key
			service.serve(string(page), func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Security-Policy", policy+strings.ReplaceAll(c.report, "%[1]s", key))
					w.Header().Set("Reporting-Endpoints", `main="`+c.origin+`/reports?k=`+key+`"`)
					next.ServeHTTP(w, r)
				})
			})
			tab := w.browser.open(t)
			require.NoError(t, tab.navigate(c.origin+"/page?k="+key))
			want := recordedLines(t, w.browser.name(), c.recorded, c.origin+"/page")
			if c.recorded == "report-to" && w.browser.name() == chromium {
				// Chromium sends after a minute, or when the page goes.
				require.NoError(t, tab.navigate("about:blank"))
				tab.close()
			}
			assert.EventuallyWithT(t, func(t *assert.CollectT) {
				assert.Equal(t, want, service.received())
			}, settleTimeout, 50*time.Millisecond)
		})
	}
}

// recordedLines returns what is to be expected of the page at an address, sorted,
// each once.
func recordedLines(t *testing.T, e engineName, way, address string) []string {
	files, err := filepath.Glob(recorded[e] + "/expected.txt")
	require.NoError(t, err)
	require.Len(t, files, 1)
	data, err := os.ReadFile(files[0])
	require.NoError(t, err)
	own := regexp.MustCompile(`https://localhost:9443(/[ut]\b)?`)
	var lines []string
	for line := range strings.Lines(string(data)) {
		file, report, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if !strings.HasPrefix(file, way) {
			continue
		}
		if strings.HasPrefix(address, "http:") && strings.Contains(report, "/w.js") {
			continue // the page's worker is of https, and so of another origin: an error before the policy
		}
		lines = append(lines, own.ReplaceAllStringFunc(report, func(url string) string {
			if page := strings.HasSuffix(url, "/u") || strings.HasSuffix(url, "/t"); page {
				return address
			}
			return strings.TrimSuffix(address, "/page")
		}))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// TestRollOut goes the way of docs/csp.md: a strict policy on trial, the suggestion
// taken over, the page mended, and the policy enforced without a violation.
func TestRollOut(t *testing.T) {
	if *broken {
		t.Skip("a policy is enforced in the end, and must be obeyed")
	}
	inEachEngine(t, setup{}, testRollOut)
}

func testRollOut(t *testing.T, w *world) {
	service := new(collector)
	site := w.open(service)
	page := strings.ReplaceAll(`<!doctype html><title>shop</title><link rel=icon href="/image?k=KEY">
		<script>document.title = 'started'</script><button onclick="document.title = 'clicked'">zoom</button>
		<img src="/image?k=KEY"><img src="`+app+`/image?k=KEY">`, "KEY", site.key)
	strict := httpsec.CSP{}.
		With("default-src", "'none'").
		With("script-src", "'self'", httpsec.NonceSource, "'report-sample'").
		With("img-src", "'self'").
		With("form-action", "'self'").
		With("frame-ancestors", "'none'").
		With("base-uri", "'none'").
		With("report-uri", "/reports?k="+site.key)
	visit := func(path string, h httpsec.Headers) (title string) {
		service.serve(page, httpsec.Must(httpsec.SecurityHeaders(h)))
		tab := w.browser.open(t)
		require.NoError(t, tab.navigate(api+path+"?k="+site.key))
		return tab.evaluate(t, `(document.querySelector('button').click(), document.title)`)
	}

	trial := httpsec.Headers{ContentSecurityPolicy: httpsec.Omit, ContentSecurityPolicyReportOnly: strict.String()}
	require.Equal(t, "clicked", visit("/page", trial), "a trial breaks nothing")
	var suggestion reporting.Suggestion
	require.Eventually(t, func() bool {
		suggestion = service.tally.Suggest(strict)
		return len(suggestion.Added) == 1 && len(suggestion.Refused) == 2
	}, settleTimeout, 50*time.Millisecond, "%+v", &suggestion)
	assert.Equal(t, strict.WithAdded("img-src", app).String(), suggestion.Policy.String())
	var refused []string
	for _, r := range suggestion.Refused {
		refused = append(refused, fmt.Sprintf("%s %s %s", r.Entry.Directive, r.Entry.Blocked, r.Entry.Sample))
	}
	samples := []string{"document.title = 'started'", "document.title = 'clicked'"}
	if w.browser.name() == webkit {
		samples = []string{"", ""} // by report-uri WebKit sends none
	}
	assert.ElementsMatch(t, []string{
		"script-src-elem inline " + samples[0], "script-src-attr inline " + samples[1],
	}, refused)

	page = strings.NewReplacer("<script>", `<script nonce="NONCE">`, "<button onclick=\"document.title = 'clicked'\">", "<button>").Replace(page) +
		`<script nonce="NONCE">document.querySelector('button').addEventListener('click', () => { document.title = 'clicked' })</script>`
	enforced := httpsec.Headers{ContentSecurityPolicy: suggestion.Policy.String()}
	require.Equal(t, "clicked", visit("/enforced", enforced))
	time.Sleep(500 * time.Millisecond) // for a report that must not come
	violations := func() (lines []string) {
		for _, line := range service.received() { // those of the trial may come late, and twice
			if strings.Contains(line, api+"/enforced") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	assert.Empty(t, violations())

	// The handler hears of it still where something is wrong.
	page += `<script>injected()</script>`
	visit("/enforced", enforced)
	assert.Eventually(t, func() bool { return len(violations()) == 1 }, settleTimeout, 50*time.Millisecond)
}
