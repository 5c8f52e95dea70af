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
			image.crossorigin = nil
			w.add(&image, "img", poster)
		}
		if !strings.EqualFold(value(n, "preload"), "none") {
			w.addIf(r, n.Data, mediaSource(n))
		}
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
	if src := value(n, "src"); src != "" {
		candidates = append(candidates, candidate{src, 1})
	}
	for part := range strings.SplitSeq(value(n, "srcset"), ",") {
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
