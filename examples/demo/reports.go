package main

import (
	"html/template"
	"log/slog"
	"net/http"
	"strings"

	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/reporting"
)

// reports counts what browsers report about the page, and shows it.
type reports struct {
	tally  reporting.Tally
	policy httpsec.CSP // the page's
	logger *slog.Logger
}

// handler receives reports of pages of the origins.
func (p *reports) handler(origins []string) http.Handler {
	return reporting.Handler(func(_ *http.Request, report reporting.Report) {
		p.logger.Info("browser report", "report", report)
		p.tally.Add(report)
	}, origins...)
}

var reportsTemplate = template.Must(template.ParseFS(siteFiles, "page/reports.html"))

func (p *reports) show(w http.ResponseWriter, r *http.Request) {
	suggestion := p.tally.Suggest(p.policy)
	added := make(map[string][]string)
	for _, addition := range suggestion.Added {
		added[addition.Directive] = append(added[addition.Directive], addition.Source)
	}
	type line struct{ Kept, Added string } // a directive of the suggested policy
	var lines []line
	for name, sources := range suggestion.Policy.All() {
		kept := strings.TrimSuffix(name+" "+strings.Join(sources, " "), " ")
		lines = append(lines, line{strings.TrimSuffix(kept, " "+strings.Join(added[name], " ")), strings.Join(added[name], " ")})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	reportsTemplate.Execute(w, map[string]any{
		"Nonce":   httpsec.Nonce(r.Context()),
		"Origin":  origin(r),
		"Entries": p.tally.Entries(),
		"Lines":   lines,
		"Added":   suggestion.Added,
		"Refused": suggestion.Refused,
	})
}
