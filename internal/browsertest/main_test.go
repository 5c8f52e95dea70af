// Package browsertest lets a real browser judge what httpsec answers.
//
//	go test .                     every case
//	go test -broken .             every case without the piece it relies on: all must fail
//	go test -run TestJudge .      httpsectest against the browser: see judge_test.go
//	go test -run TestScreenshot -screenshot ../../docs/demo.png .
//
// TestScreenshot takes the picture of the demo that the README shows. All need a Chromium
// in PATH, or its path in CHROMIUM.
package browsertest

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
)

var broken = flag.Bool("broken", false, "take from every case the protection that it relies on, and demand that it fails")

func TestBrowser(t *testing.T) {
	w := newWorld(t)
	for _, theme := range []struct {
		name  string
		cases []testCase
	}{
		{"requests", requestCases},
		{"responses", responseCases},
		{"caches", cacheCases},
		{"credentials", credentialCases},
		{"origins", originCases},
		{"rejections", rejectCases},
		{"sockets", socketCases},
		{"headers", headerCases},
		{"csp", cspCases},
	} {
		t.Run(theme.name, func(t *testing.T) {
			for _, c := range theme.cases {
				t.Run(c.name, func(t *testing.T) {
					require.NotEmpty(t, c.reached, "the case would pass without a server")
					if *broken {
						c.checkBroken(t, w)
					} else {
						c.check(t, w)
					}
				})
			}
		})
	}
	if !*broken {
		t.Run("demo", func(t *testing.T) { testDemo(t, w) })
	}
}
