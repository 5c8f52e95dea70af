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

// widen returns the policy with one more source.
func widen(policy httpsec.CSP, directive, source string) httpsec.CSP {
	return policy.Add(directive, source)
}
