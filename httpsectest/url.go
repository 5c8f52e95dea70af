package httpsectest

import (
	"net/url"
	"strconv"
	"strings"
)

// address is a URL as the URL standard parses it, which is not how net/url does:
// https://url.spec.whatwg.org/. Each part is serialised, with its delimiter.
type address struct {
	scheme   string // "https"
	userinfo string // "user:password@" or ""
	host     string // "" if there is none
	port     string // ":8443", "" for the default
	path     string // "/a"; all that follows the scheme of data:, javascript: and the like
	query    string // "?b" or ""
	fragment string // "#c" or ""
}

var defaultPorts = map[string]string{"http": ":80", "https": ":443", "ws": ":80", "wss": ":443", "ftp": ":21"}

// parseAddress parses input, relative to base where that is not nil.
func parseAddress(input string, base *address) (*address, bool) {
	input = strings.TrimFunc(input, func(c rune) bool { return c <= ' ' })
	if strings.ContainsAny(input, "\t\r\n") {
		input = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(input)
	}
	input, fragment, hasFragment := strings.Cut(input, "#")
	if hasFragment {
		fragment = "#" + encode(fragment, " \"<>`")
	}
	scheme, rest, absolute := cutScheme(input)
	switch _, special := defaultPorts[scheme]; {
	case absolute && !special:
		return &address{scheme: scheme, path: encode(rest, ""), fragment: fragment}, true
	case absolute && (base == nil || base.scheme != scheme || startsWithSlashes(rest)):
		return parseAuthority(scheme, strings.TrimLeft(rest, `/\`), fragment)
	case !absolute && (base == nil || base.host == "" && input != ""):
		return nil, false
	}
	if base.host == "" {
		opaque := *base
		opaque.fragment = fragment
		return &opaque, true
	}
	return resolve(rest, fragment, base)
}

// cutScheme cuts a scheme off input; without one rest is input.
func cutScheme(input string) (scheme, rest string, ok bool) {
	for i := range len(input) {
		switch c := input[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return strings.ToLower(input[:i]), input[i+1:], true
		default:
			return "", input, false
		}
	}
	return "", input, false
}

func startsWithSlashes(s string) bool {
	return len(s) > 1 && (s[0] == '/' || s[0] == '\\') && (s[1] == '/' || s[1] == '\\')
}

// resolve parses a reference without scheme.
func resolve(reference, fragment string, base *address) (*address, bool) {
	if startsWithSlashes(reference) {
		return parseAuthority(base.scheme, strings.TrimLeft(reference, `/\`), fragment)
	}
	resolved := *base
	resolved.fragment = fragment
	path, query, hasQuery := strings.Cut(reference, "?")
	if path != "" || hasQuery {
		resolved.query = ""
	}
	if hasQuery {
		resolved.query = "?" + encode(query, " \"<>'")
	}
	switch {
	case path == "":
	case path[0] == '/' || path[0] == '\\':
		resolved.path = cleanPath(path)
	default:
		resolved.path = cleanPath(base.path[:strings.LastIndexByte(base.path, '/')+1] + path)
	}
	return &resolved, true
}

// parseAuthority parses what follows the slashes after a special scheme.
func parseAuthority(scheme, rest, fragment string) (*address, bool) {
	authority, path := rest, ""
	if i := strings.IndexAny(rest, `/\?`); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	a := &address{scheme: scheme, fragment: fragment}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, password, _ := strings.Cut(authority[:i], ":")
		a.userinfo, authority = encode(user, userinfoSet), authority[i+1:]
		if password != "" {
			a.userinfo += ":" + encode(password, userinfoSet)
		}
		if a.userinfo != "" {
			a.userinfo += "@"
		}
	}
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
	}
	if port != "" {
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return nil, false
		}
		if a.port = ":" + strconv.FormatUint(number, 10); a.port == defaultPorts[scheme] {
			a.port = ""
		}
	}
	var ok bool
	if a.host, ok = parseHost(host); !ok {
		return nil, false
	}
	path, query, hasQuery := strings.Cut(path, "?")
	if hasQuery {
		a.query = "?" + encode(query, " \"<>'")
	}
	a.path = cleanPath(path)
	return a, true
}

// cleanPath percent-encodes a path and resolves its dot segments.
func cleanPath(path string) string {
	if path == "" {
		return "/"
	}
	path = encode(strings.ReplaceAll(path, `\`, "/"), " \"#<>?`{}^|")
	if !strings.Contains(path, ".") && !strings.Contains(path, "%2") {
		return path
	}
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	kept := make([]string, 0, len(segments))
	for i, segment := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(segment), "%2e", ".") {
		case ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/")
}

// encode percent-encodes controls, all beyond ASCII, and the characters of set.
func encode(s, set string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	start := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || strings.IndexByte(set, c) >= 0 {
			b.WriteString(s[start:i])
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			start = i + 1
		}
	}
	if start == 0 {
		return s
	}
	b.WriteString(s[start:])
	return b.String()
}

func (a *address) String() string { return a.withoutFragment() + a.fragment }

func (a *address) withoutFragment() string {
	if a.host == "" {
		return a.scheme + ":" + a.path
	}
	return a.scheme + "://" + a.userinfo + a.host + a.port + a.path + a.query
}

// origin returns the serialised origin, "null" for an opaque one.
func (a *address) origin() string {
	if a.host == "" {
		return "null"
	}
	return a.scheme + "://" + a.host + a.port
}

func (a *address) isHTTP() bool { return a.scheme == "http" || a.scheme == "https" }

// portNumber returns the port without its colon, the default one spelt out.
func (a *address) portNumber() string {
	if a.port != "" {
		return a.port[1:]
	}
	return strings.TrimPrefix(defaultPorts[a.scheme], ":")
}

// url returns the same for net/http, which knows neither userinfo nor fragments.
func (a *address) url() *url.URL {
	u := &url.URL{Scheme: a.scheme, Host: a.host + a.port, Path: a.path, RawQuery: strings.TrimPrefix(a.query, "?"), ForceQuery: a.query == "?"}
	if decoded, err := url.PathUnescape(a.path); err == nil {
		u.Path, u.RawPath = decoded, a.path
	}
	return u
}

// upgraded returns the address under https or wss: the rule of
// upgrade-insecure-requests and of HSTS, which replace the default port only.
func (a *address) upgraded() *address {
	secure := *a
	secure.scheme = map[string]string{"http": "https", "ws": "wss"}[a.scheme]
	if secure.port == defaultPorts[secure.scheme] {
		secure.port = ""
	}
	return &secure
}
