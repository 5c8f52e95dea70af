package httpsectest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// embedded notes images, media, frames and plugins.
func (w *walker) embedded(n *html.Node, r *resource) {
	switch n.Data {
	case "img":
		_, r.set = attribute(n, "srcset")
		r.set = r.set || n.Parent != nil && n.Parent.Data == "picture"
		w.addIf(r, "img", imageSource(n))
	case "image":
		w.addIf(r, "img", value(n, "href"))
	case "input":
		if strings.EqualFold(value(n, "type"), "image") {
			w.addIf(r, "img", value(n, "src"))
		}
	case "audio", "video":
		if poster := value(n, "poster"); poster != "" && n.Data == "video" {
			image := *r
			w.add(&image, "img", poster)
		}
		r.deferred = strings.EqualFold(value(n, "preload"), "none")
		w.addIf(r, n.Data, mediaSource(n))
	case "iframe", "frame":
		if words, ok := attribute(n, "sandbox"); ok {
			r.sandbox = parseSandbox(strings.Fields(words))
		}
		if _, ok := attribute(n, "srcdoc"); !ok {
			w.addIf(r, "iframe", value(n, "src"))
		}
	case "object":
		w.addIf(r, "object", value(n, "data"))
	case "embed":
		w.addIf(r, "embed", value(n, "src"))
	}
}

func (w *walker) addIf(r *resource, element, src string) {
	if strings.TrimSpace(src) != "" {
		w.add(r, element, src)
	}
}

// mediaSource returns the first address that a media element tries.
func mediaSource(n *html.Node) string {
	if src, ok := attribute(n, "src"); ok {
		return src
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if child.Data == "source" {
			return value(child, "src")
		}
	}
	return ""
}

// imageSource returns what a screen of 1 pixel per point shows of src and srcset.
func imageSource(n *html.Node) string {
	type candidate struct {
		src     string
		density float64
	}
	var candidates []candidate
	set, ok := pictureSource(n)
	if !ok {
		set = value(n, "srcset")
		if src := value(n, "src"); src != "" {
			candidates = append(candidates, candidate{src, 1})
		}
	}
	for part := range strings.SplitSeq(set, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		c := candidate{words[0], 1}
		if len(words) > 1 && strings.HasSuffix(words[1], "x") {
			fmt.Sscan(strings.TrimSuffix(words[1], "x"), &c.density)
		}
		candidates = append(candidates, c)
	}
	if len(candidates) == 0 {
		return ""
	}
	slices.SortStableFunc(candidates, func(x, y candidate) int { return cmp.Compare(x.density, y.density) })
	for i, c := range candidates {
		if c.density >= 1 || i == len(candidates)-1 {
			return c.src
		}
	}
	return ""
}

// pictureSource returns the srcset of the <source> that a <picture> takes in the place
// of its image: the first of a type that browsers show. One with a media query is
// taken for one that does not match.
func pictureSource(n *html.Node) (srcset string, ok bool) {
	if n.Parent == nil || n.Parent.Data != "picture" {
		return "", false
	}
	for child := n.Parent.FirstChild; child != nil && child != n; child = child.NextSibling {
		kind := strings.ToLower(value(child, "type"))
		if srcset = value(child, "srcset"); child.Data == "source" && srcset != "" && value(child, "media") == "" && (kind == "" || slices.Contains(imageTypes, kind)) {
			return srcset, true
		}
	}
	return "", false
}

var imageTypes = []string{
	"image/apng", "image/avif", "image/bmp", "image/gif", "image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/svg+xml",
	"image/vnd.microsoft.icon", "image/webp", "image/x-icon", "image/x-png",
}

// link is https://html.spec.whatwg.org/#the-link-element.
func (w *walker) link(n *html.Node, r *resource) {
	href := value(n, "href")
	words := strings.Fields(strings.ToLower(value(n, "rel")))
	has := func(word string) bool { return slices.Contains(words, word) }
	_, disabled := attribute(n, "disabled")
	switch {
	case href == "":
	case has("stylesheet"):
		if kind := strings.ToLower(value(n, "type")); !disabled && (kind == "" || kind == "text/css") {
			w.add(r, "link", href)
		}
	case has("preload"):
		if r.as = strings.ToLower(value(n, "as")); directiveOf[r.as] != "" {
			w.add(r, "preload", href)
		}
	case has("modulepreload"):
		w.add(r, "modulepreload", href)
	}
}

// directiveOf maps what a preload is for.
var directiveOf = map[string]string{
	"script": "script-src-elem", "style": "style-src-elem", "image": "img-src", "font": "font-src", "fetch": "connect-src",
}
