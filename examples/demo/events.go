package main

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	maxEvents    = 1000
	maxEventSize = 4 << 10
)

type event struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
	Date  string `json:"date"`
}

// events is a store in memory.
type events struct {
	mu     sync.Mutex
	lastID int
	byID   map[int]event
}

func newEvents() *events {
	return &events{lastID: 2, byID: map[int]event{
		1: {1, "Release", "2026-09-01"},
		2: {2, "Retrospective", "2026-09-15"},
	}}
}

func (s *events) list(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	list := make([]event, 0, len(s.byID))
	for _, id := range slices.Sorted(maps.Keys(s.byID)) {
		list = append(list, s.byID[id])
	}
	s.mu.Unlock()
	w.Header().Set("X-Total-Count", strconv.Itoa(len(list))) // exposed to scripts
	w.Header().Set("X-Served-By", "demo")                    // not exposed
	writeJSON(w, http.StatusOK, list)
}

func (s *events) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	e, ok := s.byID[pathID(r)]
	s.mu.Unlock()
	if !ok {
		writeError(w, http.StatusNotFound, "no such event")
		return
	}
	writeJSON(w, http.StatusOK, e)
}

func (s *events) create(w http.ResponseWriter, r *http.Request) {
	body, ok := readJSON(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byID) == maxEvents {
		writeError(w, http.StatusInsufficientStorage, "too many events")
		return
	}
	if e, ok := s.store(w, body, event{}, s.lastID+1); ok {
		s.lastID = e.ID
		w.Header().Set("Location", "/events/"+strconv.Itoa(e.ID))
		writeJSON(w, http.StatusCreated, e)
	}
}

// update replaces an event (PUT) or the fields that the body has (PATCH).
func (s *events) update(w http.ResponseWriter, r *http.Request) {
	body, ok := readJSON(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.byID[pathID(r)]
	if !ok {
		writeError(w, http.StatusNotFound, "no such event")
		return
	}
	base := event{}
	if r.Method == http.MethodPatch {
		base = old
	}
	if e, ok := s.store(w, body, base, old.ID); ok {
		writeJSON(w, http.StatusOK, e)
	}
}

func (s *events) remove(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.byID[pathID(r)]; !ok {
		writeError(w, http.StatusNotFound, "no such event")
		return
	}
	delete(s.byID, pathID(r))
	w.WriteHeader(http.StatusNoContent)
}

// store decodes body over base and keeps the result, or answers why not.
func (s *events) store(w http.ResponseWriter, body []byte, base event, id int) (event, bool) {
	if err := json.Unmarshal(body, &base); err != nil {
		writeError(w, http.StatusBadRequest, "the body is not an event: "+err.Error())
		return event{}, false
	}
	if strings.TrimSpace(base.Title) == "" {
		writeError(w, http.StatusUnprocessableEntity, "an event needs a title")
		return event{}, false
	}
	base.ID = id
	s.byID[id] = base
	return base, true
}

// pathID is the request's event; 0, which is none, if the path holds no number.
func pathID(r *http.Request) int {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return 0
	}
	return id
}

// readJSON insists on application/json: a browser sends text/plain from any page
// without a preflight.
func readJSON(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != "application/json" {
		writeError(w, http.StatusUnsupportedMediaType, "send application/json")
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEventSize))
	if err != nil {
		writeError(w, http.StatusRequestEntityTooLarge, err.Error())
		return nil, false
	}
	return body, true
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"error": message})
}
