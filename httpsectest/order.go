package httpsectest

import (
	"encoding/binary"
	"math/bits"
)

// tableOrder returns headers in the order in which Chromium looks them up, and so
// names the first that is not allowed: that of the buckets of its hash table.
func tableOrder(headers []header) []header {
	if len(headers) < 2 {
		return headers
	}
	t := newTable(8)
	for _, h := range headers {
		t.insert(&h)
	}
	for range 4 { // headers of the browser's own make the table grow
		if t.count++; t.count*2 >= len(t.buckets) {
			t.grow()
		}
	}
	ordered := make([]header, 0, len(headers))
	for _, h := range t.buckets {
		if h != nil {
			ordered = append(ordered, *h)
		}
	}
	return ordered
}

type table struct {
	buckets []*header
	count   int
}

func newTable(size int) *table { return &table{buckets: make([]*header, size)} }

func (t *table) insert(h *header) {
	t.place(h)
	if t.count++; t.count*2 >= len(t.buckets) {
		t.grow()
	}
}

func (t *table) place(h *header) {
	i, mask := rapidhash(h.name), uint64(len(t.buckets)-1)
	for step := uint64(1); t.buckets[i&mask] != nil; step++ {
		i += step
	}
	t.buckets[i&mask] = h
}

func (t *table) grow() {
	old := t.buckets
	t.buckets = make([]*header, 2*len(old))
	for _, h := range old {
		if h != nil {
			t.place(h)
		}
	}
}

// rapidhash is github.com/Nicoshev/rapidhash, version 1, of a name in UTF-16.
func rapidhash(name string) uint64 {
	const (
		secret0 uint64 = 0x2d358dccaa6c78a5
		secret1 uint64 = 0x8bb84b93962eacc9
		secret2 uint64 = 0x4b33a62ed433d4a3
	)
	p := make([]byte, 0, 2*len(name))
	for i := range len(name) {
		p = append(p, name[i], 0)
	}
	n := uint64(len(p))
	seed := uint64(0xbdd89aa982704029)
	seed ^= mix(seed^secret0, secret1) ^ n
	var a, b uint64
	switch {
	case n >= 4 && n <= 16:
		delta := n & 24 >> (n >> 3)
		a = read32(p)<<32 | read32(p[n-4:])
		b = read32(p[delta:])<<32 | read32(p[n-4-delta:])
	case n > 0 && n < 4:
		a = uint64(p[0])<<56 | uint64(p[n>>1])<<32 | uint64(p[n-1])
	case n > 16:
		rest := p
		if len(rest) > 48 {
			see1, see2 := seed, seed
			for len(rest) >= 48 {
				seed = mix(read64(rest)^secret0, read64(rest[8:])^seed)
				see1 = mix(read64(rest[16:])^secret1, read64(rest[24:])^see1)
				see2 = mix(read64(rest[32:])^secret2, read64(rest[40:])^see2)
				rest = rest[48:]
			}
			seed ^= see1 ^ see2
		}
		if len(rest) > 16 {
			seed = mix(read64(rest)^secret2, read64(rest[8:])^seed^secret1)
			if len(rest) > 32 {
				seed = mix(read64(rest[16:])^secret2, read64(rest[24:])^seed)
			}
		}
		a, b = read64(p[n-16:]), read64(p[n-8:])
	}
	high, low := bits.Mul64(a^secret1, b^seed)
	return mix(low^secret0^n, high^secret1)
}

func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

func read32(p []byte) uint64 { return uint64(binary.LittleEndian.Uint32(p)) }

func read64(p []byte) uint64 { return binary.LittleEndian.Uint64(p) }
