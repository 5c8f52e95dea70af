package reporting

import (
	"cmp"
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
)

// allows reports whether one of the sources is for that origin, or scheme, whatever
// the path: https://w3c.github.io/webappsec-csp/#match-url-to-source-list.
func allows(sources []string, blocked, document string) bool {
	for _, text := range sources {
		if allowsSource(csp.ParseSource(text), blocked, document) {
			return true
		}
	}
	return false
}

func allowsSource(source csp.Source, blocked, document string) bool {
	scheme, authority := cutOrigin(blocked)
	own, _ := cutOrigin(document)
	switch source.Kind {
	case csp.Scheme:
		return isUpgrade(source.Scheme, scheme)
	case csp.Keyword:
		return source.Value == "'self'" && isSelf(blocked, document)
	case csp.Host:
		if source.Host == "*" && source.Scheme == "" && source.Port == "" {
			return authority != ""
		}
		host, port, _ := strings.Cut(authority, ":")
		return isUpgrade(cmp.Or(source.Scheme, own), scheme) && matchesHost(source.Host, host) && matchesPort(source, scheme, port)
	}
	return false
}

// isSelf reports whether 'self' allows an origin: the document's, its encrypted form,
// and the sockets of its host.
func isSelf(blocked, document string) bool {
	scheme, authority := cutOrigin(blocked)
	own, ownAuthority := cutOrigin(document)
	if authority == "" || authority != ownAuthority {
		return false
	}
	return isUpgrade(own, scheme) || own == "https" && scheme == "wss" || own == "http" && isUpgrade("ws", scheme)
}

// isUpgrade reports whether a scheme is the wanted one or its encrypted form.
func isUpgrade(wanted, scheme string) bool {
	return wanted == scheme || wanted == "http" && scheme == "https" || wanted == "ws" && scheme == "wss"
}

func matchesHost(pattern, host string) bool {
	if domain, ok := strings.CutPrefix(pattern, "*"); ok {
		return host != "" && strings.HasSuffix(host, domain)
	}
	return pattern == host
}

// matchesPort compares the port of a source with that of an origin, which is "" where
// it is the scheme's: https://w3c.github.io/webappsec-csp/#match-ports.
func matchesPort(source csp.Source, scheme, port string) bool {
	switch {
	case source.Port == "*" || source.Port == port:
		return true
	case port != "":
		return false
	case scheme == "https" || scheme == "wss":
		// Port 80 was written for the scheme that was upgraded.
		return source.Port == "443" || source.Port == "80" && source.Scheme != scheme
	}
	return source.Port == "80"
}
