package httpsectest

import (
	"net/http"
	"slices"
	"strings"
)

var referrerPolicies = []string{
	"no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin",
	"strict-origin", "strict-origin-when-cross-origin", "unsafe-url",
}

// parseReferrerPolicy returns the last policy that browsers know, "" if there is
// none: https://w3c.github.io/webappsec-referrer-policy/#parse-referrer-policy-from-header.
func parseReferrerPolicy(header http.Header) (policy string) {
	for _, line := range header.Values("Referrer-Policy") {
		for word := range strings.SplitSeq(line, ",") {
			if word = strings.ToLower(strings.Trim(word, " \t")); slices.Contains(referrerPolicies, word) {
				policy = word
			}
		}
	}
	return policy
}

// referrer is https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer.
func referrer(policy string, source, target *address) string {
	if source == nil {
		return ""
	}
	whole := &address{scheme: source.scheme, host: source.host, port: source.port, path: source.path, query: source.query}
	full, origin := whole.String(), source.origin()+"/"
	if len(full) > 4096 {
		full = origin
	}
	// As Chromium has it: http on loopback is a downgrade, too.
	downgrade := source.scheme == "https" && target.scheme != "https"
	sameOrigin := source.origin() == target.origin()
	switch policy {
	case "no-referrer":
		return ""
	case "unsafe-url":
		return full
	case "origin":
		return origin
	case "same-origin":
		if sameOrigin {
			return full
		}
		return ""
	case "origin-when-cross-origin":
		if sameOrigin {
			return full
		}
		return origin
	}
	switch {
	case downgrade:
		return ""
	case policy == "strict-origin", policy != "no-referrer-when-downgrade" && !sameOrigin:
		return origin
	}
	return full
}

// referrerOnRedirect never gives back what an earlier hop took away.
func referrerOnRedirect(policy, sent string, target *address) string {
	source, ok := parseAddress(sent, nil)
	if !ok {
		return ""
	}
	return referrer(policy, source, target)
}
