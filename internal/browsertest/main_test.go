// Package browsertest lets real browsers judge what httpsec answers.
//
//	go test .                     every case, in Chromium, Firefox and WebKit
//	go test -run /firefox .       in one of them
//	go test -broken .             every case without the piece it relies on: all must fail
//	go test -run TestJudge .      httpsectest against the browser: see judge_test.go
//	go test -run TestScreenshot -screenshot ../../docs/demo.png .
//
// TestScreenshot takes the picture of the demo that the README shows. The browsers are
// found in PATH, or by the variables CHROMIUM, FIREFOX and MINIBROWSER; WebKit's
// MiniBrowser is in Debian's libwebkit2gtk-4.1-0, and needs xvfb and bubblewrap. TestMaxAge
// needs a C compiler.
package browsertest

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"
)

var broken = flag.Bool("broken", false, "take from every case the protection that it relies on, and demand that it fails")

func TestBrowser(t *testing.T) {
	inEachEngine(t, setup{}, func(t *testing.T, w *world) {
		for _, theme := range themes {
			t.Run(theme.name, func(t *testing.T) {
				runCases(t, w, theme.cases)
			})
		}
		if !*broken {
			t.Run("demo", func(t *testing.T) { testDemo(t, w) })
		}
	})
}

// TestThirdPartyCookies runs the cases of browsers that keep and send cookies as they
// like.
func TestThirdPartyCookies(t *testing.T) {
	inEachEngine(t, setup{ownCookies: true}, func(t *testing.T, w *world) { runCases(t, w, thirdPartyCases) })
}

func runCases(t *testing.T, w *world, cases []testCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			require.NotEmpty(t, c.reached, "the case would pass without a server")
			if *broken {
				c.checkBroken(t, w)
			} else {
				c.check(t, w)
			}
		})
	}
}

// themes are the cases of TestBrowser.
var themes = []struct {
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
	{"browsers", browserCases},
}
