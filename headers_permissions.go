package httpsec

import (
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
	"github.com/httpsec/httpsec/internal/fields"
)

// checkPermissionsPolicy checks the header of
// https://w3c.github.io/webappsec-permissions-policy/#permissions-policy-http-header-field.
func checkPermissionsPolicy(value string) []flaw {
	flaws, members := dictionaryCheck{checkFeature, mendedPermissions, permissionsMeanings}.flaws(value)
	if members == nil && len(flaws) > 0 && len(value) <= longestMended {
		if meaning := mendedPermissions(fromFeaturePolicy(value)); meaning != "" {
			return []flaw{writing(quote(value)+" is the syntax of Feature-Policy, this header's predecessor", meaning)}
		}
	}
	return flaws
}

// checkFeature checks a feature: its name and its value.
func checkFeature(text string, m fields.Member) []flaw {
	var flaws []flaw
	if near := nearFeature(m.Key); near != "" {
		flaws = append(flaws, flaw{"unknown feature " + strconv.Quote(m.Key), "did you mean " + strconv.Quote(near) + "?", near})
	}
	wrong := featureFlaws(m)
	if len(wrong) == 0 {
		return flaws
	}
	shown := quote(text)
	if len(text) <= longestMended {
		if mended, ok := mendedFeature(m); ok {
			return append(flaws, writing(shown+" "+wrong[0].problem, serialize(mended))) // which mends the others, too
		}
	}
	for _, f := range wrong {
		f.problem = shown + " " + f.problem
		flaws = append(flaws, f)
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
		if problem := allowedProblem(it.Item); problem != "" && !enough(flaws) {
			flaws = append(flaws, flaw{problem: problem, fix: fix})
		}
	}
	for _, p := range m.Parameters {
		if !isGroupParameter(p) && !enough(flaws) {
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
	if err != nil || len(members) == 0 || isRepeating(members) {
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
