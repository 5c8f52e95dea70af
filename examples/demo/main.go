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
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

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
	flag.StringVar(&o.api, "addr", ":8000", "`address` of the API")
	flag.StringVar(&o.page, "page", ":3000", "`address` of the page whose origin is allowed")
	flag.StringVar(&o.foreign, "foreign", ":4000", "`address` of the same page on an origin that is not")
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
	api, err := listen("-addr", o.api, o.tls)
	if err != nil {
		return err
	}
	allowed, err := listen("-page", o.page, o.tls)
	if err != nil {
		return err
	}
	foreign, err := listen("-foreign", o.foreign, o.tls)
	if err != nil {
		return err
	}

	// The default knows http://localhost:3000, but not another port or HTTPS.
	if _, set := os.LookupEnv("CORS_ORIGINS"); !set && !slices.Contains(config.Origins, allowed.origin) {
		config.Origins = append(config.Origins, allowed.origin)
	}
	config.ExposeHeaders = []string{"X-Total-Count"}
	config.OnDecision = func(r *http.Request, d httpsec.Decision) {
		if !d.Allowed {
			logger.Warn("refused", "method", r.Method, "path", r.URL.Path, "decision", d)
		}
	}
	policy, err := httpsec.NewPolicy(config)
	if err != nil {
		return err
	}
	secure, err := httpsec.SecurityHeaders(httpsec.Headers{})
	if err != nil {
		return err
	}
	service := newAPI(policy)
	pages, err := (&page{
		policy:      policy,
		credentials: config.Credentials,
		api:         api.origin,
		origins:     []string{allowed.origin, foreign.origin},
	}).handler()
	if err != nil {
		return err
	}
	handlers := map[*endpoint]http.Handler{
		api:     secure(policy.Handler(service)),
		allowed: pages,
		foreign: pages,
	}
	if o.redirect != "" {
		plain, err := listen("-redirect", o.redirect, false)
		if err != nil {
			return err
		}
		handlers[plain] = secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, allowed.origin+r.URL.RequestURI(), http.StatusPermanentRedirect)
		}))
	}
	announce(out, o, config, api.origin, allowed.origin, foreign.origin)

	err = serve(ctx, logger, tlsConfig, handlers)
	service.sockets.Wait()
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

// endpoint is an open port and the origin that browsers know it by.
type endpoint struct {
	net.Listener
	origin string
}

func listen(flagName, address string, secure bool) (*endpoint, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flagName, err)
	}
	tcp := listener.Addr().(*net.TCPAddr)
	host := "localhost"
	if !tcp.IP.IsUnspecified() {
		host, _, _ = net.SplitHostPort(address)
	}
	scheme, defaultPort := "http://", ":80"
	if secure {
		scheme, defaultPort = "https://", ":443"
	}
	origin := scheme + net.JoinHostPort(host, fmt.Sprint(tcp.Port))
	return &endpoint{listener, strings.TrimSuffix(origin, defaultPort)}, nil
}

// serve runs a server on each endpoint until ctx is done or one of them fails,
// and then lets running requests finish.
func serve(ctx context.Context, logger *slog.Logger, tlsConfig *tls.Config, handlers map[*endpoint]http.Handler) error {
	// Streams and sockets end with this context: Shutdown would wait for them.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	failed := make(chan error, len(handlers))
	var servers []*http.Server
	for endpoint, handler := range handlers {
		server := &http.Server{
			Handler:           handler,
			BaseContext:       func(net.Listener) context.Context { return ctx },
			TLSConfig:         tlsConfig,
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Second,
			WriteTimeout:      30 * time.Second,
			IdleTimeout:       time.Minute,
			ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		}
		servers = append(servers, server)
		go func() {
			if strings.HasPrefix(endpoint.origin, "https:") {
				failed <- server.ServeTLS(endpoint, "", "")
			} else {
				failed <- server.Serve(endpoint)
			}
		}()
	}

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for _, server := range servers {
		err = errors.Join(err, server.Shutdown(grace))
	}
	return err
}

func announce(out io.Writer, o options, config httpsec.Config, api, page, foreign string) {
	curl := "curl -i"
	switch {
	case o.certFile != "":
		curl += " --cacert " + o.certFile
	case o.tls:
		curl += " -k"
	}
	fmt.Fprintf(out, `API      %[2]s
page     %[3]s
foreign  %[4]s
allowed  %[5]s

%[1]s %[2]s/events -H 'Origin: %[3]s'
%[1]s %[2]s/events -H 'Origin: %[4]s'
%[1]s %[2]s/events/1 -X OPTIONS -H 'Origin: %[3]s' -H 'Access-Control-Request-Method: PUT'

Ctrl-C stops it.
`, curl, api, page, foreign, strings.Join(config.Origins, " "))
}
