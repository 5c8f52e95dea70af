package browsertest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	stdlog "log"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// startReferee makes a referee reachable under every name, by a browser.
func startReferee(t *testing.T, r *referee) browser {
	t.Helper()
	quiet := stdlog.New(io.Discard, "", 0)
	plain := httptest.NewUnstartedServer(r)
	plain.Config.ErrorLog = quiet
	plain.Start()
	t.Cleanup(plain.Close)
	authority := newAuthority(t)
	secure := httptest.NewUnstartedServer(r)
	secure.TLS = &tls.Config{Certificates: []tls.Certificate{authority.certificate}, NextProtos: []string{"http/1.1"}}
	secure.Config.ErrorLog = quiet
	secure.StartTLS()
	t.Cleanup(secure.Close)
	return startBrowser(t, setup{listeners: listeners{
		plain: plain.Listener.Addr().String(), secure: secure.Listener.Addr().String(), authority: authority,
	}})
}

// observation is what the tools said about one key, in order.
type observation struct {
	failures []failure
	console  []string
}

type failure struct {
	url, kind, cors, blocked, text string
}

// watcher is a tab in a browser context of its own that writes down, by key, what
// fails and what the console says.
type watcher struct {
	tab
	mu       sync.Mutex
	main     string // the frame at the top
	requests map[network.RequestID]requested
	seen     map[string]*observation
	events   int
	frame    runtime.ExecutionContextID // of the latest document in a frame
	trials   []string                   // the keys of those that began so far
}

type requested struct{ url, kind string }

func (b browser) watch(t *testing.T) *watcher {
	t.Helper()
	w := &watcher{requests: make(map[network.RequestID]requested), seen: make(map[string]*observation)}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(w.listen))
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx), "open a tab")
	w.tab = tab{ctx: ctx, reasons: newJournal()}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.main = string(chromedp.FromContext(ctx).Target.TargetID)
	return w
}

// watch opens a tab; nil where there is no browser.
func (j *judge) watch(t *testing.T) *watcher {
	if j.record.replays() {
		return nil
	}
	return j.browser.watch(t)
}

func (w *watcher) close() {
	if w == nil {
		return
	}
	ctx, cancel := context.WithTimeout(w.ctx, pageTimeout)
	defer cancel()
	chromedp.Cancel(ctx)
}

var keyIn = regexp.MustCompile(`[?&]k=([0-9a-z]+)`)

func keyOf(text string) string {
	found := keyIn.FindAllStringSubmatch(text, -1)
	if found == nil {
		return ""
	}
	return found[len(found)-1][1] // after that of the page, where a line names both
}

// at returns the observation of the latest trial of a key; those of one page are
// numbered.
func (w *watcher) at(key string) *observation {
	for i := len(w.trials) - 1; i >= 0; i-- {
		if w.trials[i] == key {
			key = numbered(key, i)
			break
		}
	}
	o := w.seen[key]
	if o == nil {
		o = new(observation)
		w.seen[key] = o
	}
	return o
}

func numbered(key string, trial int) string { return key + "#" + strconv.Itoa(trial) }

