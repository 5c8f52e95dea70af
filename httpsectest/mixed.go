package httpsectest

import "fmt"

// mixedContent refuses an insecure address in a secure page:
// https://w3c.github.io/webappsec-mixed-content/#should-block-fetch.
func (r *request) mixedContent() *Blocked {
	kind := "resource"
	switch r.destination {
	case "script":
		kind = "script"
	case "style":
		kind = "stylesheet"
	case "font":
		kind = "font"
	case "image":
		kind = "image"
	case "iframe":
		kind = "frame"
	case "object", "embed":
		if kind = "plugin resource"; r.redirects > 0 {
			kind = "frame"
		}
	case "websocket":
		return mixedSocket(r.client, r.url)
	}
	return &Blocked{
		Rule: RuleMixedContent, Reason: "mixed-content", URL: r.url.withoutFragment(), Line: r.line, Fix: r.url.upgraded().String(),
		Message: fmt.Sprintf("Mixed Content: The page at '%s' was loaded over HTTPS, but requested an insecure %s '%s'. This request has been blocked; the content must be served over HTTPS.",
			r.client.blamed().url, kind, r.url),
	}
}

func mixedSocket(page *Page, a *address) *Blocked {
	return &Blocked{
		Rule: RuleMixedContent, Reason: "mixed-content", URL: a.withoutFragment(), Fix: a.upgraded().String(),
		Message: fmt.Sprintf("Mixed Content: The page at '%s' was loaded over HTTPS, but attempted to connect to the insecure WebSocket endpoint '%s'. This request has been blocked; this endpoint must be available over WSS.", page.blamed().url, a),
	}
}

// blamed returns the page that the console names where content is mixed: the one at
// the top, if it is secure.
func (p *Page) blamed() *Page {
	top := p
	for top.parent != nil {
		top = top.parent
	}
	if top.url.scheme == "https" {
		return top
	}
	return p
}
