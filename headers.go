package httpsec

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
)

// Omit, as the value of a field of [Headers], means that the header is not set. One
// that an outer middleware set stays.
const Omit = "-"

// Headers holds a value for each security header. In every field "" means the
// default that its comment names, [Omit] means not set, and any other value is
// checked by [SecurityHeaders]. White space around a value is dropped.
//
// The zero Headers suits a service that serves its own pages; [APIHeaders] suits
// one that serves none, and [NoHeaders] one that sets only what it names.
type Headers struct {
	// ContentSecurityPolicy says what a page may load and run. The default is
	// [DefaultCSP]:
	//
	//	default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline';
	//	img-src 'self' data: blob:; font-src 'self' data:;
	//	connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'self';
	//	form-action 'self'; upgrade-insecure-requests
	//
	// Over plain http it is sent without upgrade-insecure-requests, which never
	// helps there and breaks pages. A policy of your own is sent as written, on
	// one line whatever line breaks it has.
	//
	// Build another with [CSP]; with [NonceSource] in it, every response has a
	// fresh nonce, and requests lose If-None-Match and If-Modified-Since: see
	// there. Unknown directives and keywords, a directive that stands twice,
	// missing quotes, a nonce that is the same for every response and the like
	// are refused. https://w3c.github.io/webappsec-csp/
	ContentSecurityPolicy string

	// ContentSecurityPolicyReportOnly is a second policy that browsers report
	// on without enforcing it. It is checked like the first; sandbox and
	// upgrade-insecure-requests, which mean nothing in it, are refused. By
	// default none is sent.
	// https://w3c.github.io/webappsec-csp/#cspro-header
	ContentSecurityPolicyReportOnly string

	// CrossOriginEmbedderPolicy makes a page refuse to embed what has not agreed
	// to it: "require-corp" or "credentialless" (and, with the default of
	// CrossOriginOpenerPolicy, gives it shared memory), or "unsafe-none", each
	// with an optional report-to parameter. Safari does not know
	// "credentialless". By default it is not sent.
	// https://html.spec.whatwg.org/#coep
	CrossOriginEmbedderPolicy string

	// CrossOriginOpenerPolicy cuts a page off the windows that opened it and
	// that it opens. The default is "same-origin"; "same-origin-allow-popups"
	// suits pages that sign in through a popup; "noopener-allow-popups", which
	// Firefox does not know, and "unsafe-none" are the others, each with an
	// optional report-to parameter.
	// https://html.spec.whatwg.org/#cross-origin-opener-policies
	CrossOriginOpenerPolicy string

	// CrossOriginResourcePolicy says which sites may embed a response without
	// CORS, as <img>, <script> and <video> do. The default is "same-origin";
	// "same-site" and "cross-origin" are the others. Set it to "cross-origin" on
	// what others are meant to embed; what a page reads with CORS it leaves
	// alone. https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
	CrossOriginResourcePolicy string

	// PermissionsPolicy says which features a page and its frames may use, such
	// as `camera=(), geolocation=(self "https://maps.example.com")`. Only
	// Chromium obeys it. By default it is not sent. Anything but a
	// structured-field dictionary (RFC 9651) of allowlists is refused, and so is
	// a feature that is one slip away from a known one.
	// https://w3c.github.io/webappsec-permissions-policy/
	PermissionsPolicy string

	// ReferrerPolicy says how much of a page's address goes into Referer. The
	// default is "strict-origin-when-cross-origin", which is also the browsers'
	// own. A comma-separated list is a fallback: browsers take the last one
	// they know. https://w3c.github.io/webappsec-referrer-policy/
	ReferrerPolicy string

	// ReportingEndpoints names the URLs that report-to refers to:
	// `main="https://reports.example.com/main"`, or `main="/reports"`. Browsers
	// send such reports over HTTPS only, and http URLs are refused. By default
	// it is not sent. https://w3c.github.io/reporting/#header
	ReportingEndpoints string

	// StrictTransportSecurity makes browsers use HTTPS only. The default is
	// "max-age=31536000" (seconds: a year). It is sent only on HTTPS, as HTTPS
	// says, and never for the hosts localhost and *.localhost, where Safari
	// would obey it on every port. "preload" is refused without
	// includeSubDomains and a year.
	// https://www.rfc-editor.org/rfc/rfc6797
	StrictTransportSecurity string

	// XContentTypeOptions stops browsers from guessing content types. The
	// default, "nosniff", is the only value.
	// https://fetch.spec.whatwg.org/#x-content-type-options-header
	XContentTypeOptions string

	// XFrameOptions says who may frame a page, to browsers that do not know
	// CSP's frame-ancestors. The default is "DENY"; "SAMEORIGIN" is the other
	// value. https://html.spec.whatwg.org/#the-x-frame-options-header
	XFrameOptions string

	// XXSSProtection steered a filter that every browser has dropped, because
	// pages could be attacked through it. The default is "1; mode=block", for
	// scanners that look for it; OWASP now advises "0", or [Omit].
	XXSSProtection string

	// Extra holds any other header, by name. Nil adds none. Access-Control-*,
	// Vary, Set-Cookie, Content-Length, hop-by-hop headers, and empty values are
	// refused; the values of Clear-Site-Data, Document-Policy, Integrity-Policy,
	// NEL, Origin-Agent-Cluster, Report-To, Timing-Allow-Origin,
	// X-DNS-Prefetch-Control, X-Permitted-Cross-Domain-Policies and the
	// report-only forms of others are checked.
	//
	// A header that has a field above may stand here where that field is
	// [Omit]. It is then sent on every response, and nothing but its bytes is
	// checked: for what a browser knows and this package does not.
	Extra map[string]string

	// HTTPS reports whether the client's connection is secure, which decides on
	// StrictTransportSecurity and on upgrade-insecure-requests in the default
	// policy. Nil, the default, means that r.TLS is set or that the whole of
	// X-Forwarded-Proto is "https", in any case.
	HTTPS func(r *http.Request) bool
}

