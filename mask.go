package httpsec

import (
	"slices"
	"strings"

	"github.com/httpsec/httpsec/internal/origins"
)

// mask hides the passwords of the URLs in value, which may be a whole list. It
// hides too much rather than too little: everything from the first colon that
// does not end a scheme to the last "@".
func mask(value string) string {
	at := lastAt(value)
	for i := range max(0, at) {
		if n := colonAt(value, i); n > 0 && !endsScheme(value, i) {
			return value[:min(i+n, at)] + "***" + value[at:]
		}
	}
	return value
}

// checkHidden checks a value. Where there are flaws, they are those of the value with
// other passwords in it: a check may take a URL apart at a comma or semicolon, and
// quote what is then no password any more.
func checkHidden(value string, check func(value string) []flaw) []flaw {
	flaws := check(value)
	if len(flaws) == 0 {
		return nil
	}
	hidden := hidePasswords(value)
	if hidden == value {
		return flaws
	}
	if flaws = check(hidden); len(flaws) == 0 {
		flaws = []flaw{{problem: quote(value) + " has a password with a character that must be percent-encoded"}}
	}
	return flaws
}

// hidePasswords returns value with letters in the place of the passwords of the URLs
// in it, byte for byte, so that everything else stands where it did. Of what stands
// between the schemes of two URLs it hides too much rather than too little, as mask
// does.
func hidePasswords(value string) string {
	if lastAt(value) < 0 {
		return value
	}
	hidden := []byte(value)
	for start := 0; start < len(value); {
		end := nextURL(value, start)
		first, opened := passwordStart(value[start:end])
		at := start + lastAt(value[start:end])
		if at >= start {
			_, opened = passwordStart(value[at:end])
		}
		for opened && end < len(value) { // what looks like the scheme of another URL may be in a password
			from := end
			end = nextURL(value, from)
			if i := lastAt(value[from:end]); i >= 0 {
				at = from + i
				_, opened = passwordStart(value[at:end])
			}
		}
		for i := start + first; i < at; i++ {
			hidden[i] = 'x'
		}
		start = end
	}
	return string(hidden)
}

// passwordStart returns where a password begins in s if an "@" follows, and whether
// there is a colon that nothing but a password explains.
func passwordStart(s string) (first int, opened bool) {
	first = len(s)
	for i := range len(s) {
		n := colonAt(s, i)
		if n == 0 {
			continue
		}
		before, behind := s[:i], s[i+n:]
		switch {
		case endsSource(before, behind), endsKey(before):
			continue
		case first == len(s):
			first = i + n
		}
		if !beginsWithPort(behind) {
			return first, true
		}
	}
	return first, false
}

// endsSource reports whether a colon ends a source such as data: or wss:.
func endsSource(before, behind string) bool {
	return slices.Contains(schemesWithoutColon, lastWord(before)) && (behind == "" || isURLDelimiter(behind[0]))
}

// endsKey reports whether a colon follows a key of a JSON object.
func endsKey(before string) bool {
	key, quoted := strings.CutSuffix(before, `"`)
	name := strings.TrimRight(key, "abcdefghijklmnopqrstuvwxyz_")
	return quoted && strings.HasSuffix(name, `"`)
}

// beginsWithPort reports whether s, which follows a colon, is a port and then the end
// of an authority, or the slashes behind a scheme.
func beginsWithPort(s string) bool {
	rest := strings.TrimLeft(s, "0123456789")
	return strings.HasPrefix(s, "//") || rest != s && (rest == "" || rest[0] == '/' || isURLDelimiter(rest[0]))
}

// nextURL returns where the next URL begins behind its scheme, the end of value if
// there is none.
func nextURL(value string, start int) int {
	for i := start; ; {
		found := strings.Index(value[i:], "://")
		if found < 0 {
			return len(value)
		}
		if i += found; endsScheme(value, i) {
			return i + len("://")
		}
		i += len("://")
	}
}

// endsScheme reports whether the colon at i ends the scheme of a URL that stands
// at the beginning of value or of an element in it.
func endsScheme(value string, i int) bool {
	return strings.HasPrefix(value[i:], "://") && origins.ValidScheme(strings.ToLower(lastWord(value[:i])))
}

// urlDelimiters are what a URL stands between in some header.
const urlDelimiters = "[]()\"'=;, \t\r\n\f"

func isURLDelimiter(c byte) bool { return strings.IndexByte(urlDelimiters, c) >= 0 }

// lastWord returns what follows the last delimiter, or the end of it.
func lastWord(s string) string {
	const longest = 70 // what a scheme may have; looking further would be quadratic
	s = s[max(0, len(s)-longest):]
	return s[strings.LastIndexAny(s, urlDelimiters)+1:]
}

// lastAt returns where the last "@" is in value, which may be escaped as JSON has it;
// -1 if there is none.
func lastAt(value string) int {
	return max(strings.LastIndexByte(value, '@'), strings.LastIndex(value, `\u0040`))
}

// colonAt returns the length of the colon at i, which may be escaped as JSON has it;
// 0 if there is none.
func colonAt(value string, i int) int {
	const escaped = `\u003a`
	switch {
	case value[i] == ':':
		return 1
	case value[i] == '\\' && hasPrefixFold(value[i:], escaped):
		return len(escaped)
	}
	return 0
}
