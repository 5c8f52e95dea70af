package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const loadPolicy = "default-src 'self' https://cdn.example.net; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"

// embedding serves a page at / and files beside it, on every host.
func embedding(markup string, files map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch file := files[r.URL.Path]; {
		case r.URL.Path == "/":
			page(markup, headerCSP, loadPolicy)(w, r)
		case file != nil:
			file(w, r)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}
}

func file(contentType, content string, lines ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(lines); i += 2 {
			w.Header().Set(lines[i], lines[i+1])
		}
		io.WriteString(w, content)
	}
}

func TestLoad(t *testing.T) {
	digest := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	}
	markup := `<link rel=stylesheet href=/style.css>
<script src=https://cdn.example.net/a.js crossorigin integrity=` + digest("other") + `></script>
<script src=/plain.js></script>
<img src=https://cdn.example.net/private.png>
<img src=/a.png>
<iframe src=https://cdn.example.net/frame></iframe>`
	handler := embedding(markup, map[string]http.HandlerFunc{
		"/style.css":   file("text/css", "p { background: url(/in-sheet.png) } @import url(https://elsewhere.example/b.css)"),
		"/a.js":        file("text/javascript", "start()", "Access-Control-Allow-Origin", "*"),
		"/plain.js":    file("text/plain", "start()", headerNosniff, "nosniff"),
		"/private.png": file("image/png", "png", "Cross-Origin-Resource-Policy", "same-origin"),
		"/a.png":       file("image/png", "png"),
		"/frame":       file("text/html", "<p>", "X-Frame-Options", "DENY"),
	})
	o := checked(handler, "-json", "-load", "-probe=false", site)
	r := o.report(t)
	assert.Equal(t, []string{
		"blocked-csp-style-src-elem", "blocked-integrity", "blocked-nosniff", "blocked-corp", "blocked-x-frame-options",
	}, r.ids(problem))
	assert.ElementsMatch(t, []string{
		"GET https://www.example.com/", "GET https://www.example.com/style.css", "GET https://www.example.com/in-sheet.png",
		"GET https://cdn.example.net/a.js https://www.example.com", "GET https://www.example.com/plain.js",
		"GET https://cdn.example.net/private.png", "GET https://www.example.com/a.png", "GET https://cdn.example.net/frame",
	}, o.lines())
	assert.Len(t, r.Exchanges, len(o.requests))
	for _, v := range r.Violations {
		assert.NotZero(t, v.Line)
	}
	people := unwrapped(checked(handler, "-load", "-probe=false", site).out)
	assert.Contains(t, people, `blocked-integrity: line 2: Failed to find a valid digest`)
	assert.Contains(t, people, `use: integrity="`+digest("start()")+`"`)
	assert.Contains(t, people, "send: Content-Type: text/javascript")
	assert.Contains(t, people, "send: Cross-Origin-Resource-Policy: cross-origin")

	quiet := checked(handler, "-json", "-probe=false", site)
	assert.Len(t, quiet.requests, 1, "nothing without -load")
	assert.Empty(t, quiet.report(t).Violations)
}

// TestLoadFails: what does not answer is a problem of the page.
func TestLoadFails(t *testing.T) {
	r := checked(embedding("\n<script src=/gone.js></script>", nil), "-json", "-load", "-probe=false", site).report(t)
	assert.Equal(t, []string{"blocked-network"}, r.ids(problem))
	assert.Equal(t, 2, r.Violations[0].Line)
	assert.Equal(t, verdictOpened, r.Verdict)
}

func TestLoadAtMostAHundred(t *testing.T) {
	var markup strings.Builder
	for i := range 150 {
		fmt.Fprintf(&markup, "<img src=/%d.png>\n", i)
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			page(markup.String(), headerCSP, loadPolicy)(w, r)
			return
		}
		file("image/png", "png")(w, r)
	}
	o := checked(handler, "-json", "-load", "-probe=false", site)
	assert.Len(t, o.requests, 1+100)
	r := o.report(t)
	require.Len(t, r.Findings, 1)
	assert.Equal(t, finding{ID: "load-limit", Level: advice, Message: "the page embeds more than 100 things; the rest was not loaded"}, *r.Findings[0])
	assert.Empty(t, r.Violations)
	assert.Len(t, r.Exchanges, 101)
	withProbes := checked(handler, "-load", site)
	assert.Len(t, withProbes.requests, 1+100+7)
}

