package reporting

import (
	"bytes"
	"cmp"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// typeCSP is the type of the reports that a Content-Security-Policy asks for.
const typeCSP = "csp-violation"

// Report is what a browser says about a document. Anybody can send one, with
// anything in it.
type Report struct {
	// Type says what the report is about: "csp-violation", "coop", "coep",
	// "permissions-policy-violation", "integrity-violation", "csp-hash",
	// "deprecation", "intervention", "crash", "network-error" or what else browsers
	// come to report. It is never empty.
	Type string

	// Age is how long before it was sent the report was made; 0 where the browser
	// does not say.
	Age time.Duration

	// URL is that of the document, or of the resource of a "network-error", without
	// query, fragment and user info; a scheme alone ("about", "blob") for documents
	// that have no other; "" if unknown.
	URL string

	// UserAgent is the User-Agent of the browser: from the report, or else from the
	// request.
	UserAgent string

	// CSP is set for "csp-violation", whatever its wire format, and nil for every
	// other type.
	CSP *CSPViolation

	// Body is the body of the other types as received, nil if there is none. The URLs
	// in it still have their queries.
	Body json.RawMessage

	// Noise says why the report is most likely not about the site's own doing; ""
	// if nothing says so.
	Noise Noise
}

// CSPViolation is what was blocked, or would have been. What the browser leaves out
// is "" or 0. All URLs are without query, fragment and user info.
type CSPViolation struct {
	// BlockedURL is the URL that was asked for, before any redirect; the origin alone
	// for frames of other origins; or a word: "inline", "eval", "wasm-eval",
	// "trusted-types-sink", "trusted-types-policy", or the scheme of what has no
	// other address, such as "data" and "blob".
	BlockedURL string

	// EffectiveDirective is the directive that it would have to pass, such as
	// "script-src-elem", also where the policy has default-src alone.
	EffectiveDirective string

	// Disposition is "enforce" or "report"; WebKit leaves it out under report-uri.
	Disposition string

	// SourceFile is the URL of the script or document that caused it, or a scheme
	// alone, such as "chrome-extension".
	SourceFile string

	// Sample is the begin of inline code, of which browsers send 40 characters: of a
	// script or style only where the directive has 'report-sample'.
	Sample string

	// Referrer is the referrer of the document.
	Referrer string

	// OriginalPolicy is the whole policy.
	OriginalPolicy string

	// Line and Column are the place in SourceFile, counted from 1.
	Line, Column int

	// Status is the status of the document's answer.
	Status int
}

// parse reads one report, in any of the three formats: "csp-report" around names
// with hyphens (report-uri), or "type" and "body" (report-to, and WebKit's single
// object for it). The names decide, not the Content-Type, because WebKit's is
// application/csp-report for both.
func parse(data []byte) (Report, bool) {
	var r Report
	var document string
	var body, csp []byte
	ok := eachMember(data, func(name, value []byte) {
		switch string(name) {
		case "type":
			r.Type = text(value)
		case "age":
			r.Age = time.Duration(number(value)) * time.Millisecond
		case "url":
			r.URL = redact(text(value))
		case "user_agent":
			r.UserAgent = text(value)
		case "body":
			body = value
		case "csp-report":
			csp = value
		}
	})
	switch {
	case !ok:
		return Report{}, false
	case csp != nil:
		r.Type = typeCSP
	case r.Type == typeCSP:
		csp = body
	default:
		if body != nil && string(body) != "null" {
			r.Body = bytes.Clone(body)
		}
		return r, r.Type != ""
	}
	if r.CSP, document, ok = parseCSP(csp); !ok {
		return Report{}, false
	}
	r.URL = cmp.Or(r.URL, document)
	return r, true
}

// parseCSP reads the violation in a report, and the URL of its document. The names
// are those of report-uri or of report-to:
// https://w3c.github.io/webappsec-csp/#deprecated-serialize-violation and
// https://w3c.github.io/webappsec-csp/#reporting.
func parseCSP(data []byte) (v *CSPViolation, document string, ok bool) {
	v = new(CSPViolation)
	var violated string
	ok = eachMember(data, func(name, value []byte) {
		switch string(name) {
		case "document-uri", "documentURL":
			document = redact(text(value))
		case "referrer":
			v.Referrer = redact(text(value))
		case "blocked-uri", "blockedURL":
			v.BlockedURL = redact(text(value))
		case "effective-directive", "effectiveDirective":
			v.EffectiveDirective = text(value)
		case "violated-directive":
			violated = text(value)
		case "original-policy", "originalPolicy":
			v.OriginalPolicy = text(value)
		case "disposition":
			v.Disposition = text(value)
		case "source-file", "sourceFile":
			v.SourceFile = redact(text(value))
		case "script-sample", "sample":
			v.Sample = text(value)
		case "line-number", "lineNumber":
			v.Line = number(value)
		case "column-number", "columnNumber":
			v.Column = number(value)
		case "status-code", "statusCode":
			v.Status = number(value)
		}
	})
	if v.EffectiveDirective == "" {
		// Browsers before CSP3 sent the directive with its sources, and it alone.
		v.EffectiveDirective, _, _ = strings.Cut(violated, " ")
	}
	return v, document, ok && v.EffectiveDirective != ""
}

// subject is what a report is about, of whatever type.
type subject struct{ directive, blocked, source, sample string }

func (r *Report) subject() subject {
	if v := r.CSP; v != nil {
		return subject{v.EffectiveDirective, v.BlockedURL, v.SourceFile, v.Sample}
	}
	var s subject
	eachMember(r.Body, func(name, value []byte) {
		switch string(name) {
		case "policyId", "featureId", "id", "type", "reason":
			s.directive = text(value)
		case "destination":
			s.directive = cmp.Or(s.directive, text(value))
		case "blockedURL", "subresourceURL":
			s.blocked = redact(text(value))
		case "sourceFile":
			s.source = redact(text(value))
		case "hash":
			s.sample = text(value)
		}
	})
	return s
}

// String returns a line for a log, such as
//
//	csp-violation of "https://app.example.com/": script-src-elem blocked "https://evil.example/x.js"
//
// Every value in it is cut at 512 bytes and has no control characters. Of Body there
// is only what the report is about.
func (r Report) String() string {
	line := quoted(r.Type)
	for attr := range r.attrs {
		switch attr.Key {
		case "url":
			line += " of " + quoted(attr.Value.String())
		case "directive":
			line += ": " + quoted(attr.Value.String())
		default:
			line += " " + attr.Key + " " + quoted(attr.Value.String())
		}
	}
	return line
}

// LogValue returns what the report is about as a group for [log/slog], with the same
// limits as [Report.String].
func (r Report) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("type", printable(r.Type))}
	for attr := range r.attrs {
		attrs = append(attrs, attr)
	}
	return slog.GroupValue(attrs...)
}

