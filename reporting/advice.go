package reporting

import (
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
)

// noiseAdvice says why nothing is allowed that noise asks for.
func noiseAdvice(noise Noise) string {
	switch noise {
	case NoiseExtension:
		return "an extension in the visitor's browser did it: allow nothing for it"
	case NoiseInjected:
		return "an app or a program on the visitor's device put it into the page: allow nothing for it"
	case NoiseForeign:
		return "the document is of another site: if it is yours, name its origin in the call of Handler"
	case NoiseTranslated:
		return "a translator did it: if the site itself uses one, allow that by hand"
	}
	return "it is noise"
}

// directiveAdvice says why nothing can be added to a directive, "" where it can.
func directiveAdvice(directive string) string {
	switch directive {
	case "frame-ancestors":
		return "the report does not name the page that framed the document: allow its origin by hand if it is known"
	case "default-src":
		return "what default-src allows, scripts may do: find out what it is and allow it in a directive of its own"
	case "object-src":
		return "plugins run code outside the policy: show it in an <iframe>, an <img> or a <video>"
	case "require-trusted-types-for":
		return "a string was assigned where code can come in: assign text, or let a Trusted Types policy make the value"
	case "trusted-types":
		return "name the policy in trusted-types if the script that creates it is yours"
	case "sandbox":
		return "add the sandbox flag by hand if the page needs it"
	}
	if csp.IsFetch(directive) || directive == "base-uri" || directive == "form-action" {
		return ""
	}
	return "no source can be added to " + directive
}

// wordAdvice says what to do where a word stands in the place of what was blocked.
func wordAdvice(e *Entry) string {
	directive, blocked := e.Directive, e.Blocked
	style := strings.HasPrefix(directive, "style-src")
	switch {
	case blocked == "inline" && directive == "script-src-attr":
		return "an event handler in the markup, or injected code: write addEventListener in a script"
	case blocked == "inline" && directive == "style-src-attr":
		return "a style attribute: use a class, or set element.style in a script"
	case blocked == "inline" && style:
		return "an inline style: give its element the nonce, or allow its hash with HashSource or InlineHashes"
	case blocked == "inline" && strings.HasPrefix(e.Sample, "javascript:"):
		return "a javascript: URL, or injected code: write addEventListener in a script"
	case blocked == "inline":
		return "an inline script or a javascript: URL, or injected code: give its element the nonce, or allow its hash with HashSource or InlineHashes"
	case blocked == "eval":
		return "eval, new Function or a string in setTimeout: replace it, or the library that needs it"
	case blocked == "wasm-eval":
		return "WebAssembly: add 'wasm-unsafe-eval' to script-src by hand, which allows it and no eval"
	case strings.HasPrefix(blocked, "trusted-types"):
		return "Trusted Types blocked it: assign text, or let a policy make the value"
	case blocked == "data" || blocked == "blob":
		return "anyone who can inject markup can write a " + blocked + ": URL: load it from a file"
	case blocked == "":
		return "the report does not name what was blocked"
	}
	return "no policy should name " + blocked
}
