package httpsec_test

import (
	"cmp"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
		names := slices.Sorted(slices.Values(b.headers))
		r.Header["Access-Control-Request-Headers"] = []string{strings.Join(names, ",")}
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
		Origins: d.some("https://a.com", "https://*.c.com", "http://localhost:*", "https://pr-*.d.com",
			"moz-extension://*", "*"),
		PreflightStatus: []int{0, 200, 204, 299}[d.roll(4)],
	}
	switch d.roll(3) {
	case 1:
		// Any host of a scheme may not use credentials.
		c.Origins = slices.DeleteFunc(c.Origins, func(entry string) bool { return entry == "moz-extension://*" })
		c.Credentials = true
	case 2:
		c.CredentialOrigins = d.some("https://a.com", "https://vip.com", "https://*.vip.com")
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
		origin: d.one("https://a.com", "https://x.c.com", "https://y.x.c.com", "https://c.com", "http://localhost",
			"http://localhost:3000", "http://localhost:3000.evil.com", "https://func.example", "https://evil.com",
			"null", "https://pr-1.d.com", "https://pr-1.x.d.com", "moz-extension://x", "https://vip.com",
			"https://x.vip.com"),
		method: d.one("GET", "HEAD", "POST", "PUT", "PATCH", "patch", "DELETE", "purge",
			strings.Repeat("M", 64), strings.Repeat("M", 65)),
		headers: d.some("x-foo", "authorization", "content-type", "x-bar",
			strings.Repeat("x", 4000), strings.Repeat("y", 4000), strings.Repeat("z", 190)),
		include: d.roll(2) == 1,
	}
}

// promise is what a configuration says about a browser's request, without a word
// of HTTP: whether its origin may read, and use credentials, and whether the rest of
// the request is allowed.
type promise struct{ origin, credentials, rest bool }

func meaning(c httpsec.Config, b browser) promise {
	covered := func(list []string) bool {
		patterns := map[string]string{
			"https://x.c.com":       "https://*.c.com",
			"https://y.x.c.com":     "https://*.c.com",
			"http://localhost":      "http://localhost:*",
			"http://localhost:3000": "http://localhost:*",
			"https://pr-1.d.com":    "https://pr-*.d.com",
			"moz-extension://x":     "moz-extension://*",
			"https://x.vip.com":     "https://*.vip.com",
		}
		return slices.Contains(list, cmp.Or(patterns[b.origin], b.origin))
	}
	anyone := slices.Contains(c.Origins, "*")
	listed := covered(c.Origins) || c.OriginFunc != nil && b.origin == "https://func.example"
	trusted := covered(c.CredentialOrigins)
	p := promise{
		origin:      anyone || listed || trusted,
		credentials: trusted || c.Credentials && listed && !anyone,
	}

	methods := c.Methods
	if len(methods) == 0 {
		methods = []string{"PUT", "PATCH", "DELETE", "OPTIONS"}
	}
	method := slices.Contains(methods, b.method) || slices.Contains([]string{"GET", "HEAD", "POST"}, b.method) ||
		slices.Contains(methods, "*") && (len(b.method) <= 64 || !p.credentials)

	header := true
	if len(c.Headers) == 0 || slices.Contains(c.Headers, "*") {
		header = !p.credentials || len(strings.Join(b.headers, ",")) <= 8<<10
	} else {
		for _, name := range b.headers {
			header = header && slices.ContainsFunc(c.Headers, func(h string) bool { return strings.EqualFold(h, name) })
		}
	}
	p.rest = method && header
	return p
}

func FuzzPreflight(f *testing.F) {
	// "*" for both lists, with credentials: a method of 65 bytes; headers of 8 KiB, and a little more.
	asterisks := []byte{1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0}
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
		if len(c.Origins) == 0 {
			c.Origins = []string{} // nobody, which nil does not say
		}
		policy, err := httpsec.NewPolicy(c)
		require.NoError(t, err)
		handler := policy.Handler(nothing)
		promised := meaning(c, b)
		mode := !b.include || promised.credentials

		w := httptest.NewRecorder()
		handler.ServeHTTP(w, b.preflight())
		sends := promised.origin && promised.rest && mode
		assert.Equal(t, sends, b.accepts(w), "preflight %+v under %+v: %v", b, c, w.Header())
		actual := crossOrigin(b.method, b.origin)
		w = httptest.NewRecorder()
		handler.ServeHTTP(w, actual)
		reads := promised.origin && mode
		assert.Equal(t, reads, b.corsCheck(w.Header()), "actual request %+v under %+v: %v", b, c, w.Header())

		preflight, request := policy.Decide(b.preflight()), policy.Decide(actual)
		assert.Equal(t, httpsec.KindPreflight, preflight.Kind)
		assert.Equal(t, promised.origin && promised.rest, preflight.Allowed, "%+v under %+v", b, c)
		assert.Equal(t, httpsec.KindActual, request.Kind)
		assert.Equal(t, promised.origin, request.Allowed, "%+v under %+v", b, c)
		assert.Equal(t, []httpsec.Decision{preflight, request}, decisions)
	})
}
