package browsertest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/require"
)

// documentTrial is a page with markup, and what the server has for its subresources.
type documentTrial struct {
	Key      string
	Page     string // the address, without key
	Headers  [][2]string
	Elements []string           // the markup, a line each
	Answers  map[string]*answer // of the subresources

	addresses map[int]string // of the subresources, as they are written
}

func (d *documentTrial) markup() string {
	return "<!doctype html><title>page</title>\n" + strings.Join(d.Elements, "\n")
}

// isScriptless reports whether a sandbox keeps scripts from running.
func (d *documentTrial) isScriptless() bool {
	return slices.ContainsFunc(d.Headers, func(h [2]string) bool {
		return strings.HasPrefix(h[1], "sandbox") && !strings.Contains(h[1], "allow-scripts")
	})
}

// report is what came of a document, in words that both sides can write. All are
// sets.
type report struct {
	Violations []string
	Blocked    []string
	Arrived    []string
	optional   []string // what Chromium does not say where its preload scanner met the redirect
}

// resourceOf returns the number of an address's resource, whether before or after a
// redirect.
func resourceOf(address string) string {
	_, h, _ := strings.Cut(address, "h=")
	if h == "" {
		return address
	}
	return h[:len(h)-1]
}

var redirected = regexp.MustCompile(`h=\d*1\b`)

func (r *report) sort() {
	for _, list := range []*[]string{&r.Violations, &r.Blocked, &r.Arrived} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

func (r *report) String() string {
	return "VIOLATIONS\n" + strings.Join(r.Violations, "\n") + "\nBLOCKED\n" + strings.Join(r.Blocked, "\n") + "\nARRIVED\n" + strings.Join(r.Arrived, "\n") + "\n"
}

// watchDocument is put into every document before its own scripts.
const watchDocument = `
	window.seen = [];
	window.addEventListener('securitypolicyviolation', e => {
		window.seen.push([e.effectiveDirective, e.blockedURI, e.disposition].join(' '));
	}, true);`

func (w *watcher) watchDocuments(t *testing.T) {
	t.Helper()
	_, err := chromedp.Call(w.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watchDocument})
	require.NoError(t, err)
}

// runDocument lets Chromium open a document.
func (j *judge) runDocument(t *testing.T, w *watcher, d *documentTrial) *report {
	t.Helper()
	require.NoError(t, w.navigate(d.Page+"?k="+d.Key+"&h=p"))
	w.settle(t)
	r := new(report)
	require.NoError(t, json.Unmarshal([]byte(w.evaluate(t, "window.seen ?? ['not watched']")), &r.Violations))
	o := w.observed(d.Key)
	for _, f := range o.failures {
		switch {
		case f.cors != "":
			r.Blocked = append(r.Blocked, "cors "+f.cors)
		case strings.Contains(f.text, "BLOCKED_BY_RESPONSE.") || strings.Contains(f.text, "BLOCKED_BY_ORB"):
			r.Blocked = append(r.Blocked, f.text+" "+resourceOf(f.url))
		}
	}
	for _, line := range append(o.console, w.unkeyed()...) {
		for _, start := range judgedLines {
			if strings.HasPrefix(line, start) && (start != "Mixed Content" || strings.Contains(line, "has been blocked")) && !strings.Contains(line, `report-only Content Security Policy directive: "frame-ancestors`) {
				r.Blocked = append(r.Blocked, strings.TrimSpace(line))
			}
		}
	}
	r.Arrived = j.referee.take(d.Key)
	return r
}

// judgedLines are how the lines of the console begin that httpsectest writes, too.
var judgedLines = []string{
	"Access to", "Refused to", "Failed to load module", "Failed to find", "Subresource Integrity", "Mixed Content",
	"Loading", "Connecting", "Framing", "Executing", "Applying", "Running", "Setting", "Creating",
}

