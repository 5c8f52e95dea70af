package httpsec_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec"
)

const (
	policyField = "Headers.ContentSecurityPolicy"
	reportField = "Headers.ContentSecurityPolicyReportOnly"
)

// TestHeadersAudit has the value of each finding for one field on top of APIHeaders.
func TestHeadersAudit(t *testing.T) {
	const strict = "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	nonce := httpsec.NonceSource
	for _, tt := range []struct {
		field, value string
		want         []string
	}{
		{"ContentSecurityPolicy", "", []string{"style-src 'unsafe-inline'", "connect-src ws:", "connect-src wss:"}},
		{"ContentSecurityPolicy", httpsec.Omit, []string{"-"}},
		{"ContentSecurityPolicy", "default-src 'none'" + strict, nil},

		{"ContentSecurityPolicy", "script-src 'Unsafe-Inline'; object-src 'none'" + strict,
			[]string{"script-src 'Unsafe-Inline'"}},
		{"ContentSecurityPolicy", "default-src 'unsafe-inline'" + strict,
			[]string{"default-src 'unsafe-inline'", "default-src 'unsafe-inline'"}},
		{"ContentSecurityPolicy", "default-src 'none'; script-src-elem 'unsafe-inline'" + strict,
			[]string{"script-src-elem 'unsafe-inline'"}},
		{"ContentSecurityPolicy", "default-src 'none'; script-src-attr 'unsafe-inline'" + strict,
			[]string{"script-src-attr 'unsafe-inline'"}},
		{"ContentSecurityPolicy", "default-src 'none'; script-src 'unsafe-inline' " + nonce + strict, nil},
		{"ContentSecurityPolicy",
			"default-src 'none'; script-src 'unsafe-inline' https: 'strict-dynamic' " + nonce + strict, nil},
		{"ContentSecurityPolicy", "default-src 'none'; script-src 'strict-dynamic'" + strict,
			[]string{"script-src 'strict-dynamic'"}},
		{"ContentSecurityPolicy", "default-src 'none'; script-src 'unsafe-eval' 'wasm-unsafe-eval'" + strict,
			[]string{"script-src 'unsafe-eval'"}},
		{"ContentSecurityPolicy",
			"default-src 'none'; script-src https: DATA: blob: filesystem: ws: gap: about:" + strict,
			[]string{"script-src https:", "script-src DATA:"}},
		{"ContentSecurityPolicy", "default-src 'none'; script-src * *:* https://* a.com *.a.com" + strict,
			[]string{"script-src *", "script-src *:*", "script-src https://*"}},
		{"ContentSecurityPolicy", "default-src 'none'; style-src 'unsafe-inline'" + strict,
			[]string{"style-src 'unsafe-inline'"}},
		{"ContentSecurityPolicy", "default-src 'none'; style-src-elem 'unsafe-inline'" + strict,
			[]string{"style-src-elem 'unsafe-inline'"}},
		{"ContentSecurityPolicy", "default-src 'none'; style-src-attr 'unsafe-inline'" + strict,
			[]string{"style-src-attr 'unsafe-inline'"}},
		{"ContentSecurityPolicy", "default-src 'none'; style-src 'unsafe-inline' " + nonce + strict, nil},

		{"ContentSecurityPolicy", "frame-ancestors 'none'",
			[]string{"frame-ancestors 'none'", "frame-ancestors 'none'"}},
		{"ContentSecurityPolicy", "script-src 'self'" + strict, []string{"script-src 'self'" + strict}},
		{"ContentSecurityPolicy", "object-src 'none'" + strict, []string{"object-src 'none'" + strict}},
		{"ContentSecurityPolicy", "default-src 'none'; script-src " + nonce, []string{
			"default-src 'none'; script-src " + nonce, "default-src 'none'; script-src " + nonce}},
		{"ContentSecurityPolicy",
			"default-src 'none'; script-src-elem 'strict-dynamic' " + nonce + "; form-action 'self'", []string{
				"default-src 'none'; script-src-elem 'strict-dynamic' " + nonce + "; form-action 'self'"}},
		{"ContentSecurityPolicy", "default-src 'none'; script-src " + httpsec.HashSource("a") + "; base-uri 'self'",
			[]string{
				"default-src 'none'; script-src " + httpsec.HashSource("a") + "; base-uri 'self'"}},
		{"ContentSecurityPolicy", "default-src 'none'; style-src " + nonce, nil},

		{"ContentSecurityPolicy", "default-src 'none'; connect-src ws: WSS: wss://a.com" + strict,
			[]string{"connect-src ws:", "connect-src WSS:"}},
		{"ContentSecurityPolicy", "default-src 'none'; connect-src wss://*:* ws://*" + strict,
			[]string{"connect-src wss://*:*", "connect-src ws://*"}},
		{"ContentSecurityPolicy", "default-src 'none'; connect-src * https: data: blob: a.com" + strict,
			[]string{"connect-src *", "connect-src https:"}},
		{"ContentSecurityPolicy", "default-src *; script-src 'none'; object-src 'none'" + strict,
			[]string{"default-src *"}},
		{"ContentSecurityPolicy", "default-src wss: 'self'" + strict, []string{"default-src wss:"}},
		{"ContentSecurityPolicy", "default-src https:; script-src 'self'" + strict, nil},
		{"ContentSecurityPolicy",
			"default-src 'none'; object-src *; base-uri https:; form-action 'self'; frame-ancestors *", []string{
				"object-src *", "base-uri https:", "frame-ancestors *", "DENY"}},
		{"ContentSecurityPolicy",
			"default-src 'none'; img-src http: HTTP://a.com/x http://localhost:3000 http://127.0.0.1 https:" + strict,
			[]string{"img-src http:", "img-src HTTP://a.com/x"}},
		{"ContentSecurityPolicy", "default-src 'none'; report-uri http://a.com/x /y" + strict,
			[]string{"report-uri http://a.com/x"}},

		{"ContentSecurityPolicy", "default-src 'none'; upgrade-insecure-requests",
			[]string{"upgrade-insecure-requests"}},
		{"ContentSecurityPolicy", httpsec.DefaultCSP().String(), []string{
			"style-src 'unsafe-inline'", "connect-src ws:", "connect-src wss:", "upgrade-insecure-requests"}},
		{"ContentSecurityPolicy", "default-src 'none'; block-all-mixed-content", []string{"block-all-mixed-content"}},

		{"ContentSecurityPolicyReportOnly", "default-src 'none'", []string{"default-src 'none'"}},
		{"ContentSecurityPolicyReportOnly", "script-src 'unsafe-eval' https:; report-uri /csp",
			[]string{"script-src 'unsafe-eval'", "script-src https:"}},
		{"ContentSecurityPolicyReportOnly", "connect-src ws: http:; img-src *; report-uri http://a.com", nil},

		{"XFrameOptions", "SAMEORIGIN", []string{"SAMEORIGIN"}},
		{"XFrameOptions", "deny, DENY", nil},
		{"XFrameOptions", httpsec.Omit, nil},
		{"ContentSecurityPolicy", "default-src 'none'", nil},
		{"ContentSecurityPolicy", "default-src 'none'; frame-ancestors 'NONE' 'none'", nil},
		{"ContentSecurityPolicy", "default-src 'none'; frame-ancestors 'self' 'self'", []string{"DENY"}},
		{"ContentSecurityPolicy", "default-src 'none'; frame-ancestors https://a.com", []string{"DENY"}},

		{"StrictTransportSecurity", httpsec.Omit, []string{"-"}},
		{"StrictTransportSecurity", "max-age=15551999", []string{"max-age=15551999"}},
		{"StrictTransportSecurity", "max-age=0; includeSubDomains", []string{"max-age=0; includeSubDomains"}},
		{"StrictTransportSecurity", "max-age=15552000", nil},
		{"StrictTransportSecurity", "max-age=99999999999999999999", nil},

		{"ReferrerPolicy", "unsafe-url", []string{"unsafe-url"}},
		{"ReferrerPolicy", "No-Referrer", []string{"no-referrer"}},
		{"ReferrerPolicy", "no-referrer-when-downgrade", []string{"no-referrer-when-downgrade"}},
		{"ReferrerPolicy", "no-referrer, same-origin", nil},
		{"ReferrerPolicy", "same-origin, no-referrer,", []string{"no-referrer"}},
		{"ReferrerPolicy", httpsec.Omit, nil},

		{"XXSSProtection", "1", []string{"1"}},
		{"XXSSProtection", "", []string{"1; mode=block"}},
		{"XXSSProtection", "0", nil},
		{"XContentTypeOptions", httpsec.Omit, []string{"-"}},
		{"PermissionsPolicy", "camera=(), next-years=(), another=*, next-years=()", []string{"next-years", "another"}},

		{"ContentSecurityPolicy", "default-src 'none'; report-to main", []string{"report-to main"}},
		{"ContentSecurityPolicyReportOnly", "default-src 'none'; report-to main", []string{"report-to main"}},
		{"CrossOriginEmbedderPolicy", `require-corp; report-to="main"`, []string{"report-to main"}},
		{"CrossOriginOpenerPolicy", `same-origin; report-to="main"`, []string{"report-to main"}},
		{"PermissionsPolicy", "camera=();report-to=main", []string{"report-to main"}},

		{"ContentSecurityPolicy", "script-src 'unsafe-inline' 'none'", nil},
		{"StrictTransportSecurity", "max-age=1; preload", nil},
		{"ReferrerPolicy", "unsafe-url, no", nil},
		{"XXSSProtection", "2", nil},
		{"CrossOriginOpenerPolicy", "same-origin; report-to=main", nil},
		{"XFrameOptions", "SAME", nil},
		{"PermissionsPolicy", "next-years", nil},
	} {
		t.Run(tt.field+" "+tt.value, func(t *testing.T) {
			var values []string
			for _, finding := range headersWith(t, httpsec.APIHeaders(), tt.field, tt.value).Audit() {
				values = append(values, finding.Value)
			}
			assert.Equal(t, tt.want, values)
		})
	}
}

