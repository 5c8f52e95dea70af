package browsertest

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const (
	// startTimeout bounds the start of a browser, which is slow on a cold disk.
	startTimeout = 2 * time.Minute

	// pageTimeout bounds each step of a page. Nothing waits for it unless
	// something is broken.
	pageTimeout = 30 * time.Second

	// settleTimeout bounds the wait for what the browser and the server write
	// down about something that the page has already seen.
	settleTimeout = 10 * time.Second
)

// browser is one Chromium process.
type browser struct{ ctx context.Context }

func startChromium(t *testing.T, s setup) engine { return startBrowser(t, s) }

func (b browser) name() engineName { return chromium }

// startBrowser starts a Chromium in front of the listeners, if there are any.
func startBrowser(t *testing.T, s setup) browser {
	t.Helper()
	path, profile := find(t, "CHROMIUM", "chromium", "chromium-browser", "google-chrome"), newProfile(t, s.ownCookies)
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
		chromedp.Flag("host-resolver-rules", s.resolverRules()),
		chromedp.Flag("ip-address-space-overrides", cmp.Or(s.internet, "127.0.0.1:"+internetPort)+"=public"),
		// Not --ignore-certificate-errors, which switches HSTS off.
		chromedp.Flag("ignore-certificate-errors-spki-list", s.authority.spki),
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

// newProfile returns the directory of a profile. Where Chromium blocks third-party
// cookies, as Debian's does by default, credentials across sites would silently test
// nothing.
func newProfile(t *testing.T, ownCookies bool) string {
	t.Helper()
	profile := newDirectory(t)
	directory := filepath.Join(profile, "Default")
	require.NoError(t, os.Mkdir(directory, 0o700))
	preferences := `{"profile":{"cookie_controls_mode":0,"mixed_forms_warnings":false}}`
	if ownCookies {
		preferences = `{"profile":{"mixed_forms_warnings":false}}`
	}
	require.NoError(t, os.WriteFile(filepath.Join(directory, "Preferences"), []byte(preferences), 0o600))
	return profile
}

// tab is a tab in a browser context of its own: no cookie, cached response or
// connection comes from another test.
type tab struct {
	ctx     context.Context
	reasons *journal // the lines of the console
}

func (b browser) open(t *testing.T) window {
	t.Helper()
	opened := tab{reasons: newJournal()}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(opened.listen))
	t.Cleanup(cancel)
	// The first run opens the tab and returns when Network.enable is answered.
	require.NoError(t, chromedp.Do(ctx), "open a tab")
	opened.ctx = ctx
	return opened
}

// listen writes down what the console says.
func (tab tab) listen(event any) {
	if added, ok := event.(*log.EventEntryAdded); ok {
		tab.reasons.add(added.Entry.Text)
	}
}

func (tab tab) close() {
	ctx, cancel := context.WithTimeout(tab.ctx, pageTimeout)
	defer cancel()
	chromedp.Cancel(ctx)
}

func (tab tab) console(*testing.T) []string {
	lines, _ := tab.reasons.now()
	return lines
}

func (tab tab) navigate(address string) error {
	ctx, cancel := context.WithTimeout(tab.ctx, pageTimeout)
	defer cancel()
	return chromedp.Do(ctx, chromedp.Navigate(address))
}

func (tab tab) evaluate(t *testing.T, expression string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, pageTimeout)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](expression, chromedp.EvalAwaitPromise, asUser))
	require.NoError(t, err, "evaluate")
	return plainText(string(value))
}

// asUser lets a script open windows as a click would, and keeps the tools from
// lifting the page's policy against eval.
func asUser(p *runtime.EvaluateParams) {
	p.UserGesture = new(true)
	p.AllowUnsafeEvalBlockedByCSP = new(false)
}
