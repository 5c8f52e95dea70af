package reporting

import "strings"

// Noise says why a report is most likely not about the site's own doing. Its values
// fit as labels of a metric. Reports are marked and never dropped, because what looks
// like noise may be an attack.
type Noise string

const (
	// NoiseExtension means that an extension of the browser did it.
	NoiseExtension Noise = "extension"
	// NoiseInjected means that the app around the browser did it, or a program that
	// changes pages on their way.
	NoiseInjected Noise = "injected"
	// NoiseForeign means that the document is not the site's own: another site copied
	// the page, or somebody made the report up.
	NoiseForeign Noise = "foreign"
	// NoiseTranslated means that a translator serves the document, or changed it.
	NoiseTranslated Noise = "translated"
)

// noise returns what the report, sent to that Host, is marked with.
func (s *sites) noise(host string, r *Report) Noise {
	about := r.subject()
	document := originOf(r.URL)
	blocked, blockedHost := cutOrigin(originOf(about.blocked))
	source, _ := cutOrigin(about.source)
	documentScheme, documentHost := cutOrigin(document)
	switch {
	case isExtension(blocked) || isExtension(source):
		return NoiseExtension
	case isInjector(blocked) || isInjector(source) || isWithin(blockedHost, "kaspersky-labs.com") || isInjected(about.sample):
		return NoiseInjected
	case isTranslator(documentHost) || isTranslator(blockedHost):
		return NoiseTranslated
	case documentHost != "" && !isHost(documentScheme, documentHost, host) && !s.any && !s.set.Contains(document):
		return NoiseForeign
	}
	return ""
}

// isHost reports whether a document's host is that of a request.
func isHost(scheme, host, requested string) bool {
	return (scheme == "http" || scheme == "https") && strings.EqualFold(host, withoutDefaultPort(scheme, requested))
}

// isExtension reports whether a scheme is that of extensions. Firefox's "resource"
// is not: it stands as the source where Firefox fetched the site's own favicon.
func isExtension(scheme string) bool {
	switch scheme {
	case "chrome-extension", "moz-extension", "ms-browser-extension", "safari-extension", "safari-web-extension",
		"se-extension", "user-script", "webkit-masked-url":
		return true
	}
	return false
}

// isInjector reports whether a scheme is one by which an app around a browser talks
// to the scripts that it puts into pages.
func isInjector(scheme string) bool {
	switch scheme {
	case "android-webview", "android-webview-video-poster", "chromenull", "gsa", "iabjs", "mxjscall", "opera",
		"webviewprogressproxy":
		return true
	}
	return false
}

// isInjected reports whether inline code is what browsers on iOS and Android, and
// apps with a browser in them, put into pages.
func isInjected(sample string) bool {
	for _, name := range [...]string{
		"_AutofillCallbackHandler", "__firefox__", "__gCrWeb", "instantSearchSDKJSBridge", "iabjs://", "swbrowser",
		"xbrowser", "zaloJSV2",
	} {
		if strings.Contains(sample, name) {
			return true
		}
	}
	return false
}

// isTranslator reports whether a host serves translated pages, or the script by
// which a browser translates them.
func isTranslator(host string) bool {
	for _, domain := range [...]string{
		"translate.goog", "translate.google.com", "translate.googleapis.com", "translate-pa.googleapis.com",
		"translate.googleusercontent.com", "translatetheweb.com", "turbopages.org",
	} {
		if isWithin(host, domain) {
			return true
		}
	}
	return false
}

// isWithin reports whether a host, which may have a port, is a domain or within it.
func isWithin(host, domain string) bool {
	host, _, _ = strings.Cut(host, ":")
	rest, ok := strings.CutSuffix(host, domain)
	return ok && (rest == "" || strings.HasSuffix(rest, "."))
}
