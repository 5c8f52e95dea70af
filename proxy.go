package httpsec

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"strings"
)

// DropUpstreamCORS deletes the Access-Control-* headers of an upstream's
// response, so that only the policy in front of the proxy speaks:
// [net/http/httputil.ReverseProxy] adds what the upstream sent to what is already
// set, and a browser refuses a doubled Access-Control-Allow-Origin. Vary stays:
// it is a list, and the upstream's may name more. Use it as ModifyResponse; it
// never fails.
func DropUpstreamCORS(resp *http.Response) error {
	for name := range resp.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			delete(resp.Header, name)
		}
	}
	return nil
}

// DropUpstream deletes from an upstream's response the headers that h may send,
// also where it does not send them, as Strict-Transport-Security on plain http: so
// [net/http/httputil.ReverseProxy] does not double them, and one place decides. Use
// it as ModifyResponse; it never fails.
func (h Headers) DropUpstream(resp *http.Response) error {
	for _, f := range h.fields() {
		if f.value != Omit {
			delete(resp.Header, canonical(f.name))
		}
	}
	for name := range h.Extra {
		resp.Header.Del(name)
	}
	return nil
}

// WithoutInformational returns a transport that swallows 1xx answers, such as 103
// Early Hints, for [net/http/httputil.ReverseProxy]: that hands them on, and then
// clears all headers that were set before it, ours included. 101 Switching
// Protocols and the handling of 100 Continue stay as they are. Nil means
// [http.DefaultTransport].
func WithoutInformational(rt http.RoundTripper) http.RoundTripper {
	if rt == nil {
		rt = http.DefaultTransport
	}
	return withoutInformational{rt}
}

type withoutInformational struct{ next http.RoundTripper }

func (t withoutInformational) RoundTrip(r *http.Request) (*http.Response, error) {
	trace := httptrace.ContextClientTrace(r.Context())
	if trace == nil || trace.Got1xxResponse == nil {
		return t.next.RoundTrip(r)
	}
	silent := *trace
	silent.Got1xxResponse = nil
	return t.next.RoundTrip(r.WithContext(traceContext{r.Context(), trace, &silent}))
}

// traceContext has another trace in the place of one. The hooks that
// httptrace.WithClientTrace adds are called beside those that are there, so it
// cannot take one away.
type traceContext struct {
	context.Context
	trace, instead *httptrace.ClientTrace
}

func (c traceContext) Value(key any) any {
	value := c.Context.Value(key)
	if value == any(c.trace) {
		return c.instead
	}
	return value
}
