package main

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/httpsec/httpsec/httpsectest"
)

// explanation says why a row ends as it does.
type explanation struct {
	Stopped  string // who or what stopped it, in a few words
	Compared []comparison
	Console  string // what Chromium's console says, or ""
	Change   string // what would change it
}

// comparison is one that the browser makes, or for sockets the server.
type comparison struct {
	Asked, Answered string
	Match           bool
}

func (l *lesson) explain(row row, p prediction, origin, csp string) explanation {
	return explanation{
		Stopped:  stopped(row, p),
		Compared: l.compare(row, p, origin, csp),
		Console:  console(p.Blocked),
		Change:   l.change(row, p, origin),
	}
}

// try is what names a try in a URL, and nonce a nonce in a policy: both differ from
// answer to answer.
var (
	try   = regexp.MustCompile(`\?try=\w+`)
	nonce = regexp.MustCompile(`'nonce-[\w-]+'`)
)

func console(blocked *httpsectest.Blocked) string {
	if blocked == nil {
		return ""
	}
	return nonce.ReplaceAllString(try.ReplaceAllString(blocked.Message, ""), "'nonce-…'")
}

func stopped(row row, p prediction) string {
	switch {
	case p.Passed:
		return "nobody"
	case p.Blocked == nil:
		return "the browser: not exposed"
	case row.Kind == "frame":
		return "the browser: framing"
	case p.Blocked.Rule == httpsectest.RuleCSP:
		return "this page's CSP"
	case p.Blocked.Rule == httpsectest.RuleCORP:
		return "the browser: CORP"
	case strings.HasPrefix(lastOf(p.Exchanges).Request, "OPTIONS "):
		return "the browser: preflight"
	case lastOf(p.Exchanges).Status == http.StatusForbidden:
		return "the API's policy: 403"
	}
	return "the browser: CORS"
}

func lastOf(exchanges []exchange) exchange {
	if len(exchanges) == 0 {
		return exchange{}
	}
	return exchanges[len(exchanges)-1]
}

// The response headers of CORS that a browser compares with its request.
const (
	allowOrigin      = "Access-Control-Allow-Origin"
	allowCredentials = "Access-Control-Allow-Credentials"
	allowMethods     = "Access-Control-Allow-Methods"
	allowHeaders     = "Access-Control-Allow-Headers"
)

// failedHeader is the header of the comparison that failed, or "".
func failedHeader(blocked *httpsectest.Blocked) string {
	if blocked == nil || blocked.Rule != httpsectest.RuleCORS {
		return ""
	}
	if blocked.Reason == "MethodDisallowedByPreflightResponse" {
		return allowMethods
	}
	return allowOrigin // the demo allows every header, and credentials unless anyone may read
}

// compare returns the comparisons up to the one that fails, as a browser makes them.
func (l *lesson) compare(row row, p prediction, origin, csp string) []comparison {
	last := lastOf(p.Exchanges)
	switch row.Kind {
	case "inline":
		nonce := "no nonce"
		if row.Nonce {
			nonce = "the page's nonce"
		}
		return []comparison{{nonce, directive(csp, "script-src"), p.Passed}}
	case "image":
		return []comparison{{"page: " + origin, "Cross-Origin-Resource-Policy: " + last.Answered.Get("Cross-Origin-Resource-Policy"), p.Passed}}
	case "frame":
		return []comparison{{"page: " + origin, directive(last.Answered.Get("Content-Security-Policy"), "frame-ancestors"), p.Passed}}
	case "socket":
		return []comparison{{"Origin: " + origin, "the server's list: " + strings.Join(l.socketOrigins(row), " "), p.Passed}}
	}
	if p.Blocked != nil && p.Blocked.Rule == httpsectest.RuleCSP {
		return []comparison{{"to: " + row.URL, directive(csp, "connect-src"), false}}
	}
	return compareCORS(row, p)
}

