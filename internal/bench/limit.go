package main

import (
	"io"
	"net/http"
	"strings"
)

// byHandOrigins is what a hand-written handler asks: one comparison or one look-up.
type byHandOrigins struct {
	only     string
	exact    map[string]bool
	suffixes map[string]bool // of patterns, each with three dots
}

func newByHandOrigins(origins []string) *byHandOrigins {
	s := new(byHandOrigins)
	switch {
	case strings.Contains(origins[0], "*"):
		s.suffixes = make(map[string]bool)
		for _, origin := range origins {
			s.suffixes[strings.TrimPrefix(origin, "https://*")] = true
		}
	case len(origins) == 1:
		s.only = origins[0]
	default:
		s.exact = make(map[string]bool)
		for _, origin := range origins {
			s.exact[origin] = true
		}
	}
	return s
}

func (s *byHandOrigins) contains(origin string) bool {
	switch {
	case s.only != "":
		return origin == s.only
	case s.exact != nil:
		return s.exact[origin]
	}
	rest, ok := strings.CutPrefix(origin, "https://")
	if !ok {
		return false
	}
	i := len(rest)
	for range 3 { // from the end, because a subdomain may have any depth
		if i = strings.LastIndexByte(rest[:i], '.'); i < 0 {
			return false
		}
	}
	return s.suffixes[rest[i:]]
}

// newLimit answers as httpsec does and checks nothing else: what any correct answer
// costs whose responses share no memory. With sockets it also refuses the handshakes
// of foreign pages, which costs a look-up in the request.
func newLimit(origins []string, sockets bool) middleware {
	set := newByHandOrigins(origins)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			lines := r.Header["Origin"]
			allowed := len(lines) == 1 && set.contains(lines[0])
			if r.Method == http.MethodOptions && len(lines) == 1 && len(r.Header["Access-Control-Request-Method"]) > 0 {
				byHandPreflight(w, lines[0], allowed)
				return
			}
			h := w.Header()
			switch {
			case allowed:
				byHandAllowed(h, lines[0])
			case sockets && len(lines) > 0 && r.Method == http.MethodGet && len(r.Header["Upgrade"]) > 0:
				byHandRefusal(w, http.StatusForbidden, "origin not allowed\n", "Origin")
				return
			default:
				h["Vary"] = []string{"Origin"}
			}
			next.ServeHTTP(w, r)
		})
	}
}

func byHandAllowed(h http.Header, origin string) {
	v := []string{"Origin", origin, "true", "X-Request-Id"}
	h["Vary"] = v[0:1:1]
	h["Access-Control-Allow-Origin"] = v[1:2:2]
	h["Access-Control-Allow-Credentials"] = v[2:3:3]
	h["Access-Control-Expose-Headers"] = v[3:4:4]
}

const byHandPreflightVary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

func byHandPreflight(w http.ResponseWriter, origin string, allowed bool) {
	if !allowed {
		byHandRefusal(w, http.StatusForbidden, "origin not allowed\n", byHandPreflightVary)
		return
	}
	h := w.Header()
	v := []string{
		byHandPreflightVary, origin, "true", "GET, POST, PUT, PATCH, DELETE, OPTIONS",
		"Authorization, Content-Type, X-Requested-With", "600",
	}
	h["Vary"] = v[0:1:1]
	h["Access-Control-Allow-Origin"] = v[1:2:2]
	h["Access-Control-Allow-Credentials"] = v[2:3:3]
	h["Access-Control-Allow-Methods"] = v[3:4:4]
	h["Access-Control-Allow-Headers"] = v[4:5:5]
	h["Access-Control-Max-Age"] = v[5:6:6]
	w.WriteHeader(http.StatusOK)
}

func byHandRefusal(w http.ResponseWriter, status int, body, vary string) {
	h := w.Header()
	v := []string{"no-store", "text/plain; charset=utf-8", vary}
	h["Cache-Control"] = v[0:1:1]
	h["Content-Type"] = v[1:2:2]
	if vary != "" {
		h["Vary"] = v[2:3:3]
	}
	w.WriteHeader(status)
	io.WriteString(w, body)
}
