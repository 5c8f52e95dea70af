package main

import (
	"math"
	"runtime"
	"strings"
	"time"

	"github.com/httpsec/httpsec"
)

// mistakes are configurations full of flaws, of sizes that double up to 64 KiB.
type mistakes struct {
	name  string
	build func(size int) error
	times []time.Duration
}

var mistakeSizes = []int{8 << 10, 16 << 10, 32 << 10, 64 << 10}

// entries returns as many copies of the entry as have that many bytes.
func entries(entry string, size int) []string {
	return strings.Split(strings.TrimSuffix(strings.Repeat(entry+"\n", size/(len(entry)+1)), "\n"), "\n")
}

func newMistakes() []*mistakes {
	config := func(c httpsec.Config) error { _, err := httpsec.NewPolicy(c); return err }
	headers := func(h httpsec.Headers) error { _, err := httpsec.SecurityHeaders(h); return err }
	all := []*mistakes{
		{name: "Origins", build: func(n int) error { return config(httpsec.Config{Origins: entries("Shop.example.com/", n)}) }},
		{name: "one long origin", build: func(n int) error {
			return config(httpsec.Config{Origins: []string{"https://" + strings.Repeat("A.", n/2)}})
		}},
		{name: "Hosts", build: func(n int) error {
			return config(httpsec.Config{Origins: []string{}, Hosts: entries("Shop.example.com/", n)})
		}},
		{name: "Headers", build: func(n int) error {
			return config(httpsec.Config{Origins: []string{}, Headers: entries("no header", n)})
		}},
		{name: "ParseOrigins", build: func(n int) error {
			_, err := httpsec.ParseOrigins("origins", strings.Join(entries("shop.example.com/", n), ","))
			return err
		}},
		{name: "ContentSecurityPolicy", build: func(n int) error {
			return headers(httpsec.Headers{ContentSecurityPolicy: strings.Repeat("scirpt-src slef; ", n/17)})
		}},
		{name: "PermissionsPolicy", build: func(n int) error {
			return headers(httpsec.Headers{PermissionsPolicy: strings.Repeat("camrea=(slef), ", n/15) + "x=("})
		}},
	}
	return all
}

// measure keeps the best of the rounds of each size.
func (m *mistakes) measure(rounds int) {
	ballast := newBallast()
	defer runtime.KeepAlive(ballast)
	m.times = make([]time.Duration, len(mistakeSizes))
	for round := range rounds {
		for i, size := range mistakeSizes {
			start := time.Now()
			if m.build(size) == nil {
				panic(m.name + ": no mistake is found")
			}
			if taken := time.Since(start); round == 0 || taken < m.times[i] {
				m.times[i] = taken
			}
		}
	}
}

// growth is how many times as long twice the size takes, on average from the smallest
// to the largest.
func (m *mistakes) growth() float64 {
	last := len(m.times) - 1
	return math.Pow(float64(m.times[last])/float64(m.times[0]), 1/float64(last))
}
