package conformance_test

import (
	"regexp"
	"slices"
	"strings"

	"github.com/httpsec/httpsec/internal/origins"
)

// difference is a kind of URL about which parsers differ. Where theirs is empty, the
// other one refuses the URL.
type difference struct {
	reason  string
	example string
	is      func(url, theirs string) bool
}

const (
	asterisk = "an asterisk is a wildcard, and no host has one"
	portZero = "nobody listens on port 0"
	dns      = "DNS has no empty labels, labels longer than 63 bytes, nor names longer than 253"
	punycode = "Punycode is not decoded: parsers differ about it, and what none sends never matches"
	control  = "browsers drop control characters, which people do not see"
)

// Differences on purpose.
var (
	// unlisted are origins that a URL parser writes as they stand, but Valid refuses.
	unlisted = []difference{
		{"ws and wss are the schemes of handshakes, not of pages", "wss://a.example", begins("ws", "wss")},
		{"pages of the scheme send null", "blob://a", begins("about", "blob", "data", "file")},
		{"a scheme one slip away from http or https is a mistake", "htps://a.example", isMisspelt},
		{asterisk, "https://a*b.example", hasAsterisk},
		{portZero, "https://a.example:0", hasPortZero},
		{dns, "https://a..example", breaksDNS},
		{"nothing is looked at that is longer than any origin with a domain", "tauri://" + strings.Repeat("a", 350),
			func(_, theirs string) bool { return len(theirs) > origins.MaxLength }},
		{"an origin without a host names no page", "tauri://", matches(`^[^:]*://$`)},
	}

	// unknown are origins that Valid takes, but a URL parser refuses.
	unknown = []difference{
		{punycode, "https://xn--a.example", hasPunycode},
	}

	// unread are URLs that have an http or https origin, but Read refuses.
	unread = []difference{
		{asterisk, "https://a*b.example/", hasAsterisk},
		{portZero, "https://a.example:0/", hasPortZero},
		{dns, "https://a..example/", breaksDNS},
		{"what is not scheme://host was perhaps meant otherwise", "https:/a.example",
			matches(`(?i)^\s*https?:(?:[^/]|/[^/]|//[/\\])`)},
		{"what stands before an @ may be a password with a slash in it", "https://u:1/w@a.example",
			matches(`:[^@]*[/\\?#][^@]*@`)},
		{control, "https://a\tb.example/", matches(`[\x00-\x1f]`)},
		{punycode, "https://xn--mgb99898a.\uff41", hasPunycode},
	}

	// readAnyway are URLs that a parser refuses, but Read does not.
	readAnyway = []difference{
		{"nobody types white space around a URL on purpose", "https://a.example\u00a0",
			matches(`^\s*[\x{a0}\x{3000}]|[\x{a0}\x{3000}]\s*$`)},
		{punycode, "https://xn--a.example/", hasPunycode},
	}

	// suggested are URLs that Explain takes for something else than what they say.
	suggested = []difference{
		{"a backslash before a dot is left of a regular expression", `https://a\.example`, matches(`\\\.`)},
		{"quotes and brackets are left of a list in another language", `https:/a.example'`,
			matches("[`'\"<>(){},;\\[\\]]/?\\s*$")},
		{asterisk, "https://**.example", hasAsterisk},
		{control, "\x00https:@localhost:1", matches(`[\x00-\x1f]`)},
	}
)

// Faults of the others; Chromium agrees with httpsec on each.
var (
	ofNode = []difference{
		{"labels that CheckBidi refuses are taken", "https://a\u05d0.example", matches(`[\x{590}-\x{6ff}]`)},
	}
	ofWHATWGURL = []difference{
		{"a sign is taken for a part of a number", "http://+1", matches(`[+-][0-9a-fA-F]+(?:[./:?#%\\\s]|$)`)},
		{"an IPv6 address may have a bracket in it", "http://[::1]]", matches(`\[[^\]]*\[|\]\]`)},
		{"an empty label in Punycode is dropped", "http://xn--.example", matches(`(?i)xn--(?:%2e|[./:?#\\\s]|$)`)},
		{"a host in Unicode is refused for what others may have", "http://a'.\uff41", matches("[^\x00-\x7f]")},
	}
)

// examples returns those of all differences.
func examples() []string {
	var urls []string
	for _, list := range [][]difference{unlisted, unknown, unread, readAnyway, suggested, ofNode, ofWHATWGURL} {
		for _, d := range list {
			urls = append(urls, d.example)
		}
	}
	return urls
}

// find returns the reason for a difference, "" where none of the lists has it.
func find(url, theirs string, lists ...[]difference) string {
	for _, d := range slices.Concat(lists...) {
		if d.is(url, theirs) {
			return d.reason
		}
	}
	return ""
}

func begins(schemes ...string) func(url, theirs string) bool {
	return func(_, theirs string) bool {
		scheme, _, _ := strings.Cut(theirs, ":")
		return slices.Contains(schemes, scheme)
	}
}

func matches(pattern string) func(url, theirs string) bool {
	compiled := regexp.MustCompile(pattern)
	return func(url, _ string) bool { return compiled.MatchString(url) }
}

// hasPunycode passes over soft hyphens, as browsers do.
var hasPunycode = matches(`(?i)x\x{ad}*n\x{ad}*-\x{ad}*-`)

func hasPortZero(_, theirs string) bool { return strings.HasSuffix(theirs, ":0") }

func hasAsterisk(_, theirs string) bool { return strings.Contains(theirs, "*") }

func isMisspelt(_, theirs string) bool {
	scheme, _, _ := strings.Cut(theirs, ":")
	return scheme != "http" && scheme != "https" && misspelt.MatchString(scheme)
}

// misspelt matches what makes one slip of http or https.
var misspelt = func() *regexp.Regexp {
	var slips []string
	for _, right := range []string{"http", "https"} {
		for i := range len(right) + 1 {
			slips = append(slips, right[:i]+"."+right[i:])
			if i < len(right) {
				slips = append(slips, right[:i]+right[i+1:], right[:i]+"."+right[i+1:])
			}
			if i+1 < len(right) {
				slips = append(slips, right[:i]+right[i+1:i+2]+right[i:i+1]+right[i+2:])
			}
		}
	}
	return regexp.MustCompile("^(?:" + strings.Join(slips, "|") + ")$")
}()

// breaksDNS is for schemes whose hosts are domains.
func breaksDNS(_, theirs string) bool {
	scheme, host, _ := strings.Cut(theirs, "://")
	if !slices.Contains([]string{"http", "https", "ftp"}, scheme) {
		return false
	}
	host, _, _ = strings.Cut(host, ":")
	host = strings.TrimSuffix(host, ".")
	return len(host) > 253 || slices.ContainsFunc(strings.Split(host, "."), func(label string) bool {
		return label == "" || len(label) > 63
	})
}
