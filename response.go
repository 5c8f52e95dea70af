package httpsec

import (
	"io"
	"net/http"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
)

// The names in the form that net/http gives them in a header map. The request
// path indexes the maps with these: Header.Set and Header.Add would canonicalise
// the name on every request.
const (
	headerOrigin         = "Origin"
	headerRequestMethod  = "Access-Control-Request-Method"
	headerRequestHeaders = "Access-Control-Request-Headers"
	headerFetchSite      = "Sec-Fetch-Site"
	headerFetchMode      = "Sec-Fetch-Mode"

	headerVary             = "Vary"
	headerCacheControl     = "Cache-Control"
	headerContentType      = "Content-Type"
	headerAllowOrigin      = "Access-Control-Allow-Origin"
	headerAllowCredentials = "Access-Control-Allow-Credentials"
	headerAllowMethods     = "Access-Control-Allow-Methods"
	headerAllowHeaders     = "Access-Control-Allow-Headers"
	headerExposeHeaders    = "Access-Control-Expose-Headers"
	headerMaxAge           = "Access-Control-Max-Age"

	// preflightVary names all that the answer to a preflight may depend on, on
	// every one alike, so that one cached by a proxy never stands for another.
	preflightVary = headerOrigin + ", " + headerRequestMethod + ", " + headerRequestHeaders
)

// originRefused is the body of a refusal by Origin.
const originRefused = "origin not allowed\n"

// refuse answers without running the handler. The body tells whoever debugs it
// with curl what a browser only shows as a CORS error. A refusal may depend on
// more than Vary can say, such as cookies and the Sec-Fetch headers, so no cache
// may keep it.
func refuse(w http.ResponseWriter, status int, body string, vary string) {
	h := w.Header()
	clearCORS(h)
	var v []string
	if vary == "" {
		v = make([]string, 0, 2)
	} else {
		v = addVary(h, vary, 2)
	}
	v = append(v, "no-store", "text/plain; charset=utf-8")
	h[headerCacheControl] = v[0:1:1]
	h[headerContentType] = v[1:2:2]
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// allowOrigin is the value of Access-Control-Allow-Origin for an origin that may
// read.
func (p *rules) allowOrigin(origin string, g grant) string {
	if p.anyone && g == read {
		return "*"
	}
	return origin
}

// clearCORS deletes what an outer policy left, so that the innermost one decides
// alone.
func clearCORS(h http.Header) {
	if len(h) == 0 {
		return
	}
	delete(h, headerAllowOrigin)
	delete(h, headerAllowCredentials)
	delete(h, headerAllowMethods)
	delete(h, headerAllowHeaders)
	delete(h, headerExposeHeaders)
	delete(h, headerMaxAge)
}

// addVary adds to Vary those of the names, a list joined by ", ", that it lacks,
// and returns an empty slice with room for n values in the same array: a response
// costs one allocation, and shares no memory with another, so that a handler may
// write into any of its values. Each is carved out of the array with no room to grow
// into its neighbour.
func addVary(h http.Header, names string, n int) []string {
	var old []string
	if len(h) > 0 { // which is faster than to look in an empty map
		old = h[headerVary]
	}
	if len(old) == 0 {
		if n == 0 {
			h[headerVary] = []string{names}
			return nil
		}
		v := append(make([]string, 0, 1+n), names)
		h[headerVary] = v[0:1:1]
		return v[1:]
	}
	missing := make([]string, 0, 3) // preflightVary has no more; so it stays on the stack
	for name := range strings.SplitSeq(names, ", ") {
		if !fields.Lists(old, name) && !fields.Lists(old, "*") {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return make([]string, 0, n)
	}
	v := append(append(make([]string, 0, len(old)+len(missing)+n), old...), missing...)
	h[headerVary] = v[:len(v):len(v)]
	return v[len(v):]
}
