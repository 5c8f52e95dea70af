package httpsec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

// originEntry is an entry of Config.Origins, or a received origin, as the slow
// reader below takes it apart.
type originEntry struct {
	scheme, host, port string
	subdomains         bool
}

var (
	entrySyntax = regexp.MustCompile("^([a-z][a-z0-9+.-]*)://" +
		`(\*\.)?` + "(\\[[0-9a-f:.]+\\]|[!\"$%&'()+,\\-.0-9;=A-Z_`a-z{}~]+)" + // all but forbidden host code points
		`(?::(\*|[1-9][0-9]{0,4}))?$`)
	numberSyntax = regexp.MustCompile(`^([0-9]+|0x[0-9a-f]*)$`)
	labelSyntax  = regexp.MustCompile(`^[a-z0-9_-]{1,63}$`)
)

// readEntry accepts what a browser sends, with wildcards or without. Whether a
// label that begins with xn-- is valid Punycode it does not know.
func readEntry(s string) (originEntry, bool) {
	m := entrySyntax.FindStringSubmatch(s)
	if m == nil || len(s) > 326 {
		return originEntry{}, false
	}
	e := originEntry{scheme: m[1], host: m[3], port: m[4], subdomains: m[2] != ""}
	switch e.scheme {
	case "file", "data", "about", "javascript", "ws", "wss":
		return e, false
	}
	if e.port == map[string]string{"http": "80", "https": "443"}[e.scheme] && e.port != "" {
		return e, false
	}
	if port, err := strconv.Atoi(e.port); err == nil && port > 65535 {
		return e, false
	}
	labels := strings.Split(strings.TrimSuffix(e.host, "."), ".")
	isNumber := numberSyntax.MatchString(labels[len(labels)-1])
	if inner, ok := strings.CutPrefix(e.host, "["); ok {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return e, err == nil && address.Is6() && !e.subdomains && e.host == "["+shortestIPv6(address)+"]"
	}
	if e.subdomains && isNumber {
		return e, false
	}
	if e.scheme != "http" && e.scheme != "https" {
		return e, true
	}
	if isNumber {
		address, err := netip.ParseAddr(e.host)
		return e, err == nil && address.Is4()
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.ContainsAny(label, "%ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			return e, false
		}
	}
	return e, true
}

// shortestIPv6 never ends in a dotted quad.
func shortestIPv6(address netip.Addr) string {
	if !address.Is4In6() {
		return address.String()
	}
	b := address.As16()
	return fmt.Sprintf("::ffff:%x:%x", int(b[12])<<8|int(b[13]), int(b[14])<<8|int(b[15]))
}

// covers compares label by label.
func (e originEntry) covers(origin string) bool {
	o, ok := readEntry(origin)
	if !ok || o.subdomains || o.port == "*" || o.scheme != e.scheme || o.port != e.port && e.port != "*" {
		return false
	}
	if !e.subdomains {
		return o.host == e.host
	}
	suffix, labels := strings.Split(e.host, "."), strings.Split(o.host, ".")
	more := len(labels) - len(suffix)
	if more < 1 || !slices.Equal(labels[more:], suffix) {
		return false
	}
	for _, label := range labels[:more] {
		if !labelSyntax.MatchString(label) {
			return false
		}
	}
	return true
}

func crossOrigin(method, origin string) *http.Request {
	r := httptest.NewRequest(method, "/", nil)
	r.Header["Origin"] = []string{origin}
	r.Header["Sec-Fetch-Site"] = []string{"cross-site"}
	return r
}

// offeredEntries returns the entries that an error says to write instead.
func offeredEntries(err error) []string {
	problem, ok := errors.AsType[*httpsec.ConfigError](err)
	if !ok {
		return nil
	}
	rest, ok := strings.CutPrefix(problem.Fix, "write ")
	var entries []string
	for ok {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil // the fix is in words
		}
		entry, _ := strconv.Unquote(quoted)
		entries = append(entries, entry)
		rest, ok = strings.CutPrefix(rest[len(quoted):], ", ")
	}
	return entries
}

