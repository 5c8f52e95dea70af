package httpsec_test

import (
	"crypto/tls"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

// nothing is a handler that writes nothing, so that all headers are the
// middleware's.
var nothing = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})

// securedBy returns the headers of the answer to r.
func securedBy(t *testing.T, h httpsec.Headers, r *http.Request, next http.Handler) http.Header {
	t.Helper()
	secure, err := httpsec.SecurityHeaders(h)
	require.NoError(t, err)
	w := httptest.NewRecorder()
	secure(next).ServeHTTP(w, r)
	return w.Header()
}

// headersWith sets one field, by name.
func headersWith(t *testing.T, h httpsec.Headers, field, value string) httpsec.Headers {
	t.Helper()
	f := reflect.ValueOf(&h).Elem().FieldByName(field)
	require.True(t, f.IsValid(), field)
	f.SetString(value)
	return h
}

func overHTTP() *http.Request { return httptest.NewRequest(http.MethodGet, "/", nil) }

func overTLS() *http.Request {
	r := overHTTP()
	r.TLS = new(tls.ConnectionState)
	return r
}

func forwardedAs(protos ...string) *http.Request {
	r := overHTTP()
	r.Header["X-Forwarded-Proto"] = protos
	return r
}

func adding(h http.Header, name string, value ...string) http.Header {
	h = h.Clone()
	h[name] = value
	return h
}

func dropping(h http.Header, name string) http.Header {
	h = h.Clone()
	delete(h, name)
	return h
}

func defaultHeaders() http.Header {
	return http.Header{
		"Content-Security-Policy": {"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
			"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; " +
			"base-uri 'self'; form-action 'self'; upgrade-insecure-requests"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"strict-origin-when-cross-origin"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"X-Xss-Protection":             {"1; mode=block"},
	}
}

func defaultHeadersOverTLS() http.Header {
	return adding(defaultHeaders(), "Strict-Transport-Security", "max-age=31536000")
}

func apiHeaders() http.Header {
	return http.Header{
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"strict-origin-when-cross-origin"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
	}
}

func allOmitted() httpsec.Headers {
	const omit = httpsec.Omit
	return httpsec.Headers{omit, omit, omit, omit, omit, omit, omit, omit, omit, omit, omit, omit, nil}
}

func TestHeadersDefaults(t *testing.T) {
	for name, tt := range map[string]struct {
		headers httpsec.Headers
		request *http.Request
		want    http.Header
	}{
		"http":                        {httpsec.Headers{}, overHTTP(), defaultHeaders()},
		"TLS":                         {httpsec.Headers{}, overTLS(), defaultHeadersOverTLS()},
		"forwarded https":             {httpsec.Headers{}, forwardedAs("https"), defaultHeadersOverTLS()},
		"forwarded HTTPS":             {httpsec.Headers{}, forwardedAs("HTTPS"), defaultHeadersOverTLS()},
		"forwarded http":              {httpsec.Headers{}, forwardedAs("http"), defaultHeaders()},
		"forwarded list":              {httpsec.Headers{}, forwardedAs("https, http"), defaultHeaders()},
		"forwarded list of https":     {httpsec.Headers{}, forwardedAs("https,https"), defaultHeaders()},
		"forwarded lines":             {httpsec.Headers{}, forwardedAs("https", "https"), defaultHeaders()},
		"forwarded httpsx":            {httpsec.Headers{}, forwardedAs("httpsx"), defaultHeaders()},
		"forwarded nothing":           {httpsec.Headers{}, forwardedAs(""), defaultHeaders()},
		"TLS, forwarded http":         {httpsec.Headers{}, tlsForwardedAsHTTP(), defaultHeadersOverTLS()},
		"API, http":                   {httpsec.APIHeaders(), overHTTP(), apiHeaders()},
		"API, TLS":                    {httpsec.APIHeaders(), overTLS(), adding(apiHeaders(), "Strict-Transport-Security", "max-age=31536000")},
		"everything omitted":          {allOmitted(), overHTTP(), http.Header{}},
		"everything omitted, TLS":     {allOmitted(), overTLS(), http.Header{}},
		"HSTS omitted, TLS":           {httpsec.Headers{StrictTransportSecurity: httpsec.Omit}, overTLS(), defaultHeaders()},
		"extra":                       {httpsec.Headers{Extra: map[string]string{"Server": "x", "x-robots-tag": "noindex"}}, overHTTP(), adding(adding(defaultHeaders(), "Server", "x"), "X-Robots-Tag", "noindex")},
		"extra beside HSTS, over TLS": {httpsec.Headers{Extra: map[string]string{"Server": "x"}}, overTLS(), adding(defaultHeadersOverTLS(), "Server", "x")},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, securedBy(t, tt.headers, tt.request, nothing))
		})
	}
}

