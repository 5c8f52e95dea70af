package browsertest

import (
	"io/fs"
	"os"

	"github.com/httpsec/httpsec"
)

const (
	csp = "Content-Security-Policy"

	scripts = `<script>globalThis.inline = 'ran'</script><script src="/script?k={{k}}"></script>`
	nonces  = `<script nonce="{{nonce}}">globalThis.trusted = 'ran'</script><script>globalThis.injected = 'ran'</script>`
)

var servicePage = []string{api + "/page"}

// withCSP is a service with the policy and a page.
func withCSP(policy httpsec.CSP, html string) service {
	return secured(httpsec.Headers{ContentSecurityPolicy: policy.String()}, html)
}

func defaultCSP(html string) service { return withCSP(httpsec.DefaultCSP(), html) }

// embeddable lets other origins embed what it serves, so that only their policy
// stops them.
func embeddable(policy httpsec.CSP) service {
	return secured(httpsec.Headers{
		ContentSecurityPolicy:     policy.String(),
		CrossOriginResourcePolicy: "cross-origin",
	}, "")
}

func parsedCSP(policy, html string) service {
	return withCSP(httpsec.Must(httpsec.ParseCSP(policy)), html)
}

// hashedBuild serves the page of the library's example under the policy made there.
func hashedBuild() service {
	frontend := os.DirFS("../../testdata/frontend")
	scripts, styles, err := httpsec.InlineHashes(frontend)
	if err != nil {
		panic(err)
	}
	policy := httpsec.DefaultCSP().WithAdded("script-src", scripts...).With("style-src", append(styles, "'self'")...)
	return withCSP(policy, string(httpsec.Must(fs.ReadFile(frontend, "index.html"))))
}

var nonceCSP = httpsec.DefaultCSP().WithAdded("script-src", httpsec.NonceSource)

