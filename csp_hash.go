package httpsec

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// HashSource returns the source that allows an inline script or style with that
// content: 'sha256-…' of what stands between the tags, as a browser reads it from a
// page in UTF-8. A CR LF counts as LF.
//
//	policy := httpsec.DefaultCSP().WithAdded("script-src", httpsec.HashSource("start()"))
func HashSource(content string) string {
	content = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(decodeUTF8(content))
	digest := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
}

// decodeUTF8 replaces invalid bytes as browsers do, which take a sequence that
// breaks off for one character: https://encoding.spec.whatwg.org/#utf-8-decoder.
func decodeUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var decoded strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			for size < len(s) && !utf8.FullRuneInString(s[:size]) && !utf8.FullRuneInString(s[:size+1]) {
				size++
			}
		}
		decoded.WriteRune(r)
		s = s[size:]
	}
	return decoded.String()
}

// InlineHashes returns the hash sources of all inline scripts and styles in the
// HTML files of pages, those whose names end in .html or .htm: each once, in the
// order of [fs.WalkDir], for [CSP.WithAdded] on script-src and style-src. Those in
// templates, noscript elements and srcdoc attributes are among them; empty ones,
// scripts with a src, and the code in attributes are not. Files are read as UTF-8.
//
// The error is that of reading pages.
func InlineHashes(pages fs.FS) (scripts, styles []string, err error) {
	found := inlineHashes{seen: map[string]bool{}}
	err = fs.WalkDir(pages, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isHTMLFile(name) {
			return err
		}
		page, err := fs.ReadFile(pages, name)
		if err != nil {
			return err
		}
		if err := found.addPage(decodeUTF8(string(page))); err != nil {
			return fmt.Errorf("httpsec: InlineHashes: %s: %w", name, err)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return found.scripts, found.styles, nil
}

func isHTMLFile(name string) bool {
	extension := strings.ToLower(path.Ext(name))
	return extension == ".html" || extension == ".htm"
}

type inlineHashes struct {
	scripts, styles []string
	seen            map[string]bool // the pages
}

// addPage reads a page twice: what stands in noscript is text where scripts run,
// and elements where they do not.
func (found *inlineHashes) addPage(page string) error {
	if found.seen[page] {
		return nil
	}
	found.seen[page] = true
	for _, scripting := range []bool{true, false} {
		document, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(scripting))
		if err != nil {
			return err
		}
		for node := range document.Descendants() {
			if err := found.addNode(node); err != nil {
				return err
			}
		}
	}
	return nil
}

func (found *inlineHashes) addNode(node *html.Node) error {
	if node.Type != html.ElementNode || node.Namespace == "math" {
		return nil
	}
	switch node.Data {
	case "script":
		if !isExternal(node) {
			addHash(&found.scripts, textOf(node))
		}
	case "style":
		addHash(&found.styles, textOf(node))
	case "iframe":
		for _, attribute := range node.Attr {
			if attribute.Key == "srcdoc" {
				return found.addPage(attribute.Val)
			}
		}
	}
	return nil
}

// isExternal reports whether a script is loaded from elsewhere, which in SVG is what
// href says.
func isExternal(script *html.Node) bool {
	source := "src"
	if script.Namespace == "svg" {
		source = "href"
	}
	return slices.ContainsFunc(script.Attr, func(a html.Attribute) bool { return a.Key == source })
}

// textOf is the child text content of an element, which is what runs:
// https://dom.spec.whatwg.org/#concept-child-text-content.
func textOf(node *html.Node) string {
	var text strings.Builder
	for child := range node.ChildNodes() {
		if child.Type == html.TextNode {
			text.WriteString(child.Data)
		}
	}
	return text.String()
}

func addHash(list *[]string, content string) {
	if source := HashSource(content); content != "" && !slices.Contains(*list, source) {
		*list = append(*list, source)
	}
}
