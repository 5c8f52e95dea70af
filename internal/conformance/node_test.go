package conformance_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// reader answers a line of JSON, a URL, with another: its origin, or null where it is
// not a URL. Of schemes whose origin is opaque to the URL Standard it gives what their
// pages send in browsers.
const reader = `
const lines = require("readline").createInterface({ input: process.stdin });
let answers = "";
lines.on("line", line => {
	let origin = null;
	try {
		const url = new URL(JSON.parse(line));
		origin = url.origin !== "null" ? url.origin : url.protocol + "//" + url.host;
	} catch {}
	answers += JSON.stringify(origin) + "\n";
});
lines.on("close", () => process.stdout.write(answers));
`

// node returns the origins of the URLs according to node, "" where it refuses one. It
// skips the test where there is no node, but in CI.
func node(t *testing.T, urls []string) []string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("node is not installed")
	}
	require.NoError(t, err)
	var lines bytes.Buffer
	for _, url := range urls {
		line, err := json.Marshal(url)
		require.NoError(t, err)
		lines.Write(append(line, '\n'))
	}
	command := exec.CommandContext(t.Context(), path, "-e", reader)
	command.Stdin = &lines
	command.Stderr = os.Stderr
	output, err := command.Output()
	require.NoError(t, err)
	answers := make([]string, len(urls))
	decoder := json.NewDecoder(bytes.NewReader(output))
	for i := range answers {
		require.NoError(t, decoder.Decode(&answers[i]))
	}
	return answers
}
