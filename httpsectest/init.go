package httpsectest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Init is the second argument of fetch. Its zero value is a GET in CORS mode with
// credentials on the page's own origin only, which follows redirects.
type Init struct {
	// Method is GET if empty. Browsers upper-case DELETE, GET, HEAD, OPTIONS, POST and
	// PUT, and nothing else: "patch" stays as it is.
	Method string

	// Headers are the request headers that the script sets. Those that scripts may not
	// set, such as Origin and Cookie, are left out, as browsers do.
	Headers map[string]string

	// Body is the body, as a string of JavaScript; empty means none. Without a
	// Content-Type among the headers it is text/plain;charset=UTF-8.
	Body string

	// Credentials says whether cookies go along.
	Credentials Credentials

	// Mode is the request's mode.
	Mode Mode

	// Redirect says what becomes of redirects.
	Redirect Redirect
}

// Credentials is https://fetch.spec.whatwg.org/#concept-request-credentials-mode.
type Credentials uint8

// The credentials modes.
const (
	CredentialsSameOrigin Credentials = iota // "same-origin": cookies on the page's own origin only
	CredentialsInclude                       // "include": cookies everywhere
	CredentialsOmit                          // "omit": cookies nowhere
)

// Mode is https://fetch.spec.whatwg.org/#concept-request-mode.
type Mode uint8

// The modes that a script can choose.
const (
	ModeCORS       Mode = iota // "cors"
	ModeNoCORS                 // "no-cors": any origin answers, but the page reads nothing
	ModeSameOrigin             // "same-origin": other origins are an error
	modeNavigate
	modeWebSocket
)

// Redirect is https://fetch.spec.whatwg.org/#concept-request-redirect-mode.
type Redirect uint8

// The redirect modes.
const (
	RedirectFollow Redirect = iota // "follow"
	RedirectError                  // "error": a redirect is an error
	RedirectManual                 // "manual": a redirect is an answer of which nothing can be read
)

// Fetch is fetch(url, init) in a script of the page; url may be relative. The response
// has the headers that the script can read, of those of another origin what
// Access-Control-Expose-Headers names and a few more: [Exchange].Hidden has the rest.
// The body arrives as the server sends it; the caller closes it. Of an opaque response
// StatusCode is 0 and nothing can be read. Its Request tells where redirects led. The
// error is a *[Blocked].
func (p *Page) Fetch(url string, init Init) (*http.Response, error) {
	return p.fetch(context.Background(), url, init)
}

func (p *Page) fetch(ctx context.Context, url string, init Init) (*http.Response, error) {
	r, blocked := p.newFetch(ctx, url, init)
	if blocked != nil {
		return nil, blocked
	}
	resp, blocked := r.fetch()
	if blocked != nil {
		return nil, blocked
	}
	return resp, nil
}

const failedToExecute = "Failed to execute 'fetch' on 'Window': "

