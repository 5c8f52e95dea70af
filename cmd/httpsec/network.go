package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	userAgent = "Mozilla/5.0 (compatible; httpsec; +https://github.com/httpsec/httpsec)"

	maxHeaderBytes = 256 << 10 // as Chromium
	maxPage        = 8 << 20
	maxLoads       = 100
	maxLoadedBytes = 32 << 20 // of all scripts and style sheets together
	maxSniffed     = 1 << 10  // of other things: browsers tell by so much what it is
)

// newTransport returns the transport to the network.
func newTransport(o *options) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: o.insecure},
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxHeaderBytes,
		IdleConnTimeout:        time.Minute,
	}
}

// network stands between the browser and the transport: it holds back what is not to
// be sent, and ends what takes too long or is too large.
type network struct {
	transport http.RoundTripper
	timeout   time.Duration
	userAgent string                    // "": leave the script's
	admit     func(*http.Request) error // says why a request is held back
	truncated bool                      // the page was longer than maxPage

	loading  bool // what the page embeds
	loadLeft int
}

// heldBack is why a request was not sent.
type heldBack struct{ why string }

func (e *heldBack) Error() string { return e.why }

var (
	errStopped   = &heldBack{"not to be sent"}
	errNotLoaded = &heldBack{"not to be loaded"}
	errTooMany   = &heldBack{fmt.Sprintf("the page embeds more than %d things", maxLoads)}
	errTooLong   = &heldBack{fmt.Sprintf("the page embeds more than %d MiB of scripts and style sheets", maxLoadedBytes>>20)}
)

func isHeldBack(err error) bool {
	var held *heldBack
	return errors.As(err, &held)
}

// RoundTrip sends a request, unless it is held back.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := n.admit(r); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), n.timeout)
	r = r.Clone(ctx)
	if n.userAgent != "" {
		r.Header.Set("User-Agent", n.userAgent)
	}
	resp, err := n.transport.RoundTrip(r)
	if err != nil {
		cancel()
		return nil, n.explain(err)
	}
	left, end := n.room(r)
	resp.Body = &body{ReadCloser: resp.Body, network: n, left: left, end: end, cancel: cancel}
	return resp, nil
}

// room says how much is read of an answer, and what there is in the place of the rest.
// Style sheets load other things, and scripts and style sheets may have a digest.
func (n *network) room(r *http.Request) (left *int, end func() error) {
	isCode := r.Header["Range"] == nil && !strings.Contains(r.Header.Get("Accept"), "image/")
	switch {
	case !n.loading:
		page := maxPage
		return &page, func() error { n.truncated = true; return io.EOF }
	case isCode:
		return &n.loadLeft, func() error { return errTooLong }
	}
	sniffed := maxSniffed
	return &sniffed, func() error { return io.EOF }
}

func (n *network) explain(err error) error {
	var noTLS tls.RecordHeaderError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no answer within %v", n.timeout)
	case errors.As(err, &noTLS):
		return errors.New("the server does not speak TLS there; write http:// if it is meant to speak plain http")
	case strings.HasPrefix(err.Error(), "readLoopPeekFail"): // net/http, of a server that speaks first
		return errors.New("the server does not speak HTTP there")
	}
	return err
}

// body ends where there is no room left.
type body struct {
	io.ReadCloser
	network *network
	left    *int
	end     func() error // what Read returns then
	cancel  context.CancelFunc
}

func (b *body) Read(p []byte) (int, error) {
	if *b.left == 0 {
		// Only what follows tells whether this was all.
		if n, err := b.ReadCloser.Read(make([]byte, 1)); n == 0 {
			return 0, b.explain(err)
		}
		return 0, b.end()
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), *b.left)])
	*b.left -= n
	return n, b.explain(err)
}

func (b *body) explain(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the answer does not end within %v", b.network.timeout)
	}
	return err
}

func (b *body) Close() error {
	b.cancel()
	return b.ReadCloser.Close()
}
