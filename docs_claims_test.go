package httpsec_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

// TestReadmeTranscript sends what the README's curl calls send to what its program
// serves, and compares every byte but the date and, after the first answer, the
// security headers.
func TestReadmeTranscript(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/hello", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "hello\n")
	})
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{
		Origins:     []string{"https://app.example.com"},
		Credentials: true,
	}))
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	server := httptest.NewServer(secure(cors(mux)))
	defer server.Close()

	blocks := blocksOf(t, "README.md", "console")
	require.Len(t, blocks, 1)
	calls := strings.Split(blocks[0].text, "$ curl ")[1:]
	require.Len(t, calls, 2)
	var leftOut []string
	for _, call := range calls {
		command, want, _ := strings.Cut(call, "\n")
		got := curl(t, server.Listener.Addr().String(), command)
		for _, line := range leftOut {
			assert.Contains(t, got, line)
			got = strings.Replace(got, line, "", 1)
		}
		assert.Equal(t, strings.TrimSpace(want), strings.TrimSpace(got), command)
		leftOut = regexp.MustCompile(`(?m)^(Content-Security|Cross|Referrer|X)-.*\n`).FindAllString(got, -1)
	}
}

// curl answers a call of curl -i as curl would print it, without the date.
func curl(t *testing.T, address, command string) string {
	words := regexp.MustCompile(`'[^']*'|\S+`).FindAllString(command, -1)
	method, target, header := "GET", "", ""
	for i := 0; i < len(words); i++ {
		switch word := words[i]; word {
		case "-i":
		case "-X":
			i++
			method = words[i]
		case "-H":
			i++
			header += strings.Trim(words[i], "'") + "\r\n"
		default:
			target = word
		}
	}
	u, err := url.Parse(target)
	require.NoError(t, err)

	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", method, u.RequestURI(), u.Host, header)
	// What net/http reads bounds the response, and the copy is what was on the wire.
	var wire bytes.Buffer
	res, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &wire)), &http.Request{Method: method})
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, res.Body)
	require.NoError(t, err)
	return regexp.MustCompile(`(?m)^Date: .*\n`).ReplaceAllString(strings.ReplaceAll(wire.String(), "\r\n", "\n"), "")
}

// TestDocumentsStateTheDefaults holds the second column of both tables of headers,
// and the default policy, to what is sent.
func TestDocumentsStateTheDefaults(t *testing.T) {
	secure := httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{}))
	w := httptest.NewRecorder()
	secure(nothing).ServeHTTP(w, httptest.NewRequest("GET", "https://example.com/", nil))
	sent := map[string]string{} // by field
	for name, values := range w.Header() {
		sent[strings.ToLower(strings.ReplaceAll(name, "-", ""))] = values[0]
	}
	for _, document := range []string{"README.md", "docs/headers.md"} {
		for _, field := range reflect.VisibleFields(reflect.TypeFor[httpsec.Headers]()) {
			if field.Type.Kind() != reflect.String || field.Name == "ContentSecurityPolicy" {
				continue
			}
			cells := regexp.MustCompile("(?m)^\\| `" + field.Name + "` \\| (?:`([^`]*)`|not sent)")
			row := cells.FindStringSubmatch(readFile(t, document))
			if assert.NotNil(t, row, "%s: %s", document, field.Name) {
				assert.Equal(t, sent[strings.ToLower(field.Name)], row[1], "%s: %s", document, field.Name)
			}
		}
	}
	assert.Contains(t, readFile(t, "docs/headers.md"), "\n```\n"+httpsec.DefaultCSP().String()+"\n```\n")
	assert.Len(t, w.Header(), 8, "seven headers, on HTTPS eight")
}

// TestDocumentsNameTheReasons looks for a row of each, and for the log line in the
// output of an example.
func TestDocumentsNameTheReasons(t *testing.T) {
	configuration := readFile(t, "docs/configuration.md")
	for _, reason := range httpsec.Reasons() {
		assert.Regexp(t, "(?m)^\\|[^|]*`"+string(reason)+"`[^|]*\\|", configuration)
	}
	line := regexp.MustCompile(`(?m)^level=.*$`).FindString(configuration)
	require.NotEmpty(t, line)
	examples, err := filepath.Glob("example_*test.go")
	require.NoError(t, err)
	hasLine := func(file string) bool { return strings.Contains(readFile(t, file), line) }
	assert.True(t, slices.ContainsFunc(examples, hasLine))
}

