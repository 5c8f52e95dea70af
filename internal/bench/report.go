package main

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// markdown writes the page.
func (r *results) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\nMeasured on %s with %s on %s, %d cores, %s/%s. To measure again:\n\n```sh\ngo run -C internal/bench .\n```\n\n",
		time.Now().UTC().Format(time.DateOnly), runtime.Version(), processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	b.WriteString("Times are nanoseconds that a middleware adds to a request: the median of 20 rounds, in each of which the contenders of a row take 20 short turns, minus the bare handler's " +
		"(in preflights, where no handler runs, minus an empty one's). In parentheses, the allocations it adds. The ratios of the targets are medians of each round's ratio, so they can differ from those of the medians in the tables. " +
		"The garbage collector runs between the turns and is not counted, to the advantage of whoever allocates more. Every request has the headers of a browser's `fetch`, and every response a fresh header map. " +
		"All contenders have the same policy, and are checked to answer as intended before they are timed.\n\n" +
		"The limit is a handler written for the very answer: one comparison or one look-up in a map, the same headers, and values that no two responses share, from one allocation. It checks nothing else.\n\n![Nanoseconds added per request](benchmarks.svg)\n\n")
	r.writeTargets(&b)
	b.WriteString(tried)
	r.writeCells(&b)
	r.writeSecurity(&b)
	r.writeRules(&b)
	r.writePackages(&b)
	r.writeAttacks(&b)
	r.writeScales(&b)
	r.writeMistakes(&b)
	r.writeLive(&b)
	return b.String()
}

// processor names the CPU, where the system says.
func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "an unknown CPU"
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, model, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(model)
		}
	}
	return "an unknown CPU"
}

func (r *results) writeTargets(b *strings.Builder) {
	b.WriteString("## Targets\n\n")
	var rows [][]string
	for _, t := range r.targets() {
		rows = append(rows, []string{t.goal, t.measured, map[bool]string{true: "pass", false: "**fail**"}[t.met]})
	}
	writeTable(b, []string{"target", "measured", ""}, rows)
	for _, t := range r.targets() {
		if !t.met {
			fmt.Fprintf(b, "- Missed: %s. %s\n", t.goal, t.why)
		}
	}
	b.WriteString("\n")
}

func (r *results) writeCells(b *strings.Builder) {
	fmt.Fprintf(b, "## CORS\n\nThe bare handler takes %.0f ns, the empty one %.0f ns. † sends fewer CORS headers than httpsec in that cell; – cannot be expressed. In preflights one allocation is the header map's own.\n\n",
		r.cells[0].baseline.median, r.cells[len(r.cells)-1].baseline.median)
	var rows [][]string
	for _, c := range r.cells {
		row := []string{c.list.name, c.kind}
		for _, contender := range contenders {
			row = append(row, c.text(contender))
		}
		rows = append(rows, row)
	}
	writeTable(b, append([]string{"origins", "request"}, contenders...), rows)
	b.WriteString("What the responses show:\n\n")
	for _, contender := range contenders {
		if slices.ContainsFunc(r.cells, func(c *cell) bool { return c.shares[contender] }) {
			fmt.Fprintf(b, "- %s puts the same slices into every response: a handler that writes into one changes all later responses.\n", contender)
		}
		for _, omission := range r.omissions(contender) {
			fmt.Fprintf(b, "- %s sends no %s.\n", contender, omission)
		}
	}
	b.WriteString("- gorilla/handlers has no patterns, only a function that its user writes, so it is left out of those rows.\n\n")
}

func (c *cell) text(contender string) string {
	s := c.subjects[contender]
	if s == nil {
		return "–"
	}
	text := fmt.Sprintf("%s (%.0f)", nanoseconds(c.added(contender)), s.allocs-c.baseline.allocs)
	if !c.sendsAll(contender) {
		text += " †"
	}
	return text
}

