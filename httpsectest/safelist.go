package httpsectest

import (
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// header is a request header that a script set; the name is in lower case.
type header struct{ name, value string }

// normalizeMethod upper-cases the six methods that browsers know in any case:
// https://fetch.spec.whatwg.org/#concept-method-normalize.
func normalizeMethod(method string) string {
	switch upper := strings.ToUpper(method); upper {
	case "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT":
		return upper
	}
	return method
}

// isForbiddenMethod is https://fetch.spec.whatwg.org/#forbidden-method.
func isForbiddenMethod(method string) bool {
	switch strings.ToUpper(method) {
	case "CONNECT", "TRACE", "TRACK":
		return true
	}
	return false
}

// isSafelistedMethod is https://fetch.spec.whatwg.org/#cors-safelisted-method.
func isSafelistedMethod(method string) bool {
	return method == "GET" || method == "HEAD" || method == "POST"
}

var forbiddenHeaders = []string{
	"accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
	"access-control-request-private-network", "connection", "content-length", "cookie", "cookie2", "date", "dnt",
	"expect", "host", "keep-alive", "origin", "referer", "set-cookie", "te", "trailer", "transfer-encoding",
	"upgrade", "via",
}

// isForbiddenHeader is https://fetch.spec.whatwg.org/#forbidden-request-header.
func isForbiddenHeader(name, value string) bool {
	if strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "sec-") || slices.Contains(forbiddenHeaders, name) {
		return true
	}
	switch name {
	case "x-http-method", "x-http-method-override", "x-method-override":
		for method := range strings.SplitSeq(value, ",") {
			if isForbiddenMethod(strings.Trim(method, " \t")) {
				return true
			}
		}
	}
	return false
}

// isSafelistedHeader is https://fetch.spec.whatwg.org/#cors-safelisted-request-header.
func isSafelistedHeader(name, value string) bool {
	if len(value) > 128 {
		return false
	}
	switch name {
	case "accept":
		return !strings.ContainsFunc(value, isUnsafeByte)
	case "accept-language", "content-language":
		return !strings.ContainsFunc(value, func(c rune) bool {
			return !isAlphanumeric(c) && !strings.ContainsRune(" *,-.;=", c)
		})
	case "content-type":
		return !strings.ContainsFunc(value, isUnsafeByte) && isSimpleType(mimeEssence(value))
	case "range":
		return isSimpleRange(value)
	}
	return false
}

func isSimpleType(essence string) bool {
	return essence == "application/x-www-form-urlencoded" || essence == "multipart/form-data" || essence == "text/plain"
}

// isUnsafeByte is https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte.
func isUnsafeByte(c rune) bool {
	return c < ' ' && c != '\t' || c == 0x7f || strings.ContainsRune("\"():<>?@[\\]{}", c)
}

func isAlphanumeric(c rune) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' }

// isSimpleRange is https://fetch.spec.whatwg.org/#simple-range-header-value.
func isSimpleRange(value string) bool {
	rest, ok := strings.CutPrefix(value, "bytes=")
	first, last, hyphen := strings.Cut(rest, "-")
	if !ok || !hyphen || first == "" || strings.Trim(first+last, "0123456789") != "" {
		return false
	}
	first, last = strings.TrimLeft(first, "0"), strings.TrimLeft(last, "0")
	return strings.HasSuffix(value, "-") || len(first) < len(last) || len(first) == len(last) && first <= last
}

// unsafeHeaders returns the names that need a preflight, sorted:
// https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names.
func unsafeHeaders(headers []header) []string {
	var unsafe, potentially []string
	total := 0
	for _, h := range headers {
		switch {
		case !isSafelistedHeader(h.name, h.value):
			unsafe = append(unsafe, h.name)
		default:
			potentially = append(potentially, h.name)
			total += len(h.value)
		}
	}
	if total > 1024 {
		unsafe = append(unsafe, potentially...)
	}
	slices.Sort(unsafe)
	return slices.Compact(unsafe)
}

// isNoCORSSafelisted is https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header.
func isNoCORSSafelisted(name, value string) bool {
	return name != "range" && isSafelistedHeader(name, value)
}

// isExposed is https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name.
func isExposed(name string) bool {
	switch strings.ToLower(name) {
	case "cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma":
		return true
	}
	return false
}

// parseTokens splits a list, and reports whether it holds nothing but tokens. Empty
// elements are fine.
func parseTokens(values []string) (tokens []string, ok bool) {
	for _, value := range values {
		for element := range strings.SplitSeq(value, ",") {
			element = strings.Trim(element, " \t")
			if element == "" {
				continue
			}
			if !httpguts.ValidHeaderFieldName(element) {
				return nil, false
			}
			tokens = append(tokens, element)
		}
	}
	return tokens, true
}

// mimeEssence returns the type and subtype in lower case, "" if there is none:
// https://mimesniff.spec.whatwg.org/#parse-a-mime-type.
func mimeEssence(value string) string {
	essence, _, _ := strings.Cut(value, ";")
	essence = strings.ToLower(strings.Trim(essence, " \t\r\n"))
	kind, subtype, ok := strings.Cut(essence, "/")
	if !ok || !httpguts.ValidHeaderFieldName(kind) || !httpguts.ValidHeaderFieldName(subtype) {
		return ""
	}
	return essence
}
