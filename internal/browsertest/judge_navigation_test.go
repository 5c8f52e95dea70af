package browsertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/require"
)

// navigationTrial is a page, what a person does on it, and where that leads.
type navigationTrial struct {
	Key     string
	Outer   string // the page whose frame the page is in; "": none
	Page    string // the address, without key
	Kind    string // "open", "follow", "frame", "submit"
	URL     string
	Method  string // of a form
	Enctype string
	Fields  [][2]string
	Framed  bool // the form's target is a frame
	Answers map[string]*answer
}

func (n *navigationTrial) address() string { return n.Page + "?k=" + n.Key + "&h=p" }
func (n *navigationTrial) outer() string   { return n.Outer + "?k=" + n.Key + "&h=outer" }

// arrival is where a navigation led, and what the server saw on the way.
type arrival struct {
	Result  string // the address and the origin; "blocked"
	Arrived []string
	Console []string
}

func (a *arrival) String() string {
	return "RESULT " + a.Result + "\nCONSOLE\n" + strings.Join(a.Console, "\n") + "\nARRIVED\n" + strings.Join(a.Arrived, "\n") + "\n"
}

const navigateScript = `(() => {
	const n = %s;
	const form = (target) => {
		const f = document.createElement('form');
		f.method = n.Method; f.action = n.URL; f.enctype = n.Enctype; f.target = target;
		for (const [k, v] of n.Fields) {
			const i = document.createElement('textarea'); i.name = k; i.value = v; f.append(i);
		}
		document.body.append(f);
		const b = document.createElement('button'); f.append(b); b.click();
	};
	const frame = (name, src) => {
		const i = document.createElement('iframe'); i.name = name; if (src) i.src = src;
		document.body.append(i);
		return i;
	};
	switch (n.Kind) {
	case 'follow': {
		const a = document.createElement('a'); a.href = n.URL; document.body.append(a); a.click();
		return 'done';
	}
	case 'frame':
		frame('', n.URL);
		return 'done';
	case 'submit':
		if (n.Framed) frame('target');
		form(n.Framed ? 'target' : '_self');
		return 'done';
	}
})()`

func (j *judge) runNavigation(t *testing.T, w *watcher, n *navigationTrial) *arrival {
	t.Helper()
	start := n.address()
	first := start
	if n.Outer != "" {
		first = n.outer()
	}
	err := w.navigate(first)
	for range 5 { // the last navigation may still be in the way
		if err == nil {
			break
		}
		time.Sleep(200 * time.Millisecond)
		err = w.navigate(first)
	}
	require.NoError(t, err)
	j.referee.take(n.Key)
	w.unkeyed()
	a := new(arrival)
	if n.Kind == "open" {
		if err := w.navigate(n.URL); err != nil {
			a.Result = "blocked"
		}
	} else {
		data, err := json.Marshal(n)
		require.NoError(t, err)
		w.evaluateIn(t, n.Outer != "", n.Kind != "frame", fmt.Sprintf(navigateScript, data)) // no person makes frames
	}
	quiet := 0
	for range 100 { // until nothing new arrives
		before := j.referee.count(n.Key)
		time.Sleep(25 * time.Millisecond)
		if j.referee.count(n.Key) != before {
			quiet = 0
		} else if quiet++; quiet == 4 {
			break
		}
	}
	at := ""
	ctx := w.ctx
	if location, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + ' ' + self.origin")); err == nil {
		at = location
	}
	framed := n.Kind == "frame" || n.Framed || n.Outer != ""
	switch {
	case a.Result != "" || framed:
	case strings.HasPrefix(at, start+" ") || strings.HasPrefix(at, "chrome-error:"):
		a.Result = "blocked"
	default:
		a.Result = at
	}
	a.Arrived = j.referee.take(n.Key)
	for _, line := range append(w.observed(n.Key).console, w.unkeyed()...) {
		for _, start := range []string{"Framing", "Sending form", "Refused to display", "Blocked form"} {
			if strings.HasPrefix(line, start) && !strings.Contains(line, `report-only Content Security Policy directive: "frame-ancestors`) {
				a.Console = append(a.Console, strings.TrimSpace(line))
			}
		}
	}
	slices.Sort(a.Console)
	a.Console = slices.Compact(a.Console)
	return a
}

