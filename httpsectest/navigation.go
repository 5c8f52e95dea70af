package httpsectest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
)

// navigate is https://html.spec.whatwg.org/#create-navigation-params-by-fetching.
func (b *Browser) navigate(n *navigation) (*Page, error) {
	r, blocked := b.newNavigation(n)
	if blocked != nil {
		return nil, blocked
	}
	for {
		if blocked := n.admit(r); blocked != nil {
			r.explain(blocked)
			return nil, blocked
		}
		if r.redirects == 0 && n.from != nil {
			r.referrer = referrer(r.policy, n.from.referrerSource(), n.url)
		}
		r.settle()
		if r.url.scheme == "http" && b.isHSTS(r.url.host) {
			r.redirectTo(r.url.upgraded(), http.StatusTemporaryRedirect)
			continue
		}
		resp, blocked := n.send(r)
		var location *address
		if blocked == nil {
			location, blocked = n.next(r, resp)
		}
		if blocked == nil && location != nil {
			resp.Body.Close()
			r.followTo(location, resp)
			continue
		}
		var page *Page
		if blocked == nil {
			page, blocked = n.commit(b, r, resp)
		}
		if blocked != nil {
			r.explain(blocked)
			return nil, blocked
		}
		return page, nil
	}
}

// next returns where the answer leads. One that leads on has to be allowed into a
// frame that demands it, too.
func (n *navigation) next(r *request, resp *http.Response) (*address, *Blocked) {
	if n.again != nil { // Chromium reports the address before the upgrade, and once it answers the one after
		n.checkPolicies(r, n.again, true)
		n.again = nil
	}
	location, blocked := r.location(resp)
	if location != nil && n.frame != nil && n.frame.coep != "" {
		blocked = n.frame.checkFrameCORP(resp.Header, r.url)
	}
	if blocked != nil {
		resp.Body.Close()
	}
	return location, blocked
}

func (b *Browser) newNavigation(n *navigation) (*request, *Blocked) {
	client := n.from
	if client == nil { // nobody asks: the address bar
		client = &Page{browser: b, url: n.url, origin: "none", referrerPolicy: "no-referrer", loaded: true}
	}
	r := client.newRequest(context.Background(), n.url)
	r.method, r.body, r.mode, r.credentials = n.method, n.body, modeNavigate, CredentialsInclude
	r.destination, r.line = "document", n.line
	if n.referrerPolicy != "" {
		r.policy = n.referrerPolicy
	}
	if n.frame != nil {
		r.destination = n.destination
	}
	if n.contentType != "" {
		r.headers = []header{{"content-type", n.contentType}}
	}
	return r, nil
}

// admit asks the policies of the page that navigates, and of the one that frames.
func (n *navigation) admit(r *request) *Blocked {
	check := &urlCheck{url: r.url, redirected: r.redirects > 0, line: n.line, order: n.order, frame: true}
	upgrade := r.url.scheme == "http" && n.upgrades(r)
	if upgrade && n.form { // before any policy is asked
		r.url, upgrade = r.url.upgraded(), false
		if check.url = r.url; r.redirects == 0 {
			r.first = r.url
		}
	}
	for _, reportOnly := range []bool{true, false} {
		if !reportOnly && upgrade {
			r.url = r.url.upgraded()
			check.url = r.url
			if r.redirects == 0 {
				r.first = r.url
			}
			n.again = check
		}
		if blocked := n.checkPolicies(r, check, reportOnly); blocked != nil {
			return blocked
		}
	}
	if n.frame != nil && n.frame.isSecure() && r.url.scheme == "http" && !isLoopback(r.url.host) {
		return r.mixedContent()
	}
	if isBadPort(r.url.portNumber()) {
		return failedLoad(RuleNetwork, "net::ERR_UNSAFE_PORT", r.url)
	}
	return nil
}

// checkPolicies asks form-action of the page with the form and frame-src of the page
// with the frame. Both report.
func (n *navigation) checkPolicies(r *request, check *urlCheck, reportOnly bool) *Blocked {
	var blocked *Blocked
	if n.form {
		form := *check
		form.directive, form.first, form.reported = "form-action", r.first, reportedTo(r.url, n.from)
		blocked = n.enforce(n.from, &form, reportOnly)
	}
	if n.frame != nil {
		framed := *check
		framed.directive, framed.reported = "frame-src", reportedTo(r.url, n.frame)
		second := n.enforce(n.frame, &framed, reportOnly)
		if blocked == nil {
			return second
		}
		if second != nil {
			n.frame.report(second)
		}
	}
	return blocked
}

