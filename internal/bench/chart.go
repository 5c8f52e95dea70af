package main

import (
	"bytes"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// chartList is the list of origins that the chart shows: as many as DefaultConfig
// has.
var chartList = exactOrigins(6).name

// chart draws what each contender adds to each kind of request.
func (r *results) chart(path string) error {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	p := plot.New()
	p.Title.Text = "Nanoseconds added per request, " + chartList + " (less is better)"
	p.Title.Padding = vg.Points(8)
	p.X.Min, p.X.Max = -0.5, float64(len(requestKinds))-0.5
	p.Y.Min = 0
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.XOffs, p.Legend.Padding = vg.Points(12), vg.Points(3)
	p.NominalX(requestKinds...)
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	p.Add(grid)

	colors := []color.Color{
		color.RGBA{0x00, 0x5f, 0xb8, 0xff}, color.RGBA{0x40, 0x40, 0x40, 0xff}, color.RGBA{0xe0, 0x8a, 0x1e, 0xff}, color.RGBA{0x5a, 0x9e, 0x6f, 0xff},
		color.RGBA{0xa8, 0x5c, 0x90, 0xff}, color.RGBA{0x9a, 0x9a, 0x9a, 0xff},
	}
	const width = 12
	for i, contender := range contenders {
		var values plotter.Values
		label, shares, fewer := contender, false, false
		for _, c := range r.cells {
			if c.list.name == chartList {
				values = append(values, max(0, c.added(contender)))
				shares = shares || c.shares[contender]
				fewer = fewer || !c.sendsAll(contender)
			}
		}
		if shares {
			label += ", whose responses share slices"
		}
		if fewer {
			label += ", which sends fewer headers"
		}
		bars, err := plotter.NewBarChart(values, vg.Points(width))
		if err != nil {
			return err
		}
		bars.Color = colors[i]
		bars.LineStyle.Width = 0
		bars.Offset = vg.Points(width * (float64(i) - float64(len(contenders)-1)/2))
		p.Add(bars)
		p.Legend.Add(label, bars)
	}
	svg, err := p.WriterTo(vg.Points(620), vg.Points(300), "svg")
	if err != nil {
		return err
	}
	var picture bytes.Buffer
	if _, err := svg.WriteTo(&picture); err != nil {
		return err
	}
	// Whoever looks at it may lack the font.
	text := bytes.ReplaceAll(picture.Bytes(), []byte("Liberation Sans"), []byte("Liberation Sans,Arial,Helvetica,sans-serif"))
	return os.WriteFile(path, text, 0o644)
}
