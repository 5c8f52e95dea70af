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
	why      string // where it may be missed: what would have to give
}

func (r *results) targets() []target {
	return slices.Concat(r.cellTargets(), r.ruleTargets(), r.scaleTargets(), r.otherTargets())
}

func (r *results) cellTargets() []target {
	var counted, limits []float64
	var safe, toLimit, toSockets, others, whole worst
	for _, c := range r.cells {
		where := c.list.name + ", " + c.kind
		if slices.ContainsFunc(slices.Collect(maps.Keys(c.replies[jub0bsCORS])), isCORSHeader) {
			counted = append(counted, c.ratio(jub0bsCORS))
			limits = append(limits, ratio(c.subjects[limit], c.subjects[jub0bsCORS], c.baseline))
		}
		toLimit.note(c.ratio(limit), where)
		whole.note(ratio(c.subjects[ours], c.subjects[limit], nil), where)
		if c.kind == actualRefused {
			toSockets.note(ratio(c.subjects[ours], c.sockets, c.baseline), where)
		} else {
			others.note(c.ratio(limit), where)
		}
		if peer := c.fastestSafePeer(); peer != "" {
			safe.note(c.ratio(peer), where+", "+peer)
		}
	}
	mean := geomean(counted)
	return []target{
		{
			goal: "every CORS cell at most 1.25 of its limit", met: toLimit.ratio <= 1.25,
			measured: fmt.Sprintf("%s; of the whole request %s", &toLimit, &whole),
			why: fmt.Sprintf("The limit of a refused request sends one header, so that everything else counts. About a quarter of what httpsec takes more is to see whether the request opens a WebSocket, "+
				"which no foreign page may: beside a limit that looks, refused requests are at %s. The rest are function calls, which keep one rule in one place for answers and decisions alike "+
				"(written out in one function they took 2 %% less of a request), and before patterns the checks of port, length and labels. "+
				"All other cells are at %s.", &toSockets, &others),
		},
		{
			goal: "no cell slower than the fastest peer that shares nothing and sends the same CORS headers", met: safe.ratio <= 1, measured: safe.String(),
			why: "Both send one header. The peer lets the handshakes of foreign pages through, and so does not look whether this is one.",
		},
		{
			goal: "geometric mean at most 0.60 of jub0bs/cors, where that sends any CORS header", met: mean <= 0.60,
			measured: fmt.Sprintf("%.3f over %d cells", mean, len(counted)),
			why: fmt.Sprintf("The limit itself is at %.2f. In the cells without Origin and with one that is not allowed everybody sends a single header, which costs most of the time; "+
				"there httpsec would have to be faster than the limit.", geomean(limits)),
		},
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
	over := func(contender string) float64 {
		return ratio(r.security.subjects[ours], r.security.subjects[contender], r.security.baseline)
	}
	return []target{
		{
			goal: "security headers at most 1.10 of the limit", met: over(sevenFresh) <= 1.10,
			measured: fmt.Sprintf("%.2f; of one that looks whether the connection is secure %.2f", over(sevenFresh), over(sevenOverHTTP)),
			why: "The limit does not look whether the connection is secure, on which Strict-Transport-Security depends. " +
				"Either that header is sent to everybody, or the request is asked.",
		},
		{
			goal: "rules that a request does not need at most 1.02 of a request without them", met: idle <= 1.02,
			measured: fmt.Sprintf("%.2f", idle),
			why:      "RejectDisallowed looks at the method of a request without Origin, in 2 to 3 ns, and two runs differ by as much.",
		},
		{
			goal: "a request that needs a rule at most 1.35 of a handler that does the same by hand", met: used.ratio <= 1.35,
			measured: fmt.Sprintf("%s; of what is added %s", &used, &usedAdded),
			why: "By hand any host of a scheme is a prefix, and a label a prefix and a suffix without a dot between. Here every byte that varies is checked, because the origin " +
				"is sent back and no entry of the list vouches for it: some 20 ns for the 36 bytes of an extension's host. By hand a socket that the list does not have is refused; " +
				"here it may be of the service's own pages, and is asked.",
		},
	}
}

func (r *results) scaleTargets() []target {
	var large, byHand, bytes, build worst
	one := map[string]*scale{} // by contender
	for _, s := range r.scales {
		slowdown := 1.0
		if s.entries == 1 { // which comes before the longer lists of its kind
			one[s.contender] = s
		} else {
			slowdown = ratio(s.allowed, one[s.contender].allowed, nil)
		}
		switch s.contender {
		case ours:
			large.note(slowdown, s.list.name)
			if s.entries > 1000 {
				bytes.note(s.bytes, s.list.name)
			}
		case limit:
			byHand.note(slowdown, s.list.name)
		}
	}
	for _, b := range r.mistakes {
		build.note(b.growth(), b.name)
	}
	return []target{
		{
			goal: "a request under 1,000,000 exact origins or patterns at most 2 of one under one", met: large.ratio <= 2, measured: large.String(),
			why: fmt.Sprintf("A map of that size is larger than the processor's caches, so that a look-up waits for memory. The limit, which is one look-up in a map, is at %s.", &byHand),
		},
		{goal: "1,000,000 entries at most 60 bytes each, beside the strings", met: bytes.ratio <= 60, measured: bytes.String()},
		{
			goal: "building from mistakes is linear: twice the size takes at most 2.5 the time, on average of three doublings", met: build.ratio <= 2.5, measured: build.String(),
		},
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
	fetch := ratio(r.packages.fetch, r.packages.client, nil)
	documents := 500 * r.packages.document.median / 1e9
	return []target{
		{
			goal: "hostile requests at most 1.2 of ordinary ones", met: hostile.ratio <= 1.2, measured: hostile.String(),
			why: "Each label of an origin as long as DNS allows is looked at once, in a fraction of a microsecond.",
		},
		{
			goal: "throughput over HTTP at least 0.98 of the same headers by hand", met: byHand >= 0.98, measured: fmt.Sprintf("%.3f", byHand),
			why: "The handler by hand sends the same slices in every response and decides nothing.",
		},
		{
			goal: "a report of 1 KiB received and tallied in 10 µs", met: r.packages.report.median <= 10_000,
			measured: fmt.Sprintf("%.1f µs", r.packages.report.median/1000),
		},
		{
			goal: "a fetch by the browser for tests at most 3 of the same request by http.Client", met: fetch <= 3,
			measured: fmt.Sprintf("%.2f", fetch),
		},
		{
			goal: "500 documents with twenty subresources each opened in 0.25 s", met: documents <= 0.25,
			measured: fmt.Sprintf("%.2f s", documents),
		},
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
