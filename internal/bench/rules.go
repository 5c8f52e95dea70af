package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/httpsec/httpsec"
)

// rule is a row of the table of single rules: a policy that has one more of them
// than the cells, beside a handler that does the same by hand.
type rule struct {
	name                   string
	baseline, ours, byHand *subject
}

// unused is the name of the row in which rules are set that the request does not
// need; what stands beside it is the same policy without them.
const unused = "SocketOrigins and RejectDisallowed, which a GET without Origin does not need"

func (r *rule) all() []*subject { return []*subject{r.baseline, r.ours, r.byHand} }

const (
	appOrigin = "https://app.example.com"
	apiHost   = "api.example.net" // of newRequest
)

func newRules() ([]*rule, error) {
	var rules []*rule
	var errs []error
	add := func(name string, ours, byHand http.Handler, change func(*http.Request)) {
		request := func() *http.Request {
			r := newRequest(actualAllowed, originList{allowed: appOrigin})
			change(r)
			return r
		}
		if err := sameAnswer(ours, byHand, request); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		baseline := bare
		if answer(ours, request()).Get("Content-Type") != "application/json" {
			baseline = empty // a refusal
		}
		rules = append(rules, &rule{name, newSubject(baseline, request), newSubject(ours, request), newSubject(byHand, request)})
	}
	cors := func(c httpsec.Config) http.Handler {
		c.Methods, c.Headers, c.ExposeHeaders = allowedMethods, allowedHeaders, exposedHeaders
		return httpsec.Must(httpsec.CORS(c))(bare)
	}
	one := httpsec.Config{Origins: []string{appOrigin}, Credentials: true}
	with := func(change func(*httpsec.Config)) http.Handler {
		c := one
		change(&c)
		return cors(c)
	}
	plain := func(*http.Request) {}
	from := func(origin string) func(*http.Request) {
		return func(r *http.Request) { r.Header["Origin"] = []string{origin} }
	}
	byHand := newLimit(one.Origins, false)(bare)

	add("Hosts, allowed", with(func(c *httpsec.Config) { c.Hosts = []string{apiHost} }), onHost(apiHost, byHand), plain)
	add("Hosts, 421", with(func(c *httpsec.Config) { c.Hosts = []string{apiHost} }), onHost(apiHost, byHand),
		func(r *http.Request) { r.Host = "evil.example.com" })
	add("SocketOrigins, allowed", with(func(c *httpsec.Config) { c.SocketOrigins = one.Origins }), byHandSocket(byHand),
		func(r *http.Request) { r.Header["Upgrade"] = []string{"websocket"} })
	add("SocketOrigins, 403", with(func(c *httpsec.Config) { c.SocketOrigins = one.Origins }), byHandSocket(byHand),
		func(r *http.Request) {
			r.Header["Upgrade"] = []string{"websocket"}
			r.Header["Origin"] = []string{foreignOrigin}
		})
	add("CredentialOrigins", cors(httpsec.Config{Origins: []string{"*"}, CredentialOrigins: one.Origins}), byHand, plain)
	add("label pattern", cors(httpsec.Config{Origins: []string{"https://pr-*.example.com"}, Credentials: true}),
		byHandPattern("https://pr-", ".example.com"), from("https://pr-17.example.com"))
	add("scheme pattern", cors(httpsec.Config{Origins: []string{"moz-extension://*"}}),
		byHandPattern("moz-extension://", ""), from("moz-extension://0f4c6a7e-1d2b-4c3d-8e9f-0a1b2c3d4e5f"))
	policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: one.Origins, Credentials: true, ExposeHeaders: exposedHeaders}))
	policies := map[string]*httpsec.Policy{apiHost: policy}
	handlers := map[string]http.Handler{apiHost: byHand}
	add("Select by Host", httpsec.Select(func(r *http.Request) *httpsec.Policy { return policies[r.Host] })(bare),
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handlers[r.Host].ServeHTTP(w, r) }), plain)
	reject := func(c *httpsec.Config) { c.RejectDisallowed = true }
	add("RejectDisallowed, 403", with(reject), byHandReject(byHand), from(foreignOrigin))
	add("RejectDisallowed, write without Origin", with(reject), byHandReject(byHand), func(r *http.Request) {
		r.Method = http.MethodPost
		delete(r.Header, "Origin")
	})
	nonce := httpsec.NoHeaders()
	nonce.ContentSecurityPolicy = "script-src " + httpsec.NonceSource
	add("nonce", httpsec.Must(httpsec.SecurityHeaders(nonce))(bare), http.HandlerFunc(byHandNonce), plain)
	overHTTPS := httpsec.NoHeaders()
	overHTTPS.ContentSecurityPolicy, overHTTPS.StrictTransportSecurity = "", ""
	add("HTTPS-aware policy", httpsec.Must(httpsec.SecurityHeaders(overHTTPS))(bare), http.HandlerFunc(byHandHTTPS),
		func(r *http.Request) { r.Header["X-Forwarded-Proto"] = []string{"https"} })
	add(unused, with(func(c *httpsec.Config) {
		c.SocketOrigins, c.RejectDisallowed = one.Origins, true
	}), cors(one), func(r *http.Request) { delete(r.Header, "Origin") })
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return rules, nil
}

