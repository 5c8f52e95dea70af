package main

import (
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"
)

// subject is one thing to time: a handler, and the requests that it gets in turn.
type subject struct {
	handler  http.Handler
	requests []*http.Request
	batch    int     // requests in a round
	best     float64 // nanoseconds per request in the best round
	allocs   float64
}

// copies is how many equal requests a subject gets in turn: the speed of a map
// depends on its random seed, so one map would not do.
const copies = 16

func newSubject(handler http.Handler, newRequest func() *http.Request) *subject {
	s := &subject{handler: handler, requests: make([]*http.Request, copies)}
	for i := range s.requests {
		s.requests[i] = newRequest()
	}
	return s
}

// pace is how long to measure.
type pace struct {
	rounds int
	round  time.Duration // of one subject
	live   time.Duration // of one server
}

var (
	fullPace  = pace{rounds: 500, round: time.Millisecond, live: 12 * time.Second}
	quickPace = pace{rounds: 50, round: time.Millisecond, live: 2 * time.Second}
)

// longer is a pace of as much time in rounds long enough to visit every one of
// many requests several times.
func (p pace) longer() pace {
	p.rounds, p.round = max(1, p.rounds/3), 3*p.round
	return p
}

// measure times the subjects in turn, in rounds so short that some have the
// machine to themselves, and keeps the best round of each. It loops by itself
// because testing.B runs one benchmark to its end before it starts the next. The
// order changes, so that nobody always clears away the same neighbour's garbage.
//
// The best rounds are those without a garbage collection. That flatters whoever
// allocates most, so allocations are counted beside the time.
func measure(p pace, subjects []*subject) {
	order := unique(subjects)
	for _, s := range order {
		s.calibrate(p.round)
		s.allocs = testing.AllocsPerRun(len(s.requests), func() { s.run(1) })
		s.best = math.Inf(1)
	}
	for range p.rounds {
		rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, s := range order {
			s.best = min(s.best, float64(s.run(s.batch))/float64(s.batch))
		}
	}
}

// unique drops the repetitions of baselines that several comparisons share.
func unique(subjects []*subject) []*subject {
	var all []*subject
	for _, s := range subjects {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// calibrate sets batch to what fits into a round.
func (s *subject) calibrate(round time.Duration) {
	for s.batch = 1; ; s.batch *= 2 {
		// The fastest of three, or an interruption would pass for a slow handler.
		taken := min(s.run(s.batch), s.run(s.batch), s.run(s.batch))
		if taken > round/2 {
			s.batch = max(1, int(float64(s.batch)*float64(round)/float64(taken)))
			return
		}
	}
}

// run serves n requests, each with a header map of its own as in net/http.
func (s *subject) run(n int) time.Duration {
	var w writer
	next := 0
	start := time.Now()
	for range n {
		w.header = make(http.Header)
		s.handler.ServeHTTP(&w, s.requests[next])
		if next++; next == len(s.requests) {
			next = 0
		}
	}
	return time.Since(start)
}

// writer is a ResponseWriter that keeps the header and the status.
type writer struct {
	header http.Header
	status int
}

func (w *writer) Header() http.Header               { return w.header }
func (w *writer) WriteHeader(status int)            { w.status = status }
func (w *writer) Write(b []byte) (int, error)       { return len(b), nil }
func (w *writer) WriteString(s string) (int, error) { return len(s), nil }

// geomean returns the geometric mean of the ratios.
func geomean(ratios []float64) float64 {
	sum := 0.0
	for _, ratio := range ratios {
		sum += math.Log(ratio)
	}
	return math.Exp(sum / float64(len(ratios)))
}
