package browsertest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/httpsec/httpsec/httpsectest"
	"github.com/stretchr/testify/require"
)

// fetchBatch is a page and what its scripts fetch, one after the other. The cookies,
// the preflights and the rest that a browser remembers go from one to the next.
type fetchBatch struct {
	Key       string
	Parent    string // the address of the page with the page in a frame; "": none
	Sandboxed bool   // the frame is
	Page      string // the address, without key
	Answer    answer // of the page
	Fetches   []fetchTrial
}

// start is the address that is opened first.
func (b *fetchBatch) start() string {
	if b.Parent != "" {
		return b.Parent + "?k=" + b.Key + "&h=parent"
	}
	return b.address()
}

func (b *fetchBatch) address() string { return b.Page + "?k=" + b.Key + "&h=p" }

// parent is the answer with the frame.
func (b *fetchBatch) parent() *answer {
	attribute := ""
	if b.Sandboxed {
		attribute = "sandbox=allow-scripts"
	}
	return &answer{Status: 200, Headers: [][2]string{{"Content-Type", "text/html"}}, Body: fmt.Sprintf(`<!doctype html><iframe %s src="%s"></iframe>`, attribute, b.address())}
}

// pause is longer than Chromium remembers a preflight whose answer does not say.
const pause = 6 * time.Second

type fetchTrial struct {
	Key    string // that of an earlier one: the same address again
	URL    string
	Socket bool
	Later  bool // after a pause
	Init   fetchInit
	Hops   []*answer // nil: those of the earlier trial
}

