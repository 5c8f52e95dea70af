package browsertest

import (
	"encoding/json"
	"strings"
)

// renamed returns a copy of a trial under other keys: addresses that no cache has
// seen.
func renamed[T any](trial T, keys []string, name func(key string) string) (fresh T) {
	data, err := json.Marshal(trial)
	if err != nil {
		panic(err)
	}
	text := string(data)
	for _, key := range keys {
		other := name(key)
		text = strings.ReplaceAll(text, "k="+key+`\u0026`, "k="+other+`\u0026`)
		text = strings.ReplaceAll(text, `"`+key+`"`, `"`+other+`"`)
	}
	if err := json.Unmarshal([]byte(text), &fresh); err != nil {
		panic(err)
	}
	return fresh
}

// clone copies deeply.
func clone[T any](v T) T { return renamed(v, nil, nil) }

// fresh names a key anew, as randomly as any.
func (j *judge) fresh(string) string { return j.newKey() }

// again names a key for a second try. It draws no number, so that the trials after it
// are the same whether there is one or not.
func again(key string) string { return key + "again" }
