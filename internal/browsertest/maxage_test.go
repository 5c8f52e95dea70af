package browsertest

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMaxAge allows preflights to be kept for a week, and sets the browser's clock to
// just before and just after the limit that docs/browsers.md has.
func TestMaxAge(t *testing.T) {
	if *broken {
		t.Skip("the limit is the browser's: nothing could be taken away")
	}
	document, err := os.ReadFile("../../docs/browsers.md")
	require.NoError(t, err)
	row := regexp.MustCompile("\\| (\\d+) hours \\| (\\d+) hours \\| (\\d+) minutes \\| `TestMaxAge` \\|").FindSubmatch(document)
	require.NotNil(t, row)
	limits := map[engineName]string{chromium: string(row[1]) + "h", firefox: string(row[2]) + "h", webkit: string(row[3]) + "m"}

	clock := newClock(t)
	inEachEngine(t, setup{}, func(t *testing.T, w *world) {
		limit, err := time.ParseDuration(limits[w.browser.name()])
		require.NoError(t, err)
		handler, err := policy(httpsec.Config{Origins: []string{app}, MaxAge: 7 * 24 * time.Hour}).handler()
		require.NoError(t, err)
		site, tab := w.open(handler), w.browser.open(t)
		require.NoError(t, tab.navigate(app+"/blank?k="+site.key))
		for _, later := range []time.Duration{0, limit - time.Minute, 2 * time.Minute} {
			clock.advance(t, later)
			assert.Equal(t, "PUT", tab.evaluate(t, prelude(site.key, put)))
		}
		requests, _ := site.requests.now()
		assert.Equal(t, slices.Concat(preflighted("PUT /echo"), handled("PUT /echo"), preflighted("PUT /echo")), requests)
	})
}

// clock is what the programs that are started after it take for the time since the
// machine was started.
type clock struct {
	file  string
	ahead time.Duration
}

func newClock(t *testing.T) *clock {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the clock is one for Linux")
	}
	directory := newDirectory(t)
	c := &clock{file: filepath.Join(directory, "ahead")}
	c.advance(t, 0)
	library := filepath.Join(directory, "clock.so")
	said, err := exec.Command(find(t, "CC", "cc", "gcc"), "-shared", "-fPIC", "-o", library, "testdata/clock.c").CombinedOutput()
	require.NoError(t, err, "%s", said)
	t.Setenv("LD_PRELOAD", library)
	t.Setenv("CLOCK_AHEAD", c.file)
	return c
}

// advance sets the clock forward.
func (c *clock) advance(t *testing.T, by time.Duration) {
	t.Helper()
	c.ahead += by
	// Not os.WriteFile, which empties the file first, that others have in memory.
	file, err := os.OpenFile(c.file, os.O_WRONLY|os.O_CREATE, 0o600)
	require.NoError(t, err)
	require.NoError(t, binary.Write(file, binary.NativeEndian, int64(c.ahead/time.Second)))
	require.NoError(t, file.Close())
}
