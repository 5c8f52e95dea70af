package browsertest

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

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
	cookies     string // an argument
	port        int    // of the inspector of the last process
	ahead       chan launched
}

// launched is a process that was started before it is needed: it takes longer than
// most cases.
type launched struct {
	tab *kitTab
	err error
}

func startWebKit(t *testing.T, s setup) engine {
	t.Helper()
	k := &kit{
		port: 20000 + rand.IntN(10000),
		browser: find(t, "MINIBROWSER", "MiniBrowser",
			"/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser", "/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser"),
		proxy:       s.startProxy(t),
		certificate: filepath.Join(newDirectory(t), "authority.pem"),
		ahead:       make(chan launched, 1),
	}
	require.NoError(t, os.WriteFile(k.certificate, s.authority.pem(), 0o600))
	k.cookies = "--cookies-policy=always"
	if s.ownCookies {
		k.cookies = "--enable-itp" // tracking prevention, which Safari has on
	}
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

func (k *kit) name() engineName { return webkit }

func (k *kit) open(t *testing.T) window {
	t.Helper()
	l := <-k.ahead
	go k.launch()
	t.Cleanup(l.tab.close)
	require.NoError(t, l.err, "start %s", k.browser)
	return l.tab
}

// launch starts a process and puts it in the queue.
func (k *kit) launch() {
	tab := &kitTab{waiting: make(map[int]waiter), said: newJournal(), ready: make(chan struct{})}
	port, err := k.freePort()
	if err == nil {
		tab.profile, err = os.MkdirTemp("", "browsertest")
	}
	if err == nil {
		// What GnuTLS trusts is a file whose name is compiled in: bubblewrap, which
		// WebKitGTK requires, shows it another.
		tab.process = exec.Command("bwrap", "--dev-bind", "/", "/", "--die-with-parent",
			"--ro-bind", k.certificate, "/etc/ssl/certs/ca-certificates.crt",
			k.browser, k.cookies, "--proxy=socks5://"+k.proxy,
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

// freePort returns an address that nobody listens on. Linux gives its port to no
// connection, and no earlier process had it: a connection that is there, or has just
// ended, would keep MiniBrowser from it.
func (k *kit) freePort() (string, error) {
	for {
		k.port++
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(k.port))
		listener, err := net.Listen("tcp", address)
		if err == nil {
			return address, listener.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return "", err
		}
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