// field is what there is to know about a header that has a field in Headers.
type field struct {
	name  string // of the header, as in its standard
	value string // what is set, or the default; Omit where nothing is sent
	check func(value string) []flaw
}

// fields returns the headers that have a field, in the order of the fields.
func (h Headers) fields() []field {
	return []field{
		{headerCSP, cmp.Or(h.ContentSecurityPolicy, defaultPolicy), checkEnforcedCSP},
		{headerCSPReportOnly, cmp.Or(h.ContentSecurityPolicyReportOnly, Omit), checkReportOnlyCSP},
		{headerEmbedder, cmp.Or(h.CrossOriginEmbedderPolicy, Omit), oneOfReporting(embedderPolicies...)},
		{headerOpener, cmp.Or(h.CrossOriginOpenerPolicy, "same-origin"), oneOfReporting(openerPolicies...)},
		{"Cross-Origin-Resource-Policy", cmp.Or(h.CrossOriginResourcePolicy, "same-origin"),
			oneOf("same-site", "same-origin", "cross-origin")},
		{headerPermissions, cmp.Or(h.PermissionsPolicy, Omit), checkPermissionsPolicy},
		{headerReferrer, cmp.Or(h.ReferrerPolicy, "strict-origin-when-cross-origin"), checkReferrerPolicy},
		{headerEndpoints, cmp.Or(h.ReportingEndpoints, Omit), checkReportingEndpoints},
		{headerHSTS, cmp.Or(h.StrictTransportSecurity, "max-age=31536000"), checkHSTS},
		{headerContentTypeOptions, cmp.Or(h.XContentTypeOptions, "nosniff"), checkContentTypeOptions},
		{headerFrameOptions, cmp.Or(h.XFrameOptions, "DENY"), checkFrameOptions},
		{headerXSSProtection, cmp.Or(h.XXSSProtection, "1; mode=block"), checkXSSProtection},
	}
}

const (
	headerCSP                = "Content-Security-Policy"
	headerCSPReportOnly      = "Content-Security-Policy-Report-Only"
	headerEmbedder           = "Cross-Origin-Embedder-Policy"
	headerOpener             = "Cross-Origin-Opener-Policy"
	headerPermissions        = "Permissions-Policy"
	headerReferrer           = "Referrer-Policy"
	headerEndpoints          = "Reporting-Endpoints"
	headerHSTS               = "Strict-Transport-Security"
	headerContentTypeOptions = "X-Content-Type-Options"
	headerFrameOptions       = "X-Frame-Options"
	headerXSSProtection      = "X-XSS-Protection"
)

// fieldName is the name of the field of Headers that holds the header.
func (f field) fieldName() string { return "Headers." + strings.ReplaceAll(f.name, "-", "") }

// extraName is the name of what holds a header in Extra.
func extraName(name string) string { return "Headers.Extra[" + strconv.Quote(name) + "]" }

// isPolicy reports whether the header's value is a Content-Security-Policy.
func isPolicy(name string) bool { return name == headerCSP || name == headerCSPReportOnly }

// sentValue is the value as it is sent: a policy on one line, any other without
// the white space around it.
func (f field) sentValue() string {
	if isPolicy(f.name) && strings.ContainsAny(f.value, "\r\n") {
		lines := strings.FieldsFunc(f.value, func(c rune) bool { return c == '\r' || c == '\n' })
		return fields.Trim(strings.Join(lines, " "))
	}
	return fields.Trim(f.value)
}

// flaws says what is wrong with the value.
func (f field) flaws() []flaw {
	value := f.sentValue()
	if value == "" {
		return []flaw{{problem: quote(f.value) + " is blank", fix: "write Omit to send none"}}
	}
	if isPolicy(f.name) {
		return checkHidden(value, f.check) // which looks at every word
	}
	return checkHidden(value, inBytes(f.check))
}

