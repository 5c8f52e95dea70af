package httpsec_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// readCSP is https://w3c.github.io/webappsec-csp/#parse-serialized-policy, but
// that it keeps duplicates.
func readCSP(policy string) [][]string {
	directives := [][]string{}
	for token := range strings.SplitSeq(policy, ";") {
		fields := strings.FieldsFunc(token, func(c rune) bool { return strings.ContainsRune(" \t\n\f\r", c) })
		if len(fields) > 0 {
			fields[0] = strings.ToLower(fields[0])
			directives = append(directives, fields)
		}
	}
	return directives
}

func FuzzCSP(f *testing.F) {
	for _, policy := range []string{
		"", "default-src 'self'", "IMG-SRC  * ;; font-src data:;", "script-src 'nonce-{nonce}' 'strict-dynamic'", "sandbox; report-to a",
		"script-src 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='", httpsec.DefaultCSP().String(),
	} {
		f.Add(policy, "img-src", "*; script-src *")
		f.Add(policy, "Script-Src-Elem", "'none', default-src 'none'")
		f.Add(policy, "img-src; font-src", "\v\u00a0a\u2028b")
	}
	f.Fuzz(func(t *testing.T, policy, directive, source string) {
		p, err := httpsec.ParseCSP(policy)
		base := [][]string{}
		if err == nil && policy != "" && policy != httpsec.Omit {
			base = readCSP(policy)
			assert.Equal(t, base, readCSP(p.String()))
			again, err := httpsec.ParseCSP(p.String())
			require.NoError(t, err)
			assert.Equal(t, p.String(), again.String())
		}
		if strings.TrimSpace(directive) == "" {
			return
		}
		before := p.String()
		encoded := strings.Fields(strings.NewReplacer(";", "%3B", ",", "%2C").Replace(source))
		for _, changed := range []httpsec.CSP{p.Set(directive, source), p.Add(directive, source)} {
			got := readCSP(changed.String())
			assert.NotContains(t, changed.String(), ",")
			i := slices.IndexFunc(got, func(d []string) bool {
				return !slices.ContainsFunc(base, func(other []string) bool { return slices.Equal(d, other) })
			})
			if i < 0 { // nothing new
				assert.Equal(t, base, got)
				continue
			}
			others := slices.DeleteFunc(slices.Clone(base), func(d []string) bool { return d[0] == got[i][0] })
			assert.Equal(t, others, slices.Delete(slices.Clone(got), i, i+1), "only one directive changes")
			assert.Equal(t, p.Remove(directive).String(), changed.Remove(directive).String())
			for _, s := range encoded {
				if !strings.EqualFold(s, "'none'") {
					assert.Contains(t, got[i][1:], s)
				}
			}
		}
		assert.Equal(t, before, p.String(), "immutable")
	})
}

func isPrintableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' })
}

func FuzzHeaders(f *testing.F) {
	fields := []string{
		"ContentSecurityPolicy", "ContentSecurityPolicyReportOnly", "CrossOriginEmbedderPolicy", "CrossOriginOpenerPolicy",
		"CrossOriginResourcePolicy", "PermissionsPolicy", "ReferrerPolicy", "ReportingEndpoints", "StrictTransportSecurity",
		"XContentTypeOptions", "XFrameOptions", "XXSSProtection",
	}
	names := []string{
		"Content-Security-Policy", "Content-Security-Policy-Report-Only", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy",
		"Cross-Origin-Resource-Policy", "Permissions-Policy", "Referrer-Policy", "Reporting-Endpoints", "Strict-Transport-Security",
		"X-Content-Type-Options", "X-Frame-Options", "X-Xss-Protection",
	}
	for i, value := range []string{
		"default-src 'self'; img-src https://a.com/%2C *.b.com:*", "script-src 'nonce-YWJj'", `require-corp; report-to="a"`, "same-origin",
		"same-site", `camera=(), geolocation=(self "https://a.com")`, "no-referrer, origin", `a="https://a.com/b", c="/d"`,
		"max-age=31536000; includeSubDomains; preload", "nosniff", "SAMEORIGIN", "1; report=https://a.com",
	} {
		f.Add(byte(i), value, "X-A", "b")
		f.Add(byte(i), value+"\r\nSet-Cookie: a=b", "x-a", "b\nc: d")
		f.Add(byte(i), value+"\x00", "X A", "\xff")
		f.Add(byte(i), "\u00a0"+value, "X-XSS-Protection", " ")
	}
	f.Fuzz(func(t *testing.T, index byte, value, extraName, extra string) {
		i := int(index) % len(fields)
		h := headersWith(t, allOmitted(), fields[i], value)
		h.Extra = map[string]string{extraName: extra}
		secure, err := httpsec.SecurityHeaders(h)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				assert.Regexp(t, `^httpsec: Headers\.[A-Za-z]+: `, line)
				assert.False(t, strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }), "%q", line)
			}
			return
		}
		assert.True(t, isPrintableASCII(value) && isPrintableASCII(extra), "accepted %q and %q", value, extra)
		w := httptest.NewRecorder()
		secure(nothing).ServeHTTP(w, overTLS())
		got := maps.Clone(w.Header())
		assert.Equal(t, []string{extra}, got[http.CanonicalHeaderKey(extraName)])
		delete(got, http.CanonicalHeaderKey(extraName))
		if strings.Contains(value, httpsec.NonceSource) || value == "" {
			return // a fresh value each time, or the default
		}
		want := http.Header{names[i]: {value}}
		if value == httpsec.Omit {
			want = http.Header{}
		}
		assert.Equal(t, want, got)
	})
}