// TestHeadersAuditMessages has one sentence of each kind.
func TestHeadersAuditMessages(t *testing.T) {
	const unless = "breaks pages on plain-http names, and on localhost in Safari; " +
		"remove it unless the service is only reached over https"
	h := httpsec.Headers{
		ContentSecurityPolicy: "script-src 'unsafe-inline' 'unsafe-eval' https:; script-src-attr 'unsafe-inline'; " +
			"script-src-elem 'strict-dynamic'; style-src 'unsafe-inline'; style-src-attr 'unsafe-inline'; " +
			"connect-src ws: https:; base-uri *; frame-ancestors *; img-src http://a.com; " +
			"upgrade-insecure-requests; block-all-mixed-content; report-to a",
		ContentSecurityPolicyReportOnly: "default-src 'none'",
		PermissionsPolicy:               "next-years=()",
		ReferrerPolicy:                  "unsafe-url",
		StrictTransportSecurity:         "max-age=1",
		XContentTypeOptions:             httpsec.Omit,
		XFrameOptions:                   "DENY",
		XXSSProtection:                  "1",
		Extra:                           map[string]string{"Document-Policy": "next-years"},
	}
	policy := h.ContentSecurityPolicy
	assert.Equal(t, []httpsec.Finding{
		{policyField, "script-src 'unsafe-inline'", "runs any script that is injected; use NonceSource or hashes"},
		{policyField, "script-src 'unsafe-eval'",
			"runs strings as scripts; remove it, or write 'wasm-unsafe-eval' if it is for WebAssembly"},
		{policyField, "script-src https:", "runs scripts from anywhere; name the hosts, or use NonceSource"},
		{policyField, "script-src-elem 'strict-dynamic'",
			"blocks every script without a nonce or hash beside it; add NonceSource"},
		{policyField, "script-src-attr 'unsafe-inline'",
			"runs any script that is injected; move event handlers into scripts"},
		{policyField, "style-src 'unsafe-inline'",
			"lets injected styles read and redress the page; use nonces or hashes"},
		{policyField, "style-src-attr 'unsafe-inline'",
			"lets injected styles read and redress the page; move styles into style sheets"},
		{policyField, policy,
			"has neither object-src nor default-src, so <object> and <embed> load anything; add object-src 'none'"},
		{policyField, policy,
			"has no form-action, so an injected form sends what users type elsewhere; add form-action 'self'"},
		{policyField, "connect-src ws:", "allows sockets to every host; name the hosts, such as wss://app.example.com"},
		{policyField, "connect-src https:", "lets scripts send data to every host; name the hosts"},
		{policyField, "base-uri *", "lets an injected <base> point anywhere; write 'none' or 'self'"},
		{policyField, "frame-ancestors *", "lets every site frame the page; name the sites"},
		{policyField, "img-src http://a.com",
			"is plain http, which anyone on the user's network can change; write https"},
		{policyField, "upgrade-insecure-requests", unless},
		{policyField, "block-all-mixed-content",
			"does nothing any more: browsers block or upgrade mixed content by themselves; remove it"},
		{reportField, "default-src 'none'",
			"neither blocks nor reports; add report-uri with the URL that reports go to"},
		{"Headers.PermissionsPolicy", "next-years",
			"is a feature that no browser knows; remove it, or correct its name"},
		{"Headers.ReferrerPolicy", "unsafe-url",
			`shows whole addresses to every site, over plain http too; write "strict-origin-when-cross-origin"`},
		{"Headers.StrictTransportSecurity", "max-age=1",
			"protects for less than 180 days after a visit; write max-age=31536000"},
		{"Headers.XContentTypeOptions", "-", "lets browsers run uploads as scripts; leave it empty"},
		{"Headers.XFrameOptions", "DENY",
			"says less than frame-ancestors does, which browsers follow instead; write Omit"},
		{"Headers.XXSSProtection", "1", `steers a filter that browsers dropped for its own holes; write "0", or Omit`},
		{policyField, "report-to a", "names a group that ReportingEndpoints lacks; add it there"},
		{`Headers.Extra["Document-Policy"]`, "next-years", "is a word that no browser knows; remove it, or correct it"},
	}, h.Audit())

	var messages []string
	for _, more := range []httpsec.Headers{
		{
			ContentSecurityPolicy: "frame-ancestors 'none'; script-src-elem " + httpsec.NonceSource,
			XFrameOptions:         "SAMEORIGIN",
		},
		{
			ContentSecurityPolicy: "object-src *; default-src *; script-src 'self'",
			ReferrerPolicy:        "no-referrer-when-downgrade",
		},
		{ReferrerPolicy: "no-referrer"},
		httpsec.NoHeaders(),
	} {
		for _, finding := range more.Audit() {
			messages = append(messages, finding.Message)
		}
	}
	const advice = `; write "strict-origin-when-cross-origin"`
	for _, message := range []string{
		"has neither script-src nor default-src, so every script runs; add script-src 'self'",
		"has no base-uri, so an injected <base> takes relative scripts elsewhere; add base-uri 'none'",
		"loads <object> and <embed> from anywhere; write 'none'",
		"allows requests and sockets to every host; name the hosts",
		"leaves injected scripts and foreign frames to chance; leave it empty for DefaultCSP, or use APIHeaders",
		"lets every site frame the pages; leave it empty, or add frame-ancestors to the policy",
		`disagrees with frame-ancestors, which browsers follow instead; write "DENY"`,
		"lets a network downgrade the first request of every visit; leave it empty for a year of https",
		"shows whole addresses to every https site" + advice,
		`makes form posts carry "Origin: null", which same-origin checks refuse` + advice,
	} {
		assert.Contains(t, messages, message)
	}
}

