package httpsectest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Browser is a browser with an empty profile: it keeps cookies, answers to
// preflights, Strict-Transport-Security and a log of what it sent. It is safe for
// concurrent use. Its zero value is not usable: see [New] and [NewTransport].
type Browser struct {
	transport http.RoundTripper

	mu         sync.Mutex
	jar        jar
	preflights map[preflightKey]preflightEntry
	hsts       map[string]hstsEntry
	log        []Exchange
}

// New returns a browser for which h serves every host, over http and https. The
// requests go through a real [http.Server] in memory; r.TLS is set on https. The
// browser ends with the test.
func New(t testing.TB, h http.Handler) *Browser {
	t.Helper()
	rt, closeAll := newPipes(h)
	t.Cleanup(closeAll)
	return NewTransport(rt)
}

// NewTransport returns a browser that sends its requests through rt: to a real
// server, say, with the Transport of [net/http/httptest.Server.Client] or
// [http.DefaultTransport].
func NewTransport(rt http.RoundTripper) *Browser {
	return &Browser{
		transport:  rt,
		preflights: make(map[preflightKey]preflightEntry),
		hsts:       make(map[string]hstsEntry),
	}
}

// Page returns a blank page of an origin, with no policy of its own. It panics if
// origin is neither "null" nor as a browser serialises it: the scheme http or https,
// a host in lower case, a port that is not the default one, nothing else.
func (b *Browser) Page(origin string) *Page {
	if origin == "null" {
		page := b.blank(&address{scheme: "https", host: "sandbox.invalid", path: "/"})
		page.origin, page.siteForCookies = "null", ""
		return page
	}
	a, ok := parseAddress(origin, nil)
	if !ok || !a.isHTTP() || a.origin() != origin {
		panic("httpsectest: Page: " + origin + " is not an origin as browsers serialise it")
	}
	return b.blank(a)
}

func (b *Browser) blank(a *address) *Page {
	return &Page{browser: b, url: a, origin: a.origin(), siteForCookies: a.site(), loaded: true}
}

// Open navigates to url as if it were typed into the address bar.
func (b *Browser) Open(url string) (*Page, error) {
	a, ok := parseAddress(url, nil)
	if !ok || !a.isHTTP() {
		return nil, thrown(url, "Cannot navigate to invalid URL")
	}
	return b.navigate(&navigation{url: a, method: http.MethodGet, user: true})
}

// Cookies returns the cookies that the browser holds for url, with their
// attributes, whatever request they would be sent with.
func (b *Browser) Cookies(url string) []*http.Cookie {
	a, ok := parseAddress(url, nil)
	if !ok || !a.isHTTP() {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []*http.Cookie
	for _, c := range b.jar.matching(a, time.Now()) {
		if c.obstacle(a) == "" {
			found = append(found, c.public())
		}
	}
	return found
}

// SetCookie stores a cookie as if the person had been at url and its answer had set it,
// which no SameSite forbids; what the answer to a page of another site may set,
// [Exchange].Refused tells. It panics if a browser would refuse the cookie even so.
func (b *Browser) SetCookie(url string, c *http.Cookie) {
	a, ok := parseAddress(url, nil)
	if !ok || !a.isHTTP() {
		panic("httpsectest: SetCookie: " + url + " is not an http or https URL")
	}
	line := c.String()
	if line == "" {
		panic("httpsectest: SetCookie: the cookie is not valid")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if why := b.jar.set(line, a, sameSiteStrict, time.Now()); why != "" {
		panic("httpsectest: SetCookie: " + line + ": " + why)
	}
}

// Log returns what went over the network so far, oldest first.
func (b *Browser) Log() []Exchange {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.log)
}

// hstsEntry is what a host said in Strict-Transport-Security.
type hstsEntry struct {
	expires    time.Time
	subdomains bool
}

// noteHSTS obeys Strict-Transport-Security: RFC 6797, section 8.1. Chromium ignores
// it on loopback names.
func (b *Browser) noteHSTS(a *address, header http.Header, now time.Time) {
	values := header.Values("Strict-Transport-Security")
	if len(values) == 0 || a.scheme != "https" || isIP(a.host) || isLoopback(a.host) {
		return
	}
	age, subdomains, ok := parseHSTS(values[0])
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if age == 0 {
		delete(b.hsts, a.host)
		return
	}
	b.hsts[a.host] = hstsEntry{now.Add(age), subdomains}
}

// parseHSTS is RFC 6797, section 6.1.
func parseHSTS(value string) (age time.Duration, subdomains, ok bool) {
	for part := range strings.SplitSeq(value, ";") {
		name, argument, _ := strings.Cut(part, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "max-age":
			text := strings.Trim(strings.TrimSpace(argument), `"`)
			seconds, numeric := parseSeconds(text)
			if !numeric || ok {
				return 0, false, false
			}
			age, ok = min(time.Duration(seconds), 365*24*3600)*time.Second, true
		case "includesubdomains":
			subdomains = true
		}
	}
	return age, subdomains, ok
}

// isHSTS reports whether a host, or one above it, asked for https.
func (b *Browser) isHSTS(host string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.hsts) == 0 {
		return false
	}
	now := time.Now()
	for name, own := host, true; name != ""; own = false {
		if entry, ok := b.hsts[name]; ok && entry.expires.After(now) && (own || entry.subdomains) {
			return true
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return false
}
