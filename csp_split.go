package httpsec

import (
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
)

// split takes the words between two semicolons apart where a directive begins in
// the middle of them.
func (c *policyCheck) split(words []string) [][]string {
	var directives [][]string
	var current []string
	end := func() {
		if current != nil {
			directives = append(directives, current)
		}
		current = nil
	}
	for i, word := range words {
		if strings.Contains(word, ",") && mask(word) == word {
			mended := mendComma(word, current != nil, i+1 < len(words) && isDirective(words[i+1]))
			c.add(commaFlaw(word, mended))
			for j, part := range strings.Split(mended, ";") {
				if j > 0 {
					end()
				}
				current = append(current, csp.Fields(part)...)
			}
			continue
		}
		// A Trusted Types policy may have any name.
		if current != nil && isDirective(word) && !strings.EqualFold(current[0], "trusted-types") {
			c.add(missingSemicolon(word))
			end()
		}
		current = append(current, word)
	}
	end()
	return directives
}

func isDirective(word string) bool { return csp.IsDirective(strings.ToLower(word)) }

func missingSemicolon(name string) flaw {
	problem := quote(name) + " is the name of a directive, and a semicolon is missing before it"
	return writing(problem, "; "+name)
}

func commaFlaw(word, mended string) flaw {
	problem := quote(word) + " has a comma, where a second policy begins"
	if mended == "" {
		return flaw{problem: problem, fix: "remove it"}
	}
	return writing(problem, mended)
}

// mendComma returns what a word with commas was meant to be: a path with a comma
// in it, several sources, or the end of a directive. Sources may stand before it,
// and the name of a directive behind.
func mendComma(word string, inside, nameFollows bool) string {
	parts := strings.Split(word, ",")
	if path := pathStart(word); path >= 0 && path < strings.IndexByte(word, ',') && !sourceFollows(parts) {
		return encodeEnds(word)
	}
	var mended strings.Builder
	for _, part := range parts {
		if part == "" {
			continue
		}
		begun := inside || mended.Len() > 0
		switch {
		case begun && isDirective(part):
			mended.WriteString("; ")
		case mended.Len() > 0:
			mended.WriteString(" ")
		}
		mended.WriteString(part)
	}
	if mended.Len() > 0 && parts[len(parts)-1] == "" && nameFollows {
		mended.WriteString(";")
	}
	return mended.String()
}

// pathStart returns where the path of a source or reference begins, -1 if it has
// none.
func pathStart(s string) int {
	authority := 0
	if i := strings.Index(s, "://"); i >= 0 {
		authority = i + len("://")
	}
	if i := strings.IndexByte(s[authority:], '/'); i >= 0 {
		return authority + i
	}
	return -1
}

// sourceFollows reports whether a comma in a path is none of it: another source or
// directive, or nothing at all, stands behind it.
func sourceFollows(parts []string) bool {
	for _, part := range parts[1:] {
		if part == "" || part[0] == '\'' || strings.Contains(part, "://") || isDirective(part) {
			return true
		}
	}
	return false
}
