package httpsec

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
	"github.com/httpsec/httpsec/internal/fields"
)

// checkPermissionsPolicy checks the header of
// https://w3c.github.io/webappsec-permissions-policy/#permissions-policy-http-header-field.
func checkPermissionsPolicy(value string) []flaw {
	members, err := fields.ParseDictionary(value)
	if err != nil {
		if meaning := mendedPermissions(fromFeaturePolicy(value)); meaning != "" {
			return []flaw{writing(quote(value)+" is the syntax of Feature-Policy, this header's predecessor", meaning)}
		}
		return []flaw{mendStructured(value, err, mendedPermissions, permissionsMeanings(value))}
	}
	flaws := repeatedFlaws(value, members)
	for i, m := range members {
		if len(flaws) >= maxProblems {
			break
		}
		if near := nearFeature(m.Key); near != "" {
			flaws = append(flaws, flaw{"unknown feature " + strconv.Quote(m.Key), "did you mean " + strconv.Quote(near) + "?", near})
		}
		wrong := featureFlaws(m)
		if len(wrong) == 0 {
			continue
		}
		text := quote(memberText(value, members, i))
		mended, ok := mendedFeature(m)
		for _, f := range wrong[:min(len(wrong), maxProblems)] {
			if f.problem = text + " " + f.problem; ok {
				f = writing(f.problem, serialize(mended))
			}
			flaws = append(flaws, f)
		}
	}
	return flaws
}

// featureFlaws returns what is wrong with the value of a feature.
func featureFlaws(m fields.Member) []flaw {
	const fix = "write self, *, or an origin in double quotes"
	if !m.Inner && m.Items[0].Type == fields.None {
		return []flaw{{problem: "has no allowlist", fix: "write " + m.Key + "=() or " + m.Key + "=(self)"}}
	}
	var flaws []flaw
	for _, it := range m.Items {
		if problem := allowedProblem(it.Item); problem != "" {
			flaws = append(flaws, flaw{problem: problem, fix: fix})
		}
	}
	for _, p := range m.Parameters {
		if !isGroupParameter(p) {
			problem := "has a parameter " + strconv.Quote(p.Key) + " that is not report-to and a group"
			flaws = append(flaws, flaw{problem: problem, fix: "remove it"})
		}
	}
	return flaws
}

// isGroupParameter reports whether a parameter is report-to. The standard writes
// the group as a string; Chromium obeys a token alone.
func isGroupParameter(p fields.Parameter) bool {
	return p.Key == "report-to" && (p.Value.Type == fields.String || p.Value.Type == fields.Token)
}

// allowedProblem returns what is wrong with an element of an allowlist.
func allowedProblem(it fields.Item) string {
	switch {
	case it.Type == fields.Token && (it.Text == "*" || it.Text == "self"):
		return ""
	case it.Type == fields.Token:
		return "allows " + quote(it.Text) + ", which is neither self, * nor an origin in double quotes"
	case it.Type != fields.String:
		return "allows what is neither self, * nor an origin in double quotes"
	case it.Text == "self":
		return "has quotes around self"
	case it.Text == "":
		return "allows an empty string"
	case strings.Contains(it.Text, " "):
		return "allows " + quote(it.Text) + ", where every origin needs quotes of its own"
	case it.Text == "*":
		return ""
	}
	// https://w3c.github.io/webappsec-permissions-policy/#permissions-source-expression
	problem := ""
	switch source := csp.ParseSource(it.Text); {
	case source.Kind == csp.Scheme:
		return ""
	case source.Kind == csp.Host && source.Scheme == "":
		problem = "has no scheme"
	case source.Kind == csp.Host:
		problem = hostProblem(source)
	case source.Text[0] == '\'':
		problem = "has two kinds of quotes"
	default:
		problem = invalidProblem(it.Text)
	}
	if problem == "" {
		return ""
	}
	return "allows " + quote(it.Text) + ", which " + problem
}

