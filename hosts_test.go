package httpsec_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
)

// reachedAs is a policy with these Hosts.
func reachedAs(hosts ...string) httpsec.Config {
	return with(twoOrigins(), func(c *httpsec.Config) { c.Hosts = hosts })
}

// TestNothingPassesUnderAnotherHost sends what a foreign page can send after DNS
// rebinding, when its browser takes the service for the page's own origin.
func TestNothingPassesUnderAnotherHost(t *testing.T) {
	const evil, rebinding, a = "evil.com", "http://evil.com", "https://a.com"
	rebound := http.Header{"Origin": {rebinding}, "Sec-Fetch-Site": {"same-origin"}}
	tests := []struct {
		name   string
		r      *http.Request
		kind   httpsec.Kind
		origin string
	}{
		{"GET", newRequest("GET", nil), httpsec.KindNotCORS, ""},
		{"POST", newRequest("POST", rebound), httpsec.KindNotCORS, rebinding},
		{"POST of a listed origin", newRequest("POST", from(a)), httpsec.KindActual, a},
		{"preflight", newRequest("OPTIONS", preflightOf(a, "PUT")), httpsec.KindPreflight, a},
		{"OPTIONS", newRequest("OPTIONS", nil), httpsec.KindNotCORS, ""},
		{"handshake", handshake(from(rebinding)), httpsec.KindWebSocket, rebinding},
		{"handshake without Origin", handshake(nil), httpsec.KindNotCORS, ""},
		{"extended CONNECT", extendedConnect(from(a)), httpsec.KindWebSocket, a},
	}
	for _, test := range tests {
		t.Run("row 62: "+test.name, func(t *testing.T) {
			var decisions []httpsec.Decision
			p := newPolicy(t, with(twoOrigins(), func(c *httpsec.Config) {
				c.Hosts = []string{"api.example.com"}
				c.OriginFunc = neverAsked(t)
				c.OnDecision = func(_ *http.Request, d httpsec.Decision) { decisions = append(decisions, d) }
			}))
			r := under(evil, test.r)
			left := http.Header{"Access-Control-Allow-Origin": {"*"}, "Cache-Control": {"public"}}
			assert.Equal(t, misdirected(), answerTo(p.Handler(handle), r, left))
			assert.False(t, p.CheckOrigin(r))
			want := httpsec.Decision{Kind: test.kind, Origin: test.origin, Reason: httpsec.ReasonHost, Detail: evil}
			assert.Equal(t, want, p.Decide(r))
			assert.Equal(t, []httpsec.Decision{want}, decisions)
		})
	}
}

func TestHosts(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	longest := strings.Repeat(strings.Repeat("a", 49)+".", 5) + "com"
	tests := []struct {
		entry  string
		passes []string
		fails  []string
	}{
		{"api.example.com", // row 63
			[]string{"api.example.com", "api.example.com:8080", "api.example.com:1", "api.example.com:65535"},
			[]string{"api.example.com.", "API.example.com", "api.example.com:", "api.example.com:0",
				"api.example.com:65536", "api.example.com:08080", "u@api.example.com", "", long,
				"api.example.com/", "x.api.example.com", "example.com",
				"api.example.com:8080:8080", "api.example.com, api.example.com", " api.example.com", ":8080"}},
		{"api.example.com:8443", // row 64
			[]string{"api.example.com:8443"},
			[]string{"api.example.com", "api.example.com:443", "api.example.com:08443"}},
		{"[::1]", // row 65
			[]string{"[::1]", "[::1]:3000"},
			[]string{"::1", "[::1]evil.example", "[0:0:0:0:0:0:0:1]", "[::1", "[::1]:", "[::1%lo]", "[::2]"}},
		{"*.example.com", // row 66
			[]string{"a.example.com", "a.b.example.com:1", "a_b.example.com"},
			[]string{"example.com", ".example.com", "evil.com/.example.com", "a..example.com",
				"-.example.com.evil.com", "aexample.com"}},
		{"*.example.com:8443",
			[]string{"a.example.com:8443"},
			[]string{"a.example.com", "a.example.com:8444", "example.com:8443"}},
		{"10.0.0.0/8", // row 67
			[]string{"10.1.2.0", "10.1.2.9", "10.1.2.3:80", "10.255.255.255:9999"},
			[]string{"11.0.0.1", "10.1", "10.0.0.1.evil.com", "0x0a.0.0.1", "[::ffff:a01:203]", "10.0.0.01"}},
		{"::1/128", []string{"[::1]", "[::1]:80"}, []string{"::1", "[::2]", "127.0.0.1"}},
		{"*.localhost", []string{"a.localhost:3000"}, []string{"localhost"}},
		{"*.me.github.io", []string{"a.me.github.io"}, []string{"you.github.io"}},
		{"127.0.0.1", []string{"127.0.0.1", "127.0.0.1:3000"}, []string{"127.1", "127.0.0.2", "localhost"}},
		{longest + ".", []string{longest + ".:65535"}, []string{longest, longest + ".:655350"}},
		{longest, []string{longest, longest + ":65535"}, []string{longest + ".x"}},
		{"*." + longest[2:] + ".:65535", []string{"a." + longest[2:] + ".:65535"}, []string{"a." + longest[2:] + ":65535"}},
	}
	for _, test := range tests {
		p := newPolicy(t, reachedAs("other.example", test.entry))
		handler := p.Handler(handle)
		for _, host := range test.passes {
			got := answerTo(handler, under(host, newRequest("GET", nil)), nil)
			assert.Equal(t, handled, got.status, "%s: %.40q", test.entry, host)
			assert.True(t, p.CheckOrigin(under(host, handshake(nil))), "%s: %.40q", test.entry, host)
		}
		for _, host := range test.fails {
			got := answerTo(handler, under(host, newRequest("GET", nil)), nil)
			assert.Equal(t, misdirected(), got, "%s: %.40q", test.entry, host)
		}
	}
}

