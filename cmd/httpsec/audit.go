package main

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/internal/csp"
	"github.com/httpsec/httpsec/internal/origins"
)

const (
	headerCSP     = "Content-Security-Policy"
	headerHSTS    = "Strict-Transport-Security"
	headerNosniff = "X-Content-Type-Options"
)

// ownFields returns where Headers holds each header.
func ownFields(h *httpsec.Headers) map[string]*string {
	return map[string]*string{
		headerCSP:                      &h.ContentSecurityPolicy,
		headerCSP + "-Report-Only":     &h.ContentSecurityPolicyReportOnly,
		"Cross-Origin-Embedder-Policy": &h.CrossOriginEmbedderPolicy,
		"Cross-Origin-Opener-Policy":   &h.CrossOriginOpenerPolicy,
		"Cross-Origin-Resource-Policy": &h.CrossOriginResourcePolicy,
		"Permissions-Policy":           &h.PermissionsPolicy,
		"Referrer-Policy":              &h.ReferrerPolicy,
		"Reporting-Endpoints":          &h.ReportingEndpoints,
		headerHSTS:                     &h.StrictTransportSecurity,
		headerNosniff:                  &h.XContentTypeOptions,
		"X-Frame-Options":              &h.XFrameOptions,
		"X-Xss-Protection":             &h.XXSSProtection,
	}
}

// extraNames are the headers without a field that SecurityHeaders checks.
var extraNames = []string{
	"Clear-Site-Data", "Cross-Origin-Embedder-Policy-Report-Only", "Cross-Origin-Opener-Policy-Report-Only", "Document-Policy",
	"Integrity-Policy", "Integrity-Policy-Report-Only", "Nel", "Origin-Agent-Cluster", "Permissions-Policy-Report-Only",
	"Report-To", "Timing-Allow-Origin", "X-Dns-Prefetch-Control", "X-Permitted-Cross-Domain-Policies",
}

// findHeaders asks the root package about the headers of the answer.
func (c *check) findHeaders() {
	if c.answer == nil {
		return
	}
	u, err := url.Parse(c.report.final)
	if err != nil {
		return
	}
	a := &audit{check: c, header: c.answer.Header, https: u.Scheme == "https"}
	a.secure = a.https && !isTrustworthy("http://"+u.Host) && !origins.IsAddress(u.Hostname())
	if a.document = c.page != nil && isHTML(a.header); a.document {
		a.meta = metaPolicies(c.page.Response().Body)
	}
	a.run()
}

func isHTML(header http.Header) bool {
	essence, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	switch strings.ToLower(strings.TrimSpace(essence)) {
	case "", "text/html", "application/xhtml+xml":
		return true
	}
	return false
}

// audit turns the headers of an answer into the configuration that would send them.
type audit struct {
	*check
	header   http.Header
	document bool // all headers are asked for
	https    bool
	secure   bool     // HSTS is asked for
	meta     []string // policies in the markup
}

// run audits the answer once for each of its policies. What one policy lacks another
// may have, so advice counts only if it is given of all of them.
func (a *audit) run() {
	policies := a.policies()
	var common []httpsec.Finding
	for i, policy := range policies {
		h := a.headers(policy)
		_, err := httpsec.SecurityHeaders(h)
		for flaw := range httpsec.ConfigErrors(err) {
			message := flaw.Problem
			if flaw.Fix != "" {
				message += "; " + flaw.Fix
			}
			a.found(problem, flaw.Field, flaw.Value, message)
		}
		list := h.Audit()
		if i == 0 {
			common = list
			continue
		}
		common = slices.DeleteFunc(common, func(f httpsec.Finding) bool {
			return !slices.ContainsFunc(list, func(other httpsec.Finding) bool { return f.Field == other.Field && f.Message == other.Message })
		})
	}
	for _, f := range common {
		a.found(advice, f.Field, f.Value, f.Message)
	}
}

// policies returns the enforced policies of the answer and of its markup; if there is
// none, one that stands for that.
func (a *audit) policies() []string {
	if !a.document {
		return []string{httpsec.Omit}
	}
	var list []string
	for _, line := range a.header.Values(headerCSP) {
		list = append(list, strings.Split(line, ",")...)
	}
	if list = append(list, a.meta...); len(list) == 0 {
		return []string{httpsec.Omit}
	}
	return list[:min(len(list), maxPolicies)]
}

// maxPolicies is more than any page has that means well.
const maxPolicies = 20

