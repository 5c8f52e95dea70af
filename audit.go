package httpsec

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Finding is something that a configuration may say but, in production, hardly
// should. Print it, or fail a test on it.
type Finding struct {
	// Field is what is set, such as "Config.Origins" or "Headers.XXSSProtection".
	Field string

	// Value is what it is about: an entry, a source, or the whole value.
	Value string

	// Message is what that means, and what to do instead.
	Message string
}

// String returns one line: `Field: "value" message`.
func (f Finding) String() string {
	return f.Field + ": " + strconv.Quote(f.Value) + " " + f.Message
}

// findings collects what an audit of one configuration has to say.
type findings []Finding

func (list *findings) add(field, value, message string) {
	*list = append(*list, Finding{field, value, message})
}

// Audit lists what is legal in c but unwise in production, such as development
// origins and wildcards; nil when there is nothing. It passes over what
// [NewPolicy] refuses.
func (c Config) Audit() []Finding {
	var list findings
	anyone := slices.Contains(c.Origins, "*")
	if anyone {
		c.auditAnyone(&list)
	}
	for _, origin := range c.Origins {
		credentials := c.Credentials && !anyone
		if e, problem, _ := parseEntry(origin, credentials); problem == "" {
			e.audit(origin, credentials, &list)
		}
	}
	if slices.Contains(c.Methods, "*") {
		list.add("Config.Methods", "*", "allows methods that nobody thought of; list the ones the service has")
	}
	if c.Headers == nil || slices.Contains(c.Headers, "*") {
		list.add("Config.Headers", "*", "allows any request header; list the ones the service reads")
	}
	c.auditNames(&list)
	switch {
	case c.MaxAge%time.Second != 0: // refused
	case c.MaxAge > 24*time.Hour:
		list.add("Config.MaxAge", c.MaxAge.String(), "is more than browsers keep, 2h in Chromium and 24h in Firefox; write 24 * time.Hour or less")
	case c.MaxAge > 2*time.Hour:
		list.add("Config.MaxAge", c.MaxAge.String(), "is more than the 2h that Chromium keeps; write 2 * time.Hour")
	}
	return list
}

func (c Config) auditAnyone(list *findings) {
	list.add("Config.Origins", "*", "lets every site read every response; list the origins, unless all of it is public")
	if slices.ContainsFunc(c.Origins, func(origin string) bool { return origin != "*" }) {
		list.add("Config.Origins", "*", "makes the entries beside it meaningless; remove it or them")
	}
	if c.Credentials {
		list.add("Config.Credentials", "true", `is switched off by "*" in Origins; list the origins, or write false`)
	}
	if c.OriginFunc != nil {
		list.add("Config.OriginFunc", "func", `is never called beside "*" in Origins; remove one of the two`)
	}
}

// audit examines one entry of Config.Origins.
func (e entry) audit(origin string, credentials bool, list *findings) {
	add := func(message string) { list.add("Config.Origins", origin, message) }
	switch {
	case isSpecial(e.scheme) && isLoopback(e.host):
		add("is a development origin, which any program on a user's machine can serve; remove it")
	case e.scheme == "http":
		add("can be forged by anyone on the user's network; use https")
	}
	switch {
	case e.coversPublicSuffix(): // with credentials it is refused
		add("covers a public suffix, where anyone can have a site; list the origins")
	case e.subdomains && credentials:
		add("lets one compromised subdomain use every user's credentials; list the origins")
	}
}

// forbiddenRequestHeaders are set by browsers and never by scripts, so no
// preflight names them: https://fetch.spec.whatwg.org/#forbidden-request-header.
var forbiddenRequestHeaders = []string{
	"accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
	"connection", "content-length", "cookie", "cookie2", "date", "dnt", "expect", "host", "keep-alive",
	"origin", "referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "via",
}

func (c Config) auditNames(list *findings) {
	for _, name := range c.Headers {
		lower := strings.ToLower(name)
		forbidden := slices.Contains(forbiddenRequestHeaders, lower) ||
			strings.HasPrefix(lower, "proxy-") || strings.HasPrefix(lower, "sec-")
		if forbidden && isToken(name) {
			list.add("Config.Headers", name, "is set by browsers alone and never asked for; remove it")
		}
	}
	for _, name := range c.ExposeHeaders {
		// https://fetch.spec.whatwg.org/#forbidden-response-header-name
		if lower := strings.ToLower(name); lower == "set-cookie" || lower == "set-cookie2" {
			list.add("Config.ExposeHeaders", name, "is never shown to scripts; remove it")
		}
	}
}