// simulateDocument lets httpsectest open it.
func (j *judge) simulateDocument(t *testing.T, b *httpsectest.Browser, d *documentTrial) *report {
	t.Helper()
	page, err := b.Open(d.Page + "?k=" + d.Key + "&h=p")
	require.NoError(t, err)
	r := new(report)
	for _, blocked := range page.Violations() {
		switch blocked.Rule {
		case httpsectest.RuleCSP:
			disposition := "enforce"
			if blocked.ReportOnly {
				disposition = "report"
			}
			if blocked.Reason != "frame-ancestors" { // an event of the frame
				r.Violations = append(r.Violations, strings.Join([]string{blocked.Reason, blocked.URL, disposition}, " "))
			}
			r.Blocked = append(r.Blocked, strings.TrimSpace(blocked.Message))
			if redirected.MatchString(blocked.Message) {
				r.optional = append(r.optional, r.Blocked[len(r.Blocked)-1])
				if n := len(r.Violations); n > 0 {
					r.optional = append(r.optional, r.Violations[n-1])
				}
			}
		case httpsectest.RuleCORS:
			r.Blocked = append(r.Blocked, "cors "+blocked.Reason, blocked.Message)
		case httpsectest.RuleCORP, httpsectest.RuleCOEP, httpsectest.RuleORB:
			if blocked.Reason == "net::ERR_BLOCKED_BY_RESPONSE" { // Chromium says as little of X-Frame-Options
				continue
			}
			r.Blocked = append(r.Blocked, blocked.Reason+" "+resourceOf(blocked.URL))
		case httpsectest.RuleNetwork:
		default:
			r.Blocked = append(r.Blocked, blocked.Message)
			if blocked.Rule == httpsectest.RuleMixedContent && redirected.MatchString(blocked.URL) {
				r.optional = append(r.optional, blocked.Message)
			}
		}
	}
	r.Arrived = j.referee.take(d.Key)
	return r
}

func (j *judge) judgeDocuments(t *testing.T) {
	random := rand.New(rand.NewPCG(*judgeSeed, 2))
	y := &tally{t: t}
	for y.total < *judgeDocuments && time.Now().Before(j.ends) {
		w := j.watch(t)
		if w != nil {
			w.watchDocuments(t)
		}
		b := httpsectest.New(t, j.referee)
		for range 20 {
			d := j.randomDocument(random)
			text := j.compareDocument(t, w, b, d)
			if text != "" && j.record.has(again(d.Key)) && j.compareDocument(t, w, b, renamed(d, []string{d.Key}, again)) == "" {
				text = ""
			}
			y.total++
			if text == "" {
				continue
			}
			y.different++
			if y.shrunk < *judgeShrink && !j.record.replays() {
				y.shrunk++
				d, text = j.shrinkDocument(t, w, b, d, text)
			}
			y.print([]any{d.Page, d.Headers, d.Elements, d.Answers}, text)
		}
		w.close()
	}
	y.end(0.995)
}

func (j *judge) compareDocument(t *testing.T, w *watcher, b *httpsectest.Browser, d *documentTrial) string {
	t.Helper()
	d.Answers["p"] = &answer{Status: 200, Headers: append([][2]string{{"Content-Type", "text/html; charset=utf-8"}}, d.Headers...), Body: d.markup()}
	j.referee.set(d.Key, d.Answers)
	theirs := observe(t, j.record, d.Key, func() *report { return j.runDocument(t, w, d) })
	own := j.simulateDocument(t, b, d)
	j.referee.forget(d.Key)
	delete(d.Answers, "p")
	if !j.exact {
		theirs.Blocked, own.Blocked = nil, nil
	}
	if d.isScriptless() { // nobody hears the events
		theirs.Violations, own.Violations = nil, nil
	}
	theirs.sort()
	own.sort()
	for _, line := range own.Blocked {
		// Said where nosniff is, otherwise done in silence; of a modulepreload now and then.
		if strings.HasPrefix(line, "Refused to apply style") || strings.HasPrefix(line, "Failed to load module") {
			own.optional = append(own.optional, line)
		}
	}
	return setDifference(theirs, own)
}

