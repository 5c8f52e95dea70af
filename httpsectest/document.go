package httpsectest

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// document is what a page's markup asks for, in document order.
type document struct {
	base      *address
	policies  []*policy // of <meta>
	resources []*resource
	problems  []*Blocked // found while parsing: <base>
	upgrade   bool       // a <meta> asks for https
	hasMeta   bool       // a <meta> names a policy, if only in the body
}

// resource is something that the markup loads, runs or applies.
type resource struct {
	element string // "script", "module", "link", "preload", "img", "audio", "video", "iframe", "object", "embed", "style"
	src     string
	as      string // of a preload
	inline  *inline

	base           *address
	order          int // counts elements: policies of <meta> apply to what follows them
	line           int
	nonce          string
	integrity      string
	crossorigin    *string
	referrerPolicy string
	upgrade        bool
	sandbox        *sandbox

	deferred bool // of no use so far, but the policies are asked

	set     bool // one of several images, which are blocked and not upgraded
	scanned bool // of no use, but the preload scanner loads it

	sheet *address // the style sheet that asks; nil: the document
	font  bool
}

// parsed reads the markup at the first call. It returns nil for a blank page and for
// what is not HTML.
func (p *Page) parsed() *document {
	if p.response == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.document == nil {
		p.document = &document{base: p.url}
		if essence := mimeEssence(p.response.Header.Get("Content-Type")); essence == "text/html" || essence == "" {
			p.document = p.parse(string(p.body))
		}
	}
	return p.document
}

func (p *Page) parse(markup string) *document {
	w := &walker{
		page:     p,
		document: &document{base: p.url},
		policy:   p.referrerPolicy,
		upgrade:  p.upgradeInsecure,
	}
	root, err := html.ParseWithOptions(strings.NewReader(numberLines(markup, 1, false)), html.ParseOptionEnableScripting(!p.sandbox.blocksScripts()))
	if err == nil { // a string never fails, but for what is nested too deeply
		w.walk(root)
	}
	for _, r := range w.document.resources {
		switch r.element {
		case "object", "embed", "audio", "video": // which wait until the parser rests
			r.referrerPolicy, r.base = w.policy, w.document.base
		}
	}
	return w.document
}

// currentPolicies returns the policies that apply to the element of that order; 0
// means after the last.
func (p *Page) currentPolicies(order int) []*policy {
	d := p.parsed()
	if d == nil || len(d.policies) == 0 {
		return p.policies
	}
	policies := slices.Clone(p.policies)
	for _, policy := range d.policies {
		if order == 0 || policy.from < order {
			policies = append(policies, policy)
		}
	}
	return policies
}

// isScanned reports whether what Chromium's preload scanner finds is loaded at once:
// where a <meta> has a policy, wherever it stands, it waits for the parser.
func (p *Page) isScanned() bool {
	d := p.parsed()
	return d == nil || !d.hasMeta
}

// walker goes through the elements in document order.
type walker struct {
	page     *Page
	document *document
	order    int
	hasBase  bool
	policy   string // Referrer-Policy so far
	upgrade  bool
}

func (w *walker) walk(n *html.Node) {
	if n.Type == html.ElementNode {
		w.element(n)
		if n.Data == "template" && n.Namespace == "" {
			return
		}
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		w.walk(child)
	}
}

// element notes what one element asks for.
func (w *walker) element(n *html.Node) {
	w.order++
	line := 0
	fmt.Sscan(value(n, lineAttribute), &line)
	w.attributes(n, line)
	r := &resource{
		base: w.document.base, order: w.order, line: line, nonce: nonceOf(n), integrity: value(n, "integrity"),
		referrerPolicy: w.policy, upgrade: w.upgrade,
	}
	if own := strings.ToLower(value(n, "referrerpolicy")); slices.Contains(referrerPolicies, own) {
		r.referrerPolicy = own
	}
	if v, ok := attribute(n, "crossorigin"); ok {
		r.crossorigin = &v
	}
	switch n.Data {
	case "meta":
		w.meta(n)
	case "base":
		w.base(n, line)
	case "script":
		w.script(n, r)
	case "style":
		kind := strings.ToLower(value(n, "type"))
		w.add(r, "style", "")
		r.inline = &inline{directive: "style-src-elem", content: textOf(n), nonce: r.nonce, line: line, order: w.order}
		r.deferred = kind != "" && kind != "text/css"
	case "link":
		w.link(n, r)
	default:
		w.embedded(n, r)
	}
}

func (w *walker) add(r *resource, element, src string) {
	r.element, r.src = element, src
	w.document.resources = append(w.document.resources, r)
}

