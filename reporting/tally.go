package reporting

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/httpsec/httpsec/internal/csp"
)

const (
	maxEntries  = 1000
	maxVariants = 32 // entries that differ in their source and sample alone
)

// Tally counts reports that say the same. The zero Tally is ready, and safe for
// concurrent use. It must not be copied.
//
// However many reports are made up, it holds at most 1,000 entries of at most 512
// bytes each. When a new one finds it full, noise gives way first, then what was seen
// in the fewest different hours, then least often, then longest ago: what visitors
// send day after day outlasts a burst. Of one directive, blocked origin and document
// there are at most 32 entries with a source or sample; the others are counted in one
// without.
//
// A Tally is stored as JSON and read back by [encoding/json].
type Tally struct {
	mu       sync.Mutex
	entries  map[key]*counted
	order    queue       // the same entries, that which gives way next at the front
	variants map[key]int // number of entries by their keys without source and sample
	lost     int
}

// Entry is a kind of report, and how often it came. Its strings come from reports
// that anybody can send.
type Entry struct {
	// Type is a type that [Report] names, or "other": it fits as a label of a metric.
	Type string `json:"type"`

	// Directive is the violated directive of a "csp-violation", or "other" if it is
	// none that browsers know: it fits as a label of a metric. For other types it is
	// what the report is about, such as the feature of a
	// "permissions-policy-violation"; it may be anything, or "".
	Directive string `json:"directive,omitempty"`

	// Blocked is the origin of what was blocked, or a word such as "inline"; see
	// [CSPViolation]. It ends in "…" where it was cut.
	Blocked string `json:"blocked,omitempty"`

	// Document is the origin of the document, or the scheme of one that has none.
	Document string `json:"document,omitempty"`

	// Source is the URL of the file that caused it; the origin alone where that is
	// the document itself, so that there is not an entry for each page.
	Source string `json:"source,omitempty"`

	// Sample is the beginning of the inline code, or the hash of a "csp-hash".
	Sample string `json:"sample,omitempty"`

	// Noise is that of the reports.
	Noise Noise `json:"noise,omitempty"`

	// Count is the number of reports.
	Count int `json:"count"`

	// First and Last are when such a report was received.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// key is what reports of one entry have in common.
type key struct {
	kind, directive, blocked, document, source, sample string
	noise                                              Noise
}

// counted is an entry while it is counted.
type counted struct {
	Entry
	hours    int // different hours in which it was seen
	position int // in the queue
}

// Add counts a report.
func (t *Tally) Add(r Report) {
	k := keyOf(&r)
	now := time.Now().UTC().Round(0) // as JSON gives it back

	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.entries[k]
	if c == nil && (k.source != "" || k.sample != "") && t.variants[k.common()] >= maxVariants {
		k = k.common()
		c = t.entries[k]
	}
	if c == nil {
		t.insert(k, counted{Entry: Entry{Count: 1, First: now, Last: now}, hours: 1})
		return
	}
	if now.Truncate(time.Hour).After(c.Last) {
		c.hours++
	}
	c.Count++
	c.Last = now
	heap.Fix(&t.order, c.position)
}

// insert adds an entry that is not there yet, if need be in the place of another.
func (t *Tally) insert(k key, c counted) {
	if t.entries == nil {
		t.entries = make(map[key]*counted)
		t.variants = make(map[key]int)
	}
	if len(t.entries) >= maxEntries && !t.makeRoom(k.noise) {
		t.lost++
		return
	}
	k = k.clone()
	c.Type, c.Directive, c.Blocked, c.Document = k.kind, k.directive, k.blocked, k.document
	c.Source, c.Sample, c.Noise = k.source, k.sample, k.noise
	t.entries[k] = &c
	heap.Push(&t.order, &c)
	if common := k.common(); k != common {
		t.variants[common]++
	}
}

// makeRoom drops the entry that gives way first. Noise does not displace others.
func (t *Tally) makeRoom(noise Noise) bool {
	if noise != "" && t.order[0].Noise == "" {
		return false
	}
	k := heap.Pop(&t.order).(*counted).key()
	delete(t.entries, k)
	if common := k.common(); k != common {
		if t.variants[common]--; t.variants[common] == 0 {
			delete(t.variants, common)
		}
	}
	t.lost++
	return true
}

// queue is a [heap.Interface] of entries.
type queue []*counted

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].givesWayTo(q[j]) }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].position, q[j].position = i, j
}

