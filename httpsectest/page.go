package httpsectest

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"sync"
)

// Page is a document in the browser, or in a frame. It is safe for concurrent use.
type Page struct {
	browser        *Browser
	url            *address
	origin         string // "null" for an opaque one
	siteForCookies string // "" if nothing is same-site
	parent         *Page  // whose frame it is; nil at the top

	response *http.Response // nil for a blank page
	body     []byte

	// What the document's headers say.
	policies        []*policy
	referrerPolicy  string
	upgradeInsecure bool
	coep            string   // "require-corp", "credentialless" or ""
	sandbox         *sandbox // nil: none
	frameSandbox    *sandbox // the part of it that stays with the frame

	mu         sync.Mutex
	document   *document // what the markup says; nil before it is read
	loaded     bool      // the subresources of the markup are
	violations []*Blocked
}

// Origin returns the page's origin as it is serialised in the header: "null" for a
// sandboxed page.
func (p *Page) Origin() string { return p.origin }

// URL returns the address of the document, after redirects.
func (p *Page) URL() string { return p.url.String() }

// Response returns the answer that the document came from, nil for a blank page.
// Each call returns one whose Body can be read anew.
func (p *Page) Response() *http.Response {
	if p.response == nil {
		return nil
	}
	response := *p.response
	response.Header = p.response.Header.Clone()
	response.Body = io.NopCloser(bytes.NewReader(p.body))
	return &response
}

// Sandboxed returns the page as it would be in <iframe sandbox="allow-scripts">: the
// same document with an opaque origin.
func (p *Page) Sandboxed() *Page {
	box := p.sandbox.and(&sandbox{scripts: true})
	return &Page{
		browser: p.browser, url: p.url, origin: "null", parent: p.parent,
		response: p.response, body: p.body, policies: p.policies, referrerPolicy: p.referrerPolicy,
		upgradeInsecure: p.upgradeInsecure, coep: p.coep, sandbox: box, frameSandbox: box,
		loaded: p.response == nil,
	}
}

// Violations returns what the markup asks for and does not get, in document order,
// and what report-only policies report, then or later. The first call loads the
// subresources. A blank page has no markup.
func (p *Page) Violations() []*Blocked {
	p.mu.Lock()
	load := !p.loaded
	p.loaded = true
	p.mu.Unlock()
	if load {
		p.loadDocument()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.violations)
}

func (p *Page) report(blocked ...*Blocked) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.violations = append(p.violations, blocked...)
}

// referrerSource returns the URL that Referer may tell of, nil for opaque origins.
func (p *Page) referrerSource() *address {
	if p.origin == "null" {
		return nil
	}
	return p.url
}

// isSecure reports whether the page must not ask for insecure things.
func (p *Page) isSecure() bool {
	return p.url.scheme == "https" || p.parent != nil && p.parent.isSecure()
}

// cookieContext says which cookies go along to an address:
// https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-same-site-and-cross-site-re.
func (p *Page) cookieContext(a *address) sameSite {
	if p.siteForCookies == "" || p.siteForCookies != a.site() || siteOf(p.origin) != a.site() {
		return sameSiteNone
	}
	return sameSiteStrict
}

// baseURL is what relative references are relative to.
func (p *Page) baseURL() *address {
	if d := p.parsed(); d != nil {
		return d.base
	}
	return p.url
}

// upgradesInsecure reports whether a header or a <meta> asks for upgrades.
func (p *Page) upgradesInsecure() bool {
	if p.upgradeInsecure {
		return true
	}
	d := p.parsed()
	return d != nil && d.upgrade
}
