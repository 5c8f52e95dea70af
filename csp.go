package httpsec

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

const (
	headerCSP           = "Content-Security-Policy"
	headerCSPReportOnly = "Content-Security-Policy-Report-Only"
)

// CSP is a Content-Security-Policy as an ordered list of directives, for building
// the string that [Headers] takes. It is immutable: every method returns a new
// one. The zero CSP is empty, and its String is [Omit].
//
// What the methods build is checked by [SecurityHeaders].
type CSP struct {
	directives []directive
}

type directive struct {
	name    string // in lower case
	sources []string
}

// DefaultCSP returns the policy that a zero [Headers] sends. It allows inline
// styles, data: and blob: images and sockets to any host, which many pages need;
// [Headers.Audit] lists what to tighten.
func DefaultCSP() CSP {
	return splitCSP("default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; " +
		"frame-ancestors 'none'; base-uri 'self'; form-action 'self'; upgrade-insecure-requests")
}

// ParseCSP reads a policy as it stands in the header. "" and [Omit] are the empty
// policy. The error joins a [*ConfigError], with the Field "CSP", for everything
// that [SecurityHeaders] would refuse.
func ParseCSP(policy string) (CSP, error) {
	if policy == "" || policy == Omit {
		return CSP{}, nil
	}
	var errs configErrors
	headerField{check: checkCSP}.validate(policy, func(problem, fix string) { errs.add("CSP", policy, problem, fix) })
	if len(errs) > 0 {
		return CSP{}, errs.join()
	}
	return splitCSP(policy), nil
}

// splitCSP reads a policy as browsers do:
// https://w3c.github.io/webappsec-csp/#parse-serialized-policy.
func splitCSP(policy string) CSP {
	var p CSP
	for part := range strings.SplitSeq(policy, ";") {
		if fields := strings.Fields(part); len(fields) > 0 {
			p.directives = append(p.directives, directive{strings.ToLower(fields[0]), fields[1:]})
		}
	}
	return p
}

// Set replaces the sources of a directive, or appends the directive if the policy
// lacks it. A source cannot end its directive: white space separates sources, and
// ";" and "," are percent-encoded.
func (p CSP) Set(directive string, sources ...string) CSP {
	return p.with(directive, encodeSources(sources))
}

// Add extends a directive by the sources it lacks, and drops 'none' from it. If
// the policy lacks the directive, Add starts from what applies in its place: from
// script-src or default-src for script-src-elem, say, and from nothing for
// frame-ancestors, base-uri, form-action and others without a fallback (CSP3,
// section 6.8.4). Sources are encoded as by [CSP.Set].
func (p CSP) Add(directive string, sources ...string) CSP {
	name := encodeName(directive)
	added := slices.Concat(p.sources(p.owner(name)), encodeSources(sources))
	var merged []string
	for _, source := range added {
		if !slices.Contains(merged, source) {
			merged = append(merged, source)
		}
	}
	if len(merged) > 1 {
		merged = slices.DeleteFunc(merged, isNone)
	}
	return p.with(name, merged)
}

// Remove drops a directive, if the policy has it.
func (p CSP) Remove(directive string) CSP {
	name := encodeName(directive)
	return CSP{slices.DeleteFunc(slices.Clone(p.directives), hasName(name))}
}

// String returns the policy as [Headers] takes it: the directives joined by "; ",
// without one at the end. The empty policy is [Omit], so that it never means
// "default".
func (p CSP) String() string {
	if len(p.directives) == 0 {
		return Omit
	}
	var s strings.Builder
	for i, d := range p.directives {
		if i > 0 {
			s.WriteString("; ")
		}
		s.WriteString(d.name)
		for _, source := range d.sources {
			s.WriteString(" " + source)
		}
	}
	return s.String()
}

func (p CSP) index(name string) int { return slices.IndexFunc(p.directives, hasName(name)) }

func hasName(name string) func(directive) bool {
	return func(d directive) bool { return d.name == name }
}

// owner returns the directive of the policy that applies for name: its own, or
// else the nearest fallback; "" if there is none.
func (p CSP) owner(name string) string {
	for _, candidate := range append([]string{name}, fallbacks(name)...) {
		if p.index(candidate) >= 0 {
			return candidate
		}
	}
	return ""
}

