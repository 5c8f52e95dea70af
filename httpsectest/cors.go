package httpsectest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// failure is a refusal before it is put into words: a reason of the DevTools
// protocol, the console's text, and what would help.
type failure struct{ reason, text, fix string }

const sendValid = " Have the server send the header with a valid value."

// checkAccess is https://fetch.spec.whatwg.org/#concept-cors-check, in the order and
// the words of Chromium.
func checkAccess(header http.Header, origin string, include bool) *failure {
	values := header.Values("Access-Control-Allow-Origin")
	value := strings.Join(values, ", ")
	fix := "Access-Control-Allow-Origin: " + origin
	switch {
	case len(values) == 0:
		return &failure{reason: "MissingAllowOriginHeader", text: "No 'Access-Control-Allow-Origin' header is present on the requested resource.", fix: fix}
	case value == "*" && !include:
		return nil
	case value == "*":
		return &failure{reason: "WildcardOriginNotAllowed", text: "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the request's credentials mode is 'include'.", fix: fix}
	case value == origin:
		return checkCredentials(header, include)
	case value == "null":
	case strings.ContainsAny(value, " ,"):
		return &failure{reason: "MultipleAllowOriginValues", text: "The 'Access-Control-Allow-Origin' header contains multiple values '" + value + "', but only one is allowed." + sendValid, fix: fix}
	default:
		if _, ok := parseAddress(value, nil); !ok {
			return &failure{reason: "InvalidAllowOriginValue", text: "The 'Access-Control-Allow-Origin' header contains the invalid value '" + value + "'." + sendValid, fix: fix}
		}
	}
	return &failure{reason: "AllowOriginMismatch", text: "The 'Access-Control-Allow-Origin' header has a value '" + value + "' that is not equal to the supplied origin." + sendValid, fix: fix}
}

func checkCredentials(header http.Header, include bool) *failure {
	value := strings.Join(header.Values("Access-Control-Allow-Credentials"), ", ")
	if !include || value == "true" {
		return nil
	}
	return &failure{reason: "InvalidAllowCredentials", text: "The value of the 'Access-Control-Allow-Credentials' header in the response is '" + value + "' which must be 'true' when the request's credentials mode is 'include'.", fix: "Access-Control-Allow-Credentials: true"}
}

// refused puts a failure into the words of the console.
func (r *request) refused(f *failure) *Blocked {
	redirected, at := "", r.url.String()
	if r.redirects > 0 {
		redirected = " (redirected from '" + r.first.String() + "')"
	}
	text := f.text
	if r.initiator != "fetch" {
		text = strings.Replace(text, sendValid, "", 1)
	}
	return &Blocked{
		Rule: RuleCORS, Reason: f.reason, URL: at, Fix: f.fix,
		Message: fmt.Sprintf("Access to %s at '%s'%s from origin '%s' has been blocked by CORS policy: %s",
			r.initiator, at, redirected, r.client.origin, text),
	}
}

// readable returns the headers that a script can read, and the names of those that it
// could: https://fetch.spec.whatwg.org/#concept-filtered-response-cors.
func (r *request) readable(header http.Header) (readable http.Header, hidden []string) {
	exposed, ok := parseTokens(header.Values("Access-Control-Expose-Headers"))
	if !ok {
		exposed = nil
	}
	allowed := make(map[string]bool, len(exposed))
	for _, name := range exposed {
		allowed[strings.ToLower(name)] = true
	}
	all := allowed["*"] && r.credentials != CredentialsInclude
	readable = make(http.Header)
	for name, values := range header {
		switch lower := strings.ToLower(name); {
		case isForbiddenResponseHeader(lower):
		case all || allowed[lower] || isExposed(lower):
			readable[name] = values
		default:
			hidden = append(hidden, name)
		}
	}
	slices.Sort(hidden)
	return readable, hidden
}

// isForbiddenResponseHeader is https://fetch.spec.whatwg.org/#forbidden-response-header-name.
func isForbiddenResponseHeader(lower string) bool {
	return lower == "set-cookie" || lower == "set-cookie2"
}
