package main

import (
	"embed"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/httpsec/httpsec"
)

//go:embed page
var siteFiles embed.FS

var indexTemplate = template.Must(template.New("index.html").
	Funcs(template.FuncMap{"code": code, "json": toJSON}).
	ParseFS(siteFiles, "page/index.html"))

// site is the page that tries the API, and the page of the reports about it.
type site struct {
	lesson    *lesson
	predictor *predictor
	service   *service
	logger    *slog.Logger
}

// policy is what the site may load: scripts with a nonce, and from other origins
// only what the lesson needs of the API. Browsers report the rest.
func (s *site) policy() httpsec.CSP {
	api := s.lesson.api
	return httpsec.CSP{}.
		With("default-src", "'none'").
		With("script-src", httpsec.NonceSource).
		With("style-src", "'self'").
		With("img-src", "data:", api).
		With("connect-src", "'self'", api, "ws"+strings.TrimPrefix(api, "http")).
		With("frame-src", api).
		With("frame-ancestors", "'none'").
		With("base-uri", "'none'").
		With("form-action", "'none'").
		With("report-uri", "/reports")
}

func (s *site) handler() (http.Handler, error) {
	secure, err := httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicy: s.policy().String()})
	if err != nil {
		return nil, err
	}
	// Nobody else reads these pages, which show what the API was sent.
	private, err := httpsec.CORS(httpsec.Config{Origins: []string{}, Hosts: s.lesson.config.Hosts})
	if err != nil {
		return nil, err
	}
	reports := &reports{policy: s.policy(), logger: s.logger}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /seen", s.seen)
	mux.HandleFunc("GET /reports", reports.show)
	mux.Handle("POST /reports", reports.handler(s.lesson.pages))
	for _, name := range []string{"app.js", "reports.js", "style.css"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, siteFiles, "page/"+name)
		})
	}
	return secure(private(mux)), nil
}

// shownRow is a row with all that is known before a browser tries it.
type shownRow struct {
	row
	prediction
	explanation
}

// Request and Predicted are for the page's script.
func (r shownRow) Request() (string, error)   { return toJSON(r.row) }
func (r shownRow) Predicted() (string, error) { return toJSON(r.prediction) }

type shownSection struct {
	section
	Rows []shownRow
}

func (s *site) index(w http.ResponseWriter, r *http.Request) {
	sections := s.lesson.sections()
	predictions, err := s.predictor.predict(r, sections)
	if err != nil {
		http.Error(w, "no prediction: "+err.Error(), http.StatusInternalServerError)
		return
	}
	page := origin(r)
	v := &view{s.lesson, page, strings.ReplaceAll(s.policy().String(), httpsec.NonceSource, "'nonce-…'"), predictions}
	var shown []shownSection
	for _, section := range sections {
		rows := make([]shownRow, len(section.Rows))
		for i, row := range section.Rows {
			rows[i] = shownRow{row, predictions[row.ID], v.explain(row)}
		}
		shown = append(shown, shownSection{section, rows})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // the nonce, and the predictions
	indexTemplate.Execute(w, map[string]any{
		"Nonce":    httpsec.Nonce(r.Context()),
		"API":      s.lesson.api,
		"Origin":   page,
		"Allowed":  v.allowed(),
		"First":    shown[0].Rows[0],
		"Origins":  s.lesson.config.Origins,
		"Both":     slices.Compact([]string{s.lesson.pages[0], page}),
		"Pages":    s.pages(page),
		"Sections": shown,
		"Terms":    terms(),
	})
}

// link is the page on one of its origins.
type link struct {
	Origin           string
	Allowed, Current bool
}

func (s *site) pages(current string) []link {
	origins := s.lesson.pages
	if !slices.Contains(origins, current) {
		origins = append(slices.Clone(origins), current)
	}
	links := make([]link, len(origins))
	for i, origin := range origins {
		links[i] = link{origin, s.service.allows(origin), origin == current}
	}
	return links
}

// seen says what the API saw of a try, and how often its handler has counted.
func (s *site) seen(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, map[string]any{
		"exchanges": s.service.journal.find(r.URL.Query().Get("try")),
		"visits":    s.service.api.visits.Load(),
	})
}

// origin is that of the page, as the browser that sent r knows it.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// code makes code of what stands between backquotes.
func code(text string) template.HTML {
	var html strings.Builder
	for i, part := range strings.Split(text, "`") {
		part = template.HTMLEscapeString(part)
		if i%2 == 1 {
			part = "<code>" + part + "</code>"
		}
		html.WriteString(part)
	}
	return template.HTML(html.String())
}

func toJSON(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}
