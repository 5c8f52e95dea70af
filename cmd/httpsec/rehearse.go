package main

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/httpsec/httpsec/httpsectest"
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

// siteOf returns the registrable domain of a URL, or the host if it has none.
func siteOf(u *url.URL) string { return registrable(u.Hostname()) }

func registrable(host string) string {
	if isAddress(host) {
		return host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(strings.ToLower(host)); err == nil {
		return domain
	}
	return host
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}

// isLoopback reports whether a host is the machine itself.
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// isTrustworthy reports whether a secure page may fetch the URL.
func isTrustworthy(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (strings.EqualFold(u.Scheme, "https") || isLoopback(strings.ToLower(u.Hostname())))
}

func siteOfOrigin(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return origin
	}
	return siteOf(u)
}
