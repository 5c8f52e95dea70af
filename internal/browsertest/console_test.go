package browsertest

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestConsole provokes each cause, and looks for the sentence among what the console
// says.
func TestConsole(t *testing.T) {
	if *broken {
		t.Skip("nothing could be taken from the table: the sentences must be said")
	}
	inEachEngine(t, setup{}, func(t *testing.T, w *world) {
		for _, s := range consoleTable {
			t.Run(s.cause, func(t *testing.T) {
				handler, err := s.service.handler()
				require.NoError(t, err)
				site := w.open(handler)
				tab := w.browser.open(t)
				defer tab.close()
				require.NoError(t, tab.navigate(cmp.Or(s.visit, app+"/blank")+"?k="+site.key))
				tab.evaluate(t, prelude(site.key, s.script))

				want := s.says[w.browser.name()]
				if want == "" {
					time.Sleep(200 * time.Millisecond) // for what must not come
					assert.Empty(t, aboutPages(tab.console(t)))
					return
				}
				assert.EventuallyWithT(t, func(c *assert.CollectT) {
					said := tab.console(t)
					assert.True(c, slices.ContainsFunc(said, func(line string) bool { return matches(want, line) }),
						"%s\nis not among\n%s", want, strings.Join(said, "\n"))
				}, settleTimeout, 50*time.Millisecond)
			})
		}
	})
}

// matches reports whether a line is the sentence, where … may be anything.
func matches(sentence, line string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(sentence), "…", ".*")
	return regexp.MustCompile("^(?s:" + pattern + ")$").MatchString(strings.TrimSpace(line))
}

// aboutPages returns the lines that a user would see as being about his page.
func aboutPages(lines []string) (about []string) {
	for _, line := range lines {
		if own := strings.Contains(line, "PathUtils"); !own {
			about = append(about, line)
		}
	}
	return about
}

// TestDocumentsQuoteTheConsole holds what the documents quote from consoles to the
// table: the cells of tables with a column per browser, and whatever else looks like it.
func TestDocumentsQuoteTheConsole(t *testing.T) {
	documents, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	code := regexp.MustCompile("``(.+?)``|`([^`\n]+)`")
	looks := regexp.MustCompile(`has been blocked by CORS|\(Reason: |net::ERR_|violates the following|due to access control|` +
		`Preflight response is|Refused to |The page’s settings|Mixed Content:|\[blocked\]|WebSocket connection to`)
	quoted := 0
	for _, document := range append(documents, "../../README.md") {
		content, err := os.ReadFile(document)
		require.NoError(t, err)
		inTable := false
		for line := range strings.Lines(string(content)) {
			inTable = strings.HasPrefix(line, "|") && (inTable || strings.HasPrefix(line, consoleHeading))
			for column, cell := range strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ") {
				for _, span := range code.FindAllStringSubmatch(cell, -1) {
					quote := span[1] + span[2]
					switch {
					case inTable:
						assert.True(t, said(quote, engines[column].name), "%s: %s does not say %s", document, engines[column].name, quote)
						quoted++
					case looks.MatchString(quote):
						assert.True(t, said(quote, chromium, firefox, webkit), "%s: no console says %s", document, quote)
						quoted++
					}
				}
			}
		}
	}
	assert.Greater(t, quoted, 50)
}

const consoleHeading = "| Chromium | Firefox | Safari |"

// said reports whether a quotation is part of a sentence of one of the engines.
func said(quote string, by ...engineName) bool {
	return slices.ContainsFunc(consoleTable, func(s sentences) bool {
		return slices.ContainsFunc(by, func(e engineName) bool { return strings.Contains(s.says[e], quote) })
	})
}

// TestDocumentedBrowsers looks for the cases that docs/browsers.md names.
func TestDocumentedBrowsers(t *testing.T) {
	cases := slices.Clone(thirdPartyCases)
	for _, theme := range themes {
		cases = append(cases, theme.cases...)
	}
	names := []string{"TestMaxAge"}
	for _, c := range cases {
		names = append(names, c.name)
	}
	assert.Greater(t, len(names), 180, "the document says so")
	content, err := os.ReadFile("../../docs/browsers.md")
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| .* \\| ([^|]*`[^|]*) \\|$").FindAllStringSubmatch(string(content), -1)
	require.NotEmpty(t, rows)
	var shown []string
	for _, row := range rows {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			assert.Contains(t, names, name[1])
			shown = append(shown, name[1])
		}
	}
	// And no browser differs without a word of it.
	for _, c := range cases {
		if c.differs != nil {
			assert.Contains(t, shown, c.name)
		}
	}
}
