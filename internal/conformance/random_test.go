package conformance_test

import (
	"flag"
	"math/rand/v2"
	"strings"
)

var (
	inputs = flag.Int("inputs", 50_000, "how many random inputs each test makes")
	seed   = flag.Uint64("seed", 1, "what the random inputs depend on")
)

// dice throws the same numbers for the same seed.
type dice struct{ *rand.Rand }

func newDice() dice { return dice{rand.New(rand.NewPCG(*seed, 0))} }

// once is true one time in n.
func (d dice) once(n int) bool { return d.IntN(n) == 0 }

func (d dice) pick(choices ...string) string { return choices[d.IntN(len(choices))] }

// mostly returns a pick that takes one of the rare choices every now and then.
func (d dice) mostly(rare ...string) func(choices ...string) string {
	return func(choices ...string) string {
		if d.once(20) {
			return d.pick(rare...)
		}
		return d.pick(choices...)
	}
}

// several joins up to most pieces.
func (d dice) several(most int, separator string, piece func() string) string {
	pieces := make([]string, d.IntN(most+1))
	for i := range pieces {
		pieces[i] = piece()
	}
	return strings.Join(pieces, separator)
}

// damage changes s in one place, by one of the pieces.
func (d dice) damage(s string, pieces ...string) string {
	runes := []rune(s)
	i := d.IntN(len(runes) + 1)
	j := min(len(runes), i+d.IntN(2))
	return string(runes[:i]) + d.pick(pieces...) + string(runes[j:])
}
