package reporting_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/httpsectest"
	"github.com/httpsec/httpsec/reporting"
)

const shop = "https://shop.example.com/"

// markup has what a policy may block. A page has one a line, so that the line of a
// violation names the element.
var markup = []string{
	`<script src="/app.js"></script>`,
	`<script src="https://cdn.example.net/lib.js"></script>`,
	`<script src="data:text/javascript,go()"></script>`,
	`<script>go()</script>`,
	`<link rel="stylesheet" href="https://styles.example.net/a.css">`,
	`<style>p { color: red }</style>`,
	`<p style="color: red">`,
	`<img src="/logo.png">`,
	`<img src="https://images.example.net/a.png">`,
	`<img src="https://images.example.net/b.png">`,
	`<img src="https://other.example.org:8443/c.png">`,
	`<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`,
	`<iframe src="https://player.example.com/v"></iframe>`,
	`<audio src="https://sound.example.net/s.ogg"></audio>`,
	`<object data="https://plugins.example.net/p"></object>`,
}

// TestSuggestIsWhatTheBrowserAsksFor has a page that is blocked under a policy, and
// checks with the browser of httpsectest that under the suggested policy all of it
// passes that the suggestion claims to allow, and nothing else.
func TestSuggestIsWhatTheBrowserAsksFor(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	added, refused := 0, 0
	for range 200 {
		policy := randomPolicy(t, random)
		elements := slices.Clone(markup)
		random.Shuffle(len(elements), func(i, j int) { elements[i], elements[j] = elements[j], elements[i] })
		page := strings.Join(elements[:1+random.IntN(len(elements))], "\n")
		before := violations(t, policy, page)
		tally := collect(t, before)
		suggestion := tally.Suggest(policy)
		var want []string
		for _, v := range before {
			if isRefused(suggestion, v) {
				want = append(want, v.Message)
			}
		}
		var got []string
		for _, v := range violations(t, suggestion.Policy, page) {
			got = append(got, relatedTo(v, before).Message)
		}
		assert.Equal(t, want, got, "%s\n%s\n%s", policy, suggestion.Policy, page)
		added += len(suggestion.Added)
		refused += len(suggestion.Refused)
	}
	assert.Greater(t, added, 100, "additions")
	assert.Greater(t, refused, 100, "refusals")
}

func randomPolicy(t *testing.T, random *rand.Rand) httpsec.CSP {
	policies := []string{
		"default-src 'none'",
		"default-src 'self'",
		"default-src 'none'; img-src 'self'; script-src 'self'",
		"script-src 'self'; img-src 'none'; style-src 'unsafe-inline'",
		"default-src 'self'; script-src 'nonce-abc' 'strict-dynamic'",
		"default-src 'none'; img-src https://images.example.net; media-src *; frame-src 'self'",
	}
	return parse(t, policies[random.IntN(len(policies))])
}

// violations opens the page under a policy.
func violations(t *testing.T, policy httpsec.CSP, page string) []*httpsectest.Blocked {
	browser := httpsectest.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		types := map[string]string{".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
		w.Header().Set("Content-Type", types[path.Ext(r.URL.Path)])
		if r.Host == "shop.example.com" && r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Security-Policy", policy.String())
			fmt.Fprint(w, page)
		}
	}))
	opened, err := browser.Open(shop)
	require.NoError(t, err)
	return opened.Violations()
}

// collect sends each violation as Chromium reports it, and returns the tally of them.
func collect(t *testing.T, violations []*httpsectest.Blocked) *reporting.Tally {
	var tally reporting.Tally
	h := reporting.Handler(func(_ *http.Request, r reporting.Report) {
		assert.Empty(t, r.Noise)
		tally.Add(r)
	})
	for _, v := range violations {
		require.Equal(t, httpsectest.RuleCSP, v.Rule, v.Message)
		body, err := json.Marshal(map[string]any{"csp-report": map[string]any{
			"document-uri": shop, "effective-directive": v.Reason, "violated-directive": v.Reason,
			"blocked-uri": v.URL, "disposition": "enforce", "line-number": v.Line,
		}})
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", shop+"reports", bytes.NewReader(body)))
		require.Equal(t, http.StatusNoContent, w.Code)
	}
	return &tally
}

func isRefused(s reporting.Suggestion, v *httpsectest.Blocked) bool {
	for _, r := range s.Refused {
		if r.Entry.Directive == v.Reason && strings.HasPrefix(v.URL, r.Entry.Blocked) {
			return true
		}
	}
	return false
}

// relatedTo returns the violation of the same element under the first policy: the
// console's line quotes the policy, which is another one now.
func relatedTo(v *httpsectest.Blocked, before []*httpsectest.Blocked) *httpsectest.Blocked {
	for _, b := range before {
		if b.Line == v.Line && b.Reason == v.Reason && b.URL == v.URL {
			return b
		}
	}
	return v
}