// mendedFeature returns a feature with what its elements were meant to be, if that
// is clear of all of them.
func mendedFeature(m fields.Member) (fields.Member, bool) {
	mended := m
	mended.Items = nil
	mended.Inner = m.Inner || len(m.Items) > 1
	for _, it := range m.Items {
		if allowedProblem(it.Item) == "" {
			mended.Items = append(mended.Items, it)
			continue
		}
		for word := range strings.FieldsSeq(it.Text) {
			meant, ok := allowedMeaning(fields.Item{Type: it.Type, Text: word})
			if !ok {
				return m, false
			}
			if meant.Type != fields.None {
				mended.Items = append(mended.Items, fields.InnerItem{Item: meant})
			}
		}
	}
	mended.Inner = mended.Inner || len(mended.Items) != 1
	for _, p := range m.Parameters {
		if !isGroupParameter(p) {
			return m, false
		}
	}
	return mended, len(m.Items) > 0 && m.Items[0].Type != fields.None
}

// allowedMeaning returns what an element of an allowlist may have been meant to be;
// an item without a type if nothing at all.
func allowedMeaning(it fields.Item) (fields.Item, bool) {
	if allowedProblem(it) == "" {
		return it, true
	}
	bare := strings.Trim(it.Text, `'`)
	switch strings.ToLower(bare) {
	case "self":
		return fields.Item{Type: fields.Token, Text: "self"}, true
	case "none":
		return fields.Item{}, true
	}
	if it.Type != fields.Token && it.Type != fields.String || !strings.ContainsAny(bare, ".:") {
		return fields.Item{}, false
	}
	for _, candidate := range append(meanings(bare), bare, "https://"+bare) {
		if meant := (fields.Item{Type: fields.String, Text: candidate}); allowedProblem(meant) == "" {
			return meant, true
		}
	}
	return fields.Item{}, false
}

// mendedPermissions returns the value with everything mended that can be, "" if
// that is not enough.
func mendedPermissions(value string) string {
	members, err := fields.ParseDictionary(value)
	if err != nil || len(members) == 0 || len(repeatedFlaws(value, members)) > 0 {
		return ""
	}
	list := make([]string, len(members))
	for i, m := range members {
		if len(featureFlaws(m)) > 0 {
			mended, ok := mendedFeature(m)
			if !ok {
				return ""
			}
			m = mended
		}
		list[i] = serialize(m)
		if nearFeature(m.Key) != "" {
			return ""
		}
	}
	return strings.Join(list, ", ")
}

// permissionsMeanings lists what a value that is not a dictionary may have been
// meant to be.
func permissionsMeanings(value string) []string {
	lower := lowerKeys(value)
	double := strings.ReplaceAll(lower, "'", `"`)
	return append(structuredMeanings(value), lower, double, strings.ReplaceAll(double, ";", ","))
}

// lowerKeys returns value with what stands before "=" in lower case.
func lowerKeys(value string) string {
	members := strings.Split(value, ",")
	for i, m := range members {
		if key, rest, ok := strings.Cut(m, "="); ok {
			members[i] = strings.ToLower(key) + "=" + rest
		}
	}
	return strings.Join(members, ",")
}

// fromFeaturePolicy translates the syntax of the header's predecessor:
// geolocation 'none'; camera 'self' https://a.com.
func fromFeaturePolicy(value string) string {
	var members []string
	for part := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == ';' || c == ',' }) {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		m := fields.Member{Key: strings.ToLower(words[0]), Inner: true}
		for _, word := range words[1:] {
			it := fields.Item{Type: fields.String, Text: word}
			switch bare := strings.Trim(word, `'`); bare {
			case "none":
				continue
			case "self", "*":
				it = fields.Item{Type: fields.Token, Text: bare}
			}
			m.Items = append(m.Items, fields.InnerItem{Item: it})
		}
		if len(words) == 1 {
			return ""
		}
		members = append(members, serialize(m))
	}
	return strings.Join(members, ", ")
}

// checkReportingEndpoints checks https://w3c.github.io/reporting/#header: names
// and quoted URLs. Parameters are ignored, but for one that is an endpoint itself.
func checkReportingEndpoints(value string) []flaw {
	members, err := fields.ParseDictionary(value)
	if err != nil {
		return []flaw{mendStructured(value, err, mendedEndpoints, endpointMeanings(value))}
	}
	flaws := repeatedFlaws(value, members)
	for i, m := range members {
		if len(flaws) >= maxProblems {
			break
		}
		if problem, suggestion := endpointProblem(m); problem != "" {
			problem = quote(memberText(value, members, i)) + " " + problem
			if suggestion == "" {
				flaws = append(flaws, flaw{problem: problem})
			} else {
				flaws = append(flaws, writing(problem, suggestion))
			}
		}
	}
	return flaws
}