func FuzzOrigin(f *testing.F) {
	for _, entry := range []string{
		"https://a.com", "https://A.com/", "https://*.a.com", "http://localhost:*", "https://*.a.com:*", "capacitor://localhost",
		"http://[::1]:8080", "http://[::ffff:1.2.3.4]", "http://127.1", "http://0x7f.1", "https://bücher.example", "https://xn--bcher-kva.example",
		"a.com:443", "https://a.com:443", "http://a.com:80", "https://a.com:80", "http://a.com:080", "ws://a.com", "null", "file:///x", "https://u:p@a.com", "https://a.com?x#y", "https://*.1.2.3.4",
		"https://*.co.uk", "https://a.com, http://B.com/", "a.com https://*.com", "foo://A%41", "https://a.com.", " https://a.com", "chrome-extension://abc", "https://a..com", "https://.a.com",
	} {
		f.Add(entry, "https://b.com", "https://x.a.com", false)
		f.Add(entry, "https://*.b.com:8443", entry, true)
	}
	for _, origin := range []string{
		"https://.a.com", "https://x..a.com", "https://evila.com", "https://x.a.com.evil.com", "https://evil.com/.a.com",
		"https://u@x.a.com", "https://x.a.com:8443", "https://x.a.com:443", "https://x.a.com:0", "https://x.a.com:99999", "https://x.a.com:",
		"http://localhost:3000.evil.com", "http://localhost:03000", "null", "*", "https://*.a.com", "https://X.a.com",
	} {
		f.Add("https://*.a.com", "http://localhost:*", origin, false)
		f.Add("https://*.a.com:*", "https://a.com", origin, true)
	}
	f.Add("HTTPS://*.com", "https://a.com", "https://a.com", true)
	f.Add("https://"+strings.Repeat("ü.", 90)+"de", "https://a.com", "https://a.com", false)

	f.Fuzz(func(t *testing.T, entry, other, origin string, credentials bool) {
		var accepted []string
		allowed := false
		for _, entry := range []string{entry, other} {
			e, want := readEntry(entry)
			if entry == "*" || e.scheme == "ftp" {
				return // anyone is not what this is about, and ftp nobody's page
			}
			_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{entry}})
			if strings.Contains(entry, "xn--") {
				want = want && err == nil
			}
			require.Equal(t, want, err == nil, "%q: %v", entry, err)
			if err == nil {
				accepted = append(accepted, entry)
				allowed = allowed || e.covers(origin)
			}
			_, err = httpsec.NewPolicy(httpsec.Config{Origins: []string{entry}, Credentials: credentials})
			if offer := offeredEntries(err); offer != nil {
				_, err := httpsec.NewPolicy(httpsec.Config{Origins: offer, Credentials: credentials})
				assert.NoError(t, err, "offered for %q", entry)
			}
		}

		policy, err := httpsec.NewPolicy(httpsec.Config{Origins: append([]string{}, accepted...)})
		require.NoError(t, err)
		answerTo := func(origin string) http.Header {
			w := httptest.NewRecorder()
			policy.Handler(nothing).ServeHTTP(w, crossOrigin(http.MethodGet, origin))
			return w.Header()
		}
		for _, entry := range accepted {
			if !strings.Contains(entry, "*") {
				assert.Equal(t, http.Header{"Vary": {"Origin"}, "Access-Control-Allow-Origin": {entry}}, answerTo(entry))
			}
		}
		want := http.Header{"Vary": {"Origin"}}
		if allowed {
			want["Access-Control-Allow-Origin"] = []string{origin}
		}
		assert.Equal(t, want, answerTo(origin), "%q under %q", origin, accepted)
		r := crossOrigin(http.MethodGet, origin)
		assert.Equal(t, allowed || origin == "", policy.Decide(r).Allowed)
		assert.Equal(t, allowed || origin == "", policy.CheckOrigin(r))
	})
}

// dice makes choices from the fuzzer's bytes.
type dice struct{ bytes []byte }

