package browsertest

import (
	"bufio"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var screenshot = flag.String("screenshot", "", "write a picture of the demo's page to this PNG `file`")

// demo is a running demo: the origins that it prints when it starts.
type demo struct{ api, page, foreign string }

// startDemo builds the demo and runs it on the addresses of the API, the page and
// the foreign page.
func startDemo(t *testing.T, api, page, foreign string) demo {
	t.Helper()
	program := filepath.Join(t.TempDir(), "demo")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "../../examples", "-o", program, "./demo")
	output, err := build.CombinedOutput()
	require.NoError(t, err, "%s", output)

	run := exec.CommandContext(t.Context(), program, "-addr", api, "-page", page, "-foreign", foreign)
	run.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "CORS_ORIGINS=") })
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = startTimeout
	stdout, err := run.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, run.Start())
	t.Cleanup(func() { run.Wait() }) // the test's context has ended, and stops it

	var d demo
	lines := bufio.NewScanner(stdout)
	for d.foreign == "" && lines.Scan() {
		switch fields := append(strings.Fields(lines.Text()), "", ""); fields[0] {
		case "API":
			d.api = fields[1]
		case "page":
			d.page = fields[1]
		case "foreign":
			d.foreign = fields[1]
		}
	}
	require.NotEmpty(t, d.foreign, "the demo did not print its origins")
	return d
}

// rows waits until the demo's page has tried everything, and returns what came
// of each row.
const rows = `new Promise(resolve => {
	const table = document.querySelector('table');
	const look = () => table.dataset.done
		? resolve([...table.querySelectorAll('[data-row]')].map(({dataset: d}) => d.row + ' ' + d.actual + ' ' + d.result).join('\n'))
		: setTimeout(look, 50);
	look();
})`

// testDemo reads the demo's page on the origin that its policy allows and on the
// one that it does not.
func testDemo(t *testing.T, w *world) {
	const free = "localhost:0"
	d := startDemo(t, free, free, free)
	for _, c := range []struct {
		name, origin string
		want         []string
	}{
		{"allowed", d.page, []string{
			"get allowed", "post allowed", "put allowed", "patch allowed", "delete allowed", "method refused",
			"header allowed", "authorization allowed", "login allowed", "me allowed", "exposed allowed", "hidden refused",
			"error allowed", "redirect allowed", "stream allowed", "socket allowed", "image refused", "image-shared allowed",
		}},
		{"foreign", d.foreign, []string{
			"get refused", "post refused", "put refused", "patch refused", "delete refused", "method refused",
			"header refused", "authorization refused", "login refused", "me refused", "exposed refused", "hidden refused",
			"error refused", "redirect refused", "stream refused", "socket refused", "image refused", "image-shared allowed",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := w.browser.open(t)
			require.NoError(t, tab.navigate(c.origin))
			var want []string
			for _, row := range c.want {
				want = append(want, row+" pass")
			}
			assert.Equal(t, want, strings.Split(tab.evaluate(t, rows), "\n"))
		})
	}
}

// TestScreenshot takes the picture of the demo's page on its usual ports, for
// which the other tests have other uses.
func TestScreenshot(t *testing.T) {
	if *screenshot == "" {
		t.Skip("there is no -screenshot FILE to write")
	}
	d := startDemo(t, "localhost:8000", "localhost:3000", "localhost:4000")
	tab := startBrowser(t, "", "").open(t).(tab)
	light := emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}},
	}
	_, err := chromedp.Call(tab.ctx, emulation.SetEmulatedMedia, light)
	require.NoError(t, err)
	const width = 1200
	require.NoError(t, chromedp.Do(tab.ctx, chromedp.EmulateViewport(width, 900)))
	require.NoError(t, tab.navigate(d.page))
	tab.evaluate(t, rows)

	// The rest says more of the same.
	const end = `Math.floor(document.querySelector('[data-row=method]').getBoundingClientRect().bottom)`
	height, err := strconv.ParseInt(tab.evaluate(t, end), 10, 64)
	require.NoError(t, err)
	require.NoError(t, chromedp.Do(tab.ctx, chromedp.EmulateViewport(width, height)))
	png, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(*screenshot, png, 0o644))
}
