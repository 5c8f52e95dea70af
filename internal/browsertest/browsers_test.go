package browsertest

import (
	"io"
	"net/http"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// loginByPage is the page that sets a cookie without SameSite, as the first party.
const loginByPage = api + "/login-plain"

// browserCases are what docs/browsers.md says of browsers, where no other case shows it.
var browserCases = []testCase{
	{
		name: "cookie without SameSite, from another site", service: policy(listed()), relies: credentialsOn,
		visit:  []string{loginByPage, partner + "/blank"},
		script: `return text('/echo?show=Cookie', {credentials: 'include'})`,
		sees:   "GET plain=1", reached: handled("GET /login-plain", "GET /echo"),
		differs: map[engineName]divergence{
			chromium: {why: "takes a cookie without SameSite for Lax", sees: "GET "},
		},
	},
	{
		name: "cookie without SameSite, with a socket of another site", service: policy(public()), relies: handshakeCheck,
		visit:  []string{loginByPage, evil + "/blank"},
		script: `return socket('/socket')`,
		sees:   "error", reached: append(handled("GET /login-plain"), answered("GET /socket", 403)...),
		differs: map[engineName]divergence{
			chromium: {
				why:  "takes a cookie without SameSite for Lax: the handshake has none",
				sees: "hello ", reached: append(handled("GET /login-plain"), upgraded("/socket")...), inert: true,
			},
		},
	},
	{
		name: "Secure cookie on plain http on localhost", service: policy(httpsec.DefaultConfig()), relies: credentialsOn,
		visit: blank("http://localhost:3000"),
		script: `await fetch(url('http://localhost:8080/login'), {credentials: 'include'});
			return text('http://localhost:8080/echo?show=Cookie', {credentials: 'include'})`,
		sees: "GET everywhere=1; site=1", reached: handled("GET /login", "GET /echo"),
		differs: map[engineName]divergence{
			webkit: {why: "keeps a Secure cookie from https alone", sees: "GET "},
		},
	},
	{
		name: "localhost over plain http from a page of https", service: policy(listed()), relies: corsMiddleware,
		script: `return text('http://localhost:8080/echo')`,
		sees:   "GET", reached: handled("GET /echo"),
		differs: map[engineName]divergence{
			webkit: {why: "takes it for mixed content", sees: "TypeError", reached: []string{}, inert: true},
		},
	},
	{
		name: "this machine from a page of the internet", relies: corsMiddleware, visit: blank(internet),
		service: policy(httpsec.Config{Origins: []string{internet}}),
		script:  `return Promise.race([text('/echo'), new Promise(resolve => setTimeout(resolve, 5000, 'waits'))])`,
		sees:    "GET", reached: handled("GET /echo"),
		differs: map[engineName]divergence{
			chromium: {why: "has not the user's permission", sees: "TypeError", reached: []string{}, inert: true},
			firefox:  {why: "asks the user for permission", sees: "waits", reached: []string{}, inert: true},
		},
	},
	{
		name: "Sec-Fetch-Site of a handshake", service: policy(listed()), relies: sameOrigin, visit: blank(api),
		script: `return socket('/socket?show=Sec-Fetch-Site')`,
		sees:   "hello same-origin", reached: upgraded("/socket"),
		differs: map[engineName]divergence{
			chromium: {why: "sends none with handshakes", sees: "hello "},
		},
	},
	{
		name: "COOP noopener-allow-popups: popup loses its opener", relies: sent("Cross-Origin-Opener-Policy"),
		service: secured(only(func(h *httpsec.Headers) { h.CrossOriginOpenerPolicy = "noopener-allow-popups" }), tellOpener),
		script:  `return open(url('/page')) !== null`,
		sees:    "true", reached: handled("GET /page", "GET /opener/none"),
		differs: map[engineName]divergence{
			firefox: {why: "does not know the value", reached: handled("GET /page", "GET /opener/kept"), inert: true},
		},
	},
	{
		name: "COEP credentialless: isolated page", relies: sent("Cross-Origin-Embedder-Policy"), visit: servicePage,
		service: secured(only(func(h *httpsec.Headers) { h.CrossOriginEmbedderPolicy = "credentialless" }), ""),
		script:  `return crossOriginIsolated`,
		sees:    "true", reached: handled("GET /page"),
		differs: map[engineName]divergence{
			webkit: {why: "does not know the value", sees: "false", inert: true},
		},
	},
	{
		name: "upgrade-insecure-requests on plain http on localhost", relies: sent(csp), visit: []string{"http://localhost:8080/page"},
		service: parsedCSP("upgrade-insecure-requests", `<script src="/script?k={{k}}"></script>`),
		script:  `return globalThis.loaded ?? 'blocked'`,
		sees:    "blocked", reached: handled("GET /page"),
		differs: map[engineName]divergence{
			chromium: {why: "spares localhost", sees: "ran", reached: handled("GET /page", "GET /script"), inert: true},
			firefox:  {why: "spares localhost", sees: "ran", reached: handled("GET /page", "GET /script"), inert: true},
		},
	},
	{
		name: "Strict-Transport-Security on localhost", relies: sent("Strict-Transport-Security"),
		service: service{inner: sendsHSTS}, visit: []string{"https://localhost:8443/page", "http://127.0.0.1:3000/blank"},
		script: `open(url('http://localhost:3000/page'));
			await new Promise(resolve => setTimeout(resolve, 1000)); // for a request that must not come
			return 'opened'`,
		sees: "opened", reached: handled("GET /page"),
		differs: map[engineName]divergence{
			chromium: {why: "spares localhost", reached: handled("GET /page", "GET /page"), inert: true},
			firefox:  {why: "spares localhost", reached: handled("GET /page", "GET /page"), inert: true},
		},
	},
}

// sendsHSTS is a program that sends the header on localhost too, as httpsec does not.
func sendsHSTS(next http.Handler) http.Handler {
	return before(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Strict-Transport-Security", "max-age=600")
	})(next)
}

// TestReadmeProgram opens what the README's first program serves, where it serves it:
// http://localhost:8080.
func TestReadmeProgram(t *testing.T) {
	if *broken {
		t.Skip("the program relies on nothing: it must not be in the way")
	}
	inEachEngine(t, setup{}, func(t *testing.T, w *world) {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /api/hello", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "hello\n")
		})
		cors := httpsec.Must(httpsec.CORS(httpsec.Config{
			Origins:     []string{"https://app.example.com"},
			Credentials: true,
		}))
		secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
		site := w.open(secure(cors(mux)))

		tab := w.browser.open(t)
		require.NoError(t, tab.navigate("http://localhost:8080/api/hello?k="+site.key))
		assert.Equal(t, "hello", tab.evaluate(t, `document.body.innerText.trim()`))
		assert.Equal(t, "hello\n", tab.evaluate(t, prelude(site.key, `return text('http://localhost:8080/api/hello')`)))
	})
}
