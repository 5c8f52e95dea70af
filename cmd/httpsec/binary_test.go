package main

import (
	"bytes"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// binary is the program as users run it: this test's own executable, which TestMain
// makes the program where the environment says so. So nothing has to be built.
type binary struct {
	environment []string
}

// asProgram is the variable that makes the tests' executable the program.
const asProgram = "HTTPSEC_TEST_AS_PROGRAM"

func (b *binary) run(t *testing.T, stdin string, args ...string) *outcome {
	t.Helper()
	var out, errors bytes.Buffer
	executable, err := os.Executable()
	require.NoError(t, err)
	command := exec.Command(executable, args...)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &out, &errors
	command.Env = append(append(os.Environ(), asProgram+"=1"), b.environment...)
	if err := command.Run(); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	return &outcome{exit: command.ProcessState.ExitCode(), out: out.String(), errors: errors.String()}
}

func TestBinary(t *testing.T) {
	t.Parallel()
	b := new(binary)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cookie":
			w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Cookie"))
		case "/null":
			api(only("null"))(w, r)
		default:
			api(only("http://localhost:3000"))(w, r)
		}
	})
	const from = "http://localhost:3000"
	t.Run("exit statuses", func(t *testing.T) {
		assert.Equal(t, exitFine, b.run(t, "", "check", "-from", from, url).exit)
		assert.Equal(t, exitProblem, b.run(t, "", "check", "-from", "http://localhost:3001", url).exit)
		assert.Equal(t, exitProblem, b.run(t, "", "check", url+"null").exit)
		assert.Equal(t, exitUsage, b.run(t, "", "check", url, "https://does-not-exist.invalid/").exit)
		assert.Equal(t, exitUsage, b.run(t, "", "check", "-x", url).exit)
		assert.Equal(t, exitUsage, b.run(t, "").exit)
		var exit *exec.ExitError
		require.ErrorAs(t, exec.Command("go", "run", ".", "check").Run(), &exit)
		assert.Equal(t, 1, exit.ExitCode(), "go run has a status of its own")
	})
	t.Run("help", func(t *testing.T) {
		o := b.run(t, "", "check", "-h")
		assert.Equal(t, exitFine, o.exit)
		assert.Equal(t, usage, o.out)
		assert.Empty(t, o.errors)
	})
	t.Run("no colours in a pipe", func(t *testing.T) {
		b := &binary{[]string{"TERM=xterm", "NO_COLOR="}}
		o := b.run(t, "", "check", "-from", from, url)
		assert.Contains(t, o.out, "allowed: ")
		assert.NotContains(t, o.out, "\x1b")
		assert.Empty(t, o.errors)
	})
	t.Run("standard input", func(t *testing.T) {
		o := b.run(t, "Cookie: session=4711-0815", "check", "-json", "-headers", "-", "-probe=false", url+"cookie")
		assert.Equal(t, "session=…", o.report(t).Exchanges[0].Request["Cookie"])
		assert.Equal(t, "…", o.report(t).Exchanges[0].Response["Access-Control-Allow-Origin"], "it arrived")
	})
	t.Run("environment", func(t *testing.T) { testEnvironment(t, new(binary)) })
}

// testEnvironment sends everything to a proxy, and trusts who is behind it.
func testEnvironment(t *testing.T, b *binary) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems have certificates elsewhere")
	}
	server := httptest.NewUnstartedServer(api(only(app)))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // which has a failed handshake
	server.StartTLS()
	t.Cleanup(server.Close)
	certificate := filepath.Join(t.TempDir(), "certificate.pem")
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(certificate, encoded, 0o600))
	var tunnels atomic.Int32
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !assert.Equal(t, "CONNECT example.com:443", r.Method+" "+r.Host) {
			return
		}
		tunnels.Add(1)
		client, buffered, err := w.(http.Hijacker).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer client.Close()
		behind, err := net.Dial("tcp", server.Listener.Addr().String())
		if !assert.NoError(t, err) {
			return
		}
		defer behind.Close()
		io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(behind, buffered)
		io.Copy(client, behind)
	})
	b.environment = []string{"HTTPS_PROXY=" + proxy, "NO_PROXY=", "SSL_CERT_FILE=" + certificate, "SSL_CERT_DIR=/does/not/exist"}
	o := b.run(t, "", "check", "-json", "-from", app, "https://example.com/")
	assert.Equal(t, exitFine, o.exit, o.out)
	assert.Equal(t, verdictAllowed, o.report(t).Verdict)
	assert.NotZero(t, tunnels.Load())

	b.environment = b.environment[:2]
	assert.Contains(t, b.run(t, "", "check", "-json", "https://example.com/").report(t).Error, "certificate")
	b.environment = []string{"HTTPS_PROXY=http://127.0.0.1:1", "NO_PROXY="}
	assert.Contains(t, b.run(t, "", "check", "-json", "https://example.com/").report(t).Error, "proxyconnect")
}
