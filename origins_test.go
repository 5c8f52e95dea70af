package httpsec_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
)

// What an origin is, and what a pattern stands for, is tested in internal/origins;
// here is what lists of them are for.

// TestDemandsOfOriginLists puts an entry into each list: the more a list grants,
// the more it refuses.
func TestDemandsOfOriginLists(t *testing.T) {
	const (
		null   = "can be claimed by any sandboxed page or local file, which could "
		public = "lets anyone's site "
		any    = "lets every app or extension "
	)
	tests := []struct{ entry, problem string }{
		{"https://a.com", ""},
		{"https://*.example.com", ""},
		{"https://pr-*.example.net", ""},
		{"capacitor://localhost", ""},
		{"http://*.localhost:*", ""},
		{"https://*.internal", ""},
		{"https://*.me.github.io", ""},
		{"https://github.io", ""},
		{"https://*.com", public},
		{"https://*.co.uk.", public},
		{"https://*.github.io:*", public},
		{"https://my-*.vercel.app", public},
		{"moz-extension://*", any},
		{"null", null},
		{"file://", null},
	}
	for _, test := range tests {
		t.Run(test.entry, func(t *testing.T) {
			list := []string{test.entry}
			for name, c := range map[string]httpsec.Config{
				"without credentials":       {Origins: list},
				"beside *":                  {Origins: append(list, "*"), Credentials: true},
				"beside credential origins": {Origins: list, CredentialOrigins: []string{"https://vip.com"}},
			} {
				_, err := httpsec.NewPolicy(c)
				assert.NoError(t, err, name)
			}
			for reach, c := range map[string]httpsec.Config{
				"Origins use credentials":           {Origins: list, Credentials: true},
				"CredentialOrigins use credentials": {CredentialOrigins: list},
				"SocketOrigins open sockets":        {Origins: []string{}, SocketOrigins: list},
			} {
				_, err := httpsec.NewPolicy(c)
				if test.problem == "" {
					assert.NoError(t, err, reach)
					continue
				}
				field, doing, _ := strings.Cut(reach, " ")
				problem := onlyProblem(t, err)
				assert.Equal(t, "Config."+field, problem.Field)
				assert.Contains(t, problem.Problem, strconv.Quote(test.entry)+" "+test.problem+doing)
				assert.Empty(t, problem.Suggestion)
			}
		})
	}
	_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{"https://*.github.io"}, Credentials: true})
	assert.EqualError(t, err, `httpsec: Config.Origins: "https://*.github.io" lets anyone's site use credentials, `+
		`because "github.io" is a public suffix; list the origins, or switch Credentials off`)
}

// TestSuggestedOrigins takes what an error suggests.
func TestSuggestedOrigins(t *testing.T) {
	tests := []struct{ entry, suggestion string }{
		{"https://App.example.com:443/", "https://app.example.com"},
		{"app.example.com", "https://app.example.com"},
		{"localhost:3000", "http://localhost:3000"},
		{"wss://app.example.com", "https://app.example.com"},
		{"https://bücher.example", "https://xn--bcher-kva.example"},
		{"htps://app.example.com", "https://app.example.com"},
		{"https://a.com, https://b.com", ""},
		{"https://app-*-x.example.com:*", ""},
		{"https://*.GitHub.io", ""},
	}
	for _, test := range tests {
		_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{test.entry}, Credentials: true})
		problem := onlyProblem(t, err)
		assert.Equal(t, test.suggestion, problem.Suggestion, test.entry)
		if test.suggestion != "" {
			assert.Equal(t, "write "+strconv.Quote(test.suggestion), problem.Fix)
			newPolicy(t, httpsec.Config{Origins: []string{problem.Suggestion}, Credentials: true})
		}
	}
}

func TestConflictingOriginLists(t *testing.T) {
	a, anyone, suffix := []string{"https://a.com"}, []string{"*"}, []string{"https://*.github.io"}
	tests := []struct {
		name   string
		config httpsec.Config
		want   string
	}{
		{"credentials twice", httpsec.Config{Origins: suffix, Credentials: true, CredentialOrigins: a},
			"Credentials: is set beside CredentialOrigins, which lists who may use credentials; remove one of the two"},
		{"credentials for anyone", httpsec.Config{CredentialOrigins: anyone},
			`CredentialOrigins: "*" would let every site use every user's credentials; list the origins`},
		{"all exposed", httpsec.Config{Origins: anyone, CredentialOrigins: a, ExposeHeaders: anyone},
			`ExposeHeaders: "*" with credentials is a header called "*"; list the headers by name`},
	}
	for _, test := range tests {
		_, err := httpsec.NewPolicy(test.config)
		assert.EqualError(t, err, "httpsec: Config."+test.want, test.name)
	}
}

func TestOpaqueOrigins(t *testing.T) {
	asked := neverAsked(t)
	varied := ran(http.Header{"Vary": {"Origin"}})
	exchanges{
		{"row 72: null", "GET", from("null"), varied},
		{"row 72: file://", "GET", from("file://"), varied},
		{"row 72: ws", "GET", from("ws://a.com"), varied},
		{"row 72: wss", "GET", from("wss://a.com"), varied},
		{"row 72: data", "GET", from("data://x"), varied},
		{"row 72: blob", "GET", from("blob://x"), varied},
		{"row 72: filesystem", "GET", from("filesystem://x"), varied},
		{"row 72: malformed", "GET", from("https://a.com/"), varied},
	}.run(t, httpsec.Config{OriginFunc: asked})
	exchanges{
		{"row 20, row 73: null", "GET", from("null"), ran(sharedWith("null"))},
		{"row 73: file://", "GET", from("file://"), ran(sharedWith("file://"))},
		{"row 73: file:///", "GET", from("file:///"), varied},
		{"row 73: NULL", "GET", from("NULL"), varied},
	}.run(t, httpsec.Config{Origins: []string{"null", "file://"}})
}

func TestPatterns(t *testing.T) {
	const longLabel = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
	for _, test := range []struct {
		entry       string
		passes, not []string
	}{
		{"https://pr-*.example.net", // row 74
			[]string{"https://pr-1.example.net", "https://pr-a_b-c.example.net"},
			[]string{"https://pr-.example.net", "https://xpr-1.example.net", "https://pr-1.x.example.net",
				"https://x.pr-1.example.net", "https://pr-" + longLabel + ".example.net",
				"https://pr-1.example.net:8443", "https://example.net"}},
		{"moz-extension://*", // row 75
			[]string{"moz-extension://d1b3"},
			[]string{"moz-extension://x/", "moz-extension://", "chrome-extension://x"}},
	} {
		varied := http.Header{"Vary": {"Origin"}}
		handler := newHandler(t, httpsec.Config{Origins: []string{test.entry}})
		for _, origin := range test.passes {
			assert.Equal(t, ran(sharedWith(origin)), answerTo(handler, newRequest("GET", from(origin)), nil), origin)
		}
		for _, origin := range test.not {
			assert.Equal(t, ran(varied), answerTo(handler, newRequest("GET", from(origin)), nil), origin)
		}
	}
}
