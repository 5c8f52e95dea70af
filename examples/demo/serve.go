package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// endpoint is an open port and the origin that browsers know it by.
type endpoint struct {
	net.Listener
	origin string
}

func listen(address string, secure bool) (*endpoint, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
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

// host is the origin's, without its port.
func (e *endpoint) host() string {
	origin, err := url.Parse(e.origin)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(origin.Host, ":"+origin.Port())
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
