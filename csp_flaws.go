package httpsec

// policyUse is where a policy is meant to stand, which decides what may be in it.
type policyUse uint8

const (
	anyPolicy        policyUse = iota // of one response, which may have a nonce of its own
	enforcedPolicy                    // of every response
	reportOnlyPolicy                  // likewise, and reported on without being enforced
)

// policyCheck is the check of one policy: what it is for, what of it was seen, and
// what is wrong with it.
type policyCheck struct {
	use     policyUse
	seen    map[string]bool // the names of the directives before
	present map[string]bool // the first words of all directives, and what was offered instead
	flaws   []flaw
}

func (c *policyCheck) add(f flaw) {
	if !c.full() {
		c.flaws = append(c.flaws, f)
	}
}

// full reports whether there is no use in looking further.
func (c *policyCheck) full() bool { return enough(c.flaws) }

// each checks the values of a directive one by one, until there is no use in
// looking further. A flaw without a problem is none.
func (c *policyCheck) each(name string, values []string, check func(value string) flaw) {
	for _, value := range values {
		if c.full() {
			return
		}
		if f := check(value); f.problem != "" {
			f.problem = name + ": " + f.problem
			c.add(f)
		}
	}
}