// sameAnswer compares everything but the characters of nonces.
func sameAnswer(ours, byHand http.Handler, request func() *http.Request) error {
	a, b := &writer{header: http.Header{}}, &writer{header: http.Header{}}
	ours.ServeHTTP(a, request())
	byHand.ServeHTTP(b, request())
	same := func(v, w []string) bool {
		x, y := strings.Join(v, "\n"), strings.Join(w, "\n")
		return x == y || len(x) == len(y) && strings.Contains(x, "'nonce-")
	}
	if a.status != b.status || !maps.EqualFunc(a.header, b.header, same) {
		return fmt.Errorf("answers %d %v instead of %d %v", a.status, a.header, b.status, b.header)
	}
	return nil
}

func onHost(host string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host {
			byHandRefusal(w, http.StatusMisdirectedRequest, "host not allowed\n", "")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func byHandSocket(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upgrade := r.Header["Upgrade"]
		if len(upgrade) > 0 && strings.EqualFold(upgrade[0], "websocket") && r.Header["Origin"][0] != appOrigin {
			byHandRefusal(w, http.StatusForbidden, "origin not allowed\n", "Origin")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// byHandPattern has credentials where there is a suffix. A star within a label stands
// for no dot.
func byHandPattern(prefix, suffix string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, origin := w.Header(), r.Header["Origin"][0]
		rest, begins := strings.CutPrefix(origin, prefix)
		rest, ends := strings.CutSuffix(rest, suffix)
		switch {
		case !begins || !ends || suffix != "" && strings.Contains(rest, "."):
			h["Vary"] = []string{"Origin"}
		case suffix != "":
			byHandAllowed(h, origin)
		default:
			v := []string{"Origin", origin, "X-Request-Id"}
			h["Vary"] = v[0:1:1]
			h["Access-Control-Allow-Origin"] = v[1:2:2]
			h["Access-Control-Expose-Headers"] = v[2:3:3]
		}
		bare(w, r)
	})
}

func byHandReject(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lines, site := r.Header["Origin"], r.Header["Sec-Fetch-Site"]
		isForeign := len(site) > 0 && site[0] != "same-origin" && site[0] != "none"
		if len(lines) > 0 && lines[0] != appOrigin && isForeign || len(lines) == 0 && r.Method == http.MethodPost && isForeign {
			byHandRefusal(w, http.StatusForbidden, "origin not allowed\n", "Origin")
			return
		}
		next.ServeHTTP(w, r)
	})
}

type byHandKey struct{}

func byHandNonce(w http.ResponseWriter, r *http.Request) {
	var random [16]byte
	rand.Read(random[:])
	nonce := base64.RawURLEncoding.EncodeToString(random[:])
	w.Header()["Content-Security-Policy"] = []string{"script-src 'nonce-" + nonce + "'"}
	bare(w, r.WithContext(context.WithValue(r.Context(), byHandKey{}, nonce)))
}

var securePolicy = httpsec.DefaultCSP().String()

func byHandHTTPS(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if proto := r.Header["X-Forwarded-Proto"]; len(proto) == 1 && proto[0] == "https" {
		v := []string{securePolicy, "max-age=31536000"}
		h["Content-Security-Policy"] = v[0:1:1]
		h["Strict-Transport-Security"] = v[1:2:2]
	}
	bare(w, r)
}
