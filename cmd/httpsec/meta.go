package main

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/httpsec/httpsec/internal/csp"
)

// metaPolicies returns the policies of the page's <meta> elements, without the
// directives that do nothing there:
// https://html.spec.whatwg.org/#attr-meta-http-equiv-content-security-policy.
func metaPolicies(page *httpsectest.Page) (policies []string) {
	tokens := html.NewTokenizer(page.Response().Body)
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return policies
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			if token.Data == "body" {
				return policies
			}
			if content, ok := metaPolicy(token); ok {
				policies = append(policies, strings.Split(content, ",")...)
			}
		}
	}
}

func metaPolicy(token html.Token) (policy string, ok bool) {
	attributes := make(map[string]string)
	for _, a := range token.Attr {
		attributes[a.Key] = a.Val
	}
	if token.Data != "meta" || !strings.EqualFold(attributes["http-equiv"], headerCSP) {
		return "", false
	}
	var kept []string
	for part := range strings.SplitSeq(attributes["content"], ";") {
		if words := csp.Fields(part); len(words) > 0 && !isIgnoredInMeta(strings.ToLower(words[0])) {
			kept = append(kept, csp.TrimSpace(part))
		}
	}
	return strings.Join(kept, "; "), len(kept) > 0
}

func isIgnoredInMeta(directive string) bool {
	return directive == "frame-ancestors" || directive == "sandbox" || directive == "report-uri"
}
