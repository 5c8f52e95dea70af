package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/httpsec/httpsec/httpsectest"
)

// The verdicts.
const (
	verdictOpened      = "opened"
	verdictAllowed     = "allowed"
	verdictBlocked     = "blocked"
	verdictUnreachable = "unreachable"
)

// report is what there is to say about a URL. The package comment documents it.
type report struct {
	URL        string      `json:"url"`
	Verdict    string      `json:"verdict"`
	Error      string      `json:"error,omitempty"`
	Exchanges  []*exchange `json:"exchanges,omitempty"`
	Blocked    *blocked    `json:"blocked,omitempty"`
	Violations []*blocked  `json:"violations,omitempty"`
	Probes     []*probe    `json:"probes,omitempty"`
	Findings   []*finding  `json:"findings,omitempty"`
	Exit       int         `json:"exit"`

	stopped    bool // after the preflight
	preflights bool // the probes are
	final      string
}

type exchange struct {
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Preflight bool              `json:"preflight,omitempty"`
	Request   map[string]string `json:"request,omitempty"`
	Status    int               `json:"status,omitempty"`
	Response  map[string]string `json:"response,omitempty"`
	Blocked   *blocked          `json:"blocked,omitempty"`

	withheld []httpsectest.Withheld
}

type blocked struct {
	Rule       string `json:"rule"`
	Reason     string `json:"reason,omitempty"`
	Message    string `json:"message,omitempty"`
	Fix        string `json:"fix,omitempty"`
	URL        string `json:"url,omitempty"`
	Line       int    `json:"line,omitempty"`
	ReportOnly bool   `json:"reportOnly,omitempty"`
}

type probe struct {
	Origin      string `json:"origin"`
	Allowed     bool   `json:"allowed"`
	Credentials bool   `json:"credentials"`
	Why         string `json:"why"`
}

type finding struct {
	ID      string `json:"id"`
	Level   string `json:"level"`
	Field   string `json:"field,omitempty"`
	Value   string `json:"value,omitempty"`
	Message string `json:"message"`

	quoted    bool     // the message says the value
	violation *blocked // that it is about; nil if none
}

const (
	problem = "problem"
	advice  = "advice"
)

func newBlocked(b *httpsectest.Blocked) *blocked {
	if b == nil {
		return nil
	}
	return &blocked{
		Rule: string(b.Rule), Reason: b.Reason, Message: strings.TrimSpace(b.Message), Fix: b.Fix, URL: b.URL, Line: b.Line,
		ReportOnly: b.ReportOnly,
	}
}

// newExchange copies what may be shown of an exchange.
func (o *options) newExchange(e *httpsectest.Exchange) *exchange {
	request := shown(e.Request.Header)
	for name := range o.headers.hidden {
		if _, ok := request[name]; ok {
			request[name] = "…"
		}
	}
	if agent := o.userAgent(); agent != "" {
		request["User-Agent"] = agent
	}
	return &exchange{
		Method: e.Request.Method, URL: e.Request.URL.String(), Preflight: e.Preflight, Request: request,
		Status: e.Status, Response: shown(e.Header), Blocked: newBlocked(e.Blocked), withheld: e.Withheld,
	}
}

// userAgent is what is sent, "" for the script's own.
func (o *options) userAgent() string {
	for _, h := range o.headers.set {
		if strings.EqualFold(h.name, "User-Agent") {
			return ""
		}
	}
	return userAgent
}

// shown joins the lines of a header, and leaves the values of cookies out.
func shown(header http.Header) map[string]string {
	m := make(map[string]string, len(header))
	for name, values := range header {
		switch name {
		case "Cookie":
			m[name] = cookieNames(strings.Split(values[0], "; "), "; ")
		case "Set-Cookie":
			m[name] = cookieNames(values, ", ")
		default:
			m[name] = strings.Join(values, ", ")
		}
	}
	return m
}

// cookieNames hides the values of cookies, and keeps their attributes.
func cookieNames(lines []string, separator string) string {
	hidden := make([]string, len(lines))
	for i, line := range lines {
		pair, attributes, _ := strings.Cut(line, ";")
		name, _, _ := strings.Cut(pair, "=")
		hidden[i] = name + "=…"
		if attributes != "" {
			hidden[i] += ";" + attributes
		}
	}
	return strings.Join(hidden, separator)
}

// hide takes the secrets out of everything that a server can have put there.
func (r *report) hide(secrets []string) {
	if len(secrets) == 0 {
		return
	}
	pairs := make([]string, 0, 2*len(secrets))
	longestFirst := func(a, b string) int { return cmp.Compare(len(b), len(a)) }
	for _, secret := range slices.SortedFunc(slices.Values(secrets), longestFirst) {
		pairs = append(pairs, secret, "…")
	}
	hide := strings.NewReplacer(pairs...).Replace
	r.Error = hide(r.Error)
	for _, e := range r.Exchanges {
		e.URL = hide(e.URL)
		for name, value := range e.Response {
			e.Response[name] = hide(value)
		}
		for name, value := range e.Request {
			e.Request[name] = hide(value)
		}
		e.Blocked.hide(hide)
	}
	r.Blocked.hide(hide)
	for _, b := range r.Violations {
		b.hide(hide)
	}
	for _, f := range r.Findings {
		f.Value, f.Message = hide(f.Value), hide(f.Message)
	}
}

func (b *blocked) hide(hide func(string) string) {
	if b != nil {
		b.Message, b.Fix, b.URL = hide(b.Message), hide(b.Fix), hide(b.URL)
	}
}

// writeJSON returns what writes a report on a line.
func writeJSON(w io.Writer) func(*report) error {
	return func(r *report) error {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(r); err != nil {
			return err
		}
		_, err := io.WriteString(w, escapeJSON(b.String()))
		return err
	}
}

// escapeJSON escapes the control characters that encoding/json leaves as they are.
func escapeJSON(s string) string {
	var b strings.Builder
	for _, c := range s {
		if c != '\n' && isControl(c) {
			fmt.Fprintf(&b, `\u%04x`, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}
