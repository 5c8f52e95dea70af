package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAnswers builds every table, which checks every contender's answers.
func TestAnswers(t *testing.T) {
	cells, err := newCells()
	require.NoError(t, err)
	assert.Len(t, cells, 25)
	_, err = newSecurityTable()
	assert.NoError(t, err)
	_, err = newRules()
	assert.NoError(t, err)
	packages, err := newPackages()
	require.NoError(t, err)
	defer packages.close()
	for _, s := range packages.all() {
		assert.NotPanics(t, func() { s.run(1) })
	}
	_, err = newAttacks()
	assert.NoError(t, err)
}

func TestRun(t *testing.T) {
	docs := t.TempDir()
	var printed bytes.Buffer
	require.NoError(t, run(pace{rounds: 2, turns: 1, turn: time.Microsecond, live: 80 * time.Millisecond, sizes: []int{1, 1001}}, docs, &printed))
	page, err := os.ReadFile(filepath.Join(docs, "benchmarks.md"))
	require.NoError(t, err)
	assert.Equal(t, printed.String(), string(page))
	for _, section := range []string{"## Targets", "## CORS", "## Security headers", "## Single rules", "## Packages", "## Hostile requests", "## Building from mistakes", "## Scale", "## Over HTTP"} {
		assert.Contains(t, string(page), "\n"+section+"\n")
	}
	picture, err := os.ReadFile(filepath.Join(docs, "benchmarks.svg"))
	require.NoError(t, err)
	assert.Contains(t, string(picture), "<svg ")
}
