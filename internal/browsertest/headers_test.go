package browsertest

import "github.com/httpsec/httpsec"

// only is a set of headers without a Content-Security-Policy, so that another
// header has to do the work.
func only(edit func(*httpsec.Headers)) httpsec.Headers {
	h := httpsec.Headers{ContentSecurityPolicy: httpsec.Omit}
	if edit != nil {
		edit(&h)
	}
	return h
}

// image is a page whose load event waits until the service has seen that it was
// rendered: a refused frame fires load too.
const image = `<img src="/image?k={{k}}">`

var headerCases = []testCase{
	{
		name: "CORP: image elsewhere", service: secured(only(nil), ""), relies: sent("Cross-Origin-Resource-Policy"), visit: blank(evil),
		script: `return load(element('img'), {src: url('/image')})`,
		sees:   "error", reached: handled("GET /image"),
	},
	{
		name: "CORP: script on another origin of the site", service: secured(only(nil), ""), relies: sent("Cross-Origin-Resource-Policy"),
		script: `return load(element('script'), {src: url('/script')})`,
		sees:   "error", reached: handled("GET /script"),
	},
	{
		name: "CORP: blind fetch", service: secured(only(nil), ""), relies: sent("Cross-Origin-Resource-Policy"), visit: blank(evil),
		script: `return (await fetch(url('/echo'), {mode: 'no-cors'})).type`,
		sees:   "TypeError", reached: handled("GET /echo"),
	},
	{
		name: "CORP same-site: image on another site", relies: sent("Cross-Origin-Resource-Policy"), visit: blank(evil),
		service: secured(only(func(h *httpsec.Headers) { h.CrossOriginResourcePolicy = "same-site" }), ""),
		script:  `return load(element('img'), {src: url('/image')})`,
		sees:    "error", reached: handled("GET /image"),
	},
	{
		name: "CORP cross-origin: image in an isolated page", relies: sent("Cross-Origin-Resource-Policy"), visit: []string{evil + "/isolated"},
		service: secured(only(func(h *httpsec.Headers) { h.CrossOriginResourcePolicy = "cross-origin" }), ""),
		script:  `return load(element('img'), {src: url('/image')})`,
		sees:    "load", reached: handled("GET /image"),
	},
	{
		name: "CORP does not stop CORS", relies: corsMiddleware,
		service: service{config: new(listed()), headers: new(only(nil))},
		script:  `return text('/echo')`,
		sees:    "GET", reached: handled("GET /echo"),
	},
	{
		name: "X-Frame-Options: frame elsewhere", service: secured(only(nil), image), relies: sent("X-Frame-Options"), visit: blank(evil),
		script:  `return frame({src: url('/page')})`,
		sees:    "load",
		reached: handled("GET /page"),
	},
	{
		name: "X-Frame-Options: frame of our own", service: secured(only(nil), image), relies: sent("X-Frame-Options"), visit: blank(api),
		script: `return frame({src: url('/page')})`,
		sees:   "load", reached: handled("GET /page"),
	},
	{
		name: "X-Frame-Options SAMEORIGIN: frame elsewhere", relies: sent("X-Frame-Options"), visit: blank(evil),
		service: secured(only(func(h *httpsec.Headers) { h.XFrameOptions = "SAMEORIGIN" }), image),
		script:  `return frame({src: url('/page')})`,
		sees:    "load", reached: handled("GET /page"),
	},
	{
		name: "nosniff: text as a script", service: secured(only(nil), ""), relies: sent("X-Content-Type-Options"), visit: blank(api),
		script: `return load(element('script'), {src: url('/plain-script')})`,
		sees:   "error", reached: handled("GET /plain-script"),
	},
	{
		name: "COOP: popup loses its opener", relies: sent("Cross-Origin-Opener-Policy"),
		service: secured(only(nil), tellOpener),
		script:  `return open(url('/page')) !== null`,
		sees:    "true", reached: handled("GET /page", "GET /opener/none"),
	},
	{
		name: "COOP and COEP: isolated page", relies: sent("Cross-Origin-Opener-Policy"), visit: []string{api + "/page"},
		service: secured(only(func(h *httpsec.Headers) { h.CrossOriginEmbedderPolicy = "require-corp" }), ""),
		script:  `return crossOriginIsolated`,
		sees:    "true", reached: handled("GET /page"),
	},
	{
		name: "COEP: image that did not agree", relies: sent("Cross-Origin-Embedder-Policy"), visit: []string{api + "/page"},
		service: secured(only(func(h *httpsec.Headers) {
			h.CrossOriginEmbedderPolicy, h.CrossOriginResourcePolicy = "require-corp", httpsec.Omit
		}), ""),
		script:  `return load(element('img'), {src: url('https://other.example.org/image')})`,
		sees:    "error",
		reached: handled("GET /page", "GET /image"),
	},
	{
		name: "Referrer-Policy no-referrer", relies: sent("Referrer-Policy"), visit: []string{api + "/page"},
		service: secured(only(func(h *httpsec.Headers) { h.ReferrerPolicy = "no-referrer" }), ""),
		script:  `return text('/echo?show=Referer')`,
		sees:    "GET ", reached: handled("GET /page", "GET /echo"),
	},
	{
		name: "Referrer-Policy origin", relies: sent("Referrer-Policy"), visit: []string{api + "/page"},
		service: secured(only(func(h *httpsec.Headers) { h.ReferrerPolicy = "origin" }), ""),
		script:  `return text('/echo?show=Referer')`,
		sees:    "GET https://api.example.com/", reached: handled("GET /page", "GET /echo"),
	},
	{
		name: "Permissions-Policy: synchronous request", relies: sent("Permissions-Policy"), visit: []string{api + "/page"},
		service: secured(only(func(h *httpsec.Headers) { h.PermissionsPolicy = "sync-xhr=()" }), ""),
		script:  `const x = new XMLHttpRequest(); x.open('GET', url('/echo'), false); x.send(); return x.responseText`,
		sees:    "NetworkError", reached: handled("GET /page"),
		differs: map[engineName]divergence{
			firefox: {why: noPermissionsPolicy, sees: "GET", reached: handled("GET /page", "GET /echo"), inert: true},
			webkit:  {why: noPermissionsPolicy, sees: "GET", reached: handled("GET /page", "GET /echo"), inert: true},
		},
	},
	{
		name: "Permissions-Policy: fullscreen", relies: sent("Permissions-Policy"), visit: []string{api + "/page"},
		service: secured(only(func(h *httpsec.Headers) { h.PermissionsPolicy = "fullscreen=()" }), ""),
		script:  `return document.fullscreenEnabled`,
		sees:    "false", reached: handled("GET /page"),
		differs: map[engineName]divergence{
			firefox: {why: noPermissionsPolicy, sees: "true", inert: true},
			webkit:  {why: noPermissionsPolicy, sees: "true", inert: true},
		},
	},
	{
		name: "Permissions-Policy: location", relies: sent("Permissions-Policy"), visit: []string{api + "/page"},
		service: secured(only(func(h *httpsec.Headers) { h.PermissionsPolicy = `geolocation=()` }), ""),
		script: `return Promise.race([
				new Promise(resolve => navigator.geolocation.getCurrentPosition(() => resolve('allowed'), e => resolve(e.message))),
				new Promise(resolve => setTimeout(resolve, 500, 'asks the user')),
			])`,
		sees:    "Geolocation has been disabled in this document by permissions policy.",
		reached: handled("GET /page"),
		differs: map[engineName]divergence{
			firefox: {why: noPermissionsPolicy, sees: "asks the user", inert: true},
			webkit:  {why: noPermissionsPolicy, sees: "asks the user", inert: true},
		},
	},

	{
		name: "HSTS: plain http becomes https", relies: sent("Strict-Transport-Security"),
		service: secured(only(nil), ""), visit: []string{app + "/page", "http://app.example.com/page"},
		script: `return location.protocol`,
		sees:   "https:", reached: handled("GET /page", "GET /page"),
	},
	{
		name: "Extra: Timing-Allow-Origin", relies: sent("Timing-Allow-Origin"),
		service: secured(only(func(h *httpsec.Headers) {
			h.CrossOriginResourcePolicy = httpsec.Omit
			h.Extra = map[string]string{"Timing-Allow-Origin": app}
		}), ""),
		script: `const measured = new Promise(resolve => new PerformanceObserver(list => {
				const image = list.getEntries().find(entry => entry.name.includes('/image'));
				if (image) resolve(image.responseStart > 0);
			}).observe({type: 'resource', buffered: true}));
			await load(element('img'), {src: url('/image')});
			return measured`,
		sees: "true", reached: handled("GET /image"),
	},
	{
		name:    "upstream with headers of its own",
		service: service{headers: &httpsec.Headers{}, next: strictUpstream(httpsec.Headers{}.DropUpstream)},
		relies:  piece{"DropUpstream", func(s *service) { s.next = strictUpstream(nil) }},
		visit:   []string{api + "/page"},
		script:  `return globalThis.loaded`,
		sees:    "ran", reached: handled("GET /page", "GET /script"),
	},
}

// tellOpener is a page that tells the service whether it knows who opened it.
const tellOpener = `<script>fetch('/opener/' + (opener === null ? 'none' : 'kept') + '?k={{k}}')</script>`

const noPermissionsPolicy = "ignores the header: only the allow attribute of a frame counts"
