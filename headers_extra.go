package httpsec

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
	"github.com/httpsec/httpsec/internal/origins"
)

// hopByHop are the headers of one connection, not of a response:
// https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
	"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// checkExtraName checks the name of a header in Extra.
func (h Headers) checkExtraName(written string) []flaw {
	problem, name := quote(written)+" ", canonical(written)
	switch own := h.field(name); {
	case !fields.IsToken(name):
		return []flaw{{problem: problem + "is not a header name"}}
	case own != nil && own.value != Omit:
		return []flaw{{problem: problem + "has a field of its own", fix: "set " + own.fieldName() + ", or set it to Omit"}}
	case strings.HasPrefix(name, "Access-Control-"):
		return []flaw{{problem: problem + "belongs to CORS", fix: "use Config"}}
	case name == headerVary, name == "Set-Cookie", name == "Content-Length":
		return []flaw{{problem: problem + "belongs to the handler that writes the response", fix: "set it there"}}
	case slices.Contains(hopByHop, name):
		return []flaw{{problem: problem + "belongs to the connection, not to the response", fix: "remove it"}}
	}
	return nil
}

// checkExtraValue checks the value of a header in Extra, without surrounding white
// space.
func checkExtraValue(name, value string) []flaw {
	switch value {
	case "":
		return []flaw{{problem: "the value is empty", fix: "remove it"}}
	case Omit:
		return []flaw{{problem: quote(value) + " is Omit, but nothing is sent by default", fix: "remove it"}}
	}
	check := extraHeaders[name].check
	if check == nil {
		check = func(string) []flaw { return nil }
	}
	return checkHidden(value, inBytes(check))
}

// extraHeader is what there is to know about a header that has no field.
type extraHeader struct {
	check   func(value string) []flaw
	unknown func(value string) []string // the words that are well-formed, but that no browser knows
}

// extraHeaders holds the headers that are checked in Extra, by canonical name.
var extraHeaders = map[string]extraHeader{
	"Clear-Site-Data":                          {checkClearSiteData, unknownSiteData},
	"Cross-Origin-Embedder-Policy-Report-Only": {check: oneOfReporting(embedderPolicies...)},
	"Cross-Origin-Opener-Policy-Report-Only":   {check: oneOfReporting(openerPolicies...)},
	"Document-Policy":                          {checkDocumentPolicy, unknownDocumentFeatures},
	"Document-Policy-Report-Only":              {checkDocumentPolicy, unknownDocumentFeatures},
	"Integrity-Policy":                         {checkIntegrityPolicy, unknownIntegrityWords},
	"Integrity-Policy-Report-Only":             {checkIntegrityPolicy, unknownIntegrityWords},
	"Nel":                                      {check: checkNEL},
	"Origin-Agent-Cluster":                     {check: checkOriginAgentCluster},
	"Permissions-Policy-Report-Only":           {checkPermissionsPolicy, unknownFeatures},
	"Report-To":                                {check: checkReportTo},
	"Timing-Allow-Origin":                      {check: checkTimingAllowOrigin},
	"X-Dns-Prefetch-Control":                   {check: checkDNSPrefetch},
	"X-Permitted-Cross-Domain-Policies":        {checkCrossDomainPolicies, unknownCrossDomainPolicies},
}

// checkClearSiteData checks https://w3c.github.io/webappsec-clear-site-data/#header:
// a list of words in double quotes.
func checkClearSiteData(value string) []flaw {
	var flaws []flaw
	empty := true
	for element := range fields.Elements([]string{value}) {
		empty = false
		if enough(flaws) {
			break
		}
		word, ok := unquoted(element)
		if !ok {
			flaws = append(flaws, unquotedSiteData(element))
		} else if near := nearest(word, siteData); near != "" && near != word {
			flaws = append(flaws, flaw{"unknown value " + quote(element), "did you mean " + strconv.Quote(strconv.Quote(near)) + "?", strconv.Quote(near)})
		}
	}
	if empty {
		flaws = append(flaws, flaw{problem: quote(value) + " is empty", fix: "remove it"})
	}
	return flaws
}

