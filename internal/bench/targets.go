package main

import (
	"fmt"
	"maps"
	"slices"
)

// target is something that this library has set out to reach.
type target struct {
	goal     string
	measured string
	met      bool
}

func (r *results) targets() []target {
	return append(r.cellTargets(), r.otherTargets()...)
}

func (r *results) cellTargets() []target {
	var added, whole, answered []float64
	var safe, shared worst
	for _, c := range r.cells {
		ratio := c.added(ours) / c.added(jub0bsCORS)
		added = append(added, ratio)
		whole = append(whole, c.subjects[ours].best/c.subjects[jub0bsCORS].best)
		if slices.ContainsFunc(slices.Collect(maps.Keys(c.replies[jub0bsCORS])), isCORSHeader) {
			answered = append(answered, ratio)
		}
		where := c.list.name + ", " + c.kind
		if peer := c.fastestSafePeer(); peer != "" {
			safe.note(c.added(ours)/c.added(peer), where+", "+peer)
		}
		shared.note(c.added(ours)/c.added(rsCORS), where)
	}
	mean := geomean(added)
	return []target{
		{"geometric mean of all cells at most 0.60 of jub0bs/cors", fmt.Sprintf("%.2f (%.2f with the handler's time; %.2f over the %d cells in which jub0bs/cors sends any CORS header)",
			mean, geomean(whole), geomean(answered), len(answered)), mean <= 0.60},
		{"no cell slower than the fastest peer that shares nothing and sends the same CORS headers", safe.String(), safe.ratio <= 1},
		{"no cell above 1.3 of rs/cors", shared.String(), shared.ratio <= 1.3},
	}
}

// fastestSafePeer returns the fastest other contender that sends what we send,
// and in memory of its own; "" if there is none.
func (c *cell) fastestSafePeer() string {
	fastest := ""
	for _, peer := range contenders[1:] {
		if c.subjects[peer] == nil || c.shares[peer] || !c.sendsAll(peer) {
			continue
		}
		if fastest == "" || c.added(peer) < c.added(fastest) {
			fastest = peer
		}
	}
	return fastest
}

func (r *results) otherTargets() []target {
	unrolled := r.security.added(ours) / r.security.added(unrolledSecure)
	shared := r.security.added(ours) / r.security.added(sharedSlices)
	targets := []target{
		{"security headers at most 0.25 of unrolled/secure", fmt.Sprintf("%.2f", unrolled), unrolled <= 0.25},
		{"security headers at most 1.6 of a handler that assigns seven shared slices", fmt.Sprintf("%.2f", shared), shared <= 1.6},
	}
	var hostile worst
	for _, a := range r.attacks {
		hostile.note(a.slowdown(ours), a.name)
	}
	targets = append(targets, target{"hostile requests at most 1.2 of ordinary ones", hostile.String(), hostile.ratio <= 1.2})

	var large, largeAdded worst
	var one *scale
	for _, s := range r.scales {
		if s.contender != ours {
			continue
		}
		if len(s.list.origins) == 1 { // which comes before the longer lists of its kind
			one = s
		}
		large.note(s.allowed.best/one.allowed.best, s.list.name)
		largeAdded.note(s.added()/one.added(), s.list.name)
	}
	wrapped, byHand := r.live[2].best/r.live[0].best, r.live[2].best/r.live[1].best
	return append(targets,
		target{"a request under 200,000 exact origins or patterns at most 2 of one under one",
			fmt.Sprintf("%s; %.2f of what is added", &large, largeAdded.ratio), large.ratio <= 2},
		target{"throughput over HTTP at least 0.97 of the bare mux", fmt.Sprintf("%.2f (%.2f of a mux that sends the same headers)", wrapped, byHand), wrapped >= 0.97},
	)
}

// worst keeps the largest ratio, and where it was.
type worst struct {
	ratio float64
	where string
}

func (w *worst) note(ratio float64, where string) {
	if ratio > w.ratio {
		w.ratio, w.where = ratio, where
	}
}

func (w *worst) String() string { return fmt.Sprintf("%.2f at worst (%s)", w.ratio, w.where) }
