package browsertest

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// engine is a browser that the cases run in. WebKit is that of WebKitGTK, whose
// WebCore is Safari's.
type engine interface {
	name() engineName

	// open opens a page in a context of its own: no cookie, cached response or
	// connection comes from another test.
	open(t *testing.T) window
}

// window is what a user has in front of him: one page after the other.
type window interface {
	// navigate opens an address and waits for the page's load event.
	navigate(address string) error

	// evaluate runs an expression in the page as if the user had just clicked,
	// waits for the promise it may be, and returns its value as text: strings as
	// they are, all else as JSON.
	evaluate(t *testing.T, expression string) string

	// console returns what the console said since the page was opened.
	console(t *testing.T) []string

	// close closes the page, as the user would.
	close()
}

type engineName string

const (
	chromium engineName = "chromium"
	firefox  engineName = "firefox"
	webkit   engineName = "webkit"
)

// setup is what a browser is started with.
type setup struct {
	listeners

	// ownCookies leaves it to the browser which cookies it keeps and sends. Otherwise
	// it is told to treat those of third parties like any other.
	ownCookies bool
}

// engines start each browser in front of the listeners.
var engines = []struct {
	name  engineName
	start func(*testing.T, setup) engine
}{
	{chromium, startChromium},
	{firefox, startFirefox},
	{webkit, startWebKit},
}

// inEachEngine runs a test in each browser, in a world of its own.
func inEachEngine(t *testing.T, s setup, test func(t *testing.T, w *world)) {
	for _, e := range engines {
		t.Run(string(e.name), func(t *testing.T) { test(t, newWorld(t, s, e.start)) })
	}
}

// find returns the path of a program: the value of the variable, or the first of
// the names that is in PATH or is a file. Without one the test is skipped, but under
// CI it fails: a skipped test there would pass for ever.
func find(t *testing.T, variable string, names ...string) string {
	t.Helper()
	if path := os.Getenv(variable); path != "" {
		return path
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const message = "there is none of %q, and no path in %s"
	if slices.Contains([]string{"true", "1"}, os.Getenv("CI")) {
		require.FailNowf(t, "no browser", message, names, variable)
	}
	t.Skipf(message, names, variable)
	return ""
}

// newDirectory returns an empty directory.
func newDirectory(t *testing.T) string {
	t.Helper()
	// Not t.TempDir, which fails the test if a late process still writes to it.
	directory, err := os.MkdirTemp("", "browsertest")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(directory) })
	return directory
}

// plainText returns the string that a JSON value is, and any other value as it is.
func plainText(value string) string {
	var text *string
	if json.Unmarshal([]byte(value), &text) == nil && text != nil {
		return *text
	}
	return value
}
