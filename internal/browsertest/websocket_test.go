package browsertest

import (
	"github.com/httpsec/httpsec"
)

var socketCases = []testCase{
	{
		name: "allowed origin", service: policy(listed()), relies: listedOrigin,
		script: `return socket('/socket')`,
		sees:   "hello ", reached: upgraded("/socket"),
	},
	{
		name: "allowed origin of another site brings its cookies", service: policy(listed()), relies: listedOrigin, visit: blank(partner),
		script: login + `return socket('/socket')`,
		sees:   "hello everywhere=1", reached: append(handled("GET /login"), upgraded("/socket")...),
	},
	{
		name: "subdomain", service: allows("https://*.example.com"), relies: listedOrigin,
		script: `return socket('/socket')`,
		sees:   "hello ", reached: upgraded("/socket"),
	},
	{
		name: "plain http on localhost", service: policy(httpsec.DefaultConfig()), relies: listedOrigin, visit: blank("http://localhost:3000"),
		script: `return socket('ws://localhost:8080/socket')`,
		sees:   "hello ", reached: upgraded("/socket"),
	},
	{
		name: "elsewhere", service: policy(listed()), relies: handshakeCheck, visit: blank(evil),
		script: `return socket('/socket')`,
		sees:   "error", reached: answered("GET /socket", 403),
	},
	{
		name: "another port", service: policy(listed()), relies: handshakeCheck, visit: blank(app + ":8443"),
		script: `return socket('/socket')`,
		sees:   "error", reached: answered("GET /socket", 403),
	},
	{
		name: "null", service: policy(listed()), relies: handshakeCheck, visit: []string{app + "/sandbox"},
		script: `return socket('/socket')`,
		sees:   "error", reached: answered("GET /socket", 403),
	},
	{
		name: "our own page", service: policy(listed()), relies: sameOrigin, visit: blank(api),
		script: `return socket('/socket')`,
		sees:   "hello ", reached: upgraded("/socket"),
	},
	{
		name: "our own page over plain http", service: policy(listed()), relies: sameOrigin, visit: blank(plainAPI),
		script: `return socket('ws://api.internal.test/socket')`,
		sees:   "hello ", reached: upgraded("/socket"),
	},
	{
		name: "neighbour over plain http", service: policy(listed()), relies: handshakeCheck, visit: blank(plainAPI + ":3000"),
		script: `return socket('ws://api.internal.test/socket')`,
		sees:   "error", reached: answered("GET /socket", 403),
	},
	{
		name: "everyone", service: policy(public()), relies: listedOrigin, visit: blank(evil),
		script: `return socket('/socket')`,
		sees:   "hello ", reached: upgraded("/socket"),
	},
	{
		name: "everyone, null too", service: policy(public()), relies: listedOrigin, visit: []string{app + "/sandbox"},
		script: `return socket('/socket')`,
		sees:   "hello ", reached: upgraded("/socket"),
	},
	{
		name: "everyone, but not with cookies", service: policy(public()), relies: handshakeCheck, visit: blank(evil),
		script: login + `return socket('/socket')`,
		sees:   "error", reached: append(handled("GET /login"), answered("GET /socket", 403)...),
	},
	{
		name: "everyone, and our own page with cookies", service: policy(public()), relies: sameOrigin, visit: blank(api),
		script: login + `return socket('/socket')`,
		sees:   "hello everywhere=1; site=1", reached: append(handled("GET /login"), upgraded("/socket")...),
	},
	{
		name: "CheckOrigin in the handler allows", service: checking(listed()), relies: listedOrigin,
		script: `return socket('/checked')`,
		sees:   "hello ", reached: upgraded("/checked"),
	},
	{
		name: "CheckOrigin in the handler refuses", service: checking(listed()), relies: allowsAnyOrigin, visit: blank(evil),
		script: `return socket('/checked')`,
		sees:   "error", reached: []string{"GET /checked 403 handler"},
	},
}

func upgraded(path string) []string { return []string{"GET " + path + " 101 handler"} }

// checking is a service whose handlers ask the policy themselves.
func checking(c httpsec.Config) service {
	s := policy(c)
	s.cors = replacedBy(handledBy)
	return s
}