// field returns what there is to know about the header of that canonical name, nil
// if it has no field.
func (h Headers) field(name string) *field {
	list := h.fields()
	i := slices.IndexFunc(list, func(f field) bool { return canonical(f.name) == name })
	if i < 0 {
		return nil
	}
	return &list[i]
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

// NoHeaders returns the headers with every field set to [Omit]: start from it to
// send nothing but what you set.
func NoHeaders() Headers {
	return Headers{
		ContentSecurityPolicy:           Omit,
		ContentSecurityPolicyReportOnly: Omit,
		CrossOriginEmbedderPolicy:       Omit,
		CrossOriginOpenerPolicy:         Omit,
		CrossOriginResourcePolicy:       Omit,
		PermissionsPolicy:               Omit,
		ReferrerPolicy:                  Omit,
		ReportingEndpoints:              Omit,
		StrictTransportSecurity:         Omit,
		XContentTypeOptions:             Omit,
		XFrameOptions:                   Omit,
		XXSSProtection:                  Omit,
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
// problem, up to 100. The middleware panics if the handler is nil.
func SecurityHeaders(h Headers) (func(http.Handler) http.Handler, error) {
	sent, err := h.compile()
	if err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler {
		if next == nil {
			panic("httpsec: SecurityHeaders: next is nil")
		}
		if sent.nonces {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				inner, nonce := withNonce(r)
				defer shareBack(r, inner)
				sent.set(w.Header(), r, nonce)
				next.ServeHTTP(w, inner)
			})
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent.set(w.Header(), r, "")
			next.ServeHTTP(w, r)
		})
	}, nil
}

// sentHeader is a header in the form that goes into a header map.
type sentHeader struct {
	name, value string
	around      []string // of a policy with NonceSource: what stands around each of them
}

func newSentHeader(name, value string) sentHeader {
	header := sentHeader{name: name, value: value}
	if isPolicy(name) && strings.Contains(value, NonceSource) {
		header.around = strings.Split(value, NonceSource)
	}
	return header
}

// sentHeaders is a compiled Headers.
type sentHeaders struct {
	isHTTPS func(*http.Request) bool // nil where it makes no difference

	// What is sent over plain http; over https; and over https for localhost,
	// where WebKit obeys Strict-Transport-Security, for every port.
	plain, secure, local []sentHeader

	nonces bool // some value has NonceSource
}

func (h Headers) compile() (*sentHeaders, error) {
	var errs problems
	sent := new(sentHeaders)
	for _, f := range h.fields() {
		if f.value == Omit {
			continue
		}
		errs.add(f.fieldName(), f.value, f.flaws()...)
		sent.addField(h, f)
	}
	seen := map[string]bool{}
	for _, name := range sortedKeys(h.Extra) {
		value, canonical := fields.Trim(h.Extra[name]), canonical(name)
		errs.add("Headers.Extra", name, h.checkExtraName(name)...)
		errs.add(extraName(name), value, checkExtraValue(canonical, value)...)
		if seen[canonical] {
			errs.add("Headers.Extra", name, flaw{problem: quote(name) + " is there twice, in different case", fix: "remove one"})
		}
		seen[canonical] = true
		sent.add(newSentHeader(canonical, value))
	}
	if len(errs) > 0 {
		return nil, errs.join()
	}
	if !slices.EqualFunc(sent.plain, sent.secure, func(a, b sentHeader) bool { return a.value == b.value }) {
		sent.isHTTPS = orDefaultHTTPS(h.HTTPS)
	}
	return sent, nil
}

// addField adds a header that has a field, to what it is sent over.
func (s *sentHeaders) addField(h Headers, f field) {
	header := newSentHeader(canonical(f.name), f.sentValue())
	switch {
	case f.name == headerHSTS:
		s.secure = append(s.secure, header)
	case f.name == headerCSP && h.ContentSecurityPolicy == "":
		s.add(header)
		// Over plain http upgrade-insecure-requests never helps, breaks every
		// page that is reached by a name, and in Safari those on localhost.
		s.plain[len(s.plain)-1].value = DefaultCSP().Without(upgradeDirective).String()
	default:
		s.add(header)
	}
}

// add adds a header that is always sent.
func (s *sentHeaders) add(header sentHeader) {
	s.plain, s.secure, s.local = append(s.plain, header), append(s.secure, header), append(s.local, header)
	s.nonces = s.nonces || header.around != nil
}

// set sets the headers of the answer to a request. Their values are the response's
// own, so that a handler may write into them. The nonce is a source expression.
func (s *sentHeaders) set(h http.Header, r *http.Request, nonce string) {
	headers := s.plain
	if s.isHTTPS != nil && s.isHTTPS(r) {
		headers = s.secure
		if isLocalhost(r.Host) {
			headers = s.local
		}
	}
	v := make([]string, len(headers))
	for i := range headers {
		header := &headers[i]
		v[i] = header.value
		if header.around != nil {
			v[i] = strings.Join(header.around, nonce)
		}
		h[header.name] = v[i : i+1 : i+1]
	}
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