func TestHeadersAuditKnowsTheEndpoints(t *testing.T) {
	h := httpsec.APIHeaders()
	h.ContentSecurityPolicy = "default-src 'none'; report-to main"
	h.CrossOriginOpenerPolicy = `same-origin; report-to="main"`
	h.CrossOriginEmbedderPolicy = `require-corp; report-to="other"`
	h.PermissionsPolicy = "camera=();report-to=main"
	h.ReportingEndpoints = `main="https://reports.example.com/main"`
	lacking := []httpsec.Finding{
		{"Headers.CrossOriginEmbedderPolicy", "report-to other",
			"names a group that ReportingEndpoints lacks; add it there"},
	}
	assert.Equal(t, lacking, h.Audit())

	h.ReportingEndpoints = httpsec.Omit
	assert.Len(t, h.Audit(), 4)
	h.Extra = map[string]string{"reporting-endpoints": `main="/x"`}
	assert.Equal(t, lacking, h.Audit())
	const groups = `{"group":"main","max_age":1,"endpoints":[]}, {"max_age":1,"endpoints":[]}`
	h.Extra = map[string]string{"report-to": groups}
	assert.Equal(t, lacking, h.Audit())
	h.CrossOriginEmbedderPolicy = `require-corp; report-to="default"`
	assert.Empty(t, h.Audit(), "a group without a name is the default")

	h.Extra = map[string]string{"Report-To": "{"}
	assert.Empty(t, h.Audit(), "what the groups are is not known")
	h.Extra = nil
	h.ReportingEndpoints = "main=refused"
	assert.Empty(t, h.Audit(), "what the groups are is not known")
}

