package httpsec_test

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocumentsCompile type-checks every block of Go in the documents, and holds it
// to gofmt. A block is a program, declarations or statements; the names in setting
// stand for what a reader's service has. An HTML comment right above a block says
// what else it takes: "with:" declarations in Go, or "from:" a file that is compiled
// elsewhere and has the block word for word.
func TestDocumentsCompile(t *testing.T) {
	check := newChecker(t)
	for _, document := range documents(t) {
		for _, block := range blocksOf(t, document, "go") {
			name := fmt.Sprintf("%s:%d", document, block.line)
			if file, ok := strings.CutPrefix(block.note, "from:"); ok {
				assert.Contains(t, indentless(readFile(t, strings.TrimSpace(file))), indentless(block.text), name)
				continue
			}
			formatted, err := format.Source([]byte(block.text))
			if assert.NoError(t, err, name) {
				assert.Equal(t, string(formatted), block.text, name)
			}
			assert.NoError(t, check.block(block.text, strings.TrimPrefix(block.note, "with:")), name)
		}
	}
}

// TestDocumentsQuoteOutput does so with what examples print.
func TestDocumentsQuoteOutput(t *testing.T) {
	quoted := 0
	for _, document := range documents(t) {
		for _, block := range blocksOf(t, document, "text") {
			if file, ok := strings.CutPrefix(block.note, "from:"); ok {
				assert.Contains(t, readFile(t, strings.TrimSpace(file)), "// Output: "+block.text, "%s:%d", document, block.line)
				quoted++
			}
		}
	}
	assert.NotZero(t, quoted)
}

func indentless(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(text, "")
}

// setting is what blocks may use without declaring it.
var setting = map[string]string{
	"mux":          `var mux = http.NewServeMux()`,
	"handler":      `var handler http.Handler`,
	"config":       `var config httpsec.Config`,
	"headers":      `var headers httpsec.Headers`,
	"policy":       `var policy *httpsec.Policy`,
	"cors":         `var cors func(http.Handler) http.Handler`,
	"secure":       `var secure func(http.Handler) http.Handler`,
	"recovery":     `var recovery func(http.Handler) http.Handler`,
	"logging":      `var logging func(http.Handler) http.Handler`,
	"authenticate": `var authenticate func(http.Handler) http.Handler`,
	"proxy":        `var proxy *httputil.ReverseProxy`,
	"upstream":     `var upstream *url.URL`,
	"w":            `var w http.ResponseWriter`,
	"r":            `var r *http.Request`,
	"err":          `var err error`,
}

// packages are those that blocks import by using them.
var packages = map[string]string{
	"httpsec": "github.com/httpsec/httpsec", "httpsectest": "github.com/httpsec/httpsec/httpsectest",
	"reporting": "github.com/httpsec/httpsec/reporting",
	"context":   "context", "embed": "embed", "errors": "errors", "fmt": "fmt", "fs": "io/fs", "http": "net/http",
	"httptest": "net/http/httptest", "httputil": "net/http/httputil", "io": "io", "json": "encoding/json", "log": "log",
	"os": "os", "regexp": "regexp", "slices": "slices", "slog": "log/slog", "strings": "strings", "sync": "sync",
	"synctest": "testing/synctest", "template": "html/template", "testing": "testing", "time": "time", "url": "net/url",
}

// checker type-checks Go source against what the project compiles to.
type checker struct {
	files    *token.FileSet
	importer types.Importer
}

func newChecker(t *testing.T) checker {
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}", "./..."}
	for path := range maps.Values(packages) {
		if !strings.HasPrefix(path, "github.com/") {
			args = append(args, path)
		}
	}
	list := exec.Command("go", args...)
	list.Stderr = os.Stderr
	out, err := list.Output()
	require.NoError(t, err)
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		exports[path] = file
	}
	files := token.NewFileSet()
	return checker{files, importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})}
}

// block returns the first error in a block. What is declared and not used is no
// error in a part of a program.
func (c checker) block(text, declarations string) error {
	program := strings.HasPrefix(text, "package ")
	if !program {
		text = c.complete(text, declarations)
	}
	file, err := parser.ParseFile(c.files, "block.go", text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	var first error
	conf := types.Config{Importer: c.importer, Error: func(err error) {
		if first == nil && (program || !err.(types.Error).Soft) {
			first = err
		}
	}}
	_, _ = conf.Check("block", c.files, []*ast.File{file}, nil) // the errors have gone to conf.Error
	return first
}

// complete makes a file of a part of one.
func (c checker) complete(text, declarations string) string {
	if _, err := parser.ParseFile(c.files, "", "package p\n"+text, parser.SkipObjectResolution); err != nil {
		text = "func _() {\n" + text + "}\n"
	}
	text = declarations + "\n" + text
	for name, declaration := range setting {
		declares := regexp.MustCompile(`(?m)^(var|func|type) ` + name + `\b`)
		if regexp.MustCompile(`\b`+name+`\b`).MatchString(text) && !declares.MatchString(text) {
			text = declaration + "\n" + text
		}
	}
	for name, path := range packages {
		if regexp.MustCompile(`(^|[^.\w"/])` + name + `\.[A-Z]`).MatchString(text) {
			text = "import " + strconv.Quote(path) + "\n" + text
		}
	}
	return "package p\n" + text
}
