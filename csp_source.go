package httpsec

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/httpsec/httpsec/internal/csp"
)

// sources checks a serialized-source-list:
// https://w3c.github.io/webappsec-csp/#grammardef-serialized-source-list.
func (c *policyCheck) sources(name string, sources []string) {
	if len(sources) == 0 {
		c.add(writing(quote(name)+" has no source", name+" "+noneSource))
	}
	// 'none' beside anything that could match a URL is ignored. A word that
	// only changes what is reported cannot:
	// https://w3c.github.io/webappsec-csp/#match-url-to-source-list.
	alone := !slices.ContainsFunc(sources, func(source string) bool {
		return !meansNone(source) && !hasPrefixFold(source, "'report-s")
	})
	for _, source := range sources {
		if c.full() {
			return
		}
		if !alone && meansNone(source) {
			c.add(flaw{problem: name + ": " + quote(source) + " must be the only source", fix: "remove it"})
			continue
		}
		if problem := c.sourceProblem(name, source); problem != "" {
			f := c.mendSource(name, source, len(sources) == 1)
			f.problem = name + ": " + quote(source) + " " + problem
			c.add(f)
		}
	}
}

// meansNone reports whether a source is 'none', with its quotes or without.
func meansNone(source string) bool { return strings.EqualFold(strings.Trim(source, `'"`), "none") }

// sourceProblem returns what is wrong with a source of the named directive, ""
// if nothing is.
func (c *policyCheck) sourceProblem(name, source string) string {
	parsed := csp.ParseSource(source)
	if strings.EqualFold(name, "frame-ancestors") && isWordForScripts(source, parsed) {
		return "is neither 'self', 'none', a scheme nor a host" // https://w3c.github.io/webappsec-csp/#grammardef-ancestor-source-list
	}
	switch parsed.Kind {
	case csp.Keyword, csp.Scheme:
		return ""
	case csp.Nonce:
		if c.use == anyPolicy {
			return ""
		}
		// Whoever injects a script can read the nonce in any response.
		return "is the same nonce for every response"
	case csp.Hash:
		return hashProblem(parsed)
	case csp.Host:
		return hostProblem(parsed)
	}
	if source == NonceSource {
		return ""
	}
	return invalidProblem(source)
}

// isWordForScripts reports whether a source is a word in quotes that means nothing
// to frame-ancestors.
func isWordForScripts(source string, parsed csp.Source) bool {
	switch parsed.Kind {
	case csp.Keyword:
		return parsed.Value != "'self'" && parsed.Value != noneSource
	case csp.Nonce, csp.Hash:
		return true
	}
	return source == NonceSource
}

// hashLengths are the lengths of digests in bytes.
var hashLengths = map[string]int{"sha256": 32, "sha384": 48, "sha512": 64}

// hashProblem looks at what a hash-source says. Browsers take both alphabets of
// base64, and padding that is missing; none takes more than there can be.
func hashProblem(hash csp.Source) string {
	length := hashLengths[hash.Algorithm]
	digits := strings.TrimRight(hash.Value, "=")
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(digits)
	if digest, err := base64.RawStdEncoding.DecodeString(standard); err != nil || len(digest) != length {
		return "is not a digest of " + strconv.Itoa(length) + " bytes in base64"
	}
	if len(hash.Value) > base64.StdEncoding.EncodedLen(length) {
		return "has too much padding"
	}
	return ""
}

// schemesWithoutColon are hosts by the grammar, but nobody means them so.
var schemesWithoutColon = []string{"data", "blob", "filesystem", "mediastream", "http", "https", "ws", "wss"}

// hostProblem looks at what a host-source says: some are fine by the grammar and
// match nothing.
func hostProblem(source csp.Source) string {
	bare := source.Scheme == "" && source.Port == "" && source.Path == ""
	switch {
	case bare && csp.IsKeyword("'"+source.Host+"'"), bare && isUnquoted(source.Text):
		return "has no single quotes"
	case source.Scheme == "" && source.Path == "" && slices.Contains(schemesWithoutColon, source.Host):
		if source.Port == "*" {
			return "is a host with any port, not a scheme"
		}
		if bare {
			return "is a host, because it has no colon"
		}
	case strings.ContainsAny(source.Text, "?#"):
		return "has a query or fragment, which no source can have"
	case strings.HasSuffix(source.Path, "/*"):
		return "has an asterisk in its path, which stands for itself"
	case source.Path != "" && !csp.IsPath(source.Path):
		return "has a path with a character that must be percent-encoded"
	}
	if !isPortOfSource(source.Port) {
		return "has a port that is not from 1 to 65535"
	}
	return ""
}

