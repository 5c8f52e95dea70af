package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leading redirects by path, and lets every origin in.
func leading(to map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if location, ok := to[r.URL.Path]; ok {
			w.Header().Set("Location", location)
			w.WriteHeader(http.StatusFound)
			return
		}
		quiet(w, "text/html", "")
	}
}

func TestRedirects(t *testing.T) {
	for _, test := range []struct {
		from, url, location string
		args                string
		arrives             string // "": it stops
		why                 string
	}{
		{"", site, "/next", "", site + "next", ""},
		{"", site, "https://example.com/next", "", "https://example.com/next", ""},
		{"", "http://example.com/", "https://www.example.com/next", "", "https://www.example.com/next", ""},
		{"", "https://a.example.co.uk/", "https://b.example.co.uk/next", "", "https://b.example.co.uk/next", ""},
		{"", "http://127.0.0.1:8080/", "http://127.0.0.1:8081/next", "", "http://127.0.0.1:8081/next", ""},
		{"", "http://localhost:8080/", "http://localhost:8081/next", "", "http://localhost:8081/next", ""},
		{app, site, "https://example.com/next", "", "https://example.com/next", ""},
		{"", site, "https://example.net/next", "", "", "it redirects to https://example.net/next, which is another site; -load follows it there"},
		{"", "https://a.github.io/", "https://b.github.io/next", "", "", "another site"},
		{"", "http://127.0.0.1/", "http://127.0.0.2/next", "", "", "another site"},
		{"", "http://localhost/", "http://127.0.0.1/next", "", "", "another site"},
		{app, site, "https://example.net/next", "", "", "another site"},
		{"", site, "https://example.net/next", "-load", "https://example.net/next", ""},
		{app, site, "https://example.net/next", "-load", "https://example.net/next", ""},
		{"", site, "data:text/html,hello", "", "", "it redirects to where no browser follows: net::ERR_UNSAFE_REDIRECT"},
		{"", site, "ftp://example.com/", "", "", "it redirects to where no browser follows: net::ERR_UNKNOWN_URL_SCHEME"},
		{"", site, "https://", "", "", "it redirects to where no browser follows: net::ERR_INVALID_REDIRECT"},
		{"", site, "https://www.example.com:25/next", "", "", "it redirects to where no browser follows: net::ERR_UNSAFE_PORT"},
		{"https://www.example.com", site, "https://u:p@www.example.com/next", "", "", "it redirects to where no browser follows: net::ERR_ABORTED"},
	} {
		t.Run(test.from+" "+test.url+" "+test.location, func(t *testing.T) {
			args := append(strings.Fields(test.args), "-json")
			if test.from != "" {
				args = append(args, "-from", test.from)
			}
			o := checked(leading(map[string]string{"/": test.location}), append(args, test.url)...)
			r := o.report(t)
			if test.arrives == "" {
				assert.Equal(t, verdictUnreachable, r.Verdict)
				assert.Contains(t, r.Error, test.why)
				assert.Equal(t, exitUsage, o.exit)
				assert.Len(t, o.requests, 1, "no probe either")
				assert.Empty(t, r.Findings)
				return
			}
			assert.Contains(t, []string{verdictOpened, verdictAllowed}, r.Verdict)
			require.Len(t, o.requests, 3)
			assert.Equal(t, test.arrives, o.requests[1].URL.String())
			assert.Equal(t, test.arrives, o.requests[2].URL.String(), "the probe goes to the URL that answered in the end")
			assert.Equal(t, test.location, r.Exchanges[0].Response["Location"])
		})
	}
}

func TestTwentyRedirects(t *testing.T) {
	for _, from := range []string{"", app} {
		chain := make(map[string]string)
		for i := range 21 {
			chain[fmt.Sprintf("/%d", i)] = fmt.Sprintf("/%d", i+1)
		}
		args := []string{"-json", "-probe=false"}
		if from != "" {
			args = append(args, "-from", from)
		}
		twenty := checked(leading(chain), append(args, "https://www.example.com/1")...)
		assert.Len(t, twenty.requests, 21)
		assert.NotEqual(t, verdictUnreachable, twenty.report(t).Verdict)
		more := checked(leading(chain), append(args, "https://www.example.com/0")...)
		assert.Len(t, more.requests, 21)
		assert.Equal(t, "it redirects more than 20 times", more.report(t).Error)
		assert.Equal(t, exitUsage, more.exit)
	}
}

func TestHeadersAreThoseOfTheLastAnswer(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("X-Frame-Options", "nonsense")
			http.Redirect(w, r, "http://www.example.com/last", http.StatusFound)
			return
		}
		bare("text/html")(w, r)
	}
	r := checked(handler, "-json", site).report(t)
	assert.Empty(t, r.ids(problem))
	assert.NotContains(t, r.ids(advice), "strict-transport-security-missing", "the last is plain http")
}

// TestRedirectsAreNotAskedForHeaders: nobody obeys them there.
func TestRedirectsAreNotAskedForHeaders(t *testing.T) {
	r := checked(http.RedirectHandler("/next", http.StatusFound).ServeHTTP, "-json", "-from", app, site).report(t)
	assert.Equal(t, verdictBlocked, r.Verdict)
	assert.Empty(t, r.Findings)
}

// TestStrictTransportSecurityIsObeyed: the answer's own header turns what follows into
// https, as in a browser.
func TestStrictTransportSecurityIsObeyed(t *testing.T) {
	handler := leading(map[string]string{"/": "http://www.example.com/next"})
	secure := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(headerHSTS, "max-age=31536000")
		handler(w, r)
	}
	o := checked(secure, "-probe=false", site)
	assert.Equal(t, []string{"GET " + site, "GET " + site + "next"}, o.lines())
}
