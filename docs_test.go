package httpsec_test

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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

// TestReadmeTranscript sends what the README's curl calls send to what its program
// serves, and compares every byte but the date and, after the first answer, the
// security headers.
func TestReadmeTranscript(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/hello", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello\n")
	})
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins:     []string{"https://app.example.com"},
		Credentials: true,
	}))
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	server := httptest.NewServer(secure(cors(mux)))
	defer server.Close()

	blocks := blocksOf(t, "README.md", "console")
	require.Len(t, blocks, 1)
	calls := strings.Split(blocks[0].text, "$ curl ")[1:]
	require.Len(t, calls, 2)
	var leftOut []string
	for _, call := range calls {
		command, want, _ := strings.Cut(call, "\n")
		got := curl(t, server.Listener.Addr().String(), command)
		for _, line := range leftOut {
			assert.Contains(t, got, line)
			got = strings.Replace(got, line, "", 1)
		}
		assert.Equal(t, strings.TrimSpace(want), strings.TrimSpace(got), command)
		leftOut = regexp.MustCompile(`(?m)^(Content-Security|Cross|Referrer|X)-.*\n`).FindAllString(got, -1)
	}
}

// curl answers a call of curl -i as curl would print it, without the date.
func curl(t *testing.T, address, command string) string {
	words := regexp.MustCompile(`'[^']*'|\S+`).FindAllString(command, -1)
	method, target, header := "GET", "", ""
	for i := 0; i < len(words); i++ {
		switch word := words[i]; word {
		case "-i":
		case "-X":
			i++
			method = words[i]
		case "-H":
			i++
			header += strings.Trim(words[i], "'") + "\r\n"
		default:
			target = word
		}
	}
	u, err := url.Parse(target)
	require.NoError(t, err)

	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", method, u.RequestURI(), u.Host, header)
	// What net/http reads bounds the response, and the copy is what was on the wire.
	var wire bytes.Buffer
	res, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &wire)), &http.Request{Method: method})
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	return regexp.MustCompile(`(?m)^Date: .*\n`).ReplaceAllString(strings.ReplaceAll(wire.String(), "\r\n", "\n"), "")
}

func TestReadmeTablesNameEveryField(t *testing.T) {
	version := regexp.MustCompile(`(?m)^It needs Go (.*)\.$`).FindStringSubmatch(readFile(t, "README.md"))
	require.NotNil(t, version)
	assert.Contains(t, readFile(t, "go.mod"), "\ngo "+version[1]+".")

	readme, configuration, headers := readFile(t, "README.md"), readFile(t, "docs/configuration.md"), readFile(t, "docs/headers.md")
	for _, field := range reflect.VisibleFields(reflect.TypeFor[httpsec.Config]()) {
		assert.Contains(t, readme, "\n| `"+field.Name+"` |")
		assert.Contains(t, configuration, "\n### "+field.Name+"\n")
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[httpsec.Headers]()) {
		assert.Contains(t, readme, "\n| `"+field.Name+"` |")
		assert.Contains(t, headers, "\n| `"+field.Name+"` |")
	}
}

// TestDocumentsStateTheDefaults holds the second column of both tables of headers,
// and the default policy, to what is sent.
func TestDocumentsStateTheDefaults(t *testing.T) {
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	w := httptest.NewRecorder()
	secure(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, httptest.NewRequest("GET", "https://example.com/", nil))
	sent := map[string]string{} // by field
	for name, values := range w.Header() {
		sent[strings.ToLower(strings.ReplaceAll(name, "-", ""))] = values[0]
	}
	for _, document := range []string{"README.md", "docs/headers.md"} {
		for _, field := range reflect.VisibleFields(reflect.TypeFor[httpsec.Headers]()) {
			if field.Type.Kind() != reflect.String || field.Name == "ContentSecurityPolicy" {
				continue
			}
			row := regexp.MustCompile("(?m)^\\| `" + field.Name + "` \\| (?:`([^`]*)`|not sent)").FindStringSubmatch(readFile(t, document))
			if assert.NotNil(t, row, "%s: %s", document, field.Name) {
				assert.Equal(t, sent[strings.ToLower(field.Name)], row[1], "%s: %s", document, field.Name)
			}
		}
	}
	assert.Contains(t, readFile(t, "docs/headers.md"), "\n```\n"+httpsec.DefaultCSP().String()+"\n```\n")
	assert.Len(t, w.Header(), 8, "seven headers, on HTTPS eight")
}

// TestDocumentsNameTheReasons looks for a row of each, and for the log line in the
// output of an example.
func TestDocumentsNameTheReasons(t *testing.T) {
	configuration := readFile(t, "docs/configuration.md")
	for _, reason := range httpsec.Reasons() {
		assert.Regexp(t, "(?m)^\\|[^|]*`"+string(reason)+"`[^|]*\\|", configuration)
	}
	line := regexp.MustCompile(`(?m)^level=.*$`).FindString(configuration)
	require.NotEmpty(t, line)
	examples, err := filepath.Glob("example_*test.go")
	require.NoError(t, err)
	assert.True(t, slices.ContainsFunc(examples, func(file string) bool { return strings.Contains(readFile(t, file), line) }))
}

