package main

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/httpsec/httpsec"
)

// journal keeps what the API was sent, what it answered and whether a handler ran,
// for the page to show. It is an instrument of the demo: services need none.
type journal struct {
	mu      sync.Mutex
	entries []*exchange // oldest first
}

// maxExchanges bounds the journal.
const maxExchanges = 500

// exchange is a request and its answer, with the headers that the lesson is about.
type exchange struct {
	try      string
	Request  string      `json:"request"` // "PUT /events/1"
	Sent     http.Header `json:"sent"`
	Status   int         `json:"status"`
	Answered http.Header `json:"answered"`
	Handled  bool        `json:"handled"`
	Refused  string      `json:"refused"` // what the policy said, if it refused
}

func (e exchange) preflight() bool { return strings.HasPrefix(e.Request, http.MethodOptions+" ") }

type exchangeKey struct{}

// record writes down requests whose query has a try, which names them.
func (j *journal) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		try := r.URL.Query().Get("try")
		if try == "" {
			next.ServeHTTP(w, r)
			return
		}
		e := &exchange{try: try, Request: r.Method + " " + r.URL.Path, Sent: sentHeaders(r.Header)}
		j.mu.Lock()
		j.entries = append(j.entries[max(0, len(j.entries)-maxExchanges+1):], e)
		j.mu.Unlock()
		recorder := &recorder{ResponseWriter: w, journal: j, exchange: e}
		next.ServeHTTP(recorder, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e)))
		recorder.note(http.StatusOK)
	})
}

// reached notes that a request has come through to the handler.
func (j *journal) reached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		j.update(r, func(e *exchange) { e.Handled = true })
		next.ServeHTTP(w, r)
	})
}

// decisions returns an OnDecision that notes refusals and then calls next.
func (j *journal) decisions(next func(*http.Request, httpsec.Decision)) func(*http.Request, httpsec.Decision) {
	return func(r *http.Request, d httpsec.Decision) {
		if !d.Allowed {
			j.update(r, func(e *exchange) { e.Refused = d.String() })
		}
		if next != nil {
			next(r, d)
		}
	}
}

func (j *journal) update(r *http.Request, change func(*exchange)) {
	if e, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
		j.mu.Lock()
		defer j.mu.Unlock()
		change(e)
	}
}

// find returns the exchanges of a try, in the order of arrival.
func (j *journal) find(try string) []exchange {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := []exchange{} // in JSON, no null
	for _, e := range j.entries {
		if e.try == try {
			found = append(found, *e)
		}
	}
	return found
}

// recorder notes status and headers before the client learns of them.
type recorder struct {
	http.ResponseWriter
	journal  *journal
	exchange *exchange
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.note(http.StatusOK)
	return w.ResponseWriter.Write(p)
}

func (w *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.note(http.StatusSwitchingProtocols)
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

func (w *recorder) note(status int) {
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	if w.exchange.Status == 0 {
		w.exchange.Status = status
		w.exchange.Answered = answeredHeaders(w.Header(), w.exchange.Sent.Get("Origin") != "")
	}
}

var lessonHeaders = []string{
	"Authorization", "Content-Type", "Cookie", "Location", "Origin", "Set-Cookie", "Upgrade", "Vary", "X-Served-By", "X-Total-Count",
}

// embeddingHeaders say nothing to scripts that read with CORS.
var embeddingHeaders = []string{"Content-Security-Policy", "Cross-Origin-Resource-Policy", "X-Frame-Options"}

func sentHeaders(all http.Header) http.Header {
	shown := make(http.Header)
	for name, values := range all {
		if slices.Contains(lessonHeaders, name) || strings.HasPrefix(name, "Access-Control-") || name == "Sec-Fetch-Site" {
			shown[name] = slices.Clone(values)
		}
	}
	for _, cookies := range shown["Cookie"] { // other programs on this machine set some, too
		shown.Set("Cookie", onlyOurs(cookies))
	}
	return shown
}

func onlyOurs(cookies string) string {
	if strings.Contains(cookies, "user=demo") {
		return "user=demo"
	}
	return "(of other programs on this machine)"
}

func answeredHeaders(all http.Header, cors bool) http.Header {
	shown := make(http.Header)
	for name, values := range all {
		if slices.Contains(lessonHeaders, name) || strings.HasPrefix(name, "Access-Control-") || !cors && slices.Contains(embeddingHeaders, name) {
			shown[name] = []string{try.ReplaceAllString(strings.Join(values, ", "), "")}
		}
	}
	return shown
}
