package main

import (
	"fmt"
	"net/http"
	"strings"
)

// attack is a request that is meant to cost more than the ordinary one that it
// stands beside.
type attack struct {
	name     string
	list     originList
	headers  []string // that the policy allows
	kind     string
	header   string // that the hostile request has with another value
	value    string
	allowed  bool // whether we allow the hostile request's origin
	baseline *subject
	pairs    map[string]pair // by contender
}

// pair is the ordinary and the hostile request under one policy.
type pair struct{ ordinary, hostile *subject }

// slowdown is how many times as much a contender adds to the hostile request.
func (a *attack) slowdown(contender string) float64 {
	p := a.pairs[contender]
	return ratio(p.hostile, p.ordinary, a.baseline)
}

// all returns what the attack times.
func (a *attack) all() []*subject {
	all := []*subject{a.baseline}
	for _, p := range a.pairs {
		all = append(all, p.ordinary, p.hostile)
	}
	return all
}

const mebibyte = 1 << 20

// newAttacks builds the hostile requests and checks how we answer them; the peers
// disagree on some.
func newAttacks() ([]*attack, error) {
	exact, patterns := exactOrigins(6), subdomainPatterns(1000)
	commas := strings.Repeat(",", mebibyte)
	tenant := strings.TrimPrefix(patterns.allowed, "https://app")

	attacks := []*attack{
		{name: "1 MiB of commas in Access-Control-Request-Headers, headers listed",
			list: exact, headers: allowedHeaders, kind: preflightAllowed, allowed: true,
			header: "Access-Control-Request-Headers", value: commas},
		{name: `1 MiB of commas in Access-Control-Request-Headers, headers "*"`,
			list: exact, headers: []string{"*"}, kind: preflightAllowed, allowed: true,
			header: "Access-Control-Request-Headers", value: commas},
		{name: "1 MiB Origin",
			list: patterns, headers: allowedHeaders, kind: actualRefused,
			header: "Origin", value: "https://" + strings.Repeat("a", mebibyte)},
		{name: "300-byte Origin of 120 labels, refused",
			list: patterns, headers: allowedHeaders, kind: actualRefused,
			header: "Origin", value: longOrigin(300, ".evil.com")},
		{name: "261-byte Origin of 120 labels, refused", // the longest https origin on the default port
			list: patterns, headers: allowedHeaders, kind: actualRefused,
			header: "Origin", value: longOrigin(261, ".evil.com")},
		{name: "300-byte Origin of 120 labels, within a pattern",
			list: patterns, headers: allowedHeaders, kind: actualAllowed, // refused: DNS has no names of this length
			header: "Origin", value: longOrigin(300, tenant)},
	}
	for _, a := range attacks {
		a.baseline = newBaseline(a.kind)
		a.pairs = map[string]pair{}
		for _, contender := range attackContenders {
			wrap, err := newCORS(contender, a.list.origins, a.headers)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", contender, a.name, err)
			}
			if wrap != nil {
				handler := wrap(bare)
				a.pairs[contender] = pair{newSubject(handler, a.ordinary), newSubject(handler, a.hostile)}
			}
		}
		_, allowed := answer(a.pairs[ours].hostile.handler, a.hostile())["Access-Control-Allow-Origin"]
		if allowed != a.allowed {
			return nil, fmt.Errorf("%s, %s: allowed: %v", ours, a.name, allowed)
		}
	}
	return attacks, nil
}

// longOrigin returns an origin of 120 labels that ends in the suffix.
func longOrigin(length int, suffix string) string {
	origin := "https://" + strings.Repeat("a.", 119-strings.Count(suffix, "."))
	return origin + strings.Repeat("b", length-len(origin)-len(suffix)) + suffix
}

func (a *attack) ordinary() *http.Request { return newRequest(a.kind, a.list) }

func (a *attack) hostile() *http.Request {
	r := a.ordinary()
	r.Header[a.header] = []string{a.value}
	return r
}

// attackContenders leaves out the limit, which is not made for hostile requests.
var attackContenders = append([]string{ours}, peers...)
