package httpsec_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec"
)

// productionConfig is one that Audit has nothing to say about.
func productionConfig() httpsec.Config {
	return httpsec.Config{Origins: []string{"https://a.com"}, Headers: []string{"X-A"}, Credentials: true}
}

func TestConfigAudit(t *testing.T) {
	const (
		anyone   = "lets every site read every response; list the origins, unless all of it is public"
		local    = "can be served by any program on a user's machine; remove development origins"
		plain    = "can be forged by anyone on the user's network; use https"
		takeover = "lets one compromised subdomain use every user's credentials; list the origins"
		suffix   = "covers a public suffix, where anyone can have a site; list the origins"
		browser  = "is set by browsers alone and never asked for; remove it"
		hidden   = "is never shown to scripts; remove it"

		rebinding = "is nil although all origins are local, so after DNS rebinding any site counts as the service's own; " +
			"list the names under which the service is reached"
	)
	anybody := func(*http.Request, string) bool { return true }
	type findings = []httpsec.Finding
	for name, tt := range map[string]struct {
		change func(c *httpsec.Config)
		want   findings
	}{
		"clean":             {func(*httpsec.Config) {}, nil},
		"nobody":            {func(c *httpsec.Config) { c.Origins = []string{} }, nil},
		"OriginFunc alone":  {func(c *httpsec.Config) { c.Origins, c.OriginFunc = nil, anybody }, nil},
		"other schemes":     {func(c *httpsec.Config) { c.Origins = []string{"chrome-extension://abc"} }, nil},
		"any port of https": {func(c *httpsec.Config) { c.Origins = []string{"https://a.com:*"} }, nil},

		"anyone": {func(c *httpsec.Config) { c.Origins, c.Credentials = []string{"*"}, false }, findings{
			{"Config.Origins", "*", anyone}}},
		"anyone, with credentials": {func(c *httpsec.Config) { c.Origins = []string{"*"} }, findings{
			{"Config.Origins", "*", anyone},
			{"Config.Credentials", "true", `is switched off by "*" in Origins; list the origins, or write false`}}},
		"anyone, beside others": {func(c *httpsec.Config) { c.Origins, c.Credentials = []string{"https://a.com", "*"}, false }, findings{
			{"Config.Origins", "*", anyone},
			{"Config.Origins", "*", "makes the entries beside it meaningless; remove it or them"}}},
		"anyone, with OriginFunc": {func(c *httpsec.Config) { c.Origins, c.Credentials, c.OriginFunc = []string{"*"}, false, anybody }, findings{
			{"Config.Origins", "*", anyone},
			{"Config.OriginFunc", "func", `is never called beside "*" in Origins; remove one of the two`}}},

		"localhost":      {origins("http://localhost:3000"), findings{{"Config.Origins", "http://localhost:3000", local}, {"Config.Hosts", "", rebinding}}},
		"https loopback": {origins("https://localhost"), findings{{"Config.Origins", "https://localhost", local}, {"Config.Hosts", "", rebinding}}},
		"localhost name": {origins("http://app.localhost:*"), findings{{"Config.Origins", "http://app.localhost:*", local}, {"Config.Hosts", "", rebinding}}},
		"127.0.0.2":      {origins("http://127.0.0.2"), findings{{"Config.Origins", "http://127.0.0.2", local}, {"Config.Hosts", "", rebinding}}},
		"::1":            {origins("http://[::1]:8080"), findings{{"Config.Origins", "http://[::1]:8080", local}, {"Config.Hosts", "", rebinding}}},
		"0.0.0.0":        {origins("http://0.0.0.0:5173"), findings{{"Config.Origins", "http://0.0.0.0:5173", local}, {"Config.Hosts", "", rebinding}}},
		"http":           {origins("http://a.com"), findings{{"Config.Origins", "http://a.com", plain}}},
		"private http":   {origins("http://192.168.0.1"), findings{{"Config.Origins", "http://192.168.0.1", plain}}},
		"subdomains": {origins("https://*.a.com", "http://*.a.com"), findings{
			{"Config.Origins", "https://*.a.com", takeover},
			{"Config.Origins", "http://*.a.com", plain},
			{"Config.Origins", "http://*.a.com", takeover}}},
		"subdomains, no credentials":    {func(c *httpsec.Config) { c.Origins, c.Credentials = []string{"https://*.a.com"}, false }, nil},
		"public suffix, no credentials": {func(c *httpsec.Config) { c.Origins, c.Credentials = []string{"https://*.github.io"}, false }, findings{{"Config.Origins", "https://*.github.io", suffix}}},

		"any method":      {func(c *httpsec.Config) { c.Methods = []string{"*"} }, findings{{"Config.Methods", "*", "allows methods that nobody thought of; list the ones the service has"}}},
		"any header":      {func(c *httpsec.Config) { c.Headers = []string{"*"} }, findings{{"Config.Headers", "*", "allows any request header; list the ones the service reads"}}},
		"any header, nil": {func(c *httpsec.Config) { c.Headers = nil }, findings{{"Config.Headers", "*", "allows any request header; list the ones the service reads"}}},
		"any header, []":  {func(c *httpsec.Config) { c.Headers = []string{} }, findings{{"Config.Headers", "*", "allows any request header; list the ones the service reads"}}},
		"nobody's header": {func(c *httpsec.Config) { c.Origins, c.Headers = []string{}, nil }, nil},
		"forbidden names": {func(c *httpsec.Config) {
			c.Headers = []string{"Origin", "COOKIE", "host", "Proxy-X", "Sec-Fetch-Site", "X-A"}
		}, findings{{"Config.Headers", "Origin", browser}, {"Config.Headers", "COOKIE", browser}, {"Config.Headers", "host", browser}, {"Config.Headers", "Proxy-X", browser}, {"Config.Headers", "Sec-Fetch-Site", browser}}},
		"forbidden expose": {func(c *httpsec.Config) { c.ExposeHeaders = []string{"Set-Cookie", "X-A"} }, findings{{"Config.ExposeHeaders", "Set-Cookie", hidden}}},

		"2h":       {func(c *httpsec.Config) { c.MaxAge = 2 * time.Hour }, nil},
		"24h":      {func(c *httpsec.Config) { c.MaxAge = 24 * time.Hour }, nil},
		"over 24h": {func(c *httpsec.Config) { c.MaxAge = 25 * time.Hour }, findings{{"Config.MaxAge", "25h0m0s", "is more than browsers keep, 2h in Chromium and 24h in Firefox; write 24 * time.Hour or less"}}},
		"no cache": {func(c *httpsec.Config) { c.MaxAge = -1 }, nil},

		"refused entry": {origins("HTTP://localhost", "null", "http://a.com/"), nil},
		"public suffix over http": {func(c *httpsec.Config) { c.Origins, c.Credentials = []string{"http://*.com"}, false }, findings{
			{"Config.Origins", "http://*.com", "can be forged by anyone on the user's network; use https"}, {"Config.Origins", "http://*.com", suffix},
		}},
		"anyone, twice":         {func(c *httpsec.Config) { c.Origins, c.Credentials = []string{"*", "*"}, false }, findings{{"Config.Origins", "*", anyone}}},
		"an app's own scheme":   {origins("capacitor://localhost"), nil},
		"refused public suffix": {origins("https://*.com"), nil},
		"refused header":        {func(c *httpsec.Config) { c.Headers = []string{"Sec-Fetch Site"} }, nil},
		"refused max-age":       {func(c *httpsec.Config) { c.MaxAge = 25*time.Hour + 1 }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := productionConfig()
			tt.change(&c)
			assert.Equal(t, tt.want, c.Audit())
		})
	}
}

