package main

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain lets the tests start the demo as a process of its own, with its own
// environment, signals and exit code.
func TestMain(m *testing.M) {
	if os.Getenv("DEMO_TEST_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func command(t *testing.T, env string, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	stderr = new(bytes.Buffer)
	free := []string{"-addr", "127.0.0.1:0", "-page", "127.0.0.1:0", "-foreign", "127.0.0.1:0"}
	cmd = exec.CommandContext(t.Context(), os.Args[0], append(free, args...)...)
	cmd.Env = append(os.Environ(), "DEMO_TEST_MAIN=1")
	if env != "" {
		cmd.Env = append(cmd.Env, env)
	}
	cmd.Stderr = stderr
	return cmd, stderr
}

// demo is a running one.
type demo struct {
	cmd                *exec.Cmd
	stderr             *bytes.Buffer
	api, page, foreign string
	said               []string // lines, until all three are known
}

// start runs the demo on free ports. env is "" or NAME=value.
func start(t *testing.T, env string, args ...string) *demo {
	t.Helper()
	cmd, stderr := command(t, env, args...)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	d := &demo{cmd: cmd, stderr: stderr}
	origins := map[string]*string{"page": &d.page, "foreign": &d.foreign, "API": &d.api}
	lines := bufio.NewScanner(stdout)
	for d.api == "" {
		require.True(t, lines.Scan(), stderr)
		d.said = append(d.said, lines.Text())
		if label, rest, ok := strings.Cut(lines.Text(), " "); ok && origins[label] != nil {
			*origins[label] = strings.Fields(rest)[0]
		}
	}
	t.Cleanup(func() { stdout.Close() })
	return d
}

// stop interrupts the demo and waits for it.
func (d *demo) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, d.cmd.Process.Signal(os.Interrupt))
	require.NoError(t, d.cmd.Wait())
}

type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request whose header is name, value, name, value, ….
func do(t *testing.T, client *http.Client, method, url, body string, header ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	response.Header.Del("Date")
	return answer{response.StatusCode, response.Header, string(content)}
}

// noRedirects shows each response as it came.
var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// with adds to the security headers of the API.
func with(header http.Header) http.Header {
	all := http.Header{
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"strict-origin-when-cross-origin"},
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
	}
	maps.Copy(all, header)
	return all
}
