package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

const width = 80

// human writes a report for people.
type human struct {
	b      strings.Builder
	colors bool
}

// writeHuman returns what writes a report, with a blank line before each but the
// first.
func writeHuman(w io.Writer, colors bool) func(*report) error {
	first := true
	return func(r *report) error {
		h := &human{colors: colors}
		if !first {
			h.b.WriteString("\n")
		}
		first = false
		h.report(r)
		_, err := io.WriteString(w, h.b.String())
		return err
	}
}

const (
	red, green, yellow, bold = "31", "32", "33", "1"
)

func (h *human) report(r *report) {
	for _, e := range r.Exchanges {
		h.exchange(e)
	}
	h.verdict(r)
	h.probes(r.Probes, r.preflights)
	h.violations(r.Violations)
	h.findings("problems", problem, red, r.Findings)
	h.findings("advice", advice, yellow, r.Findings)
}

// The headers that decide.
var (
	decisiveRequest   = []string{"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Cookie"}
	decisiveResponse  = []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Location"}
	decisivePreflight = append(slices.Clone(decisiveResponse), "Access-Control-Allow-Methods", "Access-Control-Allow-Headers")
)

func (h *human) exchange(e *exchange) {
	h.parts("→ "+e.Method+" "+e.URL, decisive(e.Request, decisiveRequest))
	for _, w := range e.withheld {
		h.line("", "  cookie "+w.Name+" stays behind: "+w.Why)
	}
	if e.Status == 0 {
		h.line("", "← no answer")
		return
	}
	names := decisiveResponse
	if e.Preflight {
		names = decisivePreflight
	}
	h.parts(fmt.Sprintf("← %d", e.Status), decisive(e.Response, names))
}

func decisive(headers map[string]string, names []string) (parts []string) {
	for _, name := range names {
		if value, ok := headers[name]; ok {
			parts = append(parts, name+": "+cmp.Or(value, "(empty)"))
		}
	}
	return parts
}

func (h *human) verdict(r *report) {
	switch r.Verdict {
	case verdictOpened:
		h.line(green, verdictOpened)
	case verdictAllowed:
		what := "the script gets the answer"
		if r.stopped {
			what = "the preflight lets the request through, which was not sent"
		}
		h.line(green, verdictAllowed+": "+what)
	case verdictBlocked:
		h.line(red, verdictBlocked+": "+r.Blocked.Message)
		h.fix("", r.Blocked)
		if n := len(r.Exchanges); n > 0 && r.Blocked.Rule == "cors" {
			if more := adviseOn(r.Exchanges[n-1]); more != "" {
				h.line(bold, more)
			}
		}
	default:
		h.line(red, r.Verdict+": "+r.Error)
	}
}

// fix says what would let it pass.
func (h *human) fix(indent string, b *blocked) {
	switch {
	case b.Fix != "" && (b.Rule == "cors" || b.Rule == "corp" || b.Rule == "coep" || b.Rule == "nosniff"):
		h.line(bold, indent+"send: "+b.Fix)
	case b.Fix != "" && b.Rule == "csp" && strings.Contains(b.Message, " 'none'"):
		h.line(bold, indent+"in that directive, write instead of 'none': "+b.Fix)
	case b.Fix != "" && b.Rule == "csp":
		h.line(bold, indent+"add to that directive: "+b.Fix)
	case b.Fix != "":
		h.line(bold, indent+"use: "+b.Fix)
	}
}

// probes lists the origins that are let in, and counts the others.
func (h *human) probes(probes []*probe, preflights bool) {
	var kept []*probe
	for _, p := range probes {
		switch {
		case p.Credentials:
			h.line("", "tried "+p.Origin+" ("+p.Why+"): let in with credentials")
		case p.Allowed:
			h.line("", "tried "+p.Origin+" ("+p.Why+"): let in without credentials")
		default:
			kept = append(kept, p)
		}
	}
	how := ""
	if preflights {
		how = ", with the same preflight"
	}
	switch {
	case len(kept) == 0:
	case len(kept) < len(probes):
		h.line("", fmt.Sprintf("tried %d more: not let in", len(kept)))
	case len(kept) == 1:
		h.line("", "tried "+kept[0].Origin+": it is not let in")
	default:
		h.line("", fmt.Sprintf("tried %d other origins%s: none is let in", len(kept), how))
	}
}

// violations lists what report-only policies report, and the fixes of what is blocked;
// the blocked is among the findings.
func (h *human) violations(violations []*blocked) {
	if !slices.ContainsFunc(violations, func(b *blocked) bool { return b.ReportOnly }) {
		return
	}
	h.line(bold, "reported only")
	for _, v := range violations {
		if v.ReportOnly {
			h.line("", "  "+lineOf(v)+v.Message)
		}
	}
}

func lineOf(b *blocked) string {
	if b.Line == 0 {
		return ""
	}
	return fmt.Sprintf("line %d: ", b.Line)
}

func (h *human) findings(title, level, color string, findings []*finding) {
	titled := false
	for _, f := range findings {
		if f.Level != level {
			continue
		}
		if !titled {
			h.line(color, title)
			titled = true
		}
		h.line("", "  "+f.ID+": "+f.sentence())
		if f.violation != nil {
			h.fix("    ", f.violation)
		}
	}
}

// sentence is the message with what it is about.
func (f *finding) sentence() string {
	switch {
	case f.violation != nil:
		return lineOf(f.violation) + f.Message
	case f.Value == "" || f.quoted:
		return f.Message
	case strings.Contains(f.Value, ";") && strings.HasPrefix(f.Field, headerCSP):
		return "the policy " + f.Message
	}
	return f.Value + " " + f.Message
}

// parts writes a head and what follows it, on one line if that is narrow enough.
func (h *human) parts(head string, parts []string) {
	if len(parts) == 0 {
		h.b.WriteString(escape(head) + "\n")
		return
	}
	if one := escape(head + " " + strings.Join(parts, "; ")); utf8.RuneCountInString(one) <= width {
		h.b.WriteString(one + "\n")
		return
	}
	line := escape(head)
	if utf8.RuneCountInString(line) > len("← 200") {
		h.b.WriteString(line + "\n")
		line = " "
	}
	for i, part := range parts {
		part = escape(part)
		if i < len(parts)-1 {
			part += ";"
		}
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(part) > width {
			h.b.WriteString(line + "\n")
			line = " " // and a space before the part
		}
		line += " " + part
	}
	h.b.WriteString(line + "\n")
}

// line writes a text, broken between words where it is too wide. What follows the
// first line is indented by two more spaces.
func (h *human) line(color, text string) {
	text = escape(text)
	indent := strings.Repeat(" ", len(text)-len(strings.TrimLeft(text, " ")))
	line := indent
	var lines []string
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = indent + "  " + word
		default:
			line += " " + word
		}
	}
	for _, line := range append(lines, line) {
		if color != "" && h.colors {
			line = "\x1b[" + color + "m" + line + "\x1b[0m"
		}
		h.b.WriteString(line + "\n")
	}
}
