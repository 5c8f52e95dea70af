package httpsec

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
	"github.com/httpsec/httpsec/internal/origins"
)

// This file reads structured fields (RFC 9651) as far as security headers use
// them: dictionaries of tokens, strings and inner lists of those.

type itemKind uint8

const (
	noItem itemKind = iota // a key without a value, which stands for true
	tokenItem
	stringItem
)

// item is a bare item.
type item struct {
	kind itemKind
	text string // of a string, without its quotes
}

type parameter struct {
	key   string
	value item
}

// member is an entry of a dictionary. One that is no inner list has one item.
type member struct {
	key        string
	inner      bool
	items      []item
	parameters []parameter
}

// scanner reads a structured field from left to right. After the first problem
// it reads nothing more.
type scanner struct {
	s       string
	i       int
	problem string
}

func (scan *scanner) done() bool { return scan.i >= len(scan.s) || scan.problem != "" }

func (scan *scanner) fail(problem string) {
	if scan.problem == "" {
		scan.problem = problem + " at byte " + strconv.Itoa(scan.i)
	}
}

// accept reads c, if it is next.
func (scan *scanner) accept(c byte) bool {
	if scan.done() || scan.s[scan.i] != c {
		return false
	}
	scan.i++
	return true
}

func (scan *scanner) skipSpaces() {
	for scan.accept(' ') {
	}
}

// take reads the bytes that ok accepts.
func (scan *scanner) take(ok func(c byte) bool) string {
	start := scan.i
	for !scan.done() && ok(scan.s[scan.i]) {
		scan.i++
	}
	return scan.s[start:scan.i]
}

// dictionary reads RFC 9651, section 4.2.2.
func (scan *scanner) dictionary() []member {
	var members []member
	for scan.skipSpaces(); !scan.done(); {
		m := scan.member()
		if slices.ContainsFunc(members, func(other member) bool { return other.key == m.key }) {
			scan.fail("a second " + strconv.Quote(m.key))
		}
		members = append(members, m)
		scan.skipSpaces()
		if scan.done() {
			break
		}
		if !scan.accept(',') {
			scan.fail("a comma is missing")
		}
		if scan.skipSpaces(); scan.done() {
			scan.fail("a comma that nothing follows")
		}
	}
	return members
}

func (scan *scanner) member() member {
	m := member{key: scan.key()}
	if scan.accept('=') {
		if scan.accept('(') {
			m.inner = true
			for scan.skipSpaces(); !scan.done() && !scan.accept(')'); scan.skipSpaces() {
				m.items = append(m.items, scan.item())
				if !scan.done() && scan.s[scan.i] != ' ' && scan.s[scan.i] != ')' {
					scan.fail("a space or closing parenthesis is missing")
				}
			}
			if scan.problem == "" && scan.s[scan.i-1] != ')' {
				scan.fail("a closing parenthesis is missing")
			}
		} else {
			m.items = []item{scan.item()}
		}
	} else {
		m.items = []item{{}}
	}
	m.parameters = scan.parameters()
	return m
}

func (scan *scanner) parameters() []parameter {
	var list []parameter
	for scan.accept(';') {
		scan.skipSpaces()
		p := parameter{key: scan.key()}
		if scan.accept('=') {
			p.value = scan.item()
		}
		list = append(list, p)
	}
	return list
}

func (scan *scanner) key() string {
	start := scan.i
	key := scan.take(func(c byte) bool {
		return 'a' <= c && c <= 'z' || fields.IsDigit(c) || strings.IndexByte("_-.*", c) >= 0
	})
	if key == "" || key[0] != '*' && !('a' <= key[0] && key[0] <= 'z') {
		scan.i = start
		scan.fail("a key in lower case is missing")
	}
	return key
}

// item reads a token or a string; no security header has an item of another kind.
func (scan *scanner) item() item {
	if scan.accept('"') {
		return scan.quoted()
	}
	start := scan.i
	token := scan.take(func(c byte) bool { return fields.IsTokenByte(c) || c == ':' || c == '/' })
	if token == "" || token[0] != '*' && (!fields.IsAlphanumeric(token[0]) || fields.IsDigit(token[0])) {
		scan.i = start
		scan.fail("a token or quoted string is missing")
	}
	return item{tokenItem, token}
}

