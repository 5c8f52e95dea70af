package httpsec

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Omit, as the value of a field of [Headers], means that the header is not set. One
// that an outer middleware set stays.
const Omit = "-"

// Headers holds a value for each security header. In every field "" means the
// default that its comment names, [Omit] means not set, and any other value is
// checked by [SecurityHeaders].
//
// The zero Headers suits a service that serves its own pages; [APIHeaders] suits
// one that serves none.
type Headers struct {
	// ContentSecurityPolicy says what a page may load and run. The default is
	// [DefaultCSP]:
	//
	//	default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline';
	//	img-src 'self' data: blob:; font-src 'self' data:;
	//	connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'self';
	//	form-action 'self'; upgrade-insecure-requests
	//
	// Build another with [CSP]; with [NonceSource] in it, every request gets a
	// fresh nonce, and requests for documents lose If-None-Match and
	// If-Modified-Since: see there. Unknown directives and keywords, duplicates, missing quotes
	// and the like are refused. CSP3.
	ContentSecurityPolicy string

	// ContentSecurityPolicyReportOnly is a second policy that browsers report
	// on without enforcing it. It is checked like the first. By default none is
	// sent. CSP3, section 3.2.
	ContentSecurityPolicyReportOnly string

	// CrossOriginEmbedderPolicy makes a page refuse to embed what has not agreed
	// to it: "require-corp" or "credentialless" (and, with the default of
	// CrossOriginOpenerPolicy, gives it shared memory), or "unsafe-none", each
	// with an optional report-to parameter. By default it is not sent. HTML,
	// section 7.1.4.
	CrossOriginEmbedderPolicy string

	// CrossOriginOpenerPolicy cuts a page off the windows that opened it and
	// that it opens. The default is "same-origin"; "same-origin-allow-popups"
	// suits pages that sign in through a popup; "noopener-allow-popups" and
	// "unsafe-none" are the others, each with an optional report-to parameter.
	// HTML, section 7.1.3.
	CrossOriginOpenerPolicy string

	// CrossOriginResourcePolicy says which sites may embed a response. The
	// default is "same-origin"; "same-site" and "cross-origin" are the others.
	// Set it to "cross-origin" on what others are meant to embed: CORS does not
	// lift it. Fetch, section 3.7.
	CrossOriginResourcePolicy string

	// PermissionsPolicy says which features a page and its frames may use, such
	// as `camera=(), geolocation=(self "https://maps.example.com")`. By default
	// it is not sent. Anything but a structured-field dictionary (RFC 9651) of
	// allowlists is refused; unknown features are not.
	PermissionsPolicy string

	// ReferrerPolicy says how much of a page's address goes into Referer. The
	// default is "strict-origin-when-cross-origin", which is also the browsers'
	// own. A comma-separated list is a fallback: browsers take the last one
	// they know. Referrer Policy, section 3.
	ReferrerPolicy string

	// ReportingEndpoints names the URLs that report-to refers to:
	// `main="https://reports.example.com/main"`. By default it is not sent.
	// Reporting API, section 3.2.
	ReportingEndpoints string

	// StrictTransportSecurity makes browsers use HTTPS only. The default is
	// "max-age=31536000" (seconds: a year). It is sent only on HTTPS, that is
	// when r.TLS is set or the whole of X-Forwarded-Proto is "https".
	// "preload" is refused without includeSubDomains and a year. RFC 6797.
	StrictTransportSecurity string

	// XContentTypeOptions stops browsers from guessing content types. The
	// default, "nosniff", is the only value. Fetch, section 3.6.
	XContentTypeOptions string

	// XFrameOptions says who may frame a page, to browsers that do not know
	// CSP's frame-ancestors. The default is "DENY"; "SAMEORIGIN" is the other
	// value. HTML, section 7.7.
	XFrameOptions string

	// XXSSProtection steered a filter that every browser has dropped, because
	// pages could be attacked through it. The default is "1; mode=block", for
	// scanners that look for it; OWASP now advises "0", or [Omit].
	XXSSProtection string

	// Extra holds any other header, by name. Nil adds none. A header that has a
	// field above is refused, and so are Access-Control-*, Vary, Set-Cookie,
	// Content-Length, hop-by-hop headers, and empty values.
	Extra map[string]string
}

const yearOfSeconds = 365 * 24 * 60 * 60

// headerField is what there is to know about a field of Headers.
type headerField struct {
	name      string // of the header; the field's is the same without hyphens
	byDefault string // Omit when the header is not sent by default
	check     func(value string, report reporter)
	value     func(h Headers) string
}

const headerHSTS = "Strict-Transport-Security"

var headerHSTSField = headerField{
	headerHSTS, "max-age=" + strconv.Itoa(yearOfSeconds), checkHSTS,
	func(h Headers) string { return h.StrictTransportSecurity },
}

var headerFields = [...]headerField{
	{headerCSP, DefaultCSP().String(), checkCSP, func(h Headers) string { return h.ContentSecurityPolicy }},
	{headerCSPReportOnly, Omit, checkCSP, func(h Headers) string { return h.ContentSecurityPolicyReportOnly }},
	{"Cross-Origin-Embedder-Policy", Omit,
		oneOfReporting("unsafe-none", "require-corp", "credentialless"),
		func(h Headers) string { return h.CrossOriginEmbedderPolicy }},
	{"Cross-Origin-Opener-Policy", "same-origin",
		oneOfReporting("unsafe-none", "same-origin-allow-popups", "same-origin", "noopener-allow-popups"),
		func(h Headers) string { return h.CrossOriginOpenerPolicy }},
	{"Cross-Origin-Resource-Policy", "same-origin",
		oneOf("same-site", "same-origin", "cross-origin"),
		func(h Headers) string { return h.CrossOriginResourcePolicy }},
	{"Permissions-Policy", Omit, checkPermissionsPolicy, func(h Headers) string { return h.PermissionsPolicy }},
	{"Referrer-Policy", "strict-origin-when-cross-origin", checkReferrerPolicy, func(h Headers) string { return h.ReferrerPolicy }},
	{"Reporting-Endpoints", Omit, checkReportingEndpoints, func(h Headers) string { return h.ReportingEndpoints }},
	headerHSTSField,
	{"X-Content-Type-Options", "nosniff", oneOf("nosniff"), func(h Headers) string { return h.XContentTypeOptions }},
	{"X-Frame-Options", "DENY", checkFrameOptions, func(h Headers) string { return h.XFrameOptions }},
	{"X-XSS-Protection", "1; mode=block", checkXSSProtection, func(h Headers) string { return h.XXSSProtection }},
}

