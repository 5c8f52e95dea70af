package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/httpsec/httpsec"
)

// connections is how many clients ask at once: more than there are cores, so that
// the server never waits.
const connections = 8

// live is one server on the loopback interface.
type live struct {
	name   string
	server *httptest.Server
	rates  []float64 // requests per second, by round
	median float64   // of the rates
}

// liveServers starts a mux alone, and the same mux behind both middlewares.
func liveServers() ([]*live, error) {
	list := exactOrigins(6)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"items":["one","two","three"]}`)
	})
	cors, err := httpsec.CORS(oursConfig(list.origins, allowedHeaders))
	if err != nil {
		return nil, err
	}
	secure, err := httpsec.SecurityHeaders(httpsec.Headers{})
	if err != nil {
		return nil, err
	}
	return []*live{
		{name: "mux", server: httptest.NewServer(mux)},
		{name: byHandServer, server: httptest.NewServer(byHand(mux, list.allowed))},
		{name: "secure(cors(mux))", server: httptest.NewServer(secure(cors(mux)))},
	}, nil
}

const byHandServer = "the same headers by hand"

// byHand sends what the two middlewares send, with no decision at all.
func byHand(next http.Handler, origin string) http.Handler {
	cors := map[string][]string{
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Origin":      {origin},
		"Access-Control-Expose-Headers":    exposedHeaders,
		"Vary":                             {"Origin"},
	}
	return assignShared(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), cors)
		next.ServeHTTP(w, r)
	}))
}

// newBallast keeps the collector from starting anew for every 4 MiB, and from spending
// more on the tables of this program's libraries than on the garbage.
func newBallast() []byte { return make([]byte, 128<<20) }

// measureLive asks the servers in short turns, over connections that stay open.
func measureLive(p pace, servers []*live) error {
	ballast := newBallast()
	defer runtime.KeepAlive(ballast)
	const rounds, turns = 20, 4
	order := slices.Clone(servers)
	for _, s := range servers {
		s.rates = make([]float64, rounds)
	}
	for i := range rounds {
		for range turns {
			rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			for _, s := range order {
				rate, err := s.turn(p.live / rounds / turns)
				if err != nil {
					return fmt.Errorf("%s: %w", s.name, err)
				}
				s.rates[i] += rate / turns
			}
		}
	}
	for _, s := range servers {
		s.median = median(slices.Clone(s.rates))
	}
	return nil
}

// turn returns the requests per second that the server answers.
func (s *live) turn(duration time.Duration) (float64, error) {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		total int
		errs  error
	)
	start := time.Now()
	for range connections {
		wg.Go(func() {
			n, err := s.ask(start.Add(duration))
			mu.Lock()
			defer mu.Unlock()
			total += n
			errs = errors.Join(errs, err)
		})
	}
	wg.Wait()
	return float64(total) / time.Since(start).Seconds(), errs
}

// ask sends one request after the other until the deadline, and returns how many
// were answered. It does the least a client can do, so that the difference
// between the servers is not lost in it: every answer has as many bytes as the
// first, because only the date in it changes.
func (s *live) ask(deadline time.Time) (n int, err error) {
	conn, err := net.Dial("tcp", s.server.Listener.Addr().String())
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var request, first bytes.Buffer
	r := newRequest(actualAllowed, exactOrigins(6))
	if err := r.Write(&request); err != nil {
		return 0, err
	}
	if _, err := conn.Write(request.Bytes()); err != nil {
		return 0, err
	}
	resp, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &first)), r)
	if err != nil {
		return 0, err
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, err
	}
	resp.Body.Close()
	reply := make([]byte, first.Len())
	for n = 1; time.Now().Before(deadline); n++ {
		if _, err := conn.Write(request.Bytes()); err != nil {
			return n, err
		}
		if _, err := io.ReadFull(conn, reply); err != nil {
			return n, err
		}
		if !bytes.HasPrefix(reply, first.Bytes()[:len("HTTP/1.1 200")]) {
			return n, fmt.Errorf("answered %q", reply)
		}
	}
	return n, nil
}
