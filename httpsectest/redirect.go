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
	if next.fragment == "" {
		next.fragment = r.url.fragment
	}
	if next.scheme == "data" || next.scheme == "about" || next.scheme == "javascript" || next.scheme == "blob" {
		return nil, failedLoad(RuleNetwork, "net::ERR_UNSAFE_REDIRECT", r.url)
	}
	if r.redirect == RedirectManual {
		return next, nil
	}
	if !next.isHTTP() && r.directive != "" { // the policy comes first
		ahead := *r
		ahead.url, ahead.redirects = next, r.redirects+1
		if blocked := ahead.checkEnforced(); blocked != nil {
			return nil, blocked
		}
	}
	switch {
	case r.redirects >= maxRedirects:
		return nil, failedLoad(RuleNetwork, "net::ERR_TOO_MANY_REDIRECTS", r.url)
	case r.redirect == RedirectError && !(next.userinfo != "" && r.mode == ModeCORS && (r.crossCORS || next.origin() != r.client.origin)):
		blocked := failedLoad(RuleNetwork, "net::ERR_FAILED", r.url)
		blocked.Err = errRedirected
		return nil, blocked
	case !next.isHTTP() && r.mode == ModeCORS:
		return nil, r.refused(&failure{reason: "CorsDisabledScheme", text: "Cross origin requests are only supported for protocol schemes: chrome, chrome-extension, chrome-untrusted, data, http, https, isolated-app.", fix: ""})
	case !next.isHTTP():
		return nil, failedLoad(RuleNetwork, "net::ERR_UNKNOWN_URL_SCHEME", r.url)
	case next.userinfo != "" && r.mode == ModeCORS && (r.crossCORS || next.origin() != r.client.origin):
		return nil, r.refused(&failure{reason: "RedirectContainsCredentials", text: "Redirect location '' contains a username and password, which is disallowed for cross-origin requests.", fix: ""})
	case r.mode == ModeSameOrigin && next.origin() != r.client.origin: // admit refuses it
	case next.userinfo != "" && r.mode != modeNavigate:
		return nil, failedLoad(RuleNetwork, "net::ERR_ABORTED", r.url)
	}
	return next, nil
}

var errRedirected = errors.New("httpsectest: the answer is a redirect, and the request's redirect mode is error")

// redirectTo is https://fetch.spec.whatwg.org/#concept-http-redirect-fetch.
func (r *request) redirectTo(next *address, status int) *Blocked {
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
	r.far = max(r.far, closeness(r.client.origin, next))
	return nil
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

const defaultReferrerPolicy = "strict-origin-when-cross-origin"

var referrerPolicies = []string{
	"no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin",
	"strict-origin", "strict-origin-when-cross-origin", "unsafe-url",
}

// parseReferrerPolicy returns the last policy that browsers know, "" if there is
// none: https://w3c.github.io/webappsec-referrer-policy/#parse-referrer-policy-from-header.
func parseReferrerPolicy(header http.Header) (policy string) {
	for _, line := range header.Values("Referrer-Policy") {
		for word := range strings.SplitSeq(line, ",") {
			if word = strings.ToLower(strings.Trim(word, " \t")); slices.Contains(referrerPolicies, word) {
				policy = word
			}
		}
	}
	return policy
}

// referrer is https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer.
func referrer(policy string, source, target *address) string {
	if source == nil {
		return ""
	}
	whole := &address{scheme: source.scheme, host: source.host, port: source.port, path: source.path, query: source.query}
	full, origin := whole.String(), source.origin()+"/"
	if len(full) > 4096 {
		full = origin
	}
	// As Chromium has it: http on loopback is a downgrade, too.
	downgrade := source.scheme == "https" && target.scheme != "https"
	sameOrigin := source.origin() == target.origin()
	switch policy {
	case "no-referrer":
		return ""
	case "unsafe-url":
		return full
	case "origin":
		return origin
	case "same-origin":
		if sameOrigin {
			return full
		}
		return ""
	case "origin-when-cross-origin":
		if sameOrigin {
			return full
		}
		return origin
	}
	switch {
	case downgrade:
		return ""
	case policy == "strict-origin", policy != "no-referrer-when-downgrade" && !sameOrigin:
		return origin
	}
	return full
}

// referrerOnRedirect never gives back what an earlier hop took away.
func referrerOnRedirect(policy, sent string, target *address) string {
	source, ok := parseAddress(sent, nil)
	if !ok {
		return ""
	}
	return referrer(policy, source, target)
}
