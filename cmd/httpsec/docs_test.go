package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec"
)

var update = flag.Bool("update", false, "write the output into docs/check.md")

const checkPage = "../../docs/check.md"

// servers are those of docs/check.md, by the name in the comment above a block.
func servers() map[string]http.Handler {
	cors := httpsec.Must(httpsec.CORS(httpsec.Config{Origins: []string{app}, Credentials: true}))
	apiHeaders := httpsec.Must(httpsec.SecurityHeaders(httpsec.APIHeaders()))
	event := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte("{}"))
	})
	route := http.NewServeMux()
	route.Handle("PUT /events/{id}", cors(event))
	slash := http.NewServeMux()
	slash.Handle("/events/", event)
	slash.Handle("/events", http.RedirectHandler("/events/", http.StatusTemporaryRedirect)) // the mux's own was 301 before Go 1.26
	lets := func(allowed func(origin string) bool) http.Handler { return apiHeaders(api(allowed)) }
	inHTML := func(markup string, lines ...string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(lines); i += 2 {
				w.Header().Set(lines[i], lines[i+1])
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte(markup))
		})
	}
	return map[string]http.Handler{
		"a list":                     apiHeaders(cors(event)),
		"without CORS":               apiHeaders(event),
		"CORS around one route":      apiHeaders(route),
		"CORS inside authentication": apiHeaders(authenticated(cors(event))),
		"a path without its slash":   apiHeaders(slash),
		"the wildcard":               apiHeaders(header("Access-Control-Allow-Origin", "*", "Access-Control-Allow-Credentials", "true")),
		"behind a proxy":             apiHeaders(header("Access-Control-Allow-Origin", "*", "Access-Control-Allow-Origin", app)),
		"the origin sent back":       lets(func(string) bool { return true }),
		"null":                       lets(only(app, "null")),
		"HasPrefix":                  lets(func(origin string) bool { return strings.HasPrefix(origin, app) }),
		"HasSuffix":                  lets(func(origin string) bool { return strings.HasSuffix(origin, "example.com") }),
		"a regular expression":       lets(regexp.MustCompile(`^https://app.example.com$`).MatchString),
		"http as well":               lets(only(app, "http://app.example.com")),
		"without headers":            inHTML("<h1>Hello</h1>"),
		"an inline script": inHTML("<!doctype html>\n<title>Shop</title>\n<script>start()</script>\n<img src=https://cdn.example.net/logo.png>",
			headerCSP, "default-src 'self'; frame-ancestors 'none'", headerHSTS, "max-age=31536000", headerNosniff, "nosniff"),
		"misspelt headers": inHTML("<h1>Hello</h1>", headerCSP, "default-src self; frame-ancestors 'none'", headerHSTS, "max-age=300",
			headerNosniff, "no-sniff", "Referrer-Policy", "same-orgin"),
		"a sign-in elsewhere": http.RedirectHandler("https://login.example.net/?next=shop", http.StatusFound),
	}
}

// authenticated asks preflights, too, who they are.
func authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var consoleBlock = regexp.MustCompile("(?ms)^<!-- server: ([^\n]*) -->\n```(console|json)\n\\$ httpsec check ((?:[^\n]*\\\\\n)*[^\n]*)\n(.*?)^```$")

// TestCheckPage runs each command of docs/check.md on its server and compares what it
// prints. With -update it writes it.
func TestCheckPage(t *testing.T) {
	content := readFile(t, checkPage)
	all := servers()
	unused := make(map[string]bool)
	for name := range all {
		unused[name] = true
	}
	written := consoleBlock.ReplaceAllStringFunc(content, func(block string) string {
		match := consoleBlock.FindStringSubmatch(block)
		name, command := match[1], match[3]
		require.Contains(t, all, name)
		delete(unused, name)
		var args []string
		for _, word := range regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(strings.ReplaceAll(command, "\\\n", ""), -1) {
			args = append(args, strings.Trim(word, `"`))
		}
		o := checkedWith(all[name].ServeHTTP, "Cookie: session=4f2a", args...)
		require.NotEmpty(t, o.out, o.errors)
		got := o.out + fmt.Sprintf("$ echo $?\n%d\n", o.exit)
		if match[2] == "json" {
			var indented bytes.Buffer
			require.NoError(t, json.Indent(&indented, []byte(o.out), "", "  "))
			got = indented.String()
		}
		assert.Equal(t, got, match[4], command)
		return fmt.Sprintf("<!-- server: %s -->\n```%s\n$ httpsec check %s\n%s```", name, match[2], command, got)
	})
	assert.Empty(t, unused, "servers that the page does not show")
	assert.Equal(t, strings.Count(content, "$ httpsec check"), len(consoleBlock.FindAllString(content, -1)), "blocks without a server")
	if *update {
		require.NoError(t, os.WriteFile(checkPage, []byte(written), 0o644))
	}
}

// TestCheckPageNamesEveryFinding looks for a row of each id.
func TestCheckPageNamesEveryFinding(t *testing.T) {
	content := readFile(t, checkPage)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, id := range regexp.MustCompile(`ID: +"([a-z-]+)"`).FindAllStringSubmatch(readFile(t, file), -1) {
			assert.Contains(t, content, "`"+id[1]+"`")
			found++
		}
	}
	assert.Equal(t, 15, found)
	for line := range strings.SplitSeq(usage, "\n") {
		if match := regexp.MustCompile(`^  (-[a-z]+)`).FindStringSubmatch(line); match != nil {
			assert.Regexp(t, match[1]+`\b`, content)
		}
	}
}

// TestCheckPageWorkflow parses the commands of the workflow, as the program would.
func TestCheckPageWorkflow(t *testing.T) {
	_, workflow, ok := strings.Cut(readFile(t, checkPage), "```yaml\n")
	require.True(t, ok)
	workflow, _, _ = strings.Cut(workflow, "```")
	commands := regexp.MustCompile(`(?s)httpsec@latest check (.*?)(?:\n- name|\z)`).FindAllStringSubmatch(workflow, -1)
	require.Len(t, commands, 2)
	for _, command := range commands {
		_, err := parseArguments(strings.Fields(command[1]), nil)
		assert.NoError(t, err, command[1])
	}
}
