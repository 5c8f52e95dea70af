package httpsectest

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// newPipes returns a transport to two servers of h in memory, one for http and one
// for https, and what ends them.
func newPipes(h http.Handler) (http.RoundTripper, func()) {
	plain, secure := newPipeListener(), newPipeListener()
	servers := []*http.Server{newServer(h), newServer(withTLS(h))}
	go servers[0].Serve(plain)
	go servers[1].Serve(secure)
	transport := &http.Transport{
		DialContext:         plain.dial,
		DialTLSContext:      secure.dial, // trusted as it is: what TLS hides from whom is not our subject
		MaxIdleConnsPerHost: 16,
		DisableCompression:  true, // there is nothing to save in memory
	}
	return transport, func() {
		transport.CloseIdleConnections()
		for _, server := range servers {
			server.Close()
		}
	}
}

func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // a handler's panic shows as an answer that is missing
	}
}

// withTLS tells the handler that the connection is secure.
func withTLS(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.TLS = &tls.ConnectionState{
			Version: tls.VersionTLS13, HandshakeComplete: true, CipherSuite: tls.TLS_AES_128_GCM_SHA256,
			ServerName: hostOf(r.Host),
		}
		h.ServeHTTP(w, r)
	})
}

// pipeListener accepts the other ends of pipes that dial makes.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- pipeConn{server}:
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

// pipeConn has an address that handlers can split, as that of net.Pipe is not.
type pipeConn struct{ net.Conn }

func (pipeConn) RemoteAddr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "tcp" }
func (pipeAddr) String() string  { return "192.0.2.1:1234" } // as httptest.NewRequest has it