// fieldName is the name of the field of Headers that holds the header.
func (f headerField) fieldName() string {
	return "Headers." + strings.ReplaceAll(f.name, "-", "")
}

// key is the header's name as net/http writes it in a header map, which for
// X-XSS-Protection differs from the standard's spelling.
func (f headerField) key() string { return http.CanonicalHeaderKey(f.name) }

// effective is the value that h gives the field; Omit when it is not sent.
func (f headerField) effective(h Headers) string {
	if value := f.value(h); value != "" {
		return value
	}
	return f.byDefault
}

// APIHeaders returns the headers for a service that serves no HTML: a policy that
// loads nothing and lets nobody frame it, and neither Cross-Origin-Opener-Policy
// nor X-XSS-Protection, which only pages heed. The rest is as in the zero Headers.
func APIHeaders() Headers {
	return Headers{
		ContentSecurityPolicy:   "default-src 'none'; frame-ancestors 'none'",
		CrossOriginOpenerPolicy: Omit,
		XXSSProtection:          Omit,
	}
}

// SecurityHeaders returns a middleware that sets the headers of h on every
// response, before the handler runs: a handler may override or delete one for
// its own response. Put it outermost, so that preflights and refusals carry the
// headers too:
//
//	handler := secure(cors(mux))
//
// The ResponseWriter is not wrapped. The error joins a [*ConfigError] for each
// problem. The middleware panics if the handler is nil.
func SecurityHeaders(h Headers) (func(http.Handler) http.Handler, error) {
	sent, err := h.compile()
	if err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("httpsec: SecurityHeaders: next is nil")
		}
		if sent.nonces != nil {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				inner, nonce := withNonce(r)
				defer shareBack(r, inner)
				sent.set(w.Header(), r)
				sent.setNonce(w.Header(), nonce)
				next.ServeHTTP(w, inner)
			})
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent.set(w.Header(), r)
			next.ServeHTTP(w, r)
		})
	}, nil
}

// DropUpstream deletes from an upstream's response exactly the headers that h
// sends, so that [net/http/httputil.ReverseProxy] does not double them. Use it as
// ModifyResponse; it never fails.
func (h Headers) DropUpstream(resp *http.Response) error {
	for _, field := range headerFields {
		if field.effective(h) != Omit {
			delete(resp.Header, field.key())
		}
	}
	for name := range h.Extra {
		resp.Header.Del(name)
	}
	return nil
}

// sentHeader is a header in the form that goes into a header map.
type sentHeader struct{ name, value string }

// nonceHeader is a policy with NonceSource: what stands around each of them.
type nonceHeader struct {
	name   string
	around []string
}

// sentHeaders is a compiled Headers.
type sentHeaders struct {
	headers []sentHeader
	hsts    bool // the last one is Strict-Transport-Security
	nonces  []nonceHeader
}

func (s *sentHeaders) add(name, value string) {
	s.headers = append(s.headers, sentHeader{name, value})
}

// set gives the response values of its own, so that a handler may write into
// them.
func (s *sentHeaders) set(h http.Header, r *http.Request) {
	n := len(s.headers)
	if s.hsts && !defaultHTTPS(r) {
		n--
	}
	v := make([]string, n)
	for i, header := range s.headers[:n] {
		v[i] = header.value
		h[header.name] = v[i : i+1 : i+1]
	}
}

// setNonce puts a source expression into the policies that set has just written.
func (s *sentHeaders) setNonce(h http.Header, nonce string) {
	for _, header := range s.nonces {
		h[header.name][0] = strings.Join(header.around, nonce)
	}
}

func (h Headers) compile() (*sentHeaders, error) {
	var errs problems
	sent := new(sentHeaders)
	for _, field := range headerFields {
		value := field.effective(h)
		if value == Omit {
			continue
		}
		field.validate(value, func(problem, fix string) { errs.add(field.fieldName(), value, flaw{problem, fix, ""}) })
		if field.name != headerHSTS {
			sent.add(field.key(), value)
			isCSP := field.name == headerCSP || field.name == headerCSPReportOnly
			if around := strings.Split(value, NonceSource); isCSP && len(around) > 1 {
				sent.nonces = append(sent.nonces, nonceHeader{field.name, around})
			}
		}
	}
	extra := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(h.Extra)) {
		value, canonical := h.Extra[name], http.CanonicalHeaderKey(name)
		report := func(problem, fix string) {
			errs.add("Headers.Extra", name, flaw{quote(name) + " " + problem, fix, ""})
		}
		checkExtra(canonical, value, report)
		if extra[canonical] {
			report("is there twice, in different case", "remove one")
		}
		extra[canonical] = true
		sent.add(canonical, value)
	}
	if hsts := headerHSTSField.effective(h); hsts != Omit {
		sent.add(headerHSTS, hsts)
		sent.hsts = true
	}
	if len(errs) > 0 {
		return nil, errs.join()
	}
	return sent, nil
}