// newFetch is https://fetch.spec.whatwg.org/#dom-request: it checks what a script
// asks for before anything is sent.
func (p *Page) newFetch(ctx context.Context, url string, init Init) (*request, *Blocked) {
	a, ok := parseAddress(url, p.baseURL())
	method := init.Method
	if method == "" {
		method = http.MethodGet
	}
	for name, value := range init.Headers {
		if !isLatin1(name) || !isLatin1(value) {
			return nil, thrown(url, failedToExecute+"Failed to read the 'headers' property from 'RequestInit': String contains non ISO-8859-1 code point.")
		}
	}
	switch {
	case !ok:
		return nil, thrown(url, failedToExecute+"Failed to parse URL from %s", url)
	case a.userinfo != "":
		return nil, thrown(url, failedToExecute+"Request cannot be constructed from a URL that includes credentials: %s", url)
	case !httpguts.ValidHeaderFieldName(method):
		return nil, thrown(url, failedToExecute+"'%s' is not a valid HTTP method.", method)
	case isForbiddenMethod(method):
		return nil, thrown(url, failedToExecute+"'%s' HTTP method is unsupported.", method)
	}
	method = normalizeMethod(method)
	if init.Mode == ModeNoCORS && !isSafelistedMethod(method) {
		return nil, thrown(url, failedToExecute+"'%s' is unsupported in no-cors mode.", method)
	}
	headers, problem := requestHeaders(init)
	switch {
	case problem != "":
		return nil, thrown(url, failedToExecute+"%s", problem)
	case init.Body != "" && (method == http.MethodGet || method == http.MethodHead):
		return nil, thrown(url, failedToExecute+"Request with GET/HEAD method cannot have body.")
	}
	r := p.newRequest(ctx, a)
	r.method, r.headers, r.mode, r.credentials, r.redirect = method, headers, init.Mode, init.Credentials, init.Redirect
	r.initiator, r.directive = "fetch", "connect-src"
	if init.Body != "" {
		r.body = []byte(init.Body)
	}
	return r, nil
}

// requestHeaders returns what a script may set, sorted as a script's Headers are,
// or why the script fails.
func requestHeaders(init Init) (headers []header, problem string) {
	for _, name := range slices.Sorted(maps.Keys(init.Headers)) {
		value := strings.Trim(init.Headers[name], " \t\r\n")
		if !httpguts.ValidHeaderFieldName(name) {
			return nil, "Invalid name"
		}
		if strings.ContainsAny(value, "\x00\r\n") {
			return nil, "Invalid value"
		}
		lower := strings.ToLower(name)
		if isForbiddenHeader(lower, value) || init.Mode == ModeNoCORS && !isNoCORSSafelisted(lower, value) {
			continue
		}
		headers = append(headers, header{lower, value})
	}
	if init.Body != "" && !slices.ContainsFunc(headers, func(h header) bool { return h.name == "content-type" }) {
		headers = append(headers, header{"content-type", "text/plain;charset=UTF-8"})
	}
	slices.SortFunc(headers, func(x, y header) int { return strings.Compare(x.name, y.name) })
	return headers, ""
}

func isLatin1(s string) bool {
	for _, c := range s {
		if c > 0xff {
			return false
		}
	}
	return true
}

// toLatin1 returns the bytes that a browser sends for a string.
func toLatin1(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			var b []byte
			for _, c := range s {
				b = append(b, byte(c))
			}
			return string(b)
		}
	}
	return s
}

// Client returns an [http.Client] whose requests are fetches of the page, for
// clients that are generated or that others wrote: it is Fetch with the request's
// method, URL, headers and body in the place of init's. Redirects are the browser's
// business, and so is User-Agent, which clients in Go set and scripts do not. What is
// blocked is a *[Blocked] within the client's error.
func (p *Page) Client(init Init) *http.Client {
	return &http.Client{Transport: &fetchTransport{p, init}}
}

type fetchTransport struct {
	page *Page
	init Init
}

// RoundTrip fetches what a program asks for.
func (t *fetchTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	init := t.init
	init.Method = r.Method
	init.Headers = make(map[string]string, len(t.init.Headers)+len(r.Header))
	for name, value := range t.init.Headers {
		init.Headers[http.CanonicalHeaderKey(name)] = value
	}
	for name, values := range r.Header {
		if name == "User-Agent" {
			continue
		}
		init.Headers[name] = fromLatin1(strings.Join(values, ", "))
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("read the body: %w", err)
		}
		init.Body = string(body) // which need not be text
	}
	resp, err := t.page.fetch(r.Context(), r.URL.String(), init)
	if err != nil {
		return nil, err
	}
	answered := *resp
	answered.Request = r
	return &answered, nil
}

func fromLatin1(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			var b strings.Builder
			for _, c := range []byte(s) {
				b.WriteRune(rune(c))
			}
			return b.String()
		}
	}
	return s
}
