package main

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/httpsec/httpsec/internal/origins"
)

// candidate is an origin that misconfigured servers let in.
type candidate struct {
	origin string
	why    string
	found  finding // if it is let in with credentials
	like   string  // the finding after which it could only say the same
}

// tryOrigins asks for the URL that answered in the end on behalf of other origins.
func (c *check) tryOrigins() {
	init := httpsectest.Init{Credentials: httpsectest.CredentialsInclude}
	if c.from != "" {
		init.Method, init.Headers = c.method, c.headers.values()
	}
	first, _ := rehearse(makerOf(stranger(c.report.final), c.report.final), c.report.final, init)
	if first == nil {
		return
	}
	if !first.Preflight {
		if m := first.Request.Method; m != http.MethodGet && m != http.MethodHead {
			return // it would be sent
		}
		init.Method, init.Headers = "", nil
	}
	letIn := make(map[string]bool) // by the finding
	c.report.preflights = first.Preflight
	for _, one := range c.candidates() {
		if letIn[one.like] {
			continue
		}
		p := c.try(one, init, first.Preflight)
		if p == nil {
			c.findOnce(finding{ID: "probe-unanswered", Level: advice, Value: one.origin, Message: "got no answer, so whether it is let in is not known"})
			continue
		}
		c.report.Probes = append(c.report.Probes, p)
		letIn[one.found.ID] = p.Credentials
		if p.Credentials {
			one.found.Value = one.origin
			c.findOnce(one.found)
		}
		if p.Allowed && one.why == whyStranger {
			return // the others could only say the same
		}
	}
}

const (
	whyStranger = "another site"

	lists = "; compare whole origins with a list"
)

// candidates returns the origins to try: variations of -from if that was let in, else
// of the URL's own origin.
func (c *check) candidates() []candidate {
	own, _ := originOf(c.report.final)
	base := own
	if c.from != "" && c.from != "null" && c.report.Verdict == verdictAllowed {
		base = c.from
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil
	}
	host, scheme := u.Hostname(), strings.TrimSuffix(stranger(c.report.final), "httpsec.example")
	all := []candidate{
		{stranger(c.report.final), whyStranger, finding{ID: "cors-any-origin", Message: "is let in with credentials, and so is every site: it reads what a visitor who is signed in can read; allow the origins on a list only"}, ""},
		{"null", "a sandboxed page, of any site", finding{ID: "cors-null", Message: "is let in with credentials, and so is every site by means of a sandboxed frame; do not allow null"}, ""},
		{scheme + host + ".httpsec.example", "a name that begins like the allowed one", finding{ID: "cors-prefix", Message: "is let in with credentials, and so is every name that begins like the allowed one" + lists}, ""},
		{"", "a name that ends like the allowed one", finding{ID: "cors-suffix", Message: "is let in with credentials, and so is every name that ends like the allowed one" + lists}, ""},
		{"", "a name with another character for a dot", finding{ID: "cors-dot", Message: "is let in with credentials, because a dot stands for any character" + lists}, "cors-suffix"},
		{"http://" + u.Host, "the http variant", finding{ID: "cors-http", Message: "is let in with credentials, and anyone on the network can pose as it; allow https only"}, ""},
		{u.Scheme + "://" + bracketed(host) + otherPort(u), "another port", finding{ID: "cors-port", Level: advice, Message: "is let in with credentials, and so is whatever serves another port; name the ports"}, "cors-prefix"},
	}
	if domain := origins.Registrable(host); strings.Contains(domain, ".") { // others nobody can register
		all[3].origin = scheme + "httpsec" + domain
	}
	if label, rest, ok := strings.Cut(host, "."); ok && strings.Contains(rest, ".") && !origins.IsAddress(host) {
		all[4].origin = strings.Replace(base, label+"."+rest, label+"x"+rest, 1)
	}
	return slices.DeleteFunc(all, func(one candidate) bool {
		spelling, ok := originOf(one.origin)
		return one.origin != "null" && (!ok || spelling != one.origin) || one.origin == own || one.origin == c.from
	})
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

func otherPort(u *url.URL) string {
	if u.Port() == "8443" {
		return ":8444"
	}
	return ":8443"
}

// try sends one request at most. It returns nil if there was no answer.
func (c *check) try(one candidate, init httpsectest.Init, preflight bool) *probe {
	sent := 0
	c.network.admit = func(r *http.Request) error {
		if sent++; sent > 1 || preflight && r.Header["Access-Control-Request-Method"] == nil {
			return errStopped
		}
		return nil
	}
	page := makerOf(one.origin, c.report.final)
	resp, err := page(c.browser).Fetch(c.report.final, init)
	if err == nil {
		resp.Body.Close()
	}
	p := &probe{Origin: one.origin, Why: one.why}
	log := c.drain()
	if len(log) == 0 {
		return p // a browser does not even ask
	}
	exchange := &log[0]
	if exchange.Status == 0 {
		return nil
	}
	c.seen = append(c.seen, exchange)
	if !preflight {
		c.noteAnswer(exchange)
	}
	p.Credentials = isLetIn(err)
	p.Allowed = p.Credentials || isLetIn(again(page, c.report.final, init, exchange))
	if blocked := asBlocked(err); blocked != nil {
		c.unmet = append(c.unmet, blocked)
	}
	return p
}

// isLetIn reports whether the origin did not stand in the way. What would come next was
// kept back by us, and a preflight is asked for the method, the headers and the status
// only after the origin passed.
func isLetIn(err error) bool {
	var blocked *httpsectest.Blocked
	switch {
	case err == nil, errors.Is(err, errStopped):
		return true
	case !errors.As(err, &blocked):
		return false
	}
	switch blocked.Reason {
	case "PreflightInvalidStatus", "InvalidAllowMethodsPreflightResponse", "InvalidAllowHeadersPreflightResponse",
		"MethodDisallowedByPreflightResponse", "HeaderDisallowedByPreflightResponse":
		return true
	}
	return false
}

func asBlocked(err error) *httpsectest.Blocked {
	var blocked *httpsectest.Blocked
	if errors.As(err, &blocked) && blocked.Err == nil {
		return blocked
	}
	return nil
}

// again asks what the same answer would be worth to a fetch without credentials.
func again(page pageMaker, url string, init httpsectest.Init, answer *httpsectest.Exchange) error {
	init.Credentials = httpsectest.CredentialsOmit
	sent := 0
	b := httpsectest.NewTransport(transportFunc(func(r *http.Request) (*http.Response, error) {
		if sent++; sent > 1 {
			return nil, errStopped
		}
		return &http.Response{StatusCode: answer.Status, Header: answer.Header, Body: http.NoBody, Request: r}, nil
	}))
	resp, err := page(b).Fetch(url, init)
	if err == nil {
		resp.Body.Close()
	}
	return err
}