func tlsForwardedAsHTTP() *http.Request {
	r := overTLS()
	r.Header.Set("X-Forwarded-Proto", "http")
	return r
}

func TestHeadersEachFieldIsOmittedAndSetByItself(t *testing.T) {
	for _, tt := range []struct{ field, header, value string }{
		{"ContentSecurityPolicy", "Content-Security-Policy", "default-src 'none'"},
		{"ContentSecurityPolicyReportOnly", "Content-Security-Policy-Report-Only", "default-src 'none'"},
		{"CrossOriginEmbedderPolicy", "Cross-Origin-Embedder-Policy", "require-corp"},
		{"CrossOriginOpenerPolicy", "Cross-Origin-Opener-Policy", "unsafe-none"},
		{"CrossOriginResourcePolicy", "Cross-Origin-Resource-Policy", "cross-origin"},
		{"PermissionsPolicy", "Permissions-Policy", "camera=()"},
		{"ReferrerPolicy", "Referrer-Policy", "same-origin"},
		{"ReportingEndpoints", "Reporting-Endpoints", `main="https://reports.example.com/main"`},
		{"StrictTransportSecurity", "Strict-Transport-Security", "max-age=63072000"},
		{"XContentTypeOptions", "X-Content-Type-Options", "nosniff"},
		{"XFrameOptions", "X-Frame-Options", "SAMEORIGIN"},
		{"XXSSProtection", "X-Xss-Protection", "0"},
	} {
		t.Run(tt.field, func(t *testing.T) {
			omitted := headersWith(t, httpsec.Headers{}, tt.field, httpsec.Omit)
			assert.Equal(t, dropping(defaultHeadersOverTLS(), tt.header), securedBy(t, omitted, overTLS(), nothing))
			set := headersWith(t, httpsec.Headers{}, tt.field, tt.value)
			assert.Equal(t, adding(defaultHeadersOverTLS(), tt.header, tt.value), securedBy(t, set, overTLS(), nothing))
			alone := headersWith(t, allOmitted(), tt.field, tt.value)
			assert.Equal(t, http.Header{tt.header: {tt.value}}, securedBy(t, alone, overTLS(), nothing))
		})
	}
}

func TestHeadersAreTheHandlersToChange(t *testing.T) {
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    http.Header
	}{
		"override": {
			func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Referrer-Policy", "no-referrer") },
			adding(defaultHeaders(), "Referrer-Policy", "no-referrer")},
		"delete": {
			func(w http.ResponseWriter, _ *http.Request) { w.Header().Del("X-Frame-Options") },
			dropping(defaultHeaders(), "X-Frame-Options")},
		// net/http's canonical form of this name is not the one people write.
		"override X-XSS-Protection": {
			func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-XSS-Protection", "0") },
			adding(defaultHeaders(), "X-Xss-Protection", "0")},
		"delete X-XSS-Protection": {
			func(w http.ResponseWriter, _ *http.Request) { w.Header().Del("X-XSS-Protection") },
			dropping(defaultHeaders(), "X-Xss-Protection")},
		"append does not reach a neighbour": {
			func(w http.ResponseWriter, _ *http.Request) { w.Header().Add("Referrer-Policy", "origin") },
			adding(defaultHeaders(), "Referrer-Policy", "strict-origin-when-cross-origin", "origin")},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.want, securedBy(t, httpsec.Headers{}, overHTTP(), tt.handler))
		})
	}
}

func TestHeadersOfOneResponseAreNotAnothers(t *testing.T) {
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	vandal := secure(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name := range w.Header() {
			w.Header()[name][0] = "poison"
		}
	}))
	vandal.ServeHTTP(httptest.NewRecorder(), overHTTP())
	w := httptest.NewRecorder()
	secure(nothing).ServeHTTP(w, overHTTP())
	assert.Equal(t, defaultHeaders(), w.Header())
}