func (d *dice) roll(sides int) int {
	if len(d.bytes) == 0 {
		return 0
	}
	n := int(d.bytes[0]) % sides
	d.bytes = d.bytes[1:]
	return n
}

func (d *dice) one(list ...string) string { return list[d.roll(len(list))] }

// some returns a part of the list, in order; never nil.
func (d *dice) some(list ...string) []string {
	part := []string{}
	for _, element := range list {
		if d.roll(2) == 1 {
			part = append(part, element)
		}
	}
	return part
}

// browser is the client's half of https://fetch.spec.whatwg.org/#http-cors-protocol
// for one request that needs a preflight.
type browser struct {
	origin, method string
	headers        []string // in lower case
	include        bool     // the credentials mode
}

// preflight makes the request of https://fetch.spec.whatwg.org/#cors-preflight-fetch.
func (b browser) preflight() *http.Request {
	r := crossOrigin(http.MethodOptions, b.origin)
	r.Header["Access-Control-Request-Method"] = []string{b.method}
	if len(b.headers) > 0 {
		r.Header["Access-Control-Request-Headers"] = []string{strings.Join(slices.Sorted(slices.Values(b.headers)), ",")}
	}
	return r
}

// corsCheck is https://fetch.spec.whatwg.org/#concept-cors-check.
func (b browser) corsCheck(h http.Header) bool {
	switch origin := strings.Join(h["Access-Control-Allow-Origin"], ", "); {
	case origin == "*" && !b.include:
		return true
	case origin != b.origin:
		return false
	}
	return !b.include || strings.Join(h["Access-Control-Allow-Credentials"], ", ") == "true"
}

// accepts is step 7 of https://fetch.spec.whatwg.org/#cors-preflight-fetch.
func (b browser) accepts(w *httptest.ResponseRecorder) bool {
	if !b.corsCheck(w.Header()) || w.Code < 200 || w.Code > 299 {
		return false
	}
	list := func(name string) []string {
		elements := strings.Split(strings.Join(w.Header()[name], ","), ",")
		for i, element := range elements {
			elements[i] = strings.Trim(element, " \t")
		}
		return elements
	}
	methods, names := list("Access-Control-Allow-Methods"), list("Access-Control-Allow-Headers")
	safelisted := b.method == http.MethodGet || b.method == http.MethodHead || b.method == http.MethodPost
	if !slices.Contains(methods, b.method) && !safelisted && (b.include || !slices.Contains(methods, "*")) {
		return false
	}
	for _, header := range b.headers {
		listed := slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, header) })
		if !listed && (header == "authorization" || b.include || !slices.Contains(names, "*")) {
			return false
		}
	}
	return true
}

func randomConfig(d *dice) httpsec.Config {
	c := httpsec.Config{
		Origins:         d.some("https://a.com", "https://*.c.com", "http://localhost:*", "*"),
		Credentials:     d.roll(2) == 1,
		PreflightStatus: []int{0, 200, 204, 299}[d.roll(4)],
	}
	if d.roll(2) == 1 {
		c.OriginFunc = func(_ *http.Request, origin string) bool { return origin == "https://func.example" }
	}
	if d.roll(4) > 0 {
		c.Methods = d.some("GET", "PUT", "PATCH", "purge", "*")
	}
	if d.roll(4) > 0 {
		c.Headers = d.some("X-Foo", "authorization", "Content-Type", "*")
	}
	return c
}

func randomBrowser(d *dice) browser {
	return browser{
		origin: d.one("https://a.com", "https://x.c.com", "https://y.x.c.com", "https://c.com", "http://localhost", "http://localhost:3000",
			"http://localhost:3000.evil.com", "https://func.example", "https://evil.com", "null"),
		method:  d.one("GET", "HEAD", "POST", "PUT", "PATCH", "patch", "DELETE", "purge", strings.Repeat("M", 64), strings.Repeat("M", 65)),
		headers: d.some("x-foo", "authorization", "content-type", "x-bar", strings.Repeat("x", 4000), strings.Repeat("y", 4000), strings.Repeat("z", 190)),
		include: d.roll(2) == 1,
	}
}

