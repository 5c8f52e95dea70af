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
	var v responseValues
	if vary == "" {
		v = make(responseValues, 0, 2)
	} else {
		v = addVary(h, vary, 2)
	}
	h[headerCacheControl] = v.one("no-store")
	h[headerContentType] = v.one("text/plain; charset=utf-8")
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

// responseValues is the array that the header values of one response are carved
// out of: one allocation, and no memory that two responses share. A handler may
// write into any of them.
type responseValues []string

// one returns s as the value of a header, with no room to grow into its neighbour.
func (v *responseValues) one(s string) []string {
	n := len(*v)
	*v = append(*v, s)
	return (*v)[n : n+1 : n+1]
}

// addVary adds to Vary those of the names, a list joined by ", ", that it lacks,
// and returns room for n values in the same array.
func addVary(h http.Header, names string, n int) responseValues {
	old := h[headerVary]
	if len(old) == 0 {
		if n == 0 {
			h[headerVary] = []string{names}
			return nil
		}
		v := make(responseValues, 0, 1+n)
		h[headerVary] = v.one(names)
		return v
	}
	missing := make([]string, 0, 3) // preflightVary has no more; so it stays on the stack
	for name := range strings.SplitSeq(names, ", ") {
		if !fields.Lists(old, name) && !fields.Lists(old, "*") {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return make(responseValues, 0, n)
	}
	v := append(append(make(responseValues, 0, len(old)+len(missing)+n), old...), missing...)
	h[headerVary] = v[:len(v):len(v)]
	return v
}
