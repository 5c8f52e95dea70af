package httpsec

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
	"github.com/httpsec/httpsec/internal/origins"
)

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
			// Sorted, so that of two that are equally near it is always the same.
			report("unknown directive "+quote(d.name), oldDidYouMean(d.name, slices.Sorted(maps.Keys(directiveChecks))))
		case policy.index(d.name) < i:
			report("directive "+quote(d.name)+" is there twice, and browsers ignore the second", "merge them")
		default:
			check(d.name, d.sources, func(problem, fix string) { report(d.name+": "+problem, fix) })
		}
	}
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
			report(quote(source)+" is neither 'self', 'none', a scheme nor a host", oldDidYouMean(lower, []string{"'self'", "'none'"}))
			return
		}
	}
	checkSources(name, sources, report)
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
		expression := strings.Trim(source, `'"`)
		if problem, fix := checkNonceOrHash(expression); problem != "" || lower == quoted {
			return problem, fix
		}
		return "has no single quotes", "write " + strconv.Quote("'"+expression+"'")
	case slices.Contains(cspKeywords, quoted):
		return "has no single quotes", "write " + strconv.Quote(quoted)
	case source[0] == '\'':
		fix := oldDidYouMean(quoted, cspKeywords)
		if problem, _ := checkHostSource(bare); fix == "" && problem == "" && strings.ContainsAny(bare, ".:") {
			return "has quotes around what is no keyword", "write " + strconv.Quote(strings.Trim(source, "'"))
		}
		return "is an unknown keyword", fix
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
		return c != '-' && c != '_' && !(c < 0x80 && fields.IsAlphanumeric(byte(c)))
	}) {
		return "is no nonce in base64", "write NonceSource for a fresh one per request"
	}
	return "", ""
}

// schemesWithoutColon are hosts by the grammar, but nobody means them so.
var schemesWithoutColon = []string{"data", "blob", "filesystem", "mediastream", "http", "https", "ws", "wss"}

// checkHostSource checks a scheme-source or host-source:
// https://w3c.github.io/webappsec-csp/#grammardef-host-source.
func checkHostSource(source string) (problem, fix string) {
	if scheme, ok := strings.CutSuffix(source, ":"); ok && origins.ValidScheme(strings.ToLower(scheme)) {
		return "", ""
	}
	if slices.Contains(schemesWithoutColon, strings.ToLower(source)) {
		return "is a host, because it has no colon", "write " + strconv.Quote(source+":")
	}
	scheme, rest, ok := strings.Cut(source, "://")
	if !ok {
		rest = source
	} else if !origins.ValidScheme(strings.ToLower(scheme)) {
		return "has no valid scheme", ""
	}
	end := strings.IndexByte(rest, '/')
	if end < 0 {
		end = len(rest)
	}
	authority, path := rest[:end], rest[end:]
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		without, _, _ := strings.Cut(strings.ReplaceAll(source, "#", "?"), "?")
		if problem, _ := checkSource(cmp.Or(without, "''")); problem == "" {
			fix = "write " + strconv.Quote(without)
		}
		return "has a query or fragment, which no source can have", fix
	}
	host, port, hasPort := strings.Cut(authority, ":")
	name, _ := strings.CutPrefix(strings.ToLower(host), "*.")
	switch {
	case host != "*" && !origins.AreLabels(name):
		return "has a host that is no domain, IPv4 address or wildcard", ""
	case hasPort && port != "*" && !origins.ValidPort(port):
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
	if len(sources) != 1 || !fields.IsToken(sources[0]) {
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
			report(quote(source)+" is no policy name", oldDidYouMean(lower, keywords))
		}
	}
}

// checkWords checks a list of at least least words of a closed list.
func checkWords(least int, words []string) directiveCheck {
	return func(_ string, values []string, report reporter) {
		if len(values) < least {
			report("has no value", oldOneOfThese("", words))
		}
		for _, value := range values {
			if !slices.Contains(words, strings.ToLower(value)) {
				report("unknown value "+quote(value), oldOneOfThese(value, words))
			}
		}
	}
}
