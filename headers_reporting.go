package httpsec

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/csp"
	"github.com/httpsec/httpsec/internal/fields"
)

// checkReportingEndpoints checks https://w3c.github.io/reporting/#header: names
// and quoted URLs. Parameters are ignored, but for one that is an endpoint itself.
func checkReportingEndpoints(value string) []flaw {
	flaws, _ := dictionaryCheck{checkEndpoint, mendedEndpoints, endpointMeanings}.flaws(value)
	return flaws
}

func checkEndpoint(text string, m fields.Member) []flaw {
	problem, suggestion := endpointProblem(m)
	switch {
	case problem == "":
		return nil
	case suggestion == "":
		return []flaw{{problem: quote(text) + " " + problem}}
	}
	return []flaw{writing(quote(text)+" "+problem, suggestion)}
}

// mendedEndpoints returns the value if nothing is wrong with it, else "".
func mendedEndpoints(value string) string {
	members, err := fields.ParseDictionary(value)
	if err != nil || len(members) == 0 || isRepeating(members) {
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

// checkReportTo checks https://www.w3.org/TR/reporting/#header: JSON objects with
// commas between them.
func checkReportTo(value string) []flaw {
	var groups []struct {
		Group             *string  `json:"group"`
		MaxAge            *float64 `json:"max_age"`
		IncludeSubdomains *bool    `json:"include_subdomains"`
		Endpoints         *[]struct {
			URL *string `json:"url"`
		} `json:"endpoints"`
	}
	if f := decodeJSON("["+value+"]", &groups); f != "" {
		return []flaw{{problem: quote(value) + " " + f}}
	}
	var flaws []flaw
	for i, group := range groups {
		of := "the group " + strconv.Itoa(i+1)
		if group.Group != nil {
			of = "the group " + quote(*group.Group)
		}
		add := func(problem string) {
			if !enough(flaws) {
				flaws = append(flaws, flaw{problem: of + " " + problem})
			}
		}
		if group.MaxAge == nil || *group.MaxAge < 0 {
			add("has no max_age, a number of seconds")
		}
		if group.Endpoints == nil {
			add("has no endpoints")
			continue
		}
		for _, endpoint := range *group.Endpoints {
			if endpoint.URL == nil {
				add("has an endpoint without a url")
			} else if problem := endpointURLProblem(*endpoint.URL); problem != "" {
				add("has the url " + quote(*endpoint.URL) + ", which " + problem)
			}
		}
	}
	return flaws
}

// checkNEL checks https://w3c.github.io/network-error-logging/#nel-response-header:
// a JSON object.
func checkNEL(value string) []flaw {
	var policy struct {
		ReportTo          *string  `json:"report_to"`
		MaxAge            *float64 `json:"max_age"`
		IncludeSubdomains *bool    `json:"include_subdomains"`
		Success           *float64 `json:"success_fraction"`
		Failure           *float64 `json:"failure_fraction"`
		RequestHeaders    []string `json:"request_headers"`
		ResponseHeaders   []string `json:"response_headers"`
	}
	if f := decodeJSON(value, &policy); f != "" {
		return []flaw{{problem: quote(value) + " " + f}}
	}
	var flaws []flaw
	switch {
	case policy.MaxAge == nil || *policy.MaxAge < 0:
		flaws = append(flaws, flaw{problem: quote(value) + " has no max_age, a number of seconds"})
	case *policy.MaxAge > 0 && (policy.ReportTo == nil || *policy.ReportTo == ""):
		flaws = append(flaws, flaw{problem: quote(value) + " has no report_to, the name of a group in Report-To"})
	}
	for _, fraction := range []*float64{policy.Success, policy.Failure} {
		if fraction != nil && (*fraction < 0 || *fraction > 1) {
			flaws = append(flaws, flaw{problem: quote(value) + " has a fraction that is not from 0 to 1"})
		}
	}
	return flaws
}

// decodeJSON says why a value cannot be what it should be.
func decodeJSON(value string, into any) string {
	err := json.Unmarshal([]byte(value), into)
	switch err := err.(type) {
	case nil:
		return ""
	case *json.UnmarshalTypeError:
		if err.Field == "" {
			return "is not a JSON object"
		}
		return "has " + article(err.Value) + " for " + strconv.Quote(err.Field)
	}
	return "is not JSON"
}
