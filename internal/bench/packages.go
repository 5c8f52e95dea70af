package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/httpsec/httpsec/reporting"
)

// packages is what the packages beside the middlewares cost.
type packages struct {
	report   *subject // received and tallied
	fetch    *subject // by a page of another origin
	client   *subject // the same request by a plain http.Client
	document *subject // opened with its subresources

	close func()
}

func (p *packages) all() []*subject { return []*subject{p.report, p.fetch, p.client, p.document} }

func newPackages() (*packages, error) {
	p := new(packages)
	var err error
	if p.report, err = newReport(); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	t := new(cleanups)
	p.close = t.run
	p.fetch = newFetch(t)
	p.client = newClient(t)
	p.document = newDocument(t)
	return p, nil
}

// cleanups stands for the test that a browser belongs to.
type cleanups struct {
	testing.TB
	list []func()
}

func (t *cleanups) Helper()          {}
func (t *cleanups) Cleanup(f func()) { t.list = append(t.list, f) }
func (t *cleanups) run() {
	for _, f := range t.list {
		f()
	}
}

// newReport returns what receives and tallies a report of 1 KiB.
func newReport() (*subject, error) {
	const before = `{"csp-report":{"document-uri":"https://app.example.com/cart","effective-directive":"script-src-elem","original-policy":"`
	const after = `","disposition":"report","blocked-uri":"https://cdn.example.net/analytics.js","status-code":200}}`
	body := before + strings.Repeat("x", 1024-len(before)-len(after)) + after
	var tally reporting.Tally
	h := reporting.Handler(func(_ *http.Request, r reporting.Report) { tally.Add(r) })
	s := newSubject(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = io.NopCloser(strings.NewReader(body))
		h.ServeHTTP(w, r)
	}), func() *http.Request {
		r := newRequest(noOrigin, originList{})
		r.Method, r.ContentLength = http.MethodPost, int64(len(body))
		return r
	})
	s.run(1)
	if len(tally.Entries()) != 1 {
		return nil, fmt.Errorf("tallied %v", tally.Entries())
	}
	return s, nil
}

// shared is what the fetch and the client ask for.
var shared = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	io.WriteString(w, "hello")
})

const sharedURL = "http://localhost:8080/"

// repeated returns a subject that does something else than to serve a request.
func repeated(do func() error) *subject {
	return newSubject(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if err := do(); err != nil {
			panic(err)
		}
	}), func() *http.Request { return nil })
}

func newFetch(t testing.TB) *subject {
	page := httpsectest.New(t, shared).Page(appOrigin)
	return repeated(func() error {
		res, err := page.Fetch(sharedURL, httpsectest.Init{})
		if err != nil {
			return err
		}
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
		return err
	})
}

// newClient asks over a pipe, as the browser does.
func newClient(t testing.TB) *subject {
	pipes := &pipeListener{make(chan net.Conn)}
	server := &http.Server{Handler: shared}
	go server.Serve(pipes)
	t.Cleanup(func() { server.Close() })
	client := &http.Client{Transport: &http.Transport{DialContext: pipes.dial, DisableCompression: true}}
	return repeated(func() error {
		r, err := http.NewRequest(http.MethodGet, sharedURL, nil)
		if err != nil {
			return err
		}
		res, err := client.Do(r)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
		return err
	})
}

// newDocument opens a page with twenty subresources.
func newDocument(t testing.TB) *subject {
	markup := strings.Repeat("<script src=/a.js></script><img src=/a.png>\n", 10)
	mux := http.NewServeMux()
	file := func(path, contentType, content string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Content-Security-Policy", "default-src 'self'")
			io.WriteString(w, content)
		})
	}
	file("/{$}", "text/html; charset=utf-8", markup)
	file("/a.js", "text/javascript", "1")
	file("/a.png", "image/png", "\x89PNG\r\n\x1a\n")
	browser := httpsectest.New(t, mux)
	return repeated(func() error {
		page, err := browser.Open(appOrigin + "/")
		if err == nil && len(page.Violations()) > 0 {
			err = fmt.Errorf("violations: %v", page.Violations())
		}
		return err
	})
}

// pipeListener listens to connections in memory.
type pipeListener struct{ conns chan net.Conn }

func (p *pipeListener) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p.conns <- server
	return client, nil
}

func (p *pipeListener) Accept() (net.Conn, error) {
	if conn, ok := <-p.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p *pipeListener) Close() error   { close(p.conns); return nil }
func (p *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }
