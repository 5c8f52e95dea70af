package browsertest

import (
	"cmp"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// answer is what the server says at one address of a trial.
type answer struct {
	Status  int
	Headers [][2]string // "{origin}" stands for the Origin of the request
	Body    string
	Abort   bool // no answer at all

	// For preflights to this address; nil: as others.
	Preflight *answer
}

// referee is the server that a real browser and httpsectest both talk to. Addresses
// carry the number of their trial and of their answer: ?k=17&h=2.
type referee struct {
	mu      sync.Mutex
	answers map[string]*answer  // by key and answer, "17/2"
	seen    map[string][]string // by key: what arrived, in order
}

func newReferee() *referee {
	return &referee{answers: make(map[string]*answer), seen: make(map[string][]string)}
}

func (r *referee) set(key string, answers map[string]*answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for h, a := range answers {
		r.answers[key+"/"+h] = a
	}
}

// take returns what arrived for a key, and forgets it.
func (r *referee) take(key string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.seen[key]
	delete(r.seen, key)
	return seen
}

func (r *referee) forget(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.answers, func(k string, _ *answer) bool { return strings.HasPrefix(k, key+"/") })
}

func (r *referee) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header()["Date"] = nil
	query := q.URL.Query()
	key := query.Get("k")
	r.mu.Lock()
	a := r.answers[key+"/"+query.Get("h")]
	r.mu.Unlock()
	if a == nil {
		w.WriteHeader(http.StatusNoContent) // the favicon
		return
	}
	if _, port, _ := strings.Cut(q.Host, ":"); q.TLS != nil && slices.Contains(plainPorts, port) {
		panic(http.ErrAbortHandler) // the browser finds no TLS there
	}
	line := describe(q)
	r.mu.Lock()
	r.seen[key] = append(r.seen[key], line)
	r.mu.Unlock()
	if q.Method == http.MethodOptions && q.Header.Get("Access-Control-Request-Method") != "" && a.Preflight != nil {
		a = a.Preflight
	}
	a.write(w, q)
}

func (a *answer) write(w http.ResponseWriter, q *http.Request) {
	if a.Abort {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	for _, header := range a.Headers {
		h.Add(header[0], strings.ReplaceAll(header[1], "{origin}", q.Header.Get("Origin")))
	}
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	if a.Status == http.StatusSwitchingProtocols {
		sum := sha1.Sum([]byte(q.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		conn, buffer, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		h.Set("Sec-Websocket-Accept", base64.StdEncoding.EncodeToString(sum[:]))
		fmt.Fprintf(buffer, "HTTP/1.1 101 Switching Protocols\r\n")
		h.Write(buffer)
		buffer.WriteString("\r\n\x88\x00") // and close
		buffer.Flush()
		return
	}
	w.WriteHeader(a.Status)
	if q.Method != http.MethodHead {
		io.WriteString(w, a.Body)
	}
}

// plainPorts are those on which newWorld and the judge speak http.
var plainPorts = []string{"80", "3000", "4000", "5173", "8080"}

// unjudged are headers that tell of the version or the network, not of the rules.
var unjudged = []string{
	"Accept-Encoding", "Accept-Language", "Cache-Control", "Connection", "Content-Length", "Pragma", "Priority",
	"Sec-Ch-Ua", "Sec-Ch-Ua-Mobile", "Sec-Ch-Ua-Platform", "Sec-Websocket-Key", "User-Agent", "Sec-Purpose", "Dnt",
	"Sec-Fetch-Storage-Access", "Sec-Gpc",
}

var boundary = regexp.MustCompile(`-*WebKitFormBoundary[0-9A-Za-z]+|-*[0-9a-f]{60}`)

// describe writes down a request with all that the rules decide about.
func describe(q *http.Request) string {
	var b strings.Builder
	scheme := "http"
	if q.TLS != nil {
		scheme = "https"
	}
	body, _ := io.ReadAll(q.Body)
	fmt.Fprintf(&b, "%s %s://%s%s", q.Method, scheme, q.Host, q.RequestURI)
	for _, name := range slices.SortedFunc(maps.Keys(q.Header), cmp.Compare[string]) {
		if !slices.Contains(unjudged, name) {
			value := strings.Join(q.Header[name], " | ")
			if !utf8.ValidString(value) {
				value = strconv.Quote(value)
			}
			fmt.Fprintf(&b, "\n\t%s: %s", name, value)
		}
	}
	if len(body) > 0 {
		fmt.Fprintf(&b, "\n\tbody %q", body)
	}
	return boundary.ReplaceAllString(b.String(), "boundary")
}
