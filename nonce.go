package httpsec

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/http"
	"reflect"
	"strings"
)

// NonceSource stands for a nonce in a policy: [SecurityHeaders] puts a fresh one
// in its place for each request, the same in all policies, those in Extra
// included, and hands it to the handler by [Nonce].
//
//	policy := httpsec.DefaultCSP().WithAdded("script-src", httpsec.NonceSource)
//
// A page with a nonce must not be answered 304: the new header would block the
// scripts of the cached page, which other requests for the same URL, from fetch or
// an image, share. So the request that the handler sees has no If-None-Match and no
// If-Modified-Since if it is a GET or HEAD. Serve assets that want their 304 from a
// subtree whose policy has no nonce. The nonce is fresh for each request, not for
// each reader: where shared caches stand in front, send a page that has one with
// Cache-Control: no-store, or private.
//
// The handler's request is a copy. After it, the caller's has its MultipartForm,
// Form, PostForm, Pattern and path values, but keeps its headers.
const NonceSource = "'nonce-{nonce}'"

type nonceKey struct{}

// Nonce returns the request's nonce, for the nonce attribute of its script and
// style elements: 128 random bits in URL-safe base64 without padding. It is "" when no
// policy around the handler has [NonceSource].
func Nonce(ctx context.Context) string {
	nonce, _ := ctx.Value(nonceKey{}).(string)
	return nonce
}

// withNonce returns the request with a nonce in its context, and the nonce as a
// source expression. Nested middlewares share the outermost one's: an element has
// one nonce attribute, which has to suit whichever policy is sent in the end.
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

// withoutConditions returns a request that cannot be answered 304. It copies the
// map of headers only: the values were shared with the caller before, too.
func withoutConditions(r *http.Request) *http.Request {
	_, match := r.Header["If-None-Match"]
	_, since := r.Header["If-Modified-Since"]
	if !match && !since || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return r
	}
	copied := *r
	copied.Header = maps.Clone(r.Header)
	delete(copied.Header, "If-None-Match")
	delete(copied.Header, "If-Modified-Since")
	return &copied
}

// shareBack gives the caller's request what others expect to find there after the
// handler ran: the server deletes the temporary files of MultipartForm, and a log
// reads the Pattern that the mux matched. It writes only what has changed, because
// something that outlives the handler may still be reading the request.
func shareBack(r, inner *http.Request) {
	if r == inner {
		return
	}
	if r.MultipartForm != inner.MultipartForm {
		r.MultipartForm = inner.MultipartForm
	}
	if !sameMap(r.Form, inner.Form) {
		r.Form = inner.Form
	}
	if !sameMap(r.PostForm, inner.PostForm) {
		r.PostForm = inner.PostForm
	}
	if r.Pattern != inner.Pattern {
		r.Pattern = inner.Pattern
	}
	for name := range strings.SplitSeq(inner.Pattern, "{") {
		// The values themselves are hidden, but the pattern has their names.
		name, _, isWildcard := strings.Cut(name, "}")
		name = strings.TrimSuffix(name, "...")
		if value := inner.PathValue(name); isWildcard && value != r.PathValue(name) {
			r.SetPathValue(name, value)
		}
	}
}

// sameMap reports whether two forms are one map.
func sameMap(a, b map[string][]string) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}