func setDifference(theirs, own *report) string {
	var b strings.Builder
	for _, pair := range [][2][]string{{theirs.Violations, own.Violations}, {theirs.Blocked, own.Blocked}, {theirs.Arrived, own.Arrived}} {
		for _, line := range pair[0] {
			if !strings.Contains(line, "/favicon.ico") && !slices.Contains(pair[1], line) {
				b.WriteString("- " + line + "\n")
			}
		}
		for _, line := range pair[1] {
			if !slices.Contains(pair[0], line) && !slices.Contains(own.optional, line) {
				b.WriteString("+ " + line + "\n")
			}
		}
	}
	return b.String()
}

// shrinkDocument takes away what does not matter for the disagreement.
func (j *judge) shrinkDocument(t *testing.T, w *watcher, b *httpsectest.Browser, d *documentTrial, text string) (*documentTrial, string) {
	t.Helper()
	try := func(change func(*documentTrial)) bool {
		c := renamed(d, []string{d.Key}, j.fresh)
		change(c)
		found := j.compareDocument(t, w, b, c)
		if found == "" || signatureOf(found) == "" {
			return false
		}
		d, text = c, found
		return true
	}
	for i := len(d.Elements) - 1; i >= 0; i-- {
		try(func(c *documentTrial) { c.Elements = slices.Delete(c.Elements, i, i+1) })
	}
	for i := len(d.Headers) - 1; i >= 0; i-- {
		try(func(c *documentTrial) { c.Headers = slices.Delete(c.Headers, i, i+1) })
	}
	for i := range d.Headers {
		for n := strings.Count(d.Headers[i][1], ";"); n >= 0; n-- {
			try(func(c *documentTrial) {
				c.Headers[i][1] = strings.Join(slices.Delete(strings.Split(c.Headers[i][1], ";"), n, n+1), ";")
			})
		}
	}
	for h, a := range d.Answers {
		if a == nil || !strings.Contains(strings.Join(d.Elements, ""), "h="+h) {
			continue
		}
		for n := len(a.Headers) - 1; n >= 0; n-- {
			try(func(c *documentTrial) { c.Answers[h].Headers = slices.Delete(c.Answers[h].Headers, n, n+1) })
		}
	}
	return d, text
}

// Inline content, and its hashes.
var (
	inlineScripts = []string{"1+1", "let a = 'x < y'", " ", "void 0;\n"}
	inlineStyles  = []string{"p { color: red }", "b{}"}
	randomHashes  = func() (all []string) {
		for _, content := range slices.Concat(inlineScripts, inlineStyles, []string{"f()", "color: red", "1"}) {
			all = append(all, "'sha256-"+digestOf("sha256", content)+"'")
		}
		return append(all, "'sha384-"+digestOf("sha384", inlineScripts[0])+"'", "'SHA256-"+digestOf("sha256", inlineScripts[1])+"'")
	}()
)

func (j *judge) randomDocument(r *rand.Rand) *documentTrial {
	d := &documentTrial{Key: j.newKey(), Page: pick(r, judgeOrigins...) + pick(r, "/", "/page", "/directory/page"), Answers: make(map[string]*answer), addresses: make(map[int]string)}
	add := func(name, value string) { d.Headers = append(d.Headers, [2]string{name, value}) }
	for range pick(r, 0, 1, 1, 1, 2) {
		add(pick(r, "Content-Security-Policy", "Content-Security-Policy", "Content-Security-Policy-Report-Only"), randomPolicy(r))
	}
	if chance(r, 5) {
		add("Referrer-Policy", pick(r, "no-referrer", "origin", "same-origin", "strict-origin", "unsafe-url"))
	}
	if chance(r, 8) {
		add("Cross-Origin-Embedder-Policy", pick(r, "require-corp", "credentialless"))
	}
	if chance(r, 12) {
		add("Content-Security-Policy", "upgrade-insecure-requests")
	}
	if chance(r, 12) {
		add("Content-Security-Policy", pick(r, "sandbox allow-scripts", "sandbox allow-scripts", "sandbox", "sandbox allow-same-origin allow-forms"))
	}
	for i := range 1 + r.IntN(8) {
		d.Elements = append(d.Elements, j.randomElement(r, d, 10*(i+1)))
	}
	return d
}

