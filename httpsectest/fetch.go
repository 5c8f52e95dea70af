package httpsectest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

const userAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"

// request is a request on its way through redirects:
// https://fetch.spec.whatwg.org/#requests.
type request struct {
	ctx         context.Context
	client      *Page // who asks
	method      string
	headers     []header
	body        []byte // nil: none
	mode        Mode
	credentials Credentials
	redirect    Redirect
	destination string // Sec-Fetch-Dest; "" is "empty"
	initiator   string // what the console calls it

	// For Content-Security-Policy.
	directive string
	nonce     string
	integrity string
	preload   bool

	alwaysOrigin bool // Origin goes along on the page's own origin, too
	upgraded     bool
	reported     bool // report-only policies have been asked about this address
	line         int
	order        int
	upgrade      bool        // upgrade-insecure-requests
	found        *[]*Blocked // where reports go; nil: to the page
	source       *address    // of Referer; nil: the page

	first, url *address // before redirects, and now
	redirects  int
	crossCORS  bool   // https://fetch.spec.whatwg.org/#concept-request-response-tainting is "cors"
	tainted    bool   // the origin is no longer said
	far        int    // the worst closeness of all URLs so far
	referrer   string // as it is sent
	policy     string // Referrer-Policy

	exchange int // its last one in the log
}

func (p *Page) newRequest(ctx context.Context, a *address) *request {
	return &request{
		ctx: ctx, client: p, method: http.MethodGet, url: a, first: a,
		policy: p.referrerPolicy, exchange: -1, upgrade: p.upgradesInsecure(),
	}
}

// fetch is https://fetch.spec.whatwg.org/#concept-main-fetch for scripts: run, and
// the response filtered for the eyes of the page.
func (r *request) fetch() (*http.Response, *Blocked) {
	if r.url.scheme == "data" {
		return r.fetchData()
	}
	if r.upgrades() { // Chromium asks before the upgrade, too
		if blocked := r.checkEnforced(); blocked != nil {
			return nil, blocked
		}
		if blocked := r.checkMode(); blocked != nil {
			return nil, blocked
		}
	}
	resp, blocked := r.run()
	if blocked != nil {
		return nil, blocked
	}
	filtered := *resp
	filtered.Request = resp.Request
	switch {
	case r.redirect == RedirectManual && isRedirectStatus(resp.StatusCode), r.isOpaque():
		resp.Body.Close()
		return &http.Response{Status: "0", Request: resp.Request, Header: http.Header{}, Body: http.NoBody}, nil
	case r.crossCORS:
		filtered.Header = r.readable(resp.Header)
	default:
		filtered.Header = resp.Header.Clone()
		filtered.Header.Del("Set-Cookie")
	}
	return &filtered, nil
}

func (r *request) refusedByMode(reason, text string) *Blocked {
	a := r.url.withoutFragment()
	return &Blocked{Rule: RuleCORS, Reason: reason, URL: a, Message: "Fetch API cannot load " + a + ". " + text}
}

