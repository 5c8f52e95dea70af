package httpsectest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
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

// setAll stores the cookies of an answer.
func (j *jar) setAll(lines []string, a *address, context sameSite, now time.Time) {
	for _, line := range lines {
		j.set(line, a, context, now)
	}
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
	key := registrable(c.domain)
	if j.cookies == nil {
		j.cookies = make(map[string][]*cookie)
	}
	j.count++
	c.created, c.order = now, j.count
	stored := j.cookies[key]
	for i, old := range stored {
		switch {
		case !c.secure && old.secure && !a.isTrustworthy() && old.name == c.name && pathCovers(old.path, c.path) &&
			(domainCovers(old.domain, c.domain) || domainCovers(c.domain, old.domain)):
			return "OverwriteSecure"
		case old.name == c.name && old.domain == c.domain && old.path == c.path && old.hostOnly == c.hostOnly:
			if old.value == c.value {
				c.created, c.order = old.created, old.order
			}
			stored = slices.Delete(slices.Clone(stored), i, i+1)
			j.cookies[key] = stored
			if c.expired(now) {
				return ""
			}
			j.cookies[key] = append(stored, c)
			return ""
		}
	}
	if !c.expired(now) {
		j.cookies[key] = append(stored, c)
	}
	return ""
}

// matching returns the cookies of the address's host, on any path and of any
// scheme, in the order in which they are sent.
func (j *jar) matching(a *address, now time.Time) []*cookie {
	var found []*cookie
	for _, c := range j.cookies[registrable(a.host)] {
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
	lower := strings.ToLower(c.name)
	switch {
	case c.secure && !a.isTrustworthy():
		return "SecureOnly"
	case strings.HasPrefix(lower, "__secure-") && !c.secure,
		strings.HasPrefix(lower, "__host-") && !(c.secure && c.plainHost && a.scheme != "http"),
		strings.HasPrefix(lower, "__http-") && !(c.secure && c.httpOnly),
		strings.HasPrefix(lower, "__host-http-") && !c.httpOnly:
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

// parseCookie reads a Set-Cookie line as browsers do, which net/http does not:
// https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html#name-the-set-cookie-header-field.
func parseCookie(line string, a *address, now time.Time) (_ *cookie, why string) {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		name, value = "", pair
	}
	name, value = trimBlank(name), trimBlank(value)
	control := func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }
	switch lower := strings.ToLower(value); {
	case name == "" && value == "" || strings.ContainsFunc(pair, control):
		return nil, "SyntaxError"
	case len(name)+len(value) > 4096:
		return nil, "NameValuePairExceedsMaxSize"
	case name == "" && hasCookiePrefix(lower):
		return nil, "InvalidPrefix"
	}
	c := &cookie{name: name, value: value, domain: a.host, path: defaultPath(a.path), hostOnly: true, sameSite: http.SameSiteDefaultMode}
	last := make(map[string]string) // of two attributes the last counts, valid or not
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, argument, _ := strings.Cut(attribute, "=")
		key, argument = strings.ToLower(trimBlank(key)), trimBlank(argument)
		if len(argument) > 1024 {
			continue
		}
		last[key] = argument
	}
	if !c.setDomain(last["domain"], a.host) {
		return nil, "InvalidDomain"
	}
	if seconds, err := strconv.ParseInt(last["max-age"], 10, 64); err == nil {
		c.expires = now.Add(time.Duration(max(min(seconds, maxCookieAge), 0)) * time.Second)
	} else if date, ok := parseCookieDate(last["expires"]); ok {
		c.expires = date
	}
	_, c.secure = last["secure"]
	_, c.httpOnly = last["httponly"]
	c.sameSite = parseSameSite(last["samesite"])
	path := last["path"]
	if strings.HasPrefix(path, "/") {
		c.path = path
	}
	c.plainHost = path == "/" && last["domain"] == ""
	return c, ""
}

func hasCookiePrefix(lower string) bool {
	return strings.HasPrefix(lower, "__secure-") || strings.HasPrefix(lower, "__host-") || strings.HasPrefix(lower, "__http-")
}

func trimBlank(s string) string { return strings.Trim(s, " \t") }

func parseSameSite(s string) http.SameSite {
	switch strings.ToLower(s) {
	case "strict":
		return http.SameSiteStrictMode
	case "lax":
		return http.SameSiteLaxMode
	case "none":
		return http.SameSiteNoneMode
	}
	return http.SameSiteDefaultMode
}

// setDomain widens the cookie to a domain, and reports whether host may.
func (c *cookie) setDomain(domain, host string) bool {
	domain = strings.ToLower(strings.TrimPrefix(domain, "."))
	switch {
	case domain == "":
		c.domain, c.hostOnly = host, true
		return true
	case domain == host:
		// A public suffix may have cookies of its own, but not of those below it.
		suffix, _ := publicsuffix.PublicSuffix(host)
		c.domain, c.hostOnly = host, isIP(host) || suffix == host
		return true
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); isIP(host) || suffix == domain || !domainCovers(domain, host) {
		return false
	}
	c.domain, c.hostOnly = domain, false
	return true
}

func domainCovers(domain, host string) bool {
	return host == domain || strings.HasSuffix(host, domain) && host[len(host)-len(domain)-1] == '.'
}

func pathCovers(cookiePath, path string) bool {
	return strings.HasPrefix(path, cookiePath) &&
		(len(path) == len(cookiePath) || strings.HasSuffix(cookiePath, "/") || path[len(cookiePath)] == '/')
}

func defaultPath(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

// parseCookieDate reads the forms of a date that servers send.
func parseCookieDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC1123, "Mon, 02-Jan-2006 15:04:05 MST", time.RFC850, time.ANSIC, "Mon, 02 Jan 06 15:04:05 MST", "2 Jan 2006 15:04:05 MST", "2 Jan 2006 15:04:05", "2 Jan 2006"} {
		if date, err := time.Parse(layout, s); err == nil {
			return date, true
		}
	}
	return time.Time{}, false
}