// TestLoadReadsNoMoreThanItNeeds counts the bytes that are read of each file.
func TestLoadReadsNoMoreThanItNeeds(t *testing.T) {
	const sheet = "p { background: url(/in-sheet.png) }"
	read := make(map[string]int)
	endless := map[string]string{
		"/": "text/html", "/image.png": "image/png", "/frame": "text/html", "/film.mp4": "video/mp4", "/in-sheet.png": "image/png",
	}
	rt := transportFunc(func(r *http.Request) (*http.Response, error) {
		resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {endless[r.URL.Path]}}, Request: r}
		switch r.URL.Path {
		case "/style.css":
			resp.Header.Set("Content-Type", "text/css")
			resp.Body = counted(read, "/style.css", strings.NewReader(sheet+strings.Repeat(" ", 4<<10)))
		case "/":
			resp.Body = counted(read, "/", strings.NewReader("<link rel=stylesheet href=/style.css><img src=/image.png><iframe src=/frame></iframe><video src=/film.mp4></video>"))
		default:
			resp.Body = counted(read, r.URL.Path, zeros{})
		}
		return resp, nil
	})
	o, err := parseArguments([]string{"-load", "-probe=false", site}, nil)
	require.NoError(t, err)
	r := newCheck(o, site, rt).run()
	assert.Equal(t, verdictOpened, r.Verdict)
	assert.Equal(t, len(sheet)+4<<10, read["/style.css"], "the whole sheet")
	for _, path := range []string{"/image.png", "/frame", "/film.mp4", "/in-sheet.png"} {
		assert.Contains(t, read, path)
		assert.LessOrEqual(t, read[path], maxSniffed+1, path)
	}
}

// zeros is endless.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func counted(read map[string]int, name string, r io.Reader) io.ReadCloser {
	read[name] = 0
	return &countedBody{r, read, name}
}

type countedBody struct {
	io.Reader
	read map[string]int
	name string
}

func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read[c.name] += n
	return n, err
}

func (c *countedBody) Close() error { return nil }

func TestLoadOfEndlessScripts(t *testing.T) {
	t.Parallel()
	read := make(map[string]int)
	rt := transportFunc(func(r *http.Request) (*http.Response, error) {
		resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/javascript"}}, Request: r}
		if resp.Body = counted(read, r.URL.Path, zeros{}); r.URL.Path == "/" {
			resp.Header.Set("Content-Type", "text/html")
			resp.Body = counted(read, "/", strings.NewReader("<script src=/a.js integrity=sha256-AAAA></script><script src=/b.js></script>"))
		}
		return resp, nil
	})
	o, err := parseArguments([]string{"-load", "-probe=false", site}, nil)
	require.NoError(t, err)
	r := newCheck(o, site, rt).run()
	assert.Contains(t, r.ids(advice), "load-limit")
	assert.Empty(t, r.Violations, "half a file has another digest")
	assert.LessOrEqual(t, read["/a.js"]+read["/b.js"], maxLoadedBytes+2)
}

// TestBodiesOfAFetchAreNotRead reads none: neither of the answer nor of a probe, a
// preflight or a redirect.
func TestBodiesOfAFetchAreNotRead(t *testing.T) {
	for _, args := range [][]string{{"-from", app}, {"-from", app, "-method", "PUT"}, nil} {
		read, asked := 0, 0
		rt := transportFunc(func(r *http.Request) (*http.Response, error) {
			asked++
			resp := &http.Response{StatusCode: 200, Header: http.Header{}, Request: r}
			resp.Header.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
			resp.Header.Set("Access-Control-Allow-Methods", "PUT")
			bytes := make(map[string]int)
			resp.Body = &closing{counted(bytes, "", zeros{}), func() { read += bytes[""] }}
			switch {
			case r.URL.Path == "/" && r.Method != http.MethodOptions:
				resp.StatusCode = http.StatusFound
				resp.Header.Set("Location", "/next")
			case r.Header.Get("Origin") == "":
				resp.Body = io.NopCloser(strings.NewReader("<p>"))
			}
			return resp, nil
		})
		o, err := parseArguments(append(args, site), nil)
		require.NoError(t, err)
		r := newCheck(o, site, rt).run()
		assert.NotEqual(t, verdictUnreachable, r.Verdict)
		assert.Zero(t, read)
		assert.Greater(t, asked, 2)
	}
}

// closing tells when it is closed.
type closing struct {
	io.ReadCloser
	closed func()
}

func (c *closing) Close() error {
	c.closed()
	return c.ReadCloser.Close()
}