func TestHeadersAuditOfExtra(t *testing.T) {
	h := httpsec.NoHeaders()
	h.Extra = map[string]string{
		"Content-Security-Policy": "anything", "x-frame-options": "ALLOWALL", "Strict-Transport-Security": "max-age=0",
		"X-Content-Type-Options": "x", "Clear-Site-Data": `"cache", "next-years"`,
		"Integrity-Policy":               "blocked-destinations=(next), years=()",
		"Permissions-Policy-Report-Only": "camera=(), next-years=()", "X-Permitted-Cross-Domain-Policies": "next-years",
		"Document-Policy-Report-Only": "next-years, *;report-to=a", "NEL": `{"max_age":0}`, "Report-To": "refused",
	}
	got := map[string][]string{}
	for _, finding := range h.Audit() {
		got[finding.Field] = append(got[finding.Field], finding.Value)
	}
	assert.Equal(t, map[string][]string{
		`Headers.Extra["Clear-Site-Data"]`:                   {"next-years"},
		`Headers.Extra["Integrity-Policy"]`:                  {"years", "next"},
		`Headers.Extra["Permissions-Policy-Report-Only"]`:    {"next-years"},
		`Headers.Extra["X-Permitted-Cross-Domain-Policies"]`: {"next-years"},
		`Headers.Extra["Document-Policy-Report-Only"]`:       {"next-years"},
	}, got, "what is sent unchecked is not judged")
}

func TestHeadersAuditOfDefaults(t *testing.T) {
	var values []string
	for _, finding := range (httpsec.Headers{}).Audit() {
		values = append(values, finding.Value)
	}
	assert.Equal(t, []string{"style-src 'unsafe-inline'", "connect-src ws:", "connect-src wss:", "1; mode=block"},
		values)
	assert.Nil(t, httpsec.APIHeaders().Audit())
}
