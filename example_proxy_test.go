package httpsec_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"

	"github.com/httpsec/httpsec"
)

// An upstream that has CORS and security headers of its own, behind a proxy that
// sets ours: without ModifyResponse the client would get both.
func ExampleDropUpstreamCORS() {
	upstream := httptest.NewServer(httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"*"}}))(hello))
	defer upstream.Close()
	target, err := url.Parse(upstream.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = httpsec.DropUpstreamCORS
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://app.example.com"}}))

	fmt.Println(get(cors(proxy), "/", "https://app.example.com").Values("Access-Control-Allow-Origin"))
	// Output:
	// [https://app.example.com]
}

func ExampleHeaders_DropUpstream() {
	headers := httpsec.APIHeaders()
	upstream := httptest.NewServer(httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))(hello))
	defer upstream.Close()
	target, err := url.Parse(upstream.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(resp *http.Response) error {
		return errors.Join(httpsec.DropUpstreamCORS(resp), headers.DropUpstream(resp))
	}
	secure := httpsec.Must(httpsec.SecurityHeaders(headers))

	fmt.Println(get(secure(proxy), "/", "").Values("Content-Security-Policy"))
	// Output:
	// [default-src 'none'; frame-ancestors 'none']
}

// An upstream that sends Early Hints: the proxy would clear our headers after them.
func ExampleWithoutInformational() {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "hello\n")
	}))
	defer upstream.Close()
	target, err := url.Parse(upstream.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = httpsec.WithoutInformational(nil)
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))

	fmt.Println(get(secure(proxy), "/", "").Get("X-Content-Type-Options"))
	// Output:
	// nosniff
}