func TestHeadersReplaceWhatAnOuterMiddlewareSet(t *testing.T) {
	inner := httpsec.Must(httpsec.SecurityHeaders(httpsec.APIHeaders()))
	got := securedBy(t, httpsec.Headers{}, overHTTP(), inner(nothing))
	want := adding(defaultHeaders(), "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	assert.Equal(t, want, got)
}

func TestHeadersAreOnPreflightsAndRefusals(t *testing.T) {
	config := httpsec.Config{
		Origins: []string{"https://a.com"}, Methods: []string{"PUT"}, Headers: []string{"x-foo"}, RejectDisallowed: true,
	}
	cors := httpsec.Must(httpsec.CORS(config))
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", nothing)
	refused := adding(adding(adding(defaultHeaders(), "Vary", "Origin"), "Content-Type", "text/plain; charset=utf-8"), "Cache-Control", "no-store")
	for name, tt := range map[string]struct {
		method, origin string
		status         int
		want           http.Header
	}{
		"actual": {"GET", "https://a.com", http.StatusOK,
			adding(adding(defaultHeaders(), "Vary", "Origin"), "Access-Control-Allow-Origin", "https://a.com")},
		"preflight": {"OPTIONS", "https://a.com", http.StatusOK, joined(defaultHeaders(), http.Header{
			"Access-Control-Allow-Origin":  {"https://a.com"},
			"Access-Control-Allow-Methods": {"PUT"},
			"Access-Control-Allow-Headers": {"x-foo"},
			"Access-Control-Max-Age":       {"600"},
			"Vary":                         {"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"},
		})},
		"refused preflight": {"OPTIONS", "https://evil.com", http.StatusForbidden,
			adding(refused, "Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")},
		"refused": {"GET", "https://evil.com", http.StatusForbidden, refused},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "/", nil)
			r.Header.Set("Origin", tt.origin)
			if tt.method == http.MethodOptions {
				r.Header.Set("Access-Control-Request-Method", "PUT")
			}
			w := httptest.NewRecorder()
			httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))(cors(mux)).ServeHTTP(w, r)
			assert.Equal(t, tt.status, w.Code)
			assert.Equal(t, tt.want, w.Header())
		})
	}
}

func joined(h, more http.Header) http.Header {
	maps.Copy(h, more)
	return h
}

func TestHeadersKeepACopyOfExtra(t *testing.T) {
	extra := map[string]string{"X-Robots-Tag": "noindex"}
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{Extra: extra}))
	extra["X-Robots-Tag"], extra["X-Late"] = "all", "x"
	w := httptest.NewRecorder()
	secure(nothing).ServeHTTP(w, overHTTP())
	assert.Equal(t, adding(defaultHeaders(), "X-Robots-Tag", "noindex"), w.Header())
}

func TestSecurityHeadersPanicsWithoutAHandler(t *testing.T) {
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	assert.PanicsWithValue(t, "httpsec: SecurityHeaders: next is nil", func() { secure(nil) })
}

// reusedWriter keeps its header map, so that allocations are the middleware's.
type reusedWriter struct{ header http.Header }

func (w reusedWriter) Header() http.Header         { return w.header }
func (w reusedWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w reusedWriter) WriteHeader(int)             {}

func TestHeadersAllocateOncePerResponse(t *testing.T) {
	for name, tt := range map[string]struct {
		headers httpsec.Headers
		request *http.Request
		want    float64
	}{
		"defaults":           {httpsec.Headers{}, overHTTP(), 1},
		"defaults, TLS":      {httpsec.Headers{}, overTLS(), 1},
		"API":                {httpsec.APIHeaders(), overTLS(), 1},
		"everything omitted": {allOmitted(), overTLS(), 0},
		"only HSTS, http":    {headersWith(t, allOmitted(), "StrictTransportSecurity", ""), overHTTP(), 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := reusedWriter{make(http.Header, 32)}
			allocations := func(handler http.Handler) float64 {
				return testing.AllocsPerRun(100, func() {
					clear(w.header)
					handler.ServeHTTP(w, tt.request)
				})
			}
			secure := httpsec.Must(httpsec.SecurityHeaders(tt.headers))
			assert.Equal(t, tt.want, allocations(secure(nothing))-allocations(nothing))
		})
	}
}