type fetchInit struct {
	Method      string            `json:"method,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Body        string            `json:"body,omitempty"`
	Credentials string            `json:"credentials,omitempty"`
	Mode        string            `json:"mode,omitempty"`
	Redirect    string            `json:"redirect,omitempty"`
	Protocols   []string          `json:"protocols,omitempty"`
}

// saw is what a page saw of one fetch, in words that both sides can write.
type saw struct {
	Result  string
	Reason  string
	Console string
}

// runFetches lets Chromium do the batch.
func (b browser) runFetches(t *testing.T, batch *fetchBatch) []saw {
	t.Helper()
	w := b.watch(t)
	defer w.close()
	require.NoError(t, w.navigate(batch.start()))
	trials, err := json.Marshal(batch.Fetches)
	require.NoError(t, err)
	script := fmt.Sprintf(fetchScript, trials, pause.Milliseconds())
	var results []string
	require.NoError(t, json.Unmarshal([]byte(w.evaluateIn(t, batch.Parent != "", true, script)), &results))
	require.Len(t, results, len(batch.Fetches))
	w.settle(t)
	all := make([]saw, len(results))
	for i, f := range batch.Fetches {
		all[i].Result = results[i]
		if batch.Sandboxed { // which httpsectest has without the page around it
			defer func() { all[i].Console = strings.ReplaceAll(all[i].Console, batch.start(), batch.address()) }()
		}
		o := w.observed(numbered(f.Key, i))
		switch {
		case f.Socket && (results[i] == "error" || strings.Contains(results[i], "insecure WebSocket")):
			all[i].Console = strings.Join(o.socketLines(), "\n")
		case strings.HasPrefix(results[i], "Failed to fetch"):
			all[i].Reason = "nothing"
			if len(o.failures) > 0 {
				all[i].Reason = cmp.Or(o.worst().reason(), "nothing")
			}
			if lines := o.lines("Connecting to", "blocked."); len(lines) > 0 {
				all[i].Reason, all[i].Console = "csp", strings.Join(lines, "\n")
			} else if strings.HasPrefix(all[i].Reason, "cors ") || all[i].Reason == "nothing" {
				all[i].Console = strings.Join(o.corsLines(), "\n")
			}
		}
	}
	return all
}

// reason puts a failure into the words of httpsectest's rules.
func (f failure) reason() string {
	switch {
	case f.cors != "":
		return "cors " + f.cors
	case f.blocked == "csp", f.blocked == "mixed-content":
		return f.blocked
	}
	return f.text
}

const fetchScript = `(async () => {
	const results = [];
	for (const f of %s) {
		if (f.Later) await new Promise(resolve => setTimeout(resolve, %d));
		console.log(f.Key);
		if (f.Socket) {
			results.push(await new Promise(resolve => {
				try {
					const s = new WebSocket(f.URL, f.Init.protocols ?? []);
					s.onopen = () => { resolve('open ' + s.protocol); };
					s.onerror = () => resolve('error');
				} catch (e) { resolve(e.message); }
			}));
			continue;
		}
		try {
			const r = await fetch(f.URL, f.Init);
			const headers = [...r.headers].filter(([n]) => n !== 'date').map(([n, v]) => n + ': ' + v).sort();
			results.push([r.type.startsWith('opaque') ? 'opaque' : 'readable', r.status, r.type.startsWith('opaque') ? '' : r.url, ...headers, await r.text()].join('\n'));
		} catch (e) {
			results.push(e.message);
		}
	}
	return results;
})()`

var (
	credentialNames = map[string]httpsectest.Credentials{"": httpsectest.CredentialsSameOrigin, "same-origin": httpsectest.CredentialsSameOrigin, "include": httpsectest.CredentialsInclude, "omit": httpsectest.CredentialsOmit}
	modeNames       = map[string]httpsectest.Mode{"": httpsectest.ModeCORS, "cors": httpsectest.ModeCORS, "no-cors": httpsectest.ModeNoCORS, "same-origin": httpsectest.ModeSameOrigin}
	redirectNames   = map[string]httpsectest.Redirect{"": httpsectest.RedirectFollow, "follow": httpsectest.RedirectFollow, "error": httpsectest.RedirectError, "manual": httpsectest.RedirectManual}
)

// simulateFetches lets httpsectest do the batch.
func simulateFetches(t *testing.T, b *httpsectest.Browser, batch *fetchBatch) []saw {
	t.Helper()
	first := batch.start()
	if batch.Sandboxed {
		first = batch.address()
	}
	page, err := b.Open(first)
	require.NoError(t, err)
	switch {
	case batch.Sandboxed:
		page = page.Sandboxed()
	case batch.Parent != "":
		page, err = page.Frame(batch.address())
		require.NoError(t, err)
	}
	all := make([]saw, len(batch.Fetches))
	for i, f := range batch.Fetches {
		if f.Later {
			time.Sleep(pause)
		}
		if f.Socket {
			all[i] = simulateSocket(page, f)
		} else {
			all[i] = simulateFetch(page, f)
		}
	}
	return all
}

func simulateSocket(page *httpsectest.Page, f fetchTrial) saw {
	resp, err := page.WebSocket(f.URL, f.Init.Protocols...)
	var blocked *httpsectest.Blocked
	switch {
	case err == nil:
		return saw{Result: "open " + resp.Header.Get("Sec-Websocket-Protocol")}
	case !errors.As(err, &blocked):
		return saw{Result: err.Error()}
	case blocked.Rule == httpsectest.RuleRequest:
		return saw{Result: blocked.Message}
	}
	result := "error"
	if blocked.Rule == httpsectest.RuleMixedContent {
		result = "Failed to construct 'WebSocket': An insecure WebSocket connection may not be initiated from a page loaded over HTTPS."
	}
	return saw{Result: result, Console: blocked.Message}
}

func simulateFetch(page *httpsectest.Page, f fetchTrial) saw {
	resp, err := page.Fetch(f.URL, httpsectest.Init{
		Method: f.Init.Method, Headers: f.Init.Headers, Body: f.Init.Body,
		Credentials: credentialNames[f.Init.Credentials], Mode: modeNames[f.Init.Mode], Redirect: redirectNames[f.Init.Redirect],
	})
	if err == nil {
		return saw{Result: describeResponse(page, f, resp)}
	}
	var blocked *httpsectest.Blocked
	if !errors.As(err, &blocked) {
		return saw{Result: "not a Blocked: " + err.Error()}
	}
	switch blocked.Rule {
	case httpsectest.RuleRequest:
		if strings.HasPrefix(blocked.Message, "Failed to execute") {
			return saw{Result: blocked.Message}
		}
		return saw{Result: "Failed to fetch", Reason: "nothing", Console: blocked.Message}
	case httpsectest.RuleCORS:
		reason := "cors " + blocked.Reason
		if blocked.Reason == "DisallowedByMode" || blocked.Reason == "NoCorsRedirectModeNotFollow" {
			reason = "nothing"
		}
		return saw{Result: "Failed to fetch", Reason: reason, Console: blocked.Message}
	case httpsectest.RuleCSP, httpsectest.RuleMixedContent:
		line := ""
		if blocked.Rule == httpsectest.RuleCSP {
			line = blocked.Message
		}
		return saw{Result: "Failed to fetch", Reason: string(blocked.Rule), Console: line}
	}
	return saw{Result: "Failed to fetch", Reason: blocked.Reason}
}

func describeResponse(page *httpsectest.Page, f fetchTrial, resp *http.Response) string {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	kind, address := "readable", ""
	switch {
	case resp.StatusCode == 0:
		kind = "opaque"
	case resp.Request != nil:
		address = resp.Request.URL.String()
	default:
		address = f.URL // of data:
	}
	lines := []string{kind, strconv.Itoa(resp.StatusCode), address}
	var headers []string
	for name, values := range resp.Header {
		headers = append(headers, strings.ToLower(name)+": "+strings.Join(values, ", "))
	}
	slices.Sort(headers)
	return strings.Join(append(append(lines, headers...), string(body)), "\n")
}

// fetchesDone is what a browser did in a batch, and what arrived, by key.
type fetchesDone struct {
	Saw     []saw
	Arrived map[string][]string
}

// compareFetches runs a batch on both sides and returns the trials that differ, and
// how.
func (j *judge) compareFetches(t *testing.T, batch *fetchBatch) map[int]string {
	t.Helper()
	j.referee.set(batch.Key, map[string]*answer{"p": &batch.Answer, "parent": batch.parent()})
	keys := batch.keys()
	for _, f := range batch.Fetches {
		if f.Hops == nil {
			continue
		}
		hops := make(map[string]*answer)
		for h, a := range f.Hops {
			hops[strconv.Itoa(h)] = a
		}
		j.referee.set(f.Key, hops)
	}
	did := observe(t, j.record, batch.Key, func() fetchesDone {
		did := fetchesDone{j.browser.runFetches(t, batch), make(map[string][]string)}
		for _, key := range keys {
			did.Arrived[key] = j.referee.take(key)
		}
		return did
	})
	chromium := did.Saw
	var ours []saw
	simulate := func(t *testing.T) { ours = simulateFetches(t, httpsectest.New(t, j.referee), batch) }
	if slices.ContainsFunc(batch.Fetches, func(f fetchTrial) bool { return f.Later }) {
		synctest.Test(t, simulate)
	} else {
		simulate(t)
	}
	different := make(map[int]string)
	for _, key := range keys[1:] { // without that of the page
		arrived, sent := did.Arrived[key], j.referee.take(key)
		if batch.aborts(key) { // how often a lost answer is asked for again is the transport's choice
			arrived, sent = slices.Compact(arrived), slices.Compact(sent)
		}
		theirs, own := strings.Join(arrived, "\n"), strings.Join(sent, "\n")
		if theirs != own {
			i := max(slices.IndexFunc(batch.Fetches, func(f fetchTrial) bool { return f.Key == key }), 0)
			different[i] += difference(theirs, own)
		}
		j.referee.forget(key)
	}
	for i := range batch.Fetches {
		if j.normalize(chromium[i]) != j.normalize(ours[i]) {
			different[i] += difference(strings.Join([]string{chromium[i].Result, chromium[i].Reason, chromium[i].Console}, "\n"), strings.Join([]string{ours[i].Result, ours[i].Reason, ours[i].Console}, "\n"))
		}
	}
	return different
}

// keys lists the batch's own key and those of its addresses.
func (b *fetchBatch) keys() []string {
	keys := []string{b.Key}
	for _, f := range b.Fetches {
		if !slices.Contains(keys, f.Key) {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

func (b *fetchBatch) aborts(key string) bool {
	return slices.ContainsFunc(b.Fetches, func(f fetchTrial) bool {
		return f.Key == key && slices.ContainsFunc(f.Hops, func(a *answer) bool { return a.Abort })
	})
}

// normalize hides what is listed as a difference in the package's documentation.
func (j *judge) normalize(s saw) saw {
	if !j.exact {
		s.Console = ""
	}
	if strings.Contains(s.Reason, "CorsDisabledScheme") || s.Reason == "nothing" {
		s.Console = ""
	}
	if s.Reason == "net::ERR_ABORTED" {
		s.Reason = "nothing"
	}
	// Chromium tells the address before the upgrade.
	s.Result = strings.Replace(s.Result, "\nhttp://", "\nhttps://", 1)
	s.Console = strings.Replace(s.Console, "net::ERR_SSL_PROTOCOL_ERROR", "net::ERR_EMPTY_RESPONSE", 1)
	if s.Reason == "net::ERR_SSL_PROTOCOL_ERROR" { // https where only http is spoken
		s.Reason = "net::ERR_EMPTY_RESPONSE"
	}
	return s
}

// shrinkFetch looks for the least that still differs, within a number of tries.
func (j *judge) shrinkFetch(t *testing.T, batch *fetchBatch, index int) (*fetchBatch, string) {
	f := batch.Fetches[index]
	kept := []fetchTrial{f}
	for _, other := range batch.Fetches[:index] { // the same address before
		if other.Key == f.Key {
			kept = append([]fetchTrial{other}, kept...)
		}
	}
	small := *batch
	small.Fetches = kept
	differs := func(candidate *fetchBatch) string {
		for _, text := range j.compareFetches(t, renamed(candidate, candidate.keys(), j.fresh)) {
			return text
		}
		return ""
	}
	text := differs(&small)
	if text == "" {
		return batch, "" // it takes what came before
	}
	for tries := 40; tries > 0; {
		smaller := false
		for _, candidate := range small.variants() {
			if tries--; tries < 0 {
				break
			}
			if found := differs(candidate); found != "" {
				small, text, smaller = *candidate, found, true
				break
			}
		}
		if !smaller {
			break
		}
	}
	return &small, text
}

// variants are the batch with one part less.
func (b fetchBatch) variants() (all []*fetchBatch) {
	try := func(change func(*fetchBatch)) {
		c := clone(b)
		change(&c)
		all = append(all, &c)
	}
	for i := range b.Fetches {
		if i < len(b.Fetches)-1 && b.Fetches[i+1].Hops != nil {
			try(func(c *fetchBatch) { c.Fetches = slices.Delete(c.Fetches, i, i+1) })
		}
	}
	if b.Parent != "" {
		try(func(c *fetchBatch) { c.Parent = "" })
	}
	for i := range b.Answer.Headers {
		try(func(c *fetchBatch) { c.Answer.Headers = slices.Delete(c.Answer.Headers, i, i+1) })
	}
	for i, f := range b.Fetches {
		for name := range f.Init.Headers {
			try(func(c *fetchBatch) { delete(c.Fetches[i].Init.Headers, name) })
		}
		if f.Init.Body != "" {
			try(func(c *fetchBatch) { c.Fetches[i].Init.Body = "" })
		}
		for h, hop := range f.Hops {
			for n := range hop.Headers {
				try(func(c *fetchBatch) {
					c.Fetches[i].Hops[h].Headers = slices.Delete(c.Fetches[i].Hops[h].Headers, n, n+1)
				})
			}
			if hop.Preflight != nil {
				for n := range hop.Preflight.Headers {
					try(func(c *fetchBatch) {
						p := c.Fetches[i].Hops[h].Preflight
						p.Headers = slices.Delete(p.Headers, n, n+1)
					})
				}
			}
		}
	}
	return all
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }
