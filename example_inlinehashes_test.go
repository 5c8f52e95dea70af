package httpsec_test

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/httpsec/httpsec"
)

// What a front-end's build leaves behind, with inline scripts and styles in its
// index.html.
//
//go:embed testdata/frontend
var build embed.FS

// A build that is served as it is has no place for a nonce. The hashes of its inline
// code give a policy as strict, which is the same for every request, so that caches
// may keep the page.
func ExampleInlineHashes() {
	frontend := httpsec.Must(fs.Sub(build, "testdata/frontend"))
	scripts, styles, err := httpsec.InlineHashes(frontend)
	if err != nil {
		panic(err)
	}
	policy := httpsec.DefaultCSP().
		WithAdded("script-src", scripts...).
		With("style-src", append(styles, "'self'")...)
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicy: policy.String()}))
	handler := secure(http.FileServerFS(frontend))

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	for directive, sources := range httpsec.Must(httpsec.ParseCSP(w.Header().Get("Content-Security-Policy"))).All() {
		if strings.HasPrefix(directive, "s") {
			fmt.Println(directive, len(sources), "sources")
		}
	}
	// Output:
	// script-src 3 sources
	// style-src 2 sources
}
