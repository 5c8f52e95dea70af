package httpsectest

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// isRedirect reports whether the answer leads on. A redirect status without a
// Location is an answer like any other.
func isRedirect(resp *http.Response) bool {
	return isRedirectStatus(resp.StatusCode) && resp.Header.Get("Location") != ""
}

// isRedirectStatus is https://fetch.spec.whatwg.org/#redirect-status.
func isRedirectStatus(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func isInvalidRedirect(resp *http.Response, current *address) bool {
	if !isRedirect(resp) {
		return false
	}
	_, ok := parseAddress(resp.Header.Get("Location"), current)
	return !ok
}

const maxRedirects = 20

// location returns where the answer leads, nil if nowhere, and refuses what the
// page may not follow.
func (r *request) location(resp *http.Response) (*address, *Blocked) {
	if !isRedirect(resp) {
		return nil, nil
	}
	next, _ := parseAddress(resp.Header.Get("Location"), r.url)
	if next.fragment == "" && r.url.fragment != "#" {
		next.fragment = r.url.fragment
	}
	if r.redirect == RedirectManual {
		return next, nil
	}
	switch next.scheme {
	case "about", "blob", "data", "javascript":
		return nil, failedLoad(RuleNetwork, "net::ERR_UNSAFE_REDIRECT", r.url)
	}
	if !next.isHTTP() && r.directive != "" { // the policy comes first
		ahead := *r
		ahead.url, ahead.redirects = next, r.redirects+1
		if blocked := ahead.checkEnforced(); blocked != nil {
			return nil, blocked
		}
	}
	if blocked := r.refuseRedirect(next); blocked != nil {
		return nil, blocked
	}
	return next, nil
}

// ahead returns the request as it would go on, upgraded if need be.
func (r *request) ahead(next *address) *request {
	ahead := *r
	ahead.url = next
	ahead.redirects++
	if next.scheme == "http" && ahead.upgradesTo(next) {
		ahead.url = next.upgraded()
	}
	return &ahead
}

// refuseRedirect is the order in which Chromium looks at a redirect.
func (r *request) refuseRedirect(next *address) *Blocked {
	ahead := r.ahead(next)
	foreign := ahead.url.origin() != r.client.origin
	switch {
	case r.redirects >= maxRedirects:
		return failedLoad(RuleNetwork, "net::ERR_TOO_MANY_REDIRECTS", r.url)
	case next.userinfo != "" && r.mode == ModeCORS && (r.crossCORS || foreign) && next.isHTTP():
		return r.refused(&failure{reason: "RedirectContainsCredentials", text: "Redirect location '' contains a username and password, which is disallowed for cross-origin requests."})
	case r.redirect == RedirectError:
		blocked := failedLoad(RuleNetwork, "net::ERR_FAILED", r.url)
		blocked.Err = errRedirected
		return blocked
	case !next.isHTTP() && r.mode == ModeCORS:
		return r.refused(&failure{reason: "CorsDisabledScheme", text: "Cross origin requests are only supported for protocol schemes: chrome, chrome-extension, chrome-untrusted, data, http, https, isolated-app."})
	case r.mode == ModeSameOrigin && foreign: // which admit refuses
	case !next.isHTTP():
		return failedLoad(RuleNetwork, "net::ERR_UNKNOWN_URL_SCHEME", r.url)
	case next.userinfo != "" && r.mode != modeNavigate:
		if blocked := ahead.checkEnforced(); blocked != nil {
			return blocked
		}
		return failedLoad(RuleNetwork, "net::ERR_ABORTED", r.url)
	}
	return nil
}

var errRedirected = errors.New("httpsectest: the answer is a redirect, and the request's redirect mode is error")

// redirectTo is https://fetch.spec.whatwg.org/#concept-http-redirect-fetch.
func (r *request) redirectTo(next *address, status int) {
	r.redirects++
	if next.scheme == "http" && r.upgradesTo(next) {
		before := *r
		before.url = next
		before.checkReportOnly()
		r.reported = true
		next = next.upgraded()
	}
	leaves := next.origin() != r.url.origin()
	if leaves && (r.mode != ModeCORS || r.url.origin() != r.client.origin) {
		r.tainted = true
	}
	if status == http.StatusSeeOther && r.method != http.MethodGet && r.method != http.MethodHead ||
		(status == http.StatusMovedPermanently || status == http.StatusFound) && r.method == http.MethodPost {
		r.method, r.body = http.MethodGet, nil
		r.headers = slices.DeleteFunc(slices.Clone(r.headers), func(h header) bool { return strings.HasPrefix(h.name, "content-") })
	}
	if leaves {
		r.headers = slices.DeleteFunc(slices.Clone(r.headers), func(h header) bool { return h.name == "authorization" })
	}
	r.url = next
}

// closeness says how near an origin is to an address: 0 same-origin, 1 same-site,
// 2 cross-site.
func closeness(origin string, a *address) int {
	switch {
	case origin == "null":
		return 2
	case origin == a.origin():
		return 0
	case siteOf(origin) == a.site():
		return 1
	}
	return 2
}

var (
	fetchSites       = [...]string{"same-origin", "same-site", "cross-site"}
	fetchSiteHeaders = [...][]string{{"same-origin"}, {"same-site"}, {"cross-site"}}
	modeHeaders      = [...][]string{{"cors"}, {"no-cors"}, {"same-origin"}, {"navigate"}, {"websocket"}}
	userAgentHeader  = []string{userAgent}
)