func (q *queue) Push(c any) {
	c.(*counted).position = len(*q)
	*q = append(*q, c.(*counted))
}

func (q *queue) Pop() any {
	last := len(*q) - 1
	c := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return c
}

// givesWayTo reports whether c is dropped before the other.
func (c *counted) givesWayTo(other *counted) bool {
	if (c.Noise == "") != (other.Noise == "") {
		return c.Noise != ""
	}
	return cmp.Or(cmp.Compare(c.hours, other.hours), cmp.Compare(c.Count, other.Count), c.Last.Compare(other.Last)) < 0
}

// Entries returns copies of the entries, the most frequent first.
func (t *Tally) Entries() []Entry {
	t.mu.Lock()
	entries := make([]Entry, 0, len(t.entries))
	for _, c := range t.entries {
		entries = append(entries, c.Entry)
	}
	t.mu.Unlock()
	slices.SortFunc(entries, func(a, b Entry) int { return a.compare(&b) })
	return entries
}

// Lost returns how many entries had to give way, or found no place. The reports that
// were counted in them are forgotten.
func (t *Tally) Lost() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lost
}

func keyOf(r *Report) key {
	about := r.subject()
	k := key{r.Type, about.directive, originOf(about.blocked), originOf(r.URL), about.source, about.sample, r.Noise}
	if k.source == r.URL {
		k.source = k.document
	}
	return k.bounded()
}

// bounded returns the key with values of at most 512 bytes together, that nobody has
// to fear to print.
func (k key) bounded() key {
	k = key{
		typeLabel(k.kind), plain(cut(k.directive, 48)), plain(shorten(k.blocked, 104)), plain(shorten(k.document, 104)),
		plain(shorten(k.source, 112)), plain(cut(k.sample, 80)), Noise(plain(cut(string(k.noise), 16))),
	}
	if k.kind == typeCSP && !csp.IsDirective(k.directive) {
		k.directive = otherLabel
	}
	return k
}

// otherLabel stands for what would make the number of labels grow with what is sent.
const otherLabel = "other"

func typeLabel(kind string) string {
	switch kind {
	case typeCSP, "coop", "coep", "permissions-policy-violation", "integrity-violation", "csp-hash", "deprecation",
		"intervention", "crash", "network-error":
		return kind
	}
	return otherLabel
}

// plain is [printable] for what mostly is so already.
func plain(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || '~' < s[i] {
			return printable(s)
		}
	}
	return s
}

// shorten cuts an origin or a URL so that it shows: what was cut must not pass for
// another origin.
func shorten(s string, length int) string {
	if len(s) <= length {
		return s
	}
	return cut(s, length-len("…")) + "…"
}

// common returns the key without what there may be too much of.
func (k key) common() key {
	k.source, k.sample = "", ""
	return k
}

// clone returns the key in memory of its own: the rest of the report can go.
func (k key) clone() key {
	return key{
		k.kind, strings.Clone(k.directive), strings.Clone(k.blocked), strings.Clone(k.document),
		strings.Clone(k.source), strings.Clone(k.sample), Noise(strings.Clone(string(k.noise))),
	}
}

// compare orders entries by what to look at first.
func (e *Entry) compare(other *Entry) int {
	return cmp.Or(
		cmp.Compare(other.Count, e.Count),
		cmp.Compare(e.Type, other.Type), cmp.Compare(e.Directive, other.Directive),
		cmp.Compare(e.Blocked, other.Blocked), cmp.Compare(e.Document, other.Document),
		cmp.Compare(e.Source, other.Source), cmp.Compare(e.Sample, other.Sample),
		cmp.Compare(e.Noise, other.Noise),
	)
}

func (e *Entry) key() key {
	return key{e.Type, e.Directive, e.Blocked, e.Document, e.Source, e.Sample, e.Noise}
}
