package httpsec

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
)

// NonceSource stands for a nonce in a policy: [SecurityHeaders] puts a fresh one
// in its place for each request, the same in both policies, and hands it to the
// handler by [Nonce].
//
//	csp := httpsec.DefaultCSP().Add("script-src", httpsec.NonceSource)
//
// A page with a nonce must not be answered 304: the new header would block the
// scripts of the cached page. So the request that the handler sees has no
// If-None-Match and no If-Modified-Since if it is a GET or HEAD for a document or
// worker, by Sec-Fetch-Dest, or by Accept where that does not say. It is a copy;
// the caller's keeps its headers.
const NonceSource = "'nonce-{nonce}'"

type nonceKey struct{}

// Nonce returns the request's nonce, for the nonce attribute of its script and
// style elements: 128 random bits in URL-safe base64 without padding. It is ""
// when no policy around the handler has [NonceSource].
func Nonce(ctx context.Context) string {
	nonce, _ := ctx.Value(nonceKey{}).(string)
	return nonce
}

// withNonce returns the request with a nonce in its context, and the nonce as a
// source expression. Nested middlewares share the outermost one's: browsers
// enforce every policy, so a script would need both nonces, and has one attribute.
func withNonce(r *http.Request) (*http.Request, string) {
	nonce := Nonce(r.Context())
	if nonce == "" {
		var random [16]byte
		rand.Read(random[:]) // never fails: crypto/rand ends the program first
		nonce = base64.RawURLEncoding.EncodeToString(random[:])
		r = r.WithContext(context.WithValue(r.Context(), nonceKey{}, nonce))
	}
	return withoutConditions(r), "'nonce-" + nonce + "'"
}

// shareBack gives the caller's request what others expect to find there after the
// handler ran: the server deletes the temporary files of MultipartForm, and a log
// reads the Pattern that the mux matched.
func shareBack(r, inner *http.Request) {
	r.MultipartForm, r.Pattern = inner.MultipartForm, inner.Pattern
}

// withoutConditions returns a request that cannot be answered 304, if it is for a
// document.
func withoutConditions(r *http.Request) *http.Request {
	_, match := r.Header["If-None-Match"]
	_, since := r.Header["If-Modified-Since"]
	if !match && !since || !wantsDocument(r) {
		return r
	}
	copied := *r
	copied.Header = r.Header.Clone()
	delete(copied.Header, "If-None-Match")
	delete(copied.Header, "If-Modified-Since")
	return &copied
}

// wantsDocument reports whether the response may be a document or worker, whose
// policy the nonce is part of.
func wantsDocument(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "document", "iframe", "frame", "embed", "object", "worker", "sharedworker", "serviceworker":
		return true
	case "", "empty": // an old browser, or a script that may write what it fetched
		return acceptsHTML(r.Header["Accept"])
	}
	return false
}

// acceptsHTML errs towards true for a header too long to read: a full answer is
// always correct.
func acceptsHTML(accept []string) bool {
	if fields.TooLong(accept, 4<<10) {
		return true
	}
	for _, line := range accept {
		if strings.Contains(strings.ToLower(line), "text/html") {
			return true
		}
	}
	return false
}
