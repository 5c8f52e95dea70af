package browsertest

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/stretchr/testify/require"
)

// fox is one Firefox process, driven by WebDriver BiDi, which Firefox serves itself:
// https://w3c.github.io/webdriver-bidi/
type fox struct {
	conn      *websocket.Conn
	authority string
	chrome    string // a context whose scripts may do what Firefox itself may

	mu      sync.Mutex
	last    int
	waiting map[int]chan<- bidiMessage
}

type bidiMessage struct {
	ID      int             `json:"id"`
	Type    string          `json:"type"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
	Result  json.RawMessage `json:"result"`
}

// foxPreferences are those in which a profile of the tests differs from a new one.
// Firefox uses a cached preflight only while its DNS cache knows the host. That is not so
// of names that forceResolve answers: those that localDomains has are resolved first.
func foxPreferences(s setup) map[string]any {
	var ports []string
	for port, address := range s.ports() {
		_, forced, _ := net.SplitHostPort(address)
		ports = append(ports, port+"="+forced)
	}
	preferences := map[string]any{
		"network.dns.localDomains":                  "api.example.com",
		"network.dns.forceResolve":                  "127.0.0.1",
		"network.socket.forcePort":                  strings.Join(ports, ";"),
		"network.lna.address_space.public.override": s.internet,
		"dom.disable_open_during_load":              false,
		"dom.security.https_first":                  false,
		"network.http.speculative-parallel-limit":   0,
		"app.normandy.enabled":                      false,
		"services.settings.server":                  "data:,",
	}
	if !s.ownCookies {
		preferences["network.cookie.cookieBehavior"] = 0 // all, in one jar
	}
	return preferences
}

func startFirefox(t *testing.T, s setup) engine {
	t.Helper()
	path := find(t, "FIREFOX", "firefox-esr", "firefox")
	profile := newDirectory(t)
	var preferences strings.Builder
	for name, value := range foxPreferences(s) {
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		fmt.Fprintf(&preferences, "user_pref(%q, %s);\n", name, encoded)
	}
	require.NoError(t, os.WriteFile(filepath.Join(profile, "user.js"), []byte(preferences.String()), 0o600))

	process := exec.Command(path, "--headless", "--no-remote", "--profile", profile,
		"--remote-debugging-port=0", "--remote-allow-system-access", "about:blank")
	process.Env = append(os.Environ(), "MOZ_CRASHREPORTER_DISABLE=1")
	stderr, err := process.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start(), "start %s", path)
	address := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if _, found, ok := strings.Cut(lines.Text(), "WebDriver BiDi listening on "); ok {
				address <- found
			}
		}
		io.Copy(io.Discard, stderr)
	}()
	t.Cleanup(func() {
		process.Process.Kill()
		<-done
		process.Wait()
	})

	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	var server string
	select {
	case server = <-address:
	case <-ctx.Done():
		require.FailNow(t, "Firefox does not say where it listens")
	}
	conn, _, err := websocket.Dial(ctx, server+"/session", nil)
	require.NoError(t, err)
	conn.SetReadLimit(-1)
	f := &fox{conn: conn, waiting: make(map[int]chan<- bidiMessage)}
	go f.read()
	t.Cleanup(func() {
		f.call(startTimeout, "browser.close", struct{}{}, nil)
		conn.CloseNow()
		select {
		case <-done:
		case <-time.After(settleTimeout):
		}
	})
	require.NoError(t, f.call(startTimeout, "session.new", object{"capabilities": object{}}, nil))
	var tree struct{ Contexts []struct{ Context string } }
	require.NoError(t, f.call(startTimeout, "browsingContext.getTree", object{"moz:scope": "chrome"}, &tree))
	require.NotEmpty(t, tree.Contexts)
	f.chrome = tree.Contexts[0].Context

	f.authority = base64.StdEncoding.EncodeToString(s.authority.der)
	require.NoError(t, f.trust())
	return f
}

// trust lets Firefox trust the authority of the tests.
func (f *fox) trust() error {
	_, err := f.script(f.chrome, fmt.Sprintf(`Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB)
		.addCertFromBase64(%q, "CT,,")`, f.authority))
	return err
}

func (f *fox) name() engineName { return firefox }

type object = map[string]any

// call sends a command and decodes its result.
func (f *fox) call(timeout time.Duration, method string, params, result any) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	answered := make(chan bidiMessage, 1)
	f.mu.Lock()
	f.last++
	id := f.last
	f.waiting[id] = answered
	err := wsjson.Write(ctx, f.conn, object{"id": id, "method": method, "params": params})
	f.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case m := <-answered:
		if m.Error != "" {
			return fmt.Errorf("%s: %s: %s", method, m.Error, m.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}

// read hands answers to those who wait for them. Events are of no interest.
func (f *fox) read() {
	for {
		var m bidiMessage
		if err := wsjson.Read(context.Background(), f.conn, &m); err != nil {
			return
		}
		f.mu.Lock()
		waiting := f.waiting[m.ID]
		delete(f.waiting, m.ID)
		f.mu.Unlock()
		if waiting != nil {
			waiting <- m
		}
	}
}

// script runs an expression in a context, and returns its value as JSON.
func (f *fox) script(context, expression string) (string, error) {
	var result struct {
		Type             string
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	err := f.call(pageTimeout, "script.evaluate", object{
		"expression":     "(async () => JSON.stringify(await (" + expression + ")) ?? 'null')()",
		"target":         object{"context": context},
		"awaitPromise":   true,
		"userActivation": true,
	}, &result)
	if err == nil && result.Type == "exception" {
		err = fmt.Errorf("exception: %s", result.ExceptionDetails.Text)
	}
	return result.Result.Value, err
}

// foxTab is a tab of Firefox in a container of its own.
type foxTab struct {
	*fox
	context string
}

func (f *fox) open(t *testing.T) window {
	t.Helper()
	var container struct{ UserContext string }
	require.NoError(t, f.call(pageTimeout, "browser.createUserContext", struct{}{}, &container))
	t.Cleanup(func() {
		f.call(pageTimeout, "browser.removeUserContext", object{"userContext": container.UserContext}, nil)
	})
	var created struct{ Context string }
	require.NoError(t, f.call(pageTimeout, "browsingContext.create",
		object{"type": "tab", "userContext": container.UserContext}, &created))
	_, err := f.script(f.chrome, "Services.console.reset()")
	require.NoError(t, err)
	return foxTab{f, created.Context}
}

func (tab foxTab) navigate(address string) error {
	load := func() error {
		return tab.call(pageTimeout, "browsingContext.navigate",
			object{"context": tab.context, "url": address, "wait": "complete"}, nil)
	}
	err := load()
	if err != nil && strings.Contains(err.Error(), "SEC_ERROR_UNKNOWN_ISSUER") { // on a busy machine it forgets the authority
		if err = tab.trust(); err == nil {
			err = load()
		}
	}
	return err
}

func (tab foxTab) evaluate(t *testing.T, expression string) string {
	t.Helper()
	value, err := tab.script(tab.context, expression)
	require.NoError(t, err, "evaluate")
	return plainText(value)
}

// console asks Firefox itself: BiDi passes on what scripts write and throw, but not
// what the engine warns of.
func (tab foxTab) console(t *testing.T) []string {
	t.Helper()
	value, err := tab.script(tab.chrome, `Services.console.getMessageArray()
		.filter(m => m instanceof Ci.nsIScriptError).map(m => m.errorMessage)`)
	require.NoError(t, err)
	var said []string
	require.NoError(t, json.Unmarshal([]byte(value), &said))
	return said
}

func (tab foxTab) close() {
	tab.call(pageTimeout, "browsingContext.close", object{"context": tab.context}, nil)
}