// TestDocumentedPatterns asks about each origin in the table of patterns, and
// builds each entry of the table of hosts.
func TestDocumentedPatterns(t *testing.T) {
	configuration := readFile(t, "docs/configuration.md")
	code := regexp.MustCompile("`([^`]+)`")
	rows := regexp.MustCompile("(?m)^\\| `([a-z-]+://[^`]*)` \\| ([^|]*) \\| ([^|]*) \\|$").FindAllStringSubmatch(configuration, -1)
	require.Len(t, rows, 5)
	for _, row := range rows {
		policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{row[1]}}))
		for column, allowed := range map[int]bool{2: true, 3: false} {
			for _, origin := range code.FindAllStringSubmatch(row[column], -1) {
				r := httptest.NewRequest("GET", "/", nil)
				r.Header.Set("Origin", origin[1])
				assert.Equal(t, allowed, policy.Decide(r).Allowed, "%s: %s", row[1], origin[1])
			}
		}
	}

	_, hosts, _ := strings.Cut(configuration, "| entry | passes |")
	hosts, _, _ = strings.Cut(hosts, "\n\n")
	entries := code.FindAllStringSubmatch(hosts, -1)
	require.Len(t, entries, 7)
	for _, entry := range entries {
		_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{}, Hosts: []string{entry[1]}})
		assert.NoError(t, err)
	}
}

// TestDocumentedOrderOfTimeoutHandler is the table in docs/proxies.md.
func TestDocumentedOrderOfTimeoutHandler(t *testing.T) {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://a.com"}}))
	timeout := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, 50*time.Millisecond, "") }
	answer := func(handler http.Handler) http.Header {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Origin", "https://a.com")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Header()
	}
	varies := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Add("Vary", "Accept-Encoding") })
	late := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })

	assert.Equal(t, []string{"Origin", "Accept-Encoding"}, answer(timeout(cors(varies)))["Vary"])
	assert.Empty(t, answer(timeout(cors(late)))["Access-Control-Allow-Origin"])
	assert.Equal(t, []string{"Accept-Encoding"}, answer(cors(timeout(varies)))["Vary"])
	assert.NotEmpty(t, answer(cors(timeout(late)))["Access-Control-Allow-Origin"])
}

// TestDocumentedTrustedOrigin holds the comment on AddTrustedOrigin in
// docs/configuration.md.
func TestDocumentedTrustedOrigin(t *testing.T) {
	csrf := http.NewCrossOriginProtection()
	require.NoError(t, csrf.AddTrustedOrigin("https://*.example.com"))
	r := httptest.NewRequest("POST", "https://api.example.com/", nil)
	r.Header.Set("Origin", "https://app.example.com")
	r.Header.Set("Sec-Fetch-Site", "same-site")
	assert.Error(t, csrf.Check(r))
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
	anchor := "example-" + parts[0]
	for _, part := range parts[1:] {
		if strings.ToUpper(part[:1]) == part[:1] {
			anchor += "." + part
		} else {
			anchor += "-" + strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return anchor
}

// TestDocumentsQuoteErrors builds what the documents show errors of.
func TestDocumentsQuoteErrors(t *testing.T) {
	var real strings.Builder
	note := func(_ any, err error) {
		require.Error(t, err)
		fmt.Fprintln(&real, err)
	}
	note(httpsec.CORS(httpsec.Config{
		Origins: []string{"https://app.example.com/", "app.example.com", "htps://app.example.com", `^https://.*\.example\.com$`},
		Methods: []string{"patch"},
		MaxAge:  600,
	}))
	note(httpsec.CORS(httpsec.Config{Origins: []string{"https://*.github.io"}, Credentials: true}))
	note(httpsec.SecurityHeaders(httpsec.Headers{ReferrerPolicy: "same-orgin"}))
	note(httpsec.ParseOrigins("web.allowed_origins", "app.example.com"))
	note(httpsec.ParseOrigins("CORS_ORIGINS", "app.example.com"))
	note(httpsec.OriginOf("domain", "shop.example.com"))

	quoted := 0
	for _, document := range documents(t) {
		for _, line := range regexp.MustCompile(`(?m)^(?:// )?(httpsec: .*)$`).FindAllStringSubmatch(readFile(t, document), -1) {
			assert.Contains(t, real.String(), line[1]+"\n", document)
			quoted++
		}
	}
	assert.NotZero(t, quoted)
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
	for _, pattern := range []string{"*_test.go", "internal/*/*_test.go", "httpsectest/*_test.go", "reporting/*_test.go", "examples/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, file := range files {
			for _, match := range regexp.MustCompile(`(?m)^func (`+prefix+`\w*)\(`).FindAllStringSubmatch(readFile(t, file), -1) {
				names = append(names, match[1])
			}
		}
	}
	return names
}

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
	"template": "html/template", "testing": "testing", "time": "time", "url": "net/url",
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
