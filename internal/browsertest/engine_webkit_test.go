package browsertest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/stretchr/testify/require"
)

// kit starts a process of WebKitGTK's MiniBrowser for each window: none of its
// windows has cookies of its own. The process is driven by the protocol of WebKit's
// remote inspector: https://github.com/WebKit/WebKit/tree/main/Source/JavaScriptCore/inspector/protocol
type kit struct {
	browser     string // the path of MiniBrowser
	display     string // of an X server that shows nothing
	proxy       string
	certificate string // a file with the authority
	ahead       chan launched
}

// launched is a process that was started before it is needed: it takes longer than
// most cases.
type launched struct {
	tab *kitTab
	err error
}

func startWebKit(t *testing.T, l listeners) engine {
	t.Helper()
	k := kit{
		browser: find(t, "MINIBROWSER", "MiniBrowser",
			"/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser", "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser"),
		proxy:       l.startProxy(t),
		certificate: filepath.Join(newDirectory(t), "authority.pem"),
		ahead:       make(chan launched, 1),
	}
	require.NoError(t, os.WriteFile(k.certificate, l.authority.pem(), 0o600))
	k.display = startDisplay(t, find(t, "XVFB", "Xvfb"))
	find(t, "BWRAP", "bwrap")
	go k.launch()
	t.Cleanup(func() { (<-k.ahead).tab.close() })
	return k
}

// startDisplay starts an X server and returns its display.
func startDisplay(t *testing.T, path string) string {
	t.Helper()
	read, write, err := os.Pipe()
	require.NoError(t, err)
	defer read.Close()
	server := exec.Command(path, "-displayfd", "3", "-screen", "0", "1024x768x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{write}
	require.NoError(t, server.Start())
	write.Close()
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	require.NoError(t, read.SetReadDeadline(time.Now().Add(startTimeout)))
	number, err := bufio.NewReader(read).ReadString('\n')
	require.NoError(t, err, "the X server does not say its display")
	return ":" + strings.TrimSpace(number)
}

func (k kit) name() engineName { return webkit }

func (k kit) open(t *testing.T) window {
	t.Helper()
	l := <-k.ahead
	go k.launch()
	t.Cleanup(l.tab.close)
	require.NoError(t, l.err, "start %s", k.browser)
	return l.tab
}

// launch starts a process and puts it in the queue.
func (k kit) launch() {
	tab := &kitTab{waiting: make(map[int]waiter), said: newJournal(), ready: make(chan struct{})}
	port, err := freePort()
	if err == nil {
		tab.profile, err = os.MkdirTemp("", "browsertest")
	}
	if err == nil {
		// What GnuTLS trusts is a file whose name is compiled in: bubblewrap, which
		// WebKitGTK requires, shows it another.
		tab.process = exec.Command("bwrap", "--dev-bind", "/", "/", "--die-with-parent",
			"--ro-bind", k.certificate, "/etc/ssl/certs/ca-certificates.crt",
			k.browser, "--cookies-policy=always", "--proxy=socks5://"+k.proxy,
			"--enable-developer-extras=true", "--javascript-can-open-windows-automatically=true", "about:blank")
		// Not --private, which has no HTTP cache.
		tab.process.Env = append(os.Environ(), "XDG_DATA_HOME="+tab.profile, "XDG_CACHE_HOME="+tab.profile,
			"XDG_CONFIG_HOME="+tab.profile, "DISPLAY="+k.display, "WEBKIT_INSPECTOR_HTTP_SERVER="+port,
			"WEBKIT_DISABLE_COMPOSITING_MODE=1", "NO_AT_BRIDGE=1", "GSETTINGS_BACKEND=memory", "DBUS_SESSION_BUS_ADDRESS=disabled:")
		err = tab.process.Start()
	}
	if err == nil {
		err = tab.connect(port)
	}
	k.ahead <- launched{tab, err}
}

// freePort returns an address that nobody listens on.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// kitTab is a process of WebKit with one window.
type kitTab struct {
	process *exec.Cmd
	profile string // its directory
	conn    *websocket.Conn
	said    *journal
	ready   chan struct{} // closed when there is a target

	mu      sync.Mutex
	target  string // the page: one of another site may be another target
	last    int
	waiting map[int]waiter
}

// waiter is who waits for an answer of a page.
type waiter struct {
	target   string
	answered chan<- inspectorMessage
}

type inspectorMessage struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  struct{ Message string }
}

var inspected = regexp.MustCompile(`/socket/\d+/\d+/WebPage`)

// connect waits for the inspector's server and for the page.
func (tab *kitTab) connect(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	var path string
	for path == "" {
		if response, err := http.Get("http://" + address); err == nil {
			list, _ := io.ReadAll(response.Body)
			response.Body.Close()
			path = string(inspected.Find(list))
		}
		select {
		case <-ctx.Done():
			return errors.New("WebKit's inspector names no page")
		case <-time.After(20 * time.Millisecond):
		}
	}
	conn, _, err := websocket.Dial(ctx, "ws://"+address+path, nil)
	if err != nil {
		return err
	}
	conn.SetReadLimit(-1)
	tab.conn = conn
	go tab.read()
	select {
	case <-tab.ready:
		return nil
	case <-ctx.Done():
		return errors.New("WebKit's inspector has no target")
	}
}