// unquotedSiteData is the flaw of an element that is not in double quotes.
func unquotedSiteData(element string) flaw {
	problem := quote(element) + " is not a word in double quotes"
	var words []string
	for word := range strings.FieldsFuncSeq(element, func(c rune) bool { return strings.ContainsRune(` "';`, c) }) {
		known := slices.IndexFunc(siteData, func(known string) bool { return strings.EqualFold(known, word) })
		if known < 0 {
			return flaw{problem: problem, fix: "put it in double quotes"}
		}
		words = append(words, strconv.Quote(siteData[known]))
	}
	if len(words) == 0 {
		return flaw{problem: problem, fix: "remove it"}
	}
	return writing(problem, strings.Join(words, ", "))
}

// unquoted takes the double quotes off a word.
func unquoted(s string) (string, bool) {
	if len(s) < 3 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	word := s[1 : len(s)-1]
	return word, !strings.ContainsAny(word, "\"\\ ")
}

func unknownSiteData(value string) []string {
	var words []string
	for element := range fields.Elements([]string{value}) {
		word, _ := unquoted(element)
		words = append(words, word)
	}
	return unknownWords(words, siteData)
}

// checkDocumentPolicy checks https://wicg.github.io/document-policy/: a dictionary.
func checkDocumentPolicy(value string) []flaw {
	flaws, _ := dictionaryCheck{checkDocumentFeature, dictionary, structuredMeanings}.flaws(value)
	return flaws
}

func checkDocumentFeature(text string, m fields.Member) []flaw {
	var flaws []flaw
	if near := nearest(m.Key, documentFeatures); near != "" && near != m.Key {
		flaws = append(flaws, flaw{"unknown feature " + strconv.Quote(m.Key), "did you mean " + strconv.Quote(near) + "?", near})
	}
	isFeature := func(p fields.Parameter) bool { return slices.Contains(documentFeatures, p.Key) }
	if i := slices.IndexFunc(m.Parameters, isFeature); i >= 0 {
		problem := quote(text) + " has a semicolon before the feature " + strconv.Quote(m.Parameters[i].Key)
		flaws = append(flaws, flaw{problem: problem, fix: "write a comma"})
	}
	if m.Inner {
		flaws = append(flaws, flaw{problem: quote(text) + " has a list where one value belongs"})
	}
	return flaws
}

// dictionary returns the value if it is one, else "".
func dictionary(value string) string {
	if members, err := fields.ParseDictionary(value); err != nil || isRepeating(members) {
		return ""
	}
	return value
}

func unknownDocumentFeatures(value string) []string {
	return unknownKeys(value, append(documentFeatures, "*"))
}

func unknownFeatures(value string) []string { return unknownKeys(value, permissionsFeatures) }

// checkIntegrityPolicy checks
// https://w3c.github.io/webappsec-subresource-integrity/#integrity-policy-section: a
// dictionary of lists of tokens.
func checkIntegrityPolicy(value string) []flaw {
	flaws, members := dictionaryCheck{integrityFlaws, mendedIntegrityPolicy, integrityMeanings}.flaws(value)
	isMissing := !slices.ContainsFunc(members, func(m fields.Member) bool {
		return m.Key == "blocked-destinations" || nearest(m.Key, integrityKeys) == "blocked-destinations"
	})
	switch problem := quote(value) + " has no blocked-destinations, and so blocks nothing"; {
	case !isMissing, members == nil && len(flaws) > 0, enough(flaws):
		return flaws
	case len(flaws) == 0:
		return []flaw{writing(problem, "blocked-destinations=(script), "+value)}
	default:
		return append(flaws, flaw{problem: problem, fix: "add blocked-destinations=(script)"})
	}
}

// mendedIntegrityPolicy returns the value if nothing is wrong with it, else "".
func mendedIntegrityPolicy(value string) string {
	if dictionary(value) == "" || len(checkIntegrityPolicy(value)) > 0 {
		return ""
	}
	return value
}

