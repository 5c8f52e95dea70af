package browsertest

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The judge of httpsectest: the same random servers, requests, documents and
// navigations in a real browser and in httpsectest.
//
//	go test -run TestJudge .                                     a short run
//	go test -run TestJudge -timeout 2h -judge.fetches 20000 -judge.documents 2000 -judge.navigations 2000 .
//	go test -run TestJudge -judge.seed 7 -judge.shrink 5 .       the least that differs, of five
//	go test -run TestJudge -judge.record seven.json -judge.seed 7 .
//	go test -run TestJudge -judge.replay seven.json -judge.seed 7 .   the same again without a browser
var (
	judgeSeed        = flag.Uint64("judge.seed", 1, "where the judge's random trials begin")
	judgeFetches     = flag.Int("judge.fetches", 600, "fetches and sockets to compare")
	judgeDocuments   = flag.Int("judge.documents", 60, "documents to compare")
	judgeNavigations = flag.Int("judge.navigations", 60, "navigations to compare")
	judgeTime        = flag.Duration("judge.time", time.Hour, "when to stop, whatever is left")
	judgeShrink      = flag.Int("judge.shrink", 0, "disagreements to shrink")
	judgePrint       = flag.Int("judge.print", 5, "disagreements to print")
	judgeRecord      = flag.String("judge.record", "", "the file into which goes what the browser does")
	judgeReplay      = flag.String("judge.replay", "", "the file of a run with the same seed and counts, in the place of a browser")
)

type judge struct {
	referee *referee
	browser browser
	record  *record
	count   int
	origins []string // of the random addresses
	ends    time.Time

	// exact says that the browser is of the version whose words httpsectest has. The
	// console of another is not compared.
	exact bool
}

const judgedVersion = "Chrome/156."

// batchSize is how many fetches share a page and its browser.
const batchSize = 40

func TestJudge(t *testing.T) {
	if *broken {
		t.Skip("the judge needs no protection that could be taken away")
	}
	j := &judge{referee: newReferee(), record: openRecord(t), ends: time.Now().Add(*judgeTime)}
	if !j.record.replays() {
		j.browser = startReferee(t, j.referee)
	}
	agent := observe(t, j.record, "agent", func() string {
		w := j.browser.watch(t)
		defer w.close()
		return w.evaluate(t, "navigator.userAgent")
	})
	if j.exact = strings.Contains(agent, judgedVersion); !j.exact {
		t.Logf("%s is not %s: the console's words are not compared", agent, judgedVersion)
	}
	t.Run("fetches", j.judgeFetches)
	t.Run("documents", j.judgeDocuments)
	t.Run("navigations", j.judgeNavigations)
}

// tally counts, and fails the test below the share that must agree.
type tally struct {
	t                *testing.T
	total, different int
	printed, shrunk  int
	signatures       map[string]int
}

func (y *tally) end(share float64) {
	y.t.Logf("seed %d: %d trials, %d differ: %.3f %% agree", *judgeSeed, y.total, y.different, 100*float64(y.total-y.different)/float64(max(y.total, 1)))
	require.Positive(y.t, y.total, "nothing was compared")
	// One more than the share: in a short run that is less than one, and what the tools
	// of a browser on a busy machine tell too late counts, too.
	require.LessOrEqual(y.t, float64(y.different), (1-share)*float64(y.total)+1, "too much differs")
}

func (y *tally) print(what any, text string) {
	if y.signatures == nil {
		y.signatures = make(map[string]int)
	}
	signature := signatureOf(text)
	if y.signatures[signature]++; y.signatures[signature] > 1 {
		return
	}
	if y.printed++; y.printed > *judgePrint {
		return
	}
	data, err := json.Marshal(what)
	require.NoError(y.t, err)
	y.t.Logf("DIFFERENT\n%s\n%s", text, data)
}

func (j *judge) judgeFetches(t *testing.T) {
	random := rand.New(rand.NewPCG(*judgeSeed, 1))
	y := &tally{t: t}
	for y.total < *judgeFetches && time.Now().Before(j.ends) {
		batch := j.randomBatch(random, min(batchSize, *judgeFetches-y.total))
		different := j.compareFetches(t, batch)
		if len(different) > 0 && j.record.has(again(batch.Key)) { // what differs once only, the tools told too late
			second := j.compareFetches(t, renamed(batch, batch.keys(), again))
			maps.DeleteFunc(different, func(i int, _ string) bool { return second[i] == "" })
		}
		y.total += len(batch.Fetches)
		y.different += len(different)
		for i, f := range batch.Fetches {
			text, ok := different[i]
			if !ok {
				continue
			}
			if y.shrunk < *judgeShrink && !j.record.replays() {
				y.shrunk++
				if small, found := j.shrinkFetch(t, batch, i); found != "" {
					y.print(small, found)
					continue
				}
			}
			if strings.Contains(text, "Cookie: ") {
				text += batch.cookies(i)
			}
			y.print([]any{batch.Parent, batch.Page, batch.Answer.Headers, f}, text)
		}
	}
	y.end(0.999)
}

// difference lists the lines that one side has, - for Chromium, + for httpsectest.
func difference(theirs, own string) string {
	var b strings.Builder
	their, our := strings.Split(theirs, "\n"), strings.Split(own, "\n")
	for len(their) > 0 && len(our) > 0 && their[0] == our[0] {
		their, our = their[1:], our[1:]
	}
	for len(their) > 0 && len(our) > 0 && their[len(their)-1] == our[len(our)-1] {
		their, our = their[:len(their)-1], our[:len(our)-1]
	}
	for _, line := range their {
		b.WriteString("- " + line + "\n")
	}
	for _, line := range our {
		b.WriteString("+ " + line + "\n")
	}
	return b.String()
}

var unlike = regexp.MustCompile(`[a-z]+://[^'"\s]*|"[^"]*"`)

// signatureOf leaves out what is random, so that one disagreement is printed once.
func signatureOf(text string) string {
	text, _, _ = strings.Cut(text, "after ")
	return unlike.ReplaceAllString(text, "")
}

// cookies lists what the fetches before set, for a disagreement about cookies.
func (b fetchBatch) cookies(before int) string {
	var lines strings.Builder
	for _, f := range b.Fetches[:before] {
		for h, a := range f.Hops {
			for _, header := range a.Headers {
				if header[0] == "Set-Cookie" {
					fmt.Fprintf(&lines, "after %s %q %q hop %d set %s\n", f.URL, f.Init.Mode, f.Init.Credentials, h, header[1])
				}
			}
		}
	}
	return lines.String()
}