func TestHeadersReportAllProblemsAtOnce(t *testing.T) {
	_, err := httpsec.SecurityHeaders(httpsec.Headers{
		ContentSecurityPolicy:   "defualt-src 'self'; img-src self",
		ReferrerPolicy:          "same-orgin",
		StrictTransportSecurity: "preload",
		XFrameOptions:           "ALLOW",
		Extra:                   map[string]string{"Vary": "Origin", "Bad Name": ""},
	})
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%T", err)
	var fields []string
	for _, err := range joined.Unwrap() {
		problem, ok := err.(*httpsec.ConfigError)
		require.True(t, ok, "%T", err)
		fields = append(fields, problem.Field)
	}
	assert.Equal(t, []string{
		"Headers.ContentSecurityPolicy", "Headers.ContentSecurityPolicy", "Headers.ReferrerPolicy",
		"Headers.StrictTransportSecurity", "Headers.XFrameOptions", "Headers.Extra", "Headers.Extra", "Headers.Extra",
	}, fields)
	assert.Equal(t, len(fields), strings.Count(err.Error(), "\n")+1, "one line each")
	assert.EqualError(t, err, strings.Join([]string{
		`httpsec: Headers.ContentSecurityPolicy: unknown directive "defualt-src"; did you mean "default-src"?`,
		`httpsec: Headers.ContentSecurityPolicy: img-src: "self" has no single quotes; write "'self'"`,
		`httpsec: Headers.ReferrerPolicy: unknown policy "same-orgin"; did you mean "same-origin"?`,
		`httpsec: Headers.StrictTransportSecurity: "preload" has no max-age; write max-age=31536000`,
		`httpsec: Headers.XFrameOptions: unknown value "ALLOW"; write "DENY" or "SAMEORIGIN"`,
		`httpsec: Headers.Extra: "Bad Name" is not a header name`,
		`httpsec: Headers.Extra: "Bad Name" has an empty value; remove it`,
		`httpsec: Headers.Extra: "Vary" belongs to the handler that writes the response; set it there`,
	}, "\n"))
}

func TestHeadersAccept(t *testing.T) {
	for _, tt := range []struct{ field, value string }{
		{"CrossOriginEmbedderPolicy", "unsafe-none"},
		{"CrossOriginEmbedderPolicy", "require-corp"},
		{"CrossOriginEmbedderPolicy", "credentialless"},
		{"CrossOriginEmbedderPolicy", `require-corp; report-to="main"`},
		{"CrossOriginOpenerPolicy", "unsafe-none"},
		{"CrossOriginOpenerPolicy", "same-origin"},
		{"CrossOriginOpenerPolicy", "same-origin-allow-popups"},
		{"CrossOriginOpenerPolicy", "noopener-allow-popups"},
		{"CrossOriginOpenerPolicy", `same-origin;report-to="main"`},
		{"CrossOriginResourcePolicy", "same-site"},
		{"CrossOriginResourcePolicy", "same-origin"},
		{"CrossOriginResourcePolicy", "cross-origin"},
		{"ReferrerPolicy", "no-referrer"},
		{"ReferrerPolicy", "no-referrer-when-downgrade"},
		{"ReferrerPolicy", "same-origin"},
		{"ReferrerPolicy", "origin"},
		{"ReferrerPolicy", "strict-origin"},
		{"ReferrerPolicy", "origin-when-cross-origin"},
		{"ReferrerPolicy", "strict-origin-when-cross-origin"},
		{"ReferrerPolicy", "unsafe-url"},
		{"ReferrerPolicy", "no-referrer, strict-origin-when-cross-origin"},
		{"StrictTransportSecurity", "max-age=0"},
		{"StrictTransportSecurity", `max-age="31536000"`},
		{"StrictTransportSecurity", "max-age=31536000; includeSubDomains"},
		{"StrictTransportSecurity", "includeSubDomains; max-age=31536000"},
		{"StrictTransportSecurity", "MAX-AGE=31536000;INCLUDESUBDOMAINS"},
		{"StrictTransportSecurity", "max-age=31536000; includeSubDomains; preload"},
		{"StrictTransportSecurity", "max-age=63072000; includeSubDomains; preload"},
		{"StrictTransportSecurity", "max-age=31536000;"},
		{"XContentTypeOptions", "nosniff"},
		{"XFrameOptions", "DENY"},
		{"XFrameOptions", "SAMEORIGIN"},
		{"XFrameOptions", "deny"},
		{"XXSSProtection", "0"},
		{"XXSSProtection", "1"},
		{"XXSSProtection", "1; mode=block"},
		{"XXSSProtection", "1; report=https://reports.example.com/xss"},
	} {
		t.Run(tt.field+" "+tt.value, func(t *testing.T) {
			got := securedBy(t, headersWith(t, allOmitted(), tt.field, tt.value), overTLS(), nothing)
			assert.Equal(t, [][]string{{tt.value}}, slices.Collect(maps.Values(got)))
		})
	}
}

