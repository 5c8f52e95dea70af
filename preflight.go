package httpsec

import (
	"net/http"
	"strings"
)

const (
	// maxRequestHeaders and maxRequestMethod bound what is repeated from a
	// preflight, and what is read of it at all.
	maxRequestHeaders = 8 << 10
	maxRequestMethod  = 64

	// preflightVary names all that an answer may depend on, on every preflight
	// alike, so that one cached by a proxy never stands for another.
	preflightVary = headerOrigin + ", " + headerRequestMethod + ", " + headerRequestHeaders
)

// isPreflight reports whether the request is a CORS-preflight request:
// https://fetch.spec.whatwg.org/#cors-preflight-request. Any other OPTIONS is the
// handler's business.
func isPreflight(r *http.Request, origins []string) bool {
	return r.Method == http.MethodOptions && len(origins) == 1 && len(r.Header[headerRequestMethod]) > 0
}

// answerPreflight answers with all that is allowed rather than with what was
// asked: the browser compares (https://fetch.spec.whatwg.org/#cors-preflight-fetch-0,
// step 7), so one cached answer serves every method and header, and its console
// names the one that is missing.
func (p *policy) answerPreflight(w http.ResponseWriter, r *http.Request, origin string, allowed bool) {
	if !allowed {
		refuse(w, preflightVary)
		return
	}
	h := w.Header()
	clearCORS(h)
	var v values
	if p.any {
		origin = "*"
		v = make(values, 0, 5)
	} else {
		v = addVary(h, preflightVary, 5)
	}
	h[headerAllowOrigin] = v.one(origin)
	if p.credentials {
		h[headerAllowCredentials] = v.one("true")
	}
	methods := p.methods
	if p.echoMethod {
		methods = requestMethod(r)
	}
	if methods != "" {
		h[headerAllowMethods] = v.one(methods)
	}
	headers := p.headers
	if p.echoHeaders {
		headers = requestHeaders(r)
	}
	if headers != "" {
		h[headerAllowHeaders] = v.one(headers)
	}
	h[headerMaxAge] = v.one(p.maxAge)
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

func isRepeatable(method string) bool { return len(method) <= maxRequestMethod && isToken(method) }

// requestHeaders returns the header names a preflight asks for, or "" if there
// are none, if one of them is no token, or if they are longer than anyone needs.
// The one line that a browser sends is returned as it is.
func requestHeaders(r *http.Request) string {
	lines := r.Header[headerRequestHeaders]
	if len(lines) == 0 || isLong(lines, maxRequestHeaders) {
		return ""
	}
	count, size := 0, 0
	for name := range elements(lines) {
		if !isToken(name) {
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
	for name := range elements(lines) {
		if names.Len() > 0 {
			names.WriteString(", ")
		}
		names.WriteString(name)
	}
	return names.String()
}