// attrs iterates over what a log shows beside the type, without what is empty.
func (r *Report) attrs(yield func(slog.Attr) bool) {
	s := r.subject()
	var disposition, line string
	if r.CSP != nil {
		disposition = r.CSP.Disposition
		if r.CSP.Line > 0 {
			line = strconv.Itoa(r.CSP.Line)
		}
	}
	for _, attr := range [...]struct{ key, value string }{
		{"url", r.URL}, {"directive", s.directive}, {"blocked", s.blocked}, {"disposition", disposition},
		{"source", s.source}, {"line", line}, {"sample", s.sample}, {"noise", string(r.Noise)},
	} {
		if attr.value != "" && !yield(slog.String(attr.key, printable(attr.value))) {
			return
		}
	}
}

// quoted returns a value as it stands in a line: a word as it is.
func quoted(s string) string {
	if s = printable(s); isWord(s) {
		return s
	}
	return strconv.Quote(s)
}

// printable bounds what a log holds of a value that anybody can send, and takes from
// it what could begin a line or turn the direction of writing.
func printable(s string) string {
	return strings.Clone(cut(strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) && c != utf8.RuneError {
			return c
		}
		return -1
	}, cut(s, 512)), 512))
}

// cut returns the first bytes of s, without half a character at their end.
func cut(s string, length int) string {
	if len(s) <= length {
		return s
	}
	for length > 0 && !utf8.RuneStart(s[length]) {
		length--
	}
	return s[:length]
}