// integrityMeanings lists what a value that is not a dictionary may have been
// meant to be: commas between parentheses separate members.
func integrityMeanings(value string) []string {
	var s strings.Builder
	depth := 0
	for i := range len(value) {
		switch c := value[i]; {
		case c == ',' && depth > 0:
			continue
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
		s.WriteByte(value[i])
	}
	return append(structuredMeanings(value), s.String())
}

func integrityFlaws(text string, m fields.Member) []flaw {
	if near := nearest(m.Key, integrityKeys); near != "" && near != m.Key {
		return []flaw{{"unknown key " + strconv.Quote(m.Key), "did you mean " + strconv.Quote(near) + "?", near}}
	}
	mended := m
	mended.Inner, mended.Items = true, slices.Clone(m.Items)
	tokens := true
	var flaws []flaw
	for i, it := range m.Items {
		switch {
		case it.Type == fields.Token:
		case it.Type == fields.String && isStructuredToken(it.Text):
			mended.Items[i].Type = fields.Token
			tokens = false
		default:
			return []flaw{{problem: quote(text) + " is not a list of words in parentheses"}}
		}
		if near := nearest(it.Text, integrityWords[m.Key]); near != "" && near != it.Text {
			mended.Items[i].Text = near
			if !enough(flaws) {
				flaws = append(flaws, flaw{"unknown value " + quote(it.Text), "did you mean " + strconv.Quote(near) + "?", near})
			}
		}
	}
	switch {
	case !tokens:
		return []flaw{writing(quote(text)+" has words in quotes", serialize(mended))}
	case !m.Inner:
		return []flaw{writing(quote(text)+" has no parentheses", serialize(mended))}
	}
	return flaws
}

// isStructuredToken reports whether s is a token of a structured field:
// https://www.rfc-editor.org/rfc/rfc9651#section-3.3.4.
func isStructuredToken(s string) bool {
	item, _, err := fields.ParseItem(s)
	return err == nil && item == fields.Item{Type: fields.Token, Text: s}
}

func unknownIntegrityWords(value string) []string {
	unknown := unknownKeys(value, integrityKeys)
	members, _ := fields.ParseDictionary(value)
	for _, m := range members {
		for _, it := range m.Items {
			if known, closed := integrityWords[m.Key]; closed && !slices.Contains(known, it.Text) {
				unknown = append(unknown, it.Text)
			}
		}
	}
	return unknown
}

// checkOriginAgentCluster checks https://html.spec.whatwg.org/#origin-agent-cluster.
func checkOriginAgentCluster(value string) []flaw {
	item, _, err := fields.ParseItem(value)
	if err == nil && item.Type == fields.Boolean {
		return nil
	}
	problem := quote(value) + " is not ?1 or ?0"
	switch strings.ToLower(strings.Trim(value, `"'`)) {
	case "1", "true", "on", "yes":
		return []flaw{writing(problem, "?1")}
	case "0", "false", "off", "no":
		return []flaw{writing(problem, "?0")}
	}
	return []flaw{{problem: problem, fix: `write "?1" or "?0"`}}
}

// checkTimingAllowOrigin checks
// https://w3c.github.io/resource-timing/#sec-timing-allow-origin: a list of origins.
func checkTimingAllowOrigin(value string) []flaw {
	var flaws []flaw
	empty := true
	for element := range fields.Elements([]string{value}) {
		empty = false
		if enough(flaws) {
			break
		}
		if element == "*" || element == "null" || origins.Valid(element) {
			continue
		}
		_, unlike := parseOrigin(element, anyUse)
		if len(unlike) == 0 || unlike[0].suggestion != "" && !origins.Valid(unlike[0].suggestion) {
			unlike = []flaw{{problem: quote(element) + " is a pattern, and only origins are compared", fix: "list the origins"}}
		}
		flaws = append(flaws, unlike...)
	}
	if empty {
		flaws = append(flaws, flaw{problem: quote(value) + " is empty", fix: "remove it"})
	}
	return flaws
}

func checkDNSPrefetch(value string) []flaw {
	if lower := strings.ToLower(value); lower == "on" || lower == "off" {
		return nil
	}
	return []flaw{{problem: "unknown value " + quote(value), fix: `write "on" or "off"`}}
}

func checkCrossDomainPolicies(value string) []flaw {
	if near := nearest(value, crossDomainPolicies); near != "" && near != value || !fields.IsToken(value) {
		return []flaw{oneOfThese("unknown value "+quote(value), value, crossDomainPolicies)}
	}
	return nil
}

func unknownCrossDomainPolicies(value string) []string {
	return unknownWords([]string{value}, crossDomainPolicies)
}

// canonical is the name as net/http writes it in a header map, which for
// X-XSS-Protection and NEL differs from the standard's spelling.
func canonical(name string) string { return http.CanonicalHeaderKey(name) }
