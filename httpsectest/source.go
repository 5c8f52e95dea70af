package httpsectest

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
)

// sources is the value of a directive, ready to be asked.
type sources struct {
	text                                      string // as the console quotes it
	frameText                                 string // as it quotes it about frames
	star                                      bool
	list                                      []csp.Source
	self, strictDynamic, inline, unsafeHashes bool
	nonceOrHash                               bool
}

func newSources(d csp.Directive, raw string) *sources {
	s := &sources{text: d.Name + " " + raw}
	for _, value := range d.Values {
		source := csp.ParseSource(value)
		switch source.Kind {
		case csp.Keyword:
			switch source.Value {
			case "'self'":
				s.self = true
			case "'strict-dynamic'":
				s.strictDynamic = d.Name == "default-src" || strings.HasPrefix(d.Name, "script-src") // else it means nothing
			case "'unsafe-inline'":
				s.inline = true
			case "'unsafe-hashes'":
				s.unsafeHashes = true
			}
			continue
		case csp.Invalid:
			continue
		case csp.Nonce, csp.Hash:
			s.nonceOrHash = true
		}
		s.star = s.star || source.Text == "*"
		s.list = append(s.list, source)
	}
	s.frameText = d.Name + " " + s.serialized()
	return s
}

// serialized is the list as the browser process writes it: without what means nothing
// for frames and forms.
func (s *sources) serialized() string {
	if s.star {
		return "*"
	}
	var words []string
	if s.self {
		words = append(words, "'self'")
	}
	for _, source := range s.list {
		if source.Kind == csp.Scheme || source.Kind == csp.Host {
			words = append(words, serializedSource(source))
		}
	}
	if len(words) == 0 {
		return "'none'"
	}
	return strings.Join(words, " ")
}

func serializedSource(source csp.Source) string {
	if source.Kind == csp.Scheme {
		return source.Scheme + ":"
	}
	text := source.Host
	if source.Scheme != "" {
		text = source.Scheme + "://" + text
	}
	if source.Port != "" {
		text += ":" + source.Port
	}
	return text + decoded(source.Path)
}

// allowsAllInline reports whether 'unsafe-inline' is there and means something:
// https://w3c.github.io/webappsec-csp/#allow-all-inline.
func (s *sources) allowsAllInline() bool { return s.inline && !s.nonceOrHash && !s.strictDynamic }

func (s *sources) hasNonce(nonce string) bool {
	if nonce == "" {
		return false
	}
	for _, source := range s.list {
		if source.Kind == csp.Nonce && source.Value == nonce {
			return true
		}
	}
	return false
}

// hasHash reports whether a source is the hash of content.
func (s *sources) hasHash(content string) bool {
	for _, source := range s.list {
		if source.Kind == csp.Hash && sameBase64(digest(source.Algorithm, content), source.Value) {
			return true
		}
	}
	return false
}

// hasIntegrity reports whether every digest of an integrity attribute is a source:
// https://w3c.github.io/webappsec-csp/#script-pre-request.
func (s *sources) hasIntegrity(integrity string) bool {
	digests := parseIntegrity(integrity)
	for _, d := range digests {
		found := false
		for _, source := range s.list {
			found = found || source.Kind == csp.Hash && source.Algorithm == d.algorithm && sameBase64(d.value, source.Value)
		}
		if !found {
			return false
		}
	}
	return len(digests) > 0
}

// digest returns the hash of content in base64.
func digest(algorithm, content string) string {
	switch algorithm {
	case "sha256":
		sum := sha256.Sum256([]byte(content))
		return base64.StdEncoding.EncodeToString(sum[:])
	case "sha384":
		sum := sha512.Sum384([]byte(content))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	sum := sha512.Sum512([]byte(content))
	return base64.StdEncoding.EncodeToString(sum[:])
}

var standardBase64 = strings.NewReplacer("-", "+", "_", "/", "=", "")

func sameBase64(x, y string) bool { return standardBase64.Replace(x) == standardBase64.Replace(y) }

// matchesURL is https://w3c.github.io/webappsec-csp/#match-url-to-source-list, in
// Chromium's reading. A page's own address is self. Frames and forms are judged by
// other code than the rest.
func (s *sources) matchesURL(a, self *address, redirected, frame bool) bool {
	if s.self && matchesSelf(a, self) && !(frame && a.scheme != self.scheme && a.port != "") {
		return true
	}
	for _, source := range s.list {
		switch source.Kind {
		case csp.Scheme:
			if a.scheme == source.Scheme || isUpgrade(source.Scheme, a.scheme) {
				return true
			}
		case csp.Host:
			if matchesHost(source, a, self, redirected, frame) {
				return true
			}
		}
	}
	return false
}

// isUpgrade reports whether a source of one scheme covers another one.
func isUpgrade(source, scheme string) bool {
	return source == "http" && scheme == "https" || source == "ws" && scheme == "wss"
}

// matchesSelf lets 'self' stand for the secure forms of the page's origin, too:
// https://w3c.github.io/webappsec-csp/#match-url-to-source-expression, step 4.
func matchesSelf(a, self *address) bool {
	if a.host == "" || a.host != self.host || a.port != self.port {
		return false
	}
	switch a.scheme {
	case self.scheme, "wss":
		return true
	case "https", "ws":
		return self.scheme == "http"
	}
	return false
}

func matchesHost(source csp.Source, a, self *address, redirected, frame bool) bool {
	if source.Text == "*" {
		return a.host != "" && a.scheme != "ftp" || a.scheme == self.scheme
	}
	scheme := source.Scheme
	if scheme == "" {
		scheme = self.scheme
	}
	if a.host == "" || a.scheme != scheme && !isUpgrade(scheme, a.scheme) {
		return false
	}
	return matchesName(source.Host, a.host) && matchesPort(source.Port, scheme, a, frame) &&
		(redirected || matchesPath(source.Path, a.path))
}

func matchesName(pattern, host string) bool {
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return len(host) > len(suffix) && strings.HasSuffix(host, suffix)
	}
	return pattern == host
}

// matchesPort is https://w3c.github.io/webappsec-csp/#match-ports. An upgraded
// address has to be on a port that can have been upgraded.
func matchesPort(port, scheme string, a *address, frame bool) bool {
	switch {
	case port == "*":
		return true
	case port == "":
		return a.port == ""
	case scheme != a.scheme:
		return a.portNumber() == "443" && (port == "80" || port == "443" && !frame)
	}
	return port == a.portNumber()
}

func matchesPath(pattern, path string) bool {
	if pattern == "" || pattern == "/" && path == "/" {
		return true
	}
	pattern, path = decoded(pattern), decoded(path)
	return pattern == path || strings.HasSuffix(pattern, "/") && strings.HasPrefix(path, pattern)
}

func decoded(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}
