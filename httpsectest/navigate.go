package httpsectest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// navigation is what leads to another document:
// https://html.spec.whatwg.org/#navigate.
type navigation struct {
	url            *address
	method         string
	contentType    string
	body           []byte
	from           *Page    // nil: the address bar
	frame          *Page    // the page whose frame is navigated; nil at the top
	sandbox        *sandbox // of the frame
	destination    string   // of the frame: "iframe", "object" or "embed"
	user           bool     // a person did it
	form           bool
	line           int
	order          int
	upgrade        bool   // the markup's <meta> asks for https
	referrerPolicy string // of the element; "": the page's
	found          *[]*Blocked
	again          *urlCheck // to ask once more
}

// Form is a form that the page submits.
type Form struct {
	// Method is GET if empty, or POST.
	Method string

	// Action is where it goes; empty means the page's own address.
	Action string

	// Enctype is application/x-www-form-urlencoded if empty, or multipart/form-data or
	// text/plain. It counts for POST.
	Enctype string

	// Fields are the form's fields, which are sent sorted by name.
	Fields url.Values

	// Frame says that the form's target is an <iframe> of the page.
	Frame bool
}

// Frame loads url in an <iframe> of the page.
func (p *Page) Frame(url string) (*Page, error) {
	a, ok := parseAddress(url, p.baseURL())
	if !ok || !a.isHTTP() {
		return nil, thrown(url, "Cannot navigate to invalid URL")
	}
	return p.browser.navigate(&navigation{url: a, method: http.MethodGet, from: p, frame: p, destination: "iframe", sandbox: p.sandbox})
}

// Follow clicks on a link of the page: to where a frame's page is, in the frame.
func (p *Page) Follow(url string) (*Page, error) {
	a, ok := parseAddress(url, p.baseURL())
	if !ok || !a.isHTTP() {
		return nil, thrown(url, "Cannot navigate to invalid URL")
	}
	return p.browser.navigate(p.within(&navigation{url: a, method: http.MethodGet, from: p, user: true}))
}

// within keeps a navigation of a framed page in its frame.
func (p *Page) within(n *navigation) *navigation {
	if p.parent != nil {
		n.frame, n.destination = p.parent, "iframe"
	}
	n.sandbox = p.frameSandbox
	return n
}

// Submit submits a form of the page.
func (p *Page) Submit(f Form) (*Page, error) {
	a, ok := parseAddress(f.Action, p.baseURL())
	if f.Action == "" {
		a, ok = p.url, true
	}
	if !ok || !a.isHTTP() {
		return nil, thrown(f.Action, "Cannot navigate to invalid URL")
	}
	if p.sandbox != nil && !p.sandbox.forms {
		return nil, &Blocked{Rule: RuleSandbox, Reason: "allow-forms", URL: a.withoutFragment(), Fix: "allow-forms",
			Message: fmt.Sprintf("Blocked form submission to '%s' because the form's frame is sandboxed and the 'allow-forms' permission is not set.", f.Action)}
	}
	n := &navigation{url: a, method: http.MethodGet, from: p, user: true, form: true}
	if strings.EqualFold(f.Method, http.MethodPost) {
		n.method = http.MethodPost
		n.contentType, n.body = encodeForm(f)
	} else {
		withQuery := *a
		withQuery.query = "?" + encodeFields(f.Fields)
		n.url = &withQuery
	}
	if f.Frame {
		n.frame, n.destination, n.sandbox = p, "iframe", p.sandbox
		return p.browser.navigate(n)
	}
	return p.browser.navigate(p.within(n))
}
