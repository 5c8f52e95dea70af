package httpsectest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/httpsec/httpsec/internal/origins"
)

// checkCORP is https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check for
// an opaque answer.
func (p *Page) checkCORP(header http.Header, a *address, credentials bool) *Blocked {
	if a.origin() == p.origin {
		return nil
	}
	const name = "Cross-Origin-Resource-Policy"
	blocked := func(rule Rule, reason, fix string) *Blocked {
		b := failedLoad(rule, "net::ERR_BLOCKED_BY_RESPONSE."+reason, a)
		b.Fix = name + ": " + fix
		return b
	}
	near := "cross-origin"
	if p.isSameSiteResource(a) {
		near = "same-site"
	}
	switch policy := strings.Trim(strings.Join(header.Values(name), ", "), " \t"); {
	case policy == "same-origin":
		return blocked(RuleCORP, "NotSameOrigin", near)
	case policy == "same-site" && near != "same-site":
		return blocked(RuleCORP, "NotSameSite", near)
	case policy == "same-site" || policy == "cross-origin":
		return nil
	case p.coep == "require-corp" || p.coep == "credentialless" && credentials:
		return blocked(RuleCOEP, "NotSameOriginAfterDefaultedToSameOriginByCoep", near)
	}
	return nil
}

// isSameSiteResource forgives an insecure address of a secure page, not the other way.
func (p *Page) isSameSiteResource(a *address) bool {
	scheme, rest, ok := strings.Cut(p.origin, "://")
	if !ok { // Chromium compares registrable domains, which both lack
		return !strings.Contains(a.host, ".") && a.scheme == "http"
	}
	return origins.Registrable(hostOf(rest)) == origins.Registrable(a.host) && (scheme == "https" || a.scheme == "http")
}

func isNosniff(header http.Header) bool {
	first, _, _ := strings.Cut(strings.Join(header.Values("X-Content-Type-Options"), ","), ",")
	return strings.EqualFold(strings.Trim(first, " \t"), "nosniff")
}

func isJavaScript(essence string) bool {
	switch essence {
	case "application/ecmascript", "application/javascript", "application/x-ecmascript", "application/x-javascript",
		"text/ecmascript", "text/javascript", "text/javascript1.0", "text/javascript1.1", "text/javascript1.2",
		"text/javascript1.3", "text/javascript1.4", "text/javascript1.5", "text/jscript", "text/livescript",
		"text/x-ecmascript", "text/x-javascript":
		return true
	}
	return false
}

func isJSONType(essence string) bool {
	return essence == "application/json" || essence == "text/json" || strings.HasSuffix(essence, "+json")
}

func isXMLType(essence string) bool {
	return essence == "application/xml" || essence == "text/xml" || strings.HasSuffix(essence, "+xml")
}

func hasType(essence string, kinds ...string) bool {
	return slices.ContainsFunc(kinds, func(kind string) bool { return strings.HasPrefix(essence, kind+"/") })
}

// neverSniffed is the list of https://github.com/annevk/orb that Chromium has.
var neverSniffed = []string{
	"application/gzip", "application/msexcel", "application/mspowerpoint", "application/msword", "application/msword-template",
	"application/pdf", "application/vnd.apple.mpegurl", "application/x-gzip", "application/x-protobuf", "application/zip",
	"audio/mpegurl", "multipart/byteranges", "multipart/signed", "text/csv", "text/event-stream", "text/vtt",
}

// isOpaqueBlocked is opaque response blocking as Chromium has it: an opaque answer
// that is data, and not what elements load, is withheld.
func isOpaqueBlocked(resp *http.Response, body []byte) bool {
	essence := mimeEssence(resp.Header.Get("Content-Type"))
	protected := essence == "text/html" || isJSONType(essence) || isXMLType(essence)
	switch {
	case essence == "image/svg+xml" || essence == "text/css" || isJavaScript(essence):
		return false
	case slices.Contains(neverSniffed, essence):
		return true
	case hasType(essence, "image", "audio", "video"):
		return false
	case protected && resp.StatusCode == http.StatusPartialContent:
		return true
	case isNosniff(resp.Header) && (protected || essence == "text/plain"):
		return true
	}
	head := body[:min(len(body), 1024)]
	return !looksLikeMedia(head) && looksLike(essence, head)
}

// looksLike reports whether the content is what its type says.
func looksLike(essence string, head []byte) bool {
	isXML := bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("<?xml"))
	switch {
	case essence == "text/plain":
		return looksLikeHTML(head) || looksLikeJSON(head) || isXML
	case essence == "text/html":
		return looksLikeHTML(head)
	case isJSONType(essence):
		return looksLikeJSON(head)
	}
	return isXMLType(essence) && isXML
}

func looksLikeMedia(head []byte) bool {
	kind := http.DetectContentType(head)
	return strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/")
}

func looksLikeHTML(head []byte) bool {
	return strings.HasPrefix(http.DetectContentType(head), "text/html")
}

func looksLikeJSON(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 || head[0] != '{' {
		return false
	}
	rest := bytes.TrimLeft(head[1:], " \t\r\n")
	return len(rest) > 0 && rest[0] == '"'
}

