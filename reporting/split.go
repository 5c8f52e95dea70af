package reporting

import "io"

// maxReport is the length of the longest report that is read. It bounds what one
// request can hold in memory.
const maxReport = 64 << 10

// splitter finds the reports in a body: the objects of an array, or one object. It
// looks at nothing but strings and brackets, and holds one report at a time. It gives
// up where they are nested deeper than in any report, so that a body of nothing but
// brackets costs no more than one that encoding/json gives up.
type splitter struct {
	body   io.Reader
	buffer []byte
	pos    int // of the next byte to look at
	end    int // of what was read
	depth  int // of brackets before pos
	base   int // the depth at which reports begin: 1 in an array, else 0
	done   bool
}

// newSplitter returns a splitter of a body whose length is given, or -1.
func newSplitter(body io.Reader, length int64) *splitter {
	if length < 0 {
		length = 4 << 10
	}
	return &splitter{body: body, buffer: make([]byte, min(max(length, 512), maxReport))}
}

// next returns the next report, which is valid until the next call; nil if there is
// none. Whether it is JSON is yet to be seen.
func (s *splitter) next() []byte {
	start := -1 // of the report in the buffer; -1 outside, and in one that is too long
	quoted, escaped := false, false
	for !s.done {
		for i, c := range s.buffer[s.pos:s.end] {
			switch {
			case escaped:
				escaped = false
			case quoted:
				escaped, quoted = c == '\\', c != '"'
			case c|0x20 == '{' || c|0x20 == '}' || s.depth == 0: // an opening or a closing bracket
				at := s.pos + i
				if s.bracket(c) {
					start = at
				}
				if start >= 0 && s.depth == s.base {
					s.pos = at + 1
					return s.buffer[start:s.pos]
				}
				if s.done {
					return nil
				}
			case c == '"':
				quoted = true
			}
		}
		s.pos = s.end
		start = s.fill(start)
	}
	return nil
}

// bracket counts a bracket, and reports whether a report begins with it.
func (s *splitter) bracket(c byte) (begins bool) {
	switch {
	case s.depth == 0:
		return s.begin(c)
	case c == '{' || c == '[':
		s.depth++
		s.done = s.depth > s.base+maxDepth
		return c == '{' && s.depth == s.base+1
	}
	s.depth--
	s.done = s.depth == 0 // of the array, or of the only report
	return false
}

// begin looks at a byte before the first bracket, and reports whether a report begins
// with it.
func (s *splitter) begin(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n':
	case '[':
		s.base, s.depth = 1, 1
	case '{':
		s.depth = 1
		return true
	default:
		s.done = true
	}
	return false
}

// fill reads on behind what the buffer holds of the report that begins at start, and
// returns where the report begins now. One that exceeds maxReport is forgotten.
func (s *splitter) fill(start int) int {
	held := 0
	switch {
	case start < 0 || s.end-start >= maxReport:
		start = -1
	case s.end-start == len(s.buffer):
		larger := make([]byte, min(2*len(s.buffer), maxReport))
		held = copy(larger, s.buffer)
		s.buffer, start = larger, 0
	default:
		held = copy(s.buffer, s.buffer[start:s.end])
		start = 0
	}
	n, err := 0, error(nil)
	for n == 0 && err == nil {
		n, err = s.body.Read(s.buffer[held:])
	}
	s.pos, s.end, s.done = held, held+n, n == 0
	return start
}
