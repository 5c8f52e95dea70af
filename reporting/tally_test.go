package reporting_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/httpsec/httpsec/reporting"
)

// blocked returns a report of a page of https://app.example.com.
func blocked(directive, url string) reporting.Report {
	return reporting.Report{
		Type: "csp-violation", URL: "https://app.example.com/page",
		CSP: &reporting.CSPViolation{EffectiveDirective: directive, BlockedURL: url},
	}
}

func TestTally(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tally reporting.Tally
		assert.Empty(t, tally.Entries())
		start := time.Now().UTC()

		other := blocked("img-src", "https://images.example.net/a.png")
		tally.Add(other)
		for page, disposition := range map[string]string{"/a": "report", "/b": "enforce", "/c": ""} { // one entry
			inline := blocked("script-src-elem", "inline")
			inline.URL, inline.CSP.Disposition = "https://app.example.com"+page, disposition
			inline.CSP.SourceFile, inline.CSP.Sample = inline.URL, "alert(1)"
			tally.Add(inline)
			time.Sleep(time.Minute)
		}
		deprecation := reporting.Report{Type: "deprecation", URL: "https://app.example.com/", Body: []byte(`{"id":"UnloadHandler","sourceFile":"https://cdn.example.net/x.js?v=1"}`)}
		tally.Add(deprecation)

		assert.Equal(t, []reporting.Entry{
			{Type: "csp-violation", Directive: "script-src-elem", Blocked: "inline", Document: "https://app.example.com", Source: "https://app.example.com", Sample: "alert(1)",
				Count: 3, First: start, Last: start.Add(2 * time.Minute)},
			{Type: "csp-violation", Directive: "img-src", Blocked: "https://images.example.net", Document: "https://app.example.com", Count: 1, First: start, Last: start},
			{Type: "deprecation", Directive: "UnloadHandler", Document: "https://app.example.com", Source: "https://cdn.example.net/x.js",
				Count: 1, First: start.Add(3 * time.Minute), Last: start.Add(3 * time.Minute)},
		}, tally.Entries())
		assert.Zero(t, tally.Lost())

		tally.Entries()[0].Count = 100
		assert.Equal(t, 3, tally.Entries()[0].Count, "Entries returns copies")
	})
}

// TestLabels checks that what fits as the label of a metric stays within a list.
func TestLabels(t *testing.T) {
	for _, c := range []struct {
		report          reporting.Report
		kind, directive string
	}{
		{blocked("script-src-elem", ""), "csp-violation", "script-src-elem"},
		{blocked("made-up", ""), "csp-violation", "other"},
		{reporting.Report{Type: "csp-violation"}, "csp-violation", "other"},
		{reporting.Report{Type: "made-up"}, "other", ""},
		{reporting.Report{Type: "coep", Body: []byte(`{"type":"corp","destination":"image"}`)}, "coep", "corp"},
		{reporting.Report{Type: "integrity-violation", Body: []byte(`{"destination":"script"}`)}, "integrity-violation", "script"},
		{reporting.Report{Type: "permissions-policy-violation", Body: []byte(`{"policyId":"geolocation"}`)}, "permissions-policy-violation", "geolocation"},
		{reporting.Report{Type: "crash", Body: []byte(`{"reason":"oom"}`)}, "crash", "oom"},
		{reporting.Report{Type: "network-error", Body: []byte(`{"type":"tcp.refused"}`)}, "network-error", "tcp.refused"},
		{reporting.Report{Type: "coop", Body: []byte(`not JSON`)}, "coop", ""},
		{reporting.Report{Type: "coop", Body: []byte(`{"id":"x"`)}, "coop", "x"},
		{reporting.Report{Type: "coop", Body: []byte(`{"id`)}, "coop", ""},
		{reporting.Report{Type: "coop", Body: []byte(`{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `,"id":"x"}`)}, "coop", "x"},
		{reporting.Report{Type: "coop", Body: []byte(strings.Repeat(`{"a":`, 32) + `{}` + strings.Repeat("}", 31) + `,"id":"x"}`)}, "coop", ""},
		{reporting.Report{Type: "coop", Body: []byte(`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `,"id":"x"}`)}, "coop", ""},
	} {
		var tally reporting.Tally
		tally.Add(c.report)
		assert.Equal(t, c.kind, tally.Entries()[0].Type, c)
		assert.Equal(t, c.directive, tally.Entries()[0].Directive, c)
	}
}

func TestTallyBoundsItsKeys(t *testing.T) {
	long := strings.Repeat("ä\u202e\n", 1<<15)
	var tally reporting.Tally
	r := blocked("img-src", "https://"+long)
	r.Type, r.URL, r.Noise, r.CSP.SourceFile, r.CSP.Sample = long, "https://"+long, reporting.Noise(long), long, long
	tally.Add(r)
	e := tally.Entries()[0]
	assert.LessOrEqual(t, len(e.Type+e.Directive+e.Blocked+e.Document+e.Source+e.Sample)+len(e.Noise), 512)
	assert.Equal(t, strings.Repeat("ä", 14), e.Sample, "no half character, no control character")
	assert.True(t, strings.HasSuffix(e.Blocked, "ä…"), e.Blocked)
	assert.Empty(t, tally.Suggest(parse(t, "img-src 'none'")).Added, "a cut origin is another origin")
}

func TestTallyBoundsVariants(t *testing.T) {
	var tally reporting.Tally
	for i := range 100 {
		r := blocked("script-src-elem", "inline")
		r.CSP.Sample = fmt.Sprint("alert(", i, ")")
		tally.Add(r)
	}
	entries := tally.Entries()
	require.Len(t, entries, 33)
	assert.Equal(t, 68, entries[0].Count)
	assert.Empty(t, entries[0].Sample)
	tally.Add(blocked("script-src-elem", "https://cdn.example.net/"))
	assert.Len(t, tally.Entries(), 34, "of other origins there may be as many again")
	assert.Zero(t, tally.Lost())
}

