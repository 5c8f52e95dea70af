package httpsec

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/httpsec/httpsec/internal/fields"
	"github.com/httpsec/httpsec/internal/origins"
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
	c.auditAnyone(&list)
	c.auditOrigins(&list)
	c.auditNames(&list)
	if c.MaxAge > 24*time.Hour && c.MaxAge%time.Second == 0 {
		list.add("Config.MaxAge", c.MaxAge.String(), "is more than browsers keep, 2h in Chromium and 24h in Firefox; write 24 * time.Hour or less")
	}
	return list
}

func (c Config) auditAnyone(list *findings) {
	if slices.Contains(c.SocketOrigins, "*") {
		list.add("Config.SocketOrigins", "*", "lets every site open sockets with its visitors' cookies; list the origins, unless every socket authenticates by a token")
	}
	if !slices.Contains(c.Origins, "*") {
		return
	}
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
	if c.RejectDisallowed {
		list.add("Config.RejectDisallowed", "true", `refuses nothing beside "*" in Origins; list the origins, or write false`)
	}
}

func (c Config) auditOrigins(list *findings) {
	reading := anyUse
	if c.credentialsPossible() {
		reading = credentialUse
	}
	local := auditOriginList("Config.Origins", c.Origins, reading, list)
	auditOriginList("Config.CredentialOrigins", c.CredentialOrigins, credentialUse, list)
	auditOriginList("Config.SocketOrigins", c.SocketOrigins, socketUse, list)
	if local && c.Hosts == nil {
		list.add("Config.Hosts", "", "is nil although all origins are local, so after DNS rebinding any site counts as the service's own; list the names under which the service is reached")
	}
}

// auditOriginList examines a list of origins, and reports whether all of them are
// development origins.
func auditOriginList(field string, entries []string, u use, list *findings) (allLocal bool) {
	var local []string
	for _, entry := range entries {
		pattern, flaws := parseOrigin(entry, u)
		if entry == "*" || len(flaws) > 0 {
			continue
		}
		if isWeb := pattern.Scheme == "http" || pattern.Scheme == "https"; isWeb && pattern.Kind != origins.AnyHost && origins.Loopback(pattern.Host) {
			local = append(local, entry)
			continue
		}
		auditOrigin(field, entry, pattern, u, list)
	}
	if len(local) > 0 {
		list.add(field, strings.Join(local, ", "), "can be served by any program on a user's machine; remove development origins")
	}
	return len(local) > 0 && len(local) == len(entries)
}

// auditOrigin examines one entry of a list of origins.
func auditOrigin(field, entry string, pattern origins.Pattern, u use, list *findings) {
	if pattern.Scheme == "http" {
		list.add(field, entry, "can be forged by anyone on the user's network; use https")
	}
	switch {
	case pattern.Kind == origins.Null:
		list.add(field, entry, "is what every sandboxed page and every local file sends; give the page an origin of its own and list that")
	case pattern.Kind == origins.AnyHost:
		list.add(field, entry, "is every app or extension of that scheme; list the origins")
	case pattern.PublicSuffix() != "":
		list.add(field, entry, "covers a public suffix, where anyone can have a site; list the origins")
	case pattern.Kind == origins.Subdomains && u == credentialUse:
		list.add(field, entry, "lets one compromised subdomain use every user's credentials; list the origins")
	case pattern.Kind == origins.Subdomains && u == socketUse:
		list.add(field, entry, "lets one compromised subdomain open every user's sockets; list the origins")
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
	if slices.Contains(c.Methods, "*") {
		list.add("Config.Methods", "*", "allows methods that nobody thought of; list the ones the service has")
	}
	allowsSomebody := len(c.Origins) > 0 || c.OriginFunc != nil || len(c.CredentialOrigins) > 0
	if allowsSomebody && (len(c.Headers) == 0 || slices.Contains(c.Headers, "*")) {
		list.add("Config.Headers", "*", "allows any request header; list the ones the service reads")
	}
	for _, name := range c.Headers {
		lower := strings.ToLower(name)
		forbidden := slices.Contains(forbiddenRequestHeaders, lower) ||
			strings.HasPrefix(lower, "proxy-") || strings.HasPrefix(lower, "sec-")
		if forbidden && fields.IsToken(name) {
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
