package reporting

import (
	"io"
	"net/http"
	"strconv"

	"github.com/httpsec/httpsec/internal/origins"
)

const (
	maxBody    = 1 << 20 // 100 reports of Chromium with a policy of 1.6 kB are 229,601 bytes
	maxReports = 100     // of one body: Chromium and Firefox send no more
)

// Handler returns a handler that calls receive for each report in the body of a
// POST, on the request's goroutine. A receive that stores what it gets must bound
// it, as [Tally] does: anybody can send reports.
//
// The documents of the host that the reports are sent to are the site's own, and so
// are those of the origins in ours, whose entries are as in httpsec.Config.Origins:
// "https://app.example.com", "https://*.example.com". Reports of other documents are
// marked [NoiseForeign]: behind a proxy that changes the Host header those would be
// all, so name the site's origin there.
//
// A POST is answered 204 whatever its body says and whatever receive does, a panic
// included, because Chromium repeats a body for hours until it gets a 2xx. What
// cannot be read is dropped: reports that are not JSON, or longer than 64 KiB, and
// what follows the first 100 reports, the first 1 MiB, or a report that is nested
// deeper than 32 levels. A body with a Content-Encoding, which no browser sends, is
// answered 415. Methods other than POST are answered 405.
//
// Handler panics if receive is nil or an entry of ours is not an origin.
func Handler(receive func(r *http.Request, report Report), ours ...string) http.Handler {
	if receive == nil {
		panic("reporting: Handler: receive is nil")
	}
	return &handler{receive, parseSites(ours)}
}

type handler struct {
	receive func(r *http.Request, report Report)
	ours    sites
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header()["Cache-Control"] = []string{"no-store"}
	switch {
	case r.Method != http.MethodPost:
		w.Header()["Allow"] = []string{http.MethodPost}
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	case r.Header.Get("Content-Encoding") != "":
		http.Error(w, "reports are not encoded", http.StatusUnsupportedMediaType)
	default:
		h.receiveAll(w, r)
	}
}

// receiveAll answers in a deferred call, which runs when receive panics, too:
// without an answer Chromium would send the reports before that one again.
func (h *handler) receiveAll(w http.ResponseWriter, r *http.Request) {
	body := io.LimitReader(r.Body, maxBody)
	returned := false
	defer func() {
		_, _ = io.Copy(io.Discard, body) // an answer may get lost where the body was not read
		w.WriteHeader(http.StatusNoContent)
		if !returned {
			// net/http closes the connection of a handler that panics.
			_ = http.NewResponseController(w).Flush()
		}
	}()

	reports := newSplitter(body, r.ContentLength)
	for range maxReports {
		data := reports.next()
		if data == nil {
			break
		}
		if report, ok := parse(data); ok {
			if report.UserAgent == "" {
				report.UserAgent = r.UserAgent()
			}
			report.Noise = h.ours.noise(r.Host, &report)
			h.receive(r, report)
		}
	}
	returned = true
}

// sites are the documents that a Handler takes for the site's own, beside those of
// the host it is reached by.
type sites struct {
	any bool
	set origins.Set
}

func parseSites(entries []string) sites {
	var s sites
	for _, entry := range entries {
		pattern, ok := origins.Parse(entry)
		switch {
		case entry == "*":
			s.any = true
		case !ok:
			panic("reporting: Handler: " + strconv.Quote(entry) + " is not an origin such as \"https://app.example.com\"")
		default:
			s.set.Add(entry, pattern)
		}
	}
	return s
}
