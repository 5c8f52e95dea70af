package conformance_test

import (
	"strings"
	"testing"

	"github.com/nlnwa/whatwg-url/url"
	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/internal/origins"
)

func TestOriginsAgainstNode(t *testing.T) {
	urls := newDice().urls()
	testRandomOrigins(t, urls, node(t, urls), ofNode)
}

func TestOriginsAgainstWHATWGURL(t *testing.T) {
	urls := newDice().urls()
	answers := make([]string, len(urls))
	for i, s := range urls {
		if u, err := url.Parse(s); err == nil {
			answers[i] = u.Protocol() + "//" + u.Host()
		}
	}
	testRandomOrigins(t, urls, answers, ofWHATWGURL)
}

// testRandomOrigins fails also where a difference on purpose does not occur. A fault of
// the others may be mended one day.
func testRandomOrigins(t *testing.T, urls, answers []string, faults []difference) {
	t.Helper()
	seen := compareOrigins(t, urls, answers, faults)
	for _, list := range [][]difference{unlisted, unknown, unread, readAnyway, suggested} {
		for _, d := range list {
			assert.NotZero(t, seen[d.reason], d.reason)
		}
	}
	assert.Greater(t, seen["valid"], len(urls)/10, "the inputs test little")
	assert.Greater(t, seen["read"], len(urls)/3, "the inputs test little")
}

// compareOrigins holds package origins against what another parser says of the URLs:
// their origins, "" of what it refuses. It returns how often they agree, and how often
// each of the known differences occurs.
func compareOrigins(t *testing.T, urls, answers []string, faults []difference) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for i, s := range urls {
		theirs := answers[i]
		excused := func(problem string, lists ...[]difference) {
			reason := find(s, theirs, append(lists, faults)...)
			assert.NotEmpty(t, reason, "%q %s, but they say %q", s, problem, theirs)
			seen[reason]++
		}
		switch valid := origins.Valid(s); {
		case valid && theirs == s:
			assert.Empty(t, find(s, theirs, unlisted), "%q is valid", s)
			seen["valid"]++
		case valid && theirs == "":
			excused("is valid", unknown)
		case valid:
			excused("is valid")
		case theirs == s && s != "":
			excused("is not valid", unlisted)
		}
		isWeb := strings.HasPrefix(theirs, "http://") || strings.HasPrefix(theirs, "https://")
		switch origin, ok := origins.Read(s); {
		case ok && origin == theirs:
			assert.Empty(t, find(s, theirs, unlisted), "%q is read as %s", s, origin)
			seen["read"]++
		case ok && theirs == "":
			excused("is read as "+origin, readAnyway)
		case ok:
			excused("is read as " + origin)
		case isWeb:
			excused("is not read", unread)
		}
		switch suggestion := suggest(s); {
		case suggestion == "" || !isWeb:
		case suggestion == theirs:
			seen["suggested"]++
		default:
			excused("gets the suggestion "+suggestion, suggested)
		}
	}
	t.Log(seen)
	return seen
}

// suggest returns what Explain offers in the place of an entry that is refused.
func suggest(entry string) string {
	accepted := func(entry string) bool {
		_, ok := origins.Parse(entry)
		return ok
	}
	if accepted(entry) {
		return ""
	}
	return origins.Explain(entry, accepted).Suggestion
}