// read hands answers to those who wait for them, and events to listen.
func (tab *kitTab) read() {
	for {
		var m inspectorMessage
		if err := wsjson.Read(context.Background(), tab.conn, &m); err != nil {
			return
		}
		tab.listen(m)
	}
}

// listen takes a message of the inspector, or of a page within one.
func (tab *kitTab) listen(m inspectorMessage) {
	var params struct {
		TargetInfo struct {
			TargetID      string
			IsProvisional bool
		}
		NewTargetID string
		Message     json.RawMessage
	}
	json.Unmarshal(m.Params, &params)
	switch m.Method {
	case "":
		tab.answer(m)
	case "Target.targetCreated":
		tab.created(params.TargetInfo.TargetID, params.TargetInfo.IsProvisional)
	case "Target.didCommitProvisionalTarget":
		tab.committed(params.NewTargetID)
	case "Target.dispatchMessageFromTarget":
		var text string
		var inner inspectorMessage
		if json.Unmarshal(params.Message, &text) == nil && json.Unmarshal([]byte(text), &inner) == nil {
			tab.listen(inner)
		}
	case "Console.messageAdded":
		var message struct{ Text string }
		if json.Unmarshal(params.Message, &message) == nil {
			tab.said.add(message.Text)
		}
	}
}

// answer hands over an answer: that of the inspector has the number behind that of
// the page, and only counts where the page has none.
func (tab *kitTab) answer(m inspectorMessage) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	id := m.ID
	if m.Error.Message != "" && id%2 == 1 {
		id--
	}
	if waiting, ok := tab.waiting[id]; ok {
		delete(tab.waiting, id)
		waiting.answered <- m
	}
}

func (tab *kitTab) created(target string, provisional bool) {
	if !provisional {
		tab.committed(target)
	}
	go tab.callTarget(target, "Console.enable", object{}, nil)
}

func (tab *kitTab) committed(target string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	if tab.target == "" {
		close(tab.ready)
	}
	tab.target = target
	// The page that was there before answers nobody.
	for id, waiting := range tab.waiting {
		if waiting.target != target {
			delete(tab.waiting, id)
			var gone inspectorMessage
			gone.Error.Message = "the page is gone"
			waiting.answered <- gone
		}
	}
}

// call sends a command to the page and decodes its result.
func (tab *kitTab) call(method string, params, result any) error {
	tab.mu.Lock()
	target := tab.target
	tab.mu.Unlock()
	return tab.callTarget(target, method, params, result)
}

func (tab *kitTab) callTarget(target, method string, params, result any) error {
	ctx, cancel := context.WithTimeout(context.Background(), pageTimeout)
	defer cancel()
	answered := make(chan inspectorMessage, 1)
	tab.mu.Lock()
	tab.last += 2
	inner, outer := tab.last, tab.last+1
	tab.waiting[inner] = waiter{target, answered}
	message, err := json.Marshal(object{"id": inner, "method": method, "params": params})
	if err == nil {
		err = wsjson.Write(ctx, tab.conn, object{"id": outer, "method": "Target.sendMessageToTarget",
			"params": object{"targetId": target, "message": string(message)}})
	}
	tab.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case m := <-answered:
		if m.Error.Message != "" {
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

func (tab *kitTab) navigate(address string) error {
	if _, err := tab.run("globalThis.left = true"); err != nil {
		return err
	}
	if err := tab.call("Page.navigate", object{"url": address}, nil); err != nil {
		return err
	}
	const arrived = "globalThis.left === undefined && performance.timing.loadEventEnd > 0"
	for deadline := time.Now().Add(pageTimeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		// The page may go while it is asked.
		if value, err := tab.run(arrived); err == nil && value == "true" {
			return nil
		}
	}
	return fmt.Errorf("%s does not load", address)
}

func (tab *kitTab) evaluate(t *testing.T, expression string) string {
	t.Helper()
	value, err := tab.run(expression)
	require.NoError(t, err, "evaluate")
	return plainText(value)
}

// run runs an expression in the page, and returns its value as JSON.
func (tab *kitTab) run(expression string) (string, error) {
	type remote struct {
		Result struct {
			ObjectID    string
			Value       any
			Description string
		}
		WasThrown bool
	}
	var promise, settled remote
	err := tab.call("Runtime.evaluate", object{
		// What runs right here is not held to the page's policy; what runs later is.
		"expression":         "new Promise(setTimeout).then(async () => JSON.stringify(await (" + expression + ")) ?? 'null')",
		"emulateUserGesture": true,
	}, &promise)
	if err == nil && !promise.WasThrown {
		err = tab.call("Runtime.awaitPromise", object{"promiseObjectId": promise.Result.ObjectID, "returnByValue": true}, &settled)
	}
	if err == nil && (promise.WasThrown || settled.WasThrown) {
		err = fmt.Errorf("exception: %s%s", promise.Result.Description, settled.Result.Description)
	}
	value, _ := settled.Result.Value.(string)
	return value, err
}

func (tab *kitTab) console(*testing.T) []string {
	lines, _ := tab.said.now()
	return lines
}

// close ends the process, and with it those that serve it.
func (tab *kitTab) close() {
	if tab.process != nil && tab.process.Process != nil {
		tab.process.Process.Kill()
		tab.process.Wait()
	}
	if tab.conn != nil {
		tab.conn.CloseNow()
	}
	os.RemoveAll(tab.profile)
}
