package fields

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// bareItem reads https://www.rfc-editor.org/rfc/rfc9651#section-4.2.3.1.
func (p *parser) bareItem() (Item, error) {
	if !p.more() {
		return Item{}, &SyntaxError{p.i, "a value is missing"}
	}
	switch c := p.s[p.i]; {
	case c == '"':
		return p.quoted()
	case c == '*' || IsAlphanumeric(c) && !IsDigit(c):
		return Item{Token, p.take(isItemTokenByte)}, nil
	case c == '-' || IsDigit(c):
		return p.number()
	case c == '?':
		return p.boolean()
	case c == ':':
		return p.byteSequence()
	case c == '@':
		return p.date()
	case c == '%':
		return p.displayString()
	case strings.IndexByte(" ,;)", c) >= 0:
		return Item{}, &SyntaxError{p.i, "a value is missing"}
	}
	r, _ := utf8.DecodeRuneInString(p.s[p.i:])
	return Item{}, &SyntaxError{p.i, "no value begins with " + strconv.Quote(string(r))}
}

// isItemTokenByte reports whether c may be in an item of type Token, which has more
// than tokens elsewhere: https://www.rfc-editor.org/rfc/rfc9651#section-4.2.6.
func isItemTokenByte(c byte) bool { return IsTokenByte(c) || c == ':' || c == '/' }

// number reads https://www.rfc-editor.org/rfc/rfc9651#section-4.2.4.
func (p *parser) number() (Item, error) {
	start := p.i
	p.accept('-')
	whole := p.take(IsDigit)
	if whole == "" {
		return Item{}, &SyntaxError{start, "a minus sign that no digit follows"}
	}
	if !p.accept('.') {
		if len(whole) > 15 {
			return Item{}, &SyntaxError{start, "an integer of more than 15 digits"}
		}
		return Item{Integer, p.s[start:p.i]}, nil
	}
	if len(whole) > 12 {
		return Item{}, &SyntaxError{start, "a decimal of more than 12 digits before its point"}
	}
	if fraction := p.take(IsDigit); fraction == "" || len(fraction) > 3 {
		return Item{}, &SyntaxError{start, "a decimal without 1 to 3 digits after its point"}
	}
	return Item{Decimal, p.s[start:p.i]}, nil
}

// quoted reads https://www.rfc-editor.org/rfc/rfc9651#section-4.2.5.
func (p *parser) quoted() (Item, error) {
	opening := p.i
	p.i++
	var text strings.Builder
	for unread := p.i; p.more(); p.i++ {
		switch c := p.s[p.i]; {
		case c == '"':
			text.WriteString(p.s[unread:p.i])
			p.i++
			return Item{String, text.String()}, nil
		case c == '\\':
			if p.i+1 == len(p.s) || p.s[p.i+1] != '"' && p.s[p.i+1] != '\\' {
				return Item{}, &SyntaxError{p.i, "a backslash that escapes nothing"}
			}
			text.WriteString(p.s[unread:p.i])
			p.i++
			unread = p.i // with what is escaped
		case !isPrintable(c):
			return Item{}, &SyntaxError{p.i, "a character that is not printable ASCII"}
		}
	}
	return Item{}, &SyntaxError{opening, "a closing quote is missing"}
}

func isPrintable(c byte) bool { return ' ' <= c && c <= '~' }

// byteSequence reads https://www.rfc-editor.org/rfc/rfc9651#section-4.2.7. As
// there, padding may be missing, and what its bits are does not matter.
func (p *parser) byteSequence() (Item, error) {
	start := p.i
	length := strings.IndexByte(p.s[start+1:], ':')
	if length < 0 {
		return Item{}, &SyntaxError{start, "a closing colon is missing"}
	}
	content := p.s[start+1 : start+1+length]
	p.i = start + len(":") + length + len(":")
	if !isBase64(content) {
		return Item{}, &SyntaxError{start, "a byte sequence that is not base64"}
	}
	return Item{ByteSequence, p.s[start:p.i]}, nil
}

func isBase64(s string) bool {
	digits := strings.TrimRight(s, "=")
	for i := range len(digits) {
		if !IsAlphanumeric(digits[i]) && digits[i] != '+' && digits[i] != '/' {
			return false
		}
	}
	padding := len(s) - len(digits)
	return len(digits)%4 != 1 && (padding == 0 || padding <= 2 && len(s)%4 == 0)
}

// boolean reads https://www.rfc-editor.org/rfc/rfc9651#section-4.2.8.
func (p *parser) boolean() (Item, error) {
	start := p.i
	p.i++
	if !p.accept('0') && !p.accept('1') {
		return Item{}, &SyntaxError{start, "a question mark that neither 0 nor 1 follows"}
	}
	return Item{Boolean, p.s[start:p.i]}, nil
}

// date reads https://www.rfc-editor.org/rfc/rfc9651#section-4.2.9.
func (p *parser) date() (Item, error) {
	start := p.i
	p.i++
	if p.more() && (p.s[p.i] == '-' || IsDigit(p.s[p.i])) {
		number, err := p.number()
		if err != nil {
			return Item{}, err
		}
		if number.Type == Integer {
			return Item{Date, p.s[start:p.i]}, nil
		}
	}
	return Item{}, &SyntaxError{start, "a date that is not a whole number of seconds"}
}

// displayString reads https://www.rfc-editor.org/rfc/rfc9651#section-4.2.10.
func (p *parser) displayString() (Item, error) {
	start := p.i
	if p.i++; !p.accept('"') {
		return Item{}, &SyntaxError{start, "a percent sign that no quote follows"}
	}
	var text []byte
	for ; p.more(); p.i++ {
		c := p.s[p.i]
		switch {
		case c == '"':
			if !utf8.Valid(text) {
				return Item{}, &SyntaxError{start, "a display string that is not UTF-8"}
			}
			p.i++
			return Item{DisplayString, p.s[start:p.i]}, nil
		case c == '%':
			if len(p.s) < p.i+3 || !isLowerHex(p.s[p.i+1]) || !isLowerHex(p.s[p.i+2]) {
				return Item{}, &SyntaxError{p.i, "a percent sign that two digits of 0-9 and a-f do not follow"}
			}
			c = hexValue(p.s[p.i+1])<<4 | hexValue(p.s[p.i+2])
			p.i += 2
		case !isPrintable(c):
			return Item{}, &SyntaxError{p.i, "a character that is not printable ASCII"}
		}
		text = append(text, c)
	}
	return Item{}, &SyntaxError{start, "a closing quote is missing"}
}

func isLowerHex(c byte) bool { return IsDigit(c) || 'a' <= c && c <= 'f' }

func hexValue(c byte) byte {
	if IsDigit(c) {
		return c - '0'
	}
	return c - 'a' + 10
}
