package browsertest

import "net/http"

// thirdPartyCases are what becomes of a SameSite=None cookie of the service at pages of
// another site, in browsers that decide so themselves.
var thirdPartyCases = []testCase{
	{
		name: "third-party cookie, set by a fetch", service: policy(listed()), relies: credentialsOn,
		visit:  blank(partner),
		script: login + showCookies,
		sees:   "GET ", reached: handled("GET /login", "GET /echo"),
		differs: map[engineName]divergence{
			firefox: {why: "keeps it for pages of this site", sees: "GET everywhere=1"},
		},
	},
	{
		name: "third-party cookie, set by a fetch of another site's page", service: policy(listed()), relies: credentialsOn,
		visit:   blank(partner, app),
		prepare: login,
		script:  showCookies,
		sees:    "GET ", reached: handled("GET /login", "GET /echo"),
	},
	{
		name: "third-party cookie, set as the first party", service: policy(listed()), relies: credentialsOn,
		visit:  []string{api + "/login", partner + "/blank"},
		script: showCookies,
		sees:   "GET ", reached: handled("GET /login", "GET /echo"),
	},
	{
		name: "third-party cookie, Partitioned, set by a fetch", service: policy(listed()), relies: credentialsOn,
		visit:  blank(partner),
		script: loginPartitioned + showCookies,
		sees:   "GET partitioned=1", reached: handled("GET /login-partitioned", "GET /echo"),
		differs: map[engineName]divergence{
			webkit: {why: "blocks it like any other", sees: "GET "},
		},
	},
	{
		name: "third-party cookie, Partitioned, set as the first party", service: policy(listed()), relies: credentialsOn,
		visit:  []string{api + "/login-partitioned", partner + "/blank"},
		script: showCookies,
		sees:   "GET ", reached: handled("GET /login-partitioned", "GET /echo"),
	},
	{
		name: "cookie of the same site, set as the first party", service: policy(listed()), relies: credentialsOn,
		visit:  []string{api + "/login", app + "/blank"},
		script: showCookies,
		sees:   "GET everywhere=1; site=1", reached: handled("GET /login", "GET /echo"),
	},
}

const (
	loginPartitioned = `await fetch(url('/login-partitioned'), {mode: 'no-cors', credentials: 'include'}); `
	showCookies      = `return text('/echo?show=Cookie', {credentials: 'include'})`
)

// setPartitionedCookie sets a cookie for pages of the site that is open now.
func setPartitionedCookie(w http.ResponseWriter, _ *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: "partitioned", Value: "1", Secure: true, SameSite: http.SameSiteNoneMode, Partitioned: true,
	})
}