func TestHeadersRefuse(t *testing.T) {
	const openers = `write "unsafe-none", "same-origin-allow-popups", "same-origin" or "noopener-allow-popups"`
	for _, tt := range []struct{ field, value, problem string }{
		{"CrossOriginEmbedderPolicy", "require-cors", `unknown value "require-cors"; did you mean "require-corp"?`},
		{"CrossOriginEmbedderPolicy", "credential-less", `unknown value "credential-less"; did you mean "credentialless"?`},
		{"CrossOriginEmbedderPolicy", "Require-Corp", `unknown value "Require-Corp"; did you mean "require-corp"?`},
		{"CrossOriginEmbedderPolicy", "yes", `unknown value "yes"; write "unsafe-none", "require-corp" or "credentialless"`},
		{"CrossOriginEmbedderPolicy", "require-corp; report-to=main", `"require-corp; report-to=main": parameter "report-to" is not report-to with a quoted group at byte 28; write require-corp; report-to="group"`},
		{"CrossOriginEmbedderPolicy", `require-corp; report-to="main`, `"require-corp; report-to=\"main": a closing quote is missing at byte 29; write require-corp; report-to="group"`},
		{"CrossOriginEmbedderPolicy", `require-corp; group="main"`, `"require-corp; group=\"main\"": parameter "group" is not report-to with a quoted group at byte 26; write require-corp; report-to="group"`},
		{"CrossOriginEmbedderPolicy", `require-corp; report-to="a", unsafe-none`, `"require-corp; report-to=\"a\", unsafe-none": something follows the parameter at byte 27; write require-corp; report-to="group"`},
		{"CrossOriginOpenerPolicy", "same-site", `unknown value "same-site"; ` + openers},
		{"CrossOriginOpenerPolicy", "same-orgin", `unknown value "same-orgin"; did you mean "same-origin"?`},
		{"CrossOriginOpenerPolicy", "same-origin, unsafe-none", `unknown value "same-origin, unsafe-none"; ` + openers},
		{"CrossOriginOpenerPolicy", "same-origin;", `"same-origin;": a key in lower case is missing at byte 12; write same-origin; report-to="group"`},
		{"CrossOriginResourcePolicy", "same_site", `unknown value "same_site"; did you mean "same-site"?`},
		{"CrossOriginResourcePolicy", "Cross-Origin", `unknown value "Cross-Origin"; did you mean "cross-origin"?`},
		{"CrossOriginResourcePolicy", "*", `unknown value "*"; write "same-site", "same-origin" or "cross-origin"`},
		{"CrossOriginResourcePolicy", `same-site; report-to="a"`, `unknown value "same-site; report-to=\"a\""; write "same-site", "same-origin" or "cross-origin"`},
		{"ReferrerPolicy", "same-orgin", `unknown policy "same-orgin"; did you mean "same-origin"?`},
		{"ReferrerPolicy", "no-referer", `unknown policy "no-referer"; did you mean "no-referrer"?`},
		{"ReferrerPolicy", "never", `unknown policy "never"`},
		{"ReferrerPolicy", "origin,", `unknown policy ""`},
		{"ReferrerPolicy", "origin; same-origin", `unknown policy "origin; same-origin"`},
		{"StrictTransportSecurity", "max-age", `max-age "" is not a number of seconds; write max-age=31536000`},
		{"StrictTransportSecurity", "max-age=1y", `max-age "1y" is not a number of seconds; write max-age=31536000`},
		{"StrictTransportSecurity", "max-age=-1", `max-age "-1" is not a number of seconds; write max-age=31536000`},
		{"StrictTransportSecurity", `max-age="31536000`, `max-age "\"31536000" is not a number of seconds; write max-age=31536000`},
		{"StrictTransportSecurity", "max-age=31536000, includeSubDomains", `max-age "31536000, includeSubDomains" is not a number of seconds; write max-age=31536000`},
		{"StrictTransportSecurity", "includeSubDomains", `"includeSubDomains" has no max-age; write max-age=31536000`},
		{"StrictTransportSecurity", "max-age=1; max-age=2", `directive "max-age" is there twice; remove one`},
		{"StrictTransportSecurity", "max-age=1; includeSubDomain", `unknown directive "includeSubDomain"; did you mean "includeSubDomains"?`},
		{"StrictTransportSecurity", "max-age=1; immutable", `unknown directive "immutable"; remove it`},
		{"StrictTransportSecurity", "max-age=1; includeSubDomains=1", `directive "includeSubDomains" takes no value; write includeSubDomains`},
		{"StrictTransportSecurity", "max-age=31536000; preload", `"max-age=31536000; preload" has preload without includeSubDomains and a year; write "max-age=31536000; includeSubDomains; preload", or drop preload`},
		{"StrictTransportSecurity", "max-age=31535999; includeSubDomains; preload", `"max-age=31535999; includeSubDomains; preload" has preload without includeSubDomains and a year; write "max-age=31536000; includeSubDomains; preload", or drop preload`},
		{"XContentTypeOptions", "no-sniff", `unknown value "no-sniff"; did you mean "nosniff"?`},
		{"XContentTypeOptions", "sniff", `unknown value "sniff"; did you mean "nosniff"?`},
		{"XContentTypeOptions", "on", `unknown value "on"; write "nosniff"`},
		{"XContentTypeOptions", strings.Repeat("a", 401), `unknown value "` + strings.Repeat("a", 400) + `"…; write "nosniff"`},
		{"XFrameOptions", "SAME-ORIGIN", `unknown value "SAME-ORIGIN"; write "DENY" or "SAMEORIGIN"`},
		{"XFrameOptions", "DENY, SAMEORIGIN", `unknown value "DENY, SAMEORIGIN"; write "DENY" or "SAMEORIGIN"`},
		{"XFrameOptions", "ALLOW-FROM", `"ALLOW-FROM" is ignored by browsers; use frame-ancestors in ContentSecurityPolicy`},
		{"XFrameOptions", "ALLOW-FROM https://a.com", `"ALLOW-FROM https://a.com" is ignored by browsers; use frame-ancestors in ContentSecurityPolicy`},
		{"XXSSProtection", "1;mode=block", `unknown value "1;mode=block"; write "0", or Omit`},
		{"XXSSProtection", "1; report=", `unknown value "1; report="; write "0", or Omit`},
		{"XXSSProtection", "2", `unknown value "2"; write "0", or Omit`},

		{"ReferrerPolicy", "origin\r\nSet-Cookie: a=b", `"origin\r\nSet-Cookie: a=b" has a line break at byte 6; write it on one line`},
		{"ReferrerPolicy", "origin\n", `"origin\n" has a line break at byte 6; write it on one line`},
		{"ReferrerPolicy", "\x00origin", `"\x00origin" has a control character at byte 0; remove it`},
		{"ReferrerPolicy", "origin\x7f", `"origin\x7f" has a control character at byte 6; remove it`},
		{"ReferrerPolicy", " origin", `" origin" has surrounding space; write "origin"`},
		{"ReferrerPolicy", "origin ", `"origin " has surrounding space; write "origin"`},
		{"ReferrerPolicy", " ", `" " has surrounding space`},
		{"ReferrerPolicy", " same-orgin", `" same-orgin" has surrounding space`},
		{"ContentSecurityPolicy", "img-src https://bücher.example", `"img-src https://bücher.example" has a character beyond ASCII at byte 17; percent-encode it, or write a host in Punycode`},
		{"ContentSecurityPolicyReportOnly", "img-src\n'self'", `"img-src\n'self'" has a line break at byte 7; write it on one line`},
		{"PermissionsPolicy", "camera=()\t", `"camera=()\t" has a control character at byte 9; remove it`},
		{"ReportingEndpoints", "main=\"https://a.com/\xff\"", `"main=\"https://a.com/\xff\"" has a character beyond ASCII at byte 20; percent-encode it, or write a host in Punycode`},
	} {
		t.Run(tt.field+" "+tt.value, func(t *testing.T) {
			_, err := httpsec.SecurityHeaders(headersWith(t, httpsec.Headers{}, tt.field, tt.value))
			assert.EqualError(t, err, "httpsec: Headers."+tt.field+": "+tt.problem)
		})
	}
}

