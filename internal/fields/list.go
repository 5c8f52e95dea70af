// Package fields reads what HTTP header fields are made of: the tokens and lists
// of RFC 9110, and the structured fields of RFC 9651.
package fields

import "iter"

// IsToken reports whether s is a token, which methods and field names are:
// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2.
func IsToken(s string) bool {
	for i := range len(s) {
		if !IsTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// IsTokenByte reports whether c may be in a token.
func IsTokenByte(c byte) bool {
	switch c {
	case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~':
		return true
	}
	return IsAlphanumeric(c)
}

// IsAlphanumeric reports whether c is an ASCII letter or digit.
func IsAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || IsDigit(c)
}

// IsDigit reports whether c is an ASCII digit.
func IsDigit(c byte) bool { return '0' <= c && c <= '9' }

// Elements iterates over the non-empty elements of a comma-separated list on
// several lines, without the optional white space around them:
// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1.2. Quotes mean nothing to
// it: a comma inside them separates, too.
func Elements(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range lines {
			for i := 0; i < len(line); {
				start := i
				for i < len(line) && line[i] != ',' {
					i++
				}
				if element := Trim(line[start:i]); element != "" && !yield(element) {
					return
				}
				i++ // the comma
			}
		}
	}
}

// Lists reports whether the comma-separated list on the lines has the token, in
// any case.
func Lists(lines []string, token string) bool {
	for element := range Elements(lines) {
		if equalFold(element, token) {
			return true
		}
	}
	return false
}

// equalFold is strings.EqualFold for ASCII alone, where no Kelvin sign is a k.
func equalFold(s, t string) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range len(s) {
		if lower(s[i]) != lower(t[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// TooLong reports whether the lines, joined by ", ", have more than most bytes. It
// looks at the lengths only, and at no more of them than it takes.
func TooLong(lines []string, most int) bool {
	total := -len(", ")
	for _, line := range lines {
		if total += len(", ") + len(line); total > most {
			return true
		}
	}
	return false
}

// Trim cuts optional white space, spaces and tabs, off both ends of s:
// https://www.rfc-editor.org/rfc/rfc9110#section-5.6.3.
func Trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}