// meaning says what the configuration promises, without a word of HTTP: whether
// it allows the origin, and the rest of the request.
func meaning(c httpsec.Config, b browser) (origin, rest bool) {
	anyone := slices.Contains(c.Origins, "*")
	credentials := c.Credentials && !anyone
	switch b.origin {
	case "https://a.com":
		origin = slices.Contains(c.Origins, b.origin)
	case "https://x.c.com", "https://y.x.c.com":
		origin = slices.Contains(c.Origins, "https://*.c.com")
	case "http://localhost", "http://localhost:3000":
		origin = slices.Contains(c.Origins, "http://localhost:*")
	case "https://func.example":
		origin = c.OriginFunc != nil
	}
	origin = origin || anyone

	methods := c.Methods
	if methods == nil {
		methods = []string{"PUT", "PATCH", "DELETE", "OPTIONS"}
	}
	method := slices.Contains(methods, b.method) || slices.Contains([]string{"GET", "HEAD", "POST"}, b.method) ||
		slices.Contains(methods, "*") && (len(b.method) <= 64 || !credentials)

	header := true
	if c.Headers == nil || slices.Contains(c.Headers, "*") {
		header = !credentials || len(strings.Join(b.headers, ",")) <= 8<<10
	} else {
		for _, name := range b.headers {
			header = header && slices.ContainsFunc(c.Headers, func(h string) bool { return strings.EqualFold(h, name) })
		}
	}
	return origin, method && header
}

func FuzzPreflight(f *testing.F) {
	// "*" for both lists, with credentials: a method of 65 bytes; headers of 8 KiB, and a little more.
	asterisks := []byte{1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0}
	f.Add(append(asterisks, 9))
	f.Add(append(asterisks, 0, 0, 0, 0, 0, 1, 1, 1))
	f.Add(append(asterisks, 0, 1, 0, 0, 0, 1, 1, 1))
	random := rand.New(rand.NewPCG(1, 2))
	for range 512 {
		seed := make([]byte, 32)
		for i := range seed {
			seed[i] = byte(random.UintN(256))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		d := &dice{bytes}
		c, b := randomConfig(d), randomBrowser(d)
		var decisions []httpsec.Decision
		c.OnDecision = func(_ *http.Request, d httpsec.Decision) { decisions = append(decisions, d) }
		policy, err := httpsec.NewPolicy(c)
		require.NoError(t, err)
		handler := policy.Handler(nothing)
		originAllowed, restAllowed := meaning(c, b)
		mode := !b.include || c.Credentials && !slices.Contains(c.Origins, "*")

		w := httptest.NewRecorder()
		handler.ServeHTTP(w, b.preflight())
		assert.Equal(t, originAllowed && restAllowed && mode, b.accepts(w), "preflight %+v under %+v: %v", b, c, w.Header())
		actual := crossOrigin(b.method, b.origin)
		w = httptest.NewRecorder()
		handler.ServeHTTP(w, actual)
		assert.Equal(t, originAllowed && mode, b.corsCheck(w.Header()), "actual request %+v under %+v: %v", b, c, w.Header())

		preflight, request := policy.Decide(b.preflight()), policy.Decide(actual)
		assert.Equal(t, httpsec.KindPreflight, preflight.Kind)
		assert.Equal(t, originAllowed && restAllowed, preflight.Allowed, "%+v under %+v", b, c)
		assert.Equal(t, httpsec.KindActual, request.Kind)
		assert.Equal(t, originAllowed, request.Allowed, "%+v under %+v", b, c)
		assert.Equal(t, []httpsec.Decision{preflight, request}, decisions)
	})
}

// readCSP is https://w3c.github.io/webappsec-csp/#parse-serialized-policy, but
// that it keeps duplicates.
func readCSP(policy string) [][]string {
	directives := [][]string{}
	for token := range strings.SplitSeq(policy, ";") {
		fields := strings.FieldsFunc(token, func(c rune) bool { return strings.ContainsRune(" \t\n\f\r", c) })
		if len(fields) > 0 {
			fields[0] = strings.ToLower(fields[0])
			directives = append(directives, fields)
		}
	}
	return directives
}