func randomPolicy(r *rand.Rand) string {
	var directives []string
	for _, name := range some(r, 4, "default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr", "img-src", "font-src", "media-src", "object-src", "frame-src", "child-src", "base-uri", "default-src", "script-src", "style-src") {
		if slices.ContainsFunc(directives, func(d string) bool { return strings.HasPrefix(d, name+" ") }) && !chance(r, 10) {
			continue
		}
		sources := some(r, 3, randomSources...)
		if chance(r, 2) {
			sources = append(sources, "'self'")
		}
		sources = append(sources, some(r, 3, append([]string{"'unsafe-inline'", "'unsafe-inline'", "'nonce-abc'", "'nonce-abc'", "'NONCE-abc'", "'unsafe-hashes'", "'strict-dynamic'", "'unsafe-eval'", "'report-sample'", "data:"}, randomHashes...)...)...)
		directives = append(directives, strings.Join(append([]string{pick(r, name, name, name, name, strings.ToUpper(name))}, sources...), pick(r, " ", " ", "  ")))
	}
	return strings.Join(directives, pick(r, "; ", ";", ";; "))
}

// resource makes an address and the answers to it.
func (j *judge) randomResource(r *rand.Rand, d *documentTrial, h int, contentType, body string) string {
	origin := originOf(d.Page)
	if earlier := 10 * (1 + r.IntN(9)); contentType != "text/html" && earlier < h && d.addresses[earlier] != "" && chance(r, 6) {
		return d.addresses[earlier] // the same again, for something else
	}
	address := func(h int) string {
		from := pick(r, judgeOrigins...)
		if chance(r, 3) {
			from = origin
		}
		return fmt.Sprintf("%s%s?k=%s&h=%d", from, pick(r, "/data", "/a/b", "/directory/data", "/d%61ta"), d.Key, h)
	}
	a := &answer{Status: 200, Body: body, Headers: [][2]string{{"Content-Type", contentType}}}
	if chance(r, 8) && body != "<!doctype html>" { // frames of other types are documents of their own
		a.Headers[0][1] = pick(r, "text/plain", "text/html", "application/json", "image/png", "text/css", "text/javascript", "", "text/csv", "audio/mpeg", "application/octet-stream", "TEXT/CSS; charset=x", "application/x-javascript")
	}
	add := func(name, value string) { a.Headers = append(a.Headers, [2]string{name, value}) }
	if chance(r, 2) {
		a.Headers = append(a.Headers, randomCORS(r, origin)...)
	}
	if chance(r, 4) {
		add("X-Content-Type-Options", pick(r, "nosniff", "NOSNIFF", "nosniff, x", "bogus"))
	}
	if chance(r, 4) {
		add("Cross-Origin-Resource-Policy", pick(r, "same-origin", "same-site", "cross-origin"))
	}
	if chance(r, 15) {
		a.Status = pick(r, 404, 500, 204)
	}
	first := address(h)
	if chance(r, 5) { // to the base
		first = fmt.Sprintf("relative?k=%s&h=%d", d.Key, h)
	}
	d.Answers[fmt.Sprint(h)] = a
	if chance(r, 6) {
		moved := &answer{Status: pick(r, 301, 302, 307), Headers: append(randomCORS(r, origin), [2]string{"Location", address(h + 1)})}
		if chance(r, 4) {
			moved.Headers = append(moved.Headers, [2]string{"Cross-Origin-Resource-Policy", pick(r, "same-origin", "cross-origin")})
		}
		d.Answers[fmt.Sprint(h)], d.Answers[fmt.Sprint(h+1)] = moved, a
	}
	d.addresses[h] = strings.ReplaceAll(first, "&", pick(r, "&", "&amp;"))
	return d.addresses[h]
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`

func (j *judge) randomElement(r *rand.Rand, d *documentTrial, h int) string {
	var attributes strings.Builder
	attribute := func(n int, text string) {
		if chance(r, n) {
			attributes.WriteString(" " + text)
		}
	}
	resource := func(contentType, body string) string { return j.randomResource(r, d, h, contentType, body) }
	integrity := func(body string) string {
		return pick(r, `integrity="sha256-`+digestOf("sha256", body)+`"`, `integrity="sha384-`+digestOf("sha384", body)+` sha256-bogus"`, `integrity="sha256-AAAA"`, `integrity="bogus"`,
			`integrity="sha384-AAAA sha256-`+digestOf("sha256", body)+`"`,
			`integrity="sha512-`+digestOf("sha512", body)+`?x sha256-AAAA"`, `integrity="SHA256-AAAA sha256-`+digestOf("sha256", body)+`"`, `integrity=""`)
	}
	crossorigin := pick(r, "crossorigin", `crossorigin="use-credentials"`, `crossorigin=anonymous`)
	nonce := pick(r, `nonce="abc"`, `nonce="abc"`, `nonce="other"`, `nonce`)
	switch r.IntN(24) {
	case 22, 23:
		return j.rareElement(r, d, h)
	case 0, 1, 2:
		attribute(3, nonce)
		attribute(3, crossorigin)
		attribute(5, integrity("1"))
		attribute(5, "type=module")
		attribute(12, `referrerpolicy="no-referrer"`)
		return fmt.Sprintf(`<script src="%s"%s></script>`, resource("text/javascript", "1"), attributes.String())
	case 3, 4:
		attribute(3, nonce)
		attribute(8, "type=module")
		attribute(12, `type="application/json"`)
		return "<script" + attributes.String() + ">" + pick(r, inlineScripts...) + "</script>"
	case 5, 6:
		attribute(4, nonce)
		attribute(4, crossorigin)
		attribute(6, integrity("p{}"))
		return fmt.Sprintf(`<link rel="stylesheet" href="%s"%s>`, resource("text/css", "p{}"), attributes.String())
	case 7:
		attribute(3, nonce)
		return "<style" + attributes.String() + ">" + pick(r, inlineStyles...) + "</style>"
	case 8:
		attribute(3, nonce)
		return fmt.Sprintf(`<style%s>#e%d { background-image: url("%s") }</style><p id=e%d>text`, attributes.String(), h, strings.ReplaceAll(resource("image/svg+xml", svg), "&amp;", "&"), h)
	case 9:
		attribute(3, nonce)
		return fmt.Sprintf(`<style%s>@import "%s";</style>`, attributes.String(), strings.ReplaceAll(resource("text/css", "p{}"), "&amp;", "&"))
	case 10, 11, 12:
		attribute(3, crossorigin)
		attribute(12, `referrerpolicy="unsafe-url"`)
		return fmt.Sprintf(`<img src="%s"%s>`, resource("image/svg+xml", svg), attributes.String())
	case 13:
		return pick(r, `<p onclick="f()">`, `<body onload="f()">`, `<img onerror="g()">`, `<p style="color: red">`, `<b style="color: blue">`, `<p onfoo="x">`)
	case 14, 15:
		attribute(4, `sandbox="allow-scripts"`)
		a := resource("text/html", "<!doctype html>")
		last := d.Answers[fmt.Sprint(h)]
		if moved := d.Answers[fmt.Sprint(h+1)]; moved != nil {
			last = moved
		}
		if chance(r, 3) {
			last.Headers = append(last.Headers, [2]string{"X-Frame-Options", pick(r, "DENY", "SAMEORIGIN", "sameorigin", "ALLOW-FROM https://app.example.com", "SAMEORIGIN, DENY", "SAMEORIGIN, SAMEORIGIN", "bogus", "ALLOWALL", "DENY, bogus")})
		}
		if chance(r, 3) {
			last.Headers = append(last.Headers, [2]string{pick(r, "Content-Security-Policy", "Content-Security-Policy", "Content-Security-Policy-Report-Only"), "frame-ancestors " + strings.Join(some(r, 3, randomSources...), " ")})
		}
		if chance(r, 4) {
			last.Headers = append(last.Headers, [2]string{"Cross-Origin-Embedder-Policy", pick(r, "require-corp", "credentialless")})
		}
		return fmt.Sprintf(`<iframe src="%s"%s></iframe>`, a, attributes.String())
	case 16:
		return fmt.Sprintf(pick(r, `<object data="%s"></object>`, `<embed src="%s">`), resource("text/html", "<!doctype html>"))
	case 17:
		attribute(3, crossorigin)
		return fmt.Sprintf(pick(r, `<video src="%s"%s></video>`, `<audio src="%s"%s></audio>`), resource("video/mp4", "x"), attributes.String())
	case 18:
		attribute(3, crossorigin)
		attribute(4, nonce)
		attribute(6, integrity("1"))
		switch kind := pick(r, "script", "style", "image", "font", "fetch"); kind {
		case "font":
			return fmt.Sprintf(`<link rel="preload" as="font" crossorigin href="%s">`, resource("font/woff2", "x"))
		default:
			return fmt.Sprintf(`<link rel="preload" as="%s" href="%s"%s>`, kind, resource(map[string]string{"script": "text/javascript", "style": "text/css", "image": "image/svg+xml", "fetch": "application/json"}[kind], "1"), attributes.String())
		}
	case 19:
		attribute(3, nonce)
		return fmt.Sprintf(`<link rel="modulepreload" href="%s"%s>`, resource("text/javascript", "1"), attributes.String())
	case 20:
		return pick(r, `<iframe src="javascript:void 0"></iframe>`, `<img src="data:image/png;base64,AAAA">`, `<iframe src="data:text/html,x"></iframe>`, `<script src="data:text/javascript,1"></script>`, `<link rel=stylesheet href="data:text/css,p{}">`)
	}
	switch r.IntN(3) {
	case 0:
		return strings.Repeat(fmt.Sprintf(`<base href="%s/other/">`, pick(r, judgeOrigins...)), pick(r, 0, 1)) +
			fmt.Sprintf(`<base href="%s/another/">`, pick(r, judgeOrigins...))
	case 1:
		return fmt.Sprintf(`<meta http-equiv="content-security-policy" content="%s">`, randomPolicy(r))
	}
	return fmt.Sprintf(`<style>@font-face { font-family: f; src: url("%s") } html { font-family: f }</style>text`, strings.ReplaceAll(resource("font/woff2", "x"), "&amp;", "&"))
}