func (j *judge) simulateNavigation(t *testing.T, b *httpsectest.Browser, n *navigationTrial) *arrival {
	t.Helper()
	first := n.address()
	if n.Outer != "" {
		first = n.outer()
	}
	page, err := b.Open(first)
	require.NoError(t, err)
	if n.Outer != "" {
		page, err = page.Frame(n.address())
		require.NoError(t, err)
	}
	j.referee.take(n.Key)
	a := new(arrival)
	next := page
	switch n.Kind {
	case "open":
		next, err = b.Open(n.URL)
	case "follow":
		next, err = page.Follow(n.URL)
	case "frame":
		next, err = page.Frame(n.URL)
	default:
		fields := make(url.Values)
		for _, field := range n.Fields {
			fields.Add(field[0], field[1])
		}
		next, err = page.Submit(httpsectest.Form{Method: n.Method, Action: n.URL, Enctype: n.Enctype, Frame: n.Framed, Fields: fields})
	}
	var blocked *httpsectest.Blocked
	switch {
	case errors.As(err, &blocked):
		a.Result = "blocked"
		a.console(blocked)
	case err != nil:
		a.Result = err.Error()
	default:
		a.Result = next.URL() + " " + next.Origin()
	}
	if n.Kind == "frame" || n.Framed || n.Outer != "" {
		a.Result = ""
	}
	for _, v := range page.Violations() {
		a.console(v)
	}
	slices.Sort(a.Console)
	a.Console = slices.Compact(a.Console)
	a.Arrived = j.referee.take(n.Key)
	return a
}

func (a *arrival) console(b *httpsectest.Blocked) {
	switch b.Rule {
	case httpsectest.RuleCSP, httpsectest.RuleFrameOptions, httpsectest.RuleSandbox:
		a.Console = append(a.Console, strings.TrimSpace(b.Message))
	}
}

func (r *referee) count(key string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen[key])
}

func (j *judge) judgeNavigations(t *testing.T) {
	random := rand.New(rand.NewPCG(*judgeSeed, 3))
	y := &tally{t: t}
	for y.total < *judgeNavigations && time.Now().Before(j.ends) {
		w := j.watch(t)
		b := httpsectest.New(t, j.referee)
		cookies := ""
		for range 20 {
			n := j.randomNavigation(random)
			for n.warns() {
				n = j.randomNavigation(random)
			}
			text := j.compareNavigation(t, w, b, n)
			if text != "" && j.record.has(again(n.Key)) && j.compareNavigation(t, w, b, renamed(n, []string{n.Key}, again)) == "" {
				text = ""
			}
			if y.total++; text != "" {
				y.different++
				if strings.Contains(text, "Cookie: ") {
					text += cookies
				}
				y.print(n, text)
			}
			cookies += n.cookies()
		}
		w.close()
	}
	y.end(0.995)
}

// cookies lists what a trial set, for a disagreement about cookies after it.
func (n *navigationTrial) cookies() string {
	var lines strings.Builder
	for h, a := range n.Answers {
		for _, header := range a.Headers {
			if header[0] == "Set-Cookie" {
				fmt.Fprintf(&lines, "after %s from %s by %s at %s of %v: %s\n", n.URL, n.Page, n.Kind, h, n.path(), header[1])
			}
		}
	}
	return lines.String()
}

func (j *judge) compareNavigation(t *testing.T, w *watcher, b *httpsectest.Browser, n *navigationTrial) string {
	t.Helper()
	j.referee.set(n.Key, n.Answers)
	theirs := observe(t, j.record, n.Key, func() *arrival { return j.runNavigation(t, w, n) })
	own := j.simulateNavigation(t, b, n)
	j.referee.forget(n.Key)
	if !j.exact {
		theirs.Console, own.Console = nil, nil
	}
	if theirs.String() == own.String() {
		return ""
	}
	return difference(theirs.String(), own.String())
}

// warns reports whether Chromium would ask the person first, as it does where a
// form goes on from https to http.
func (n *navigationTrial) warns() bool {
	if n.Kind != "submit" {
		return false
	}
	secure := strings.HasPrefix(n.Page, "https:")
	for _, address := range n.path() {
		if secure && strings.HasPrefix(address, "http:") {
			return true
		}
		secure = secure || strings.HasPrefix(address, "https:")
	}
	return false
}

// path lists the addresses of the navigation.
func (n *navigationTrial) path() []string {
	path := []string{n.URL}
	for h := 0; n.Answers[fmt.Sprint(h)] != nil; h++ {
		for _, header := range n.Answers[fmt.Sprint(h)].Headers {
			if header[0] == "Location" {
				path = append(path, header[1])
			}
		}
	}
	return path
}

func (j *judge) randomNavigation(r *rand.Rand) *navigationTrial {
	n := &navigationTrial{
		Key: j.newKey(), Page: pick(r, judgeOrigins...) + pick(r, "/", "/page"),
		Kind:    pick(r, "open", "follow", "follow", "frame", "frame", "submit", "submit", "submit"),
		Method:  pick(r, "get", "post", "post"),
		Enctype: pick(r, "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"),
	}
	n.Framed = n.Kind == "submit" && chance(r, 3)
	start := &answer{Status: 200, Headers: [][2]string{{"Content-Type", "text/html; charset=utf-8"}}, Body: "<!doctype html><body>"}
	add := func(a *answer, name, value string) { a.Headers = append(a.Headers, [2]string{name, value}) }
	if chance(r, 2) {
		add(start, "Referrer-Policy", pick(r, referrerWords...))
	}
	if chance(r, 2) {
		add(start, pick(r, "Content-Security-Policy", "Content-Security-Policy-Report-Only"),
			pick(r, "form-action", "frame-src", "child-src", "default-src")+" "+strings.Join(some(r, 3, randomSources...), " ")+
				pick(r, "", "; form-action 'self' https:", "; script-src *"))
	}
	if chance(r, 8) {
		add(start, "Content-Security-Policy", "upgrade-insecure-requests")
	}
	if chance(r, 8) {
		add(start, "Content-Security-Policy", pick(r, "sandbox allow-scripts", "sandbox allow-scripts allow-forms", "sandbox allow-scripts allow-forms allow-same-origin"))
	}
	start.Headers = append(start.Headers, randomCookies(r)...)
	n.Answers = map[string]*answer{"p": start}
	if n.Kind != "open" && chance(r, 4) {
		n.Outer = pick(r, judgeOrigins...) + "/outer"
		if strings.HasPrefix(n.Page, "http:") && strings.HasPrefix(n.Outer, "https:") {
			n.Outer = pick(r, judgeOrigins[3:9]...) + "/outer" // no mixed content
		}
		n.Answers["outer"] = &answer{Status: 200, Headers: [][2]string{{"Content-Type", "text/html"}}, Body: fmt.Sprintf(`<!doctype html><iframe src="%s"></iframe>`, n.address())}
	}
	address := func(h int) string {
		from := pick(r, judgeOrigins...)
		if chance(r, 3) {
			from = originOf(n.Page)
		}
		return fmt.Sprintf("%s%s?k=%s&h=%d", from, pick(r, "/", "/data", "/a/b"), n.Key, h)
	}
	n.URL = address(0)
	n.Fields = [][2]string{{"a", "1 2"}, {"b", "ü\n"}, {"b", pick(r, "a*~'()b", "&=%", "\r\r\n", "")}}
	if n.Method == "get" { // whose query is the form's
		n.Fields = append(n.Fields, [2]string{"h", "0"}, [2]string{"k", n.Key})
	}
	if n.Kind == "submit" && chance(r, 10) {
		n.URL = fmt.Sprintf("%s?k=%s&h=0", pick(r, "", "/rooted", "relative"), n.Key)
	}
	for h := 0; ; h++ {
		a := &answer{Status: 200, Headers: [][2]string{{"Content-Type", "text/html"}}, Body: "<!doctype html>"}
		a.Headers = append(a.Headers, randomCookies(r)...)
		n.Answers[fmt.Sprint(h)] = a
		if h < 3 && chance(r, 3) {
			a.Status = pick(r, 301, 302, 303, 307, 308)
			add(a, "Location", address(h+1))
			if chance(r, 4) {
				add(a, "Referrer-Policy", pick(r, referrerWords...))
			}
			continue
		}
		if chance(r, 12) {
			a.Status = pick(r, 404, 500, 204)
		}
		if chance(r, 4) {
			add(a, "X-Frame-Options", pick(r, "DENY", "SAMEORIGIN", "sameorigin", "ALLOW-FROM https://app.example.com", "SAMEORIGIN, DENY", "SAMEORIGIN, SAMEORIGIN", "bogus"))
		}
		if chance(r, 4) {
			add(a, "Content-Security-Policy", pick(r, "frame-ancestors ", "frame-ancestors ", "sandbox allow-scripts; frame-ancestors ")+strings.Join(some(r, 3, randomSources...), " "))
		}
		return n
	}
}

var referrerWords = []string{
	"no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin", "strict-origin",
	"strict-origin-when-cross-origin", "unsafe-url",
}
