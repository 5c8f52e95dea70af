package csp

import "slices"

// The lists are those of https://w3c.github.io/webappsec-csp/#csp-directives as
// far as a browser implements them, in alphabetical order.
var (
	fetchDirectives = []string{
		"child-src", "connect-src", "default-src", "fenced-frame-src", "font-src", "frame-src", "img-src",
		"manifest-src", "media-src", "object-src", "script-src", "script-src-attr", "script-src-elem",
		"style-src", "style-src-attr", "style-src-elem", "worker-src",
	}
	documentDirectives   = []string{"base-uri", "sandbox"}
	navigationDirectives = []string{"form-action", "frame-ancestors"}
	reportingDirectives  = []string{"report-to", "report-uri"}

	// otherDirectives are of other standards: Mixed Content, Upgrade Insecure
	// Requests and Trusted Types.
	otherDirectives = []string{
		"block-all-mixed-content", "require-trusted-types-for", "trusted-types", "upgrade-insecure-requests",
	}

	// dropped maps what no browser, or none any more, obeys to what does its work:
	// a directive with its value, the name of a header, or "" for nothing.
	dropped = map[string]string{
		"disown-opener":   "Cross-Origin-Opener-Policy",
		"navigate-to":     "",
		"plugin-types":    "object-src 'none'",
		"prefetch-src":    "default-src",
		"referrer":        "Referrer-Policy",
		"reflected-xss":   "",
		"require-sri-for": "Integrity-Policy",
		"webrtc":          "",
	}

	keywords = []string{
		"'inline-speculation-rules'", "'none'", "'report-sample'", "'report-sha256'", "'report-sha384'",
		"'report-sha512'", "'self'", "'strict-dynamic'", "'trusted-types-eval'", "'unsafe-eval'",
		"'unsafe-hashes'", "'unsafe-inline'", "'wasm-unsafe-eval'",
	}

	sandboxFlags = []string{
		"allow-downloads", "allow-forms", "allow-modals", "allow-orientation-lock", "allow-pointer-lock",
		"allow-popups", "allow-popups-to-escape-sandbox", "allow-presentation", "allow-same-origin",
		"allow-scripts", "allow-storage-access-by-user-activation", "allow-top-navigation",
		"allow-top-navigation-by-user-activation", "allow-top-navigation-to-custom-protocols",
	}
)

// Directives returns the names of all directives that a browser obeys, sorted.
func Directives() []string {
	all := slices.Concat(fetchDirectives, documentDirectives, navigationDirectives, reportingDirectives, otherDirectives)
	slices.Sort(all)
	return all
}

// IsDirective reports whether a browser obeys a directive of that name, which is
// in lower case.
func IsDirective(name string) bool {
	return HasSources(name) || name == "sandbox" ||
		slices.Contains(reportingDirectives, name) || slices.Contains(otherDirectives, name)
}

// IsFetch reports whether the directive says from where something may be loaded:
// https://w3c.github.io/webappsec-csp/#fetch-directives.
func IsFetch(name string) bool { return slices.Contains(fetchDirectives, name) }

// HasSources reports whether the values of the directive are sources. Those of
// frame-ancestors are, of fewer kinds.
func HasSources(name string) bool {
	return IsFetch(name) || name == "base-uri" || slices.Contains(navigationDirectives, name)
}

// Dropped reports whether the directive once was in a standard, or still is, and
// no browser obeys it, and what does its work instead: a directive, with its value
// where there is one that suits all, or a header; "" for nothing.
func Dropped(name string) (instead string, ok bool) {
	instead, ok = dropped[name]
	return instead, ok
}

// Keywords returns the keyword-sources that a browser knows, in lower case with
// their quotes, 'none' among them, sorted.
func Keywords() []string { return slices.Clone(keywords) }

// IsKeyword reports whether s, in lower case with its quotes, is one of [Keywords].
func IsKeyword(s string) bool { return slices.Contains(keywords, s) }

// SandboxFlags returns the values of the sandbox directive, sorted:
// https://html.spec.whatwg.org/#attr-iframe-sandbox.
func SandboxFlags() []string { return slices.Clone(sandboxFlags) }

// IsSandboxFlag reports whether s, in lower case, is one of [SandboxFlags].
func IsSandboxFlag(s string) bool { return slices.Contains(sandboxFlags, s) }
