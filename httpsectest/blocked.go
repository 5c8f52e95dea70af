package httpsectest

import (
	"fmt"
	"strings"
)

// Rule is the mechanism that kept something from a page.
type Rule string

// The rules, with the words by which they are known.
const (
	RuleCORS         Rule = "cors"            // the CORS protocol of the Fetch standard
	RuleCSP          Rule = "csp"             // Content-Security-Policy of the page
	RuleCORP         Rule = "corp"            // Cross-Origin-Resource-Policy of the answer
	RuleCOEP         Rule = "coep"            // Cross-Origin-Embedder-Policy of the page
	RuleFrameOptions Rule = "x-frame-options" // X-Frame-Options of the framed answer
	RuleNosniff      Rule = "nosniff"         // the Content-Type does not suit what asked for it
	RuleMixedContent Rule = "mixed-content"   // an insecure address in a secure page
	RuleORB          Rule = "orb"             // opaque response blocking: no script, image or media, but data
	RuleIntegrity    Rule = "integrity"       // the integrity attribute does not match
	RuleSandbox      Rule = "sandbox"         // what a sandbox does not allow
	RuleRequest      Rule = "request"         // what fetch throws before it asks the network
	RuleNetwork      Rule = "network"         // no answer, or one that cannot be followed
)

// Blocked is what a page did not get, and why. It is the error of the methods of
// [Page]; get at it with [errors.As].
type Blocked struct {
	// Rule is the mechanism.
	Rule Rule

	// Reason is the DevTools protocol's word where it has one, such as
	// "MissingAllowOriginHeader"; for RuleCSP the effective directive, such as
	// "script-src-elem"; else Chromium's net error, such as "net::ERR_FAILED".
	Reason string

	// Message is the line of the browser's console, word for word.
	Message string

	// URL is what was blocked: for RuleCSP the blocked URL as reports carry it,
	// which may be "inline" or an origin alone; for frame-ancestors, the page around
	// the frame.
	URL string

	// Fix is what would let it pass: a header line to send, with the one value that was
	// missed; for RuleCSP the source to add to the directive that Message quotes. It is
	// empty where there is no such thing.
	Fix string

	// Line is the line of the element's start tag, for [Page.Violations]; else 0.
	Line int

	// ReportOnly says that a report-only policy reports it and nothing was blocked.
	ReportOnly bool

	// Err is the transport's error, for RuleNetwork; else nil.
	Err error
}

// Error returns the message.
func (b *Blocked) Error() string { return b.Message }

// Format prints for %+v the message, and on a line of its own the rule, the address,
// the line and the fix; for every other verb what it prints for the message.
func (b *Blocked) Format(f fmt.State, verb rune) {
	if verb != 'v' || !f.Flag('+') {
		fmt.Fprintf(f, fmt.FormatString(f, verb), b.Message)
		return
	}
	fmt.Fprintf(f, "%s\n\t%s: %s", strings.TrimRight(b.Message, "\n"), b.Rule, b.URL)
	if b.Line > 0 {
		fmt.Fprintf(f, ", line %d", b.Line)
	}
	if b.Fix != "" {
		fmt.Fprintf(f, ", fix: %s", b.Fix)
	}
}

// Unwrap returns Err.
func (b *Blocked) Unwrap() error { return b.Err }

// failedLoad returns a failure that Chromium reports by a net error alone.
func failedLoad(rule Rule, netError string, a *address) *Blocked {
	return &Blocked{Rule: rule, Reason: netError, URL: a.withoutFragment(), Message: "Failed to load resource: " + netError}
}

// thrown returns what the constructor of a request throws.
func thrown(url, format string, args ...any) *Blocked {
	return &Blocked{Rule: RuleRequest, Reason: "TypeError", URL: url, Message: fmt.Sprintf(format, args...)}
}
