package origins_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/internal/origins"
)

// FuzzOrigin compares with the slow reader: entries, origins, and what a set of two
// entries contains. For the last, wildcards are also replaced by a third text.
func FuzzOrigin(f *testing.F) {
	more := []string{"https://*.b.com:*", "https://pr-*.b.com", "app://*.a..", "https://*.1.2", "file://"}
	for _, entry := range append(more, everyKind...) {
		for _, text := range []string{
			"x", "", "x.y", "3000", "evil.com/", "u@x", "X", "-1", "[::1]", "https://x.b.com",
		} {
			f.Add(entry, "https://*.b.com:8443", text)
		}
	}
	for _, s := range append(validOrigins, invalidOrigins[:len(invalidOrigins)-2]...) {
		f.Add(s, "https://*.a.com", s)
	}
	f.Fuzz(func(t *testing.T, entry, other, text string) {
		var accepted []string
		for _, entry := range []string{entry, other, text} {
			slow, want := slowParse(entry)
			p, ok := origins.Parse(entry)
			require.Equal(t, want, ok, "%q", entry)
			require.Equal(t, ok && p.Kind == origins.Exact && p.Port != "*", origins.Valid(entry), "%q", entry)
			require.Equal(t, ok && p.Kind == origins.Null, origins.Opaque(entry), "%q", entry)
			if !ok {
				require.Zero(t, p)
				continue
			}
			require.Equal(t, slow.parsed(), p)
			require.Equal(t, entry, p.String())
			if entry != text {
				accepted = append(accepted, entry)
			}
		}
		set := setOf(t, accepted...)
		replace := func(entry string) string { return strings.ReplaceAll(entry, "*", text) }
		for _, origin := range []string{
			entry, other, text, replace(entry), replace(other), entry + text, entry + ":" + text,
		} {
			contains := set.Contains(origin)
			require.Equal(t, slowlyContains(accepted, origin), contains, "%q in %q", origin, accepted)
			if contains {
				require.True(t, origins.Valid(origin) || origins.Opaque(origin), "%q", origin)
			}
		}
	})
}

// offered returns the entries that a fix says to write.
func offered(fix string) []string {
	rest, ok := strings.CutPrefix(fix, "write \"")
	var entries []string
	for rest = `"` + rest; ok; rest, ok = strings.CutPrefix(rest, ", ") {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil
		}
		entry, _ := strconv.Unquote(quoted)
		entries, rest = append(entries, entry), rest[len(quoted):]
	}
	return entries
}

// FuzzExplain puts a password between two texts: what is offered is accepted and does
// not have it.
func FuzzExplain(f *testing.F) {
	for _, s := range []string{
		"https://A.com/", "a.com:443", "a.com, b.com", "https://user", "https:user", "*://user", `"https://u`,
		"^https://u", "wss://u", "htps:/u",
		"https://a.com, https://u", "http://0x7f.1", "https://bücher.example", "http://[0::1]", "file:///x",
		" NULL", "[http://[::1]]", "**.a.com",
		`^https?://.*\.a\.com(:\d+)?$`, "localhost:80", "10.1", "//a.com", "app://*:*", "",
	} {
		f.Add(s, "", "a.com")
		f.Add(s, "/x", "a.com")
		f.Add("", "", s)
		f.Add("u", `\`, s)
	}
	f.Fuzz(func(t *testing.T, before, password, after string) {
		for _, text := range []string{
			before, after, before + after, before + ":hunter2" + password + "@" + after,
		} {
			for _, accepted := range []func(string) bool{
				isEntry,
				func(entry string) bool { return entry == "*" || isEntry(entry) },
				func(entry string) bool { return isEntry(entry) && !origins.Opaque(entry) },
			} {
				refusal := origins.Explain(text, accepted)
				require.NotEmpty(t, refusal.Problem)
				entries := offered(refusal.Fix)
				for _, entry := range entries {
					require.True(t, accepted(entry), "%q offered for %q", entry, text)
				}
				if refusal.Suggestion != "" {
					require.Equal(t, []string{refusal.Suggestion}, entries)
					require.NotEqual(t, text, refusal.Suggestion)
				} else {
					require.NotEqual(t, 1, len(entries), "%q for %q", refusal.Fix, text)
				}
				if !strings.Contains(before+password+after, "hunter2") {
					require.NotContains(t, refusal.Fix, "hunter2", "%q", text)
				}
			}
			if origin, ok := origins.Read(text); ok {
				require.True(t, origins.Valid(origin), "%q for %q", origin, text)
				again, _ := origins.Read(origin)
				assert.Equal(t, origin, again)
			}
			if origin := origins.AddScheme(text); origin != "" {
				require.True(t, origins.Valid(origin), "%q for %q", origin, text)
				require.False(t, origins.Valid(text))
			}
		}
	})
}
