package reporting

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a report. Browsers send two levels.
const maxDepth = 32

// eachMember calls visit for each member of a JSON object with what stands there: a
// name without its quotes, and a value. It reports whether data is an object and
// nothing else. encoding/json does the same in a quarter of the speed, and a report
// is the one thing that anybody may send us.
func eachMember(data []byte, visit func(name, value []byte)) bool {
	if len(data) == 0 || data[0] != '{' || !utf8.Valid(data) {
		return false
	}
	s := scanner{data: data}
	return s.object(maxDepth, visit) && s.pos == len(data)
}

// scanner reads JSON: https://www.rfc-editor.org/rfc/rfc8259. Each of its methods
// begins at the first byte of what it reads, moves behind it and reports whether it
// is well-formed. A depth is the number of levels that it may have.
type scanner struct {
	data []byte
	pos  int
}

func (s *scanner) value(depth int) bool {
	switch c := s.peek(); {
	case c == '"':
		return s.string()
	case c == '{':
		return depth > 0 && s.object(depth, nil)
	case c == '[':
		return depth > 0 && s.array(depth)
	case c == '-' || isDigit(c):
		return s.number()
	}
	return s.literal("null") || s.literal("true") || s.literal("false")
}

func (s *scanner) object(depth int, visit func(name, value []byte)) bool {
	s.pos++
	s.space()
	if s.accept('}') {
		return true
	}
	for {
		name := s.pos
		if !s.string() {
			return false
		}
		nameEnd := s.pos
		s.space()
		if !s.accept(':') {
			return false
		}
		s.space()
		value := s.pos
		if !s.value(depth - 1) {
			return false
		}
		if visit != nil {
			visit(unescape(s.data[name+1:nameEnd-1]), s.data[value:s.pos])
		}
		s.space()
		if s.accept('}') {
			return true
		}
		if !s.accept(',') {
			return false
		}
		s.space()
	}
}

func (s *scanner) array(depth int) bool {
	s.pos++
	s.space()
	if s.accept(']') {
		return true
	}
	for s.value(depth - 1) {
		s.space()
		if s.accept(']') {
			return true
		}
		if !s.accept(',') {
			return false
		}
		s.space()
	}
	return false
}

func (s *scanner) string() bool {
	if !s.accept('"') {
		return false
	}
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		s.pos++
		switch {
		case c == '"':
			return true
		case c < ' ':
			return false
		case c == '\\' && !s.escape():
			return false
		}
	}
	return false
}

// escape reads what follows a backslash.
func (s *scanner) escape() bool {
	c := s.peek()
	s.pos++
	if c != 'u' {
		return strings.IndexByte(`"\/bfnrt`, c) >= 0
	}
	for range 4 {
		if c := s.peek(); !isDigit(c) && (c|0x20 < 'a' || 'f' < c|0x20) {
			return false
		}
		s.pos++
	}
	return true
}

func (s *scanner) number() bool {
	s.accept('-')
	if !s.accept('0') && !s.digits() {
		return false
	}
	if s.accept('.') && !s.digits() {
		return false
	}
	if s.accept('e') || s.accept('E') {
		_ = s.accept('+') || s.accept('-')
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.pos
	for isDigit(s.peek()) {
		s.pos++
	}
	return s.pos > start
}

func (s *scanner) literal(word string) bool {
	if !bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
		return false
	}
	s.pos += len(word)
	return true
}

func (s *scanner) space() {
	for {
		switch s.peek() {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) accept(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// peek returns the next byte, 0 at the end: no JSON has that byte.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unescape returns what the inside of a well-formed JSON string stands for.
func unescape(inside []byte) []byte {
	if bytes.IndexByte(inside, '\\') < 0 {
		return inside
	}
	var s string
	_ = json.Unmarshal(append(append([]byte{'"'}, inside...), '"'), &s)
	return []byte(s)
}

// text returns a JSON string, "" for any other value.
func text(value []byte) string {
	if value[0] != '"' {
		return ""
	}
	return string(unescape(value[1 : len(value)-1]))
}

// number returns a JSON number, or one in a string, that counts something: 0 for
// anything else, and for what is not an integer of 31 bits.
func number(value []byte) int {
	n, err := strconv.ParseUint(string(bytes.Trim(value, `"`)), 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}
