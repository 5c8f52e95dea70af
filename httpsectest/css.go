package httpsectest

import (
	"strings"
)

// loadCSS loads what a style sheet asks for. It takes every rule for one that
// applies.
func (l *loader) loadCSS(r *resource, css string) {
	for _, found := range scanCSS(css) {
		part := &resource{
			src: found.url, base: r.base, order: r.order, line: r.line, referrerPolicy: r.referrerPolicy,
			upgrade: r.upgrade, sheet: r.sheet,
		}
		switch {
		case found.isImport:
			part.element, part.crossorigin = "link", nil
			if r.sheet == nil {
				part.referrerPolicy = r.referrerPolicy
			}
		case found.isFont:
			part.element, part.font, part.order = "font", true, 0
		default:
			part.element, part.order = "img", 0 // asked for when the whole document is there
		}
		if !found.isImport && r.sheet == nil && r.inline != nil {
			part.referrerPolicy = "" // Chromium forgets the document's policy here
		}
		l.loadResource(part)
	}
}

type cssURL struct {
	url              string
	isImport, isFont bool
}

// scanCSS returns the addresses in a style sheet, or in the declarations of a style
// attribute.
func scanCSS(css string) (found []cssURL) {
	css = withoutComments(css)
	start, fonts := 0, 0 // of the rule, and the end of a font-face block
	for i := 0; i < len(css); i++ {
		switch c := css[i]; {
		case c == '"' || c == '\'':
			end := endOfString(css, i)
			if isImport(css[start:i]) {
				found = append(found, cssURL{url: css[i+1 : end], isImport: true})
			}
			i = end
		case c == '{':
			if strings.HasPrefix(strings.ToLower(strings.TrimSpace(css[start:i])), "@font-face") {
				if end := strings.IndexByte(css[i:], '}'); end >= 0 {
					fonts = i + end
				}
			}
			start = i + 1
		case c == '}' || c == ';':
			start = i + 1
		case len(css)-i > 4 && strings.EqualFold(css[i:i+4], "url("):
			end := strings.IndexByte(css[i:], ')')
			if end < 0 {
				return found
			}
			url := strings.Trim(css[i+4:i+end], " \t\r\n\f\"'")
			if url != "" {
				found = append(found, cssURL{url: url, isImport: isImport(css[start:i]), isFont: i < fonts})
			}
			i += end
		}
	}
	return found
}

func isImport(rule string) bool {
	return strings.EqualFold(strings.TrimSpace(rule), "@import")
}

func endOfString(css string, start int) int {
	for i := start + 1; i < len(css); i++ {
		switch css[i] {
		case '\\':
			i++
		case css[start], '\n':
			return i
		}
	}
	return len(css)
}

func withoutComments(css string) string {
	for {
		start := strings.Index(css, "/*")
		if start < 0 {
			return css
		}
		end := strings.Index(css[start+2:], "*/")
		if end < 0 {
			return css[:start]
		}
		css = css[:start] + css[start+2+end+2:]
	}
}