// mendedEndpoints returns the value if nothing is wrong with it, else "".
func mendedEndpoints(value string) string {
	members, err := fields.ParseDictionary(value)
	if err != nil || len(members) == 0 || len(repeatedFlaws(value, members)) > 0 {
		return ""
	}
	for _, m := range members {
		if problem, _ := endpointProblem(m); problem != "" {
			return ""
		}
	}
	return value
}

// endpointProblem returns what is wrong with an endpoint, and the endpoint that is
// right.
func endpointProblem(m fields.Member) (problem, suggestion string) {
	it := m.Items
	if m.Inner || it[0].Type != fields.String {
		bare := ""
		if len(it) == 1 {
			bare = it[0].Text
		}
		if bare != "" && endpointURLProblem(bare) == "" {
			suggestion = m.Key + "=" + strconv.Quote(bare)
		}
		return "is not a name and a URL in double quotes", suggestion
	}
	if problem := endpointURLProblem(it[0].Text); problem != "" {
		for _, candidate := range urlMeanings(it[0].Text) {
			if endpointURLProblem(candidate) == "" {
				return problem, m.Key + "=" + strconv.Quote(candidate)
			}
		}
		return problem, ""
	}
	for _, p := range m.Parameters {
		if p.Value.Type == fields.String && endpointURLProblem(p.Value.Text) == "" {
			list := []string{m.Key + "=" + itemText(it[0].Item)}
			for _, p := range m.Parameters {
				if p.Value.Type == fields.String && endpointURLProblem(p.Value.Text) == "" {
					list = append(list, p.Key+"="+itemText(p.Value))
				}
			}
			return "has a semicolon before the endpoint " + strconv.Quote(p.Key), strings.Join(list, ", ")
		}
	}
	return "", ""
}

// endpointURLProblem returns why browsers do not send reports to a URL.
func endpointURLProblem(url string) string {
	switch problem := referenceProblem(url); {
	case problem != "":
		return problem
	case strings.HasPrefix(url, "//"):
		return "has no scheme before its slashes"
	case strings.HasPrefix(url, "/"):
		return ""
	case hasPrefixFold(url, "https://"):
		return ""
	case hasPrefixFold(url, "http://"):
		return "is not https, and browsers send no reports there"
	}
	return "has neither an https URL nor a path from /"
}

// urlMeanings lists what a URL may have been meant to be.
func urlMeanings(url string) []string {
	bare := strings.Trim(straightened(url), `"' `)
	list := []string{bare}
	switch {
	case strings.HasPrefix(bare, "//"):
		list = append(list, "https:"+bare)
	case !strings.Contains(bare, ":"):
		if first, _, _ := strings.Cut(bare, "/"); strings.Contains(first, ".") {
			return append(list, "https://"+bare)
		}
		list = append(list, "/"+bare)
	}
	return list
}

// endpointMeanings lists what a value that is not a dictionary may have been meant
// to be.
func endpointMeanings(value string) []string {
	return append(structuredMeanings(value), quotedURLs(value, "="), quotedURLs(value, ":"), quotedURLs(value, " "))
}

// quotedURLs reads value as a list of names and URLs without quotes, with the
// separator between them.
func quotedURLs(value, separator string) string {
	members := strings.Split(value, ",")
	for i, m := range members {
		name, url, found := strings.Cut(strings.TrimSpace(m), separator)
		if !found {
			return ""
		}
		members[i] = strings.ToLower(strings.Trim(name, `"'`)) + "=" + strconv.Quote(strings.Trim(url, `"' `))
	}
	return strings.Join(members, ", ")
}

// referenceProblem returns what makes a URL parser fail on a reference, which may
// be relative: https://url.spec.whatwg.org/#concept-basic-url-parser.
func referenceProblem(reference string) string {
	if problem := asciiProblem(reference); problem != "" {
		return problem
	}
	scheme, rest, hasScheme := strings.Cut(reference, ":")
	hasScheme = hasScheme && csp.IsScheme(scheme)
	isHTTP := strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
	switch {
	case strings.Trim(reference, `"'`) != reference:
		return "has quotes"
	case strings.ContainsAny(reference, " ,"):
		return "has a space or comma that must be percent-encoded"
	case hasScheme && !isHTTP:
		return "is not an http or https URL"
	case hasScheme && !strings.HasPrefix(rest, "//"):
		return "has no slashes behind its scheme"
	case hasScheme:
		return authorityProblem(rest[len("//"):])
	case strings.HasPrefix(reference, "//"):
		return authorityProblem(reference[len("//"):])
	}
	return ""
}

