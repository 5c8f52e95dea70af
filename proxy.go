package httpsec

import (
	"net/http"
	"strings"
)

// DropUpstreamCORS deletes the Access-Control-* headers of an upstream's
// response, so that only the policy in front of the proxy speaks:
// [net/http/httputil.ReverseProxy] adds what the upstream sent to what is already
// set, and a browser refuses a doubled Access-Control-Allow-Origin. Vary stays:
// it is a list, and the upstream's may name more. Use it as ModifyResponse; it
// never fails.
func DropUpstreamCORS(resp *http.Response) error {
	for name := range resp.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			delete(resp.Header, name)
		}
	}
	return nil
}
