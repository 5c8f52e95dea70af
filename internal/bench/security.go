package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/httpsec/httpsec"
	"github.com/unrolled/secure"
)

const (
	unrolledSecure = "unrolled/secure"
	sharedSlices   = "seven shared slices"
	sevenFresh     = "limit"
	sevenOverHTTP  = "limit that looks for HTTPS"
)

var securityContenders = []string{ours, unrolledSecure, sevenFresh, sevenOverHTTP, sharedSlices}

// security is the table of those that send the same seven headers.
type security struct {
	baseline *subject
	subjects map[string]*subject
}

func (s *security) all() []*subject {
	return append(slices.Collect(maps.Values(s.subjects)), s.baseline)
}

// added is the time that a contender adds to a request.
func (s *security) added(contender string) float64 {
	return s.subjects[contender].median - s.baseline.median
}

func newSecurityTable() (*security, error) {
	s := &security{newBaseline(noOrigin), map[string]*subject{}}
	for _, contender := range securityContenders {
		wrap, err := newSecurity(contender)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", contender, err)
		}
		handler := wrap(bare)
		reply := answer(handler, newRequest(noOrigin, originList{}))
		delete(reply, "Content-Type")
		if !maps.EqualFunc(reply, sevenHeaders, slices.Equal[[]string]) {
			return nil, fmt.Errorf("%s: sends %v", contender, reply)
		}
		s.subjects[contender] = newSubject(handler, func() *http.Request { return newRequest(noOrigin, originList{}) })
	}
	return s, nil
}

// sevenHeaders are what the zero httpsec.Headers sends without TLS.
var sevenHeaders = http.Header{
	"Content-Security-Policy":      {httpsec.DefaultCSP().Without("upgrade-insecure-requests").String()},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
	"Cross-Origin-Resource-Policy": {"same-origin"},
	"Referrer-Policy":              {"strict-origin-when-cross-origin"},
	"X-Content-Type-Options":       {"nosniff"},
	"X-Frame-Options":              {"DENY"},
	"X-Xss-Protection":             {"1; mode=block"},
}

// newSecurity configures what sends sevenHeaders.
func newSecurity(contender string) (middleware, error) {
	switch contender {
	case ours:
		return httpsec.SecurityHeaders(httpsec.Headers{})
	case unrolledSecure:
		return secure.New(secure.Options{
			BrowserXssFilter:          true,
			ContentTypeNosniff:        true,
			FrameDeny:                 true,
			ContentSecurityPolicy:     sevenHeaders.Get("Content-Security-Policy"),
			CrossOriginOpenerPolicy:   "same-origin",
			CrossOriginResourcePolicy: "same-origin",
			ReferrerPolicy:            "strict-origin-when-cross-origin",
		}).Handler, nil
	case sevenFresh:
		return assignFresh, nil
	case sevenOverHTTP:
		return assignOverHTTP, nil
	case sharedSlices:
		return assignShared, nil
	}
	panic("no contender " + contender)
}

// assignShared is the least that can be done, and unsafe: a handler that writes
// into one of the slices changes every later response.
func assignShared(next http.Handler) http.Handler {
	csp := sevenHeaders["Content-Security-Policy"]
	opener := sevenHeaders["Cross-Origin-Opener-Policy"]
	resource := sevenHeaders["Cross-Origin-Resource-Policy"]
	referrer := sevenHeaders["Referrer-Policy"]
	types := sevenHeaders["X-Content-Type-Options"]
	frames := sevenHeaders["X-Frame-Options"]
	xss := sevenHeaders["X-Xss-Protection"]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Security-Policy"] = csp
		h["Cross-Origin-Opener-Policy"] = opener
		h["Cross-Origin-Resource-Policy"] = resource
		h["Referrer-Policy"] = referrer
		h["X-Content-Type-Options"] = types
		h["X-Frame-Options"] = frames
		h["X-Xss-Protection"] = xss
		next.ServeHTTP(w, r)
	})
}

// assignFresh does the same with memory of each response's own, which is the limit.
func assignFresh(next http.Handler) http.Handler {
	csp := sevenHeaders.Get("Content-Security-Policy")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		v := []string{csp, "same-origin", "same-origin", "strict-origin-when-cross-origin", "nosniff", "DENY", "1; mode=block"}
		h["Content-Security-Policy"] = v[0:1:1]
		h["Cross-Origin-Opener-Policy"] = v[1:2:2]
		h["Cross-Origin-Resource-Policy"] = v[2:3:3]
		h["Referrer-Policy"] = v[3:4:4]
		h["X-Content-Type-Options"] = v[4:5:5]
		h["X-Frame-Options"] = v[5:6:6]
		h["X-Xss-Protection"] = v[6:7:7]
		next.ServeHTTP(w, r)
	})
}

// assignOverHTTP also finds out whether the connection is secure, on which
// Strict-Transport-Security depends.
func assignOverHTTP(next http.Handler) http.Handler {
	fresh := assignFresh(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if proto := r.Header["X-Forwarded-Proto"]; r.TLS != nil || len(proto) == 1 && proto[0] == "https" {
			w.Header()["Strict-Transport-Security"] = []string{"max-age=31536000"}
		}
		fresh.ServeHTTP(w, r)
	})
}