func TestHostEntriesThatAreRefused(t *testing.T) {
	tests := []struct{ entry, problem, suggestion string }{
		{"https://api.example.com", "has a scheme", "api.example.com"},
		{"api.example.com/path", "has a path", "api.example.com"},
		{"API.example.com", "has upper-case letters", "api.example.com"},
		{"*.Example.com", "has upper-case letters", "*.example.com"},
		{"bücher.example", "has a host that is not in Punycode", "xn--bcher-kva.example"},
		{"api.example.com:80", "has a default port, which browsers leave out", "api.example.com"},
		{"api.example.com:443", "has a default port, which browsers leave out", "api.example.com"},
		{"api.example.com:0", "has a port that is not from 1 to 65535", ""},
		{"::1", "is an IPv6 address without brackets", "[::1]"},
		{"[0:0:0:0:0:0:0:1]", "has an IPv6 address that is not in its shortest form", "[::1]"},
		{"127.1", "has an IPv4 address that is not in dotted-decimal form", "127.0.0.1"},
		{"10.1.0.0/8", "is not an address prefix in its shortest form", "10.0.0.0/8"},
		{"*.127.0.0.1", "is a pattern over an IP address, which has no subdomains", ""},
		{"*", "would be any host", ""},
		{"0.0.0.0/0", "would be any address", ""},
		{"10.0.0.0/0", "would be any address", ""},
		{"::/0", "would be any address", ""},
		{"*.com", `would be anyone's site, because "com" is a public suffix`, ""},
		{"*.com:8443", `would be anyone's site, because "com" is a public suffix`, ""},
		{"*.github.io", `would be anyone's site, because "github.io" is a public suffix`, ""},
		{"*.github.io.", `would be anyone's site, because "github.io." is a public suffix`, ""},
		{"*.GitHub.io", "has upper-case letters", ""},
		{"*.ck", `would be anyone's site, because "ck" is a public suffix`, ""},
		{"", "is empty", ""},
		{" a.com", "has surrounding space", "a.com"},
		{strings.Repeat("a", 300), "is longer than a host can be", ""},
	}
	for _, test := range tests {
		t.Run(test.entry, func(t *testing.T) {
			_, err := httpsec.NewPolicy(reachedAs(test.entry))
			problem := onlyProblem(t, err)
			assert.Equal(t, "Config.Hosts", problem.Field)
			assert.Contains(t, problem.Problem, test.problem)
			assert.Equal(t, test.suggestion, problem.Suggestion)
			if test.suggestion != "" {
				newPolicy(t, reachedAs(test.suggestion))
			}
		})
	}
	_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{}, Hosts: []string{}})
	assert.EqualError(t, err, "httpsec: Config.Hosts: is empty, which would refuse every request; "+
		"list the service's names, or write nil for any")
}

// misdirected is the answer to a request under a name that Config.Hosts lacks.
func misdirected() answer {
	header := http.Header{"Cache-Control": {"no-store"}, "Content-Type": {"text/plain; charset=utf-8"}}
	return answer{http.StatusMisdirectedRequest, header, "host not allowed\n"}
}
