package reporting_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/reporting"
)

func TestLogging(t *testing.T) {
	r := reporting.Report{
		Type: "csp-violation", URL: "https://app.example.com/", Noise: reporting.NoiseExtension,
		CSP: &reporting.CSPViolation{EffectiveDirective: "script-src-elem", BlockedURL: "inline", Disposition: "report", SourceFile: "chrome-extension", Sample: `say("hi")`, Line: 7},
	}
	assert.Equal(t, `csp-violation of "https://app.example.com/": script-src-elem blocked inline disposition report source chrome-extension line 7 sample "say(\"hi\")" noise extension`, r.String())

	var line strings.Builder
	logger := slog.New(slog.NewTextHandler(&line, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	logger.Info("m", "r", r)
	assert.Equal(t, `level=INFO msg=m r.type=csp-violation r.url=https://app.example.com/ r.directive=script-src-elem r.blocked=inline `+
		`r.disposition=report r.source=chrome-extension r.line=7 r.sample="say(\"hi\")" r.noise=extension`+"\n", line.String())
}

// TestLoggingIsBounded logs what could break a line, turn the direction of writing or
// fill a disk.
func TestLoggingIsBounded(t *testing.T) {
	evil := "a\nlevel=ERROR\x1b[2J\u202e\u2028\x00ü" + strings.Repeat("ä", 1<<16)
	r := reporting.Report{Type: evil, URL: evil, Noise: reporting.Noise(evil), CSP: &reporting.CSPViolation{
		BlockedURL: evil, EffectiveDirective: evil, Disposition: evil, SourceFile: evil, Sample: evil,
	}}
	for _, line := range []string{r.String(), r.LogValue().String(), reporting.Report{Type: "x", Body: []byte(`{"id":"\u001b` + strings.Repeat("ä", 1000) + `"}`)}.String()} {
		assert.Less(t, len(line), 8*560)
		assert.NotContains(t, line, "\n")
		assert.NotContains(t, line, "\x1b")
		assert.NotContains(t, line, "\u202e")
		assert.NotContains(t, line, "\u2028")
		assert.NotContains(t, line, "\ufffd", "half a character")
	}
	assert.Equal(t, `"a b"`, reporting.Report{Type: "a b"}.String())
}
