package main

import (
	"net"
	"strings"

	"github.com/httpsec/httpsec"
)

// lesson is what the page tries.
type lesson struct {
	api    string         // its origin
	config httpsec.Config // that of the API
	pages  []string       // the origins of the page: the allowed one, and the foreign one
}

// section is a group of rows about one thing.
type section struct {
	ID, Title, Text string
	Rows            []row
}

// row is something that a page tries. The fields with a JSON name are what its
// script needs to know; backquotes in the texts are for code.
type row struct {
	ID   string `json:"-"`
	Note string `json:"-"` // what kind of request it is
	Text string `json:"-"` // what there is to learn
	Undo string `json:"-"` // what would stop it, where no configuration does

	Kind        string            `json:"kind"` // "fetch", "socket", "image", "frame" or "inline"
	Method      string            `json:"method,omitempty"`
	URL         string            `json:"url,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Body        string            `json:"body,omitempty"`
	Credentials bool              `json:"credentials,omitempty"`
	Reads       string            `json:"reads,omitempty"` // the header that the script is after
	Nonce       bool              `json:"nonce,omitempty"`
	Counts      bool              `json:"counts,omitempty"` // whether the handler counts
}

// Title is the row's request.
func (r row) Title() string {
	switch r.Kind {
	case "inline":
		if r.Nonce {
			return "<script nonce=…>"
		}
		return "<script>"
	case "image":
		return "<img src=" + path(r.URL) + ">"
	case "frame":
		return "<iframe src=" + path(r.URL) + ">"
	case "socket":
		return "new WebSocket(" + path(r.URL) + ")"
	}
	return r.Method + " " + path(r.URL)
}

func path(url string) string {
	_, url, _ = strings.Cut(url, "://")
	return url[strings.Index(url, "/"):]
}

// preflighted reports whether a browser asks before it sends the row's request:
// https://fetch.spec.whatwg.org/#cors-preflight-fetch.
func (r row) preflighted() bool {
	return r.listed() || len(r.Headers) > 0
}

// listed reports whether a preflight has to allow the row's method: the others are
// https://fetch.spec.whatwg.org/#cors-safelisted-method.
func (r row) listed() bool {
	return r.Kind == "fetch" && r.Method != "GET" && r.Method != "HEAD" && r.Method != "POST"
}

// alias is an origin that differs from the API's in its name alone. The page's own
// policy does not list it.
func (l *lesson) alias() string {
	if alias := strings.Replace(l.api, "//localhost", "//127.0.0.1", 1); alias != l.api {
		return alias
	}
	scheme, host, _ := strings.Cut(l.api, "://")
	_, port, _ := net.SplitHostPort(host)
	return scheme + "://" + net.JoinHostPort("localhost", port)
}
