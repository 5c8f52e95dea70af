package reporting

import (
	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/internal/csp"
)

// directives returns a policy as browsers read it.
func directives(policy httpsec.CSP) csp.Policy {
	if text := policy.String(); text != httpsec.Omit {
		return csp.Parse(text)
	}
	return nil
}

// withSources returns the policy with the sources of a directive replaced.
func withSources(policy httpsec.CSP, directive string, sources []string) httpsec.CSP {
	return policy.Set(directive, sources...)
}
