// Httpsec says what a browser will do with a URL, and why.
//
//	httpsec check [flags] URL...
//
// Without -from the URL is opened as a page; with it, a script on a page of that
// origin fetches it. Then origins are tried that misconfigured servers let in, unless
// -probe=false. "httpsec check -h" lists the flags.
//
// # What is sent
//
// A page is one GET, a fetch its preflight, if it has one, and then the request. At
// most seven preflights or GET requests of other origins follow. Redirects are
// followed up to 20 times within the site, with -load also out of it. -load asks for
// what the page embeds as well, at most 100 requests. Nothing else is sent.
//
// Of an answer the headers are read, up to 256 KiB, and of a page 8 MiB. With -load
// scripts and style sheets are read too, up to 32 MiB of all of them, and of other
// things the first KiB.
//
// # Exit status
//
// 0: the verdict is the expected one and there is no problem; 1: it is not, or there
// is; 2: usage, or a URL could not be reached. Of several URLs the highest counts.
//
// # JSON
//
// With -json each URL is an object on a line of its own. What is empty is absent, but
// for url, verdict and exit.
//
//	url         the URL as it was given
//	verdict     "opened", "allowed", "blocked" or "unreachable"
//	error       why it is unreachable
//	exchanges   [{method, url, preflight, request, status, response, blocked}]: what was
//	            sent, the probes aside; request and response are headers by name, of
//	            which several lines are joined by ", "
//	blocked     {rule, reason, message, fix, url, line}: why the script does not get the
//	            answer; the words are those of package httpsectest
//	violations  [the same, with reportOnly]: what the page asks for and does not get
//	probes      [{origin, allowed, credentials, why}]: whether the origin is let in, and
//	            with credentials; why is what it stands for
//	findings    [{id, level, field, value, message}]: level is "problem" or "advice",
//	            field is a header's name
//	exit        the exit status of this URL
//
// The values of -headers and of cookies are never in it.
package main

import (
	"io"
	"log"
	"os"
)

func main() {
	log.SetOutput(io.Discard) // net/http logs what is said by the error, too
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, nil))
}
