package main

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/httpsec/httpsec/httpsectest"
)

// findOnce adds a finding to the report, unless it is to be ignored or there already.
// The level is problem if none is set.
func (c *check) findOnce(f finding) {
	f.Level = cmp.Or(f.Level, problem)
	same := func(other *finding) bool { return *other == f }
	if !c.ignore[f.ID] && !slices.ContainsFunc(c.report.Findings, same) {
		c.report.Findings = append(c.report.Findings, &f)
	}
}

// find adds what the exchanges tell, and sorts: problems first.
func (c *check) find() {
	for _, v := range c.report.Violations {
		if !v.ReportOnly {
			c.findOnce(finding{ID: violationID(v), Value: v.URL, Message: v.Message, violation: v})
		}
	}
	c.findRefusals()
	c.findNonce()
	c.findVary()
	c.findHeaders()
	if c.network.truncated && isHTML(c.answer.Header) {
		c.findOnce(finding{ID: "page-truncated", Level: advice, Message: fmt.Sprintf("the page is longer than %d MiB and was judged as far as it was read", maxPage>>20)})
	}
	slices.SortStableFunc(c.report.Findings, func(a, b *finding) int { return -cmp.Compare(a.Level, b.Level) })
}

// violationID is the id of what a page does not get: of its Content-Security-Policy
// with the directive.
func violationID(v *blocked) string {
	if v.Rule == string(httpsectest.RuleCSP) {
		return "blocked-csp-" + v.Reason
	}
	return "blocked-" + v.Rule
}

// findRefusals names CORS headers that no origin whatever could use. Why the check's
// own fetch is blocked is said by the verdict.
func (c *check) findRefusals() {
	for _, b := range c.unmet {
		reason := strings.TrimPrefix(b.Reason, "Preflight")
		if c.report.Blocked != nil && strings.TrimPrefix(c.report.Blocked.Reason, "Preflight") == reason {
			continue
		}
		switch reason {
		case "MultipleAllowOriginValues", "InvalidAllowOriginValue":
			c.findOnce(finding{ID: "cors-invalid", Field: "Access-Control-Allow-Origin", Message: afterPolicy(b.Message)})
		}
	}
	for _, e := range c.seen {
		if value := e.Header.Get("Access-Control-Allow-Credentials"); value != "" && e.Header.Get("Access-Control-Allow-Origin") == "*" {
			c.findOnce(finding{ID: "cors-wildcard-credentials", Field: "Access-Control-Allow-Credentials", Value: value, quoted: true,
				Message: "Access-Control-Allow-Credentials: " + value + " is ignored beside Access-Control-Allow-Origin: *; send the origin instead of *, or leave it out"})
		}
	}
}

// afterPolicy cuts off what a message of the console says of the origin that asked.
func afterPolicy(message string) string {
	if _, after, ok := strings.Cut(message, "blocked by CORS policy: "); ok {
		return strings.TrimPrefix(after, "Response to preflight request doesn't pass access control check: ")
	}
	return message
}

var nonceSource = regexp.MustCompile(`(?i)'nonce-[^' ]*'`)

// findNonce compares the nonces of the answers: one that comes twice is known to
// whoever asks first.
func (c *check) findNonce() {
	seen := make(map[string]bool)
	for _, answer := range c.answers {
		own := make(map[string]bool)
		for _, name := range []string{headerCSP, headerCSP + "-Report-Only"} {
			for _, nonce := range nonceSource.FindAllString(strings.Join(answer.Header.Values(name), ","), -1) {
				if seen[nonce] {
					c.findOnce(finding{ID: "nonce-repeated", Field: name, Value: nonce, Message: "is the same in two answers, so that an attacker knows it; make one for each answer"})
				}
				own[nonce] = true
			}
		}
		for nonce := range own {
			seen[nonce] = true
		}
	}
}

// findVary looks for answers that differ by origin and do not say so: a cache would
// give one origin's answer to another.
func (c *check) findVary() {
	const name = "Access-Control-Allow-Origin"
	allowed := func(e *httpsectest.Exchange) string { return strings.Join(e.Header.Values(name), ", ") }
	differ := slices.ContainsFunc(c.answers, func(e *httpsectest.Exchange) bool { return allowed(e) != allowed(c.answers[0]) })
	silent := slices.ContainsFunc(c.answers, func(e *httpsectest.Exchange) bool { return !variesByOrigin(e.Header) })
	if differ && silent {
		c.findOnce(finding{ID: "vary-missing", Level: advice, Field: "Vary", Message: name + " differs from origin to origin, so that a cache may give one the answer of another; send Vary: Origin with every answer"})
	}
}

func variesByOrigin(header http.Header) bool {
	for _, line := range header.Values("Vary") {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name == "*" || strings.EqualFold(name, "Origin") {
				return true
			}
		}
	}
	return false
}