func FuzzCSP(f *testing.F) {
	for _, policy := range []string{
		"", "default-src 'self'", "IMG-SRC  * ;; font-src data:;", "script-src 'nonce-{nonce}' 'strict-dynamic'", "sandbox; report-to a",
		"script-src 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='", httpsec.DefaultCSP().String(),
	} {
		f.Add(policy, "img-src", "*; script-src *")
		f.Add(policy, "Script-Src-Elem", "'none', default-src 'none'")
		f.Add(policy, "img-src; font-src", "\v\u00a0a\u2028b")
	}
	f.Fuzz(func(t *testing.T, policy, directive, source string) {
		p, err := httpsec.ParseCSP(policy)
		base := [][]string{}
		if err == nil && policy != "" && policy != httpsec.Omit {
			base = readCSP(policy)
			assert.Equal(t, base, readCSP(p.String()))
			again, err := httpsec.ParseCSP(p.String())
			require.NoError(t, err)
			assert.Equal(t, p.String(), again.String())
		}
		if strings.TrimSpace(directive) == "" {
			return
		}
		before := p.String()
		encoded := strings.Fields(strings.NewReplacer(";", "%3B", ",", "%2C").Replace(source))
		for _, changed := range []httpsec.CSP{p.Set(directive, source), p.Add(directive, source)} {
			got := readCSP(changed.String())
			assert.NotContains(t, changed.String(), ",")
			i := slices.IndexFunc(got, func(d []string) bool {
				return !slices.ContainsFunc(base, func(other []string) bool { return slices.Equal(d, other) })
			})
			if i < 0 { // nothing new
				assert.Equal(t, base, got)
				continue
			}
			others := slices.DeleteFunc(slices.Clone(base), func(d []string) bool { return d[0] == got[i][0] })
			assert.Equal(t, others, slices.Delete(slices.Clone(got), i, i+1), "only one directive changes")
			assert.Equal(t, p.Remove(directive).String(), changed.Remove(directive).String())
			for _, s := range encoded {
				if !strings.EqualFold(s, "'none'") {
					assert.Contains(t, got[i][1:], s)
				}
			}
		}
		assert.Equal(t, before, p.String(), "immutable")
	})
}

func isPrintableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' })
}

func FuzzHeaders(f *testing.F) {
	fields := []string{
		"ContentSecurityPolicy", "ContentSecurityPolicyReportOnly", "CrossOriginEmbedderPolicy", "CrossOriginOpenerPolicy",
		"CrossOriginResourcePolicy", "PermissionsPolicy", "ReferrerPolicy", "ReportingEndpoints", "StrictTransportSecurity",
		"XContentTypeOptions", "XFrameOptions", "XXSSProtection",
	}
	names := []string{
		"Content-Security-Policy", "Content-Security-Policy-Report-Only", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy",
		"Cross-Origin-Resource-Policy", "Permissions-Policy", "Referrer-Policy", "Reporting-Endpoints", "Strict-Transport-Security",
		"X-Content-Type-Options", "X-Frame-Options", "X-Xss-Protection",
	}
	for i, value := range []string{
		"default-src 'self'; img-src https://a.com/%2C *.b.com:*", "script-src 'nonce-YWJj'", `require-corp; report-to="a"`, "same-origin",
		"same-site", `camera=(), geolocation=(self "https://a.com")`, "no-referrer, origin", `a="https://a.com/b", c="/d"`,
		"max-age=31536000; includeSubDomains; preload", "nosniff", "SAMEORIGIN", "1; report=https://a.com",
	} {
		f.Add(byte(i), value, "X-A", "b")
		f.Add(byte(i), value+"\r\nSet-Cookie: a=b", "x-a", "b\nc: d")
		f.Add(byte(i), value+"\x00", "X A", "\xff")
		f.Add(byte(i), "\u00a0"+value, "X-XSS-Protection", " ")
	}
	f.Fuzz(func(t *testing.T, index byte, value, extraName, extra string) {
		i := int(index) % len(fields)
		h := headersWith(t, allOmitted(), fields[i], value)
		h.Extra = map[string]string{extraName: extra}
		secure, err := httpsec.SecurityHeaders(h)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				assert.Regexp(t, `^httpsec: Headers\.[A-Za-z]+: `, line)
				assert.False(t, strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }), "%q", line)
			}
			return
		}
		assert.True(t, isPrintableASCII(value) && isPrintableASCII(extra), "accepted %q and %q", value, extra)
		w := httptest.NewRecorder()
		secure(nothing).ServeHTTP(w, overTLS())
		got := maps.Clone(w.Header())
		assert.Equal(t, []string{extra}, got[http.CanonicalHeaderKey(extraName)])
		delete(got, http.CanonicalHeaderKey(extraName))
		if strings.Contains(value, httpsec.NonceSource) || value == "" {
			return // a fresh value each time, or the default
		}
		want := http.Header{names[i]: {value}}
		if value == httpsec.Omit {
			want = http.Header{}
		}
		assert.Equal(t, want, got)
	})
}

