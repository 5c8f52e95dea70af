package fields_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/internal/fields"
)

func TestElements(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		want  []string
	}{
		{nil, nil},
		{[]string{""}, nil},
		{[]string{", ,\t,,"}, nil},
		{[]string{"a"}, []string{"a"}},
		{[]string{"a,b"}, []string{"a", "b"}},
		{[]string{" a ,\tb\t", "", ",c,"}, []string{"a", "b", "c"}},
		{[]string{"a b"}, []string{"a b"}},
		{[]string{"\u00a0a"}, []string{"\u00a0a"}},
		{[]string{`"a,b"`}, []string{`"a`, `b"`}},
	} {
		assert.Equal(t, tt.want, slices.Collect(fields.Elements(tt.lines)), "%q", tt.lines)
	}
}
