package httpsectest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"
)

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
	c := &cookie{name: name, value: value, domain: a.host, path: defaultPath(a.path), hostOnly: true}
	if !c.setAttributes(attributes, a.host, now) {
		return nil, "InvalidDomain"
	}
	return c, ""
}

// setAttributes obeys what stands behind the first semicolon. Of two attributes with
// one name the last counts, valid or not. It reports whether host may set the domain.
func (c *cookie) setAttributes(attributes, host string, now time.Time) bool {
	last := make(map[string]string)
	for attribute := range strings.SplitSeq(attributes, ";") {
		key, argument, _ := strings.Cut(attribute, "=")
		if argument = trimBlank(argument); len(argument) <= 1024 {
			last[strings.ToLower(trimBlank(key))] = argument
		}
	}
	if seconds, err := strconv.ParseInt(last["max-age"], 10, 64); err == nil {
		c.expires = now.Add(time.Duration(max(min(seconds, maxCookieAge), 0)) * time.Second)
	} else if date, ok := parseCookieDate(last["expires"]); ok {
		c.expires = date
	}
	if path := last["path"]; strings.HasPrefix(path, "/") {
		c.path = path
	}
	_, c.secure = last["secure"]
	_, c.httpOnly = last["httponly"]
	c.sameSite = parseSameSite(last["samesite"])
	c.plainHost = last["path"] == "/" && last["domain"] == ""
	return c.setDomain(last["domain"], host)
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
