package httpsec

// Until the header checks report flaws themselves, this adapts them to those of CORS.

import (
	"github.com/httpsec/httpsec/internal/origins"
)

type reporter func(problem, fix string)

func oldDidYouMean(w string, ws []string) string { return didYouMean("", w, ws).fix }
func oldOneOfThese(w string, ws []string) string { return oneOfThese("", w, ws).fix }

type oldEntry struct{ s string }

func (e oldEntry) origin() string { return e.s }
func parseEntry(s string, cred bool) (oldEntry, string, string) {
	if _, ok := origins.Parse(s); ok {
		return oldEntry{s}, "", ""
	}
	r := origins.Explain(s, func(o string) bool { _, ok := origins.Parse(o); return ok })
	return oldEntry{}, r.Problem, r.Fix
}
