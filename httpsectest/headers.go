package httpsectest

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// applyHeaders is what a document's own headers, and the frame's sandbox, make of it.
func (p *Page) applyHeaders(header http.Header) {
	p.policies = parsePolicies(header, p.url)
	p.referrerPolicy = parseReferrerPolicy(header)
	if p.parent != nil && p.parent.upgradesInsecure() {
		p.upgradeInsecure = true
	}
	p.sandbox = p.frameSandbox
	for _, policy := range p.policies {
		if policy.reportOnly {
			continue
		}
		if words, ok := policy.directives.Get("sandbox"); ok {
			p.sandbox = p.sandbox.and(parseSandbox(words))
		}
		if policy.directives.Has("upgrade-insecure-requests") {
			p.upgradeInsecure = true
		}
	}
	p.origin = p.url.origin()
	if p.sandbox != nil && !p.sandbox.sameOrigin {
		p.origin = "null"
	}
	if p.isSecureContext() {
		value, _, _ := strings.Cut(header.Get("Cross-Origin-Embedder-Policy"), ";")
		if value = strings.Trim(value, " \t"); value == "require-corp" || value == "credentialless" {
			p.coep = value
		}
	}
	p.siteForCookies = p.url.site()
	if p.parent != nil && p.parent.siteForCookies != p.siteForCookies {
		p.siteForCookies = ""
	}
}

// isSecureContext is https://html.spec.whatwg.org/#secure-contexts.
func (p *Page) isSecureContext() bool {
	return p.url.isTrustworthy() && (p.parent == nil || p.parent.isSecureContext())
}

// checkFraming asks the framed answer whether it may be framed.
func (p *Page) checkFraming(header http.Header, r *request) *Blocked {
	if blocked := p.checkEmbedding(header, r); blocked != nil {
		return blocked
	}
	for _, reportOnly := range []bool{true, false} {
		if blocked := p.checkAncestors(reportOnly, r); blocked != nil {
			return blocked
		}
	}
	if !slices.ContainsFunc(p.policies, func(policy *policy) bool {
		return !policy.reportOnly && policy.directives.Has("frame-ancestors")
	}) {
		if blocked := p.checkFrameOptions(header); blocked != nil {
			return blocked
		}
	}
	return nil
}

// checkAncestors is https://w3c.github.io/webappsec-csp/#directive-frame-ancestors.
func (p *Page) checkAncestors(reportOnly bool, r *request) *Blocked {
	for _, policy := range p.policies {
		if policy.reportOnly != reportOnly {
			continue
		}
		s, _ := policy.governing("frame-ancestors")
		if s == nil {
			continue
		}
		for ancestor := p.parent; ancestor != nil; ancestor = ancestor.parent {
			a := &address{scheme: ancestor.url.scheme, host: ancestor.url.host, port: ancestor.url.port, path: "/"}
			if ancestor.origin != "null" && s.matchesURL(a, p.url, r.redirects > 0, true) {
				continue
			}
			blocked := policy.blockedURL(&urlCheck{directive: "frame-ancestors", url: p.url, reported: a.origin(), frame: true})
			if blocked.Fix = ancestor.origin; blocked.Fix == "null" { // which no source is
				blocked.Fix = ""
			}
			if !reportOnly {
				blocked.Line = r.line
				return blocked
			}
			p.report(blocked)
			break
		}
	}
	return nil
}

// checkFrameOptions is https://html.spec.whatwg.org/#the-x-frame-options-header.
func (p *Page) checkFrameOptions(header http.Header) *Blocked {
	var words []string
	for _, line := range header.Values("X-Frame-Options") {
		for word := range strings.SplitSeq(line, ",") {
			if word = strings.ToLower(strings.Trim(word, " \t")); !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
	}
	origin := p.url.origin() + "/"
	refused := func(format string, args ...any) *Blocked {
		return &Blocked{Rule: RuleFrameOptions, Reason: "net::ERR_BLOCKED_BY_RESPONSE", URL: p.url.withoutFragment(), Message: fmt.Sprintf(format, args...)}
	}
	valid := slices.ContainsFunc(words, func(word string) bool {
		return word == "deny" || word == "sameorigin" || word == "allowall"
	})
	switch {
	case len(words) > 1 && valid:
		return refused("Refused to display '%s' in a frame because it set multiple 'X-Frame-Options' headers with conflicting values ('%s'). Falling back to 'deny'.",
			origin, strings.Join(header.Values("X-Frame-Options"), ", "))
	case len(words) != 1:
		return nil
	case words[0] == "deny":
		return refused("Refused to display '%s' in a frame because it set 'X-Frame-Options' to 'deny'.", origin)
	case words[0] == "sameorigin":
		for ancestor := p.parent; ancestor != nil; ancestor = ancestor.parent {
			if ancestor.origin != p.url.origin() {
				return refused("Refused to display '%s' in a frame because it set 'X-Frame-Options' to 'sameorigin'.", origin)
			}
		}
	}
	return nil
}

// checkEmbedding is https://html.spec.whatwg.org/#check-a-navigation-response's-adherence-to-its-embedder-policy.
func (p *Page) checkEmbedding(header http.Header, r *request) *Blocked {
	if p.parent.coep == "" {
		return nil
	}
	if p.coep == "" {
		blocked := failedLoad(RuleCOEP, "net::ERR_BLOCKED_BY_RESPONSE", p.url)
		blocked.Fix, blocked.Line = "Cross-Origin-Embedder-Policy: "+p.parent.coep, r.line
		return blocked
	}
	return p.parent.checkFrameCORP(header, p.url)
}

// checkFrameCORP is checkCORP for documents, of which Chromium says no more than that
// they were blocked.
func (p *Page) checkFrameCORP(header http.Header, a *address) *Blocked {
	blocked := p.checkCORP(header, a, true)
	if blocked != nil {
		blocked.Reason = "net::ERR_BLOCKED_BY_RESPONSE"
		blocked.Message = "Failed to load resource: " + blocked.Reason
	}
	return blocked
}

// encodeForm is https://html.spec.whatwg.org/#form-submission-algorithm.
func encodeForm(f Form) (contentType string, body []byte) {
	names := make([]string, 0, len(f.Fields))
	for name := range f.Fields {
		names = append(names, name)
	}
	slices.Sort(names)
	switch f.Enctype {
	case "multipart/form-data":
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		escape := strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22")
		for _, name := range names {
			for _, value := range f.Fields[name] {
				part, _ := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + escape.Replace(name) + `"`}})
				part.Write([]byte(crlf(value)))
			}
		}
		w.Close()
		return w.FormDataContentType(), b.Bytes()
	case "text/plain":
		var b strings.Builder
		for _, name := range names {
			for _, value := range f.Fields[name] {
				b.WriteString(crlf(name) + "=" + crlf(value) + "\r\n")
			}
		}
		return "text/plain", []byte(b.String())
	}
	return "application/x-www-form-urlencoded", []byte(encodeFields(f.Fields))
}

// encodeFields is https://url.spec.whatwg.org/#concept-urlencoded-serializer, which
// is not quite what net/url does.
func encodeFields(fields url.Values) string {
	broken := make(url.Values, len(fields))
	for name, values := range fields {
		for _, value := range values {
			broken.Add(crlf(name), crlf(value))
		}
	}
	return strings.NewReplacer("%2A", "*", "~", "%7E").Replace(broken.Encode())
}

// crlf makes line breaks those of forms.
func crlf(s string) string {
	return strings.ReplaceAll(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s), "\n", "\r\n")
}
