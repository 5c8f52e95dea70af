package httpsec_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec"
)

// onLocalhost are the default headers over https there.
func onLocalhost() http.Header {
	return adding(defaultHeaders(), "Content-Security-Policy", policyOverHTTP+"; upgrade-insecure-requests")
}

// toHost is a request over TLS.
func toHost(host string) *http.Request {
	r := overTLS()
	r.Host = host
	return r
}

func withHTTPS(secure bool) httpsec.Headers {
	return httpsec.Headers{HTTPS: func(*http.Request) bool { return secure }}
}

func TestHeadersDefaults(t *testing.T) {
	zero, none := httpsec.Headers{}, httpsec.NoHeaders()
	const ownPolicy = "default-src 'none'; upgrade-insecure-requests"
	for name, tt := range map[string]struct {
		headers httpsec.Headers
		request *http.Request
		want    http.Header
	}{
		"http":                    {zero, overHTTP(), defaultHeaders()},
		"TLS":                     {zero, overTLS(), defaultHeadersOverTLS()},
		"forwarded https":         {zero, forwardedAs("https"), defaultHeadersOverTLS()},
		"forwarded HTTPS":         {zero, forwardedAs("HTTPS"), defaultHeadersOverTLS()},
		"forwarded http":          {zero, forwardedAs("http"), defaultHeaders()},
		"forwarded list":          {zero, forwardedAs("https, http"), defaultHeaders()},
		"forwarded list of https": {zero, forwardedAs("https,https"), defaultHeaders()},
		"forwarded lines":         {zero, forwardedAs("https", "https"), defaultHeaders()},
		"forwarded httpsx":        {zero, forwardedAs("httpsx"), defaultHeaders()},
		"forwarded nothing":       {zero, forwardedAs(""), defaultHeaders()},
		"TLS, forwarded http":     {zero, tlsForwardedAsHTTP(), defaultHeadersOverTLS()},
		"HTTPS says so":           {withHTTPS(true), overHTTP(), defaultHeadersOverTLS()},
		"HTTPS denies TLS":        {withHTTPS(false), overTLS(), defaultHeaders()},

		"localhost":          {zero, toHost("localhost"), onLocalhost()},
		"localhost:8443":     {zero, toHost("localhost:8443"), onLocalhost()},
		"localhost:":         {zero, toHost("localhost:"), onLocalhost()},
		"LOCALHOST":          {zero, toHost("LOCALHOST"), onLocalhost()},
		"app.localhost":      {zero, toHost("app.localhost"), onLocalhost()},
		"A.LOCALHOST:1":      {zero, toHost("A.LOCALHOST:1"), onLocalhost()},
		"HTTPS on localhost": {withHTTPS(true), toHost("localhost"), onLocalhost()},
		"own HSTS on localhost": {
			headersWith(t, none, "StrictTransportSecurity", "max-age=1"), toHost("localhost"), http.Header{}},
		"notlocalhost":    {zero, toHost("notlocalhost"), defaultHeadersOverTLS()},
		".localhost":      {zero, toHost(".localhost"), defaultHeadersOverTLS()},
		"localhost.a.com": {zero, toHost("localhost.a.com"), defaultHeadersOverTLS()},
		"127.0.0.1":       {zero, toHost("127.0.0.1"), defaultHeadersOverTLS()},
		"[::1]:443":       {zero, toHost("[::1]:443"), defaultHeadersOverTLS()},
		"a long name":     {zero, toHost(strings.Repeat("a", 1<<20) + ".localhost"), defaultHeadersOverTLS()},

		"API, http": {httpsec.APIHeaders(), overHTTP(), apiHeaders()},
		"API, TLS": {httpsec.APIHeaders(), overTLS(),
			adding(apiHeaders(), "Strict-Transport-Security", "max-age=31536000")},
		"none":              {none, overHTTP(), http.Header{}},
		"none, TLS":         {none, overTLS(), http.Header{}},
		"HSTS omitted, TLS": {httpsec.Headers{StrictTransportSecurity: httpsec.Omit}, overTLS(), onLocalhost()},

		"own policy, http": {headersWith(t, none, "ContentSecurityPolicy", ownPolicy), overHTTP(),
			http.Header{"Content-Security-Policy": {ownPolicy}}},
		"own policy, the default, http": {headersWith(t, zero, "ContentSecurityPolicy", httpsec.DefaultCSP().String()),
			overHTTP(), onLocalhost()},
		"policy on lines": {headersWith(t, none, "ContentSecurityPolicy", "\n\timg-src *;\r\n\tfont-src\r*\n"),
			overHTTP(),
			http.Header{"Content-Security-Policy": {"img-src *; \tfont-src *"}}},
		"space around values": {headersWith(t, none, "ReferrerPolicy", " \torigin \t"), overHTTP(),
			http.Header{"Referrer-Policy": {"origin"}}},
		"tabs inside": {headersWith(t, none, "ReferrerPolicy", "no-referrer\t,\torigin"), overHTTP(),
			http.Header{"Referrer-Policy": {"no-referrer\t,\torigin"}}},

		"extra": {httpsec.Headers{Extra: map[string]string{"Server": "x", "x-robots-tag": " a\tb "}}, overHTTP(),
			joined(defaultHeaders(), http.Header{"Server": {"x"}, "X-Robots-Tag": {"a\tb"}})},
		"extra, TLS": {httpsec.Headers{Extra: map[string]string{"Server": "x"}}, overTLS(),
			adding(defaultHeadersOverTLS(), "Server", "x")},
		"extra instead of fields": {
			httpsec.Headers{XFrameOptions: httpsec.Omit, StrictTransportSecurity: httpsec.Omit,
				Extra: map[string]string{
					"x-frame-options": "ALLOWALL", "Strict-Transport-Security": "max-age=1"}}, overHTTP(),
			joined(defaultHeaders(),
				http.Header{"X-Frame-Options": {"ALLOWALL"}, "Strict-Transport-Security": {"max-age=1"}})},
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
			alone := headersWith(t, httpsec.NoHeaders(), tt.field, tt.value)
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
		Origins: []string{"https://a.com"}, Methods: []string{"PUT"}, Headers: []string{"x-foo"},
		RejectDisallowed: true,
	}
	cors := httpsec.Must(httpsec.CORS(config))
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", nothing)
	refused := adding(adding(adding(defaultHeaders(), "Vary", "Origin"), "Content-Type", "text/plain; charset=utf-8"),
		"Cache-Control", "no-store")
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
		"everything omitted": {httpsec.NoHeaders(), overTLS(), 0},
		"only HSTS, http":    {headersWith(t, httpsec.NoHeaders(), "StrictTransportSecurity", ""), overHTTP(), 0},
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

// TestHeadersAskOnlyWhereItMatters has predicates that must not run.
func TestHeadersAskOnlyWhereItMatters(t *testing.T) {
	h := httpsec.APIHeaders()
	h.StrictTransportSecurity = httpsec.Omit
	h.HTTPS = func(*http.Request) bool {
		assert.Fail(t, "the answer makes no difference")
		return false
	}
	assert.Equal(t, apiHeaders(), securedBy(t, h, overTLS(), nothing))
}

func TestHeadersReportAllProblemsAtOnce(t *testing.T) {
	_, err := httpsec.SecurityHeaders(httpsec.Headers{
		ContentSecurityPolicy:   "defualt-src 'self'; img-src self",
		ReferrerPolicy:          "same-orgin",
		StrictTransportSecurity: "includeSubDomain",
		XFrameOptions:           "ALLOW",
		Extra:                   map[string]string{"Vary": "Origin", "Bad Name": "", "NEL": "{}", "X-A": "é"},
	})
	configErrorsIn(t, err)
	const prefix = "httpsec: Headers."
	assert.EqualError(t, err, prefix+strings.Join([]string{
		`ContentSecurityPolicy: unknown directive "defualt-src"; did you mean "default-src"?`,
		`ContentSecurityPolicy: img-src: "self" has no single quotes; write "'self'"`,
		`ReferrerPolicy: unknown policy "same-orgin"; did you mean "same-origin"?`,
		`StrictTransportSecurity: unknown directive "includeSubDomain"; did you mean "includeSubDomains"?`,
		`StrictTransportSecurity: "includeSubDomain" has no max-age; add max-age=31536000`,
		`XFrameOptions: unknown value "ALLOW"; write "DENY" or "SAMEORIGIN"`,
		`Extra: "Bad Name" is not a header name`,
		`Extra["Bad Name"]: the value is empty; remove it`,
		`Extra["NEL"]: "{}" has no max_age, a number of seconds`,
		`Extra: "Vary" belongs to the handler that writes the response; set it there`,
		`Extra["X-A"]: "é" has a character beyond ASCII at byte 0; percent-encode it`,
	}, "\n"+prefix))
}

func isPrintableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c > '~' })
}