// sources returns the sources of a directive, nil if the policy lacks it.
func (p CSP) sources(name string) []string {
	if i := p.index(name); i >= 0 {
		return p.directives[i].sources
	}
	return nil
}

// with returns the policy with a directive replaced or appended. It shares
// neither the list nor the sources with p.
func (p CSP) with(name string, sources []string) CSP {
	d := directive{encodeName(name), sources}
	list := slices.Clone(p.directives)
	if i := p.index(d.name); i >= 0 {
		list[i] = d
	} else {
		list = append(list, d)
	}
	return CSP{list}
}

// encodeSources splits sources at white space and takes from them what ends a
// directive or a policy.
func encodeSources(sources []string) []string {
	var encoded []string
	for _, source := range sources {
		encoded = append(encoded, strings.Fields(encodeEnds(source))...)
	}
	return encoded
}

// encodeName keeps a name in one piece. A name that needs it is unknown, and
// SecurityHeaders says so.
func encodeName(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(encodeEnds(name)), "%20"))
}

func encodeEnds(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, ";", "%3B"), ",", "%2C")
}

func isNone(source string) bool { return strings.EqualFold(source, "'none'") }

// fallbacks lists the directives that browsers consult, in this order, where a
// policy lacks the named one:
// https://w3c.github.io/webappsec-csp/#directive-fallback-list.
func fallbacks(name string) []string {
	switch name {
	case "script-src-elem", "script-src-attr":
		return []string{"script-src", "default-src"}
	case "style-src-elem", "style-src-attr":
		return []string{"style-src", "default-src"}
	case "worker-src":
		return []string{"child-src", "script-src", "default-src"}
	case "fenced-frame-src":
		return []string{"frame-src", "child-src", "default-src"}
	case "frame-src":
		return []string{"child-src", "default-src"}
	case "child-src", "connect-src", "font-src", "img-src", "manifest-src", "media-src",
		"object-src", "prefetch-src", "script-src", "style-src":
		return []string{"default-src"}
	}
	return nil
}

// directiveCheck reports what is wrong with the sources of the named directive.
type directiveCheck func(name string, sources []string, report reporter)

// directiveChecks holds every directive that a browser knows.
var directiveChecks = map[string]directiveCheck{
	"child-src":        checkSources,
	"connect-src":      checkSources,
	"default-src":      checkSources,
	"fenced-frame-src": checkSources,
	"font-src":         checkSources,
	"frame-src":        checkSources,
	"img-src":          checkSources,
	"manifest-src":     checkSources,
	"media-src":        checkSources,
	"object-src":       checkSources,
	"prefetch-src":     checkSources,
	"script-src":       checkSources,
	"script-src-attr":  checkSources,
	"script-src-elem":  checkSources,
	"style-src":        checkSources,
	"style-src-attr":   checkSources,
	"style-src-elem":   checkSources,
	"worker-src":       checkSources,

	"base-uri":        checkSources,
	"form-action":     checkSources,
	"frame-ancestors": checkAncestors,

	"block-all-mixed-content":   checkNoValue,
	"upgrade-insecure-requests": checkNoValue,

	"report-to":  checkGroup,
	"report-uri": checkReportURIs,
	"sandbox":    checkWords(0, sandboxFlags),

	"require-trusted-types-for": checkWords(1, []string{"'script'"}),
	"trusted-types":             checkTrustedTypes,
	"webrtc":                    checkWords(1, []string{"'allow'", "'block'"}),
}

var sandboxFlags = []string{
	"allow-downloads", "allow-forms", "allow-modals", "allow-orientation-lock", "allow-pointer-lock",
	"allow-popups", "allow-popups-to-escape-sandbox", "allow-presentation", "allow-same-origin",
	"allow-scripts", "allow-storage-access-by-user-activation", "allow-top-navigation",
	"allow-top-navigation-by-user-activation", "allow-top-navigation-to-custom-protocols",
}