var cspCases = []testCase{
	{
		name: "inline script", service: defaultCSP(scripts), relies: sent(csp), visit: servicePage,
		script: `return [globalThis.inline, globalThis.loaded]`,
		sees:   `[null,"ran"]`, reached: handled("GET /page", "GET /script"),
	},
	{
		name: "inline handler of an event", service: defaultCSP(`<img src="data:," onerror="globalThis.inline = 'ran'">`), relies: sent(csp), visit: servicePage,
		script: `return globalThis.inline ?? 'blocked'`,
		sees:   "blocked", reached: handled("GET /page"),
	},
	{
		name: "script from elsewhere", service: embeddable(httpsec.DefaultCSP()), relies: sent(csp), visit: servicePage,
		script: `return load(element('script'), {src: url('https://api.example.com:8443/script')})`,
		sees:   "error", reached: handled("GET /page"),
	},
	{
		name: "eval", service: defaultCSP(`<script src="/eval?k={{k}}"></script>`), relies: sent(csp), visit: servicePage,
		script: `return globalThis.evaluated`,
		sees:   "EvalError", reached: handled("GET /page", "GET /eval"),
	},
	{
		name: "image from elsewhere", service: embeddable(httpsec.DefaultCSP()), relies: sent(csp), visit: servicePage,
		script: `return load(element('img'), {src: url('https://api.example.com:8443/image')})`,
		sees:   "error", reached: handled("GET /page"),
	},
	{
		name: "fetch to elsewhere", relies: sent(csp), visit: servicePage,
		service: service{config: new(public()), headers: &httpsec.Headers{}},
		script:  `return text('https://other.example.org/echo')`,
		sees:    "TypeError", reached: handled("GET /page"),
		differs: map[engineName]divergence{
			webkit: {
				why:  "wss: covers https: too, as the standard says: CSP3, section 6.7.2.8",
				sees: "GET", reached: handled("GET /page", "GET /echo"), inert: true,
			},
		},
	},
	{
		name: "fetch to elsewhere where no scheme is allowed", relies: sent(csp), visit: servicePage,
		service: service{config: new(public()), headers: &httpsec.Headers{ContentSecurityPolicy: "connect-src 'self'"}},
		script:  `return text('https://other.example.org/echo')`,
		sees:    "TypeError", reached: handled("GET /page"),
	},
	{
		name: "socket to a host that is not named", relies: sent(csp), visit: servicePage,
		service: withCSP(httpsec.DefaultCSP().With("connect-src", "'self'", "wss://api.example.com"), ""),
		script:  `try { return await socket('wss://api.example.com:8443/socket') } catch (e) { return e.name }`,
		sees:    "error", reached: handled("GET /page"),
		differs: map[engineName]divergence{
			firefox: {why: "the constructor throws what Firefox calls it inside", sees: "NS_ERROR_CONTENT_BLOCKED"},
			webkit:  {why: "the constructor throws, as the standard once said", sees: "SecurityError"},
		},
	},
	{
		name: "style that is inline", service: parsedCSP("style-src 'self'", `<style>body { opacity: 0.5 }</style>`), relies: sent(csp), visit: servicePage,
		script: `return getComputedStyle(document.body).opacity`,
		sees:   "1", reached: handled("GET /page"),
	},
	{
		name: "form to elsewhere", service: defaultCSP(""), relies: sent(csp), visit: servicePage,
		script: `return post(url('https://other.example.org/echo'))`,
		sees:   "securitypolicyviolation", reached: handled("GET /page"),
	},
	{
		name: "base address", service: defaultCSP(`<base href="https://evil.example.net/">`), relies: sent(csp), visit: servicePage,
		script: `return new URL(document.baseURI).origin`,
		sees:   api, reached: handled("GET /page"),
	},
	{
		name: "frame-ancestors: frame elsewhere", relies: sent(csp), visit: blank(evil),
		service: secured(httpsec.Headers{XFrameOptions: httpsec.Omit}, image),
		script:  `return frame({src: url('/page')})`,
		sees:    "load", reached: handled("GET /page"),
	},
	{
		name: "frame-ancestors: named ancestor, whatever X-Frame-Options says", relies: sent(csp),
		service: withCSP(httpsec.DefaultCSP().With("frame-ancestors", app), image),
		script:  `return frame({src: url('/page')})`,
		sees:    "load", reached: handled("GET /page", "GET /image"),
	},
	{
		name: "frame-ancestors: another ancestor", relies: sent(csp), visit: blank(partner),
		service: secured(httpsec.Headers{
			ContentSecurityPolicy: httpsec.DefaultCSP().With("frame-ancestors", app).String(),
			XFrameOptions:         httpsec.Omit,
		}, image),
		script: `return frame({src: url('/page')})`,
		sees:   "load", reached: handled("GET /page"),
	},
	{
		name: "nonce", service: withCSP(nonceCSP, nonces), relies: sent(csp), visit: servicePage,
		script: `return [globalThis.trusted, globalThis.injected]`,
		sees:   `["ran",null]`, reached: handled("GET /page"),
	},
	{
		name: "nonce is fresh", service: withCSP(nonceCSP, nonces), relies: freshNonce, visit: servicePage,
		script: `const other = new DOMParser().parseFromString(await text('/page'), 'text/html');
			return other.querySelector('script').nonce !== document.querySelector('script').nonce`,
		sees: "true", reached: handled("GET /page", "GET /page"),
	},
	{
		name: "nonce page is not revalidated", service: withCSP(nonceCSP, nonces), relies: unconditional,
		visit:  []string{api + "/tagged-page", api + "/tagged-page"},
		script: `return [globalThis.trusted, globalThis.injected]`,
		sees:   `["ran",null]`, reached: handled("GET /tagged-page", "GET /tagged-page"),
	},
	{
		// A fetch shares its cache entry with the page that has the same URL.
		name: "what a nonce page loads is sent whole", service: withCSP(nonceCSP, ""), relies: unconditional, visit: servicePage,
		script:  `return await text('/tagged') + await text('/tagged')`,
		sees:    "taggedtagged",
		reached: []string{"GET /page 200 handler", "GET /tagged 200 handler", "GET /tagged 200 handler"},
	},
	{
		name: "strict-dynamic", relies: sent(csp), visit: servicePage,
		service: withCSP(httpsec.DefaultCSP().With("script-src", httpsec.NonceSource, "'strict-dynamic'"),
			`<script src="/module?k={{k}}"></script><script nonce="{{nonce}}">
				document.head.append(Object.assign(document.createElement('script'), {src: '/script?k={{k}}', async: false}))
			</script>`),
		script: `return globalThis.loaded`,
		sees:   "ran", reached: handled("GET /page", "GET /script"),
	},
	{
		name: "hash", relies: sent(csp), visit: servicePage,
		service: parsedCSP("script-src 'sha256-2pZQc+V+4n4RTLFpAJTy4UTNvWtnc6asWvwKBtAC7OY='", scripts),
		script:  `return [globalThis.inline, globalThis.loaded]`,
		sees:    `["ran",null]`, reached: handled("GET /page"),
	},
	{
		name: "hashes of a build", service: hashedBuild(), relies: sent(csp), visit: servicePage,
		script: `document.head.append(Object.assign(document.createElement('script'), {textContent: 'globalThis.injected = "ran"'}));
			return [globalThis.started, getComputedStyle(document.querySelector('main')).color, globalThis.injected]`,
		sees: `[2,"rgb(1, 2, 3)",null]`, reached: handled("GET /page"),
	},
	{
		name: "sandbox", service: parsedCSP("sandbox allow-scripts", ""), relies: sent(csp), visit: servicePage,
		script: `return origin`,
		sees:   "null", reached: handled("GET /page"),
	},
	{
		name: "trusted types", service: parsedCSP("require-trusted-types-for 'script'", ""), relies: sent(csp), visit: servicePage,
		script: `document.body.innerHTML = '<b>'; return 'written'`,
		sees:   "TypeError", reached: handled("GET /page"),
	},
	{
		name: "report only", relies: sent(csp + "-Report-Only"), visit: servicePage,
		service: secured(only(func(h *httpsec.Headers) { h.ContentSecurityPolicyReportOnly = "connect-src 'none'" }), ""),
		script: `const seen = [];
			document.addEventListener('securitypolicyviolation', e => seen.push(e.disposition));
			return await text('/echo') + ' ' + seen[0]`,
		sees: "GET report", reached: handled("GET /page", "GET /echo"),
	},
	{
		name: "upgrade-insecure-requests", relies: sent(csp), visit: []string{plainAPI + "/page"},
		service: service{
			config:  &httpsec.Config{Origins: []string{plainAPI}},
			headers: &httpsec.Headers{ContentSecurityPolicy: "upgrade-insecure-requests"},
		},
		script: `return text('http://api.internal.test/echo?show=scheme')`,
		sees:   "GET https", reached: handled("GET /page", "GET /echo"),
	},
	{
		name: "API that answers with a page", service: secured(httpsec.APIHeaders(), scripts), relies: sent(csp), visit: servicePage,
		script: `return [globalThis.inline, globalThis.loaded]`,
		sees:   "[null,null]", reached: handled("GET /page"),
	},
}
