package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
)

// originList is the part of the policy in which the cells differ.
type originList struct {
	name    string
	origins []string
	allowed string // a request's origin that the list allows, half way down, in memory of its own
}

// foreignOrigin is on no list.
const foreignOrigin = "https://www.evil.com"

func exactOrigins(n int) originList {
	origins := make([]string, n)
	for i := range origins {
		origins[i] = fmt.Sprintf("https://app-%06d.example.com", i)
	}
	return originList{count(n, "exact origin"), origins, strings.Clone(origins[n/2])}
}

func subdomainPatterns(n int) originList {
	origins := make([]string, n)
	for i := range origins {
		origins[i] = fmt.Sprintf("https://*.tenant-%06d.example.com", i)
	}
	allowed := strings.Replace(origins[n/2], "*", "app", 1)
	return originList{count(n, "subdomain pattern"), origins, allowed}
}

func originLists() []originList {
	return []originList{
		exactOrigins(1), exactOrigins(6), exactOrigins(1000),
		subdomainPatterns(10), subdomainPatterns(1000),
	}
}

// request kinds, in the order of the tables.
const (
	actualAllowed    = "actual, allowed"
	actualRefused    = "actual, refused"
	noOrigin         = "no Origin"
	preflightAllowed = "preflight, allowed"
	preflightRefused = "preflight, refused"
)

var requestKinds = []string{actualAllowed, actualRefused, noOrigin, preflightAllowed, preflightRefused}

func isPreflight(kind string) bool { return kind == preflightAllowed || kind == preflightRefused }

func isAllowed(kind string) bool { return kind == actualAllowed || kind == preflightAllowed }

// newRequest returns a request of the kind as a browser's fetch sends it.
func newRequest(kind string, list originList) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://api.example.net/items", nil)
	r.TLS = nil // or Strict-Transport-Security would be an eighth header
	r.Header = http.Header{
		"Accept":          {"*/*"},
		"Accept-Encoding": {"gzip, deflate, br, zstd"},
		"Accept-Language": {"en-GB,en;q=0.9"},
		"Sec-Fetch-Dest":  {"empty"},
		"Sec-Fetch-Mode":  {"cors"},
		"Sec-Fetch-Site":  {"cross-site"},
		"User-Agent":      {"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
	}
	switch {
	case isAllowed(kind):
		r.Header["Origin"] = []string{list.allowed}
	case kind != noOrigin:
		r.Header["Origin"] = []string{foreignOrigin}
	}
	if isPreflight(kind) {
		r.Method = http.MethodOptions
		r.Header["Access-Control-Request-Method"] = []string{http.MethodPut}
		r.Header["Access-Control-Request-Headers"] = []string{"authorization,content-type,x-requested-with"}
	}
	return r
}

// newBaseline returns what is subtracted from the time of a request of the kind.
func newBaseline(kind string) *subject {
	handler := bare
	if isPreflight(kind) {
		handler = empty
	}
	return newSubject(handler, func() *http.Request { return newRequest(kind, originList{}) })
}

// bare is the handler behind every contender.
var bare = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Content-Type"] = []string{"application/json"}
})

// empty stands for the handler in preflights, where none runs.
var empty = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})

// cell is a row of the table: one kind of request under one list of origins.
type cell struct {
	list     originList
	kind     string
	baseline *subject
	subjects map[string]*subject // by contender; not all can express every list
	replies  map[string]http.Header
	shares   map[string]bool // whether the header slices of two responses are the same
	sockets  *subject        // the limit that refuses handshakes, too
}

// added is the time that a contender adds to a request.
func (c *cell) added(contender string) float64 {
	return c.subjects[contender].median - c.baseline.median
}

// sendsAll reports whether the contender sends every CORS header that we send.
func (c *cell) sendsAll(contender string) bool {
	for name := range c.replies[ours] {
		if _, sent := c.replies[contender][name]; !sent && isCORSHeader(name) {
			return false
		}
	}
	return true
}

func isCORSHeader(name string) bool {
	return name == "Vary" || strings.HasPrefix(name, "Access-Control-")
}

// newCells builds the table and checks every contender's answer in every cell.
func newCells() ([]*cell, error) {
	var cells []*cell
	for _, list := range originLists() {
		handlers := map[string]http.Handler{}
		for _, contender := range contenders {
			wrap, err := newCORS(contender, list.origins, allowedHeaders)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", contender, list.name, err)
			}
			if wrap != nil {
				handlers[contender] = wrap(bare)
			}
		}
		for _, kind := range requestKinds {
			c := &cell{
				list: list, kind: kind, baseline: newBaseline(kind), subjects: map[string]*subject{},
				replies: map[string]http.Header{}, shares: map[string]bool{},
			}
			for contender, handler := range handlers {
				if err := c.check(contender, handler); err != nil {
					return nil, fmt.Errorf("%s, %s, %s: %w", contender, list.name, kind, err)
				}
				c.subjects[contender] = newSubject(handler, func() *http.Request { return newRequest(kind, list) })
			}
			c.sockets = newSubject(newLimit(list.origins, true)(bare), func() *http.Request { return newRequest(kind, list) })
			cells = append(cells, c)
		}
	}
	return cells, nil
}

// check compares a contender's answer with what the cell is about, and notes what
// else distinguishes it.
func (c *cell) check(contender string, handler http.Handler) error {
	reply := answer(handler, newRequest(c.kind, c.list))
	want := map[string]string{}
	if isAllowed(c.kind) {
		want["Access-Control-Allow-Origin"] = c.list.allowed
		want["Access-Control-Allow-Credentials"] = "true"
	}
	switch c.kind {
	case actualAllowed:
		want["Access-Control-Expose-Headers"] = strings.ToLower(exposedHeaders[0])
	case preflightAllowed:
		want["Access-Control-Max-Age"] = fmt.Sprint(maxAgeSeconds)
		// Some answer with the list and some with what was asked for.
		for _, name := range []string{"Access-Control-Allow-Methods", "Access-Control-Allow-Headers"} {
			if want[name] = strings.ToLower(reply.Get(name)); want[name] == "" {
				return fmt.Errorf("%s is missing", name)
			}
		}
	}
	got := map[string]string{}
	for name, values := range reply {
		if strings.HasPrefix(name, "Access-Control-") {
			got[name] = strings.ToLower(strings.Join(values, ", "))
		}
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("answered %v instead of %v", got, want)
	}
	if ran := reply.Get("Content-Type") == "application/json"; ran == isPreflight(c.kind) {
		return fmt.Errorf("the handler ran: %v", ran)
	}
	c.replies[contender] = reply
	c.shares[contender] = sharesSlices(reply, answer(handler, newRequest(c.kind, c.list)))
	return nil
}

func answer(handler http.Handler, r *http.Request) http.Header {
	w := writer{header: make(http.Header)}
	handler.ServeHTTP(&w, r)
	return w.header
}

// sharesSlices reports whether the two responses hold the same memory.
func sharesSlices(a, b http.Header) bool {
	for name, values := range a {
		if len(values) > 0 && len(b[name]) > 0 && &values[0] == &b[name][0] {
			return true
		}
	}
	return false
}

// all returns what the cell times.
func (c *cell) all() []*subject {
	return append(slices.Collect(maps.Values(c.subjects)), c.baseline, c.sockets)
}

// count writes a number with its noun: "1,000 patterns".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// thousands writes a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
