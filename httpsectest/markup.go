package httpsectest

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// Attributes that carry through the parser what it does not keep: an element's line,
// and that its tag names an attribute twice.
const (
	lineAttribute  = "httpsectest-line"
	twiceAttribute = "httpsectest-twice"
)

// numberLines writes into every start tag the line on which it stands. What <noscript>
// holds is a text for the tokenizer; inside, another <noscript> is a tag like others.
func numberLines(markup string, line int, inside bool) string {
	var b strings.Builder
	noscript := false
	tokens := html.NewTokenizer(strings.NewReader(markup))
	for {
		kind := tokens.Next()
		raw := string(tokens.Raw())
		if noscript && !inside && kind == html.TextToken {
			b.WriteString(numberLines(raw, line, true))
		} else if kind == html.StartTagToken || kind == html.SelfClosingTagToken {
			end := 1 + strings.IndexAny(raw[1:]+">", " \t\r\n\f/>")
			fmt.Fprintf(&b, "%s %s=%d", raw[:end], lineAttribute, line)
			if hasTwice(raw[end:]) {
				b.WriteString(" " + twiceAttribute + "=x")
			}
			if rest := raw[end:]; strings.HasPrefix(rest, "/") {
				b.WriteString(" ") // the slash is not part of the number
			}
			b.WriteString(raw[end:])
		} else {
			b.WriteString(raw)
		}
		line += strings.Count(raw, "\n")
		name, _ := tokens.TagName()
		if noscript = kind == html.StartTagToken && string(name) == "noscript"; noscript && inside {
			tokens.NextIsNotRawText()
		}
		if kind == html.ErrorToken {
			return b.String()
		}
	}
}

// hasTwice reports whether an attribute stands twice in a tag, of which attributes is
// what follows the name.
func hasTwice(attributes string) bool {
	const blank = " \t\r\n\f"
	seen := make(map[string]bool)
	for rest := attributes; ; {
		rest = strings.TrimLeft(rest, blank+"/")
		if rest == "" || rest[0] == '>' {
			return false
		}
		end := 1 + strings.IndexAny(rest[1:]+">", blank+"=/>")
		name := strings.ToLower(rest[:end])
		if seen[name] {
			return true
		}
		seen[name] = true
		if rest = strings.TrimLeft(rest[end:], blank); !strings.HasPrefix(rest, "=") {
			continue
		}
		rest = strings.TrimLeft(rest[1:], blank)
		if strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "'") {
			_, rest, _ = strings.Cut(rest[1:], rest[:1])
		} else {
			rest = rest[strings.IndexAny(rest+">", blank+">"):]
		}
	}
}

// nonceOf returns the nonce of an element, if it has one to give. An element that was
// put in front of another's nonce, without an end, has not:
// https://w3c.github.io/webappsec-csp/#is-element-nonceable.
func nonceOf(n *html.Node) string {
	for _, a := range n.Attr {
		text := strings.ToLower(a.Key + " " + a.Val)
		if a.Key == twiceAttribute || strings.Contains(text, "<script") || strings.Contains(text, "<style") {
			return ""
		}
	}
	return value(n, "nonce")
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func value(n *html.Node, name string) string {
	v, _ := attribute(n, name)
	return v
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if child.Type == html.TextNode {
			b.WriteString(child.Data)
		}
	}
	return b.String()
}
