package browsertest

import (
	"net/http"
	"strings"

	"github.com/httpsec/httpsec"
)

// allows is a policy with one entry.
func allows(origin string) service { return policy(httpsec.Config{Origins: []string{origin}}) }

// reads is the case of a page that may read a response, and cannot that of one
// that may not.
func reads(name, entry, origin string) testCase {
	return testCase{
		name: name, service: allows(entry), relies: listedOrigin, visit: blank(origin),
		script: `return text('/echo?show=Origin')`,
		sees:   "GET " + origin, reached: handled("GET /echo"),
	}
}

func cannot(name, entry, origin string) testCase {
	return testCase{
		name: name, service: allows(entry), relies: originCheck, visit: blank(origin),
		script: `return text('/echo')`,
		sees:   "TypeError", reached: handled("GET /echo"),
	}
}

var originCases = []testCase{
	reads("exact", app, app),
	reads("port", app+":8443", app+":8443"),
	reads("plain http", "http://app.internal.test", "http://app.internal.test"),
	reads("Punycode", "https://xn--bcher-kva.example.com", "https://xn--bcher-kva.example.com"),
	reads("IPv4", "http://127.0.0.1:3000", "http://127.0.0.1:3000"),
	reads("IPv6", "http://[::1]:3000", "http://[::1]:3000"),
	reads("subdomain", "https://*.example.com", app),
	reads("deeper subdomain", "https://*.example.com", "https://x.y.example.com"),
	reads("any port", "http://localhost:*", "http://localhost:4000"),
	reads("any port: none", app+":*", app),
	reads("subdomain and any port", "https://*.example.com:*", app+":8443"),
	reads("subdomain of localhost", "http://*.localhost:*", "http://tenant.localhost:3000"),

	cannot("another port", app, app+":8443"),
	cannot("another scheme", app, "http://app.example.com"),
	cannot("another site", app, evil),
	cannot("subdomain of an exact entry", "https://example.com", app),
	cannot("apex of a pattern", "https://*.example.com", "https://example.com"),
	cannot("port of a pattern without one", "https://*.example.com", app+":8443"),
	cannot("plain http under a pattern for https", "https://*.example.com", "http://app.example.com"),
	cannot("name that ends like a pattern", "https://*.example.com", "https://evilexample.com"),
	cannot("name that begins like an entry", app, "https://app.example.com.evil.net"),
	cannot("name that begins like an entry with any port", "http://localhost:*", "http://localhost.evil.net:3000"),
	cannot("127.0.0.1 for localhost", "http://localhost:3000", "http://127.0.0.1:3000"),

	{
		name: "preflight from elsewhere", service: policy(listed()), relies: originCheck, visit: blank(evil),
		script: `return text('/echo', {method: 'DELETE'})`,
		sees:   "TypeError", reached: answered("OPTIONS /echo", 403),
	},
	{
		name: "default configuration from localhost:3000", relies: corsMiddleware,
		service: policy(httpsec.DefaultConfig()), visit: blank("http://localhost:3000"),
		script: `return text('http://localhost:8080/echo?show=Authorization', {method: 'PUT', credentials: 'include', headers: {Authorization: 'Bearer 1'}})`,
		sees:   "PUT Bearer 1", reached: preflighted("PUT /echo"),
	},
	{
		name: "default configuration from 127.0.0.1:5173", relies: corsMiddleware,
		service: policy(httpsec.DefaultConfig()), visit: blank("http://127.0.0.1:5173"),
		script: `return text('http://localhost:8080/echo', {method: 'PATCH', credentials: 'include', headers: {'X-Anything': '1'}})`,
		sees:   "PATCH", reached: preflighted("PATCH /echo"),
	},
	{
		name: "default configuration from localhost:4000", relies: originCheck,
		service: policy(httpsec.DefaultConfig()), visit: blank("http://localhost:4000"),
		script: `return text('http://localhost:8080/echo')`,
		sees:   "TypeError", reached: handled("GET /echo"),
	},
	{
		name: "nobody", service: policy(httpsec.Config{Origins: []string{}}), relies: originCheck,
		script: `return text('/echo')`,
		sees:   "TypeError", reached: handled("GET /echo"),
	},
	{
		name: "everyone", service: policy(public()), relies: listedOrigin, visit: blank(evil),
		script: `return text('/echo', {method: 'PUT', headers: {Authorization: 'Bearer 1'}})`,
		sees:   "PUT", reached: preflighted("PUT /echo"),
	},
	{
		name: "OriginFunc allows", service: policy(byFunc), relies: listedOrigin, visit: blank(partner),
		script: `return text('/echo')`,
		sees:   "GET", reached: handled("GET /echo"),
	},
	{
		name: "OriginFunc refuses", service: policy(byFunc), relies: originCheck, visit: blank(evil),
		script: `return text('/echo')`,
		sees:   "TypeError", reached: handled("GET /echo"),
	},
	{
		name: "null of a sandboxed page", service: policy(listed()), relies: originCheck, visit: []string{app + "/sandbox"},
		script: `return text('/echo')`,
		sees:   "TypeError", reached: handled("GET /echo"),
	},
	{
		name: "null under *", service: policy(public()), relies: listedOrigin, visit: []string{app + "/sandbox"},
		script: `return text('/echo?show=Origin')`,
		sees:   "GET null", reached: handled("GET /echo"),
	},
	{
		name: "null is not for OriginFunc", relies: originCheck, visit: []string{app + "/sandbox"},
		service: policy(httpsec.Config{OriginFunc: func(*http.Request, string) bool { return true }}),
		script:  `return text('/echo')`,
		sees:    "TypeError", reached: handled("GET /echo"),
	},
	{
		name: "null of a sandboxed frame", service: policy(listed()), relies: originCheck,
		script: framed("sandbox: 'allow-scripts', srcdoc: page"),
		sees:   "null TypeError", reached: preflightRefused("PUT /echo"),
	},
	{
		name: "null of a data: frame", service: policy(listed()), relies: originCheck,
		script: framed("src: 'data:text/html,' + encodeURIComponent(page)"),
		sees:   "null TypeError", reached: preflightRefused("PUT /echo"),
	},
}

