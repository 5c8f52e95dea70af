package reporting_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/reporting"
)

// FuzzBody compares what is read with a slow reader of regular expressions and
// encoding/json, and checks that every report can be logged and tallied.
func FuzzBody(f *testing.F) {
	files, err := filepath.Glob("testdata/*-*/*.json")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(data)
	}
	for _, seed := range []string{
		"[" + violation + "," + violation, `[{"type":"a\ud800b","type":"\u0063"},{"a":[{}]},["{"],{]`, `{"body":{"lineNumber":"7"},"type":"csp-violation"}`,
		`{"csp-report":{"violated-directive":"img-src x","blocked-uri":"http://u:p@h:80/p?q#f","status-code":1e2}}`,
	} {
		f.Add([]byte(seed))
	}
	for _, depth := range []int{31, 32} { // the deepest that is read, and one more
		nested := `{"type":"x","body":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + "}"
		f.Add([]byte(nested))
		f.Add([]byte("[" + nested + "," + violation + "]"))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got := receive(t, string(body), "*")
		want := slowlyRead(body)
		require.Equal(t, want, marked(got))
		var tally reporting.Tally
		for _, r := range got {
			line := r.String()
			assert.LessOrEqual(t, len(line), 8*1024)
			assert.Equal(t, -1, strings.IndexFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }), "%q", line)
			tally.Add(r)
		}
		for _, e := range tally.Entries() {
			assert.LessOrEqual(t, len(e.Type+e.Directive+e.Blocked+e.Document+e.Source+e.Sample)+len(e.Noise), 512)
		}
	})
}

// marked returns the reports without the noise that they are marked with, which
// slowlyRead knows nothing of.
func marked(reports []reporting.Report) []reporting.Report {
	for i := range reports {
		reports[i].Noise = ""
	}
	return reports
}

var (
	tokens  = regexp.MustCompile(`(?s)"(?:[^"\\]|\\.)*"?|[\[\]{}]|[^"\[\]{}]+`)
	digits  = regexp.MustCompile(`^"?([0-9]+)"?$`)
	aURL    = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*)://([^/\\?#]*)([^?#]*)`)
	aScheme = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*):`)
	aWord   = regexp.MustCompile(`^[a-zA-Z0-9._-]{0,64}$`)
	opaque  = regexp.MustCompile(`(?i)^(about|blob|data|file|filesystem|javascript|view-source):`)
)

// slowlyRead is what Handler does, without care for time and memory.
func slowlyRead(body []byte) (reports []reporting.Report) {
	for i, object := range slowlySplit(body) {
		if report, ok := slowlyParse(object); ok && i < 100 {
			reports = append(reports, report)
		}
	}
	return reports
}

func slowlySplit(body []byte) (objects [][]byte) {
	body = bytes.TrimLeft(body[:min(len(body), 1<<20)], " \t\r\n")
	base, depth, start, pos := 0, 0, -1, 0
	if bytes.HasPrefix(body, []byte("[")) {
		base = 1
	} else if !bytes.HasPrefix(body, []byte("{")) {
		return nil
	}
	for _, token := range tokens.FindAll(body, -1) {
		switch token[0] {
		case '{', '[':
			if depth == base && token[0] == '{' {
				start = pos
			}
			if depth++; depth > base+32 {
				return objects
			}
		case '}', ']':
			depth--
			if depth == base && start >= 0 {
				if object := body[start : pos+1]; len(object) <= 64<<10 {
					objects = append(objects, object)
				}
				start = -1
			}
			if depth == 0 {
				return objects
			}
		}
		pos += len(token)
	}
	return objects
}

func slowlyParse(object []byte) (r reporting.Report, ok bool) {
	if !utf8.Valid(object) || !json.Valid(object) {
		return r, false
	}
	members := make(map[string]json.RawMessage)
	slowlyVisit(object, func(name string, value json.RawMessage) { members[name] = value })
	r = reporting.Report{Type: slowText(members["type"]), URL: slowlyRedact(slowText(members["url"])), UserAgent: slowText(members["user_agent"])}
	r.Age = time.Duration(slowNumber(members["age"])) * time.Millisecond
	if r.UserAgent == "" {
		r.UserAgent = "request's"
	}
	body := members["body"]
	if wrapped, ok := members["csp-report"]; ok {
		r.Type, body = "csp-violation", wrapped
	}
	if r.Type != "csp-violation" {
		if string(body) != "null" {
			r.Body = body
		}
		return r, r.Type != ""
	}
	if len(body) == 0 || body[0] != '{' {
		return r, false
	}
	v := slowViolation{}
	v.read(body)
	r.CSP = &v.CSPViolation
	if r.URL == "" {
		r.URL = v.document
	}
	return r, v.EffectiveDirective != ""
}

type slowViolation struct {
	reporting.CSPViolation
	document string
}

// read goes through the members in order: of the two names of a field the last counts.
func (v *slowViolation) read(body []byte) {
	var violated string
	slowlyVisit(body, func(name string, value json.RawMessage) {
		text, number := slowText(value), slowNumber(value)
		switch name {
		case "document-uri", "documentURL":
			v.document = slowlyRedact(text)
		case "referrer":
			v.Referrer = slowlyRedact(text)
		case "blocked-uri", "blockedURL":
			v.BlockedURL = slowlyRedact(text)
		case "effective-directive", "effectiveDirective":
			v.EffectiveDirective = text
		case "violated-directive":
			violated = text
		case "original-policy", "originalPolicy":
			v.OriginalPolicy = text
		case "disposition":
			v.Disposition = text
		case "source-file", "sourceFile":
			v.SourceFile = slowlyRedact(text)
		case "script-sample", "sample":
			v.Sample = text
		case "line-number", "lineNumber":
			v.Line = number
		case "column-number", "columnNumber":
			v.Column = number
		case "status-code", "statusCode":
			v.Status = number
		}
	})
	if v.EffectiveDirective == "" {
		v.EffectiveDirective = strings.Split(violated, " ")[0]
	}
}

// slowlyVisit goes through the members of an object in order. Names with escapes, which
// browsers have no use for, are left out.
func slowlyVisit(object []byte, visit func(name string, value json.RawMessage)) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	_, _ = decoder.Token()
	for decoder.More() {
		begin := decoder.InputOffset()
		name, _ := decoder.Token()
		escaped := bytes.Contains(object[begin:decoder.InputOffset()], []byte(`\`))
		var value json.RawMessage
		_ = decoder.Decode(&value)
		if !escaped {
			visit(name.(string), value)
		}
	}
}

func slowText(value []byte) (s string) {
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	_ = json.Unmarshal(value, &s)
	return s
}

func slowNumber(value []byte) int {
	if m := digits.FindSubmatch(value); m != nil && len(value) <= 12 {
		if n, err := strconv.ParseInt(string(m[1]), 10, 32); err == nil {
			return int(n)
		}
	}
	return 0
}

func slowlyRedact(url string) string {
	if m := aURL.FindStringSubmatch(url); m != nil && !opaque.MatchString(url) {
		host := m[2][strings.LastIndex(m[2], "@")+1:]
		ports := map[string]string{"http": ":80", "ws": ":80", "https": ":443", "wss": ":443"}
		return m[1] + "://" + strings.TrimSuffix(host, ports[m[1]]) + m[3]
	}
	if m := aScheme.FindStringSubmatch(url); m != nil {
		return strings.ToLower(m[1])
	}
	if aWord.MatchString(url) {
		return url
	}
	return ""
}

// TestSlowReader keeps the reference honest where the two could err alike.
func TestSlowReader(t *testing.T) {
	reports := slowlyRead([]byte("[" + violation + `,{"type":"coop","url":"https://u@h:443/p?q","age":"3"}]`))
	assert.Equal(t, []reporting.Report{
		{Type: "csp-violation", UserAgent: "request's", CSP: &reporting.CSPViolation{EffectiveDirective: "img-src"}},
		{Type: "coop", Age: 3 * time.Millisecond, URL: "https://h/p", UserAgent: "request's"},
	}, reports)
}
