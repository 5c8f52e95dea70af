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
	// "deprecation", "intervention", "crash", "network-error" or whatever else
	// browsers report. It is never empty.
	Type string

	// Age is the time from the event to the sending of the report; 0 where the
	// browser does not say.
	Age time.Duration

	// URL is that of the document, or of the resource of a "network-error", without
	// query, fragment and user info; a scheme alone ("about", "blob") for documents
	// that have no URL of their own; "" if unknown.
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

	// Sample is the beginning of inline code, of which browsers send 40 characters:
	// of a script or style only where the directive has 'report-sample'.
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
	var kind, age, url, userAgent, body, csp []byte
	ok := eachMember(data, func(name, value []byte) {
		switch string(name) {
		case "type":
			kind = value
		case "age":
			age = value
		case "url":
			url = value
		case "user_agent":
			userAgent = value
		case "body":
			body = value
		case "csp-report":
			csp = value
		}
	})
	if !ok {
		return Report{}, false
	}
	r := Report{
		Type:      text(kind),
		Age:       time.Duration(number(age)) * time.Millisecond,
		URL:       redact(text(url)),
		UserAgent: text(userAgent),
	}
	switch {
	case csp != nil:
		r.Type = typeCSP
	case r.Type == typeCSP:
		csp = body
	default:
		if string(body) != "null" {
			r.Body = bytes.Clone(body)
		}
		return r, r.Type != ""
	}
	violation, document, ok := parseCSP(csp)
	r.CSP, r.URL = violation, cmp.Or(r.URL, document)
	return r, ok
}

// parseCSP reads the violation in a report, and the URL of its document. The names
// are those of report-uri or of report-to:
// https://w3c.github.io/webappsec-csp/#deprecated-serialize-violation and
// https://w3c.github.io/webappsec-csp/#reporting. Values are kept as they stand until
// the end, so that what is there a thousand times is read once.
func parseCSP(data []byte) (v *CSPViolation, document string, ok bool) {
	var url, referrer, blocked, effective, violated, policy, disposition, source, sample, line, column, status []byte
	ok = eachMember(data, func(name, value []byte) {
		switch string(name) {
		case "document-uri", "documentURL":
			url = value
		case "referrer":
			referrer = value
		case "blocked-uri", "blockedURL":
			blocked = value
		case "effective-directive", "effectiveDirective":
			effective = value
		case "violated-directive":
			violated = value
		case "original-policy", "originalPolicy":
			policy = value
		case "disposition":
			disposition = value
		case "source-file", "sourceFile":
			source = value
		case "script-sample", "sample":
			sample = value
		case "line-number", "lineNumber":
			line = value
		case "column-number", "columnNumber":
			column = value
		case "status-code", "statusCode":
			status = value
		}
	})
	directive := text(effective)
	if directive == "" {
		// Browsers before CSP3 sent the directive with its sources, and it alone.
		directive, _, _ = strings.Cut(text(violated), " ")
	}
	if !ok || directive == "" {
		return nil, "", false
	}
	return &CSPViolation{
		BlockedURL:         redact(text(blocked)),
		EffectiveDirective: directive,
		Disposition:        text(disposition),
		SourceFile:         redact(text(source)),
		Sample:             text(sample),
		Referrer:           redact(text(referrer)),
		OriginalPolicy:     text(policy),
		Line:               number(line),
		Column:             number(column),
		Status:             number(status),
	}, redact(text(url)), true
}

// subject is what a report is about, of whatever type.
type subject struct{ directive, blocked, source, sample string }

func (r *Report) subject() subject {
	if v := r.CSP; v != nil {
		return subject{v.EffectiveDirective, v.BlockedURL, v.SourceFile, v.Sample}
	}
	var kind, destination, blocked, source, sample []byte
	eachMember(r.Body, func(name, value []byte) {
		switch string(name) {
		case "policyId", "featureId", "id", "type", "reason":
			kind = value
		case "destination":
			destination = value
		case "blockedURL", "subresourceURL":
			blocked = value
		case "sourceFile":
			source = value
		case "hash":
			sample = value
		}
	})
	return subject{cmp.Or(text(kind), text(destination)), redact(text(blocked)), redact(text(source)), text(sample)}
}

// String returns a line for a log, such as
//
//	csp-violation of "https://app.example.com/": script-src-elem blocked "https://evil.example/x.js"
//
// Every value in it is cut at 512 bytes and free of control characters. Of Body it
// shows only what the report is about.
func (r Report) String() string {
	var line strings.Builder
	line.WriteString(quoted(r.Type))
	for _, attr := range r.attrs() {
		switch attr.Key {
		case "url":
			line.WriteString(" of " + quoted(attr.Value.String()))
		case "directive":
			line.WriteString(": " + quoted(attr.Value.String()))
		default:
			line.WriteString(" " + attr.Key + " " + quoted(attr.Value.String()))
		}
	}
	return line.String()
}

// LogValue returns what the report is about as a group for [log/slog], with the same
// limits as [Report.String].
func (r Report) LogValue() slog.Value {
	return slog.GroupValue(append([]slog.Attr{slog.String("type", printable(r.Type))}, r.attrs()...)...)
}

// attrs returns what a log shows beside the type, without what is empty.
func (r *Report) attrs() (attrs []slog.Attr) {
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
		if attr.value != "" {
			attrs = append(attrs, slog.String(attr.key, printable(attr.value)))
		}
	}
	return attrs
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
