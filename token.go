package httpsec

import (
	"iter"
	"strings"
)

// isToken reports whether s is a token of RFC 9110, section 5.6.2: what a method
// and a header name are made of.
func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	switch c {
	case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~':
		return true
	}
	return isAlphanumeric(c)
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// elements iterates over the non-empty elements of a comma-separated list on
// several lines, without the space around them: RFC 9110, section 5.6.1.2.
func elements(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range lines {
			for i := 0; i < len(line); {
				start := i
				for i < len(line) && line[i] != ',' {
					i++
				}
				if element := trim(line[start:i]); element != "" && !yield(element) {
					return
				}
				i++ // the comma
			}
		}
	}
}

// listed reports whether the list has the token, in any case.
func listed(lines []string, token string) bool {
	for element := range elements(lines) {
		if strings.EqualFold(strings.TrimSpace(element), token) {
			return true
		}
	}
	return false
}

// isLong reports whether the lines, joined by ", ", have more than most bytes. It
// does not look further than that.
func isLong(lines []string, most int) bool {
	total := -len(", ")
	for _, line := range lines {
		if total += len(", ") + len(line); total > most {
			return true
		}
	}
	return false
}

// trim cuts optional white space off a list element: RFC 9110, section 5.6.3.
func trim(element string) string {
	for element != "" && (element[0] == ' ' || element[0] == '\t') {
		element = element[1:]
	}
	for element != "" && (element[len(element)-1] == ' ' || element[len(element)-1] == '\t') {
		element = element[:len(element)-1]
	}
	return element
}