// cspKeywords are the keyword-source expressions:
// https://w3c.github.io/webappsec-csp/#grammardef-keyword-source.
var cspKeywords = []string{
	"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "'strict-dynamic'", "'unsafe-hashes'",
	"'report-sample'", "'unsafe-allow-redirects'", "'wasm-unsafe-eval'", "'trusted-types-eval'",
	"'report-sha256'", "'report-sha384'", "'report-sha512'", "'inline-speculation-rules'",
}

// checkCSP checks a policy that has no control or non-ASCII bytes.
func checkCSP(value string, report reporter) {
	if i := strings.IndexByte(value, ','); i >= 0 {
		report(quote(value)+" has a comma at byte "+strconv.Itoa(i)+", where a second policy begins", "write %2C in a URL, or a space between sources")
		return
	}
	policy := splitCSP(value)
	if len(policy.directives) == 0 {
		report(quote(value)+" has no directive", "write Omit to send none")
	}
	for i, d := range policy.directives {
		check, known := directiveChecks[d.name]
		switch {
		case !known:
			fix := ""
			if near := nearestDirective(d.name); near != "" {
				fix = "did you mean " + strconv.Quote(near) + "?"
			}
			report("unknown directive "+quote(d.name), fix)
		case policy.index(d.name) < i:
			report("directive "+quote(d.name)+" is there twice, and browsers ignore the second", "merge them")
		default:
			check(d.name, d.sources, func(problem, fix string) { report(d.name+": "+problem, fix) })
		}
	}
}

func nearestDirective(name string) string {
	names := make([]string, 0, len(directiveChecks))
	for name := range directiveChecks {
		names = append(names, name)
	}
	slices.Sort(names)
	return nearest(name, names)
}

// checkSources checks a serialized-source-list:
// https://w3c.github.io/webappsec-csp/#grammardef-serialized-source-list.
func checkSources(name string, sources []string, report reporter) {
	if len(sources) == 0 {
		report("has no source", "write "+strconv.Quote(name+" 'none'"))
	}
	for _, source := range sources {
		if isNone(source) && len(sources) > 1 {
			report(`"'none'" stands beside other sources`, "remove it")
		} else if problem, fix := checkSource(source); problem != "" {
			report(quote(source)+" "+problem, fix)
		}
	}
}

// checkAncestors checks an ancestor-source-list, which is like a source list but
// for its keywords.
func checkAncestors(name string, sources []string, report reporter) {
	for _, source := range sources {
		if lower := strings.ToLower(source); source[0] == '\'' && lower != "'self'" && lower != "'none'" {
			report(quote(source)+" is neither 'self', 'none', a scheme nor a host", didYouMeanOnly(lower, []string{"'self'", "'none'"}))
			return
		}
	}
	checkSources(name, sources, report)
}

func didYouMeanOnly(word string, words []string) string {
	if near := nearest(word, words); near != "" {
		return "did you mean " + strconv.Quote(near) + "?"
	}
	return ""
}

// checkSource returns what is wrong with one source expression.
func checkSource(source string) (problem, fix string) {
	lower := strings.ToLower(source)
	bare := strings.Trim(lower, `'"`)
	quoted := "'" + bare + "'"
	switch {
	case slices.Contains(cspKeywords, lower), source == NonceSource:
		return "", ""
	case strings.HasPrefix(bare, "nonce-"), strings.HasPrefix(bare, "sha256-"), strings.HasPrefix(bare, "sha384-"), strings.HasPrefix(bare, "sha512-"):
		if lower != quoted {
			return "has no single quotes", "write " + strconv.Quote("'"+strings.Trim(source, `'"`)+"'")
		}
		return checkNonceOrHash(strings.Trim(source, "'"))
	case slices.Contains(cspKeywords, quoted):
		return "has no single quotes", "write " + strconv.Quote(quoted)
	case source[0] == '\'':
		if near := nearest(quoted, cspKeywords); near != "" {
			return "is an unknown keyword", "did you mean " + strconv.Quote(near) + "?"
		}
		if problem, _ := checkHostSource(bare); problem == "" {
			return "has quotes around what is no keyword", "write " + strconv.Quote(strings.Trim(source, "'"))
		}
		return "is an unknown keyword", ""
	}
	return checkHostSource(source)
}

