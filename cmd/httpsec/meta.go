package main

import (
	"io"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/httpsec/httpsec/internal/csp"
)

// metaPolicies returns the policies of the <meta> elements in a page's head, without
// the directives that do nothing there:
// https://html.spec.whatwg.org/#attr-meta-http-equiv-content-security-policy.
func metaPolicies(page io.Reader) (policies []string) {
	root, err := html.Parse(page)
	if err != nil {
		return nil // such a page is not one for httpsectest either
	}
	for n := range root.Descendants() {
		if n.DataAtom != atom.Meta || n.Parent.DataAtom != atom.Head || !strings.EqualFold(attribute(n, "http-equiv"), headerCSP) {
			continue
		}
		for policy := range strings.SplitSeq(attribute(n, "content"), ",") {
			if policy = inMeta(policy); policy != "" {
				policies = append(policies, policy)
			}
		}
	}
	return policies
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// inMeta returns what counts of a policy in <meta>.
func inMeta(policy string) string {
	var kept []string
	for part := range strings.SplitSeq(policy, ";") {
		words := csp.Fields(part)
		if len(words) == 0 {
			continue
		}
		switch strings.ToLower(words[0]) {
		case "frame-ancestors", "sandbox", "report-uri":
		default:
			kept = append(kept, csp.TrimSpace(part))
		}
	}
	return strings.Join(kept, "; ")
}