// readOriginList reads CORS_ORIGINS token by token.
func readOriginList(value string) (list []string, ok bool) {
	value = strings.TrimSpace(value)
	if !strings.HasPrefix(value, "[") {
		for entry := range strings.SplitSeq(value, ",") {
			list = append(list, strings.TrimSpace(entry))
		}
		return list, value != ""
	}
	decoder := json.NewDecoder(strings.NewReader(value))
	if _, err := decoder.Token(); err != nil {
		return nil, false
	}
	list = []string{}
	for decoder.More() {
		token, err := decoder.Token()
		entry, isString := token.(string)
		if err != nil || !isString {
			return nil, false
		}
		list = append(list, entry)
	}
	if end, err := decoder.Token(); err != nil || end != json.Delim(']') {
		return nil, false
	}
	_, err := decoder.Token()
	return list, err == io.EOF
}

func FuzzConfigFromEnv(f *testing.F) {
	for _, value := range []string{
		"", " ", "[]", "[ ]", `["*"]`, `["https://a.com"]`, ` ["https://a.com", "http://b.com:8080"] `, `["https://a.com",]`, `["https://a.com"`,
		`["https://a.com"]]`, `["https://a.com"] x`, `[null]`, `[1]`, `[["https://a.com"]]`, `{"a":1}`, `"https://a.com"`, `["\u0068ttps://a.com"]`,
		"https://a.com", "https://a.com, https://b.com", "https://a.com,", "*", "*,https://a.com", "https://*.com",
	} {
		f.Add(value, "", "a.com", true)
		f.Add(value, `["https://b.com", "`, `a.com"`, true)
	}
	f.Add("", `["`, `a.com", "https://u@b.com",]`, false)
	f.Fuzz(func(t *testing.T, value, before, after string, scheme bool) {
		const secret = "s3cr3t"
		if strings.Contains(value+before+after, "\x00") || strings.Contains(before+after, secret) {
			return
		}
		t.Setenv("CORS_ORIGINS", value)
		got, err := httpsec.ConfigFromEnv()
		want := httpsec.DefaultConfig()
		list, ok := readOriginList(value)
		want.Origins, want.Credentials = list, !slices.Contains(list, "*")
		if ok {
			_, refused := httpsec.NewPolicy(want)
			ok = refused == nil
		}
		require.Equal(t, ok, err == nil, "%q: %v", value, err)
		if ok {
			assert.Equal(t, want, got)
		}

		user := "user:"
		if scheme {
			user = "https://user:"
		}
		t.Setenv("CORS_ORIGINS", before+user+secret+"@"+after)
		_, err = httpsec.ConfigFromEnv()
		if assert.Error(t, err) {
			assert.NotContains(t, err.Error(), secret)
			for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
				assert.NotContains(t, err.(*httpsec.ConfigError).Value, secret)
			}
		}
	})
}
