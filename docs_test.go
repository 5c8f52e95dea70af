package httpsec_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

func TestReadmeProgramIsTheExample(t *testing.T) {
	_, after, ok := strings.Cut(readFile(t, "README.md"), "```go\npackage main\n")
	require.True(t, ok, "the README has no program")
	program, _, ok := strings.Cut(after, "```\n")
	require.True(t, ok)

	program = "package httpsec_test\n" + strings.Replace(program, "func main()", "func Example()", 1)
	assert.Equal(t, readFile(t, "example_readme_test.go"), program)
}

func TestReadmeTablesNameEveryField(t *testing.T) {
	readme := readFile(t, "README.md")
	for _, field := range reflect.VisibleFields(reflect.TypeFor[httpsec.Config]()) {
		assert.Contains(t, readme, "\n| `"+field.Name+"` |")
	}
	// Header names lose their hyphens in field names.
	rows := strings.ReplaceAll(readme, "-", "")
	for _, field := range reflect.VisibleFields(reflect.TypeFor[httpsec.Headers]()) {
		if field.Name != "Extra" {
			assert.Contains(t, rows, "\n| "+field.Name+" |")
		}
	}
}

func readFile(t *testing.T, name string) string {
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}

// TestConformanceNamesTests keeps docs/conformance.md from naming tests that are
// gone.
func TestConformanceNamesTests(t *testing.T) {
	var source strings.Builder
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, file := range files {
		source.WriteString(readFile(t, file))
	}
	names := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(readFile(t, "docs/conformance.md"), -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		assert.Contains(t, source.String(), "\nfunc "+name[1]+"(")
	}
}
