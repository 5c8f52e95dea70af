package conformance_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tables of https://github.com/web-platform-tests/wpt/tree/master/url/resources
// come with nlnwa/whatwg-url.

func TestOriginsAgainstWPTURLs(t *testing.T) {
	type row struct {
		Input, Base, Origin, Protocol, Host string
	}
	var urls, answers []string
	for _, test := range wpt[row](t, "urltestdata.json") {
		if test.Base != "" && !strings.Contains(test.Input, "://") {
			continue // relative to the base
		}
		if strings.HasPrefix(test.Input, "blob:") {
			continue // with the origin of the page that made it
		}
		answer := ""
		switch {
		case test.Origin != "" && test.Origin != "null":
			answer = test.Origin
		case test.Protocol != "":
			answer = test.Protocol + "//" + test.Host
		}
		urls, answers = append(urls, test.Input), append(answers, answer)
	}
	seen := compareOrigins(t, urls, answers, nil)
	assert.NotZero(t, seen["read"])
}

func TestOriginsAgainstWPTNames(t *testing.T) {
	type row struct{ Input, Output string }
	for _, table := range []string{"toascii.json", "IdnaTestV2.json"} {
		var urls, answers []string
		for _, test := range wpt[row](t, table) {
			if strings.Contains(test.Input, "?") {
				continue // ends the host
			}
			answer := ""
			if test.Output != "" {
				answer = "https://" + test.Output
			}
			urls, answers = append(urls, "https://"+test.Input), append(answers, answer)
		}
		seen := compareOrigins(t, urls, answers, nil)
		assert.NotZero(t, seen["read"])
	}
}

// wpt returns the rows of a table, without its comments.
func wpt[Row any](t *testing.T, name string) []Row {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(moduleDir(t, "github.com/nlnwa/whatwg-url"), "testdata", name))
	require.NoError(t, err)
	var table []json.RawMessage
	require.NoError(t, json.Unmarshal(file, &table))
	var rows []Row
	for _, raw := range table {
		var row Row
		if raw[0] == '{' {
			require.NoError(t, json.Unmarshal(raw, &row))
			rows = append(rows, row)
		}
	}
	require.NotEmpty(t, rows)
	return rows
}

// moduleDir returns where the module cache has a module that go.mod requires.
func moduleDir(t *testing.T, module string) string {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(output))
}
