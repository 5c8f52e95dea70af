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
	return slices.Concat(r.cellTargets(), r.ruleTargets(), r.scaleTargets(), r.otherTargets())
}

func (r *results) cellTargets() []target {
	var counted []float64
	var safe, toLimit worst
	for _, c := range r.cells {
		where := c.list.name + ", " + c.kind
		if slices.ContainsFunc(slices.Collect(maps.Keys(c.replies[jub0bsCORS])), isCORSHeader) {
			counted = append(counted, c.ratio(jub0bsCORS))
		}
		toLimit.note(c.ratio(limit), where)
		if peer := c.fastestSafePeer(); peer != "" {
			safe.note(c.ratio(peer), where+", "+peer)
		}
	}
	mean := geomean(counted)
	return []target{
		{"every CORS cell at most 1.25 of its limit", toLimit.String(), toLimit.ratio <= 1.25},
		{"no cell slower than the fastest peer that shares nothing and sends the same CORS headers", safe.String(), safe.ratio <= 1},
		{"geometric mean at most 0.60 of jub0bs/cors, where that sends any CORS header",
			fmt.Sprintf("%.2f over %d cells", mean, len(counted)), mean <= 0.60},
	}
}

// ratio is what we add, as a part of what the contender adds.
func (c *cell) ratio(contender string) float64 {
	return ratio(c.subjects[ours], c.subjects[contender], c.baseline)
}

// fastestSafePeer returns the fastest peer that sends what we send, and in memory of
// its own; "" if there is none.
func (c *cell) fastestSafePeer() string {
	fastest := ""
	for _, peer := range peers {
		if c.subjects[peer] == nil || c.shares[peer] || !c.sendsAll(peer) {
			continue
		}
		if fastest == "" || c.added(peer) < c.added(fastest) {
			fastest = peer
		}
	}
	return fastest
}

func (r *results) ruleTargets() []target {
	var used, usedAdded worst
	var idle float64
	for _, rule := range r.rules {
		if rule.name == unused {
			idle = ratio(rule.ours, rule.byHand, nil)
		} else {
			used.note(ratio(rule.ours, rule.byHand, nil), rule.name)
			usedAdded.note(ratio(rule.ours, rule.byHand, rule.baseline), rule.name)
		}
	}
	security := ratio(r.security.subjects[ours], r.security.subjects[sevenFresh], r.security.baseline)
	return []target{
		{"security headers at most 1.10 of the limit", fmt.Sprintf("%.2f", security), security <= 1.10},
		{"rules that a request does not need at most 1.02 of a request without them", fmt.Sprintf("%.2f", idle), idle <= 1.02},
		{"a request that needs a rule at most 1.35 of a handler that does the same by hand", fmt.Sprintf("%s; of what is added %s", &used, &usedAdded), used.ratio <= 1.35},
	}
}

func (r *results) scaleTargets() []target {
	var large, bytes, build worst
	var one *scale
	for _, s := range r.scales {
		switch n := len(s.list.origins); {
		case s.contender != ours:
		case n == 1: // which comes before the longer lists of its kind
			one = s
		default:
			large.note(ratio(s.allowed, one.allowed, nil), s.list.name)
			if n == slices.Max(scaleSizes) {
				bytes.note(s.bytes, s.list.name)
			}
		}
	}
	for _, b := range r.mistakes {
		build.note(b.growth(), b.name)
	}
	return []target{
		{"a request under 1,000,000 exact origins or patterns at most 2 of one under one", large.String(), large.ratio <= 2},
		{"1,000,000 entries at most 60 bytes each, beside the strings", bytes.String(), bytes.ratio <= 60},
		{"building from mistakes is linear: twice the size takes at most 2.5 the time", build.String(), build.ratio <= 2.5},
	}
}

func (r *results) otherTargets() []target {
	var hostile worst
	for _, a := range r.attacks {
		hostile.note(a.slowdown(ours), a.name)
	}
	rates := make([]float64, len(r.live[2].rates))
	for i := range rates {
		rates[i] = r.live[2].rates[i] / r.live[1].rates[i]
	}
	byHand := median(rates)
	return []target{
		{"hostile requests at most 1.2 of ordinary ones", hostile.String(), hostile.ratio <= 1.2},
		{"throughput over HTTP at least 0.98 of the same headers by hand", fmt.Sprintf("%.3f", byHand), byHand >= 0.98},
		{"a report of 1 KiB received and tallied in 10 µs", fmt.Sprintf("%.1f µs", r.report.median/1000), r.report.median <= 10_000},
	}
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
