package browsertest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/httpsec/httpsec"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// testCase is something that users do in a browser, and what must come of it.
type testCase struct {
	name    string
	service service

	// visit lists the addresses to open, one after the other. Empty: app's blank
	// page. The key is added.
	visit []string

	// prepare runs in the first of them, and script in the last. Each is the
	// body of an async function.
	prepare string
	script  string

	// sees is what the script returns, or the name of the error that it throws.
	sees string

	// reached lists the requests that the service saw, in order, as "method path
	// status", and who answered: the handler or the policy.
	reached []string

	// carries is a header line that a response must have, where this browser is
	// more lenient than others.
	carries string

	relies piece

	// differs has the engines in which something else comes of it.
	differs map[engineName]divergence
}

// divergence is what an engine does otherwise, and why.
type divergence struct {
	why     string
	sees    string   // empty: as elsewhere
	reached []string // nil: as elsewhere

	// inert says that the engine does not know what the case relies on: there is
	// no difference without it.
	inert bool
}

// in returns the case as it is in an engine.
func (c testCase) in(e engineName) testCase {
	d := c.differs[e]
	c.sees = cmp.Or(d.sees, c.sees)
	if d.reached != nil {
		c.reached = d.reached
	}
	return c
}

// outcome is what one run of a case showed.
type outcome struct {
	Saw     string
	Reached []string
	Carries bool
}

func (c testCase) expected() outcome { return outcome{c.sees, append([]string{}, c.reached...), true} }

// run runs the case against a service in which, perhaps, something is broken.
func (c testCase) run(t *testing.T, w *world, s service) outcome {
	t.Helper()
	handler, err := s.handler()
	require.NoError(t, err)
	site := w.open(handler)
	tab := w.browser.open(t)
	defer tab.close()
	visit := c.visit
	if len(visit) == 0 {
		visit = []string{app + "/blank"}
	}
	for i, address := range visit {
		require.NoError(t, tab.navigate(address+"?k="+site.key), "open %s", address)
		if i == 0 && c.prepare != "" {
			tab.evaluate(t, prelude(site.key, c.prepare))
		}
	}
	saw := tab.evaluate(t, prelude(site.key, c.script))

	// What the server writes down may come after what the page sees. Once something
	// is wrong, nothing is worth waiting for.
	ctx, cancel := context.WithTimeout(t.Context(), settleTimeout)
	defer cancel()
	if saw != c.sees {
		cancel()
	}
	reached := site.requests.until(ctx, func(lines []string) bool {
		return slices.Equal(lines, c.reached) || !c.mayReach(lines)
	})
	headers, _ := site.headers.now()
	return outcome{saw, append([]string{}, reached...), c.carries == "" || slices.Contains(headers, c.carries)}
}

// mayReach reports whether the lines may yet become the expected ones: requests
// may come, and those without a status may get one.
func (c testCase) mayReach(lines []string) bool {
	if len(lines) > len(c.reached) {
		return false
	}
	for i, line := range lines {
		if !strings.HasPrefix(c.reached[i], line) {
			return false
		}
	}
	return true
}

// prelude returns an expression that runs a script, with what every script can use.
func prelude(key, script string) string { return fmt.Sprintf(preludeFormat, key, api, script) }

// The verbs are the key, the service and the script.
const preludeFormat = `(async () => {
	const url = (address, base = %[2]q) => {
		const u = new URL(address, base);
		u.searchParams.set('k', %[1]q);
		return u.href;
	};
	const text = async (address, init) => (await fetch(url(address), init)).text();
	const event = (target, ...names) => new Promise(resolve => {
		for (const name of names) target.addEventListener(name, resolve, {once: true});
	});
	const load = async (element, attributes) => {
		Object.assign(element, attributes);
		const done = event(element, 'load', 'error');
		document.head.append(element);
		return (await done).type;
	};
	const element = name => document.createElement(name);
	const frame = async (attributes) => {
		const f = Object.assign(element('iframe'), attributes);
		const done = event(f, 'load');
		document.body.append(f);
		return (await done).type;
	};
	const post = async (address) => {
		const target = Object.assign(element('iframe'), {name: 'target'});
		const form = Object.assign(element('form'), {method: 'POST', action: address, target: 'target'});
		document.body.append(target, form);
		const done = [event(target, 'load'), event(document, 'securitypolicyviolation')];
		try { form.submit() } catch { } // Firefox throws where the page's policy forbids it
		return (await Promise.race(done)).type;
	};
	const socket = async (address) => {
		const s = new WebSocket(url(address).replace(/^http/, 'ws'));
		const {type} = await event(s, 'open', 'error');
		if (type === 'error') return type;
		s.send('hello');
		return (await event(s, 'message')).data;
	};
	const run = async () => { %[3]s };
	return run().catch(e => e.name);
})()`

// check runs the case as it is.
func (c testCase) check(t *testing.T, w *world) {
	c = c.in(w.browser.name())
	assert.Equal(t, c.expected(), c.run(t, w, c.service))
}

// checkBroken runs the case without the piece it relies on, and demands that it
// fails.
func (c testCase) checkBroken(t *testing.T, w *world) {
	require.NotNil(t, c.relies.remove, "the case relies on nothing")
	c = c.in(w.browser.name())
	broken := c.service
	c.relies.remove(&broken)
	got := c.run(t, w, broken)
	t.Logf("without %s: %+v", c.relies.name, got)
	if d := c.differs[w.browser.name()]; d.inert {
		assert.Equal(t, c.expected(), got, "%s does something here: %s", c.relies.name, d.why)
		return
	}
	assert.NotEqual(t, c.expected(), got, "passes without %s", c.relies.name)
}

// The helpers below keep a case short.

func policy(c httpsec.Config) service { return service{config: &c} }

func secured(h httpsec.Headers, html string) service { return service{headers: &h, html: html} }

// blank lists the blank pages of origins.
func blank(origins ...string) []string {
	pages := make([]string, len(origins))
	for i, origin := range origins {
		pages[i] = origin + "/blank"
	}
	return pages
}

// handled lists requests, without a preflight, that the handler answered with 200.
func handled(requests ...string) []string {
	lines := make([]string, len(requests))
	for i, request := range requests {
		lines[i] = request + " 200 handler"
	}
	return lines
}

// preflighted lists requests that the handler answered with 200, each after its
// preflight.
func preflighted(requests ...string) []string {
	var lines []string
	for _, request := range requests {
		_, path, _ := strings.Cut(request, " ")
		lines = append(lines, "OPTIONS "+path+" 200 policy", request+" 200 handler")
	}
	return lines
}

// answered lists a request that the policy itself answered.
func answered(request string, status int) []string {
	return []string{fmt.Sprintf("%s %d policy", request, status)}
}
