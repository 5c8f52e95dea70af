package browsertest

import (
	"net/http"
	"strings"

	"github.com/httpsec/httpsec"
)

// piece is a part of the protection that a case relies on. Taking it away makes
// the service one that a careless program might be; the case must notice.
type piece struct {
	name   string
	remove func(*service)
}

var (
	// corsMiddleware gone: no CORS at all.
	corsMiddleware = piece{"the CORS middleware", func(s *service) { s.config = nil }}

	// originCheck gone: the notorious policy that allows whoever asks.
	originCheck = piece{"the check of the origin", func(s *service) { s.cors = replacedBy(allowWhoeverAsks) }}

	// listedOrigin gone: nobody is allowed.
	listedOrigin = piece{"the entry that allows the origin", change(func(c *httpsec.Config) {
		c.Origins, c.OriginFunc = []string{}, nil
	})}

	methodList = piece{"the list of methods", change(func(c *httpsec.Config) { c.Methods = []string{"*"} })}
	headerList = piece{"the list of request headers", change(func(c *httpsec.Config) { c.Headers = []string{"*"} })}
	exposeList = piece{"the list of exposed headers", change(func(c *httpsec.Config) {
		c.ExposeHeaders = append(c.ExposeHeaders, "X-Internal")
	})}
	exposedNames      = piece{"the exposed headers", change(func(c *httpsec.Config) { c.ExposeHeaders = nil })}
	credentialsOn     = piece{"Credentials: true", change(func(c *httpsec.Config) { c.Credentials = false })}
	credentialsOff    = piece{"Credentials: false", change(func(c *httpsec.Config) { c.Credentials = true })}
	cachedPreflight   = piece{"the max-age", change(func(c *httpsec.Config) { c.MaxAge = -1 })}
	uncachedPreflight = piece{"the max-age of 0", change(func(c *httpsec.Config) { c.MaxAge = 0 })}
	rejection         = piece{"RejectDisallowed", change(func(c *httpsec.Config) { c.RejectDisallowed = false })}

	wholeMethodList = piece{"the whole list of methods in every answer", func(s *service) {
		s.cors = answering(allowMethods, func(r *http.Request) string { return r.Header.Get("Access-Control-Request-Method") })
	}}
	repeatedMethod     = piece{"the method in place of *", func(s *service) { s.cors = answering(allowMethods, star) }}
	repeatedNames      = piece{"the header names in place of *", func(s *service) { s.cors = answering(allowHeaders, star) }}
	namedAuthorization = piece{"Authorization beside *", func(s *service) { s.cors = answering(allowHeaders, star) }}
	saidMaxAge         = piece{"Access-Control-Max-Age", func(s *service) { s.cors = answering("Access-Control-Max-Age", nothing) }}
	repeatLimit        = piece{"the limit on header names", func(s *service) { s.cors = replacedBy(allowWhoeverAsks) }}
	methodStar         = piece{"Methods: *", change(func(c *httpsec.Config) { c.Methods = nil })}
	headerStar         = piece{"Headers: *", change(func(c *httpsec.Config) { c.Headers = []string{"Accept"} })}

	varyOrigin = piece{"Vary: Origin", sent("Vary").remove}
	noVary     = piece{"the absence of Vary under *", func(s *service) {
		s.inner = before(func(w http.ResponseWriter, _ *http.Request) { w.Header().Add("Vary", "Origin") })
	}}

	// reload gone: the service keeps the policy it began with.
	reload = piece{"Reload", func(s *service) { s.cors = replacedBy(httpsec.Must(httpsec.CORS(*s.config))) }}

	// handshakeCheck gone: handshakes pass the policy by.
	handshakeCheck = piece{"the check of handshakes", func(s *service) {
		s.cors = func(p *httpsec.Policy) middleware {
			return func(next http.Handler) http.Handler {
				checked := p.Handler(next)
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Upgrade") != "" {
						next.ServeHTTP(w, r)
						return
					}
					checked.ServeHTTP(w, r)
				})
			}
		}
	}}

	// sameOrigin gone: the service does not know its own pages.
	sameOrigin = piece{"what tells the same origin", func(s *service) {
		s.outer = before(func(_ http.ResponseWriter, r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		})
	}}

	// allowsAnyOrigin stands for a careless CheckOrigin, which returns true.
	allowsAnyOrigin = piece{"the list of origins", change(func(c *httpsec.Config) {
		c.OriginFunc = func(*http.Request, string) bool { return true }
	})}

	// freshNonce gone: a nonce that is written into the policy.
	freshNonce = piece{"the fresh nonce", func(s *service) {
		fixed := strings.ReplaceAll(s.headers.ContentSecurityPolicy, httpsec.NonceSource, "'nonce-always'")
		// The field refuses a nonce that is always the same; Extra does not.
		s.headers = &httpsec.Headers{
			ContentSecurityPolicy: httpsec.Omit,
			Extra:                 map[string]string{"Content-Security-Policy": fixed},
		}
		s.html = strings.ReplaceAll(s.html, "{{nonce}}", "always")
	}}

	// unconditional gone: documents are revalidated with the headers that the
	// nonce middleware hides.
	unconditional = piece{"the removal of If-None-Match", func(s *service) {
		s.outer = before(func(_ http.ResponseWriter, r *http.Request) {
			r.Header.Set("X-Kept", r.Header.Get("If-None-Match"))
		})
		s.inner = before(func(_ http.ResponseWriter, r *http.Request) {
			r.Header.Set("If-None-Match", r.Header.Get("X-Kept"))
		})
	}}
)

const (
	allowMethods = "Access-Control-Allow-Methods"
	allowHeaders = "Access-Control-Allow-Headers"
)

func star(*http.Request) string { return "*" }

func nothing(*http.Request) string { return "" }

// sent is the piece that is a response header, by its name.
func sent(header string) piece {
	return piece{header, func(s *service) {
		s.inner = before(func(w http.ResponseWriter, _ *http.Request) { w.Header().Del(header) })
	}}
}

// change edits a copy of the configuration.
func change(edit func(*httpsec.Config)) func(*service) {
	return func(s *service) {
		changed := *s.config
		edit(&changed)
		s.config = &changed
	}
}

// before runs do ahead of the next handler.
func before(do func(http.ResponseWriter, *http.Request)) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			do(w, r)
			next.ServeHTTP(w, r)
		})
	}
}

func replacedBy(m middleware) func(*httpsec.Policy) middleware {
	return func(*httpsec.Policy) middleware { return m }
}

// allowWhoeverAsks repeats the origin, the method and the headers of any request.
func allowWhoeverAsks(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		method := r.Header.Get("Access-Control-Request-Method")
		if r.Method == http.MethodOptions && method != "" {
			w.Header().Set(allowMethods, method)
			w.Header().Set(allowHeaders, strings.Join(r.Header["Access-Control-Request-Headers"], ", "))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// answering replaces one header in the policy's answers to preflights, or drops it
// if there is no value.
func answering(name string, value func(*http.Request) string) func(*httpsec.Policy) middleware {
	return func(p *httpsec.Policy) middleware {
		return func(next http.Handler) http.Handler {
			answered := p.Handler(next)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodOptions {
					w = overriding{w, name, value(r)}
				}
				answered.ServeHTTP(w, r)
			})
		}
	}
}

// overriding has the last word on one header.
type overriding struct {
	http.ResponseWriter
	name, value string
}

func (o overriding) WriteHeader(status int) {
	if o.Header().Del(o.name); o.value != "" {
		o.Header().Set(o.name, o.value)
	}
	o.ResponseWriter.WriteHeader(status)
}
