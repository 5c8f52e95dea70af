package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/httpsec/httpsec/httpsectest"
)

// headerLine is a header that the script sets.
type headerLine struct{ name, value string }

// headerLines is what -header and -headers say.
type headerLines struct {
	set     []headerLine
	hidden  map[string]bool // canonical names of those in the file
	secrets []string        // what is never printed
	cookies []cookieLine
}

// cookieLine is a cookie for the jar.
type cookieLine struct {
	cookie *http.Cookie
	bare   bool // of a Cookie line, which has no attributes
}

// add adds a line of -header.
func (l *headerLines) add(line string) error {
	name, value, _ := strings.Cut(line, ":")
	name, value = strings.TrimSpace(name), strings.Trim(value, " \t")
	if strings.EqualFold(name, "Cookie") || strings.EqualFold(name, "Set-Cookie") {
		return fmt.Errorf("browsers do not let scripts set %s; give cookies with -headers", name)
	}
	l.set = append(l.set, headerLine{name, value})
	return nil
}

// read reads the lines of a file. Its errors quote nothing of them.
func (l *headerLines) read(file string, stdin io.Reader) error {
	in := stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return fmt.Errorf("-headers: %w", err)
		}
		defer f.Close()
		in = f
	}
	content, err := io.ReadAll(io.LimitReader(in, maxHeaderBytes+1))
	switch {
	case err != nil:
		return fmt.Errorf("-headers: %w", err)
	case len(content) > maxHeaderBytes:
		return fmt.Errorf("-headers: more than %d KiB", maxHeaderBytes>>10)
	}
	l.hidden = make(map[string]bool)
	for i, line := range strings.Split(string(content), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := l.addFromFile(line); err != nil {
			return fmt.Errorf("-headers: line %d: %w", i+1, err)
		}
	}
	return nil
}

func (l *headerLines) addFromFile(line string) error {
	name, value, _ := strings.Cut(line, ":")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	l.hide(value)
	switch http.CanonicalHeaderKey(name) {
	case "Cookie":
		cookies, err := http.ParseCookie(value)
		if err != nil {
			return fmt.Errorf("the Cookie line is not a list of name=value")
		}
		for _, cookie := range cookies {
			l.hide(cookie.Value)
			l.cookies = append(l.cookies, cookieLine{cookie, true})
		}
	case "Set-Cookie":
		cookie, err := http.ParseSetCookie(value)
		if err != nil {
			return fmt.Errorf("the Set-Cookie line is not valid")
		}
		l.hide(cookie.Value)
		l.cookies = append(l.cookies, cookieLine{cookie, false})
	default:
		l.hidden[http.CanonicalHeaderKey(name)] = true
		if _, token, ok := strings.Cut(value, " "); ok { // of Authorization: Bearer …
			l.hide(token)
		}
		l.set = append(l.set, headerLine{name, value})
	}
	return nil
}

// hide notes a secret, and how it is written in a URL. One of less than four characters
// is none, and hiding it would make every output unreadable.
func (l *headerLines) hide(value string) {
	if len(value) >= 4 {
		l.secrets = append(l.secrets, value, url.QueryEscape(value), url.PathEscape(value))
	}
}

// values are the headers as fetch takes them: two of one name become a list.
func (l *headerLines) values() map[string]string {
	values := make(map[string]string)
	for _, h := range l.set {
		name := h.name
		for other := range values {
			if strings.EqualFold(other, name) {
				name = other
			}
		}
		if before, ok := values[name]; ok {
			values[name] = before + ", " + h.value
		} else {
			values[name] = h.value
		}
	}
	return values
}

// fillJar puts the cookies into a browser. A Cookie line was seen on a request, so its
// cookies are taken for such as go along from anywhere, which plain http cannot have.
func (l *headerLines) fillJar(b *httpsectest.Browser, url string) (err error) {
	name := ""
	defer func() {
		if recover() != nil { // SetCookie panics with the value
			err = fmt.Errorf("a browser refuses the cookie %s of -headers at %s", name, url)
		}
	}()
	for _, line := range l.cookies {
		cookie := *line.cookie
		name = cookie.Name
		if line.bare {
			cookie.Path = "/"
			if isTrustworthy(url) {
				cookie.Secure, cookie.SameSite = true, http.SameSiteNoneMode
			}
		}
		b.SetCookie(url, &cookie)
	}
	return nil
}