// byFunc allows what a function allows.
var byFunc = httpsec.Config{OriginFunc: func(_ *http.Request, origin string) bool {
	return strings.HasSuffix(origin, ".example.org")
}}

// framed is a script that frames a page which tries a PUT and says what came of
// it. The tools do not see into such frames; the server's 403 is the reason.
func framed(attributes string) string {
	return "const page = `<script>" +
		"fetch('${url('/echo')}', {method: 'PUT'}).then(r => r.text(), e => e.name)" +
		".then(seen => parent.postMessage(origin + ' ' + seen, '*'))" +
		"</script>`;" +
		"const message = event(window, 'message');" +
		"await frame({" + attributes + "});" +
		"return (await message).data"
}

func preflightRefused(request string) []string {
	_, path, _ := strings.Cut(request, " ")
	return answered("OPTIONS "+path, http.StatusForbidden)
}

var rejectCases = []testCase{
	{
		name: "form from elsewhere", service: policy(rejecting()), relies: rejection, visit: blank(evil),
		script: `return post(url('/echo'))`,
		sees:   "load", reached: answered("POST /echo", 403),
	},
	{
		name: "form of a sandboxed page", service: policy(rejecting()), relies: rejection, visit: []string{app + "/sandbox"},
		script: `return post(url('/echo'))`,
		sees:   "load", reached: answered("POST /echo", 403),
	},
	{
		name: "blind POST from elsewhere", service: policy(rejecting()), relies: rejection, visit: blank(evil),
		script: `return (await fetch(url('/echo'), {method: 'POST', mode: 'no-cors', credentials: 'include'})).type`,
		sees:   "opaque", reached: answered("POST /echo", 403),
	},
	{
		name: "GET from elsewhere", service: policy(rejecting()), relies: rejection, visit: blank(evil),
		script: `return text('/echo')`,
		sees:   "TypeError", reached: answered("GET /echo", 403),
	},
	{
		name: "form of an allowed origin", service: policy(rejecting()), relies: listedOrigin,
		script: `return post(url('/echo'))`,
		sees:   "load", reached: handled("POST /echo"),
	},
	{
		name: "form of our own", service: policy(rejecting()), relies: sameOrigin, visit: blank(api),
		script: `return post(url('/echo'))`,
		sees:   "load", reached: handled("POST /echo"),
	},
	{
		name: "form of our own that hides its origin", service: policy(rejecting()), relies: sameOrigin, visit: blank(api),
		script: `document.head.append(Object.assign(element('meta'), {name: 'referrer', content: 'no-referrer'}));
			return post(url('/echo'))`,
		sees: "load", reached: handled("POST /echo"),
	},
	{
		name: "DELETE of our own", service: policy(rejecting()), relies: sameOrigin, visit: blank(api),
		script: `return text('/echo', {method: 'DELETE'})`,
		sees:   "DELETE", reached: handled("DELETE /echo"),
	},
	{
		name: "form of our own over plain http", service: policy(rejecting()), relies: sameOrigin, visit: blank(plainAPI),
		script: `return post(url('http://api.internal.test/echo'))`,
		sees:   "load", reached: handled("POST /echo"),
	},
	{
		name: "form from a neighbour over plain http", service: policy(rejecting()), relies: rejection, visit: blank(plainAPI + ":3000"),
		script: `return post(url('http://api.internal.test/echo'))`,
		sees:   "load", reached: answered("POST /echo", 403),
	},
}

func rejecting() httpsec.Config {
	c := listed()
	c.RejectDisallowed = true
	return c
}
