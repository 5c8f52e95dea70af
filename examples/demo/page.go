package main

import (
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/httpsec/httpsec"
)

//go:embed page
var pageFiles embed.FS

var pageTemplate = template.Must(template.ParseFS(pageFiles, "page/index.html"))

// page tries the API from a browser. Beside it, /decide says what the API's policy
// makes of the page's requests.
type page struct {
	policy      *httpsec.Policy
	credentials bool     // whether the policy allows them
	api         string   // its origin
	origins     []string // all that the page is served on
}

func (p *page) handler() (http.Handler, error) {
	csp := httpsec.DefaultCSP().
		With("connect-src", "'self'", p.api, "ws"+strings.TrimPrefix(p.api, "http")).
		WithAdded("img-src", p.api)
	if strings.HasPrefix(p.api, "http:") {
		// On plain http it never helps, and in Safari it breaks pages on localhost.
		csp = csp.Without("upgrade-insecure-requests")
	}
	secure, err := httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicy: csp.String()})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.index)
	mux.HandleFunc("GET /app.js", serveFile("page/app.js"))
	mux.HandleFunc("GET /style.css", serveFile("page/style.css"))
	mux.HandleFunc("GET /decide", p.decide)
	return secure(mux), nil
}

func serveFile(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, pageFiles, name) }
}

func (p *page) index(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	pageTemplate.Execute(w, map[string]any{
		"API":     p.api,
		"Origin":  origin(r),
		"Origins": p.origins,
		"Allowed": p.policy.Decide(p.request(r, http.MethodGet)).Allowed,
	})
}

// verdict is what a browser will do with a request, and why.
type verdict struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason"`
}

// decide answers for a request that the page is about to make, described by the
// query: the policy judges the very requests that the browser will send.
func (p *page) decide(w http.ResponseWriter, r *http.Request) {
	for _, request := range p.requests(r) {
		if decision := p.policy.Decide(request); !decision.Allowed {
			writeJSON(w, http.StatusOK, verdict{Reason: decision.String()})
			return
		}
	}
	if r.URL.Query().Has("credentials") && !p.credentials {
		// No request says whether a script asked for cookies; the browser refuses
		// it for want of Access-Control-Allow-Credentials in the response.
		writeJSON(w, http.StatusOK, verdict{Reason: "the policy allows no credentials"})
		return
	}
	writeJSON(w, http.StatusOK, verdict{Allowed: true})
}

// requests builds what a browser sends to the API for a script's request with the
// query's method and headers (those that are not safelisted), or to open a
// socket: https://fetch.spec.whatwg.org/#http-fetch.
func (p *page) requests(r *http.Request) []*http.Request {
	query := r.URL.Query()
	method, headers := query.Get("method"), query.Get("headers")
	actual := p.request(r, method)
	if query.Has("socket") {
		actual.Header.Set("Connection", "Upgrade")
		actual.Header.Set("Upgrade", "websocket")
		if cookie := r.Header.Get("Cookie"); cookie != "" {
			actual.Header.Set("Cookie", cookie) // cookies ignore ports: we get the API's
		}
		return []*http.Request{actual}
	}
	safelisted := method == http.MethodGet || method == http.MethodHead || method == http.MethodPost
	if safelisted && headers == "" {
		return []*http.Request{actual}
	}
	preflight := p.request(r, http.MethodOptions)
	preflight.Header.Set("Access-Control-Request-Method", method)
	if headers != "" {
		preflight.Header.Set("Access-Control-Request-Headers", headers)
	}
	return []*http.Request{preflight, actual}
}

// request is one from the page that r asks for to the API.
func (p *page) request(r *http.Request, method string) *http.Request {
	_, host, _ := strings.Cut(p.api, "://")
	return &http.Request{Method: method, Host: host, Header: http.Header{"Origin": {origin(r)}}}
}

// origin is that of the page, as the browser that sent r knows it.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
