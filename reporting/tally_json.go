package reporting

import (
	"encoding/json"
	"slices"
)

// stored is a Tally in JSON.
type stored struct {
	Entries []storedEntry `json:"entries"`
	Lost    int           `json:"lost"`
}

type storedEntry struct {
	Entry
	Hours int `json:"hours"`
}

// MarshalJSON implements [json.Marshaler].
func (t *Tally) MarshalJSON() ([]byte, error) {
	t.mu.Lock()
	state := stored{Entries: make([]storedEntry, 0, len(t.entries)), Lost: t.lost}
	for _, c := range t.entries {
		state.Entries = append(state.Entries, storedEntry{c.Entry, c.hours})
	}
	t.mu.Unlock()
	slices.SortFunc(state.Entries, func(a, b storedEntry) int { return a.Entry.compare(&b.Entry) })
	return json.Marshal(state)
}

// UnmarshalJSON implements [json.Unmarshaler]. What the Tally held before is gone.
func (t *Tally) UnmarshalJSON(data []byte) error {
	var state stored
	if err := json.Unmarshal(data, &state); err != nil {
		return err
	}
	var read Tally
	for _, e := range state.Entries {
		k := e.key().bounded()
		if read.entries[k] == nil && e.Count > 0 {
			read.insert(k, counted{Entry: e.Entry, hours: max(e.Hours, 1)})
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.entries, t.order, t.variants = read.entries, read.order, read.variants
	t.lost = read.lost + max(state.Lost, 0)
	return nil
}