func (w *watcher) listen(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch event.(type) {
	case *network.EventRequestWillBeSent, *network.EventLoadingFailed, *log.EventEntryAdded, *network.EventResponseReceived:
		w.events++
	}
	switch event := event.(type) {
	case *runtime.EventExecutionContextCreated:
		var of struct {
			FrameID   string `json:"frameId"`
			IsDefault bool   `json:"isDefault"`
		}
		if json.Unmarshal(event.Context.AuxData, &of) == nil && of.IsDefault && of.FrameID != w.main {
			w.frame = event.Context.ID
		}
	case *network.EventRequestWillBeSent:
		if _, ok := w.requests[event.RequestID]; !ok {
			w.requests[event.RequestID] = requested{event.Request.URL, string(event.Type)}
		}
	case *network.EventLoadingFailed:
		r := w.requests[event.RequestID]
		if r.kind == "Preflight" {
			return
		}
		f := failure{url: r.url, kind: r.kind, blocked: string(event.BlockedReason), text: event.ErrorText}
		if event.CorsErrorStatus != nil {
			f.cors = string(event.CorsErrorStatus.CorsError)
		}
		o := w.at(keyOf(r.url))
		o.failures = append(o.failures, f)
	case *network.EventWebSocketCreated:
		w.requests[event.RequestID] = requested{event.URL, "WebSocket"}
	case *network.EventWebSocketFrameError:
		o := w.at(keyOf(w.requests[event.RequestID].url))
		o.console = append(o.console, event.ErrorMessage)
	case *runtime.EventConsoleAPICalled:
		var key string
		if len(event.Args) > 0 && json.Unmarshal(event.Args[0].Value, &key) == nil {
			w.trials = append(w.trials, key)
		}
	case *log.EventEntryAdded:
		key := keyOf(event.Entry.Text)
		if key == "" {
			key = keyOf(event.Entry.URL)
		}
		o := w.at(key)
		o.console = append(o.console, event.Entry.Text)
	}
}

// evaluateIn runs a script in the page, or in its frame, as a person's click or on its
// own.
func (w *watcher) evaluateIn(t *testing.T, framed, user bool, script string) string {
	t.Helper()
	w.mu.Lock()
	frame := w.frame
	w.mu.Unlock()
	ctx, cancel := context.WithTimeout(w.ctx, pageTimeout)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](script, chromedp.EvalAwaitPromise, func(p *runtime.EvaluateParams) {
		if user {
			asUser(p)
		}
		if framed {
			p.ContextID = frame
		}
	}))
	require.NoError(t, err, "evaluate")
	return string(value)
}

// settle waits until the tools have told what the page has already seen.
func (w *watcher) settle(t *testing.T) {
	t.Helper()
	for quiet, before := 0, -1; quiet < 2; {
		time.Sleep(12 * time.Millisecond)
		w.evaluate(t, "1")
		w.mu.Lock()
		now := w.events
		w.mu.Unlock()
		if quiet++; now != before {
			quiet, before = 0, now
		}
	}
}

func (w *watcher) observed(key string) observation {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.seen[key]
	if o == nil {
		return observation{}
	}
	return observation{slices.Clone(o.failures), slices.Clone(o.console)}
}

// corsLines returns the console's lines about CORS.
func (o observation) corsLines() (lines []string) {
	for _, line := range o.console {
		if strings.Contains(line, "has been blocked by CORS policy") || strings.Contains(line, "Fetch API cannot load") {
			lines = append(lines, line)
		}
	}
	return lines
}

// socketLines returns the console's lines about WebSockets.
func (o observation) socketLines() (lines []string) {
	for _, line := range o.console {
		if strings.HasPrefix(line, "WebSocket connection") || strings.HasPrefix(line, "Mixed Content") || strings.HasPrefix(line, "Connecting to") {
			lines = append(lines, line)
		}
	}
	return lines
}

// worst returns the failure that says most.
func (o observation) worst() failure {
	for _, says := range []func(failure) bool{
		func(f failure) bool { return f.cors != "" },
		func(f failure) bool { return f.text != "net::ERR_ABORTED" },
	} {
		if i := slices.IndexFunc(o.failures, says); i >= 0 {
			return o.failures[i]
		}
	}
	return failure{} // bodies that nobody reads are aborted, too: it says nothing
}

// lines returns the console's lines with that beginning and end.
func (o observation) lines(beginning, end string) (lines []string) {
	for _, line := range o.console {
		if strings.HasPrefix(line, beginning) && strings.HasSuffix(line, end) {
			lines = append(lines, line)
		}
	}
	return lines
}

// unkeyed returns the lines about no known address since the last call: those about
// frames name origins only.
func (w *watcher) unkeyed() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.seen[""]
	if o == nil {
		return nil
	}
	delete(w.seen, "")
	return o.console
}
