package httpsec

import (
	"net/http"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
)

// maxRequestHeaders and maxRequestMethod bound what is repeated from a preflight,
// and what is read of it at all.
const (
	maxRequestHeaders = 8 << 10
	maxRequestMethod  = 64
)

// isPreflight reports whether the request is a CORS-preflight request:
// https://fetch.spec.whatwg.org/#cors-preflight-request. Any other OPTIONS is an
// actual request.
func isPreflight(r *http.Request, origins []string) bool {
	return r.Method == http.MethodOptions && len(origins) == 1 && len(r.Header[headerRequestMethod]) > 0
}

// answerPreflight answers with all that is allowed rather than with what was
// asked: the browser compares (https://fetch.spec.whatwg.org/#cors-preflight-fetch-0,
// step 7), so one cached answer serves every method and header, and its console
// names the one that is missing.
func (p *rules) answerPreflight(w http.ResponseWriter, r *http.Request, origin string, g grant) {
	if g == noGrant {
		refuse(w, http.StatusForbidden, originRefused, preflightVary)
		return
	}
	h := w.Header()
	clearCORS(h)
	methods, headers := p.methods, p.headers
	if g == readCredentials {
		// With credentials the literal "*" is a name like any other, so "any" has
		// to name what was asked for.
		if p.anyMethod {
			methods = requestMethod(r)
		}
		if p.anyHeader {
			headers = requestHeaders(r)
		}
	}
	var v []string
	if p.anonymous {
		v = make([]string, 0, 5)
	} else {
		v = addVary(h, preflightVary, 5)
	}
	v = append(v, p.allowOrigin(origin, g), "true", methods, headers, p.maxAge)
	h[headerAllowOrigin] = v[0:1:1]
	if g == readCredentials {
		h[headerAllowCredentials] = v[1:2:2]
	}
	if methods != "" {
		h[headerAllowMethods] = v[2:3:3]
	}
	if headers != "" {
		h[headerAllowHeaders] = v[3:4:4]
	}
	h[headerMaxAge] = v[4:5:5]
	w.WriteHeader(p.status)
}

// requestMethod returns the method a preflight asks for, or "" if it does not name
// exactly one.
func requestMethod(r *http.Request) string {
	lines := r.Header[headerRequestMethod]
	if len(lines) != 1 || !isRepeatable(lines[0]) {
		return ""
	}
	return lines[0]
}

func isRepeatable(method string) bool {
	return len(method) <= maxRequestMethod && fields.IsToken(method)
}

// requestHeaders returns the header names a preflight asks for, or "" if there
// are none, if one of them is not a token, or if they are longer than anyone needs.
// The one line that a browser sends is returned as it is.
func requestHeaders(r *http.Request) string {
	lines := r.Header[headerRequestHeaders]
	if len(lines) == 0 || fields.TooLong(lines, maxRequestHeaders) {
		return ""
	}
	count, size := 0, 0
	for name := range fields.Elements(lines) {
		if !fields.IsToken(name) {
			return ""
		}
		count++
		size += len(", ") + len(name)
	}
	if len(lines) == 1 && strings.Count(lines[0], ",") == count-1 {
		return lines[0]
	}
	var names strings.Builder
	names.Grow(size)
	for name := range fields.Elements(lines) {
		if names.Len() > 0 {
			names.WriteString(", ")
		}
		names.WriteString(name)
	}
	return names.String()
}