// TestTallyGivesWay fills the tally with entries of which one after the other has to
// give way: noise, then the fewest hours, then the lowest count, then the oldest.
func TestTallyGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tally reporting.Tally
		add := func(name string, noise reporting.Noise) {
			r := blocked("img-src", "https://"+name+".example.net/")
			r.Noise = noise
			tally.Add(r)
			time.Sleep(time.Millisecond)
		}
		add("noise", reporting.NoiseExtension)
		add("noise", reporting.NoiseExtension)
		add("twice", "")
		add("twice", "")
		add("old", "")
		add("new", "")
		add("days", "")
		for i := range 995 {
			add(fmt.Sprint("filler", i), "")
			add(fmt.Sprint("filler", i), "")
			add(fmt.Sprint("filler", i), "")
		}
		time.Sleep(time.Hour)
		add("noise", reporting.NoiseExtension)
		add("days", "")
		names := func() string {
			var found []string
			for _, e := range tally.Entries() {
				for _, name := range []string{"noise", "twice", "old", "new", "days"} {
					if e.Blocked == "https://"+name+".example.net" {
						found = append(found, name)
					}
				}
			}
			return strings.Join(found, " ")
		}
		require.Len(t, tally.Entries(), 1000)
		require.Equal(t, "noise days twice new old", names())
		for i, want := range []string{"days twice new old", "days twice new", "days twice", "days", "days", "days"} {
			for range 4 { // more than the fillers have
				add(fmt.Sprint("more", i), "")
			}
			assert.Equal(t, want, names(), i)
			assert.Len(t, tally.Entries(), 1000)
			assert.Equal(t, i+1, tally.Lost())
		}
		add("noise", reporting.NoiseExtension)
		assert.Equal(t, "days", names(), "noise displaces nothing")
		assert.Equal(t, 7, tally.Lost())
	})
}

// TestFlood checks that 200,000 made-up reports neither fill the memory nor drive out
// what visitors send day after day.
func TestFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tally reporting.Tally
		for range 3 {
			tally.Add(blocked("img-src", "https://real.example.net/"))
			time.Sleep(2 * time.Hour)
		}
		before := heap()
		for i := range 50_000 {
			r := blocked("script-src-elem", fmt.Sprintf("https://%d.example.net/%s", i, strings.Repeat("x", 1000)))
			r.URL = fmt.Sprintf("https://app.example.com/%d", i)
			r.CSP.Sample = fmt.Sprint(i, strings.Repeat("y", 1000))
			tally.Add(r)
		}
		grown := heap() - before
		t.Logf("grown by %d bytes", grown)
		assert.Less(t, grown, 2<<20)
		entries := tally.Entries()
		assert.Len(t, entries, 1000)
		assert.Equal(t, 49_001, tally.Lost())
		assert.Equal(t, "https://real.example.net", entries[0].Blocked)
	})
}

func heap() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

func TestTallyIsSafeForConcurrentUse(t *testing.T) {
	var tally reporting.Tally
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 500 {
				tally.Add(blocked("img-src", fmt.Sprintf("https://%d-%d.example.net/", i, j)))
				if j%250 == 0 {
					tally.Entries()
					tally.Suggest(parse(t, "img-src 'self'"))
					_, err := json.Marshal(&tally)
					assert.NoError(t, err)
				}
			}
		})
	}
	group.Wait()
	assert.Equal(t, 3000, tally.Lost())
}

func TestTallyAsJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tally reporting.Tally
		for i := range 40 {
			r := blocked("script-src-elem", "inline")
			r.CSP.Sample = fmt.Sprint("alert(", i, ")")
			tally.Add(r)
		}
		time.Sleep(time.Hour)
		tally.Add(blocked("img-src", "https://images.example.net/"))
		data, err := json.Marshal(&tally)
		require.NoError(t, err)

		var restored reporting.Tally
		restored.Add(blocked("img-src", "https://gone.example.net/"))
		require.NoError(t, json.Unmarshal(data, &restored))
		assert.Equal(t, tally.Entries(), restored.Entries())
		again, err := json.Marshal(&restored)
		require.NoError(t, err)
		assert.JSONEq(t, string(data), string(again))

		// It goes on counting where it stopped.
		next := blocked("script-src-elem", "inline")
		next.CSP.Sample = "another"
		restored.Add(next)
		assert.Equal(t, 9, restored.Entries()[0].Count)
	})

	var empty, broken reporting.Tally
	data, err := json.Marshal(&empty)
	require.NoError(t, err)
	assert.JSONEq(t, `{"entries":[],"lost":0}`, string(data))
	require.Error(t, json.Unmarshal([]byte(`{"entries":7}`), &broken))

	// What somebody wrote by hand is bounded as well.
	var lines []string
	for i := range 1200 {
		lines = append(lines, fmt.Sprintf(`{"type":"x%d","blocked":"https://%d.example.net","sample":%q,"count":1}`, i, i, strings.Repeat("z", 500)))
	}
	lines = append(lines, `{"type":"coop","count":0}`, `{"type":"coep","count":2}`, `{"type":"coep","count":9}`)
	require.NoError(t, json.Unmarshal([]byte(`{"lost":-5,"entries":[`+strings.Join(lines, ",")+`]}`), &broken))
	assert.Len(t, broken.Entries(), 1000)
	assert.Equal(t, 201, broken.Lost())
	assert.Equal(t, "coep", broken.Entries()[0].Type)
	assert.Equal(t, 2, broken.Entries()[0].Count)
	assert.Len(t, broken.Entries()[1].Sample, 80)
}
