package origins

import (
	"cmp"
	"slices"
	"strings"
)

// Set is a set of origins, given by patterns. A look-up costs the same however many
// there are. The zero Set is empty.
type Set struct {
	exact   map[string]struct{}  // whole origins
	schemes map[string]*patterns // what has a wildcard, by scheme
	https   *patterns            // schemes["https"], which nearly all requests ask for
	length  int
}

// patterns holds what the patterns of a scheme allow.
type patterns struct {
	anyHost  bool
	suffixes suffixSet            // ".example.com" and ".example.com:8443", after a "*"
	labels   map[string]*labelSet // what has a "*" in its first label, by what follows that: "example.net:8443"

	// Of patterns that end in ":*", without it:
	anyPort         map[string]struct{} // "localhost"
	anyPortSuffixes suffixSet           // ".localhost"
}

// Add adds what an entry stands for that [Parse] has read as p. The set keeps parts
// of the entry, and no copies of them: of a million entries those would be a third of
// its memory.
func (s *Set) Add(entry string, p Pattern) {
	if s.add(entry, p) {
		s.length++
	}
}

// Len returns the number of different patterns in the set.
func (s *Set) Len() int { return s.length }

func (s *Set) add(entry string, p Pattern) bool {
	if p.Kind == Null || p.Kind == Exact && p.Port != "*" {
		return insert(&s.exact, entry)
	}
	of := s.schemes[p.Scheme]
	if of == nil {
		of = new(patterns)
		if s.schemes == nil {
			s.schemes = make(map[string]*patterns)
		}
		s.schemes[p.Scheme] = of
		s.https = s.schemes["https"]
	}
	host := strings.TrimSuffix(entry[len(p.Scheme)+len("://"):], ":*")
	switch {
	case p.Kind == AnyHost:
		added := !of.anyHost
		of.anyHost = true
		return added
	case p.Kind == Label:
		_, parent, _ := strings.Cut(host, ".")
		return of.addLabel(parent, p.Before, p.After)
	case p.Kind == Exact:
		return insert(&of.anyPort, host)
	case p.Port == "*":
		return of.anyPortSuffixes.add(host[len("*"):])
	}
	return of.suffixes.add(host[len("*"):])
}

func (p *patterns) addLabel(parent, before, after string) bool {
	of := p.labels[parent]
	if of == nil {
		of = new(labelSet)
		if p.labels == nil {
			p.labels = make(map[string]*labelSet)
		}
		p.labels[parent] = of
	}
	return of.add(before, after)
}

// Contains reports whether a pattern of the set stands for origin. What it accepts is
// safe to echo: an entry byte for byte, or one whose variable parts were checked.
func (s *Set) Contains(origin string) bool {
	if len(origin) > MaxLength {
		return false
	}
	if _, ok := s.exact[origin]; ok {
		return true
	}
	if s.schemes == nil {
		return false
	}
	scheme, of := "https", s.https
	rest, isHTTPS := strings.CutPrefix(origin, "https://")
	if !isHTTPS {
		scheme, rest, _ = strings.Cut(origin, "://")
		of = s.schemes[scheme]
	}
	return of != nil && of.contain(scheme, rest)
}

func (p *patterns) contain(scheme, rest string) bool {
	if p.anyHost && isOpaqueHost(rest) {
		return true
	}
	host, port, hasPort := cutPort(rest)
	if hasPort && !written(scheme, port) {
		return false
	}
	if p.anyPort != nil {
		if _, ok := p.anyPort[host]; ok {
			return true
		}
	}
	return fitsDNS(host) && (p.suffixes.match(rest) ||
		p.anyPortSuffixes.dots != nil && p.anyPortSuffixes.match(host) ||
		p.labels != nil && p.labelsMatch(rest))
}

func (p *patterns) labelsMatch(rest string) bool {
	label, parent, _ := strings.Cut(rest, ".")
	of := p.labels[parent]
	return of != nil && AreLabels(label) && of.matches(label)
}

// suffixSet is a set of ends of hosts, each beginning with a dot.
type suffixSet struct {
	suffixes map[string]struct{}
	dots     []int // the distinct numbers of dots in them: how far to look
}

func (s *suffixSet) add(suffix string) bool {
	dots := strings.Count(suffix, ".")
	if i, found := slices.BinarySearch(s.dots, dots); !found {
		s.dots = slices.Insert(s.dots, i, dots)
	}
	return insert(&s.suffixes, suffix)
}

// match reports whether host is one or more labels followed by a suffix of the set.
func (s *suffixSet) match(host string) bool {
	i, seen := len(host), 0
	for _, dots := range s.dots {
		for ; seen < dots; seen++ {
			if i = strings.LastIndexByte(host[:i], '.'); i < 0 {
				return false
			}
		}
		if _, ok := s.suffixes[host[i:]]; ok && AreLabels(host[:i]) {
			return true
		}
	}
	return false
}

// labelSet is a set of wildcards within one label, by what stands before and after.
type labelSet struct {
	around  map[[2]string]struct{}
	lengths [][2]int // the distinct lengths of the two, the shortest together first
}

func (s *labelSet) add(before, after string) bool {
	lengths := [2]int{len(before), len(after)}
	i, found := slices.BinarySearchFunc(s.lengths, lengths, func(a, b [2]int) int {
		return cmp.Or(cmp.Compare(a[0]+a[1], b[0]+b[1]), cmp.Compare(a[0], b[0]))
	})
	if !found {
		s.lengths = slices.Insert(s.lengths, i, lengths)
	}
	return insert(&s.around, [2]string{before, after})
}

// matches reports whether a wildcard of the set, replaced by one or more characters, is
// the label.
func (s *labelSet) matches(label string) bool {
	for _, lengths := range s.lengths {
		if lengths[0]+lengths[1] >= len(label) {
			return false
		}
		if _, ok := s.around[[2]string{label[:lengths[0]], label[len(label)-lengths[1]:]}]; ok {
			return true
		}
	}
	return false
}

// insert adds key to a set, which may be nil, and reports whether it was not there.
func insert[K comparable](set *map[K]struct{}, key K) bool {
	if *set == nil {
		*set = make(map[K]struct{})
	}
	_, found := (*set)[key]
	(*set)[key] = struct{}{}
	return !found
}