func (r *request) fetchData() (*http.Response, *Blocked) {
	if blocked := r.checkCSP(); blocked != nil {
		return nil, blocked
	}
	contentType, body, ok := decodeData(r.url)
	if !ok {
		return nil, failedLoad(RuleNetwork, "net::ERR_INVALID_URL", r.url)
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {contentType}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// run sends the request and follows redirects. What it returns may be more than the
// page can see.
func (r *request) run() (*http.Response, *Blocked) {
	r.far = closeness(r.client.origin, r.url)
	for {
		if blocked := r.admit(); blocked != nil {
			r.explain(blocked)
			return nil, blocked
		}
		if r.redirects == 0 {
			r.referrer = referrer(r.policy, r.referrerSource(), r.url)
		}
		if r.url.scheme == "http" && r.client.browser.isHSTS(r.url.host) {
			if r.mode == ModeCORS && r.url.origin() != r.client.origin {
				r.crossCORS = true
				if blocked := r.checkPreflight(); blocked != nil {
					return nil, blocked
				}
			}
			if r.redirect != RedirectFollow {
				return r.stopAtHSTS()
			}
			if blocked := r.redirectTo(r.url.upgraded(), http.StatusTemporaryRedirect); blocked != nil {
				return nil, blocked
			}
			r.referrer = referrerOnRedirect(r.policy, r.referrer, r.url)
			continue
		}
		resp, blocked := r.hop()
		if blocked != nil {
			r.explain(blocked)
			return nil, blocked
		}
		location, blocked := r.location(resp)
		if blocked == nil && location == nil || blocked == nil && r.redirect == RedirectManual {
			return resp, nil
		}
		resp.Body.Close()
		if blocked == nil {
			blocked = r.redirectTo(location, resp.StatusCode)
		}
		if blocked != nil {
			r.explain(blocked)
			return nil, blocked
		}
		if policy := parseReferrerPolicy(resp.Header); policy != "" {
			r.policy = policy
		}
		r.referrer = referrerOnRedirect(r.policy, r.referrer, r.url)
	}
}

func (r *request) referrerSource() *address {
	if r.source != nil {
		return r.source
	}
	return r.client.referrerSource()
}

// stopAtHSTS ends a request that does not follow redirects, as an upgrade by
// Strict-Transport-Security is one.
func (r *request) stopAtHSTS() (*http.Response, *Blocked) {
	if r.redirect == RedirectError {
		blocked := failedLoad(RuleNetwork, "net::ERR_FAILED", r.url)
		blocked.Err = errRedirected
		return nil, blocked
	}
	return &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: http.Header{}, Body: http.NoBody}, nil
}

// admit asks the page's policy and the rules about insecure requests. Chromium
// upgrades audio and video of secure pages after the policy was asked.
func (r *request) admit() *Blocked {
	if !r.reported {
		r.checkReportOnly()
	}
	r.reported = false
	late := r.destination == "audio" || r.destination == "video"
	if r.upgrades() && !late {
		r.upgradeNow()
	}
	if r.redirects > 0 && r.mode == ModeSameOrigin && r.url.origin() != r.client.origin {
		return r.checkMode()
	}
	if blocked := r.checkEnforced(); blocked != nil {
		return blocked
	}
	if r.upgrades() {
		r.upgradeNow()
	}
	if blocked := r.checkMode(); blocked != nil {
		return blocked
	}
	if r.client.isSecure() && r.url.scheme == "http" && !isLoopback(r.url.host) && !isUpgradable(r.destination) {
		return r.mixedContent()
	}
	if isBadPort(r.url.portNumber()) {
		return failedLoad(RuleNetwork, "net::ERR_UNSAFE_PORT", r.url)
	}
	return nil
}

func (r *request) upgradeNow() {
	r.upgraded = true
	r.url = r.url.upgraded()
	if r.redirects == 0 {
		r.first = r.url
	}
	r.far = max(closeness(r.client.origin, r.url), r.farBefore())
}

// checkMode refuses what the request's mode does not allow at its address.
func (r *request) checkMode() *Blocked {
	switch foreign := r.url.origin() != r.client.origin; {
	case r.mode == ModeSameOrigin && foreign:
		return r.refusedByMode("DisallowedByMode", `Request mode is "same-origin" but the URL's origin is not same as the request origin `+r.client.origin+`.`)
	case r.mode == ModeNoCORS && r.redirect != RedirectFollow && foreign && !r.upgraded:
		return r.refusedByMode("NoCorsRedirectModeNotFollow", `Request mode is "no-cors" but the redirect mode is not "follow".`)
	case !r.url.isHTTP():
		return thrown(r.url.String(), "Fetch API cannot load %s. URL scheme \"%s\" is not supported.", r.url, r.url.scheme)
	}
	return nil
}

// farBefore returns the closeness of the URLs before a redirect.
func (r *request) farBefore() int {
	if r.redirects == 0 {
		return 0
	}
	return r.far
}

// upgrades reports whether the page's policy, or the rule about images and media in
// secure pages, makes it https.
func (r *request) upgrades() bool {
	return r.url.scheme == "http" && r.upgradesTo(r.url)
}

func (r *request) upgradesTo(a *address) bool {
	if r.mode == modeNavigate { // which knows more about it
		return false
	}
	if r.upgrade && (!isLoopback(a.host) || r.redirects > 0) {
		return true
	}
	if !r.client.isSecure() || !isUpgradable(r.destination) {
		return false
	}
	if r.redirects > 0 { // what began on loopback goes on as it is, wherever it leads
		return r.first.scheme == "https"
	}
	return !isLoopback(a.host) && !isIP(a.host)
}

func isUpgradable(destination string) bool {
	return destination == "image" || destination == "audio" || destination == "video"
}

// hop sends the request to its current URL and checks the answer.
func (r *request) hop() (*http.Response, *Blocked) {
	sameOrigin := r.url.origin() == r.client.origin
	if r.mode == ModeCORS && !sameOrigin {
		r.crossCORS = true
	}
	if r.crossCORS {
		if blocked := r.checkPreflight(); blocked != nil {
			return nil, blocked
		}
	}
	resp, blocked := r.send(r.headersToSend())
	if blocked != nil {
		return nil, blocked
	}
	if isInvalidRedirect(resp, r.url) {
		resp.Body.Close()
		return nil, failedLoad(RuleNetwork, "net::ERR_INVALID_REDIRECT", r.url)
	}
	if blocked := r.checkAnswer(resp); blocked != nil {
		resp.Body.Close()
		return nil, blocked
	}
	return resp, nil
}

// checkAnswer asks whether the page may have the answer, redirects included.
func (r *request) checkAnswer(resp *http.Response) *Blocked {
	if r.crossCORS {
		if f := checkAccess(resp.Header, r.originHeader(), r.credentials == CredentialsInclude); f != nil {
			return r.refused(f)
		}
	}
	if r.mode == ModeNoCORS {
		return r.client.checkCORP(resp.Header, r.url, r.withCredentials())
	}
	return nil
}

// withCredentials is https://fetch.spec.whatwg.org/#http-network-or-cache-fetch,
// "includeCredentials".
func (r *request) withCredentials() bool {
	sameOrigin := r.url.origin() == r.client.origin
	if r.mode == ModeNoCORS && r.client.coep == "credentialless" && !sameOrigin {
		return false
	}
	return r.credentials == CredentialsInclude ||
		r.credentials == CredentialsSameOrigin && !r.crossCORS && sameOrigin && !(r.mode == ModeNoCORS && r.tainted)
}

// isOpaque reports whether the page may use the answer but not read it.
func (r *request) isOpaque() bool {
	return r.mode == ModeNoCORS && (r.tainted || r.url.origin() != r.client.origin)
}

// headersToSend are the script's headers and the browser's own.
func (r *request) headersToSend() http.Header {
	h := make(http.Header, len(r.headers)+10)
	h["Accept"] = acceptOf(r.destination)
	h["User-Agent"] = userAgentHeader
	for _, own := range r.headers {
		h[http.CanonicalHeaderKey(own.name)] = []string{toLatin1(own.value)}
	}
	if r.crossCORS || r.mode == ModeCORS && r.alwaysOrigin || r.method != http.MethodGet && r.method != http.MethodHead {
		h["Origin"] = []string{r.originHeader()}
	}
	if r.referrer != "" {
		h["Referer"] = []string{r.referrer}
	}
	if r.url.isTrustworthy() {
		destination := r.destination
		if destination == "" {
			destination = "empty"
		}
		h["Sec-Fetch-Dest"] = []string{destination}
		h["Sec-Fetch-Mode"] = modeHeaders[r.mode]
		h["Sec-Fetch-Site"] = fetchSiteHeaders[r.far]
	}
	return h
}

// originHeader is https://fetch.spec.whatwg.org/#append-a-request-origin-header.
func (r *request) originHeader() string {
	if r.tainted {
		return "null"
	}
	return r.client.origin
}

// send adds the cookies and sends the request.
func (r *request) send(h http.Header) (*http.Response, *Blocked) {
	b := r.client.browser
	now := time.Now()
	context := r.client.cookieContext(r.url)
	b.mu.Lock()
	cookies, withheld := b.jar.header(r.url, context, r.withCredentials(), now)
	b.mu.Unlock()
	if cookies != "" {
		h["Cookie"] = []string{cookies}
	}
	resp, exchange, blocked := b.roundTrip(r.ctx, r.method, r.url, h, r.body, withheld)
	r.exchange = exchange
	if blocked != nil {
		return nil, blocked
	}
	if lines := resp.Header["Set-Cookie"]; len(lines) > 0 && r.withCredentials() && r.mode != modeWebSocket {
		b.mu.Lock()
		b.jar.setAll(lines, r.url, context, time.Now())
		b.mu.Unlock()
	}
	return resp, nil
}

// roundTrip sends a request as it is and writes it down.
func (b *Browser) roundTrip(ctx context.Context, method string, a *address, h http.Header, body []byte, withheld []Withheld) (*http.Response, int, *Blocked) {
	r := (&http.Request{
		Method: method, URL: a.url(), Host: a.host + a.port, Header: h,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if body != nil {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	b.mu.Lock()
	number := len(b.log)
	b.log = append(b.log, Exchange{Request: r, Withheld: withheld, Preflight: isPreflight(method, h)})
	b.mu.Unlock()
	resp, err := b.transport.RoundTrip(r)
	if err != nil {
		blocked := failedLoad(RuleNetwork, "net::ERR_EMPTY_RESPONSE", a)
		blocked.Err = err
		return nil, number, blocked
	}
	b.mu.Lock()
	b.log[number].Status, b.log[number].Header = resp.StatusCode, resp.Header
	b.mu.Unlock()
	b.noteHSTS(a, resp.Header, time.Now())
	return resp, number, nil
}

func isPreflight(method string, h http.Header) bool {
	return method == http.MethodOptions && h["Access-Control-Request-Method"] != nil
}

// explain notes in the log why the page did not get the answer.
func (r *request) explain(blocked *Blocked) {
	if r.exchange < 0 {
		return
	}
	b := r.client.browser
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log[r.exchange].Blocked = blocked
}

// badPorts is https://fetch.spec.whatwg.org/#port-blocking.
const badPorts = " 0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 " +
	"117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 " +
	"989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080 "

func isBadPort(port string) bool { return strings.Contains(badPorts, " "+port+" ") }
