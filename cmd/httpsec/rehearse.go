package main

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/httpsec/httpsec/internal/origins"
)

var errNotSent = errors.New("nothing is sent")

// nothing returns a browser that sends nothing, for questions about what it would
// send.
func nothing() *httpsectest.Browser {
	return httpsectest.NewTransport(transportFunc(func(*http.Request) (*http.Response, error) { return nil, errNotSent }))
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// pageMaker makes a page in a browser.
type pageMaker func(*httpsectest.Browser) *httpsectest.Page

func pageOf(origin string) pageMaker {
	return func(b *httpsectest.Browser) *httpsectest.Page { return b.Page(origin) }
}

// sandboxedPage makes a page with an opaque origin, which no scheme keeps from
// fetching url.
func sandboxedPage(url string) pageMaker {
	other := stranger(url)
	return func(b *httpsectest.Browser) *httpsectest.Page { return b.Page(other).Sandboxed() }
}

// makerOf makes a page of origin that fetches url.
func makerOf(origin, url string) pageMaker {
	if origin == "null" {
		return sandboxedPage(url)
	}
	return pageOf(origin)
}

func (o *options) page(url string) pageMaker { return makerOf(o.from, url) }

// stranger is an origin of another site, secure where the URL is: a browser would not
// let a secure page fetch anything else.
func stranger(url string) string {
	if isTrustworthy(url) {
		return "https://httpsec.example"
	}
	return "http://httpsec.example"
}

// rehearse returns the first exchange that a fetch would begin, nil if none, and what
// the script gets.
func rehearse(page pageMaker, url string, init httpsectest.Init) (*httpsectest.Exchange, error) {
	b := nothing()
	resp, err := page(b).Fetch(url, init)
	if err == nil {
		resp.Body.Close()
	}
	if log := b.Log(); len(log) > 0 {
		return &log[0], err
	}
	return nil, err
}

// originOf returns the origin of a URL as browsers serialise it.
func originOf(raw string) (string, bool) {
	b := nothing()
	if _, err := b.Open(raw); err == nil || len(b.Log()) == 0 {
		return "", false
	}
	r := b.Log()[0].Request
	return r.URL.Scheme + "://" + r.Host, true
}

// isTrustworthy reports whether a secure page may fetch the URL: of others browsers do
// not say in Sec-Fetch-Dest what they are for.
func isTrustworthy(raw string) bool {
	b := nothing()
	b.Open(raw) // of which nothing comes
	log := b.Log()
	return len(log) > 0 && log[0].Request.Header["Sec-Fetch-Dest"] != nil
}

// siteOf returns the registrable domain of a URL, or the host if it has none.
func siteOf(raw string) string {
	own, _ := originOf(raw)
	u, err := url.Parse(own)
	if err != nil {
		return raw
	}
	return origins.Registrable(u.Hostname())
}