func FuzzHeaders(f *testing.F) {
	fields := []string{
		"ContentSecurityPolicy", "ContentSecurityPolicyReportOnly", "CrossOriginEmbedderPolicy",
		"CrossOriginOpenerPolicy", "CrossOriginResourcePolicy", "PermissionsPolicy", "ReferrerPolicy",
		"ReportingEndpoints", "StrictTransportSecurity", "XContentTypeOptions", "XFrameOptions", "XXSSProtection",
	}
	names := []string{
		"Content-Security-Policy", "Content-Security-Policy-Report-Only", "Cross-Origin-Embedder-Policy",
		"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy", "Referrer-Policy",
		"Reporting-Endpoints", "Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options",
		"X-Xss-Protection",
	}
	for i, value := range []string{
		"default-src 'self'; img-src https://a.com/%2C *.b.com:*", "script-src 'nonce-{nonce}'",
		`require-corp; report-to="a"`,
		"same-origin", "same-site", `camera=(), geolocation=(self "https://a.com")`, "no-referrer, origin",
		`a="https://a.com/b"`,
		"max-age=31536000; includeSubDomains; preload", "nosniff", "SAMEORIGIN", "1; report=https://a.com",
	} {
		f.Add(byte(i), value, "X-A", "b")
		f.Add(byte(i), value+"\r\nSet-Cookie: a=b", "x-a", "b\nc: d")
		f.Add(byte(i), value+"\x00", "X A", "\xff")
		f.Add(byte(i), "\u00a0"+value, "X-XSS-Protection", " ")
	}
	all := allFields()
	for i, field := range all {
		for _, value := range mistakes()[field] {
			f.Add(byte(i), "", "X-A", value)
		}
	}
	f.Fuzz(func(t *testing.T, index byte, value, extraName, extra string) {
		requireProgress(t, all[int(index)%len(all)], extra)
		i := int(index) % len(fields)
		h := headersWith(t, httpsec.NoHeaders(), fields[i], value)
		h.Extra = map[string]string{extraName: extra}
		secure, err := httpsec.SecurityHeaders(h)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				assert.Regexp(t, `^httpsec: Headers\.[A-Za-z]+(\[".*"\])?: `, line)
				assert.False(t, strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }), "%q",
					line)
			}
			requireProgress(t, fields[i], value)
			return
		}
		lines := strings.NewReplacer("\r", " ", "\n", " ")
		if i <= 1 { // policies
			value = lines.Replace(value)
		}
		assert.True(t, isPrintableASCII(value) && isPrintableASCII(extra), "accepted %q and %q", value, extra)
		w := httptest.NewRecorder()
		secure(nothing).ServeHTTP(w, overTLS())
		got := maps.Clone(w.Header())
		assert.Equal(t, []string{strings.Trim(extra, " \t")}, got[http.CanonicalHeaderKey(extraName)])
		delete(got, http.CanonicalHeaderKey(extraName))
		if strings.Contains(value, httpsec.NonceSource) || value == "" || i <= 1 {
			return // a fresh value each time, or the default, or a policy, which FuzzCSP reads
		}
		want := http.Header{names[i]: {strings.Trim(value, " \t")}}
		if value == httpsec.Omit {
			want = http.Header{}
		}
		assert.Equal(t, want, got)
	})
}
