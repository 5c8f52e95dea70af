package fields

import "strconv"

// ItemType is one of the types of a bare item:
// https://www.rfc-editor.org/rfc/rfc9651#section-3.3.
type ItemType uint8

// The types, each with what Item.Text is.
const (
	None          ItemType = iota // a key without a value, which stands for true: ""
	Boolean                       // ?0 or ?1
	Integer                       // -42
	Decimal                       // 4.5
	String                        // what it says, without quotes and backslashes
	Token                         // text/html
	ByteSequence                  // :aGk=:
	Date                          // @1659578233
	DisplayString                 // %"f%c3%bc"
)

// Item is a bare item.
type Item struct {
	Type ItemType
	Text string // as written, but for a String
}

// Parameter is a parameter of a member, or of an item in an inner list.
type Parameter struct {
	Key   string
	Value Item
	At    int // the byte where Key begins
}

// InnerItem is a value of a member.
type InnerItem struct {
	Item
	Parameters []Parameter // none unless the member is an inner list
	At         int         // the byte where the item begins; of None, where the member does
}

// Member is a member of a dictionary or list.
type Member struct {
	Key        string // empty in a list
	Inner      bool   // whether it is an inner list; else Items has one item
	Items      []InnerItem
	Parameters []Parameter
	At         int // the byte where the member begins
}

// SyntaxError says why a value is not a structured field.
type SyntaxError struct {
	At      int    // the byte where the part that is wrong begins
	Problem string // such as "a comma is missing"
}

func (e *SyntaxError) Error() string { return e.Problem + " at byte " + strconv.Itoa(e.At) }

// ParseDictionary reads a dictionary:
// https://www.rfc-editor.org/rfc/rfc9651#section-4.2.2. It returns every member of
// a repeated key, of which the RFC takes the last. The error is a *SyntaxError.
func ParseDictionary(s string) ([]Member, error) { return parseMembers(s, true) }

// ParseList reads a list: https://www.rfc-editor.org/rfc/rfc9651#section-4.2.1. The
// error is a *SyntaxError.
func ParseList(s string) ([]Member, error) { return parseMembers(s, false) }

// ParseItem reads an item and its parameters, every one of a repeated key:
// https://www.rfc-editor.org/rfc/rfc9651#section-4.2.3. The error is a *SyntaxError.
func ParseItem(s string) (Item, []Parameter, error) {
	p := parser{s: s}
	p.skip(isSpace)
	item, err := p.bareItem()
	if err != nil {
		return Item{}, nil, err
	}
	parameters, err := p.parameters()
	if err != nil {
		return Item{}, nil, err
	}
	if p.skip(isSpace); p.more() {
		return Item{}, nil, &SyntaxError{p.i, "something follows the item"}
	}
	return item, parameters, nil
}

func parseMembers(s string, keys bool) ([]Member, error) {
	p := parser{s: s}
	var members []Member
	for p.skip(isSpace); p.more(); {
		m, err := p.member(keys)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
		if p.skip(isWhiteSpace); !p.more() {
			break
		}
		comma := p.i
		if !p.accept(',') {
			return nil, &SyntaxError{comma, "a comma is missing"}
		}
		if p.skip(isWhiteSpace); !p.more() {
			return nil, &SyntaxError{comma, "a comma that nothing follows"}
		}
	}
	return members, nil
}

// parser reads a structured field from left to right.
type parser struct {
	s string
	i int
}

func (p *parser) more() bool { return p.i < len(p.s) }

// accept reads c, if it is next.
func (p *parser) accept(c byte) bool {
	if !p.more() || p.s[p.i] != c {
		return false
	}
	p.i++
	return true
}

// skip passes the bytes that ok is true of.
func (p *parser) skip(ok func(c byte) bool) {
	for p.more() && ok(p.s[p.i]) {
		p.i++
	}
}

// take reads the bytes that ok is true of.
func (p *parser) take(ok func(c byte) bool) string {
	start := p.i
	p.skip(ok)
	return p.s[start:p.i]
}

func isSpace(c byte) bool { return c == ' ' }

func isWhiteSpace(c byte) bool { return c == ' ' || c == '\t' }

func (p *parser) member(keys bool) (m Member, err error) {
	m.At = p.i
	valued := true
	if keys {
		if m.Key, err = p.key(); err != nil {
			return m, err
		}
		valued = p.accept('=')
	}
	switch start := p.i; {
	case !valued:
		m.Items = []InnerItem{{At: m.At}}
	case p.accept('('):
		m.Inner = true
		m.Items, err = p.innerList(start)
	default:
		m.Items = []InnerItem{{At: start}}
		m.Items[0].Item, err = p.bareItem()
	}
	if err != nil {
		return m, err
	}
	m.Parameters, err = p.parameters()
	return m, err
}

// innerList reads https://www.rfc-editor.org/rfc/rfc9651#section-4.2.1.2 after the
// parenthesis at start.
func (p *parser) innerList(start int) ([]InnerItem, error) {
	var items []InnerItem
	for p.skip(isSpace); !p.accept(')'); p.skip(isSpace) {
		if !p.more() {
			return nil, &SyntaxError{start, "a closing parenthesis is missing"}
		}
		it, err := p.innerItem()
		if err != nil {
			return nil, err
		}
		items = append(items, it)
		if p.more() && p.s[p.i] != ' ' && p.s[p.i] != ')' {
			return nil, &SyntaxError{p.i, "a space or closing parenthesis is missing"}
		}
	}
	return items, nil
}

func (p *parser) innerItem() (it InnerItem, err error) {
	it.At = p.i
	if it.Item, err = p.bareItem(); err != nil {
		return it, err
	}
	it.Parameters, err = p.parameters()
	return it, err
}

// parameters reads https://www.rfc-editor.org/rfc/rfc9651#section-4.2.3.2.
func (p *parser) parameters() (list []Parameter, err error) {
	for p.accept(';') {
		p.skip(isSpace)
		parameter := Parameter{At: p.i}
		if parameter.Key, err = p.key(); err != nil {
			return nil, err
		}
		if p.accept('=') {
			if parameter.Value, err = p.bareItem(); err != nil {
				return nil, err
			}
		}
		list = append(list, parameter)
	}
	return list, nil
}

// key reads https://www.rfc-editor.org/rfc/rfc9651#section-4.2.3.3.
func (p *parser) key() (string, error) {
	start := p.i
	key := p.take(isKeyByte)
	if key == "" || key[0] != '*' && !isLower(key[0]) {
		return "", &SyntaxError{start, "a key in lower case is missing"}
	}
	return key, nil
}

func isKeyByte(c byte) bool {
	return isLower(c) || IsDigit(c) || c == '_' || c == '-' || c == '.' || c == '*'
}

func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