// attributes notes style attributes and event handlers.
func (w *walker) attributes(n *html.Node, line int) {
	for _, a := range n.Attr {
		directive := ""
		switch {
		case a.Key == "style":
			directive = "style-src-attr"
		case isHandler(a.Key) && !w.page.sandbox.blocksScripts():
			directive = "script-src-attr"
		default:
			continue
		}
		w.document.resources = append(w.document.resources, &resource{
			element: "attribute", order: w.order, line: line, base: w.document.base, referrerPolicy: w.policy, upgrade: w.upgrade,
			inline: &inline{directive: directive, content: a.Val, attribute: true, line: line, order: w.order},
		})
	}
}

// isHandler reports whether an attribute is an event handler.
func isHandler(name string) bool {
	event, ok := strings.CutPrefix(name, "on")
	return ok && strings.Contains(handlers, " "+event+" ")
}

const handlers = " abort animationend animationiteration animationstart auxclick beforeinput beforeunload blur cancel canplay " +
	"canplaythrough change click close contextmenu copy cut dblclick drag dragend dragenter dragleave dragover dragstart " +
	"drop durationchange ended error focus focusin focusout formdata gotpointercapture hashchange input invalid keydown " +
	"keypress keyup load loadeddata loadedmetadata loadstart lostpointercapture message mousedown mouseenter mouseleave " +
	"mousemove mouseout mouseover mouseup offline online pagehide pageshow paste pause play playing pointercancel " +
	"pointerdown pointerenter pointerleave pointermove pointerout pointerover pointerup popstate progress ratechange " +
	"reset resize scroll scrollend securitypolicyviolation seeked seeking select selectionchange selectstart slotchange " +
	"stalled storage submit suspend timeupdate toggle touchcancel touchend touchmove touchstart transitionend unload " +
	"volumechange waiting wheel "

// meta obeys <meta http-equiv=content-security-policy> and <meta name=referrer>.
func (w *walker) meta(n *html.Node) {
	content := value(n, "content")
	if strings.EqualFold(value(n, "name"), "referrer") {
		if policy := strings.ToLower(strings.TrimSpace(content)); slices.Contains(referrerPolicies, policy) {
			w.policy = policy
		}
		return
	}
	if !strings.EqualFold(value(n, "http-equiv"), "content-security-policy") {
		return
	}
	w.document.hasMeta = true
	if n.Parent == nil || n.Parent.Data != "head" {
		return
	}
	for text := range strings.SplitSeq(content, ",") {
		policy := newPolicy(text, false, w.page.url)
		policy.from = w.order
		delete(policy.sources, "frame-ancestors")
		w.document.policies = append(w.document.policies, policy)
		if policy.directives.Has("upgrade-insecure-requests") {
			w.upgrade, w.document.upgrade = true, true
		}
	}
}

// base obeys the first <base href>: https://html.spec.whatwg.org/#set-the-frozen-base-url.
func (w *walker) base(n *html.Node, line int) {
	href, ok := attribute(n, "href")
	if !ok || w.hasBase {
		return
	}
	w.hasBase = true
	a, ok := parseAddress(href, w.page.url)
	if !ok || a.scheme == "data" || a.scheme == "javascript" {
		return
	}
	blocked := false
	policies := append(slices.Clone(w.page.policies), w.document.policies...)
	for _, policy := range policies {
		check := &urlCheck{directive: "base-uri", url: a, reported: a.withoutFragment(), line: line}
		if !policy.allows(check) {
			w.document.problems = append(w.document.problems, policy.blockedURL(check))
			blocked = blocked || !policy.reportOnly
		}
	}
	if !blocked {
		w.document.base = a
	}
}

// script is https://html.spec.whatwg.org/#prepare-the-script-element.
func (w *walker) script(n *html.Node, r *resource) {
	kind, ok := attribute(n, "type")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if language := value(n, "language"); !ok && language != "" {
		kind = "text/" + strings.ToLower(language)
	}
	element := "script"
	switch {
	case kind == "module":
		element = "module"
	case kind == "importmap" || kind == "speculationrules":
	case kind == "" || isJavaScript(kind):
		if _, ok := attribute(n, "nomodule"); ok {
			return
		}
	default:
		return
	}
	src, external := attribute(n, "src")
	if n.Namespace == "svg" {
		src, external = attribute(n, "href")
	}
	switch {
	case external && src != "":
		w.add(r, element, src)
		r.scanned = w.page.sandbox.blocksScripts()
	case w.page.sandbox.blocksScripts():
	case external || textOf(n) == "":
	default:
		w.add(r, element, "")
		r.inline = &inline{directive: "script-src-elem", content: textOf(n), nonce: r.nonce, line: r.line, order: w.order}
	}
}
