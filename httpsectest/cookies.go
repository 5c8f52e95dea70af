package httpsectest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/httpsec/httpsec/internal/origins"
)

// sameSite is how close a request is to the site that it goes to, and at the same
// time how close a cookie demands it to be.
type sameSite uint8

const (
	sameSiteNone      sameSite = iota
	sameSiteLaxUnsafe          // a top-level navigation from another site, by POST
	sameSiteLax
	sameSiteStrict
)

// cookie is https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-storage-model.
type cookie struct {
	name, value  string
	domain, path string
	hostOnly     bool
	plainHost    bool // as __Host- wants it: Path=/ and no Domain
	secure       bool
	httpOnly     bool
	sameSite     http.SameSite // SameSiteDefaultMode: not said
	expires      time.Time     // zero: with the browser
	created      time.Time
	order        int
}

// maxCookieAge is in seconds: no cookie lives longer than 400 days.
const maxCookieAge = 400 * 24 * 3600

// laxGrace is how long a cookie without SameSite goes along with top-level POSTs
// from other sites.
const laxGrace = 2 * time.Minute

// jar holds cookies by registrable domain.
type jar struct {
	cookies map[string][]*cookie
	count   int
}

// setAll stores the cookies of an answer, and returns those that it does not.
func (j *jar) setAll(lines []string, a *address, context sameSite, credentials bool, now time.Time) (refused []Withheld) {
	for _, line := range lines {
		why := "Credentials"
		if credentials {
			why = j.set(line, a, context, now)
		}
		if why != "" {
			name, _, _ := strings.Cut(line, "=")
			refused = append(refused, Withheld{strings.TrimSpace(name), why})
		}
	}
	return refused
}

// set stores the cookie of one Set-Cookie line. It returns why it does not, in the
// DevTools protocol's words.
func (j *jar) set(line string, a *address, context sameSite, now time.Time) (why string) {
	c, why := parseCookie(line, a, now)
	if why != "" {
		return why
	}
	if why := c.unacceptable(a, context); why != "" {
		return why
	}
	key := origins.Registrable(c.domain)
	if j.cookies == nil {
		j.cookies = make(map[string][]*cookie)
	}
	j.count++
	c.created, c.order = now, j.count
	stored := slices.Clone(j.cookies[key])
	if slices.ContainsFunc(stored, func(old *cookie) bool { return old.isSecureAgainst(c, a) }) {
		return "OverwriteSecure"
	}
	stored = slices.DeleteFunc(stored, func(old *cookie) bool {
		same := old.name == c.name && old.domain == c.domain && old.path == c.path && old.hostOnly == c.hostOnly
		if same && old.value == c.value {
			c.created, c.order = old.created, old.order
		}
		return same
	})
	if !c.expired(now) {
		stored = append(stored, c)
	}
	j.cookies[key] = stored
	return ""
}

// isSecureAgainst reports whether an insecure answer may not put its cookie in front
// of this one.
func (old *cookie) isSecureAgainst(c *cookie, a *address) bool {
	return !c.secure && old.secure && !a.isTrustworthy() && old.name == c.name && pathCovers(old.path, c.path) &&
		(domainCovers(old.domain, c.domain) || domainCovers(c.domain, old.domain))
}

// matching returns the cookies of the address's host, on any path and of any
// scheme, in the order in which they are sent.
func (j *jar) matching(a *address, now time.Time) []*cookie {
	var found []*cookie
	for _, c := range j.cookies[origins.Registrable(a.host)] {
		if !c.expired(now) && (c.domain == a.host || !c.hostOnly && domainCovers(c.domain, a.host)) {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(x, y *cookie) int {
		if d := len(y.path) - len(x.path); d != 0 {
			return d
		}
		return x.order - y.order
	})
	return found
}

// header returns the Cookie header of a request, and what stays behind.
func (j *jar) header(a *address, context sameSite, credentials bool, now time.Time) (string, []Withheld) {
	var sent []string
	var withheld []Withheld
	for _, c := range j.matching(a, now) {
		why := c.obstacle(a)
		if why == "" {
			why = c.foreign(context, now)
		}
		if why == "" && !credentials {
			why = "Credentials"
		}
		if why != "" {
			withheld = append(withheld, Withheld{c.name, why})
			continue
		}
		if c.name == "" {
			sent = append(sent, c.value)
		} else {
			sent = append(sent, c.name+"="+c.value)
		}
	}
	return strings.Join(sent, "; "), withheld
}

func (c *cookie) expired(now time.Time) bool { return !c.expires.IsZero() && !c.expires.After(now) }

// obstacle says why the cookie does not belong to the address.
func (c *cookie) obstacle(a *address) string {
	switch {
	case c.secure && !a.isTrustworthy():
		return "SecureOnly"
	case !pathCovers(c.path, a.path):
		return "NotOnPath"
	}
	return ""
}

// foreign says why the cookie does not go along with a request from where it comes.
func (c *cookie) foreign(context sameSite, now time.Time) string {
	switch {
	case c.sameSite == http.SameSiteStrictMode && context < sameSiteStrict:
		return "SameSiteStrict"
	case c.sameSite == http.SameSiteLaxMode && context < sameSiteLax:
		return "SameSiteLax"
	case c.sameSite == http.SameSiteDefaultMode && context < sameSiteLax &&
		(context < sameSiteLaxUnsafe || now.Sub(c.created) > laxGrace):
		return "SameSiteUnspecifiedTreatedAsLax"
	}
	return ""
}

// unacceptable says why a cookie is not stored.
func (c *cookie) unacceptable(a *address, context sameSite) string {
	switch {
	case c.secure && !a.isTrustworthy():
		return "SecureOnly"
	case !c.deservesPrefix(a):
		return "InvalidPrefix"
	case c.sameSite == http.SameSiteNoneMode && !c.secure:
		return "SameSiteNoneInsecure"
	case c.sameSite == http.SameSiteNoneMode || context > sameSiteNone:
		return ""
	case c.sameSite == http.SameSiteStrictMode:
		return "SameSiteStrict"
	case c.sameSite == http.SameSiteLaxMode:
		return "SameSiteLax"
	}
	return "SameSiteUnspecifiedTreatedAsLax"
}

// deservesPrefix reports whether the cookie is what a prefix of its name promises.
func (c *cookie) deservesPrefix(a *address) bool {
	has := func(prefix string) bool { return strings.HasPrefix(strings.ToLower(c.name), prefix) }
	switch {
	case has("__host-http-"):
		return c.secure && c.plainHost && c.httpOnly && a.isTrustworthy()
	case has("__host-"):
		return c.secure && c.plainHost && a.isTrustworthy()
	case has("__http-"):
		return c.secure && c.httpOnly
	case has("__secure-"):
		return c.secure
	}
	return true
}

// public returns the cookie as net/http has it.
func (c *cookie) public() *http.Cookie {
	public := &http.Cookie{
		Name: c.name, Value: c.value, Path: c.path, Expires: c.expires,
		Secure: c.secure, HttpOnly: c.httpOnly, SameSite: c.sameSite,
	}
	if !c.hostOnly {
		public.Domain = c.domain
	}
	return public
}