// hashLengths are the lengths of digests in bytes.
var hashLengths = map[string]int{"sha256": 32, "sha384": 48, "sha512": 64}

func checkNonceOrHash(source string) (problem, fix string) {
	kind, value, _ := strings.Cut(source, "-")
	// Both alphabets of base64 are allowed, with padding or without.
	unpadded := strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(value, "="))
	if length, isHash := hashLengths[strings.ToLower(kind)]; isHash {
		if digest, err := base64.RawURLEncoding.DecodeString(unpadded); err != nil || len(digest) != length {
			return "is no digest of " + strconv.Itoa(length) + " bytes in base64", ""
		}
		return "", ""
	}
	if unpadded == "" || len(value)-len(unpadded) > 2 || strings.ContainsFunc(unpadded, func(c rune) bool {
		return c != '-' && c != '_' && !(c < 0x80 && isAlphanumeric(byte(c)))
	}) {
		return "is no nonce in base64", "write NonceSource for a fresh one per request"
	}
	return "", ""
}

// checkHostSource checks a scheme-source or host-source:
// https://w3c.github.io/webappsec-csp/#grammardef-host-source.
func checkHostSource(source string) (problem, fix string) {
	if scheme, ok := strings.CutSuffix(source, ":"); ok && isScheme(strings.ToLower(scheme)) {
		return "", ""
	}
	scheme, rest, ok := strings.Cut(source, "://")
	if !ok {
		rest = source
	} else if !isScheme(strings.ToLower(scheme)) {
		return "has no valid scheme", ""
	}
	end := strings.IndexByte(rest, '/')
	if end < 0 {
		end = len(rest)
	}
	authority, path := rest[:end], rest[end:]
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		without, _, _ := strings.Cut(strings.ReplaceAll(source, "#", "?"), "?")
		return "has a query or fragment, which no source can have", "write " + strconv.Quote(without)
	}
	host, port, hasPort := strings.Cut(authority, ":")
	name, _ := strings.CutPrefix(strings.ToLower(host), "*.")
	switch {
	case host != "*" && !areLabels(name):
		return "has a host that is no domain, IPv4 address or wildcard", ""
	case hasPort && port != "*" && !isPort(port):
		return "has a port that is neither from 1 to 65535 nor *", ""
	case strings.ContainsAny(path, `'"<>\^`+"`{|}"):
		return "has a path with a character that must be percent-encoded", ""
	}
	return "", ""
}

func checkNoValue(name string, sources []string, report reporter) {
	if len(sources) > 0 {
		report("takes no value", "write "+strconv.Quote(name))
	}
}

func checkGroup(_ string, sources []string, report reporter) {
	if len(sources) != 1 || !isToken(sources[0]) {
		report("takes the name of one group", "write one of the names in ReportingEndpoints")
	}
}

func checkReportURIs(_ string, sources []string, report reporter) {
	if len(sources) == 0 {
		report("has no URL", "remove it")
	}
}

func checkTrustedTypes(_ string, sources []string, report reporter) {
	keywords := []string{"'none'", "'allow-duplicates'"}
	for _, source := range sources {
		lower := strings.ToLower(source)
		// https://w3c.github.io/trusted-types/dist/spec/#trusted-types-csp-directive
		policyName := strings.Trim(lower, "abcdefghijklmnopqrstuvwxyz0123456789-#=_/@.%") == ""
		switch {
		case isNone(source) && len(sources) > 1:
			report(`"'none'" stands beside other values`, "remove it")
		case !slices.Contains(keywords, lower) && source != "*" && !policyName:
			report(quote(source)+" is no policy name", didYouMeanOnly(lower, keywords))
		}
	}
}

// checkWords checks a list of at least least words of a closed list.
func checkWords(least int, words []string) directiveCheck {
	return func(_ string, values []string, report reporter) {
		if len(values) < least {
			report("has no value", didYouMean("", words))
		}
		for _, value := range values {
			if !slices.Contains(words, strings.ToLower(value)) {
				report("unknown value "+quote(value), cmp.Or(didYouMeanOnly(value, words), didYouMean(value, words)))
			}
		}
	}
}
