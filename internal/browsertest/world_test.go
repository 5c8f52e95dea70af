package browsertest

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Origins that many cases use. The browser resolves them, and every other name, to
// two listeners on the loopback interface, so that they are real names on their
// default ports.
const (
	api     = "https://api.example.com"     // the service under test
	app     = "https://app.example.com"     // another origin of the same site
	partner = "https://partner.example.org" // another site, which is allowed too
	evil    = "https://evil.example.net"    // nobody's friend

	internet = "https://app.example.com:" + internetPort // on the internet, as browsers see it

	plainAPI = "http://api.internal.test" // no secure context: no Sec-Fetch-Site
)

// world is what all cases share: a browser and the servers it can reach.
type world struct {
	browser engine
	mu      sync.Mutex
	sites   map[string]*site // by key
}

// site is what the requests of one run of one case reach.
type site struct {
	key      string
	handler  http.Handler
	requests *journal // "GET /echo 200 handler", in the order of arrival
	headers  *journal // "Vary: Origin", of all responses
}

// newWorld starts the servers and the browser.
func newWorld(t *testing.T, s setup, start func(*testing.T, setup) engine) *world {
	t.Helper()
	w := &world{sites: make(map[string]*site)}

	plain := httptest.NewServer(w)
	t.Cleanup(plain.Close)

	s.authority = newAuthority(t)
	s.plain, s.secure, s.internet = plain.Listener.Addr().String(), w.listenTLS(t, s.authority), w.listenTLS(t, s.authority)
	w.browser = start(t, s)
	return w
}

// listenTLS starts a server and returns its address.
func (w *world) listenTLS(t *testing.T, a authority) string {
	t.Helper()
	server := httptest.NewUnstartedServer(w)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{a.certificate}}
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that the browser gives up
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// open makes the handler reachable under a fresh key, which every URL of the run
// carries: nothing cached, and no request that arrives late, is taken for it.
func (w *world) open(handler http.Handler) *site {
	w.mu.Lock()
	defer w.mu.Unlock()
	opened := &site{key: strconv.Itoa(len(w.sites) + 1), handler: handler, requests: newJournal(), headers: newJournal()}
	w.sites[opened.key] = opened
	return opened
}

func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if write, ok := pages[r.URL.Path]; ok {
		write(rw.Header())
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(rw, "<!doctype html><title>page</title>")
		return
	}
	w.mu.Lock()
	reached := w.sites[r.URL.Query().Get("k")]
	w.mu.Unlock()
	if reached == nil {
		rw.WriteHeader(http.StatusNoContent) // the favicon, or a request that comes late
		return
	}
	reached.serve(rw, r)
}

// pages are the pages that cases start from. The service under test has no part
// in them.
var pages = map[string]func(http.Header){
	"/blank":    func(http.Header) {},
	"/sandbox":  func(h http.Header) { h.Set("Content-Security-Policy", "sandbox allow-scripts allow-forms") },
	"/isolated": func(h http.Header) { h.Set("Cross-Origin-Embedder-Policy", "require-corp") },
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	line := r.Method + " " + r.URL.Path
	seen := &observer{ResponseWriter: w, site: s, number: s.requests.add(line), line: line, by: "policy"}
	s.handler.ServeHTTP(seen, r.WithContext(withObserver(r.Context(), seen)))
	seen.note(http.StatusOK)
}

// observer writes down the headers and the status of a response before the browser
// learns them, and who answered: the handler or the policy in front of it.
type observer struct {
	http.ResponseWriter
	site   *site
	number int // of the line in the journal
	line   string
	by     string
	status int
}

func (o *observer) Unwrap() http.ResponseWriter { return o.ResponseWriter }

func (o *observer) WriteHeader(status int) {
	o.note(status)
	o.ResponseWriter.WriteHeader(status)
}

func (o *observer) Write(p []byte) (int, error) {
	o.note(http.StatusOK)
	return o.ResponseWriter.Write(p)
}

func (o *observer) note(status int) {
	if o.status != 0 {
		return
	}
	o.status = status
	for name, values := range o.Header() {
		o.site.headers.add(name + ": " + strings.Join(values, ", "))
	}
	o.site.requests.replace(o.number, fmt.Sprintf("%s %d %s", o.line, status, o.by))
}
