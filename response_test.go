package httpsec_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
)

func TestVaryIsExtended(t *testing.T) {
	const method, headers = "Access-Control-Request-Method", "Access-Control-Request-Headers"
	tests := []struct {
		name      string
		left      []string
		actual    []string // what is added to it
		preflight []string
	}{
		{"empty", nil, []string{"Origin"}, []string{preflightVary}},
		{"row 5: another name", []string{"Accept-Encoding"}, []string{"Origin"}, []string{"Origin", method, headers}},
		{"several lines", []string{"Accept", "A, B"}, []string{"Origin"}, []string{"Origin", method, headers}},
		{"there already", []string{"Origin"}, nil, []string{method, headers}},
		{"there in another case", []string{"oRIGIN"}, nil, []string{method, headers}},
		{"there in a list, with tabs", []string{"Accept ,\torigin\t, Cookie"}, nil, []string{method, headers}},
		{"there on the second line", []string{"Accept", "Cookie,Origin"}, nil, []string{method, headers}},
		{"only a longer name", []string{"X-Origin, Origin-X"}, []string{"Origin"}, []string{"Origin", method, headers}},
		{"all there", []string{"access-control-request-headers", "access-control-request-method,origin"}, nil, nil},
		{"asterisk", []string{"*"}, nil, nil},
		{"asterisk beside a name", []string{"Accept", "Cookie, *"}, nil, nil},
	}
	handler := newHandler(t, twoOrigins())
	anyone := newHandler(t, httpsec.Config{Origins: []string{"*"}})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			varyOf := func(handler http.Handler, method, origin string) []string {
				left := http.Header{}
				if test.left != nil {
					left["Vary"] = slices.Clone(test.left)
				}
				header := http.Header{"Access-Control-Request-Method": {"PUT"}}
				if origin != "" {
					header["Origin"] = []string{origin}
				}
				return answerTo(handler, newRequest(method, header), left).header["Vary"]
			}
			for _, origin := range []string{"", "https://a.com", "https://evil.com"} {
				want := slices.Concat(test.left, test.actual)
				assert.Equal(t, want, varyOf(handler, "GET", origin), "GET from %q", origin)
				assert.Equal(t, test.left, varyOf(anyone, "GET", origin), "GET from %q under *", origin)
			}
			for _, origin := range []string{"https://a.com", "https://evil.com"} {
				want := slices.Concat(test.left, test.preflight)
				assert.Equal(t, want, varyOf(handler, "OPTIONS", origin), "preflight from %q", origin)
				assert.Equal(t, test.left, varyOf(anyone, "OPTIONS", origin), "preflight from %q under *", origin)
			}
		})
	}
}

func TestHeadersLeftByOuterMiddleware(t *testing.T) {
	left := http.Header{
		"Access-Control-Allow-Origin":      {"https://left.com", "*"},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Methods":     {"LEFT"},
		"Access-Control-Allow-Headers":     {"Left"},
		"Access-Control-Expose-Headers":    {"Left"},
		"Access-Control-Max-Age":           {"1"},
		"Access-Control-Other":             {"kept: it is none of ours"},
		"X-Left":                           {"kept"},
	}
	kept := func(header http.Header) http.Header {
		header["Access-Control-Other"] = []string{"kept: it is none of ours"}
		header["X-Left"] = []string{"kept"}
		return header
	}
	rejecting := with(twoOrigins(), func(c *httpsec.Config) { c.RejectDisallowed = true })
	refusal := func(vary string) answer {
		want := refused(vary)
		kept(want.header)
		return want
	}
	approval := kept(http.Header{
		"Access-Control-Allow-Origin":  {"https://a.com"},
		"Access-Control-Allow-Methods": {"PUT"},
		"Access-Control-Allow-Headers": {"authorization, x-foo"},
		"Access-Control-Max-Age":       {"900"},
		"Vary":                         {preflightVary},
	})
	publicApproval := kept(http.Header{
		"Access-Control-Allow-Origin":  {"*"},
		"Access-Control-Allow-Methods": {"*"},
		"Access-Control-Allow-Headers": {"*, Authorization"},
		"Access-Control-Max-Age":       {"600"},
	})
	anyone := httpsec.Config{Origins: []string{"*"}, Methods: []string{"*"}}
	public := kept(http.Header{"Access-Control-Allow-Origin": {"*"}})
	tests := []struct {
		name   string
		config httpsec.Config
		method string
		header http.Header
		want   answer
	}{
		{"no Origin", twoOrigins(), "GET", nil, ran(kept(http.Header{"Vary": {"Origin"}}))},
		{"allowed", twoOrigins(), "GET", from("https://a.com"), ran(kept(sharedWithA()))},
		{"not allowed", twoOrigins(), "GET", from("https://evil.com"), ran(kept(http.Header{"Vary": {"Origin"}}))},
		{"rejected", rejecting, "GET", from("https://evil.com"), refusal("Origin")},
		{"preflight", twoOrigins(), "OPTIONS", preflightOf("https://a.com", "PUT"), approved(approval)},
		{"refused preflight", twoOrigins(), "OPTIONS", preflightOf("https://evil.com", "PUT"), refusal(preflightVary)},
		{"anyone", anyone, "GET", nil, ran(public)},
		{"preflight of anyone", anyone, "OPTIONS", preflightOf("https://a.com", "PUT"), approved(publicApproval)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assert.Equal(t, test.want, answerTo(newHandler(t, test.config), newRequest(test.method, test.header), left))
		})
	}
}

// TestRefusalsAreNotStored has what an outer middleware says of every response.
func TestRefusalsAreNotStored(t *testing.T) {
	rejecting := newHandler(t, with(twoOrigins(), func(c *httpsec.Config) { c.RejectDisallowed = true }))
	left := http.Header{"Cache-Control": {"public, max-age=600"}}
	foreign := newRequest("GET", from("https://evil.com"))
	assert.Equal(t, refused("Origin"), answerTo(rejecting, foreign, left), "row 80")
	kept := answerTo(rejecting, newRequest("GET", from("https://a.com")), left)
	assert.Equal(t, []string{"public, max-age=600"}, kept.header["Cache-Control"], "row 80")
}
