package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/httpsec/httpsec/httpsectest"
)

// options is what the command line asks for.
type options struct {
	from        string // "": open as a page
	method      string
	headers     headerLines
	credentials bool
	preflight   bool
	expect      string // "" means the default
	probe       bool
	load        bool
	strict      bool
	ignore      map[string]bool
	insecure    bool
	timeout     time.Duration
	json        bool
	urls        []string
}

// parseArguments reads the command line and finds what is wrong with it before
// anything is sent.
func parseArguments(args []string, stdin io.Reader) (*options, error) {
	o := &options{ignore: make(map[string]bool)}
	var file string
	f := flag.NewFlagSet("check", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.Func("from", "", o.setFrom)
	f.StringVar(&o.method, "method", "", "")
	f.Func("header", "", o.headers.add)
	f.StringVar(&file, "headers", "", "")
	f.BoolVar(&o.credentials, "credentials", false, "")
	f.BoolVar(&o.preflight, "preflight", false, "")
	f.StringVar(&o.expect, "expect", "", "")
	f.BoolVar(&o.probe, "probe", true, "")
	f.BoolVar(&o.load, "load", false, "")
	f.BoolVar(&o.strict, "strict", false, "")
	f.Func("ignore", "", o.ignoreIDs)
	f.BoolVar(&o.insecure, "insecure", false, "")
	f.DurationVar(&o.timeout, "timeout", 10*time.Second, "")
	f.BoolVar(&o.json, "json", false, "")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	o.urls = f.Args()
	if file != "" {
		if err := o.headers.read(file, stdin); err != nil {
			return nil, err
		}
	}
	return o, o.validate()
}

// setFrom refuses an empty origin, such as of a variable that is not set: without one
// something else would be checked.
func (o *options) setFrom(origin string) error {
	if o.from = origin; origin == "" {
		return errors.New("write an origin, or null")
	}
	return nil
}

func (o *options) ignoreIDs(list string) error {
	for id := range strings.SplitSeq(list, ",") {
		if id = strings.TrimSpace(id); id != "" {
			o.ignore[id] = true
		}
	}
	return nil
}

func (o *options) validate() error {
	if err := o.checkFlags(); err != nil {
		return err
	}
	for _, url := range o.urls {
		if strings.HasPrefix(url, "-") {
			return fmt.Errorf("%q stands behind a URL; flags stand before URLs", url)
		}
		if err := checkURL(url); err != nil {
			return err
		}
		if err := o.checkFetch(url); err != nil {
			return err
		}
		if err := o.checkCookies(url); err != nil {
			return err
		}
	}
	return nil
}

// checkFlags checks what does not depend on the URLs.
func (o *options) checkFlags() error {
	if len(o.urls) == 0 {
		return errors.New("there is no URL; -h explains")
	}
	if o.timeout <= 0 {
		return errors.New("-timeout is not above 0")
	}
	if o.from == "" {
		return o.checkPageFlags()
	}
	switch o.expect {
	case "", verdictAllowed, verdictBlocked:
	default:
		return fmt.Errorf("-expect is %q; write allowed or blocked", o.expect)
	}
	return checkOrigin(o.from)
}

// checkPageFlags refuses what only a script can do.
func (o *options) checkPageFlags() error {
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"-method", o.method != ""}, {"-credentials", o.credentials}, {"-preflight", o.preflight},
		{"-expect", o.expect != ""}, {"-header, and any line of -headers but a cookie,", len(o.headers.set) > 0},
	} {
		if flag.set {
			return fmt.Errorf("%s is for a script's fetch; say whose with -from", flag.name)
		}
	}
	return nil
}

// checkOrigin refuses an origin that no browser sends.
func checkOrigin(origin string) error {
	if origin == "null" {
		return nil
	}
	spelling, ok := originOf(origin)
	switch {
	case strings.Contains(origin, "*"):
		return fmt.Errorf("-from: %q is a pattern; write an origin that it covers", origin)
	case strings.EqualFold(origin, "null"):
		return fmt.Errorf("-from: no browser sends the origin %q; write null", origin)
	case ok && spelling == origin:
		return nil
	case ok:
		return fmt.Errorf("-from: no browser sends the origin %q; write %s", origin, spelling)
	case !strings.Contains(origin, "://"):
		if spelling, ok = originOf("https://" + origin); ok {
			return fmt.Errorf("-from: the origin %q has no scheme; write %s", origin, spelling)
		}
	}
	return fmt.Errorf("-from: %q is not an http or https origin, nor null", origin)
}

func checkURL(url string) error {
	scheme, rest, ok := strings.Cut(url, "://")
	switch {
	case !ok:
		return fmt.Errorf("the URL %q has no scheme; write https://%s", url, strings.TrimLeft(url, "/"))
	case !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https"):
		return fmt.Errorf("the URL %q is not an http or https URL", url)
	case strings.Contains(rest[:endOfAuthority(rest)], "@"):
		return errors.New("a URL has a user name or a password in it, which no fetch may have; give them with -headers")
	}
	if _, ok := originOf(url); !ok {
		return fmt.Errorf("a browser does not open the URL %q: its host or its port is not allowed", url)
	}
	return nil
}

func endOfAuthority(rest string) int {
	if i := strings.IndexAny(rest, `/\?#`); i >= 0 {
		return i
	}
	return len(rest)
}

// checkFetch asks a browser that sends nothing what it would throw or leave out.
func (o *options) checkFetch(url string) error {
	if o.from == "" {
		return nil
	}
	own, _ := originOf(url)
	_, err := rehearse(pageOf(own), url, o.init())
	var blocked *httpsectest.Blocked
	if errors.As(err, &blocked) && blocked.Rule == httpsectest.RuleRequest {
		return errors.New(blocked.Message)
	}
	for _, h := range o.headers.set {
		if isLeftOut(own, url, o.method, h) {
			return fmt.Errorf("browsers do not let scripts set the header %s", h.name)
		}
	}
	if !o.preflight {
		return nil
	}
	first, _ := rehearse(o.page(url), url, o.init())
	if first == nil || !first.Preflight {
		return errors.New("-preflight: this fetch has no preflight; leave the flag out")
	}
	return nil
}

// isLeftOut reports whether browsers leave a header out, or say something else in
// its place: whatever its value, as for Origin, or because of it, as for
// X-HTTP-Method.
func isLeftOut(own, url, method string, h headerLine) bool {
	for _, value := range []string{h.value, h.value + "x"} {
		sent, _ := rehearse(pageOf(own), url, httpsectest.Init{Method: method, Headers: map[string]string{h.name: value}})
		if sent == nil {
			continue
		}
		if got, ok := sent.Request.Header[http.CanonicalHeaderKey(h.name)]; !ok || got[0] != latin1(value) {
			return true
		}
	}
	return false
}

// latin1 returns a string as its bytes go over the network.
func latin1(s string) string {
	b := make([]byte, 0, len(s))
	for _, c := range s {
		b = append(b, byte(c))
	}
	return string(b)
}

func (o *options) checkCookies(url string) error {
	if len(o.headers.cookies) == 0 {
		return nil
	}
	if own, _ := originOf(url); o.from != "" && o.from != own && !o.credentials {
		return errors.New(`cookies go to another origin only with -credentials, which is credentials: "include"`)
	}
	return o.headers.fillJar(nothing(), url)
}

// init is what the script gives to fetch.
func (o *options) init() httpsectest.Init {
	init := httpsectest.Init{Method: o.method, Headers: o.headers.values()}
	if o.credentials {
		init.Credentials = httpsectest.CredentialsInclude
	}
	return init
}
