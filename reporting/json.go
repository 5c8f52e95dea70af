package reporting

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a report, and so the stack that a Report.Body needs
// that did not come through a Handler. Browsers send two levels.
const maxDepth = 32

// eachMember calls visit for each member of a JSON object with what stands there: a
// name without its quotes, and a value, both with their escapes. It reports whether
// data is an object and nothing else. encoding/json would copy each, several times
// over, and anybody may send us reports.
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
	if s.token() == '}' {
		s.pos++
		return true
	}
	for {
		name := s.pos
		if !s.string() {
			return false
		}
		nameEnd := s.pos
		if s.token() != ':' {
			return false
		}
		s.pos++
		s.token()
		value := s.pos
		if !s.value(depth - 1) {
			return false
		}
		if visit != nil {
			visit(s.data[name+1:nameEnd-1], s.data[value:s.pos])
		}
		if more, ok := s.separator('}'); !more {
			return ok
		}
	}
}

func (s *scanner) array(depth int) bool {
	s.pos++
	if s.token() == ']' {
		s.pos++
		return true
	}
	for s.value(depth - 1) {
		if more, ok := s.separator(']'); !more {
			return ok
		}
	}
	return false
}

// separator reads what stands behind a member or an element, and the space around it:
// a comma if there are more, or else the end.
func (s *scanner) separator(end byte) (more, ok bool) {
	c := s.token()
	s.pos++
	if c == ',' {
		s.token()
	}
	return c == ',', c == end
}

func (s *scanner) string() bool {
	if !s.accept('"') {
		return false
	}
	for i, data := s.pos, s.data; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			s.pos = i + 1
			return true
		case c < ' ':
			return false
		case c == '\\':
			length := escapeLength(data[i+1:])
			if length == 0 {
				return false
			}
			i += length
		}
	}
	return false
}

// escapeLength returns the length of what follows a backslash, 0 if that is nothing
// that may.
func escapeLength(data []byte) int {
	switch {
	case len(data) == 0:
	case strings.IndexByte(`"\/bfnrt`, data[0]) >= 0:
		return 1
	case data[0] == 'u' && len(data) > 4:
		for _, c := range data[1:5] {
			if !isDigit(c) && (c|0x20 < 'a' || 'f' < c|0x20) {
				return 0
			}
		}
		return 5
	}
	return 0
}

func (s *scanner) number() bool {
	s.accept('-')
	if !s.accept('0') && !s.digits() {
		return false
	}
	next := s.peek()
	if next == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
		next = s.peek()
	}
	if next == 'e' || next == 'E' {
		s.pos++
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

// token moves behind white space and returns the byte there.
func (s *scanner) token() byte {
	if c := s.peek(); c > ' ' { // mostly there is none, and this much is inlined
		return c
	}
	return s.skipSpace()
}

func (s *scanner) skipSpace() byte {
	for {
		switch c := s.peek(); c {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return c
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

// peek returns the next byte, 0 at the end: JSON never has that byte.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// text returns what a JSON string stands for, "" for any other value.
func text(value []byte) string {
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	if bytes.IndexByte(value, '\\') < 0 {
		return string(value[1 : len(value)-1])
	}
	return unescape(value[1 : len(value)-1])
}

// unescape returns what the inside of a well-formed JSON string stands for.
func unescape(inside []byte) string {
	var s strings.Builder
	s.Grow(len(inside))
	for i := 0; i < len(inside); {
		if inside[i] != '\\' {
			s.WriteByte(inside[i])
			i++
			continue
		}
		switch c := inside[i+1]; c {
		case 'u':
			first := hex(inside[i+2:])
			i += len(`\u0000`)
			if rest := inside[i:]; utf16.IsSurrogate(first) {
				var second rune
				if len(rest) >= len(`\u0000`) && rest[0] == '\\' && rest[1] == 'u' {
					second = hex(rest[2:])
				}
				first = utf16.DecodeRune(first, second) // U+FFFD for half a pair
				if first != utf8.RuneError {
					i += len(`\u0000`)
				}
			}
			s.WriteRune(first)
			continue
		case 'b':
			s.WriteByte('\b')
		case 'f':
			s.WriteByte('\f')
		case 'n':
			s.WriteByte('\n')
		case 'r':
			s.WriteByte('\r')
		case 't':
			s.WriteByte('\t')
		default:
			s.WriteByte(c)
		}
		i += len(`\n`)
	}
	return s.String()
}

// hex returns the number that begins in s with four digits.
func hex(s []byte) (c rune) {
	for _, digit := range s[:4] {
		if isDigit(digit) {
			c = c<<4 + rune(digit-'0')
		} else {
			c = c<<4 + rune(digit|0x20-'a'+10)
		}
	}
	return c
}

// number returns a JSON number, or one in a string, that counts something: 0 for
// anything else, and for what is not an integer of 31 bits.
func number(value []byte) int {
	if len(value) > len(`"4294967295"`) {
		return 0
	}
	n, err := strconv.ParseUint(string(bytes.Trim(value, `"`)), 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}
