package main

import (
	"net/http"
	"strings"

	chi "github.com/go-chi/cors"
	gorilla "github.com/gorilla/handlers"
	"github.com/httpsec/httpsec"
	jub0bs "github.com/jub0bs/cors"
	rs "github.com/rs/cors"
)

// The columns of the tables, in their order.
const (
	ours        = "httpsec"
	limit       = "limit"
	jub0bsCORS  = "jub0bs/cors"
	rsCORS      = "rs/cors"
	chiCORS     = "go-chi/cors"
	gorillaCORS = "gorilla/handlers"
)

// contenders are the CORS middlewares, our own first, then the limit.
var contenders = append([]string{ours, limit}, peers...)

// peers are those that others wrote.
var peers = []string{jub0bsCORS, rsCORS, chiCORS, gorillaCORS}

// middleware is what every contender is reduced to.
type middleware = func(http.Handler) http.Handler

// The policy is the same for all but for its origins: DefaultConfig's methods,
// three request headers, credentials, one exposed header, ten minutes.
var (
	allowedMethods = []string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
	}
	allowedHeaders = []string{"Authorization", "Content-Type", "X-Requested-With"}
	exposedHeaders = []string{"X-Request-Id"}
)

const maxAgeSeconds = 600

// newCORS configures a contender with the common policy for the origins. It
// returns nil for what the contender cannot express.
func newCORS(contender string, origins, headers []string) (middleware, error) {
	switch contender {
	case ours:
		return httpsec.CORS(oursConfig(origins, headers))
	case limit:
		return newLimit(origins, false), nil
	case jub0bsCORS:
		m, err := jub0bs.NewMiddleware(jub0bs.Config{
			Origins:         origins,
			Credentialed:    true,
			Methods:         allowedMethods,
			RequestHeaders:  headers,
			MaxAgeInSeconds: maxAgeSeconds,
			ResponseHeaders: exposedHeaders,
		})
		if err != nil {
			return nil, err
		}
		return m.Wrap, nil
	case rsCORS:
		return rs.New(rs.Options{
			AllowedOrigins:   origins,
			AllowedMethods:   allowedMethods,
			AllowedHeaders:   headers,
			ExposedHeaders:   exposedHeaders,
			MaxAge:           maxAgeSeconds,
			AllowCredentials: true,
		}).Handler, nil
	case chiCORS:
		return chi.Handler(chi.Options{
			AllowedOrigins:   origins,
			AllowedMethods:   allowedMethods,
			AllowedHeaders:   headers,
			ExposedHeaders:   exposedHeaders,
			AllowCredentials: true,
			MaxAge:           maxAgeSeconds,
		}), nil
	case gorillaCORS:
		// It knows patterns only as a function that the user writes, whose
		// speed would not be gorilla's, and no "any header".
		if strings.Contains(origins[0], "*") || headers[0] == "*" {
			return nil, nil
		}
		return gorilla.CORS(
			gorilla.AllowedOrigins(origins),
			gorilla.AllowedMethods(allowedMethods),
			gorilla.AllowedHeaders(headers),
			gorilla.ExposedHeaders(exposedHeaders),
			gorilla.MaxAge(maxAgeSeconds),
			gorilla.AllowCredentials(),
		), nil
	}
	panic("no contender " + contender)
}

func oursConfig(origins, headers []string) httpsec.Config {
	return httpsec.Config{
		Origins:       origins,
		Methods:       allowedMethods,
		Headers:       headers,
		ExposeHeaders: exposedHeaders,
		Credentials:   true,
	}
}
