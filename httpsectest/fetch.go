package httpsectest

import (
	"bytes"
	"context"
	"io"
	"net/http"
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

	imageSet     bool // where images are blocked, and not upgraded
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
		var hidden []string
		filtered.Header, hidden = r.readable(resp.Header)
		r.annotate(func(e *Exchange) { e.Hidden = hidden })
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
	if r.method == http.MethodHead {
		body = nil
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {contentType}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// run sends the request and follows redirects. What it returns may be more than the
// page can see.
func (r *request) run() (*http.Response, *Blocked) {
	for {
		if blocked := r.admit(); blocked != nil {
			r.explain(blocked)
			return nil, blocked
		}
		if r.redirects == 0 {
			r.referrer = referrer(r.policy, r.referrerSource(), r.url)
		}
		r.settle()
		if r.url.scheme == "http" && r.client.browser.isHSTS(r.url.host) {
			if resp, blocked := r.upgradeByHSTS(); resp != nil || blocked != nil {
				return resp, blocked
			}
			continue
		}
		resp, blocked := r.hop()
		var location *address
		if blocked == nil {
			if location, blocked = r.location(resp); blocked != nil {
				resp.Body.Close()
			}
		}
		switch {
		case blocked != nil:
			r.explain(blocked)
			return nil, blocked
		case location == nil || r.redirect == RedirectManual:
			return resp, nil
		}
		resp.Body.Close()
		r.followTo(location, resp)
	}
}

// followTo goes on to where an answer leads. The answer may change the policy of
// Referer.
func (r *request) followTo(location *address, resp *http.Response) {
	r.redirectTo(location, resp.StatusCode)
	if policy := parseReferrerPolicy(resp.Header); policy != "" {
		r.policy = policy
	}
}

// settle works out what the address says of the request, once it is upgraded if need be.
func (r *request) settle() {
	r.referrer = referrerOnRedirect(r.policy, r.referrer, r.url)
	r.far = max(r.far, closeness(r.client.origin, r.url))
}

func (r *request) referrerSource() *address {
	if r.source != nil {
		return r.source
	}
	return r.client.referrerSource()
}

// upgradeByHSTS makes the address https as Chromium does, by a redirect of its own.
// It returns what ends a request that does not follow redirects.
func (r *request) upgradeByHSTS() (*http.Response, *Blocked) {
	if r.mode == ModeCORS && r.url.origin() != r.client.origin {
		r.crossCORS = true
		if blocked := r.checkPreflight(); blocked != nil {
			return nil, blocked
		}
	}
	switch r.redirect {
	case RedirectError:
		blocked := failedLoad(RuleNetwork, "net::ERR_FAILED", r.url)
		blocked.Err = errRedirected
		return nil, blocked
	case RedirectManual:
		return &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: http.Header{}, Body: http.NoBody}, nil
	}
	r.redirectTo(r.url.upgraded(), http.StatusTemporaryRedirect)
	return nil, nil
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
