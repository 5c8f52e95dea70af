package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// escape shows control characters, and what hides or reorders text, instead of
// sending them to a terminal.
func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case !isControl(c):
			b.WriteString(s[i : i+size])
		case c < 0x100:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
		i += size
	}
	return b.String()
}

// isControl reports whether a terminal might obey c: C0 and C1 controls, marks of
// direction, separators of lines.
func isControl(c rune) bool {
	switch {
	case c < ' ', 0x7f <= c && c < 0xa0:
	case c == 0x61c, 0x200b <= c && c <= 0x200f, 0x2028 <= c && c <= 0x202e, 0x2060 <= c && c <= 0x2069, c == 0xfeff:
	default:
		return false
	}
	return true
}