func compareCORS(row row, p prediction) []comparison {
	failed := failedHeader(p.Blocked)
	var compared []comparison
	for i, exchange := range p.Exchanges {
		preflight := strings.HasPrefix(exchange.Request, "OPTIONS ")
		for _, pair := range []struct {
			compared        bool
			asked, answered string
		}{
			{true, field(exchange.Sent, "Origin"), allowOrigin},
			{row.Credentials, `credentials: "include"`, allowCredentials},
			{preflight, field(exchange.Sent, "Access-Control-Request-Method"), allowMethods},
			{preflight && row.Headers != nil, field(exchange.Sent, "Access-Control-Request-Headers"), allowHeaders},
			{!preflight && row.Reads != "", "headers.get: " + row.Reads, "Access-Control-Expose-Headers"},
		} {
			if !pair.compared {
				continue
			}
			fails := failed == pair.answered && i == len(p.Exchanges)-1 || p.Blocked == nil && row.Reads != "" && !p.Passed && strings.HasPrefix(pair.asked, "headers.get")
			compared = append(compared, comparison{pair.asked, field(exchange.Answered, pair.answered), !fails})
			if fails {
				return compared
			}
		}
	}
	return compared
}

func (l *lesson) socketOrigins(row row) []string {
	if strings.Contains(row.URL, "/public/") {
		return []string{"*"}
	}
	return l.config.Origins
}

// field is a header line, which may not be there.
func field(header http.Header, name string) string {
	if values := header.Values(name); len(values) > 0 {
		return name + ": " + strings.Join(values, ", ")
	}
	return name + ": (not sent)"
}

// directive is one of a policy.
func directive(policy, name string) string {
	for part := range strings.SplitSeq(policy, ";") {
		if part = strings.TrimSpace(part); strings.HasPrefix(part, name+" ") {
			return part
		}
	}
	return name + " (not there)"
}

// change says what would let the row pass, or, where it passes, what would stop it.
func (l *lesson) change(row row, p prediction, origin string) string {
	switch {
	case p.Passed:
		return l.undo(row, origin)
	case p.Blocked == nil:
		return "Add `" + row.Reads + "` to `Config.ExposeHeaders`."
	case row.Kind == "inline":
		return "Give the element the page's nonce: see the next row."
	case row.Kind == "image":
		return "The handler sets `Cross-Origin-Resource-Policy: cross-origin`: see the next row."
	case row.Kind == "frame":
		return "The handler lists `" + origin + "` in `frame-ancestors`: see the next row."
	case p.Blocked.Rule == httpsectest.RuleCSP:
		return "Add `" + p.Blocked.Fix + "` to the page's `connect-src`; CORS is asked after that."
	case row.Kind == "socket" && slices.Contains(l.config.Origins, "*"):
		return "Add `" + origin + "` to `Config.SocketOrigins`: `*` lets in only handshakes without cookies."
	case row.Kind == "socket":
		return "Add `" + origin + "` to `Config.Origins`, or to `Config.SocketOrigins`."
	}
	return changeCORS(row, p, origin)
}

// undo says what would stop a row that passes.
func (l *lesson) undo(row row, origin string) string {
	if row.Undo != "" {
		return row.Undo
	}
	without := "Narrow the pattern in `Config.Origins` that covers `" + origin + "`"
	switch {
	case slices.Contains(l.config.Origins, origin):
		without = "Take `" + origin + "` off `Config.Origins`"
	case slices.Contains(l.config.Origins, "*"):
		without = "List other origins in the place of `*` in `Config.Origins`"
	}
	switch {
	case row.Kind == "socket":
		return without + ": the handshake is then answered 403."
	case row.ID == "guarded":
		return without + ": the policy then answers 403, and the handler does not run."
	case row.preflighted():
		return without + ": the preflight is then refused, and the browser sends nothing else."
	}
	return without + ": the handler then still runs, and the script reads nothing."
}

func changeCORS(row row, p prediction, origin string) string {
	add := "Add `" + origin + "` to `Config.Origins`"
	switch {
	case failedHeader(p.Blocked) == allowMethods:
		return "Add `" + row.Method + "` to `Config.Methods`."
	case p.Blocked.Reason == "WildcardOriginNotAllowed":
		return "List the origins rather than `*`, and set `Config.Credentials`."
	case row.ID == "guarded":
		return add + ". Without `RejectDisallowed` the handler would run: see the row above."
	case p.Ran:
		return add + " to let the script read; set `RejectDisallowed` to keep the handler from running."
	}
	return add + "."
}
