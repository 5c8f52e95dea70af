package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"time"
)

// scaleContenders are those whose search is not linear.
var scaleContenders = []string{ours, limit, jub0bsCORS}

// scaleLists are the kinds of entries that there are so many of.
var scaleLists = []func(int) originList{exactOrigins, subdomainPatterns}

// ring is how many different origins ask in turn, so that a large policy is not
// found in the processor's first cache every time.
const ring = 1024

// scale is one contender with one list of origins.
type scale struct {
	contender string
	list      originList
	entries   int // of the list
	built     time.Duration
	bytes     float64 // per entry, beside the configuration itself
	baseline  *subject
	allowed   *subject
}

func (s *scale) added() float64 { return s.allowed.median - s.baseline.median }

// newScales builds the policies of one kind of entries, and takes their measure.
func newScales(newList func(int) originList, sizes []int) ([]*scale, error) {
	var scales []*scale
	for _, n := range sizes {
		list := newList(n)
		requests := make([]*http.Request, ring)
		for i := range requests {
			list.allowed = strings.Clone(strings.Replace(list.origins[rand.IntN(n)], "*", "app", 1))
			requests[i] = newRequest(actualAllowed, list)
		}
		baseline := &subject{handler: bare, requests: requests}
		for _, contender := range scaleContenders {
			s := &scale{contender: contender, list: list, baseline: baseline}
			before := heap()
			start := time.Now()
			wrap, err := newCORS(contender, list.origins, allowedHeaders)
			s.built = time.Since(start)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", contender, list.name, err)
			}
			s.bytes = float64(heap()-before) / float64(n)
			s.allowed = &subject{handler: wrap(bare), requests: requests}
			for _, r := range requests {
				if answer(s.allowed.handler, r).Get("Access-Control-Allow-Origin") != r.Header.Get("Origin") {
					return nil, fmt.Errorf("%s, %s: %s is refused", contender, list.name, r.Header.Get("Origin"))
				}
			}
			scales = append(scales, s)
		}
	}
	return scales, nil
}

// measureScales lets go of the policies of one kind before it builds the next, or the
// collector would have both to look through.
func measureScales(p pace) ([]*scale, error) {
	var all []*scale
	for _, newList := range scaleLists {
		scales, err := newScales(newList, p.sizes)
		if err != nil {
			return nil, err
		}
		var subjects []*subject
		for _, s := range scales {
			subjects = append(subjects, s.baseline, s.allowed)
		}
		measure(p, subjects)
		for _, s := range scales {
			s.baseline.drop()
			s.allowed.drop()
			s.entries, s.list.origins = len(s.list.origins), nil
		}
		all = append(all, scales...)
	}
	return all, nil
}

// heap returns the bytes in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one found is free only after the second
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
