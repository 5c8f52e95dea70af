package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
)

// The exit statuses.
const (
	exitFine    = 0
	exitProblem = 1
	exitUsage   = 2 // and unreachable
)

// run is the program without its process. A nil transport means the network.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer, transport http.RoundTripper) int {
	if len(args) > 0 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		args = []string{"check", "-h"}
	}
	if len(args) == 0 || args[0] != "check" {
		fmt.Fprint(stderr, "httpsec: the one subcommand is check\n\n", usage)
		return exitUsage
	}
	o, err := parseArguments(args[1:], stdin)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitFine
	}
	if err != nil {
		fmt.Fprintf(stderr, "httpsec check: %s\n", escape(err.Error()))
		return exitUsage
	}
	if transport == nil {
		network := newTransport(o)
		defer network.CloseIdleConnections()
		transport = network
	}
	write := writeHuman(stdout, isColored(stdout))
	if o.json {
		write = writeJSON(stdout)
	}
	exit := exitFine
	for _, url := range o.urls {
		report := newCheck(o, url, transport).run()
		if err := write(report); err != nil {
			fmt.Fprintf(stderr, "httpsec check: write: %v\n", err)
			return exitUsage
		}
		exit = max(exit, report.Exit)
	}
	return exit
}

// isColored reports whether w is a terminal whose user has nothing against colour:
// https://no-color.org.
func isColored(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

const usage = `usage: httpsec check [flags] URL...

Says what a browser will do with each URL, and why. Without -from the URL is
opened as a page; with it, a script of that origin fetches it. Then origins are
tried that misconfigured servers let in.

  -from origin      fetch as a script on a page of this origin, or null;
                    without it, open the URL as a page
  -method name      method of the fetch (default GET). It is really sent: a
                    DELETE deletes
  -header line      "Name: value" that the script sets; repeatable; "Name" alone
                    sends it empty
  -headers file     more such lines from a file, - is standard input; "Cookie"
                    and "Set-Cookie" lines fill the cookie jar. Their values are
                    never printed
  -credentials      the script says credentials: "include"
  -preflight        stop after the preflight; the request itself is not sent
  -expect verdict   allowed (default) or blocked; only with -from
  -probe=false      do not try other origins
  -load             also load what the page embeds, and follow redirects that
                    leave the site
  -strict           advice fails too, not only problems
  -ignore ids       findings to leave out, by id, separated by commas
  -insecure         accept any certificate, as after a click on "proceed"
  -timeout d        for each exchange (default 10s)
  -json             one JSON object per URL and line

Exit status: 0 as wished (the verdict is the expected one, and there is no
problem), 1 not, 2 usage or unreachable; of several URLs the highest.

The page as a visitor opens it; whether a page of yours may read an answer, and
send a PUT with cookies, which is asked but not sent; that another site may not:

  httpsec check https://www.example.com
  httpsec check -from https://app.example.com https://api.example.com/events
  httpsec check -from https://app.example.com -method PUT -credentials \
    -header "Content-Type: application/json" -preflight \
    https://api.example.com/events/1
  httpsec check -from https://evil.example -expect blocked \
    https://api.example.com/events
`
