package reporting_test

import (
	"bytes"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/reporting"
)

var update = flag.Bool("update", false, "write testdata/*/expected.txt anew")

// TestRecordedBodies reads what browsers sent, byte for byte: the folders of testdata
// name engine and version. All pages were at https://localhost:9443.
func TestRecordedBodies(t *testing.T) {
	engines, err := filepath.Glob("testdata/*-*")
	require.NoError(t, err)
	require.Len(t, engines, 3)
	for _, engine := range engines {
		t.Run(filepath.Base(engine), func(t *testing.T) {
			files, err := filepath.Glob(engine + "/*.json")
			require.NoError(t, err)
			require.NotEmpty(t, files)
			var got strings.Builder
			for _, file := range files {
				data, err := os.ReadFile(file)
				require.NoError(t, err)
				reports := receive(t, string(data))
				require.NotEmpty(t, reports, file)
				for _, r := range reports {
					got.WriteString(filepath.Base(file) + ": " + r.String() + "\n")
				}
			}
			assert.NotContains(t, got.String(), "secret", "a query is left")
			expected := filepath.Join(engine, "expected.txt")
			if *update {
				require.NoError(t, os.WriteFile(expected, []byte(got.String()), 0o644))
			}
			want, err := os.ReadFile(expected)
			require.NoError(t, err)
			assert.Equal(t, string(want), got.String())
		})
	}
}

// receive returns the reports of a body that is sent to https://localhost:9443.
func receive(t testing.TB, body string, ours ...string) []reporting.Report {
	t.Helper()
	return receiveRequest(newRequest(body), ours...)
}

func receiveRequest(r *http.Request, ours ...string) (reports []reporting.Report) {
	h := reporting.Handler(func(_ *http.Request, r reporting.Report) { reports = append(reports, r) }, ours...)
	h.ServeHTTP(httptest.NewRecorder(), r)
	return reports
}

func newRequest(body string) *http.Request {
	r := httptest.NewRequest("POST", "https://localhost:9443/reports", bytes.NewReader([]byte(body)))
	r.Header.Set("User-Agent", "request's")
	return r
}

// TestWholeReports compares every field, once for each way to write a report.
func TestWholeReports(t *testing.T) {
	for _, c := range []struct {
		file string
		want reporting.Report
	}{
		{"chromium-156.0.8078.108/report-uri-07.json", reporting.Report{
			Type: "csp-violation", URL: "https://localhost:9443/u", UserAgent: "request's",
			CSP: &reporting.CSPViolation{
				BlockedURL: "https://images.example.net:8443/a.png", EffectiveDirective: "img-src", Disposition: "enforce",
				SourceFile: "https://localhost:9443/u", Line: 1, Column: 948, Status: 200,
				OriginalPolicy: "default-src 'none'; script-src 'nonce-n' 'report-sample'; style-src 'report-sample'; base-uri 'none'; form-action 'none'; report-uri /report?w=uri",
			},
		}},
		{"chromium-156.0.8078.108/report-to-01.json", reporting.Report{
			Type: "csp-violation", Age: 18 * time.Millisecond, URL: "https://localhost:9443/t",
			UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36",
			CSP: &reporting.CSPViolation{
				BlockedURL: "data", EffectiveDirective: "img-src", Disposition: "enforce",
				SourceFile: "https://localhost:9443/t", Line: 1, Column: 59, Status: 200,
				OriginalPolicy: "default-src 'none'; script-src 'nonce-n' 'report-sample'; style-src 'report-sample'; base-uri 'none'; form-action 'none'; report-to main",
			},
		}},
		{"firefox-153.7.0esr/report-to-01.json", reporting.Report{
			Type: "csp-violation", Age: 231 * time.Millisecond, URL: "https://localhost:9443/t",
			UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
			CSP: &reporting.CSPViolation{
				BlockedURL: "https://evil.test/x.js", EffectiveDirective: "script-src-elem", Disposition: "enforce", Status: 200,
				OriginalPolicy: "default-src 'none'; script-src 'nonce-n' 'report-sample'; style-src 'none' 'report-sample'; base-uri 'none'; form-action 'none'; report-to main",
			},
		}},
		{"firefox-153.7.0esr/framed-01.json", reporting.Report{
			Type: "csp-violation", URL: "https://localhost:9443/f", UserAgent: "request's",
			CSP: &reporting.CSPViolation{
				BlockedURL: "https://localhost:9443/framer", EffectiveDirective: "frame-ancestors", Disposition: "enforce",
				Referrer: "https://localhost:9443/framer", Column: 1,
				OriginalPolicy: "frame-ancestors 'none'; report-uri https://localhost:9443/report?w=framed",
			},
		}},
		{"webkitgtk-2.50.6/report-uri-08.json", reporting.Report{
			Type: "csp-violation", URL: "https://localhost:9443/u", UserAgent: "request's",
			CSP: &reporting.CSPViolation{
				BlockedURL: "inline", EffectiveDirective: "script-src-attr", SourceFile: "https://localhost:9443/u", Line: 1, Column: 562,
				OriginalPolicy: "default-src 'none'; script-src 'nonce-n' 'report-sample'; style-src 'report-sample'; base-uri 'none'; form-action 'none'; report-uri /report?w=uri",
			},
		}},
		{"webkitgtk-2.50.6/report-to-11.json", reporting.Report{
			Type: "csp-violation", URL: "https://localhost:9443/t", UserAgent: "request's",
			CSP: &reporting.CSPViolation{
				BlockedURL: "wss://socket.example.net/s", EffectiveDirective: "connect-src", Disposition: "enforce",
				SourceFile: "https://localhost:9443/t", Line: 1, Column: 756, Status: 200,
				OriginalPolicy: "default-src 'none'; script-src 'nonce-n' 'report-sample'; style-src 'report-sample'; base-uri 'none'; form-action 'none'; report-to main",
			},
		}},
		{"webkitgtk-2.50.6/others-02.json", reporting.Report{
			Type: "coep", URL: "https://localhost:9443/o2",
			UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/60.5 Safari/605.1.15",
			Body:      []byte(`{"disposition":"enforce","type":"corp","blockedURL":"https://127.0.0.1:9443/nocorp.png?x=1","destination":"image"}`),
		}},
	} {
		data, err := os.ReadFile("testdata/" + c.file)
		require.NoError(t, err)
		reports := receive(t, string(data))
		require.NotEmpty(t, reports, c.file)
		assert.Equal(t, c.want, reports[0], c.file)
	}
}
