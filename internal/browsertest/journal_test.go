package browsertest

import (
	"context"
	"slices"
	"sync"
)

// journal is a list of lines that one goroutine writes and another waits on.
type journal struct {
	mu      sync.Mutex
	lines   []string
	changed chan struct{} // closed at the next change
}

func newJournal() *journal { return &journal{changed: make(chan struct{})} }

// add appends a line and returns its number.
func (j *journal) add(line string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
	j.notify()
	return len(j.lines) - 1
}

func (j *journal) replace(number int, line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines[number] = line
	j.notify()
}

func (j *journal) notify() {
	close(j.changed)
	j.changed = make(chan struct{})
}

// now returns the lines, and a channel that is closed when they change.
func (j *journal) now() (lines []string, changed <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.lines), j.changed
}

// until returns the lines as soon as they satisfy the condition, or as they are
// when the context ends.
func (j *journal) until(ctx context.Context, satisfied func(lines []string) bool) []string {
	for {
		lines, changed := j.now()
		if satisfied(lines) {
			return lines
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return lines
		}
	}
}
