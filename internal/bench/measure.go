package main

import (
	"math"
	"math/rand/v2"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"
)

// subject is one thing to time: a handler, and the requests that it gets in turn.
type subject struct {
	handler  http.Handler
	requests []*http.Request
	batch    int       // requests in a turn
	times    []float64 // nanoseconds per request, by round
	median   float64   // of the times
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
	turns  int           // of each subject in a round
	turn   time.Duration // of one subject
	live   time.Duration // of one server
	sizes  []int         // of the lists of origins that grow
}

// long has turns of which one makes a round, for policies that take the collector so
// long that it cannot run before each turn.
func (p pace) long() pace {
	p.turn *= time.Duration(p.turns)
	p.turns = 1
	return p
}

var (
	scaleSizes = []int{1, 1000, 1_000_000}

	fullPace  = pace{rounds: 20, turns: 20, turn: 200 * time.Microsecond, live: 6 * time.Second, sizes: scaleSizes}
	quickPace = pace{rounds: 20, turns: 4, turn: 200 * time.Microsecond, live: 2 * time.Second, sizes: scaleSizes}
)

// measure times the subjects in short turns, and keeps what each took in a round of
// them: whatever else the machine does meets all that are compared alike. It loops by
// itself because testing.B runs one benchmark to its end before it starts the next.
// The garbage collector runs between the turns, so that nobody clears away another's
// garbage, and everybody's memory is as near.
func measure(p pace, subjects []*subject) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	order := unique(subjects)
	for _, s := range order {
		s.calibrate(p.turn)
		s.allocs = testing.AllocsPerRun(len(s.requests), func() { s.run(1) })
		s.times = make([]float64, p.rounds)
	}
	for i := range p.rounds {
		for range p.turns {
			runtime.GC()
			rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			for _, s := range order {
				s.times[i] += float64(s.run(s.batch)) / float64(s.batch*p.turns)
			}
		}
	}
	for _, s := range order {
		s.median = median(slices.Clone(s.times))
	}
}

// ratio returns the median of what a took in each round as a part of what b took in
// the same one, both without what the baseline took, if that is not nil.
func ratio(a, b, baseline *subject) float64 {
	ratios := make([]float64, len(a.times))
	for i := range ratios {
		base := 0.0
		if baseline != nil {
			base = baseline.times[i]
		}
		ratios[i] = (a.times[i] - base) / (b.times[i] - base)
	}
	return median(ratios)
}

// median sorts the values and returns the middle of them.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
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

// calibrate sets batch to what fits into a turn.
func (s *subject) calibrate(turn time.Duration) {
	for s.batch = 1; ; s.batch *= 2 {
		// The fastest of three, or an interruption would pass for a slow handler.
		taken := min(s.run(s.batch), s.run(s.batch), s.run(s.batch))
		if taken > turn/2 {
			s.batch = max(1, int(float64(s.batch)*float64(turn)/float64(taken)))
			return
		}
	}
}

// drop lets go of what was measured, and keeps the times.
func (s *subject) drop() { s.handler, s.requests = nil, nil }

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
