package httpsectest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// preflightKey is under what Chromium remembers the answer to a preflight: one entry
// per origin and URL.
type preflightKey struct{ origin, url string }

type preflightEntry struct {
	methods, headers []string // headers in lower case
	credentials      bool     // the preflight asked for a request with credentials
	expires          time.Time
}

const (
	defaultMaxAge = 5 * time.Second // where Access-Control-Max-Age is missing or not a number
	maxMaxAge     = 2 * time.Hour
)

// checkPreflight asks the server, or the cache, whether the request may be sent.
func (r *request) checkPreflight() *Blocked {
	unsafe := unsafeHeaders(r.headers)
	if isSafelistedMethod(r.method) && len(unsafe) == 0 {
		return nil
	}
	origin := r.originHeader()
	key := preflightKey{origin, r.url.withoutFragment()}
	// An opaque origin is like no other, not even itself tomorrow.
	cacheable := origin != "null" && !isConditional(r.headers)
	if cacheable && r.isPreflighted(key) {
		return nil
	}
	header, blocked := r.sendPreflight(origin, unsafe)
	if blocked != nil {
		return blocked
	}
	entry, fail := r.judgePreflight(header)
	if fail != nil {
		return r.refused(fail)
	}
	if cacheable {
		r.client.browser.remember(key, entry)
	}
	return nil
}

func (r *request) isPreflighted(key preflightKey) bool {
	b := r.client.browser
	b.mu.Lock()
	defer b.mu.Unlock()
	entry, ok := b.preflights[key]
	if !ok {
		return false
	}
	include := r.credentials == CredentialsInclude
	if entry.expires.After(time.Now()) && (entry.credentials || !include) &&
		entry.allowMethod(r.method) == nil && entry.allowHeaders(r.headers) == nil {
		return true
	}
	delete(b.preflights, key)
	return false
}

func (b *Browser) remember(key preflightKey, entry *preflightEntry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.preflights[key] = *entry
}

const (
	preflightFailed = "Response to preflight request doesn't pass access control check: "
	noRedirect      = "Redirect is not allowed for a preflight request."
)

// sendPreflight is https://fetch.spec.whatwg.org/#cors-preflight-fetch up to the
// answer. It carries no credentials and follows no redirect.
func (r *request) sendPreflight(origin string, unsafe []string) (http.Header, *Blocked) {
	if r.url.scheme == "http" && r.client.browser.isHSTS(r.url.host) { // a redirect, too
		return nil, r.refused(&failure{reason: "PreflightDisallowedRedirect", text: preflightFailed + noRedirect})
	}
	h := http.Header{
		"Accept":                        {"*/*"},
		"User-Agent":                    {userAgent},
		"Origin":                        {origin},
		"Access-Control-Request-Method": {r.method},
		"Sec-Fetch-Mode":                {"cors"},
	}
	if len(unsafe) > 0 {
		h["Access-Control-Request-Headers"] = []string{strings.Join(unsafe, ",")}
	}
	if r.referrer != "" {
		h["Referer"] = []string{r.referrer}
	}
	if r.url.isTrustworthy() {
		h["Sec-Fetch-Dest"] = []string{"empty"}
		h["Sec-Fetch-Site"] = []string{fetchSites[closeness(r.client.origin, r.url)]}
	}
	resp, exchange, blocked := r.client.browser.roundTrip(r.ctx, http.MethodOptions, r.url, h, nil, nil)
	r.exchange = exchange
	if blocked != nil {
		return nil, blocked
	}
	resp.Body.Close()
	if isInvalidRedirect(resp, r.url) {
		return nil, failedLoad(RuleNetwork, "net::ERR_INVALID_REDIRECT", r.url)
	}
	header := resp.Header
	var fail *failure
	switch check := checkAccess(header, origin, r.credentials == CredentialsInclude); {
	case resp.StatusCode/100 == 3 && isRedirect(resp):
		fail = &failure{reason: "PreflightDisallowedRedirect", text: noRedirect}
	case check != nil:
		fail = &failure{reason: "Preflight" + check.reason, text: check.text, fix: check.fix}
	case resp.StatusCode/100 != 2:
		fail = &failure{reason: "PreflightInvalidStatus", text: "It does not have HTTP ok status.", fix: ""}
	default:
		return header, nil
	}
	return nil, r.refused(&failure{reason: fail.reason, text: preflightFailed + fail.text, fix: fail.fix})
}

// judgePreflight reads the answer's lists and looks the request up in them.
func (r *request) judgePreflight(header http.Header) (*preflightEntry, *failure) {
	methods, ok := parseTokens(header.Values("Access-Control-Allow-Methods"))
	if !ok {
		return nil, &failure{reason: "InvalidAllowMethodsPreflightResponse", text: "Cannot parse Access-Control-Allow-Methods response header field in preflight response.", fix: "Access-Control-Allow-Methods: " + r.method}
	}
	names, ok := parseTokens(header.Values("Access-Control-Allow-Headers"))
	if !ok {
		return nil, &failure{reason: "InvalidAllowHeadersPreflightResponse", text: "Cannot parse Access-Control-Allow-Headers response header field in preflight response.", fix: "Access-Control-Allow-Headers: " + strings.Join(unsafeHeaders(r.headers), ", ")}
	}
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	entry := &preflightEntry{methods: methods, headers: names, credentials: r.credentials == CredentialsInclude}
	if fail := entry.allowMethod(r.method); fail != nil {
		return nil, fail
	}
	if fail := entry.allowHeaders(r.headers); fail != nil {
		return nil, fail
	}
	entry.expires = time.Now().Add(preflightMaxAge(header))
	return entry, nil
}

func (e *preflightEntry) allowMethod(method string) *failure {
	if isSafelistedMethod(method) || slices.Contains(e.methods, method) || !e.credentials && slices.Contains(e.methods, "*") {
		return nil
	}
	return &failure{reason: "MethodDisallowedByPreflightResponse",
		text: fmt.Sprintf("Method %s is not allowed by Access-Control-Allow-Methods in preflight response.", method),
		fix:  "Access-Control-Allow-Methods: " + method}
}

// allowHeaders follows the standard where Chromium does not yet: "*" does not cover
// Authorization.
func (e *preflightEntry) allowHeaders(headers []header) *failure {
	any := !e.credentials && slices.Contains(e.headers, "*")
	unsafe := unsafeHeaders(headers)
	for _, h := range tableOrder(headers) {
		if !slices.Contains(unsafe, h.name) || slices.Contains(e.headers, h.name) || any && h.name != "authorization" {
			continue
		}
		return &failure{reason: "HeaderDisallowedByPreflightResponse",
			text: fmt.Sprintf("Request header field %s is not allowed by Access-Control-Allow-Headers in preflight response.", h.name),
			fix:  "Access-Control-Allow-Headers: " + h.name}
	}
	return nil
}

// preflightMaxAge reads Access-Control-Max-Age as Chromium does.
func preflightMaxAge(header http.Header) time.Duration {
	value := strings.Join(header.Values("Access-Control-Max-Age"), ", ")
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return defaultMaxAge
	}
	return time.Duration(max(min(seconds, int64(maxMaxAge/time.Second)), 0)) * time.Second
}

// parseSeconds reads digits; too many of them are a lot of seconds.
func parseSeconds(s string) (seconds int64, ok bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		seconds = 1 << 62
	}
	return seconds, true
}

// isConditional reports whether the request bypasses the cache of preflights, as
// conditional ones do in Chromium.
func isConditional(headers []header) bool {
	for _, h := range headers {
		switch h.name {
		case "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since":
			return true
		}
	}
	return false
}