// omissions lists the CORS headers of ours that the contender does not send, with
// the cells in which it does not.
func (r *results) omissions(contender string) []string {
	lists := map[string]map[string][]string{} // by header and kind of request
	possible := 0
	for _, c := range r.cells {
		if c.subjects[contender] == nil {
			continue
		}
		possible++
		for name := range c.replies[ours] {
			if _, sent := c.replies[contender][name]; sent || !isCORSHeader(name) {
				continue
			}
			if lists[name] == nil {
				lists[name] = map[string][]string{}
			}
			lists[name][c.kind] = append(lists[name][c.kind], c.list.name)
		}
	}
	var omissions []string
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		var where []string
		for _, kind := range requestKinds {
			switch names := lists[name][kind]; {
			case len(names) == possible/len(requestKinds):
				where = append(where, `"`+kind+`"`)
			case len(names) > 0:
				where = append(where, `"`+kind+`" (with `+strings.Join(names, ", ")+")")
			}
		}
		omissions = append(omissions, name+" on "+strings.Join(where, ", "))
	}
	return omissions
}

func (r *results) writeSecurity(b *strings.Builder) {
	b.WriteString("## Security headers\n\nThe seven default headers. \"" + sharedSlices + "\" is a handler that assigns ready-made slices, which every response then shares.\n\n")
	var row []string
	for _, contender := range securityContenders {
		s := r.security.subjects[contender]
		row = append(row, fmt.Sprintf("%s (%.0f)", nanoseconds(r.security.added(contender)), s.allocs-r.security.baseline.allocs))
	}
	writeTable(b, securityContenders, [][]string{row})
}

func (r *results) writeAttacks(b *strings.Builder) {
	b.WriteString("## Hostile requests\n\nThe time added to an ordinary request → to the hostile one.\n\n")
	var rows [][]string
	for _, a := range r.attacks {
		row := []string{a.name}
		for _, contender := range attackContenders {
			p, ok := a.pairs[contender]
			if !ok {
				row = append(row, "–")
				continue
			}
			row = append(row, nanoseconds(p.ordinary.median-a.baseline.median)+" → "+nanoseconds(p.hostile.median-a.baseline.median))
		}
		rows = append(rows, row)
	}
	writeTable(b, append([]string{"attack"}, attackContenders...), rows)
}

func (r *results) writeScales(b *strings.Builder) {
	fmt.Fprintf(b, "## Scale\n\nAllowed actual requests from %s different origins in turn, and what it takes to build the policy. Bytes are per entry, beside the strings of the configuration.\n\n", thousands(ring))
	var rows [][]string
	for _, s := range r.scales {
		bytes := "–" // the policy itself would be counted
		if s.entries > 1 {
			bytes = fmt.Sprintf("%.0f", s.bytes)
		}
		rows = append(rows, []string{
			s.list.name, s.contender, nanoseconds(s.added()),
			s.built.Round(time.Microsecond).String(), bytes,
		})
	}
	writeTable(b, []string{"origins", "contender", "ns", "build", "bytes per entry"}, rows)
}

func (r *results) writeLive(b *strings.Builder) {
	fmt.Fprintf(b, "## Over HTTP\n\nA mux over loopback TCP with %d connections that stay open; the server and the clients share the cores. "+
		"The bare mux sends neither the four CORS nor the seven security headers; \"%s\" assigns the same eleven without any decision, which is the cost of sending them.\n\n", connections, byHandServer)
	var rows [][]string
	for _, s := range r.live {
		rows = append(rows, []string{s.name, thousands(int(s.median)), fmt.Sprintf("%.1f %%", 100*s.median/r.live[0].median)})
	}
	writeTable(b, []string{"server", "requests per second", "of the bare mux"}, rows)
}

// nanoseconds writes a time; one below the precision of the measurement is zero.
func nanoseconds(t float64) string { return thousands(max(0, int(t+0.5))) }

// writeTable writes a Markdown table. Its columns of numbers, other than the
// first, are aligned to the right.
func writeTable(b *strings.Builder, head []string, rows [][]string) {
	rule := make([]string, len(head))
	for i := range head {
		rule[i] = "---"
		if i > 0 && slices.ContainsFunc(rows, func(row []string) bool { return strings.IndexAny(row[i], "0123456789") == 0 }) {
			rule[i] = "--:"
		}
	}
	for _, row := range append([][]string{head, rule}, rows...) {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	b.WriteString("\n")
}
