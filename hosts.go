package httpsec

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/origins"
)

// hostSet is a compiled Config.Hosts.
type hostSet struct {
	names    map[string]struct{} // "api.example.com": on any port; "api.example.com:8443": on that
	suffixes map[string]struct{} // ".example.com", ".example.com:8443"
	prefixes []netip.Prefix
}

// maxHost bounds what is looked at of a Host: a name and ":65535".
const maxHost = origins.MaxHostLength + len(".:65535")

// contains reports whether the set has the host, which must be as a browser sends
// it: RFC 9110, section 7.2.
func (s *hostSet) contains(host string) bool {
	if len(host) > maxHost {
		return false
	}
	if _, ok := s.names[host]; ok { // which as an entry was found valid
		return true
	}
	name, ok := cutHostPort(host)
	if !ok {
		return false
	}
	if len(name) < len(host) {
		if _, ok := s.names[name]; ok {
			return true
		}
	}
	// Strangers' names are judged last: most need no more than the look-ups.
	switch {
	case len(s.suffixes) > 0 && s.matchSuffix(host, name):
		return origins.ValidHost(name)
	case len(s.prefixes) > 0:
		return origins.ValidHost(name) && s.hasAddress(name)
	}
	return false
}

// matchSuffix reports whether one or more labels stand before a suffix of the set.
func (s *hostSet) matchSuffix(host, name string) bool {
	for i := 1; i < len(name); i++ {
		if name[i] == '.' && s.hasSuffix(host[i:], name[i:]) {
			return true
		}
	}
	return false
}

// hasSuffix reports whether the set has the suffix with its port, or on any.
func (s *hostSet) hasSuffix(suffix, name string) bool {
	_, ok := s.suffixes[name]
	if !ok && len(suffix) != len(name) {
		_, ok = s.suffixes[suffix]
	}
	return ok
}

func (s *hostSet) hasAddress(name string) bool {
	// ParseAddr makes an error for a name, which costs an allocation.
	if last := name[len(name)-1]; name[0] != '[' && (last < '0' || last > '9') {
		return false
	}
	address, err := netip.ParseAddr(strings.Trim(name, "[]"))
	if err != nil {
		return false
	}
	for _, prefix := range s.prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// cutHostPort cuts the port off a host, and reports whether it is one, if there is
// any.
func cutHostPort(host string) (name string, ok bool) {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.HasSuffix(host, "]") {
		return host, true
	}
	return host[:i], origins.ValidPort(host[i+1:])
}

// splitHost cuts the port off a host, and reports whether both are what a browser
// sends.
func splitHost(host string) (name string, ok bool) {
	name, ok = cutHostPort(host)
	return name, ok && origins.ValidHost(name)
}

func compileHosts(entries []string, errs *problems) *hostSet {
	const field = "Config.Hosts"
	if entries == nil {
		return nil
	}
	if len(entries) == 0 {
		errs.add(field, "", flaw{problem: "is empty, which would refuse every request", fix: "list the service's names, or write nil for any"})
		return nil
	}
	set := &hostSet{names: map[string]struct{}{}, suffixes: map[string]struct{}{}}
	for _, entry := range entries {
		if flaws := checkHost(entry); len(flaws) > 0 {
			if errs.add(field, entry, flaws...); errs.full() {
				break
			}
			continue
		}
		prefix, err := netip.ParsePrefix(entry)
		switch suffix, isPattern := strings.CutPrefix(entry, "*"); {
		case err == nil:
			set.prefixes = append(set.prefixes, prefix)
		case isPattern:
			set.suffixes[suffix] = struct{}{}
		default:
			set.names[entry] = struct{}{}
		}
	}
	return set
}

// checkHost returns what is wrong with an entry of Config.Hosts.
func checkHost(entry string) []flaw {
	flaws, isHost := judgeHost(entry)
	if !isHost {
		return []flaw{explainHost(entry)}
	}
	return flaws
}

// judgeHost returns what is wrong with an entry that is the host it looks like, and
// whether it is.
func judgeHost(entry string) (flaws []flaw, isHost bool) {
	problem := quote(entry)
	if len(entry) > maxHost+len("*.") {
		return []flaw{{problem: problem + " is longer than a host can be"}}, true
	}
	if flaws, isPrefix := checkPrefix(entry); isPrefix {
		return flaws, true
	}
	host, isPattern := strings.CutPrefix(entry, "*.")
	name, ok := splitHost(host)
	port := strings.TrimPrefix(host[len(name):], ":")
	isAddress := strings.HasPrefix(name, "[") || origins.IsIPv4(name)
	switch {
	case entry == "*":
		return []flaw{{problem: problem + " would be any host", fix: "leave Hosts nil for that"}}, true
	case !ok:
		return nil, false
	case isPattern && isAddress:
		return []flaw{{problem: problem + " is a pattern over an IP address, which has no subdomains", fix: `write a prefix such as "10.0.0.0/8"`}}, true
	case isPattern && origins.Pattern{Kind: origins.Subdomains, Host: name}.PublicSuffix() != "":
		// Such as the page of somebody that DNS rebinding points here.
		return []flaw{{problem: problem + " would be anyone's site, because " + strconv.Quote(name) + " is a public suffix",
			fix: "list the service's names"}}, true
	case port == "80" || port == "443":
		return []flaw{writing(problem+" has a default port, which browsers leave out", strings.TrimSuffix(entry, ":"+port))}, true
	}
	return nil, true
}

// checkPrefix checks an entry that is an address prefix.
func checkPrefix(entry string) (flaws []flaw, isPrefix bool) {
	prefix, err := netip.ParsePrefix(entry)
	if err != nil {
		return nil, false
	}
	masked := prefix.Masked().String()
	switch {
	case prefix.Bits() == 0:
		return []flaw{{problem: quote(entry) + " would be any address", fix: "list the networks that the service is reached in"}}, true
	case masked != entry:
		return []flaw{writing(quote(entry)+" is not an address prefix in its shortest form", masked)}, true
	}
	return nil, true
}

// explainHost words why an entry is not a host. It asks what a browser would make
// of a URL with it.
func explainHost(entry string) flaw {
	accepted := func(other string) bool {
		flaws, isHost := judgeHost(other)
		return other != entry && isHost && len(flaws) == 0
	}
	host := strings.TrimPrefix(entry, "*.")
	trimmed := strings.TrimSpace(entry)
	switch {
	case trimmed == "":
		return flaw{problem: quote(entry) + " is empty", fix: "remove it"}
	case trimmed != entry && accepted(trimmed):
		return writing(quote(entry)+" has surrounding space", trimmed)
	case accepted("[" + entry + "]"):
		return writing(quote(entry)+" is an IPv6 address without brackets", "["+entry+"]")
	}
	url, problem := host, "has a scheme"
	if !strings.Contains(host, "://") {
		url = "http://" + host
		problem = cmp.Or(origins.Explain(url, func(string) bool { return true }).Problem, "is not a host as browsers send it")
	}
	if origin, ok := origins.Read(url); ok {
		_, authority, _ := strings.Cut(origin, "://")
		if better := entry[:len(entry)-len(host)] + authority; accepted(better) {
			return writing(quote(entry)+" "+problem, better)
		}
	}
	return flaw{problem: quote(entry) + " " + problem}
}