// checkType is the check of a script's or a style sheet's Content-Type:
// https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff.
func (r *request) checkType(resp *http.Response, module bool) *Blocked {
	contentType := resp.Header.Get("Content-Type")
	essence := mimeEssence(contentType)
	a := r.url.String()
	blocked := func(reason, format string, args ...any) *Blocked {
		fix := "Content-Type: text/javascript"
		if r.destination == "style" {
			fix = "Content-Type: text/css"
		}
		return &Blocked{Rule: RuleNosniff, Reason: reason, URL: r.url.withoutFragment(), Line: r.line, Fix: fix, Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case r.destination == "style" && essence != "text/css":
		return blocked("net::ERR_ABORTED", "Refused to apply style from '%s' because its MIME type ('%s') is not a supported stylesheet MIME type, and strict MIME checking is enabled.", a, essence)
	case r.destination != "script" || isJavaScript(essence):
	case module:
		return blocked("net::ERR_ABORTED", "Failed to load module script: Expected a JavaScript-or-Wasm module script but the server responded with a MIME type of \"%s\". Strict MIME type checking is enforced for module scripts per HTML spec.", essence)
	case isNosniff(resp.Header):
		return blocked("net::ERR_ABORTED", "Refused to execute script from '%s' because its MIME type ('%s') is not executable, and strict MIME type checking is enabled.", a, essence)
	case hasType(essence, "image", "audio", "video") || essence == "text/csv":
		return blocked("net::ERR_ABORTED", "Refused to execute script from '%s' because its MIME type ('%s') is not executable.", a, essence)
	}
	return nil
}

type integrityDigest struct{ algorithm, value string }

// parseIntegrity returns the digests of the strongest algorithm:
// https://w3c.github.io/webappsec-subresource-integrity/#parse-metadata.
func parseIntegrity(attribute string) (strongest []integrityDigest) {
	for word := range strings.FieldsSeq(attribute) {
		word, _, _ = strings.Cut(word, "?")
		algorithm, value, ok := strings.Cut(word, "-")
		algorithm = strings.ToLower(algorithm)
		if !ok || algorithm != "sha256" && algorithm != "sha384" && algorithm != "sha512" {
			continue
		}
		switch {
		case len(strongest) > 0 && algorithm < strongest[0].algorithm:
			continue
		case len(strongest) > 0 && algorithm > strongest[0].algorithm:
			strongest = nil
		}
		strongest = append(strongest, integrityDigest{algorithm, value})
	}
	return strongest
}

// checkIntegrity is https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist.
func (r *request) checkIntegrity(body []byte) *Blocked {
	digests := parseIntegrity(r.integrity)
	if len(digests) == 0 {
		return nil
	}
	blocked := &Blocked{Rule: RuleIntegrity, Reason: "net::ERR_FAILED", URL: r.url.withoutFragment(), Line: r.line}
	if r.isOpaque() {
		blocked.Message = fmt.Sprintf("Subresource Integrity: The resource '%s' has an integrity attribute, but the resource requires the request to be CORS enabled to check the integrity, and it is not. The resource has been blocked because the integrity cannot be enforced.", r.first)
		return blocked
	}
	for _, d := range digests {
		if sameBase64(digest(d.algorithm, string(body)), d.value) {
			return nil
		}
	}
	algorithm := digests[0].algorithm
	computed := digest(algorithm, string(body))
	blocked.Fix = `integrity="` + algorithm + "-" + computed + `"`
	blocked.Message = fmt.Sprintf("Failed to find a valid digest in the 'integrity' attribute for resource '%s' with computed SHA-%s integrity '%s'. The resource has been blocked.",
		r.first, strings.TrimPrefix(algorithm, "sha"), computed)
	return blocked
}

// decodeData returns what a data: URL holds: https://fetch.spec.whatwg.org/#data-url-processor.
func decodeData(a *address) (contentType string, body []byte, ok bool) {
	kind, text, ok := strings.Cut(a.path, ",")
	if !ok {
		return "", nil, false
	}
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	body = []byte(text)
	if head, isBase64 := strings.CutSuffix(kind, ";base64"); isBase64 {
		kind = head
		decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
		if err != nil {
			return "", nil, false
		}
		body = decoded
	}
	switch {
	case mimeEssence(kind) != "":
	case strings.HasPrefix(kind, ";"):
		kind = "text/plain" + kind
	default:
		kind = "text/plain;charset=US-ASCII"
	}
	return kind, body, true
}

// acceptOf is https://fetch.spec.whatwg.org/#ref-for-document-accept-header-value.
func acceptOf(destination string) []string {
	switch destination {
	case "document", "iframe", "frame", "object", "embed":
		return acceptDocument
	case "image":
		return acceptImage
	case "style":
		return acceptStyle
	}
	return acceptAny
}

var (
	acceptAny      = []string{"*/*"}
	acceptStyle    = []string{"text/css,*/*;q=0.1"}
	acceptImage    = []string{"image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}
	acceptDocument = []string{"text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"}
)
