// Command bench measures httpsec against its peers, and writes the tables and the
// chart in docs:
//
//	go run -C internal/bench .
//
// With -quick it takes half a minute, is less exact, and only prints.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"
)

func main() {
	log.SetFlags(0)
	quick := flag.Bool("quick", false, "measure for half a minute and write no files")
	docs := flag.String("docs", filepath.Join("..", "..", "docs"), "directory to write benchmarks.md and benchmarks.svg to")
	flag.Parse()
	p := fullPace
	if *quick {
		p = quickPace
		*docs = ""
	}
	if err := run(p, *docs, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run checks every answer, measures, and reports on w and in docs, if that is not "".
func run(p pace, docs string, w io.Writer) error {
	r, err := newResults()
	if err != nil {
		return err
	}
	if err := r.measure(p); err != nil {
		return err
	}
	text := r.markdown()
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	if docs == "" {
		return nil
	}
	if err := os.WriteFile(filepath.Join(docs, "benchmarks.md"), []byte(text), 0o644); err != nil {
		return err
	}
	return r.chart(filepath.Join(docs, "benchmarks.svg"))
}

// results is all that is measured.
type results struct {
	cells    []*cell
	security *security
	rules    []*rule
	packages *packages
	attacks  []*attack
	mistakes []*mistakes
	scales   []*scale
	live     []*live
}

// newResults builds everything, and fails if anybody answers otherwise than
// intended: a fast wrong answer is worth nothing.
func newResults() (*results, error) {
	r := new(results)
	var err error
	if r.cells, err = newCells(); err != nil {
		return nil, fmt.Errorf("cells: %w", err)
	}
	if r.security, err = newSecurityTable(); err != nil {
		return nil, fmt.Errorf("security headers: %w", err)
	}
	if r.rules, err = newRules(); err != nil {
		return nil, fmt.Errorf("single rules: %w", err)
	}
	if r.packages, err = newPackages(); err != nil {
		return nil, fmt.Errorf("packages: %w", err)
	}
	r.mistakes = newMistakes()
	if r.attacks, err = newAttacks(); err != nil {
		return nil, fmt.Errorf("hostile requests: %w", err)
	}
	if r.live, err = liveServers(); err != nil {
		return nil, fmt.Errorf("over HTTP: %w", err)
	}
	return r, nil
}

// measure takes each cell by itself, so that what is compared alternates closely.
func (r *results) measure(p pace) error {
	if err := measureLive(p, r.live); err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, c := range r.cells {
		measure(p, c.all())
	}
	measure(p, r.security.all())
	for _, rule := range r.rules {
		measure(p, rule.all())
	}
	for _, a := range r.attacks {
		measure(p, a.all())
	}
	measure(p, r.packages.all())
	r.packages.close()
	for _, m := range r.mistakes {
		m.measure(p.rounds)
	}
	var err error
	if r.scales, err = measureScales(p.long()); err != nil {
		return fmt.Errorf("scale: %w", err)
	}
	return nil
}