// headers is the configuration that would send the answer's headers, with one of its
// policies.
func (a *audit) headers(policy string) httpsec.Headers {
	h := httpsec.NoHeaders()
	own := ownFields(&h)
	for name, field := range own {
		if name != headerCSP && (a.document || name == headerNosniff) && a.header[name] != nil {
			*field = a.value(name)
		}
	}
	switch {
	case !a.secure:
		h.StrictTransportSecurity = "" // nothing to say of it
	case a.header[headerHSTS] != nil:
		h.StrictTransportSecurity = a.value(headerHSTS)
	}
	if !a.document {
		return h
	}
	h.ContentSecurityPolicy = a.withoutNoise(policy)
	if h.ContentSecurityPolicyReportOnly != httpsec.Omit {
		h.ContentSecurityPolicyReportOnly = a.reportOnly()
	}
	h.Extra = make(map[string]string)
	for _, name := range extraNames {
		if a.header[name] != nil {
			h.Extra[name] = a.value(name)
		}
	}
	return h
}

// reportOnly is the first of the policies that only report.
func (a *audit) reportOnly() string {
	first, _, _ := strings.Cut(a.value(headerCSP+"-Report-Only"), ",")
	return nonceSource.ReplaceAllString(first, httpsec.NonceSource)
}

// value joins the lines of a header, each value once. A blank one stays: for Headers
// "" would be the default.
func (a *audit) value(name string) string {
	var values []string
	for _, value := range a.header.Values(name) {
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	if joined := strings.Join(values, ", "); joined != "" {
		return joined
	}
	return " "
}

// withoutNoise puts what stands for a fresh nonce in the place of this one, and drops
// what is right where https is known to work.
func (a *audit) withoutNoise(policy string) string {
	policy = nonceSource.ReplaceAllString(policy, httpsec.NonceSource)
	if !a.https {
		return policy
	}
	var kept []string
	for part := range strings.SplitSeq(policy, ";") {
		if !strings.EqualFold(csp.TrimSpace(part), "upgrade-insecure-requests") {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, ";")
}

// found adds a finding of the root package.
func (a *audit) found(level, field, value, message string) {
	name, missing := headerOf(field), value == httpsec.Omit
	if !a.document && name != headerNosniff && name != headerHSTS {
		return
	}
	id := strings.ToLower(name)
	words := csp.Fields(value)
	switch {
	case missing:
		value = ""
		id += "-missing"
		message = a.missing(name, message)
	case level == problem:
		id += "-invalid"
	case strings.HasPrefix(name, headerCSP) && !a.isWholePolicy(value) && len(words) > 0:
		id += "-" + words[0]
	default:
		id += "-weak"
	}
	value = strings.ReplaceAll(value, httpsec.NonceSource, anyNonce)
	a.findOnce(finding{ID: id, Level: level, Field: name, Value: value, Message: forPeople.Replace(message), quoted: level == problem})
}

// isWholePolicy tells a policy from a directive of it.
func (a *audit) isWholePolicy(value string) bool {
	return strings.Contains(value, ";") || slices.ContainsFunc(append(a.policies(), a.reportOnly()), func(policy string) bool {
		return csp.TrimSpace(policy) == value
	})
}

// forPeople says for servers of any kind what the root package says of its own fields.
var forPeople = strings.NewReplacer(
	"write Omit to send none", "leave it out", "write Omit", "leave it out", ", or Omit", ", or leave it out",
	"NonceSource", "a nonce", "ReportingEndpoints", "Reporting-Endpoints", httpsec.NonceSource, anyNonce,
)

const anyNonce = "'nonce-…'"

// headerOf is the name of the header that a field of Headers holds.
func headerOf(field string) string {
	if name, ok := strings.CutPrefix(field, `Headers.Extra["`); ok {
		return strings.TrimSuffix(name, `"]`)
	}
	for name := range ownFields(new(httpsec.Headers)) {
		if strings.EqualFold("Headers."+strings.ReplaceAll(name, "-", ""), field) {
			return name
		}
	}
	return field
}

// missing says what to send in the words of the header itself: what httpsec sends by
// default.
func (a *audit) missing(name, message string) string {
	message, _, _ = strings.Cut(message, ";")
	if value := a.defaults().Get(name); value != "" {
		message += "; send " + name + ": " + value
	}
	return message
}

// defaults returns what httpsec sends in such an answer if nothing is configured.
func (a *audit) defaults() http.Header {
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	w := make(headerWriter)
	r := &http.Request{Method: http.MethodGet, Host: "example.com", URL: &url.URL{Path: "/"}, Header: http.Header{}}
	if a.https {
		r.TLS = &tls.ConnectionState{}
	}
	secure(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
	return http.Header(w)
}

// headerWriter is a ResponseWriter that keeps the headers only.
type headerWriter http.Header

func (w headerWriter) Header() http.Header         { return http.Header(w) }
func (w headerWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w headerWriter) WriteHeader(int)             {}
