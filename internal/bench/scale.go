package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"time"
)

// scaleSizes are the numbers of entries that the policy grows to.
var scaleSizes = []int{1, 1000, 1_000_000}

// scaleContenders are those whose search is not linear.
var scaleContenders = []string{ours, jub0bsCORS}

// ring is how many different origins ask in turn, so that a large policy is not
// found in the processor's first cache every time.
const ring = 1024

// scale is one contender with one list of origins.
type scale struct {
	contender string
	list      originList
	built     time.Duration
	bytes     float64 // per entry, beside the configuration itself
	baseline  *subject
	allowed   *subject
}

func (s *scale) added() float64 { return s.allowed.median - s.baseline.median }

// newScales builds the policies, exact origins first, and takes their measure.
func newScales() ([]*scale, error) {
	var scales []*scale
	for _, newList := range []func(int) originList{exactOrigins, subdomainPatterns} {
		for _, n := range scaleSizes {
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
	}
	return scales, nil
}

// heap returns the bytes in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one found is free only after the second
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
