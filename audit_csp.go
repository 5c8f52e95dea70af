package httpsec

import (
	"slices"
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
)

// policyAudit examines one Content-Security-Policy.
type policyAudit struct {
	csp.Policy
	add func(value, message string)
}

// effective returns the directives that apply for the names, each once.
func (p policyAudit) effective(names ...string) []string {
	var owners []string
	for _, name := range names {
		if owner := p.Effective(name); owner != "" && !slices.Contains(owners, owner) {
			owners = append(owners, owner)
		}
	}
	return owners
}

func (p policyAudit) sources(name string) []csp.Source {
	values, _ := p.Get(name)
	list := make([]csp.Source, len(values))
	for i, value := range values {
		list[i] = csp.ParseSource(value)
	}
	return list
}

// scripts examines the directives that apply to scripts.
func (p policyAudit) scripts() {
	for _, name := range p.effective("script-src", "script-src-elem", "script-src-attr") {
		sources := p.sources(name)
		trusted := slices.ContainsFunc(sources, isNonceOrHash)
		strict := hasKeyword(sources, "'strict-dynamic'")
		if strict && !trusted && name != "script-src-attr" {
			p.add(name+" 'strict-dynamic'", "blocks every script without a nonce or hash beside it; add NonceSource")
		}
		for _, source := range sources {
			value := name + " " + source.Text
			switch {
			case isKeyword(source, "'unsafe-inline'") && !trusted && !strict:
				p.add(value, "runs any script that is injected"+inlineAdvice(name, "NonceSource or hashes", "event handlers into scripts"))
			case isKeyword(source, "'unsafe-eval'"):
				p.add(value, "runs strings as scripts; remove it, or write 'wasm-unsafe-eval' if it is for WebAssembly")
			case isAnywhere(source) && !strict: // which makes browsers ignore it
				p.add(value, "runs scripts from anywhere; name the hosts, or use NonceSource")
			}
		}
	}
}

// styles examines the directives that apply to styles.
func (p policyAudit) styles() {
	for _, name := range p.effective("style-src", "style-src-elem", "style-src-attr") {
		if sources := p.sources(name); hasKeyword(sources, "'unsafe-inline'") && !slices.ContainsFunc(sources, isNonceOrHash) {
			p.add(name+" 'unsafe-inline'", "lets injected styles read and redress the page"+inlineAdvice(name, "nonces or hashes", "styles into style sheets"))
		}
	}
}

// inlineAdvice says what to write instead of 'unsafe-inline': attributes have no
// nonces.
func inlineAdvice(name, instead, move string) string {
	if strings.HasSuffix(name, "-attr") {
		return "; move " + move
	}
	return "; use " + instead
}

// missing names what a policy does not restrict.
func (p policyAudit) missing(value string) {
	if p.Effective("script-src") == "" {
		p.add(value, "has neither script-src nor default-src, so every script runs; add script-src 'self'")
	}
	if p.Effective("object-src") == "" {
		p.add(value, "has neither object-src nor default-src, so <object> and <embed> load anything; add object-src 'none'")
	}
	trusted := slices.ContainsFunc(p.effective("script-src", "script-src-elem"), func(name string) bool {
		sources := p.sources(name)
		return slices.ContainsFunc(sources, isNonceOrHash) || hasKeyword(sources, "'strict-dynamic'")
	})
	if trusted && !p.Has("base-uri") {
		p.add(value, "has no base-uri, so an injected <base> takes relative scripts elsewhere; add base-uri 'none'")
	}
	if trusted && !p.Has("form-action") {
		p.add(value, "has no form-action, so an injected form sends what users type elsewhere; add form-action 'self'")
	}
}

// hosts names the sources that allow more hosts than they should.
func (p policyAudit) hosts() {
	for _, name := range p.effective("connect-src") {
		for _, source := range p.sources(name) {
			if message := connectionAdvice(name, source); message != "" {
				p.add(name+" "+source.Text, message)
			}
		}
	}
	for _, d := range []struct{ name, message string }{
		{"object-src", "loads <object> and <embed> from anywhere; write 'none'"},
		{"base-uri", "lets an injected <base> point anywhere; write 'none' or 'self'"},
		{"frame-ancestors", "lets every site frame the page; name the sites"},
	} {
		for _, source := range p.sources(d.name) {
			if isAnywhere(source) {
				p.add(d.name+" "+source.Text, d.message)
			}
		}
	}
	for _, d := range p.Policy {
		for _, value := range d.Values {
			if (csp.HasSources(d.Name) || d.Name == "report-uri") && isPlainHTTP(value) {
				p.add(d.Name+" "+value, "is plain http, which anyone on the user's network can change; write https")
			}
		}
	}
}

// connectionAdvice says what a source allows of fetch and sockets, if that is too
// much. Of default-src only what concerns sockets is said: the rest is said of the
// scripts that it allows.
func connectionAdvice(name string, source csp.Source) string {
	switch {
	case !isAnyHost(source):
		return ""
	case source.Scheme == "ws" || source.Scheme == "wss":
		return "allows sockets to every host; name the hosts, such as wss://app.example.com"
	case !isAnywhere(source) || source.Scheme == "data":
		return ""
	case name != "default-src":
		return "lets scripts send data to every host; name the hosts"
	case source.Scheme == "":
		return "allows requests and sockets to every host; name the hosts"
	}
	return ""
}

// isPlainHTTP reports whether a source or URL is http, other than on the machine
// itself.
func isPlainHTTP(value string) bool {
	scheme, rest, _ := strings.Cut(strings.ToLower(value), ":")
	host, _, _ := strings.Cut(strings.TrimPrefix(rest, "//"), "/")
	name, _, _ := strings.Cut(host, ":")
	return scheme == "http" && !isOwnMachine(name)
}

func isKeyword(source csp.Source, keyword string) bool {
	return source.Kind == csp.Keyword && source.Value == keyword
}

func hasKeyword(sources []csp.Source, keyword string) bool {
	return slices.ContainsFunc(sources, func(source csp.Source) bool { return isKeyword(source, keyword) })
}

// isNonceOrHash reports whether the source makes browsers ignore 'unsafe-inline':
// https://w3c.github.io/webappsec-csp/#allow-all-inline.
func isNonceOrHash(source csp.Source) bool {
	return source.Kind == csp.Nonce || source.Kind == csp.Hash || source.Text == NonceSource
}

// isAnyHost reports whether the source names no host: "*", "https:", "wss://*:*".
func isAnyHost(source csp.Source) bool {
	return source.Kind == csp.Scheme || source.Kind == csp.Host && source.Host == "*"
}

// isAnywhere reports whether anyone can provide what the source allows. Other
// schemes than these have no hosts, or only the user's own extensions.
func isAnywhere(source csp.Source) bool {
	switch source.Scheme {
	case "", "http", "https", "data":
		return isAnyHost(source)
	}
	return false
}
