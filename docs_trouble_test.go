package httpsec_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/httpsectest"
)

// TestTroubleshootingQuotesPreflightFailures has the failures of preflights that
// docs/troubleshooting.md lists: each has the message there that Chromium prints.
func TestTroubleshootingQuotesPreflightFailures(t *testing.T) {
	const (
		noOrigin = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
		notOK    = "It does not have HTTP ok status."
		redirect = "Redirect is not allowed for a preflight request."
	)
	document := readFile(t, "docs/troubleshooting.md")
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://app.example.com"}}))
	answering := func(status int, allow string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if w.Header().Set("Location", "/elsewhere"); allow != "" {
				w.Header().Set("Access-Control-Allow-Origin", allow)
			}
			w.WriteHeader(status)
		})
	}
	wrapped := http.NewServeMux()
	wrapped.Handle("PUT /", cors(nothing))
	for _, tt := range []struct {
		name, origin string
		service      http.Handler
		message      string
	}{
		{"a mux outside the policy", "https://app.example.com", wrapped, noOrigin},
		{"authentication outside the policy", "https://app.example.com", answering(http.StatusUnauthorized, ""), noOrigin},
		{"the policy", "https://evil.example", cors(nothing), noOrigin},
		{"a proxy adds the header", "https://app.example.com", answering(http.StatusForbidden, "*"), notOK},
		{"a redirect", "https://app.example.com", answering(http.StatusPermanentRedirect, "*"), redirect},
	} {
		t.Run(tt.name, func(t *testing.T) {
			page := httpsectest.New(t, tt.service).Page(tt.origin)
			_, err := page.Fetch("https://api.example.com/", httpsectest.Init{Method: "PUT"})
			require.ErrorContains(t, err, "Response to preflight request doesn't pass access control check: "+tt.message)
			assert.True(t, strings.Contains(document, tt.message), "the document lacks %s", tt.message)
		})
	}
}

// TestTroubleshootingQuotesStatuses sends a request of another origin, over plain http,
// to whatever answers with a status and a text that the document has a row of.
func TestTroubleshootingQuotesStatuses(t *testing.T) {
	policy := func(c httpsec.Config) http.Handler { return httpsec.Must(httpsec.CORS(c))(nothing) }
	csrf, trusting := http.NewCrossOriginProtection(), http.NewCrossOriginProtection()
	require.NoError(t, trusting.AddTrustedOrigin("https://app.example.com"))
	services := map[string]http.Handler{
		"origin not allowed":            policy(httpsec.Config{Origins: []string{}, RejectDisallowed: true}),
		"host not allowed":              policy(httpsec.Config{Origins: []string{}, Hosts: []string{"example.org"}}),
		"https only":                    httpsec.HTTPSOnly(nil)(nothing),
		"cross-origin request detected": csrf.Handler(nothing),
	}
	answer := func(service http.Handler) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "http://api.example.com/", nil)
		r.Header.Set("Origin", "https://app.example.com")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		service.ServeHTTP(w, r)
		return w
	}
	rows := regexp.MustCompile("(?m)^\\| (\\d{3}) `([^`]+)`").FindAllStringSubmatch(readFile(t, "docs/troubleshooting.md"), -1)
	quoted := make(map[string]bool)
	for _, row := range rows {
		quoted[row[2]] = true
		require.Contains(t, services, row[2])
		w := answer(services[row[2]])
		assert.Equal(t, row[1], strconv.Itoa(w.Code))
		assert.Contains(t, w.Body.String(), row[2])
	}
	assert.Len(t, quoted, len(services))
	assert.Equal(t, http.StatusOK, answer(trusting.Handler(nothing)).Code, "the document says to trust the origin")
}
