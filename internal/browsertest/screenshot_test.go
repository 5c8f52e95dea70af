package browsertest

import (
	"bytes"
	"flag"
	pictures "image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

var screenshot = flag.String("screenshot", "", "write a picture of the demo's page to this PNG `file`")

// TestScreenshot takes the picture of the demo's page on its usual ports, for
// which the other tests have other uses.
func TestScreenshot(t *testing.T) {
	if *screenshot == "" {
		t.Skip("there is no -screenshot FILE to write")
	}
	d := startDemo(t, "localhost:8000", "localhost:3000", "localhost:4000")
	tab := openChromium(t)
	const width = 1200
	emulate(t, tab, "light", width)
	require.NoError(t, tab.navigate(d.foreign))
	tab.evaluate(t, rows)
	// One row unfolded; the rest says more of the same.
	tab.evaluate(t, `document.querySelector('[data-row=get] details').open = true`)
	const end = `Math.floor(document.querySelector('[data-row=put]').getBoundingClientRect().bottom)`
	height, err := strconv.ParseInt(tab.evaluate(t, end), 10, 64)
	require.NoError(t, err)
	require.NoError(t, chromedp.Do(tab.ctx, chromedp.EmulateViewport(width, height)))
	shot, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	full, err := png.Decode(bytes.NewReader(shot))
	require.NoError(t, err)
	var small bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, reduced(full, 256)))
	require.NoError(t, os.WriteFile(*screenshot, small.Bytes(), 0o644))
}

// reduced is the picture in its most frequent colors, which makes the file small:
// there are few but for the edges of letters.
func reduced(full pictures.Image, colors int) pictures.Image {
	count := make(map[color.Color]int)
	bounds := full.Bounds()
	for y := range bounds.Dy() {
		for x := range bounds.Dx() {
			count[full.At(x, y)]++
		}
	}
	palette := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int { return count[b] - count[a] })
	small := pictures.NewPaletted(bounds, palette[:min(colors, len(palette))])
	draw.Draw(small, bounds, full, pictures.Point{}, draw.Src)
	return small
}
