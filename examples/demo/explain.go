package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/httpsec/httpsec/httpsectest"
)

// explanation says why a row ends as it does.
type explanation struct {
	Stopped  string // who or what stopped it, in a few words
	Policy   string // which policy decides, and what of it CORS_ORIGINS sets
	Compared []comparisons
	Console  string // what Chromium's console says, or ""
	Change   string // what would change it
}

// view is the lesson as one page sees it.
type view struct {
	*lesson
	origin, csp string // the page's, without its nonce
	predictions map[string]prediction
}

func (v *view) explain(row row) explanation {
	p := v.predictions[row.ID]
	return explanation{
		Stopped:  stopped(row, p),
		Policy:   policyOf(row),
		Compared: v.compare(row, p),
		Console:  console(p.Blocked),
		Change:   v.change(row, p),
	}
}

// allowed reports whether the API's policy allows the page's origin.
func (v *view) allowed() bool { return v.predictions["get"].Passed }

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
		return "the browser: frame-ancestors"
	case p.Blocked.Rule == httpsectest.RuleCSP:
		return "this page's CSP"
	case p.Blocked.Rule == httpsectest.RuleCORP:
		return "the browser: CORP"
	case failedHeader(p.Blocked) == allowMethods:
		return "the browser: method not listed"
	case lastOf(p.Exchanges).preflight():
		return "the API's policy: preflight"
	case lastOf(p.Exchanges).Status == http.StatusForbidden:
		return "the API's policy: 403"
	}
	return "the browser: CORS"
}

func policyOf(row row) string {
	const own, main = "This page's `Content-Security-Policy`", "the API's main policy, whose `Config.Origins` is what `CORS_ORIGINS` sets."
	switch {
	case row.Kind == "inline":
		return own + ". `CORS_ORIGINS` does not matter."
	case row.Kind == "image" || row.Kind == "frame":
		return "The headers of the answer, from `SecurityHeaders` and from the handler. `CORS_ORIGINS` does not matter."
	case row.ID == "connect":
		return own + ", and after it " + main
	case row.ID == "guarded":
		return "The API's policy for `/guarded/`: it has the `Config.Origins` that `CORS_ORIGINS` sets, and `Config.RejectDisallowed`."
	case row.ID == "public":
		return "The API's policy for `/public/`: its `Config.SocketOrigins` is `*`. `CORS_ORIGINS` does not matter."
	}
	return "T" + main[1:]
}

func lastOf(exchanges []exchange) exchange {
	if len(exchanges) == 0 {
		return exchange{}
	}
	return exchanges[len(exchanges)-1]
}

// comparisons are those that the browser makes, or the API's policy.
type comparisons struct {
	By   string
	List []comparison
}

type comparison struct {
	Step            string // the exchange to which it belongs, where there are several
	Asked, Answered string
	Match           bool
}

const browser, apiPolicy = "The browser compared", "The API's policy compared"

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

// compare returns the comparisons up to the one that fails.
func (v *view) compare(row row, p prediction) []comparisons {
	last := lastOf(p.Exchanges)
	by := browser
	if row.Kind == "socket" {
		by = apiPolicy
	}
	one := func(asked, answered string) []comparisons {
		return []comparisons{{by, []comparison{{"", asked, answered, p.Passed}}}}
	}
	switch row.Kind {
	case "inline":
		return one(row.Title(), directive(v.csp, "script-src"))
	case "image":
		return one("page: "+v.origin+", image: "+v.api, field(last.Answered, "Cross-Origin-Resource-Policy"))
	case "frame":
		return one("page: "+v.origin, directive(last.Answered.Get("Content-Security-Policy"), "frame-ancestors"))
	case "socket":
		return one(v.handshake(row, last))
	}
	if p.Blocked != nil && p.Blocked.Rule == httpsectest.RuleCSP {
		return one("to: "+row.URL, directive(v.csp, "connect-src"))
	}
	cors := comparisons{browser, compareCORS(row, p)}
	if row.ID != "guarded" {
		return []comparisons{cors}
	}
	policy := comparisons{apiPolicy, []comparison{{"", field(last.Sent, "Origin"), list("Config.Origins", v.config.Origins), p.Ran}}}
	if !p.Ran {
		return []comparisons{policy}
	}
	return []comparisons{policy, cors}
}

func compareCORS(row row, p prediction) []comparison {
	failed := failedHeader(p.Blocked)
	var compared []comparison
	for i, exchange := range p.Exchanges {
		preflight := exchange.preflight()
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
			compared = append(compared, comparison{step(p.Exchanges, i), pair.asked, field(exchange.Answered, pair.answered), !fails})
			if fails {
				return compared
			}
		}
	}
	return compared
}

// step names an exchange as app.js does.
func step(exchanges []exchange, i int) string {
	switch {
	case len(exchanges) == 1:
		return ""
	case exchanges[i].preflight():
		return fmt.Sprintf("%d. preflight: ", i+1)
	}
	return fmt.Sprintf("%d. request: ", i+1)
}

// handshake is what the policy compares in one.
func (v *view) handshake(row row, sent exchange) (asked, answered string) {
	asked = field(sent.Sent, "Origin")
	if row.ID == "public" {
		return asked, "Config.SocketOrigins: *"
	}
	answered = list("Config.Origins", v.config.Origins)
	if sent.Sent.Get("Cookie") != "" && !v.config.Credentials {
		return asked + ", with Cookie", answered + ", without Config.Credentials"
	}
	return asked, answered
}

func list(name string, values []string) string {
	if len(values) == 0 {
		return name + ": (empty)"
	}
	return name + ": " + strings.Join(values, ", ")
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
