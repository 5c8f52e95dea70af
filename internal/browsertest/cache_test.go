package browsertest

import (
	"slices"
	"time"

	"github.com/httpsec/httpsec"
)

// admin is of the same site as app, so that the browser lets them share its HTTP
// cache.
const admin = "https://admin.example.com"

// siblings allows two origins of one site.
func siblings() httpsec.Config { return httpsec.Config{Origins: []string{app, admin}} }

var cacheCases = []testCase{
	{
		name: "preflight is cached", service: policy(listed()), relies: cachedPreflight,
		script: `return await text('/echo', {method: 'PUT'}) + await text('/echo', {method: 'PUT'})`,
		sees:   "PUTPUT", reached: []string{"OPTIONS /echo 200 policy", "PUT /echo 200 handler", "PUT /echo 200 handler"},
	},
	{
		name: "max-age, though Chromium keeps a preflight for five seconds without it", relies: saidMaxAge,
		service: policy(httpsec.Config{Origins: []string{app}, MaxAge: time.Hour}),
		script:  `return text('/echo', {method: 'PUT'})`,
		sees:    "PUT", reached: preflighted("PUT /echo"), carries: "Access-Control-Max-Age: 3600",
	},
	{
		name: "preflight is not cached", relies: uncachedPreflight,
		service: policy(httpsec.Config{Origins: []string{app}, MaxAge: -1}),
		script:  `return await text('/echo', {method: 'PUT'}) + await text('/echo', {method: 'PUT'})`,
		sees:    "PUTPUT", reached: preflighted("PUT /echo", "PUT /echo"),
	},
	{
		name: "one preflight serves every method and header", relies: wholeMethodList,
		service: policy(httpsec.Config{Origins: []string{app}, Headers: []string{"X-Api-Key"}, MaxAge: time.Hour}),
		script:  `return await text('/echo', {method: 'PUT'}) + await text('/echo', {method: 'DELETE', headers: {'X-Api-Key': '1'}})`,
		sees:    "PUTDELETE", reached: []string{"OPTIONS /echo 200 policy", "PUT /echo 200 handler", "DELETE /echo 200 handler"},
	},
	{
		name: "cached response of another origin", service: policy(siblings()), relies: varyOrigin, visit: blank(app, admin),
		prepare: `return text('/cached')`,
		script:  `return (await fetch(url('/cached'))).ok`,
		sees:    "true", reached: handled("GET /cached", "GET /cached"),
	},
	{
		name: "cached response to a request without Origin", service: policy(siblings()), relies: varyOrigin,
		script: `return await load(element('img'), {src: url('/cached')}) + (await fetch(url('/cached'))).ok`,
		sees:   "loadtrue", reached: handled("GET /cached", "GET /cached"),
		differs: map[engineName]divergence{
			firefox: {why: "keeps responses to such requests apart, Vary or not", inert: true},
		},
	},
	{
		name: "cached response for everyone", service: policy(public()), relies: noVary, visit: blank(app, admin),
		prepare: `return text('/cached')`,
		script:  `return (await fetch(url('/cached'))).ok`,
		sees:    "true", reached: handled("GET /cached"),
	},
	{
		name: "not modified", service: policy(listed()), relies: corsMiddleware,
		script: `return await text('/tagged') + await text('/tagged')`,
		sees:   "taggedtagged", reached: []string{"GET /tagged 200 handler", "GET /tagged 304 handler"},
	},
	{
		name: "reloaded policy", service: policy(siblings()), relies: reload,
		script: `await text('/revoke', {method: 'POST'}); return text('/echo')`,
		sees:   "TypeError", reached: handled("POST /revoke", "GET /echo"),
	},
	{
		name: "policy within another", relies: corsMiddleware, visit: blank(evil),
		service: service{config: new(listed()), outer: httpsec.Must(httpsec.CORS(public()))},
		script:  `return text('/echo')`,
		sees:    "TypeError", reached: handled("GET /echo"),
	},
	{
		name:    "upstream with a policy of its own",
		service: service{config: new(listed()), next: upstream(httpsec.DropUpstreamCORS)},
		relies:  piece{"DropUpstreamCORS", func(s *service) { s.next = upstream(nil) }},
		script:  `return text('/echo', {credentials: 'include'})`,
		sees:    "GET", reached: handled("GET /echo"),
	},
}

var credentialCases = []testCase{
	{
		name: "cookies to another site", service: policy(listed()), relies: credentialsOn, visit: blank(partner),
		script: login + `return text('/echo?show=Cookie', {credentials: 'include'})`,
		sees:   "GET everywhere=1", reached: handled("GET /login", "GET /echo"),
	},
	{
		name: "cookies to the same site", service: policy(listed()), relies: credentialsOn,
		script: login + `return text('/echo?show=Cookie', {credentials: 'include'})`,
		sees:   "GET everywhere=1; site=1", reached: handled("GET /login", "GET /echo"),
	},
	{
		name: "cookies with a preflighted request", service: policy(listed()), relies: credentialsOn, visit: blank(partner),
		script: login + `return text('/echo?show=Cookie', {method: 'PUT', credentials: 'include'})`,
		sees:   "PUT everywhere=1", reached: slices.Concat(handled("GET /login"), preflighted("PUT /echo")),
	},
	{
		name: "cookies with XMLHttpRequest", service: policy(listed()), relies: credentialsOn, visit: blank(partner),
		script: login + `const x = new XMLHttpRequest();
			x.open('GET', url('/echo?show=Cookie'));
			x.withCredentials = true;
			const done = event(x, 'load', 'error');
			x.send();
			await done;
			return x.responseText`,
		sees: "GET everywhere=1", reached: handled("GET /login", "GET /echo"),
	},
	{
		name: "no cookies unless asked for", service: policy(listed()), relies: corsMiddleware,
		script: login + `return text('/echo?show=Cookie')`,
		sees:   "GET ", reached: handled("GET /login", "GET /echo"),
	},
	{
		name: "cookies from elsewhere are of no use", service: policy(listed()), relies: originCheck, visit: blank(evil),
		script: login + `return text('/echo?show=Cookie', {credentials: 'include'})`,
		sees:   "TypeError", reached: handled("GET /login", "GET /echo"),
	},
	{
		name: "credentials where they are off", relies: credentialsOff,
		service: policy(httpsec.Config{Origins: []string{app}}),
		script:  `return text('/echo', {credentials: 'include'})`,
		sees:    "TypeError", reached: handled("GET /echo"),
	},
	{
		name: "preflight for credentials where they are off", relies: credentialsOff,
		service: policy(httpsec.Config{Origins: []string{app}}),
		script:  `return text('/echo', {method: 'PUT', credentials: 'include'})`,
		sees:    "TypeError", reached: answered("OPTIONS /echo", 200),
	},
	{
		name: "anonymous where credentials are off", relies: corsMiddleware,
		service: policy(httpsec.Config{Origins: []string{app}}),
		script:  `return text('/echo')`,
		sees:    "GET", reached: handled("GET /echo"),
	},
	{
		name: "everyone, but without credentials", relies: originCheck,
		service: policy(httpsec.Config{Origins: []string{"*"}, Credentials: true}),
		script:  `return text('/echo', {credentials: 'include'})`,
		sees:    "TypeError", reached: handled("GET /echo"),
	},
}

// login is the beginning of a script that needs cookies. It works from everywhere.
const login = `await fetch(url('/login'), {mode: 'no-cors', credentials: 'include'}); `
