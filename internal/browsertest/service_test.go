package browsertest

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strconv"
	"strings"

	"github.com/coder/websocket"
	"github.com/httpsec/httpsec"
)

// service is a program that uses httpsec as its users do.
type service struct {
	config  *httpsec.Config  // nil: no CORS
	headers *httpsec.Headers // nil: no security headers
	html    string           // of /page; {{nonce}} and {{k}} are filled in

	outer middleware // outside all; may be nil
	inner middleware // between the policy and the handler; may be nil
	cors  func(*httpsec.Policy) middleware
	next  http.Handler // instead of the handlers below
}

type middleware = func(http.Handler) http.Handler

func useHandler(p *httpsec.Policy) middleware { return p.Handler }

// handler composes the service in the order that the documentation asks for.
func (s service) handler() (http.Handler, error) {
	policy := new(httpsec.Policy)
	handler := s.next
	if handler == nil {
		handler = routes(s.html, policy)
	}
	handler = handledBy(handler)
	if s.inner != nil {
		handler = s.inner(handler)
	}
	if s.config != nil {
		if err := policy.Reload(*s.config); err != nil {
			return nil, err
		}
		cors := s.cors
		if cors == nil {
			cors = useHandler
		}
		handler = cors(policy)(handler)
	}
	if s.headers != nil {
		secure, err := httpsec.SecurityHeaders(*s.headers)
		if err != nil {
			return nil, err
		}
		handler = secure(handler)
	}
	if s.outer != nil {
		handler = s.outer(handler)
	}
	return recovered(handler), nil
}

func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

type observerKey struct{}

func withObserver(ctx context.Context, o *observer) context.Context {
	return context.WithValue(ctx, observerKey{}, o)
}

// handledBy notes that a request got as far as the handler.
func handledBy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o, ok := r.Context().Value(observerKey{}).(*observer); ok {
			o.by = "handler"
		}
		next.ServeHTTP(w, r)
	})
}

// routes is the handler of most cases.
func routes(html string, policy *httpsec.Policy) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.WriteHeader(code)
		io.WriteString(w, "status "+r.PathValue("code"))
	})
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("as the case asks") })
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/directory/", echo)
	mux.HandleFunc("/login", setCookies)
	mux.HandleFunc("/login-partitioned", setPartitionedCookie)
	mux.HandleFunc("/login-plain", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "plain", Value: "1", Secure: true})
		writePage(w, r, "")
	})
	mux.HandleFunc("/cached", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=600")
		writeImage(w, r)
	})
	mux.HandleFunc("/tagged", func(w http.ResponseWriter, r *http.Request) { tagged(w, r, "text/plain", "tagged") })
	mux.HandleFunc("/chunks", newConversation().chunks)
	mux.HandleFunc("/events", events)
	mux.HandleFunc("/revoke", func(http.ResponseWriter, *http.Request) {
		if err := policy.Reload(httpsec.Config{Origins: []string{}}); err != nil {
			panic(err)
		}
	})
	mux.HandleFunc("/socket", socket)
	mux.HandleFunc("/checked", func(w http.ResponseWriter, r *http.Request) {
		if !policy.CheckOrigin(r) {
			http.Error(w, "origin not allowed", http.StatusForbidden)
			return
		}
		socket(w, r)
	})
	mux.HandleFunc("/image", writeImage)
	mux.HandleFunc("/script", serve("text/javascript", "globalThis.loaded = 'ran'"))
	mux.HandleFunc("/eval", serve("text/javascript", "try { eval('globalThis.evaluated = 1') } catch (e) { globalThis.evaluated = e.name }"))
	mux.HandleFunc("/module", serve("text/javascript", "export default 'ran'"))
	mux.HandleFunc("/plain-script", serve("text/plain", "globalThis.loaded = 'ran'"))
	mux.HandleFunc("/plain-style", serve("text/plain", "body { opacity: 0.5 }"))
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) { writePage(w, r, html) })
	mux.HandleFunc("/tagged-page", func(w http.ResponseWriter, r *http.Request) {
		tagged(w, r, "text/html; charset=utf-8", fill(html, r))
	})
	mux.HandleFunc("/opener/{seen}", func(http.ResponseWriter, *http.Request) {})
	return mux
}

