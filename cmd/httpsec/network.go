package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	userAgent = "Mozilla/5.0 (compatible; httpsec; +https://github.com/httpsec/httpsec)"

	maxHeaderBytes = 256 << 10 // as Chromium
	maxBody        = 8 << 20
	maxLoads       = 100
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
	truncated bool                      // something was longer than maxBody
}

// heldBack is why a request was not sent.
type heldBack struct{ why string }

func (e *heldBack) Error() string { return e.why }

var (
	errStopped   = &heldBack{"not to be sent"}
	errNotLoaded = &heldBack{"not to be loaded"}
	errTooMany   = &heldBack{fmt.Sprintf("the page embeds more than %d things", maxLoads)}
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
	resp.Body = &body{ReadCloser: resp.Body, network: n, left: maxBody, cancel: cancel}
	return resp, nil
}

func (n *network) explain(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v", n.timeout)
	}
	return err
}

// body ends after maxBody bytes.
type body struct {
	io.ReadCloser
	network *network
	left    int
	cancel  context.CancelFunc
}

func (b *body) Read(p []byte) (int, error) {
	if b.left == 0 {
		// Only what follows tells whether this was all.
		if n, err := b.ReadCloser.Read(make([]byte, 1)); n == 0 {
			return 0, b.explain(err)
		}
		b.network.truncated = true
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
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
