// Command demo is an API with CORS, WebSocket-origin checks and security headers,
// and a page that tries it from two origins, one of which is not allowed.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/httpsec/httpsec"
)

type options struct {
	api, page, foreign string // addresses to listen on
	tls                bool
	redirect           string // address that redirects plain http to the page; "" for none
	certFile           string // where to write the certificate; "" for nowhere
}

func main() {
	var o options
	flag.StringVar(&o.api, "addr", "localhost:8000", "`address` of the API")
	flag.StringVar(&o.page, "page", "localhost:3000", "`address` of the page whose origin is allowed")
	flag.StringVar(&o.foreign, "foreign", "localhost:4000", "`address` of the same page on an origin that is not")
	flag.BoolVar(&o.tls, "tls", false, "serve HTTPS, with a certificate made at start")
	flag.StringVar(&o.redirect, "redirect", "", "with -tls, `address` that redirects plain http to the page")
	flag.StringVar(&o.certFile, "cert", "", "`file` to write that certificate to, for clients that are to trust it")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	if err := run(ctx, o, os.Stdout, slog.New(slog.NewTextHandler(os.Stderr, nil))); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, o options, out io.Writer, logger *slog.Logger) error {
	config, err := httpsec.ConfigFromEnv()
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	var tlsConfig *tls.Config
	if o.tls {
		if tlsConfig, err = selfSigned(o.certFile); err != nil {
			return err
		}
	}
	open, err := o.listen()
	if err != nil {
		return err
	}

	// The default knows http://localhost:3000, but not another port or HTTPS.
	if _, set := os.LookupEnv("CORS_ORIGINS"); !set && !slices.Contains(config.Origins, open.page.origin) {
		config.Origins = append(config.Origins, open.page.origin)
	}
	config.ExposeHeaders = []string{"X-Total-Count"}
	config.Hosts = open.hosts()
	pages := []string{open.page.origin, open.foreign.origin}

	twin, err := newService(config, pages)
	if err != nil {
		return err
	}
	config.OnDecision = func(r *http.Request, d httpsec.Decision) {
		if !d.Allowed {
			logger.Warn("refused", "method", r.Method, "path", r.URL.Path, "decision", d)
		}
	}
	service, err := newService(config, pages)
	if err != nil {
		return err
	}
	lesson := &lesson{api: open.api.origin, config: config, pages: pages}
	site, err := (&site{
		lesson:    lesson,
		predictor: &predictor{api: open.api.origin, address: open.twin.Addr(), twin: twin, tls: tlsConfig},
		service:   service,
		logger:    logger,
	}).handler()
	if err != nil {
		return err
	}

	handlers := map[*endpoint]http.Handler{
		open.api:     service.handler,
		open.twin:    twin.handler,
		open.page:    site,
		open.foreign: site,
	}
	if open.redirect != nil {
		handlers[open.redirect] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, open.page.origin+r.URL.RequestURI(), http.StatusPermanentRedirect)
		})
	}
	announce(out, o, service, open, config.Origins)

	err = serve(ctx, logger, tlsConfig, handlers)
	service.api.sockets.Wait()
	return err
}

// check refuses flags that mean nothing without another.
func (o options) check() error {
	switch {
	case o.certFile != "" && !o.tls:
		return errors.New("-cert needs -tls")
	case o.redirect != "" && !o.tls:
		return errors.New("-redirect needs -tls")
	}
	return nil
}

// endpoints are all that the demo listens on.
type endpoints struct {
	api, page, foreign *endpoint
	twin               *endpoint // a second API, for predictions to play with
	redirect           *endpoint // nil without -redirect
}

func (o options) listen() (endpoints, error) {
	var open endpoints
	for _, wanted := range []struct {
		opened        **endpoint
		flag, address string
		tls           bool
	}{
		{&open.api, "-addr", o.api, o.tls},
		{&open.page, "-page", o.page, o.tls},
		{&open.foreign, "-foreign", o.foreign, o.tls},
		{&open.redirect, "-redirect", o.redirect, false},
		{&open.twin, "twin", "localhost:0", o.tls},
	} {
		if wanted.address == "" {
			continue
		}
		endpoint, err := listen(wanted.address, wanted.tls)
		if err != nil {
			return endpoints{}, fmt.Errorf("%s: %w", wanted.flag, err)
		}
		*wanted.opened = endpoint
	}
	return open, nil
}

// hosts are the names that the demo answers to: after DNS rebinding, a foreign page
// would ask under a name of its own.
func (e endpoints) hosts() []string {
	hosts := []string{"localhost", "*.localhost", "127.0.0.1", "[::1]"}
	for _, endpoint := range []*endpoint{e.api, e.page, e.foreign} {
		if host := endpoint.host(); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

func announce(out io.Writer, o options, s *service, open endpoints, origins []string) {
	curl := "curl -i"
	switch {
	case o.certFile != "":
		curl += " --cacert " + o.certFile
	case o.tls:
		curl += " -k"
	}
	verdict := map[bool]string{true: "allowed", false: "not allowed"}
	fmt.Fprintf(out, `Open these in a browser:

page     %[3]s  (its origin is %[6]s)
foreign  %[4]s  (its origin is %[7]s)
reports  %[3]s/reports

API      %[2]s
allows   %[5]s

%[1]s %[2]s/events -H 'Origin: %[3]s'
%[1]s %[2]s/events -H 'Origin: %[4]s'
%[1]s %[2]s/events/1 -X OPTIONS -H 'Origin: %[3]s' -H 'Access-Control-Request-Method: PUT'

Ctrl-C stops it.
`, curl, open.api.origin, open.page.origin, open.foreign.origin, strings.Join(origins, " "),
		verdict[s.allows(open.page.origin)], verdict[s.allows(open.foreign.origin)])
}