// authorityProblem looks at the authority that s begins with.
func authorityProblem(s string) string {
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		s = s[:i]
	}
	s = s[strings.LastIndexByte(s, '@')+1:]
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		host, port = s[:i], s[i+1:]
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		address, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !address.Is6() || address.Zone() != "" || !strings.HasSuffix(inner, "]") {
			return "has a host that is not an IPv6 address"
		}
		host = ""
	} else if host == "" {
		return "has no host"
	}
	if strings.ContainsAny(host, "\"%:<>[\\]^|`{}") {
		return "has a host that is not a domain or an address"
	}
	if number, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || number == 0) {
		return "has a port that is not from 1 to 65535"
	}
	return ""
}

// mendStructured is the flaw of a value that is not a structured field: the fix is
// the first of the meanings that mend makes something of.
func mendStructured(value string, err error, mend func(string) string, meanings []string) flaw {
	text := quote(value) + ": " + syntaxProblem(value, err)
	for _, meaning := range meanings {
		if mended := mend(meaning); mended != "" && mended != value {
			return writing(text, mended)
		}
	}
	return flaw{problem: text}
}

// syntaxProblem says what is wrong with a structured field, and shows where. The
// error is one of package fields.
func syntaxProblem(value string, err error) string {
	syntax := new(fields.SyntaxError)
	errors.As(err, &syntax)
	const shown = 24
	switch rest := value[min(syntax.At, len(value)):]; {
	case rest == "":
		return syntax.Problem + " at the end"
	case mask(value) != value || len(value) <= shown:
		return syntax.Problem + " at byte " + strconv.Itoa(syntax.At)
	case len(rest) > shown:
		return syntax.Problem + " at " + strconv.Quote(rest[:shown]) + "…"
	default:
		return syntax.Problem + " at " + strconv.Quote(rest)
	}
}

// structuredMeanings lists what any dictionary may have been meant to be.
func structuredMeanings(value string) []string {
	trimmed := strings.Trim(value, " \t,;")
	return []string{
		trimmed,
		strings.ReplaceAll(trimmed, ";", ","),
		strings.Trim(straightened(trimmed), " \t,;"),
		strings.ReplaceAll(trimmed, ": ", "="),
	}
}

// repeatedFlaws checks that a key has one value, of which browsers would take the
// last: https://www.rfc-editor.org/rfc/rfc9651#section-4.2.2. The same value again
// is harmless.
func repeatedFlaws(value string, members []fields.Member) []flaw {
	var flaws []flaw
	seen := make(map[string]string, len(members))
	for i, m := range members {
		if len(flaws) >= maxProblems {
			break
		}
		text := serialize(m)
		if other, ok := seen[m.Key]; ok && other != text {
			problem := quote(memberText(value, members, i)) + " repeats " + strconv.Quote(m.Key) + " with another value"
			flaws = append(flaws, flaw{problem: problem, fix: "remove one"})
		}
		seen[m.Key] = text
	}
	return flaws
}

// memberText returns how a member is written.
func memberText(value string, members []fields.Member, i int) string {
	end := len(value)
	if i+1 < len(members) {
		end = members[i+1].At
	}
	return strings.TrimRight(value[members[i].At:end], " \t,")
}

// serialize writes a member: https://www.rfc-editor.org/rfc/rfc9651#section-4.1.2.
func serialize(m fields.Member) string {
	var s strings.Builder
	s.WriteString(m.Key)
	if m.Inner {
		s.WriteString("=(")
		for i, it := range m.Items {
			if i > 0 {
				s.WriteString(" ")
			}
			s.WriteString(itemText(it.Item))
			writeParameters(&s, it.Parameters)
		}
		s.WriteString(")")
	} else if it := m.Items[0].Item; it.Type != fields.None {
		s.WriteString("=" + itemText(it))
	}
	writeParameters(&s, m.Parameters)
	return s.String()
}

func writeParameters(s *strings.Builder, parameters []fields.Parameter) {
	for _, p := range parameters {
		s.WriteString(";" + p.Key)
		if p.Value.Type != fields.None {
			s.WriteString("=" + itemText(p.Value))
		}
	}
}

var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func itemText(it fields.Item) string {
	if it.Type == fields.String {
		return `"` + escaper.Replace(it.Text) + `"`
	}
	return it.Text
}
