package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/httpsec/httpsec/httpsectest"
)

// check is the check of one URL, in a browser of its own.
type check struct {
	*options
	url     string
	network *network
	browser *httpsectest.Browser
	report  *report
	logged  int                     // how much of the log has been read
	seen    []*httpsectest.Exchange // all but what the page embeds
	answers []*httpsectest.Exchange // of the URL that answered in the end, to GET or HEAD
	answer  *httpsectest.Exchange   // to the check's own request; nil if there is none
	unmet   []*httpsectest.Blocked  // why probes did not get in
	page    *httpsectest.Page       // nil of a fetch
}

func newCheck(o *options, url string, transport http.RoundTripper) *check {
	n := &network{transport: transport, timeout: o.timeout, userAgent: o.userAgent()}
	c := &check{options: o, url: url, network: n, browser: httpsectest.NewTransport(n), report: &report{URL: url}}
	o.headers.fillJar(c.browser, url) // it was tried before
	return c
}

func (c *check) run() *report {
	if c.from == "" {
		c.open()
	} else {
		c.fetch()
	}
	if c.report.Verdict != verdictUnreachable {
		if c.probe {
			c.tryOrigins()
		}
		c.find()
	}
	c.report.hide(c.headers.secrets)
	c.report.Exit = c.exit()
	return c.report
}

func (c *check) exit() int {
	wanted := verdictOpened
	if c.from != "" {
		wanted = cmp.Or(c.expect, verdictAllowed)
	}
	failing := slices.ContainsFunc(c.report.Findings, func(f *finding) bool { return c.strict || f.Level == problem })
	switch {
	case c.report.Verdict == verdictUnreachable:
		return exitUsage
	case c.report.Verdict != wanted, failing:
		return exitProblem
	}
	return exitFine
}

// open opens the URL as from the address bar.
func (c *check) open() {
	c.network.admit = c.admit
	page, err := c.browser.Open(c.url)
	c.note(c.drain())
	if err != nil {
		c.unreachable(err)
		return
	}
	c.page, c.report.Verdict = page, verdictOpened
	c.network.admit, c.network.loading, c.network.loadLeft = c.admitLoad(), true, maxLoadedBytes
	violations := page.Violations()
	c.network.loading = false
	c.note(c.drain())
	c.noteViolations(violations)
}

// maxViolations is more than anyone reads, of what is blocked and of what is reported.
const maxViolations = 100

func (c *check) noteViolations(violations []*httpsectest.Blocked) {
	listed, more := make(map[bool]int), 0
	for _, v := range violations {
		var held *heldBack
		switch {
		case errors.As(v, &held) && held == errNotLoaded:
		case held != nil:
			c.findOnce(finding{ID: "load-limit", Level: advice, Message: held.why + "; the rest was not loaded"})
		case listed[v.ReportOnly] == maxViolations:
			more++
		default:
			listed[v.ReportOnly]++
			c.report.Violations = append(c.report.Violations, newBlocked(v))
		}
	}
	if more > 0 {
		c.findOnce(finding{ID: "violations-limit", Level: advice, Message: fmt.Sprintf("%d more things that the page asks for are not listed", more)})
	}
}

// fetch fetches the URL as a script of the origin does.
func (c *check) fetch() {
	c.network.admit = c.admit
	resp, err := c.options.page(c.url)(c.browser).Fetch(c.url, c.init())
	log := c.drain()
	c.note(log)
	var blocked *httpsectest.Blocked
	switch {
	case err == nil:
		resp.Body.Close()
		c.report.Verdict = verdictAllowed
	case errors.Is(err, errStopped):
		c.report.Verdict, c.report.stopped = verdictAllowed, true
	case errors.As(err, &blocked) && blocked.Rule != httpsectest.RuleNetwork:
		c.report.Verdict, c.report.Blocked = verdictBlocked, newBlocked(blocked)
	default:
		c.unreachable(err)
	}
}

// unreachable notes why there is no answer.
func (c *check) unreachable(err error) {
	c.report.Verdict, c.report.Error = verdictUnreachable, err.Error()
	var blocked *httpsectest.Blocked
	switch {
	case !errors.As(err, &blocked):
	case blocked.Err != nil:
		c.report.Error = blocked.Err.Error()
	default:
		c.report.Error = c.inPlainWords(blocked)
	}
}

// inPlainWords says what the console has no sentence for.
func (c *check) inPlainWords(b *httpsectest.Blocked) string {
	switch {
	case b.Reason == "net::ERR_TOO_MANY_REDIRECTS":
		return "it redirects more than 20 times"
	case b.Reason == "net::ERR_ABORTED" && c.from == "":
		return "the answer has no page in it; with -from a script fetches it"
	case strings.HasPrefix(b.Reason, "net::"):
		return "it redirects to where no browser follows: " + b.Reason
	}
	return b.Message
}

// admit keeps the check on its site, and stops it after the preflight.
func (c *check) admit(r *http.Request) error {
	if c.preflight && r.Header["Access-Control-Request-Method"] == nil {
		return errStopped
	}
	if !c.load && siteOf(r.URL.String()) != siteOf(c.url) {
		return &heldBack{fmt.Sprintf("it redirects to %s, which is another site; -load follows it there", r.URL)}
	}
	return nil
}

// admitLoad lets the page have what it embeds, up to a limit, or nothing.
func (c *check) admitLoad() func(*http.Request) error {
	left := maxLoads
	return func(*http.Request) error {
		switch {
		case !c.load:
			return errNotLoaded
		case left == 0:
			return errTooMany
		}
		left--
		return nil
	}
}

// drain returns what was sent since it was called last.
func (c *check) drain() []httpsectest.Exchange {
	log := c.browser.Log()[c.logged:]
	c.logged += len(log)
	return slices.DeleteFunc(log, func(e httpsectest.Exchange) bool {
		return e.Status == 0 && e.Blocked != nil && isHeldBack(e.Blocked)
	})
}

// note puts exchanges into the report. The last answer of the first of them is that of
// the URL that answered in the end.
func (c *check) note(log []httpsectest.Exchange) {
	for i := range log {
		c.report.Exchanges = append(c.report.Exchanges, c.newExchange(&log[i]))
	}
	if c.report.final != "" {
		return
	}
	c.report.final = c.url
	if len(log) == 0 { // a browser does not even ask
		return
	}
	for i := range log {
		c.seen = append(c.seen, &log[i])
	}
	last := &log[len(log)-1]
	c.report.final = last.Request.URL.String()
	c.noteAnswer(last)
	if !last.Preflight && last.Status != 0 && last.Status/100 != 3 { // whose headers nobody obeys
		c.answer = last
	}
}

func (c *check) noteAnswer(e *httpsectest.Exchange) {
	if e.Status != 0 && (e.Request.Method == http.MethodGet || e.Request.Method == http.MethodHead) {
		c.answers = append(c.answers, e)
	}
}
