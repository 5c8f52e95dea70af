package httpsectest

import (
	"context"
	"strings"
)

// newRequest returns the request for a resource.
func (l *loader) newRequest(r *resource, a *address) *request {
	q := l.page.newRequest(context.Background(), a)
	q.mode, q.credentials = ModeNoCORS, CredentialsInclude
	q.policy, q.line, q.order, q.nonce, q.integrity = r.referrerPolicy, r.line, r.order, r.nonce, r.integrity
	q.upgrade = r.upgrade
	if r.crossorigin != nil || r.element == "module" || r.element == "modulepreload" || r.font {
		q.mode, q.credentials = ModeCORS, CredentialsSameOrigin
		if r.crossorigin != nil && strings.EqualFold(*r.crossorigin, "use-credentials") {
			q.credentials = CredentialsInclude
		}
	}
	q.alwaysOrigin = r.element != "audio" && r.element != "video"
	q.found = &l.found
	if r.sheet != nil {
		q.source = r.sheet
	}
	q.preload, q.imageSet = r.element == "modulepreload", r.set
	switch r.element {
	case "script", "module", "modulepreload":
		q.destination, q.initiator, q.directive = "script", "script", "script-src-elem"
	case "link":
		q.destination, q.initiator, q.directive = "style", "CSS stylesheet", "style-src-elem"
	case "audio", "video":
		q.destination, q.initiator, q.directive = r.element, r.element, "media-src"
		q.headers = []header{{"range", "bytes=0-"}}
	case "preload":
		q.destination, q.initiator, q.directive = r.as, preloadInitiators[r.as], directiveOf[r.as]
		if r.as == "fetch" {
			q.destination = ""
		}
	case "font":
		q.destination, q.initiator, q.directive = "font", "font", "font-src"
	default:
		q.destination, q.initiator, q.directive = "image", "image", "img-src"
	}
	return q
}

// preloadInitiators is what the console calls a preload.
var preloadInitiators = map[string]string{
	"script": "script", "style": "CSS stylesheet", "image": "image", "font": "font", "fetch": "link element resource",
}