func origins(list ...string) func(*httpsec.Config) {
	return func(c *httpsec.Config) { c.Origins = list }
}

// TestConfigAuditOfNewFields has what version 1 did not know.
func TestConfigAuditOfNewFields(t *testing.T) {
	tests := []struct {
		name   string
		change func(c *httpsec.Config)
		fields []string // field and value of each finding
	}{
		{"null and file", func(c *httpsec.Config) { c.Origins, c.Credentials = []string{"null", "file://"}, false }, []string{"Config.Origins", "null", "Config.Origins", "file://"}},
		{"any extension", func(c *httpsec.Config) { c.Origins, c.Credentials = []string{"moz-extension://*"}, false }, []string{"Config.Origins", "moz-extension://*"}},
		{"credential origins", func(c *httpsec.Config) {
			c.Credentials, c.CredentialOrigins = false, []string{"http://a.com", "https://*.a.com"}
		}, []string{"Config.CredentialOrigins", "http://a.com", "Config.CredentialOrigins", "https://*.a.com"}},
		{"socket origins", func(c *httpsec.Config) { c.SocketOrigins = []string{"http://localhost:1", "https://*.a.com"} }, []string{"Config.SocketOrigins", "https://*.a.com", "Config.SocketOrigins", "http://localhost:1"}},
		{"sockets for anyone", func(c *httpsec.Config) { c.SocketOrigins = []string{"*"} }, []string{"Config.SocketOrigins", "*"}},
		{"reject beside anyone", func(c *httpsec.Config) { c.Origins, c.Credentials, c.RejectDisallowed = []string{"*"}, false, true }, []string{"Config.Origins", "*", "Config.RejectDisallowed", "true"}},
		{"local with Hosts", func(c *httpsec.Config) { c.Origins, c.Hosts = []string{"http://localhost:1"}, []string{"localhost"} }, []string{"Config.Origins", "http://localhost:1"}},
		{"local beside another", func(c *httpsec.Config) { c.Origins = []string{"http://localhost:1", "https://a.com"} }, []string{"Config.Origins", "http://localhost:1"}},
		{"label", func(c *httpsec.Config) { c.Origins = []string{"https://pr-*.example.net"} }, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := productionConfig()
			test.change(&c)
			newPolicy(t, c)
			var got []string
			for _, finding := range c.Audit() {
				got = append(got, finding.Field, finding.Value)
			}
			assert.Equal(t, test.fields, got)
		})
	}
}

func TestDefaultConfigAudit(t *testing.T) {
	var fields []string
	for _, finding := range httpsec.DefaultConfig().Audit() {
		fields = append(fields, finding.Field)
	}
	assert.Equal(t, []string{"Config.Origins", "Config.Hosts", "Config.Headers"}, fields)
}

func TestFindingString(t *testing.T) {
	assert.Equal(t, `Config.MaxAge: "3h0m0s" is too long`, httpsec.Finding{"Config.MaxAge", "3h0m0s", "is too long"}.String())
	assert.Equal(t, `Config.Origins: "a\nb" is odd`, httpsec.Finding{"Config.Origins", "a\nb", "is odd"}.String())
}
