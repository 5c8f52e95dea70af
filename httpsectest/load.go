package httpsectest

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Load puts markup into the page and loads what it asks for: scripts, style sheets,
// images and the like, `<script src=… crossorigin nonce=…>` for one. Of a frame it loads
// the document and not what that asks for: see [Page.Frame]. It returns nil, a
// *[Blocked], or several with [errors.Join].
func (p *Page) Load(markup string) error {
	d := p.parse(markup)
	for _, r := range d.resources {
		r.order = 0
		if r.inline != nil {
			r.inline.order = 0
		}
		r.base = p.baseURL()
	}
	blocked := p.loadAll(d.resources)
	var all []error
	for _, b := range blocked {
		if b.ReportOnly {
			p.report(b)
		} else {
			all = append(all, b)
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}

// loadDocument loads what the page's own markup asks for.
func (p *Page) loadDocument() {
	d := p.parsed()
	if d == nil {
		return
	}
	p.report(d.problems...)
	p.report(p.loadAll(d.resources)...)
}

// loader loads the resources of one document, each address once.
type loader struct {
	page   *Page
	loaded map[loadKey]*loadResult
	found  []*Blocked
}

type loadKey struct {
	url, destination string
	mode             Mode
	credentials      Credentials
	set              bool
}

type loadResult struct {
	request *request
	resp    *http.Response
	body    []byte
	blocked *Blocked
}

func (p *Page) loadAll(resources []*resource) []*Blocked {
	l := &loader{page: p, loaded: make(map[loadKey]*loadResult)}
	for _, r := range resources {
		l.load(r)
	}
	return l.found
}

func (l *loader) note(blocked *Blocked, line int) {
	if blocked.Line == 0 {
		blocked.Line = line
	}
	l.found = append(l.found, blocked)
}

func (l *loader) load(r *resource) {
	switch {
	case r.inline != nil:
		blocked := l.checkInline(r.inline)
		switch isStyle := strings.HasPrefix(r.inline.directive, "style-src"); {
		case isStyle && !blocked && !r.deferred:
			l.loadCSS(r, r.inline.content)
		case r.inline.directive == "style-src-elem":
			for _, sheet := range scanCSS(r.inline.content) {
				if sheet.isImport {
					l.prescan(&resource{element: "link", src: sheet.url, base: r.base, line: r.line, order: r.order, referrerPolicy: r.referrerPolicy, upgrade: r.upgrade})
				}
			}
		}
	case r.scanned:
		l.prescan(r)
	case r.element == "iframe" || r.element == "object" || r.element == "embed":
		l.loadFrame(r)
	default:
		l.loadResource(r)
	}
}

// prescan loads what the preload scanner has seen, in a style sheet before a policy or
// its type refuses the whole, or of a script where none runs.
func (l *loader) prescan(r *resource) {
	if !l.page.isScanned() {
		return
	}
	found := l.found
	l.loadResource(r)
	for _, blocked := range l.found[len(found):] {
		if blocked.Rule != RuleCSP && blocked.Rule != RuleMixedContent { // which say nothing to the scanner
			found = append(found, blocked)
		}
	}
	l.found = found
}

func (l *loader) checkInline(i *inline) (blocked bool) {
	found, blocked := l.page.checkInline(i)
	l.found = append(l.found, found...)
	return blocked
}

// loadFrame navigates a frame, or what a plugin shows.
func (l *loader) loadFrame(r *resource) {
	a, ok := parseAddress(r.src, r.base)
	if !ok {
		return
	}
	if script, ok := strings.CutPrefix(r.src, "javascript:"); ok && r.element == "iframe" {
		l.checkInline(&inline{directive: "script-src-elem", content: script, attribute: true, line: r.line, order: r.order})
		return
	}
	if r.element != "iframe" {
		check := &urlCheck{directive: "object-src", url: a, reported: reportedTo(a, l.page), line: r.line, order: r.order}
		l.found = append(l.found, l.page.checkURL(check, true)...)
		if blocked := l.page.checkURL(check, false); len(blocked) > 0 {
			l.found = append(l.found, blocked...)
			return
		}
		if l.page.isSecure() && a.scheme == "http" && !isLoopback(a.host) {
			q := l.newRequest(r, a)
			q.destination = r.element
			l.note(q.mixedContent(), r.line)
			return
		}
	}
	if !a.isHTTP() {
		check := &urlCheck{directive: "frame-src", url: a, line: r.line, order: r.order, frame: true}
		l.found = append(l.found, l.page.checkURL(check, true)...)
		l.found = append(l.found, l.page.checkURL(check, false)...)
		return
	}
	n := &navigation{
		url: a, method: http.MethodGet, from: l.page, frame: l.page, destination: r.element, sandbox: l.page.sandbox.and(r.sandbox),
		line: r.line, order: r.order, referrerPolicy: r.referrerPolicy, upgrade: r.upgrade, found: &l.found,
	}
	if _, blocked := l.page.browser.navigate(n); blocked != nil {
		var b *Blocked
		if errors.As(blocked, &b) {
			l.note(b, r.line)
		}
	}
}

// loadOther asks the policies about what is not on the network.
func (l *loader) loadOther(r *resource, a *address, directive, reported string) {
	check := &urlCheck{directive: directive, url: a, reported: reported, line: r.line, order: r.order, nonce: r.nonce}
	l.found = append(l.found, l.page.checkURL(check, true)...)
	l.found = append(l.found, l.page.checkURL(check, false)...)
}

// loadResource fetches a script, a style sheet, an image, a font or media.
func (l *loader) loadResource(r *resource) {
	a, ok := parseAddress(r.src, r.base)
	if !ok {
		return
	}
	q := l.newRequest(r, a)
	if !a.isHTTP() {
		if a.scheme == "blob" {
			return // nothing but a script makes one
		}
		l.loadOther(r, a, q.directive, a.scheme)
		if contentType, body, ok := decodeData(a); ok && a.scheme == "data" && r.element == "link" && mimeEssence(contentType) == "text/css" {
			l.loadCSS(r, string(body))
		}
		return
	}
	if r.deferred {
		l.askPolicies(q.cspCheck())
		return
	}
	key := loadKey{a.withoutFragment(), q.destination, q.mode, q.credentials, q.imageSet}
	result, again := l.loaded[key]
	if again {
		if blocked := q.checkCSP(); blocked != nil {
			l.note(blocked, r.line)
			return
		}
	} else {
		result = l.fetch(q)
		l.loaded[key] = result
	}
	if result.blocked != nil {
		if !again {
			l.note(result.blocked, r.line)
		}
		return
	}
	if r.scanned {
		return
	}
	if blocked := l.judge(r, result); blocked != nil {
		blocked.Line = r.line
		q.exchange = result.request.exchange
		q.explain(blocked)
		l.note(blocked, r.line)
		return
	}
	if r.element == "link" {
		sheet := *r
		sheet.base, sheet.sheet = result.request.url, result.request.url
		sheet.referrerPolicy = parseReferrerPolicy(result.resp.Header)
		l.loadCSS(&sheet, string(result.body))
	}
}

// askPolicies notes what the policies have against an address.
func (l *loader) askPolicies(check *urlCheck) {
	l.found = append(l.found, l.page.checkURL(check, true)...)
	l.found = append(l.found, l.page.checkURL(check, false)...)
}

func (l *loader) fetch(q *request) *loadResult {
	resp, blocked := q.run()
	if blocked != nil {
		return &loadResult{request: q, blocked: blocked}
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		blocked := failedLoad(RuleNetwork, "net::ERR_CONTENT_LENGTH_MISMATCH", q.url)
		blocked.Err = err
		return &loadResult{request: q, blocked: blocked}
	}
	if q.isOpaque() && q.url.origin() != l.page.origin && q.destination != "" && isOpaqueBlocked(resp, body) {
		blocked := failedLoad(RuleORB, "net::ERR_BLOCKED_BY_ORB", q.url)
		q.explain(blocked)
		return &loadResult{request: q, blocked: blocked}
	}
	return &loadResult{request: q, resp: resp, body: body}
}

// judge asks whether what arrived can be used as the element wants to.
func (l *loader) judge(r *resource, result *loadResult) *Blocked {
	q := *result.request
	q.line, q.integrity = r.line, r.integrity
	isCode := slices.Contains([]string{"script", "module", "modulepreload", "link"}, r.element)
	if result.resp.StatusCode/100 != 2 && isCode {
		if blocked := q.checkType(result.resp, r.element != "script"); blocked != nil {
			return blocked
		}
		return failedStatus(&q, result.resp)
	}
	switch r.element {
	case "script", "module", "modulepreload", "link":
		blocked := q.checkType(result.resp, r.element == "module" || r.element == "modulepreload")
		if blocked != nil && r.element == "link" && isNosniff(result.resp.Header) {
			return blocked
		}
		if integrity := q.checkIntegrity(result.body); integrity != nil {
			if blocked != nil { // the console has both
				l.note(blocked, r.line)
			}
			return integrity
		}
		return blocked
	case "preload":
		if r.as == "style" && isNosniff(result.resp.Header) {
			return q.checkType(result.resp, false)
		}
	}
	return nil
}

// failedStatus is a script or a sheet that an error page took the place of.
func failedStatus(q *request, resp *http.Response) *Blocked {
	blocked := failedLoad(RuleNetwork, "net::ERR_ABORTED", q.url)
	blocked.Message = "Failed to load resource: the server responded with a status of " + resp.Status[:min(3, len(resp.Status))] + " (" + http.StatusText(resp.StatusCode) + ")"
	return blocked
}