func TestHeadersRefuseExtra(t *testing.T) {
	const toHandler = " belongs to the handler that writes the response; set it there"
	const toConnection = " belongs to the connection, not to the response; remove it"
	for _, tt := range []struct{ name, value, problem string }{
		{"", "x", `"" is not a header name`},
		{"Bad Name", "x", `"Bad Name" is not a header name`},
		{"X-Ü", "x", `"X-Ü" is not a header name`},
		{"X-A\r\nX-B", "x", `"X-A\r\nX-B" is not a header name`},
		{"Referrer-Policy", "origin", `"Referrer-Policy" has a field of its own; set Headers.ReferrerPolicy`},
		{"content-security-policy", "img-src *", `"content-security-policy" has a field of its own; set Headers.ContentSecurityPolicy`},
		{"X-XSS-Protection", "0", `"X-XSS-Protection" has a field of its own; set Headers.XXSSProtection`},
		{"x-xss-protection", "0", `"x-xss-protection" has a field of its own; set Headers.XXSSProtection`},
		{"Access-Control-Allow-Origin", "*", `"Access-Control-Allow-Origin" belongs to CORS; use Config`},
		{"access-control-anything", "x", `"access-control-anything" belongs to CORS; use Config`},
		{"Vary", "Origin", `"Vary"` + toHandler},
		{"set-cookie", "a=b", `"set-cookie"` + toHandler},
		{"Content-Length", "0", `"Content-Length"` + toHandler},
		{"Connection", "close", `"Connection"` + toConnection},
		{"Keep-Alive", "timeout=5", `"Keep-Alive"` + toConnection},
		{"Proxy-Authenticate", "Basic", `"Proxy-Authenticate"` + toConnection},
		{"Proxy-Authorization", "x", `"Proxy-Authorization"` + toConnection},
		{"Proxy-Connection", "close", `"Proxy-Connection"` + toConnection},
		{"TE", "trailers", `"TE"` + toConnection},
		{"Trailer", "X-Sum", `"Trailer"` + toConnection},
		{"transfer-encoding", "chunked", `"transfer-encoding"` + toConnection},
		{"Upgrade", "h2c", `"Upgrade"` + toConnection},
		{"X-A", "", `"X-A" has an empty value; remove it`},
		{"X-A", httpsec.Omit, `"X-A" has the value Omit, but nothing is sent by default; remove it`},
		{"X-A", "b\r\nX-B: c", `"X-A" has a bad value: "b\r\nX-B: c" has a line break at byte 1; write it on one line`},
		{"X-A", "ü", `"X-A" has a bad value: "ü" has a character beyond ASCII at byte 0; percent-encode it, or write a host in Punycode`},
		{"X-A", "  ", `"X-A" has an empty value; remove it`},
		{"X-A", "b ", `"X-A" has a bad value: "b " has surrounding space; write "b"`},
	} {
		t.Run(tt.name+" "+tt.value, func(t *testing.T) {
			_, err := httpsec.SecurityHeaders(httpsec.Headers{Extra: map[string]string{tt.name: tt.value}})
			assert.EqualError(t, err, "httpsec: Headers.Extra: "+tt.problem)
		})
	}
	_, err := httpsec.SecurityHeaders(httpsec.Headers{Extra: map[string]string{"X-A": "1", "x-a": "2"}})
	assert.EqualError(t, err, `httpsec: Headers.Extra: "x-a" is there twice, in different case; remove one`)
}
