package browsertest

import (
	"bufio"
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
	for d.api == "" && lines.Scan() {
		switch fields := append(strings.Fields(lines.Text()), "", ""); fields[0] {
		case "API":
			d.api = fields[1]
		case "page":
			d.page = fields[1]
		case "foreign":
			d.foreign = fields[1]
		}
	}
	require.NotEmpty(t, d.api, "the demo did not print its origins")
	return d
}

// rows waits until the demo's page has tried everything, and returns what came of
// each row: what the script got, what the handler did, and whether that is what
// the page predicted.
const rows = `new Promise(resolve => {
	const look = () => document.body.dataset.done
		? resolve([...document.querySelectorAll('[data-row]')].map(({dataset: d}) => d.row + ' ' + d.actual + ' ' + d.result).join('\n'))
		: setTimeout(look, 50);
	look();
})`

// visits returns what the page says of the handler in the rows whose handler counts,
// with the count at the start as n.
const visits = `(() => {
	const rows = [...document.querySelectorAll('[data-row]')].filter(row => JSON.parse(row.dataset.request).counts);
	const said = rows.map(row => row.dataset.row + ' ' + row.querySelector('[data-ran]').textContent);
	const first = Number(said[0].match(/: (\d+)/)[1]);
	return said.map(text => text.replace(/\d+/g, count => count - first)).join('\n');
})()`

// reported waits until the demo's page of reports shows what the policy of the page
// blocked, and returns what it suggests to add and what not.
const reported = `new Promise(resolve => {
	const all = name => [...document.querySelectorAll('[data-' + name + ']')].map(node => name + ' ' + node.dataset[name]);
	const look = () => all('added').length > 0 && all('refused').length > 0
		? resolve([...all('added'), ...all('refused')].join('\n'))
		: setTimeout(look, 50);
	look();
})`

// testDemo reads the demo's page on the origin that its policy allows and on the
// one that it does not, and then what the browser reported of both.
func testDemo(t *testing.T, w *world) {
	const free = "localhost:0"
	d := startDemo(t, free, free, free)
	for _, c := range []struct {
		name, origin string
		want, visits []string
	}{
		{"allowed", d.page, []string{
			"get passed", "authorization passed", "put passed", "method stopped", "exposed passed", "hidden stopped", "error passed", "redirect passed",
			"visit passed", "guarded passed", "asked passed", "login passed", "me passed", "socket passed", "public passed",
			"image stopped", "image-shared passed", "frame stopped", "frame-shared passed", "inline stopped", "nonce passed", "connect stopped",
		}, []string{"visit ran: 0 → 1", "guarded ran: 1 → 2", "asked ran: 2 → 3"}},
		{"foreign", d.foreign, []string{
			"get stopped", "authorization stopped", "put stopped", "method stopped", "exposed stopped", "hidden stopped", "error stopped", "redirect stopped",
			"visit stopped", "guarded stopped", "asked stopped", "login stopped", "me stopped", "socket stopped", "public passed",
			"image stopped", "image-shared passed", "frame stopped", "frame-shared passed", "inline stopped", "nonce passed", "connect stopped",
		}, []string{"visit ran: 0 → 1", "guarded did not run: 1 → 1", "asked did not run: 1 → 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := w.browser.open(t)
			require.NoError(t, tab.navigate(c.origin))
			var want []string
			for _, row := range c.want {
				want = append(want, row+" pass")
			}
			assert.Equal(t, want, strings.Split(tab.evaluate(t, rows), "\n"))
			assert.Equal(t, c.visits, strings.Split(tab.evaluate(t, visits), "\n"))
		})
	}
	t.Run("reports", func(t *testing.T) {
		tab := w.browser.open(t)
		require.NoError(t, tab.navigate(d.page+"/reports"))
		alias := strings.Replace(d.api, "localhost", "127.0.0.1", 1)
		want := []string{"added connect-src " + alias, "refused script-src-elem inline", "refused script-src-elem inline"} // of two documents
		assert.Equal(t, want, strings.Split(tab.evaluate(t, reported), "\n"))
	})
}