// echo answers with the method, and with what the query asks to see.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Request-Id", "42")
	w.Header().Set("X-Internal", "7")
	seen := []string{r.Method}
	switch show := r.URL.Query().Get("show"); show {
	case "":
	case "body":
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, string(body))
	case "scheme":
		scheme := "http"
		if r.TLS != nil {
			scheme = "https"
		}
		seen = append(seen, scheme)
	default:
		seen = append(seen, r.Header.Get(show))
	}
	io.WriteString(w, strings.Join(seen, " "))
}

// setCookies sets one cookie that goes everywhere and one that stays on its site.
func setCookies(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "everywhere", Value: "1", Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode})
	http.SetCookie(w, &http.Cookie{Name: "site", Value: "1", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	io.WriteString(w, "welcome")
}

// tagged answers a conditional request with 304, as handlers do for what has not
// changed.
func tagged(w http.ResponseWriter, r *http.Request, contentType, body string) {
	w.Header().Set("ETag", `"1"`)
	w.Header().Set("Cache-Control", "no-cache")
	if r.Header.Get("If-None-Match") == `"1"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", contentType)
	io.WriteString(w, body)
}

// conversation is a response whose second half waits until its first was read.
type conversation struct{ read chan struct{} }

func newConversation() conversation { return conversation{make(chan struct{}, 1)} }

func (c conversation) chunks(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		c.read <- struct{}{}
		return
	}
	io.WriteString(w, "one")
	http.NewResponseController(w).Flush()
	select {
	case <-c.read:
		io.WriteString(w, "two")
	case <-r.Context().Done():
	}
}

// events sends one event and ends, so that the browser comes back and says which
// event it saw last. It stays with the second.
func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	last := r.Header.Get("Last-Event-Id")
	io.WriteString(w, "retry: 1\nid: 1\ndata: after <"+last+">\n\n")
	if last != "" {
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

// socket sends whatever it receives, and the cookies or another header of the handshake. It
// leaves the check of the origin to httpsec.
func socket(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer conn.CloseNow()
	kind, message, err := conn.Read(r.Context())
	if err != nil {
		return
	}
	conn.Write(r.Context(), kind, append(message, " "+r.Header.Get(cmp.Or(r.URL.Query().Get("show"), "Cookie"))...))
	conn.Close(websocket.StatusNormalClosure, "")
}

func writeImage(w http.ResponseWriter, r *http.Request) {
	serve("image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`)(w, r)
}

func serve(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		io.WriteString(w, body)
	}
}

func writePage(w http.ResponseWriter, r *http.Request, html string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, fill(html, r))
}

func fill(html string, r *http.Request) string {
	return "<!doctype html><title>page</title>" +
		strings.NewReplacer("{{nonce}}", httpsec.Nonce(r.Context()), "{{k}}", r.URL.Query().Get("k")).Replace(html)
}

// proxyTo returns a reverse proxy to an upstream in the same process.
func proxyTo(upstream http.Handler, modify func(*http.Response) error) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "upstream.internal"
		},
		Transport:      inProcess{upstream},
		ModifyResponse: modify,
	}
}

// upstream is a proxy to a program that allows whoever asks.
func upstream(modify func(*http.Response) error) http.Handler {
	return proxyTo(allowWhoeverAsks(http.HandlerFunc(echo)), modify)
}

// strictUpstream is a proxy to a program whose own policy forbids every script.
func strictUpstream(modify func(*http.Response) error) http.Handler {
	forbid := before(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
	})
	return proxyTo(forbid(routes(`<script src="/script?k={{k}}"></script>`, nil)), modify)
}

// inProcess is a transport to a handler.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}
