package browsertest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// record is what a browser did, by trial. Written once, it stands for the browser: so
// a change of httpsectest is judged in seconds, and faults are planted by the dozen.
type record struct {
	written *json.Encoder
	read    map[string]json.RawMessage // nil: there is a browser
}

type recordedTrial struct {
	Trial string
	Did   json.RawMessage
}

func openRecord(t *testing.T) *record {
	t.Helper()
	r := new(record)
	if *judgeRecord != "" {
		file, err := os.Create(*judgeRecord)
		require.NoError(t, err)
		t.Cleanup(func() { file.Close() })
		r.written = json.NewEncoder(file)
	}
	if *judgeReplay == "" {
		return r
	}
	file, err := os.Open(*judgeReplay)
	require.NoError(t, err)
	defer file.Close()
	r.read = make(map[string]json.RawMessage)
	for lines := json.NewDecoder(file); ; {
		var line recordedTrial
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			return r
		}
		require.NoError(t, err)
		r.read[line.Trial] = line.Did
	}
}

func (r *record) replays() bool { return r.read != nil }

// has reports whether the trial can be observed.
func (r *record) has(trial string) bool { return !r.replays() || r.read[trial] != nil }

// observe returns what the browser does in a trial, or did when it was recorded.
func observe[T any](t *testing.T, r *record, trial string, ask func() T) (did T) {
	t.Helper()
	if r.replays() {
		require.Contains(t, r.read, trial, "another seed, or more trials than were recorded")
		require.NoError(t, json.Unmarshal(r.read[trial], &did))
		return did
	}
	did = ask()
	if r.written != nil {
		data, err := json.Marshal(did)
		require.NoError(t, err)
		require.NoError(t, r.written.Encode(recordedTrial{trial, data}))
	}
	return did
}