// accessible finds what keeps people from using a page: parts without a name or
// outside a landmark, headings that skip a level, text with little contrast, and
// anything that is wider than the screen. It opens all that is folded.
const accessible = `(() => {
	const faults = [];
	const all = selector => [...document.querySelectorAll(selector)];
	const fault = (what, node) => faults.push(what + ': ' + node.outerHTML.slice(0, 80));
	all('details').forEach(details => details.open = true);

	if (!document.documentElement.lang || !document.title) faults.push('the page has no language or no title');
	for (const [selector, count] of [['h1', 1], ['main', 1], ['header', 1]]) {
		if (all(selector).length !== count) faults.push(all(selector).length + ' of ' + selector);
	}
	let level = 0;
	for (const heading of all('h1, h2, h3, h4')) {
		const next = Number(heading.tagName[1]);
		if (next > level + 1) fault('skips a level', heading);
		level = next;
	}
	for (const node of all('a, button, summary, th, nav, section, [role=region]')) {
		const label = node.getAttribute('aria-label') ?? document.getElementById(node.getAttribute('aria-labelledby'))?.textContent;
		if (!(label ?? node.textContent).trim()) fault('has no name', node);
	}
	const ids = all('[id]').map(node => node.id);
	for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push('twice: #' + id);
	for (const node of all('a[href^="#"]')) if (!document.querySelector(node.hash)) fault('leads nowhere', node);

	const channels = color => color.match(/[\d.]+/g).map(Number);
	const background = node => {
		for (; node; node = node.parentElement) {
			const color = channels(getComputedStyle(node).backgroundColor);
			if (color.length === 3) return color;
		}
		return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
	};
	const luminance = color => {
		const [r, g, b] = color.map(c => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
		return .2126 * r + .7152 * g + .0722 * b;
	};
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let text; text = texts.nextNode();) {
		const node = text.parentElement;
		if (!text.data.trim() || node.closest('script, noscript, :disabled') || !node.checkVisibility()) continue;
		if (!node.closest('header, main, footer')) fault('outside a landmark', node);
		const [dark, light] = [channels(getComputedStyle(node).color).slice(0, 3), background(node)].map(luminance).sort((a, b) => a - b);
		if ((light + .05) / (dark + .05) < 4.5) fault('contrast ' + ((light + .05) / (dark + .05)).toFixed(1), node);
	}
	if (document.documentElement.scrollWidth > innerWidth) faults.push('wider than the screen: ' + document.documentElement.scrollWidth);
	return [...new Set(faults)].join('\n');
})()`

// TestDemoAccessible looks at the demo's pages in light and dark, wide and narrow.
func TestDemoAccessible(t *testing.T) {
	const free = "localhost:0"
	d := startDemo(t, free, free, free)
	tab := openChromium(t)
	for _, page := range []struct{ name, address, done string }{
		{"allowed", d.page, rows},
		{"foreign", d.foreign, rows},
		{"reports", d.page + "/reports", reported},
	} {
		t.Run(page.name, func(t *testing.T) {
			require.NoError(t, tab.navigate(page.address))
			tab.evaluate(t, page.done)
			for _, scheme := range []string{"light", "dark"} {
				for _, width := range []int64{1200, 400, 320} {
					emulate(t, tab, scheme, width)
					assert.Empty(t, tab.evaluate(t, accessible), "%s %d", scheme, width)
				}
			}
		})
	}
	t.Run("folded", func(t *testing.T) {
		emulate(t, tab, "light", 400)
		require.NoError(t, tab.navigate(d.foreign))
		tab.evaluate(t, rows)
		height, err := strconv.Atoi(tab.evaluate(t, `document.documentElement.scrollHeight`))
		require.NoError(t, err)
		assert.LessOrEqual(t, height, 2500, "three screens of a phone")
	})
	t.Run("keyboard", func(t *testing.T) {
		emulate(t, tab, "light", 1200)
		require.NoError(t, tab.navigate(d.page))
		tab.evaluate(t, rows)
		const focused = `document.activeElement.closest('[data-row=get]') ? 'get' : document.activeElement.tagName`
		for range 20 {
			if tab.evaluate(t, focused) == "get" {
				break
			}
			press(t, tab, "\t")
		}
		assert.Equal(t, "get", tab.evaluate(t, focused), "the first row is not reached")
		press(t, tab, "\r")
		assert.Equal(t, "true", tab.evaluate(t, `document.querySelector('[data-row=get] details').open`))
		assert.NotEqual(t, "none", tab.evaluate(t, `getComputedStyle(document.activeElement).outlineStyle`))
	})
}

// openChromium opens a tab in a Chromium that has nothing to do with the world of
// the cases.
func openChromium(t *testing.T) tab {
	t.Helper()
	return startBrowser(t, setup{}).open(t).(tab)
}

// emulate gives the tab a colour scheme and a width.
func emulate(t *testing.T, tab tab, scheme string, width int64) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}
	_, err := chromedp.Call(tab.ctx, emulation.SetEmulatedMedia, media)
	require.NoError(t, err)
	require.NoError(t, chromedp.Do(tab.ctx, chromedp.EmulateViewport(width, 800)))
}

func press(t *testing.T, tab tab, keys string) {
	t.Helper()
	require.NoError(t, chromedp.Do(tab.ctx, chromedp.KeyEvent(keys)))
}