// TestDocumentedPatterns asks about each origin in the table of patterns, and
// builds each entry of the table of hosts.
func TestDocumentedPatterns(t *testing.T) {
	configuration := readFile(t, "docs/configuration.md")
	code := regexp.MustCompile("`([^`]+)`")
	cells := regexp.MustCompile("(?m)^\\| `([a-z-]+://[^`]*)` \\| ([^|]*) \\| ([^|]*) \\|$")
	rows := cells.FindAllStringSubmatch(configuration, -1)
	require.Len(t, rows, 5)
	for _, row := range rows {
		policy := httpsec.Must(httpsec.NewPolicy(httpsec.Config{Origins: []string{row[1]}}))
		for column, allowed := range map[int]bool{2: true, 3: false} {
			for _, origin := range code.FindAllStringSubmatch(row[column], -1) {
				r := httptest.NewRequest("GET", "https://api.example.org/", nil)
				r.Header.Set("Origin", origin[1])
				assert.Equal(t, allowed, policy.Decide(r).Allowed, "%s: %s", row[1], origin[1])
			}
		}
	}

	_, hosts, _ := strings.Cut(configuration, "| entry | passes |")
	hosts, _, _ = strings.Cut(hosts, "\n\n")
	entries := code.FindAllStringSubmatch(hosts, -1)
	require.Len(t, entries, 7)
	for _, entry := range entries {
		_, err := httpsec.NewPolicy(httpsec.Config{Origins: []string{}, Hosts: []string{entry[1]}})
		assert.NoError(t, err)
	}
}

// TestDocumentedOrderOfTimeoutHandler is the table in docs/proxies.md.
func TestDocumentedOrderOfTimeoutHandler(t *testing.T) {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{"https://a.com"}}))
	timeout := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, 50*time.Millisecond, "") }
	answer := func(handler http.Handler) http.Header {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Origin", "https://a.com")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Header()
	}
	varies := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
	})
	late := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })

	assert.Equal(t, []string{"Origin", "Accept-Encoding"}, answer(timeout(cors(varies)))["Vary"])
	assert.Empty(t, answer(timeout(cors(late)))["Access-Control-Allow-Origin"])
	assert.Equal(t, []string{"Accept-Encoding"}, answer(cors(timeout(varies)))["Vary"])
	assert.NotEmpty(t, answer(cors(timeout(late)))["Access-Control-Allow-Origin"])
}

// TestDocumentedTrustedOrigin holds the comment on AddTrustedOrigin in
// docs/configuration.md.
func TestDocumentedTrustedOrigin(t *testing.T) {
	csrf := http.NewCrossOriginProtection()
	require.NoError(t, csrf.AddTrustedOrigin("https://*.example.com"))
	r := httptest.NewRequest("POST", "https://api.example.com/", nil)
	r.Header.Set("Origin", "https://app.example.com")
	r.Header.Set("Sec-Fetch-Site", "same-site")
	assert.Error(t, csrf.Check(r))
}

// TestDocumentsQuoteErrors builds what the documents show errors of.
func TestDocumentsQuoteErrors(t *testing.T) {
	var real strings.Builder
	note := func(_ any, err error) {
		require.Error(t, err)
		fmt.Fprintln(&real, err)
	}
	note(httpsec.CORS(httpsec.Config{
		Origins: []string{
			"https://app.example.com/", "app.example.com", "htps://app.example.com", `^https://.*\.example\.com$`,
		},
		Methods: []string{"patch"},
		MaxAge:  600,
	}))
	note(httpsec.CORS(httpsec.Config{Origins: []string{"https://*.github.io"}, Credentials: true}))
	note(httpsec.SecurityHeaders(httpsec.Headers{ReferrerPolicy: "same-orgin"}))
	note(httpsec.ParseOrigins("web.allowed_origins", "app.example.com"))
	note(httpsec.ParseOrigins("CORS_ORIGINS", "app.example.com"))
	note(httpsec.OriginOf("domain", "shop.example.com"))

	shown := regexp.MustCompile(`(?m)^(?:// )?(httpsec: .*)$`)
	quoted := 0
	for _, document := range documents(t) {
		for _, line := range shown.FindAllStringSubmatch(readFile(t, document), -1) {
			assert.Contains(t, real.String(), line[1]+"\n", document)
			quoted++
		}
	}
	assert.NotZero(t, quoted)
}
