package httpsec_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

// hashOf is the source for exactly these bytes.
func hashOf(content string) string {
	digest := sha256.Sum256([]byte(content))
	return "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
}

func TestHashSource(t *testing.T) {
	// The example of https://w3c.github.io/webappsec-csp/#external-hash is for its
	// script's bytes; this one is for those of doSomething().
	assert.Equal(t, "'sha256-RFWPLDbv2BY+rCkDzsE+0fr8ylGr2R2faWMhq4lfEQc='", httpsec.HashSource("doSomething();"))
	for _, tt := range []struct{ content, read string }{
		{"", ""},
		{" a ", " a "},
		{"a\r\nb\rc\nd\r\r\n", "a\nb\nc\nd\n\n"},
		{"é€😀", "é€😀"},
		{"a\x00b", "a\ufffdb"},
		{"\xff\xfe", "\ufffd\ufffd"},
		{"\xe2\x82", "\ufffd"},
		{"\xe2\x82x", "\ufffdx"},
		{"\xf0\x9f\x98\xe2\x82", "\ufffd\ufffd"},
		{"\xf0\x80\x80\x41", "\ufffd\ufffd\ufffdA"},
		{"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
		{"\xc0\xaf", "\ufffd\ufffd"},
	} {
		assert.Equal(t, hashOf(tt.read), httpsec.HashSource(tt.content), "%q", tt.content)
	}
	_, err := httpsec.ParseCSP("script-src " + httpsec.HashSource("x"))
	assert.NoError(t, err)
}

func TestInlineHashes(t *testing.T) {
	for _, tt := range []struct {
		name, page      string
		scripts, styles []string
	}{
		{"nothing", "<!doctype html><p>hello", nil, nil},
		{"both", "<style>p {}</style><script>a()</script>", []string{"a()"}, []string{"p {}"}},
		{"kept space", "<script>\n a()\n</script>", []string{"\n a()\n"}, nil},
		{"line ends", "<script>a()\r\nb()\r</script>", []string{"a()\nb()\n"}, nil},
		{"markup inside", "<script>if (a < b && c) x('<p>&amp;')</script>", []string{"if (a < b && c) x('<p>&amp;')"},
			nil},
		{"empty", "<script></script><style></style>", nil, nil},
		{"space alone", "<script> </script>", []string{" "}, nil},
		{"external", "<script src=/x.js>a()</script><script src>b()</script>", nil, nil},
		{"module and data", "<script type=module>a()</script><script type=importmap>{}</script>",
			[]string{"a()", "{}"}, nil},
		{"twice", "<script>a()</script><script>b()</script><script>a()</script>", []string{"a()", "b()"}, nil},
		{"upper case", "<SCRIPT>a()</SCRIPT>", []string{"a()"}, nil},
		{"unclosed", "<body><script>a()", []string{"a()"}, nil},
		{"template", "<template><script>a()</script><style>b{}</style></template>", []string{"a()"}, []string{"b{}"}},
		{"noscript", "<noscript><style>b{}</style></noscript><body><noscript><style>c{}</style></noscript>",
			nil, []string{"b{}", "c{}"}},
		{"srcdoc", `<iframe srcdoc="<script>a(&quot;b&quot;)</script><style>c{}</style>"></iframe>`,
			[]string{`a("b")`}, []string{"c{}"}},
		{"srcdoc in srcdoc", `<iframe srcdoc="<iframe srcdoc='<script>a()</script>'></iframe>">`, []string{"a()"}, nil},
		{"svg", "<svg><script>a(&lt;b)</script><style>c&gt;d{}</style></svg>", []string{"a(<b)"}, []string{"c>d{}"}},
		{"svg with a comment", "<svg><script>a<!-- x -->b</script></svg>", []string{"ab"}, nil},
		{"svg with href", "<svg><script href=/x.js>a()</script><script xlink:href=/x.js>b()</script></svg>", nil, nil},
		{"href that is not SVG's", "<script href=/x.js>a()</script><svg><script src=/x.js>b()</script></svg>",
			[]string{"a()", "b()"}, nil},
		{"math", "<math><style>b{}</style><mtext><style>c{}</style></mtext></math>", nil, []string{"c{}"}},
		{"NUL and bad UTF-8", "<script>a('\x00\xe2\x82')</script>", []string{"a('\ufffd\ufffd')"}, nil},
		{"attributes are not code", `<p onclick="a()" style="color: red">`, nil, nil},
		{"commented out", "<!-- <script>a()</script> -->", nil, nil},
		{"text", "<textarea><script>a()</script></textarea><title><style>b{}</style></title>", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			scripts, styles, err := httpsec.InlineHashes(fstest.MapFS{"index.html": {Data: []byte(tt.page)}})
			require.NoError(t, err)
			assert.Equal(t, hashesOf(tt.scripts), scripts)
			assert.Equal(t, hashesOf(tt.styles), styles)
		})
	}
}

func hashesOf(contents []string) []string {
	var list []string
	for _, content := range contents {
		list = append(list, hashOf(content))
	}
	return list
}

func TestInlineHashesReadsHTMLFilesInOrder(t *testing.T) {
	page := func(script string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("<script>" + script + "</script>")}
	}
	pages := fstest.MapFS{
		"b.html": page("1"), "a/x.HTM": page("2"), "a/y.Html": page("3"), "c.htmx": page("4"), "d.js": page("5"),
		"html": page("6"), "e.html/f.htm": page("7"), "g.html": page("1"),
	}
	scripts, styles, err := httpsec.InlineHashes(pages)
	require.NoError(t, err)
	assert.Equal(t, hashesOf([]string{"2", "3", "1", "7"}), scripts)
	assert.Empty(t, styles)
}

// TestInlineHashesOfNestedPages would take for ever if each page were read twice
// for each time that its parent is.
func TestInlineHashesOfNestedPages(t *testing.T) {
	page := "<script>a()</script>"
	for range 14 {
		page = `<iframe srcdoc="` + strings.NewReplacer("&", "&amp;", `"`, "&quot;").Replace(page) + `"></iframe>`
	}
	scripts, _, err := httpsec.InlineHashes(fstest.MapFS{"x.html": {Data: []byte(page)}})
	require.NoError(t, err)
	assert.Equal(t, hashesOf([]string{"a()"}), scripts)
}

type brokenFS struct{ files fstest.MapFS }

func (b brokenFS) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".html") {
		return nil, fmt.Errorf("cannot open %s: %w", name, fs.ErrPermission)
	}
	return b.files.Open(name)
}

func TestInlineHashesFails(t *testing.T) {
	pages := fstest.MapFS{"a.htm": {Data: []byte("<script>a()</script>")}, "b.html": {}}
	scripts, styles, err := httpsec.InlineHashes(brokenFS{pages})
	assert.ErrorIs(t, err, fs.ErrPermission)
	assert.Nil(t, scripts)
	assert.Nil(t, styles)

	deep := strings.Repeat("<div>", 2000) // more than x/net/html reads
	for name, page := range map[string]string{"deep.html": deep, "frame.html": `<iframe srcdoc="` + deep + `">`} {
		_, _, err = httpsec.InlineHashes(fstest.MapFS{name: {Data: []byte(page)}})
		assert.ErrorContains(t, err, "httpsec: InlineHashes: "+name+": ")
	}
}
