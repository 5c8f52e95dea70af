package browsertest

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const (
	// startTimeout bounds the start of the browser, which is slow on a cold disk.
	startTimeout = time.Minute

	// pageTimeout bounds each step of a page. Nothing waits for it unless
	// something is broken.
	pageTimeout = 30 * time.Second

	// settleTimeout bounds the wait for what the browser and the server write
	// down about something that the page has already seen.
	settleTimeout = 10 * time.Second
)

// findChromium returns the path of a Chromium. Without one the test is skipped,
// but under CI it fails: a skipped test there would pass for ever.
func findChromium(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const message = "no Chromium: put chromium, chromium-browser or google-chrome in PATH, or its path in CHROMIUM"
	if os.Getenv("CI") == "true" {
		require.FailNow(t, message)
	}
	t.Skip(message)
	return ""
}

// browser is one Chromium process.
type browser struct{ ctx context.Context }

// startBrowser starts a Chromium that resolves every name by resolverRules and
// trusts the key whose hash is spki.
func startBrowser(t *testing.T, resolverRules, spki string) browser {
	t.Helper()
	path, profile := findChromium(t), newProfile(t)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.Headless,
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.NoFirstRun,
		chromedp.WSURLReadTimeout(startTimeout),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("disable-popup-blocking", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("password-store", "basic"),
		// Links to http:// must stay what they are, unless we say otherwise.
		chromedp.Flag("disable-features", "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,IsolateSandboxedIframes"),
		// Frames of other sites in the process of their page: what is written
		// down about them then arrives where we listen.
		chromedp.Flag("disable-site-isolation-trials", true),
		chromedp.Flag("host-resolver-rules", resolverRules),
		// Not --ignore-certificate-errors, which switches HSTS off.
		chromedp.Flag("ignore-certificate-errors-spki-list", spki),
	)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithErrorf(t.Logf))
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx), "start %s", path)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(ctx, pageTimeout)
		defer cancel()
		chromedp.Cancel(ctx) // waits for the end of the process, as cancel does not
	})
	return browser{ctx}
}

// newProfile returns the directory of a profile that allows third-party cookies. A
// new profile blocks them: credentials across sites would silently test nothing.
func newProfile(t *testing.T) string {
	t.Helper()
	// Not t.TempDir, which fails the test if a late process still writes to it.
	profile, err := os.MkdirTemp("", "browsertest")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(profile) })
	directory := filepath.Join(profile, "Default")
	require.NoError(t, os.Mkdir(directory, 0o700))
	preferences := `{"profile":{"cookie_controls_mode":0,"mixed_forms_warnings":false}}`
	require.NoError(t, os.WriteFile(filepath.Join(directory, "Preferences"), []byte(preferences), 0o600))
	return profile
}

// tab is a tab in a browser context of its own: no cookie, cached response or
// connection comes from another test.
type tab struct {
	ctx     context.Context
	reasons *journal // why the browser refused what it refused
}

func (b browser) open(t *testing.T) tab {
	t.Helper()
	opened := tab{reasons: newJournal()}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(opened.listen))
	t.Cleanup(cancel)
	// The first run opens the tab and returns when Network.enable is answered.
	require.NoError(t, chromedp.Do(ctx), "open a tab")
	opened.ctx = ctx
	return opened
}

// listen collects the reasons that pages cannot see.
func (tab tab) listen(event any) {
	switch event := event.(type) {
	case *network.EventLoadingFailed:
		if status := event.CorsErrorStatus; status != nil {
			tab.reasons.add("cors: " + string(status.CorsError))
		}
		if event.BlockedReason != "" {
			tab.reasons.add("blocked: " + string(event.BlockedReason))
		}
	case *network.EventWebSocketFrameError:
		tab.reasons.add("websocket: " + event.ErrorMessage)
	case *log.EventEntryAdded:
		tab.reasons.add("log: " + event.Entry.Text)
	}
}

// navigate opens an address and waits for the page's load event.
func (tab tab) navigate(address string) error {
	ctx, cancel := context.WithTimeout(tab.ctx, pageTimeout)
	defer cancel()
	return chromedp.Do(ctx, chromedp.Navigate(address))
}

// evaluate runs an expression in the page, waits for the promise it may be, and
// returns its value as text: strings as they are, all else as JSON.
func (tab tab) evaluate(t *testing.T, expression string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, pageTimeout)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise, asUser))
	require.NoError(t, err, "evaluate")
	var text *string
	if json.Unmarshal(value, &text) == nil && text != nil {
		return *text
	}
	return string(value)
}

// asUser lets a script open windows as a click would, and keeps the tools from
// lifting the page's policy against eval.
func asUser(p *runtime.EvaluateParams) {
	p.UserGesture = new(true)
	p.AllowUnsafeEvalBlockedByCSP = new(false)
}
