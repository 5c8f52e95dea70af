package httpsectest_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/httpsec/httpsec/httpsectest"
)

// BenchmarkFetch is a cross-origin GET; BenchmarkClient is the same request by a plain
// http.Client over the same kind of pipe.
//
//	go test -bench 'Fetch|Client' ./httpsectest
func BenchmarkFetch(b *testing.B) {
	page := httpsectest.New(b, respond(200, "hello", allow)).Page(app)
	b.ReportAllocs()
	for b.Loop() {
		res, err := page.Fetch("http://localhost:8080/", httpsectest.Init{})
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

func BenchmarkClient(b *testing.B) {
	listener := &pipes{make(chan net.Conn)}
	server := &http.Server{Handler: respond(200, "hello", allow)}
	go server.Serve(listener)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DialContext: listener.dial, DisableCompression: true}}
	b.ReportAllocs()
	for b.Loop() {
		r, err := http.NewRequest("GET", "http://localhost:8080/", nil)
		if err != nil {
			b.Fatal(err)
		}
		res, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

// BenchmarkDocument is a page with twenty subresources.
func BenchmarkDocument(b *testing.B) {
	markup := strings.Repeat("<script src=/a.js></script><img src=/a.png>\n", 10)
	browser := httpsectest.New(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			respond(200, markup, "Content-Type: text/html", "Content-Security-Policy: default-src 'self'")(w, r)
			return
		}
		byPath(files)(w, r)
	}))
	b.ReportAllocs()
	for b.Loop() {
		page, err := browser.Open(app + "/")
		if err != nil || len(page.Violations()) > 0 {
			b.Fatal(err, page.Violations())
		}
	}
}

type pipes struct{ conns chan net.Conn }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	p.conns <- server
	return client, nil
}

func (p *pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p *pipes) Close() error   { close(p.conns); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