// rareElement makes what documents have now and then.
func (j *judge) rareElement(r *rand.Rand, d *documentTrial, h int) string {
	image := func() string { return j.randomResource(r, d, h, "image/svg+xml", svg) }
	script := func() string { return j.randomResource(r, d, h, "text/javascript", "1") }
	sheet := func() string { return j.randomResource(r, d, h, "text/css", "p{}") }
	media := func() string { return j.randomResource(r, d, h, "video/mp4", "x") }
	switch r.IntN(22) {
	case 0:
		return fmt.Sprintf(`<img srcset="%s">`, image())
	case 1:
		return fmt.Sprintf(`<img src="%s" srcset="/other?k=%s&amp;h=x 2x">`, image(), d.Key)
	case 2:
		return fmt.Sprintf(`<picture><source type="%s" srcset="%s"><img src="/other?k=%s&amp;h=x"></picture>`, pick(r, "image/webp", "image/svg+xml", "image/unknown"), image(), d.Key)
	case 3:
		return fmt.Sprintf(`<input type=IMAGE src="%s">`, image())
	case 4:
		return fmt.Sprintf(`<svg><image href="%s"/></svg>`, image())
	case 5:
		return fmt.Sprintf(`<svg><script href="%s"></script></svg>`, script())
	case 6:
		return fmt.Sprintf(`<video poster="%s" crossorigin></video>`, image())
	case 7:
		return fmt.Sprintf(`<video><source src="%s"></video>`, media())
	case 8:
		return fmt.Sprintf(`<audio preload=none src="%s"></audio>`, media())
	case 9:
		return fmt.Sprintf(`<template><img src="%s"></template>`, image())
	case 10:
		return fmt.Sprintf(`<noscript><img src="%s"></noscript>`, image())
	case 11:
		return fmt.Sprintf(`<script src="%s" %s></script>`, script(), pick(r, "nomodule", "language=javascript", "language=vbscript", "type=text/plain", "type=' TEXT/JavaScript '", "async", "defer"))
	case 12:
		return fmt.Sprintf(`<link rel="%s" title=x href="%s">`, pick(r, "alternate stylesheet", "STYLESHEET", "other stylesheet"), sheet())
	case 13:
		return fmt.Sprintf(`<link rel=stylesheet %s href="%s">`, pick(r, "media=print", "disabled", "type=text/css", "type=text/plain", "type=TEXT/CSS"), sheet())
	case 14:
		return fmt.Sprintf(`<p style="background-image: url(%s)">text`, strings.ReplaceAll(image(), "&amp;", "&"))
	case 15:
		return fmt.Sprintf(`<style type="%s">@import url(%s);</style>`, pick(r, "text/css", "TEXT/CSS", "text/plain"), strings.ReplaceAll(sheet(), "&amp;", "&"))
	case 16:
		return fmt.Sprintf(`<meta name="%s" content="%s">`, pick(r, "referrer", "Referrer"), pick(r, "no-referrer", "unsafe-url", "origin", "same-origin", "Origin", "bogus"))
	case 17:
		return fmt.Sprintf(`<iframe referrerpolicy="%s" src="%s"></iframe>`, pick(r, "no-referrer", "unsafe-url", "origin", "bogus"), j.randomResource(r, d, h, "text/html", "<!doctype html>"))
	case 18:
		return fmt.Sprintf(`<iframe sandbox="%s" src="%s"></iframe>`, pick(r, "", "allow-scripts allow-same-origin", "allow-forms"), j.randomResource(r, d, h, "text/html", "<!doctype html>"))
	case 19:
		return "<script nonce=abc>" + pick(r, "<!-- x", "let b = '<p>'", "\n") + "</script>" + pick(r, "<script type=importmap>{}</script>", "<style media=print>b{}</style>", "<svg onload='f()'></svg>", "<a href='javascript:f()'>x</a>")
	case 20:
		return fmt.Sprintf("<style>/* @import 'x'; */ @import '%s'; b { color: red }</style>", strings.ReplaceAll(sheet(), "&amp;", "&"))
	}
	// A sheet that asks for more.
	address := strings.ReplaceAll(image(), "&amp;", "&")
	d.Answers[fmt.Sprint(h+5)] = &answer{Status: 200, Headers: [][2]string{{"Content-Type", "text/css"}, {"Referrer-Policy", pick(r, "unsafe-url", "no-referrer", "bogus")}}, Body: fmt.Sprintf("#s%d { background: url('%s') }", h, address)}
	return fmt.Sprintf(`<link rel=stylesheet href="%s/sheet?k=%s&amp;h=%d"><p id=s%d>text`, pick(r, originOf(d.Page), pick(r, judgeOrigins...)), d.Key, h+5, h)
}