// isUnquoted reports whether a word is a nonce- or hash-source without its quotes.
func isUnquoted(word string) bool {
	name, _, ok := strings.Cut(strings.ToLower(word), "-")
	return ok && !strings.Contains(word, ".") && (name == "nonce" || hashLengths[name] > 0)
}

func isPortOfSource(port string) bool {
	if port == "" || port == "*" {
		return true
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number > 0
}

// asciiProblem returns what is wrong with the bytes of a word.
func asciiProblem(word string) string {
	for i := range len(word) {
		switch c := word[i]; {
		case c > 0x7f:
			return "has a character beyond ASCII"
		case c < ' ' || c == 0x7f:
			return "has a control character"
		}
	}
	return ""
}

// invalidProblem says why browsers ignore a source. It decides nothing.
func invalidProblem(source string) string {
	if problem := asciiProblem(source); problem != "" {
		return problem
	}
	if strings.HasSuffix(source, "%3B") || strings.HasSuffix(source, "%2C") {
		return "ends in an encoded semicolon or comma" // by With
	}
	if strings.ContainsAny(source[:1]+source[len(source)-1:], `'"`) {
		return quotedProblem(source)
	}
	scheme, rest, _ := strings.Cut(strings.ToLower(source), ":")
	switch {
	case strings.Contains(source, ","):
		return "has a comma, where a second policy begins"
	case strings.HasPrefix(source, "//"):
		return "has no scheme before its slashes"
	case strings.Contains(source, "["):
		return "has an IPv6 address, which no source can name"
	case strings.Contains(source, "@"):
		return "has a user name, which no source can have"
	case slices.Contains(opaqueSchemes, scheme):
		return "has more than a scheme"
	case slices.Contains(schemesWithoutColon, scheme) && !strings.HasPrefix(rest, "//"):
		return "has no slashes behind its scheme"
	}
	return invalidHostProblem(source)
}

// quotedProblem says why browsers ignore a source with a quote at one of its ends.
func quotedProblem(source string) string {
	bare := strings.Trim(source, `'"`)
	switch first, last := source[0], source[len(source)-1]; {
	case bare == "":
		return "is nothing but quotes"
	case first == '"' || last == '"':
		return "has double quotes"
	case first != last:
		return "lacks a single quote"
	case hasPrefixFold(bare, "nonce-"):
		return "is not a nonce in base64"
	case isUnquoted(bare):
		return "is not a hash in base64"
	}
	return "is not a keyword"
}

// opaqueSchemes have no host that a source could name.
var opaqueSchemes = []string{"data", "blob", "filesystem", "mediastream", "mailto", "javascript", "about"}

func invalidHostProblem(source string) string {
	_, authority, found := strings.Cut(source, "://")
	if !found {
		authority = source
	}
	end := strings.IndexAny(authority, ":/?#")
	if end < 0 {
		end = len(authority)
	}
	switch host := authority[:end]; {
	case found && host == "":
		return "has no host"
	case strings.ContainsAny(authority[end:], "?#"):
		return "has a query or fragment, which no source can have"
	case strings.Contains(host, "_"):
		return "has an underscore in its host, which no source can name"
	case strings.Contains(strings.TrimPrefix(host, "*."), "*"):
		return "has a wildcard that is not the whole first label of a host"
	case !csp.IsHost(host):
		return "has a host that is not a domain, an IPv4 address or a wildcard"
	}
	return "has a port that is not from 1 to 65535"
}

// mendSource returns a flaw with the fix for a source of which something is wrong:
// the first thing it may have been meant to be that is right.
func (c *policyCheck) mendSource(name, source string, single bool) flaw {
	good := func(candidate string) bool {
		words := csp.Fields(candidate)
		return candidate != source && len(words) > 0 && !slices.ContainsFunc(words, func(word string) bool {
			return isDirective(word) || c.sourceProblem(name, word) != "" || !single && meansNone(word)
		})
	}
	for _, candidate := range meanings(source) {
		if good(candidate) {
			return writing("", candidate)
		}
	}
	if strings.HasPrefix(source, "'") {
		if near := nearest(quoted(strings.Trim(source, `'"`)), csp.Keywords()); near != "" && good(near) {
			return flaw{fix: "did you mean " + strconv.Quote(near) + "?", suggestion: near}
		}
	}
	return flaw{}
}

func quoted(bare string) string { return "'" + bare + "'" }

// knownSlips are what old drafts and other headers have.
var knownSlips = map[string]string{
	"'unsafe-hashed-attributes'": "'unsafe-hashes'",
	"'all'":                      "*",
	"'any'":                      "*",
}

// meanings lists what a source may have been meant to be, the likeliest first.
func meanings(source string) []string {
	typed := straightened(source)
	bare := strings.Trim(typed, `'"`)
	lower := strings.ToLower(bare)
	list := []string{typed}
	if csp.IsKeyword(quoted(lower)) {
		list = append(list, quoted(lower))
	}
	if unpadded := strings.TrimRight(bare, "="); isUnquoted(bare) {
		list = append(list, quoted(bare), quoted(unpadded))
	}
	if hasPrefixFold(bare, "nonce") {
		list = append(list, NonceSource)
	}
	list = append(list, knownSlips[quoted(lower)])
	if bare != typed && strings.ContainsAny(bare, ".:/*") {
		list = append(list, bare)
	}
	if i := strings.IndexAny(bare, "?#"); i >= 0 {
		list = append(list, bare[:i])
	}
	if strings.HasPrefix(bare, "//") {
		list = append(list, "https:"+bare)
	}
	list = append(list, schemeMeanings(bare)...)
	// Where With has encoded what was to end a directive:
	list = append(list, strings.TrimSuffix(strings.TrimSuffix(typed, "%3B"), "%2C"))
	if bare != typed && !strings.ContainsAny(bare, ".:/*") {
		return list // a word in quotes is not meant to be a host
	}
	return append(list, hostMeanings(bare)...)
}

// schemeMeanings lists what a source may mean whose colon is missing, too many, or
// in the wrong place.
func schemeMeanings(source string) []string {
	scheme, rest, found := strings.Cut(source, ":")
	lower := strings.ToLower(scheme)
	known := slices.Contains(schemesWithoutColon, lower)
	switch {
	case !found && known:
		return []string{lower + ":"}
	case found && known && rest == "*", found && slices.Contains(opaqueSchemes, lower):
		return []string{lower + ":"}
	case found && known:
		return []string{lower + "://" + strings.TrimLeft(rest, "/")}
	}
	return nil
}

// hostMeanings lists what a source may mean whose host or path is wrong.
func hostMeanings(source string) []string {
	var list []string
	scheme, rest, found := strings.Cut(source, "://")
	if !found {
		scheme, rest = "", source
	} else {
		scheme += "://"
	}
	authority, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if cut, ok := strings.CutSuffix(path, "/*"); ok {
		if cut != "" {
			cut += "/"
		}
		list = append(list, scheme+authority+cut)
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		list = append(list, scheme+authority[i+1:]+path)
	}
	if port, ok := strings.CutPrefix(authority, "[::1]"); ok {
		list = append(list, scheme+"localhost"+port+path)
	}
	host, port, hasPort := strings.Cut(authority, ":")
	if ascii, err := idna.Lookup.ToASCII(host); err == nil && ascii != "" && asciiProblem(host) != "" {
		host = ascii
	}
	if hasPort {
		host += ":" + port
	}
	return append(list, scheme+host+percentEncoded(path))
}

// percentEncoded encodes what may not stand in a path.
func percentEncoded(path string) string {
	var s strings.Builder
	for i := range len(path) {
		switch c := path[i]; {
		case c == '%' && csp.IsPath("/"+path[i:min(i+3, len(path))]), c != '%' && csp.IsPath("/a"+path[i:i+1]):
			s.WriteByte(c)
		default:
			s.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(c)+0x100, 16)[1:]))
		}
	}
	return s.String()
}

// straight replaces what word processors and web pages make of quotes, hyphens and
// spaces.
var straight = strings.NewReplacer(
	"‘", "'", "’", "'", "‚", "'", "′", "'", "`", "'", "“", `"`, "”", `"`, "„", `"`, "″", `"`,
	"‐", "-", "‑", "-", "–", "-", "—", "-", "−", "-",
	"\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u200b", "", "\ufeff", "",
)

func straightened(s string) string { return strings.TrimSpace(straight.Replace(s)) }

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
