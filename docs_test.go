package httpsec_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
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
	version := regexp.MustCompile(`(?m)^It needs Go (.*)\.$`).FindStringSubmatch(readFile(t, "README.md"))
	require.NotNil(t, version)
	assert.Contains(t, readFile(t, "go.mod"), "\ngo "+version[1]+".")

	readme := readFile(t, "README.md")
	configuration, headers := readFile(t, "docs/configuration.md"), readFile(t, "docs/headers.md")
	for _, field := range reflect.VisibleFields(reflect.TypeFor[httpsec.Config]()) {
		assert.Contains(t, readme, "\n| [`"+field.Name+"`](docs/configuration.md#"+strings.ToLower(field.Name)+") |")
		assert.Contains(t, configuration, "\n### "+field.Name+"\n")
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[httpsec.Headers]()) {
		assert.Contains(t, readme, "\n| `"+field.Name+"` |")
		assert.Contains(t, headers, "\n| `"+field.Name+"` |")
	}
}

// TestDocumentsHaveNoDeadLinks follows links to files, to headings in them and to
// the examples on pkg.go.dev. It does not ask the network.
func TestDocumentsHaveNoDeadLinks(t *testing.T) {
	examples := map[string]bool{"pkg-examples": true}
	for _, name := range declared(t, "Example") {
		examples[exampleAnchor(name)] = true
	}
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	code := regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]*`")
	for _, document := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(readFile(t, document), ""), -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			switch {
			case target == "https://pkg.go.dev/github.com/httpsec/httpsec":
				assert.True(t, anchor == "" || examples[anchor], "%s: %s", document, match[1])
			case strings.Contains(target, "://"):
			default:
				file := document
				if target != "" {
					file = filepath.Join(filepath.Dir(document), target)
				}
				if _, err := os.Stat(file); assert.NoError(t, err, "%s: %s", document, match[1]) && anchor != "" {
					assert.Contains(t, anchorsOf(t, file), anchor, "%s: %s", document, match[1])
				}
			}
		}
	}
}

// anchorsOf returns the anchors that GitHub gives to the headings of a file.
func anchorsOf(t *testing.T, file string) []string {
	var anchors []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(readFile(t, file), -1) {
		kept := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		anchors = append(anchors, strings.ReplaceAll(kept, " ", "-"))
	}
	return anchors
}

// exampleAnchor returns the anchor of an Example on pkg.go.dev: "CORS_perRoute" has
// "example-CORS-PerRoute", and the methods of a type are written with a dot.
func exampleAnchor(name string) string {
	parts := strings.Split(strings.TrimPrefix(name, "Example"), "_")
	var anchor strings.Builder
	anchor.WriteString("example-" + parts[0])
	for _, part := range parts[1:] {
		if strings.ToUpper(part[:1]) == part[:1] {
			anchor.WriteString("." + part)
		} else {
			anchor.WriteString("-" + strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return anchor.String()
}

// TestConformanceNamesTests keeps docs/conformance.md from naming tests and files
// that are gone, and from missing a row.
func TestConformanceNamesTests(t *testing.T) {
	conformance := readFile(t, "docs/conformance.md")
	tests := slices.Concat(declared(t, "Test"), declared(t, "Fuzz"))
	names := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(conformance, -1)
	require.NotEmpty(t, names)
	for _, name := range names {
		assert.True(t, slices.Contains(tests, name[1]), "there is no %s", name[1])
	}
	for _, file := range regexp.MustCompile(`[a-z_/]+\.go\b`).FindAllString(conformance, -1) {
		assert.FileExists(t, file)
	}
	rows := regexp.MustCompile("(?m)^\\| ([\\d, ]+) \\|.*`Test\\w+` \\|$").FindAllStringSubmatch(conformance, -1)
	next := 1
	for _, row := range rows {
		for number := range strings.SplitSeq(row[1], ", ") {
			assert.Equal(t, strconv.Itoa(next), number)
			next++
		}
	}
	assert.Equal(t, 94, next, "rows 1 to 93")
}

// declared returns the names of the functions in the project's test files that
// begin with the prefix.
func declared(t *testing.T, prefix string) []string {
	var names []string
	function := regexp.MustCompile(`(?m)^func (` + prefix + `\w*)\(`)
	for _, pattern := range []string{
		"*_test.go", "internal/*/*_test.go", "httpsectest/*_test.go", "reporting/*_test.go", "integrations/*/*_test.go",
	} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			for _, match := range function.FindAllStringSubmatch(readFile(t, file), -1) {
				names = append(names, match[1])
			}
		}
	}
	return names
}

// block is a fenced block of a document.
type block struct {
	text string
	note string // the HTML comment right above it
	line int
}

func blocksOf(t *testing.T, document, language string) []block {
	content := readFile(t, document)
	fence := regexp.MustCompile("(?ms)(?:^<!-- ([^\n]*?) -->\n\n?)?^```" + language + "\n(.*?)^```$")
	var blocks []block
	for _, at := range fence.FindAllStringSubmatchIndex(content, -1) {
		b := block{text: content[at[4]:at[5]], line: strings.Count(content[:at[4]], "\n") + 1}
		if at[2] >= 0 {
			b.note = content[at[2]:at[3]]
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// documents returns the names of all that users read.
func documents(t *testing.T) []string {
	names, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	return append(names, "README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")
}

func readFile(t *testing.T, name string) string {
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return strings.ReplaceAll(string(content), "\r\n", "\n") // as git checks it out on Windows
}