// enforce reports, and returns what blocks.
func (n *navigation) enforce(page *Page, c *urlCheck, reportOnly bool) *Blocked {
	blocked := page.checkURL(c, reportOnly)
	var first *Blocked
	if !reportOnly && len(blocked) > 0 {
		first, blocked = blocked[0], blocked[1:]
	}
	if n.found != nil {
		*n.found = append(*n.found, blocked...)
	} else {
		page.report(blocked...)
	}
	return first
}

// reportedTo is the blocked URL of an event about a document: of another origin a
// page learns no more than the origin.
func reportedTo(a *address, page *Page) string {
	if a.host == "" {
		return a.scheme
	}
	if a.origin() == page.origin {
		return a.withoutFragment()
	}
	return a.origin()
}

// upgrades is https://w3c.github.io/webappsec-upgrade-insecure-requests/#upgrade-request
// for navigations: frames and forms go anywhere, links only to the own host.
func (n *navigation) upgrades(r *request) bool {
	if isLoopback(r.url.host) && r.redirects == 0 {
		return false
	}
	switch {
	case n.frame != nil && (n.frame.upgradesInsecure() || n.upgrade):
		return true
	case n.from == nil || !n.from.upgradesInsecure() || n.frame != nil && !n.form:
		return false
	case n.form:
		return r.redirects == 0
	}
	return r.url.host == n.from.url.host && r.redirects == 0
}

// send adds the headers of a navigation.
func (n *navigation) send(r *request) (*http.Response, *Blocked) {
	h := r.headersToSend()
	h["Upgrade-Insecure-Requests"] = []string{"1"}
	if r.method != http.MethodGet {
		h["Origin"] = []string{n.origin(r)}
	}
	if n.user && r.url.isTrustworthy() {
		h["Sec-Fetch-User"] = []string{"?1"}
	}
	if n.from == nil && r.url.isTrustworthy() {
		h["Sec-Fetch-Site"] = []string{"none"}
	}
	resp, blocked := r.deliver(h, n.cookieContext(r), true)
	if blocked != nil {
		return nil, blocked
	}
	if isInvalidRedirect(resp, r.url) {
		resp.Body.Close()
		return nil, failedLoad(RuleNetwork, "net::ERR_INVALID_REDIRECT", r.url)
	}
	return resp, nil
}

// origin is the Origin header of a form:
// https://fetch.spec.whatwg.org/#append-a-request-origin-header.
func (n *navigation) origin(r *request) string {
	if n.from == nil || r.tainted {
		return "null"
	}
	switch n.from.referrerPolicy {
	case "no-referrer":
		return "null"
	case "same-origin":
		if r.url.origin() != n.from.origin {
			return "null"
		}
	case "origin", "unsafe-url", "origin-when-cross-origin":
		return n.from.origin
	}
	if strings.HasPrefix(n.from.origin, "https:") && r.url.scheme == "http" {
		return "null"
	}
	return n.from.origin
}

// cookieContext is [Page.cookieContext] for navigations, which at the top are never
// wholly foreign.
func (n *navigation) cookieContext(r *request) sameSite {
	initiated := n.from == nil || siteOf(n.from.origin) == r.url.site()
	if n.frame != nil {
		if n.frame.siteForCookies == r.url.site() && n.frame.siteForCookies != "" && initiated {
			return sameSiteStrict
		}
		return sameSiteNone
	}
	switch {
	case initiated:
		return sameSiteStrict
	case r.method == http.MethodGet || r.method == http.MethodHead:
		return sameSiteLax
	}
	return sameSiteLaxUnsafe
}

// commit makes the answer a page, unless it may not be framed.
func (n *navigation) commit(b *Browser, r *request, resp *http.Response) (*Page, *Blocked) {
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		blocked := failedLoad(RuleNetwork, "net::ERR_CONTENT_LENGTH_MISMATCH", r.url)
		blocked.Err = err
		return nil, blocked
	}
	if resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusResetContent {
		return nil, failedLoad(RuleNetwork, "net::ERR_ABORTED", r.url)
	}
	page := &Page{browser: b, url: r.url, parent: n.frame, body: body, response: resp}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	page.frameSandbox = n.sandbox
	page.applyHeaders(resp.Header)
	if n.frame != nil {
		if blocked := page.checkFraming(resp.Header, r); blocked != nil {
			return nil, blocked
		}
	}
	return page, nil
}
