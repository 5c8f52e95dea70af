package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPage(t *testing.T) {
	d := start(t, "")
	for _, tt := range []struct{ origin, says string }{{d.page, "allows"}, {d.foreign, "does not allow"}} {
		t.Run(tt.says, func(t *testing.T) {
			got := do(t, noRedirects, "GET", tt.origin+"/", "")
			delete(got.header, "Content-Length")
			assert.Equal(t, with(http.Header{
				"Content-Type":            {"text/html; charset=utf-8"},
				"Content-Security-Policy": {"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: " + d.api + "; font-src 'self' data:; connect-src 'self' " + d.api + " ws" + d.api[len("http"):] + "; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"},
			}), got.header)
			assert.Contains(t, got.body, "<title>httpsec demo: "+tt.origin+"</title>")
			assert.Contains(t, got.body, `<body data-api="`+d.api+`">`)
			assert.Contains(t, got.body, "<strong>"+tt.says+"</strong>")
		})
	}
	assert.Equal(t, []string{"text/javascript; charset=utf-8"}, do(t, noRedirects, "GET", d.page+"/app.js", "").header["Content-Type"])
	assert.Equal(t, []string{"text/css; charset=utf-8"}, do(t, noRedirects, "GET", d.page+"/style.css", "").header["Content-Type"])
	assert.Equal(t, http.StatusNotFound, do(t, noRedirects, "GET", d.page+"/page/index.html", "").status)
}

func TestDecide(t *testing.T) {
	explicit, anyone := start(t, ""), start(t, `CORS_ORIGINS=["*"]`)
	refused := func(reason string) string { return `{"allowed":false,"reason":"` + reason + `"}` + "\n" }
	const allowed = `{"allowed":true,"reason":""}` + "\n"
	for _, tt := range []struct{ name, page, query, cookie, want string }{
		{"simple", explicit.page, "method=GET", "", allowed},
		{"preflighted", explicit.page, "method=PUT&headers=content-type", "", allowed},
		{"header", explicit.page, "method=GET&headers=x-demo", "", allowed},
		{"method", explicit.page, "method=PURGE", "", refused(`preflight from \"` + explicit.page + `\" refused: method \"PURGE\" is not allowed`)},
		{"credentials", explicit.page, "method=GET&credentials", "", allowed},
		{"socket", explicit.page, "method=GET&socket", "user=demo", allowed},
		{"foreign simple", explicit.foreign, "method=GET", "", refused(`request from \"` + explicit.foreign + `\" refused: its origin is not allowed`)},
		{"foreign POST", explicit.foreign, "method=POST", "", refused(`request from \"` + explicit.foreign + `\" refused: its origin is not allowed`)},
		{"foreign preflighted", explicit.foreign, "method=PUT", "", refused(`preflight from \"` + explicit.foreign + `\" refused: its origin is not allowed`)},
		{"foreign socket", explicit.foreign, "method=GET&socket", "", refused(`handshake from \"` + explicit.foreign + `\" refused: its origin is not allowed`)},
		{"any", anyone.foreign, "method=PUT", "", allowed},
		{"any, credentials", anyone.foreign, "method=GET&credentials", "", refused("the policy allows no credentials")},
		{"any, socket", anyone.foreign, "method=GET&socket", "", allowed},
		{"any, socket with a cookie", anyone.foreign, "method=GET&socket", "user=demo", refused(`handshake from \"` + anyone.foreign + `\" refused: its origin may not use credentials`)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := do(t, noRedirects, "GET", tt.page+"/decide?"+tt.query, "", "Cookie", tt.cookie)
			assert.Equal(t, http.StatusOK, got.status)
			assert.Equal(t, tt.want, got.body)
		})
	}
}
