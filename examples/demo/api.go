package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/httpsec/httpsec"
)

// api is the service as it would be without httpsec, but for the socket's
// CheckOrigin and the headers of what others may embed.
type api struct {
	http.Handler
	upgrader websocket.Upgrader
	sockets  sync.WaitGroup // Shutdown does not wait for these
	visits   atomic.Int64
}

// newAPI returns the API. choose returns the policy of a request, and framers are
// the origins that may frame what is shared with them.
func newAPI(choose func(*http.Request) *httpsec.Policy, framers []string) *api {
	mux := http.NewServeMux()
	a := &api{Handler: mux}
	a.upgrader.CheckOrigin = func(r *http.Request) bool { return choose(r).CheckOrigin(r) }

	events := newEvents()
	mux.HandleFunc("GET /events", events.list)
	mux.HandleFunc("POST /events", events.create)
	mux.HandleFunc("GET /events/{id}", events.get)
	mux.HandleFunc("PUT /events/{id}", events.update)
	mux.HandleFunc("PATCH /events/{id}", events.update)
	mux.HandleFunc("DELETE /events/{id}", events.remove)

	mux.HandleFunc("POST /visits", a.visit)
	mux.HandleFunc("POST /guarded/visits", a.visit)
	mux.HandleFunc("POST /login", login)
	mux.HandleFunc("GET /me", me)
	mux.HandleFunc("GET /error", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusInternalServerError, "something broke")
	})
	mux.HandleFunc("GET /moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, (&url.URL{Path: "/events", RawQuery: r.URL.RawQuery}).String(), http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("GET /stream", stream)
	mux.HandleFunc("GET /socket", a.echo)
	mux.HandleFunc("GET /public/socket", a.echo)
	mux.HandleFunc("GET /image", image)
	mux.HandleFunc("GET /image/shared", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		image(w, r)
	})
	mux.HandleFunc("GET /widget", widget("'none'"))
	mux.HandleFunc("GET /widget/shared", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Del("X-Frame-Options") // it knows no list
		widget(framers...)(w, r)
	})
	return a
}

// visit counts, where a real handler would order, pay or delete something.
func (a *api) visit(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]int64{"visits": a.visits.Add(1)})
}

// widget returns a handler for a document that pages of the framers may frame, with
// a script that tells them that it is there.
func widget(framers ...string) http.HandlerFunc {
	const script = `parent.postMessage("widget", "*")`
	policy := httpsec.CSP{}.
		With("default-src", "'none'").
		With("script-src", httpsec.HashSource(script)).
		With("frame-ancestors", framers...).
		String()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><html lang="en"><title>Widget</title><p>A widget<script>`+script+`</script>`)
	}
}

// login sets a cookie. Lax suits the demo, whose ports are one site; pages on
// another site need SameSite=None and HTTPS. A real cookie holds a random
// session ID.
func login(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: "user", Value: "demo", Path: "/", MaxAge: 3600,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
	})
	w.WriteHeader(http.StatusNoContent)
}

func me(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	cookie, err := r.Cookie("user")
	if err != nil {
		writeError(w, http.StatusUnauthorized, "log in first")
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"user": cookie.Value})
}

// stream sends a line at a time. No ResponseWriter of ours is in the way of Flush.
func stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	controller := http.NewResponseController(w)
	ticker := time.NewTicker(300 * time.Millisecond)
	defer ticker.Stop()
	for i := range 5 {
		fmt.Fprintf(w, "line %d\n", i+1)
		if controller.Flush() != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-r.Context().Done():
			return
		}
	}
}

// echo sends back what it gets, until the client or the server stops.
func (a *api) echo(w http.ResponseWriter, r *http.Request) {
	a.sockets.Add(1) // before Upgrade: until then, Shutdown waits for this request
	defer a.sockets.Done()
	conn, err := a.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	defer conn.Close()
	conn.SetReadLimit(4 << 10)
	defer context.AfterFunc(r.Context(), func() {
		deadline := time.Now().Add(time.Second)
		conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), deadline)
		conn.SetReadDeadline(deadline)
	})()
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, message) != nil {
			return
		}
	}
}

func image(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/svg+xml")
	io.WriteString(w, `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16"><circle cx="8" cy="8" r="8"/></svg>`)
}
