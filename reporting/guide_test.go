package reporting_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestGuide checks that what docs/csp.md shows as output is what the examples print.
// TestDocumentsCompile of the module's root holds its Go to the examples.
func TestGuide(t *testing.T) {
	read := func(file string) string {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		return string(data)
	}
	examples := read("example_test.go") + read("example_rollout_test.go")
	outputs := 0
	for _, block := range regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$").FindAllStringSubmatch(read("../docs/csp.md"), -1) {
		if block[1] != "" {
			continue
		}
		outputs++
		for line := range strings.Lines(block[2]) {
			assert.Contains(t, examples, "\t// "+line)
		}
	}
	assert.Equal(t, 2, outputs)
}