func (scan *scanner) quoted() item {
	var text strings.Builder
	for !scan.done() {
		switch {
		case scan.accept('"'):
			return item{stringItem, text.String()}
		case scan.accept('\\'):
			if scan.done() || scan.s[scan.i] != '"' && scan.s[scan.i] != '\\' {
				scan.fail("a backslash that escapes nothing")
				return item{}
			}
		}
		text.WriteByte(scan.s[scan.i])
		scan.i++
	}
	scan.fail("a closing quote is missing")
	return item{}
}

// checkPermissionsPolicy checks the header of
// https://w3c.github.io/webappsec-permissions-policy/#permissions-policy-http-header-field.
// Features are not checked by name: browsers ignore those they do not know, and
// new ones come with every release.
func checkPermissionsPolicy(value string, report reporter) {
	scan := scanner{s: value}
	members := scan.dictionary()
	if scan.problem != "" {
		fix := `write it like camera=(), geolocation=(self "https://maps.example.com")`
		report(quote(value)+": "+scan.problem, fix)
		return
	}
	for _, m := range members {
		for _, it := range m.items {
			checkAllowed(m, it, report)
		}
		for _, p := range m.parameters {
			if p.key != "report-to" || p.value.kind == noItem {
				report("feature "+strconv.Quote(m.key)+" has an unknown parameter "+strconv.Quote(p.key), "remove it")
			}
		}
	}
}

// checkAllowed checks an element of a feature's allowlist.
func checkAllowed(m member, it item, report reporter) {
	feature := "feature " + strconv.Quote(m.key)
	switch {
	case it.kind == noItem:
		report(feature+" has no allowlist", "write "+m.key+"=(), or "+m.key+"=(self)")
	case it.kind == tokenItem && (it.text == "*" || it.text == "self"):
	case it.kind == tokenItem && it.text == "none":
		report(feature+` allows "none", which is no such word`, "write "+m.key+"=()")
	case it.kind == tokenItem:
		fix := `write self, *, or an origin in double quotes`
		if e, problem, _ := parseEntry("https://"+it.text, false); problem == "" && strings.Contains(it.text, ".") {
			if fix = "write " + strconv.Quote(e.origin()); !m.inner {
				fix = "write " + m.key + "=(" + strconv.Quote(e.origin()) + ")"
			}
		}
		report(feature+" allows "+quote(it.text)+", which is neither self, * nor a quoted origin", fix)
	case !m.inner:
		report(feature+" has an origin outside parentheses", "write "+m.key+"=("+strconv.Quote(it.text)+")")
	case it.text == "self" || it.text == "*":
		report(feature+" has quotes around "+it.text, "write "+it.text)
	default:
		if _, problem, fix := parseEntry(it.text, false); problem != "" {
			report(feature+" allows "+quote(it.text)+", which "+problem, fix)
		}
	}
}

// checkReportingEndpoints checks https://w3c.github.io/reporting/#header: names
// and quoted URLs.
func checkReportingEndpoints(value string, report reporter) {
	scan := scanner{s: value}
	members := scan.dictionary()
	if scan.problem != "" {
		report(quote(value)+": "+scan.problem, `write it like main="https://reports.example.com/main"`)
		return
	}
	for _, m := range members {
		endpoint := "endpoint " + strconv.Quote(m.key)
		if m.inner || m.items[0].kind != stringItem {
			report(endpoint+" is not a quoted URL", `write `+m.key+`="https://reports.example.com/main"`)
			continue
		}
		text := m.items[0].text
		u, err := url.Parse(text)
		switch {
		case err != nil || u.Scheme == "" && !strings.HasPrefix(text, "/") || u.Scheme != "" && u.Host == "":
			report(endpoint+" has "+quote(text)+", which is neither an absolute URL nor a path from /", "")
		case u.Scheme != "" && u.Scheme != "https" && !origins.Loopback(u.Hostname()):
			report(endpoint+" has "+quote(text)+", where browsers do not send reports", "use https")
		}
	}
}
