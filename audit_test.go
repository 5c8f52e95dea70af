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
		anyone    = "lets every site read every response; list the origins, unless all of it is public"
		beside    = "makes the entries beside it meaningless; remove it or them"
		off       = `is switched off by "*" in Origins; list the origins, or write false`
		notAsked  = `is never called beside "*" in Origins; remove one of the two`
		notUsed   = `refuses nothing beside "*" in Origins; list the origins, or write false`
		anySocket = "lets every site open sockets with its visitors' cookies; " +
			"list the origins, unless every socket authenticates by a token"

		local     = "can be served by any program on a user's machine; remove development origins"
		rebinding = "is nil although all origins are local, so after DNS rebinding " +
			"any site counts as the service's own; list the names under which the service is reached"
		plain    = "can be forged by anyone on the user's network; use https"
		takeover = "lets one compromised subdomain use every user's credentials; list the origins"
		sockets  = "lets one compromised subdomain open every user's sockets; list the origins"
		suffix   = "covers a public suffix, where anyone can have a site; list the origins"
		opaque   = "is what every sandboxed page and every local file sends; " +
			"give the page an origin of its own and list that"
		scheme = "is every app or extension of that scheme; list the origins"

		anyMethod = "allows methods that nobody thought of; list the ones the service has"
		anyHeader = "allows any request header; list the ones the service reads"
		browser   = "is set by browsers alone and never asked for; remove it"
		hidden    = "is never shown to scripts; remove it"
		tooLong   = "is more than browsers keep, 2h in Chromium and 24h in Firefox; write 24 * time.Hour or less"
	)
	const one, two = "http://localhost:1", "http://localhost:2"
	type change = func(c *httpsec.Config)
	type findings = []httpsec.Finding
	anybody := func(*http.Request, string) bool { return true }
	// reading changes the origins, to such as may read without credentials.
	reading := func(list ...string) change {
		return func(c *httpsec.Config) { c.Origins, c.Credentials = list, false }
	}
	headers := func(list ...string) change { return func(c *httpsec.Config) { c.Headers = list } }
	maxAge := func(age time.Duration) change { return func(c *httpsec.Config) { c.MaxAge = age } }
	opening := func(list ...string) change { return func(c *httpsec.Config) { c.SocketOrigins = list } }
	trusting := func(list ...string) change {
		return func(c *httpsec.Config) { c.Credentials, c.CredentialOrigins = false, list }
	}
	exposing := func(list ...string) change { return func(c *httpsec.Config) { c.ExposeHeaders = list } }
	// and makes two changes.
	and := func(this, that change) change { return func(c *httpsec.Config) { this(c); that(c) } }
	unset := func(c *httpsec.Config) { c.Origins = nil }
	nobody := func(c *httpsec.Config) { c.Origins = []string{} }
	anyMethods := func(c *httpsec.Config) { c.Methods = []string{"*"} }
	rejecting := func(c *httpsec.Config) { c.RejectDisallowed = true }
	asking := func(c *httpsec.Config) { c.OriginFunc = anybody }
	onLocalhost := func(c *httpsec.Config) { c.Hosts = []string{"localhost"} }

	origin := func(value, message string) httpsec.Finding { return httpsec.Finding{"Config.Origins", value, message} }
	header := func(name string) httpsec.Finding { return httpsec.Finding{"Config.Headers", name, browser} }
	everyone, rebound := origin("*", anyone), httpsec.Finding{"Config.Hosts", "", rebinding}
	socket := func(value, message string) httpsec.Finding {
		return httpsec.Finding{"Config.SocketOrigins", value, message}
	}
	trusted := func(value, message string) httpsec.Finding {
		return httpsec.Finding{"Config.CredentialOrigins", value, message}
	}
	neverAsked := httpsec.Finding{"Config.OriginFunc", "func", notAsked}
	noRefusal := httpsec.Finding{"Config.RejectDisallowed", "true", notUsed}
	everyHeader := findings{{"Config.Headers", "*", anyHeader}}
	tests := []struct {
		name   string
		change change
		want   findings
	}{
		{"clean", func(*httpsec.Config) {}, nil},
		{"nobody", nobody, nil},
		{"OriginFunc alone", and(unset, asking), nil},
		{"other schemes", origins("chrome-extension://abc"), nil},
		{"an app's own scheme", origins("capacitor://localhost"), nil},
		{"any port of https", origins("https://a.com:*"), nil},
		{"label", origins("https://pr-*.example.net"), nil},

		{"anyone", reading("*"), findings{everyone}},
		{"anyone, twice", reading("*", "*"), findings{everyone}},
		{"anyone, with credentials", origins("*"), findings{everyone, {"Config.Credentials", "true", off}}},
		{"anyone, beside others", reading("https://a.com", "*"), findings{everyone, origin("*", beside)}},
		{"anyone, with OriginFunc", and(reading("*"), asking), findings{everyone, neverAsked}},
		{"anyone, rejecting", and(reading("*"), rejecting), findings{everyone, noRefusal}},

		{"localhost", origins(one), findings{origin(one, local), rebound}},
		{"https loopback", origins("https://localhost"), findings{origin("https://localhost", local), rebound}},
		{"localhost name", origins("http://a.localhost:*"), findings{origin("http://a.localhost:*", local), rebound}},
		{"127.0.0.2", origins("http://127.0.0.2"), findings{origin("http://127.0.0.2", local), rebound}},
		{"::1", origins("http://[::1]:8080"), findings{origin("http://[::1]:8080", local), rebound}},
		{"0.0.0.0", origins("http://0.0.0.0:5173"), findings{origin("http://0.0.0.0:5173", local), rebound}},
		{"two local", origins(one, two),
			findings{origin(one+", "+two, local), rebound}},
		{"local, with Hosts", and(origins(one), onLocalhost), findings{origin(one, local)}},
		{"local, and another", origins(one, "https://a.com"), findings{origin(one, local)}},

		{"http", origins("http://a.com"), findings{origin("http://a.com", plain)}},
		{"private http", origins("http://192.168.0.1"), findings{origin("http://192.168.0.1", plain)}},
		{"subdomains", origins("https://*.a.com"), findings{origin("https://*.a.com", takeover)}},
		{"subdomains over http", origins("http://*.a.com"),
			findings{origin("http://*.a.com", plain), origin("http://*.a.com", takeover)}},
		{"subdomains, no credentials", reading("https://*.a.com"), nil},
		{"public suffix", reading("https://*.github.io"), findings{origin("https://*.github.io", suffix)}},
		{"public suffix over http", reading("http://*.com"),
			findings{origin("http://*.com", plain), origin("http://*.com", suffix)}},
		{"null and file", reading("null", "file://"), findings{origin("null", opaque), origin("file://", opaque)}},
		{"any extension", reading("moz-extension://*"), findings{origin("moz-extension://*", scheme)}},

		{"credentials over http", trusting("http://a.com"), findings{trusted("http://a.com", plain)}},
		{"credentials of subdomains", trusting("https://*.a.com"),
			findings{trusted("https://*.a.com", takeover)}},
		{"local sockets", opening(one), findings{socket(one, local)}},
		{"sockets of subdomains", opening("https://*.a.com"), findings{socket("https://*.a.com", sockets)}},
		{"sockets for anyone", opening("*"), findings{socket("*", anySocket)}},

		{"any method", anyMethods, findings{{"Config.Methods", "*", anyMethod}}},
		{"any header", headers("*"), everyHeader},
		{"any header, nil", headers(), everyHeader},
		{"any header, []", headers([]string{}...), everyHeader},
		{"any header of OriginFunc", and(and(unset, asking), headers("*")), everyHeader},
		{"any header of credentials", and(trusting("https://b.com"), headers("*")), everyHeader},
		{"nobody's header", and(nobody, headers("*")), nil},
		{"forbidden names", headers("Origin", "COOKIE", "X-A"), findings{header("Origin"), header("COOKIE")}},
		{"forbidden prefixes", headers("Proxy-X", "Sec-X"), findings{header("Proxy-X"), header("Sec-X")}},
		{"Set-Cookie", exposing("Set-Cookie", "X-A"), findings{{"Config.ExposeHeaders", "Set-Cookie", hidden}}},
		{"Set-Cookie2", exposing("set-cookie2"), findings{{"Config.ExposeHeaders", "set-cookie2", hidden}}},

		{"2h", maxAge(2 * time.Hour), nil},
		{"24h", maxAge(24 * time.Hour), nil},
		{"over 24h", maxAge(25 * time.Hour), findings{{"Config.MaxAge", "25h0m0s", tooLong}}},
		{"no cache", maxAge(-1), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := productionConfig()
			test.change(&c)
			newPolicy(t, c)
			assert.Equal(t, test.want, c.Audit())
		})
	}
}

func TestConfigAuditPassesOverWhatIsRefused(t *testing.T) {
	c := httpsec.Config{
		Origins:       []string{"HTTP://localhost", "null", "http://a.com/", "https://*.com"},
		Headers:       []string{"Sec-Fetch Site"},
		ExposeHeaders: []string{"Set-Cookie "},
		Credentials:   true,
		MaxAge:        25*time.Hour + 1,
	}
	assert.Empty(t, c.Audit())
}

func origins(list ...string) func(*httpsec.Config) {
	return func(c *httpsec.Config) { c.Origins = list }
}

func TestDefaultConfigAudit(t *testing.T) {
	var fields []string
	for _, finding := range httpsec.DefaultConfig().Audit() {
		fields = append(fields, finding.Field)
	}
	assert.Equal(t, []string{"Config.Origins", "Config.Hosts", "Config.Headers"}, fields)
}

func TestFindingString(t *testing.T) {
	age, odd := httpsec.Finding{"Config.MaxAge", "3h0m0s", "is too long"}, httpsec.Finding{"Field", "a\nb", "is odd"}
	assert.Equal(t, `Config.MaxAge: "3h0m0s" is too long`, age.String())
	assert.Equal(t, `Field: "a\nb" is odd`, odd.String())
}
