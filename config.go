package httpsec

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/httpsec/httpsec/internal/origins"
)

// Config says which origins may read a service's responses, and how. Pass it
// to [CORS] or [NewPolicy], which check every field and copy what they keep:
// changing a slice afterwards changes nothing.
//
// The zero Config is refused, because it names no origins; start from
// [DefaultConfig] for local development, or from a literal:
//
//	httpsec.Config{Origins: []string{"https://app.example.com"}, Credentials: true}
//
// All checks on a request depend on the Config and on the request's method, Host,
// headers and TLS state alone, and on its URL where OriginFunc looks at that.
type Config struct {
	// Origins lists the origins that may read responses, each exactly as a
	// browser sends it in the Origin header: "https://app.example.com",
	// "http://localhost:3000", "capacitor://localhost".
	//
	// Patterns: "https://*.example.com" is any subdomain at any depth, but not
	// example.com itself; "http://localhost:*" is any port or none;
	// "https://*.example.com:*" is both. "https://pr-*.example.net" has one or
	// more characters, but no dot, in the place of the asterisk.
	// "moz-extension://*" is any host of a scheme that is not the web's own. "*"
	// alone, or beside other entries, is anyone, and switches Credentials off.
	//
	// Empty ([]string{}) allows nobody. Nil is refused unless OriginFunc or
	// CredentialOrigins is set. An entry that no browser would send (upper case,
	// a default port, a trailing slash, a path, Unicode, "ws:", …) is refused
	// with the right spelling in the error. Where the entries may use
	// credentials, so are a pattern over a public suffix, such as
	// "https://*.github.io", any host of a scheme, and "null" and "file://",
	// which every sandboxed page and every local file sends.
	Origins []string

	// OriginFunc is asked for well-formed origins that Origins does not cover;
	// never for "null", "file://" or a malformed one, and never when Origins has
	// "*". Nil, the default, means that Origins alone decides.
	//
	// It runs on every such request, from many goroutines at once, so it should
	// answer from memory. Its answer may depend on the origin and the URL (r.URL
	// and r.Host) only: caches are told that the response varies by Origin,
	// nothing else. A panic in it is not recovered.
	OriginFunc func(r *http.Request, origin string) bool

	// Credentials allows requests with cookies, HTTP authentication or TLS
	// client certificates: Access-Control-Allow-Credentials: true. False, the
	// default, sends nothing, and lets handshakes of other origins through only
	// without any of the three. When Origins has "*" it counts as false, because
	// Access-Control-Allow-Origin: * and Access-Control-Allow-Credentials: true
	// never meet.
	Credentials bool

	// CredentialOrigins, instead of Credentials, lists the only origins that may
	// use credentials, as entries of Origins. They are allowed whatever Origins
	// says, so that beside "*" everyone reads without credentials and these read
	// with them. OriginFunc never adds to them. Nil and empty mean that
	// Credentials decides; beside Credentials they are refused, and so is "*".
	CredentialOrigins []string

	// SocketOrigins lists the origins that may open WebSockets, with credentials
	// or without, beside the service's own: entries as in Origins, or "*" for
	// anyone, which suits sockets that authenticate by a token in their first
	// message. Nil, the default, is as Origins and its credentials say. Empty
	// ([]string{}) allows only the service's own origin. Patterns over a public
	// suffix, any host of a scheme, "null" and "file://" are refused.
	SocketOrigins []string

	// Hosts lists the names under which the service is reached; a request with
	// another Host is answered 421 before all else. Set it for services on
	// localhost or in a private network: after DNS rebinding a foreign page is,
	// to its browser, of the same origin as the service, and Host alone gives it
	// away. Nil, the default, is any; empty is refused.
	//
	// "api.example.com", "[::1]" or "127.0.0.1" is that host on any port,
	// "api.example.com:8443" on that port only, "*.example.com" any subdomain at
	// any depth, and "10.0.0.0/8" or "::1/128" any address with that prefix, for
	// whoever comes by address, such as health checks. Hosts are compared byte
	// for byte with what browsers send; other spellings of an entry are refused,
	// and so are patterns over a public suffix and prefixes that are any address.
	Hosts []string

	// Methods lists the methods a preflight allows. Browsers let GET, HEAD and
	// POST through whatever it says, and it never gates actual requests: route
	// those in your mux.
	//
	// Nil and empty mean GET, POST, PUT, PATCH, DELETE and OPTIONS. "*" is any
	// method. Methods are case-sensitive: a standard method in another case is
	// refused, and so are CONNECT, TRACE and TRACK, which browsers never send.
	Methods []string

	// Headers lists the request headers a preflight allows, in any case.
	//
	// Nil and empty mean "*": any header, Authorization included. To allow only
	// the CORS-safelisted ones, list one of those: {"Accept"}. A name that is
	// not a token is refused.
	Headers []string

	// ExposeHeaders lists the response headers that scripts may read beside
	// the CORS-safelisted ones (Cache-Control, Content-Language,
	// Content-Length, Content-Type, Expires, Last-Modified, Pragma).
	//
	// Nil and empty expose no others. "*" exposes all but is refused where
	// credentials are possible, because browsers then read it as a header called
	// "*".
	ExposeHeaders []string

	// MaxAge is how long a browser may cache a preflight's answer, in whole
	// seconds. Zero means 10 minutes; any negative value sends 0, no caching.
	// Chromium caps it at 2 hours, Firefox at 24. A fraction of a second is
	// refused.
	MaxAge time.Duration

	// PreflightStatus is the status of the answer to an allowed preflight, from
	// 200 to 299. Zero means 200, which every proxy and old browser accepts.
	PreflightStatus int

	// AnswerOPTIONS also answers OPTIONS requests that are not preflights: with
	// PreflightStatus, the headers of an actual response and an empty body.
	// False, the default, hands them to the handler.
	AnswerOPTIONS bool

	// RejectDisallowed answers 403 to a request that a page of another site sent
	// and the policy does not allow, instead of running the handler. False, the
	// default, runs the handler and keeps the response from the script, which
	// is all that CORS promises.
	//
	// Refused are actual requests whose origin is not allowed, and requests
	// without Origin other than GET, HEAD and OPTIONS whose Sec-Fetch-Site is
	// neither "same-origin" nor "none". Same-origin requests pass, and so do
	// requests with neither header, which no current browser sends. It refuses
	// all that [http.CrossOriginProtection] does, except from origins that are
	// allowed, and from its own where only the case of letters in Host differs,
	// which browsers send in lower case. Where Origins has "*" it refuses nothing. It does not authenticate
	// anyone, and after DNS rebinding a foreign page counts as same-origin unless
	// Hosts is set.
	RejectDisallowed bool

	// HTTPS says whether the client's connection is secure; a page that came
	// over plain http then does not count as the service's own. Nil, the
	// default, means that r.TLS is set or that the whole of X-Forwarded-Proto is
	// "https", in any case. It runs on requests from many goroutines at once.
	HTTPS func(*http.Request) bool

	// OnDecision, if not nil, is called once for each CORS request, preflight
	// and handshake that has an Origin header, and for each request that is
	// refused, before it is answered; never for same-origin actual requests that
	// pass. Use it for logs and metrics. It runs on the request's goroutine and
	// must be safe for concurrent use. Nil, the default, costs nothing.
	OnDecision func(r *http.Request, d Decision)
}

// defaultMethods is what an empty Config.Methods means.
var defaultMethods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

const defaultMaxAge = 10 * time.Minute

// DefaultConfig returns the configuration for local development:
//
//   - Origins: http:// with localhost, 127.0.0.1 and 0.0.0.0, each on ports
//     3000 and 5173
//   - Methods: GET, POST, PUT, PATCH, DELETE, OPTIONS
//   - Headers: "*"
//   - Credentials: true
//   - MaxAge: 10 minutes
//
// Replace Origins before production; [Config.Audit] says so too.
func DefaultConfig() Config {
	return Config{
		Origins: []string{
			"http://localhost:3000", "http://localhost:5173",
			"http://127.0.0.1:3000", "http://127.0.0.1:5173",
			"http://0.0.0.0:3000", "http://0.0.0.0:5173",
		},
		Methods:     slices.Clone(defaultMethods),
		Headers:     []string{"*"},
		Credentials: true,
		MaxAge:      defaultMaxAge,
	}
}

// ConfigFromEnv returns [DefaultConfig] with Origins replaced by the environment
// variable CORS_ORIGINS, when that is set, in the form that [ParseOrigins] reads:
//
//	CORS_ORIGINS='["https://app.example.com","https://admin.example.com"]'
//	CORS_ORIGINS=https://app.example.com,https://admin.example.com
//
// ["*"] allows anyone and switches Credentials off. A variable that was forgotten
// leaves the origins of local development, with credentials: [Config.Audit] says
// so. Errors have the Field CORS_ORIGINS.
func ConfigFromEnv() (Config, error) {
	const name = "CORS_ORIGINS"
	c := DefaultConfig()
	value, ok := os.LookupEnv(name)
	if !ok {
		return c, nil
	}
	var err error
	if c.Origins, err = ParseOrigins(name, value); err != nil {
		return Config{}, err
	}
	if slices.Contains(c.Origins, "*") {
		c.Credentials = false
	}
	return c, nil
}

// ParseOrigins reads a list of origins from a flag, a variable or a file, for
// Config.Origins and the other lists of origins. A value that begins with "[" is a
// JSON array of strings, anything else a comma-separated list, with space around
// the entries or without. [] is the empty list, which allows nobody.
//
// A blank value, broken JSON, an element that is not a string and an entry that
// [Config] would refuse wherever it stands are errors, each a [*ConfigError] whose
// Field is name. Whether an origin may use credentials is for [NewPolicy] to judge.
func ParseOrigins(name, value string) ([]string, error) {
	entries, flaws := splitOrigins(value)
	var errs problems
	errs.add(name, shownOrigins(value), flaws...)
	for _, entry := range entries {
		if entry != "*" && !errs.full() {
			_, flaws := parseOrigin(entry, anyUse)
			errs.add(name, entry, flaws...)
		}
	}
	if len(errs) > 0 {
		return nil, errs.join()
	}
	return entries, nil
}

// shownOrigins is what errors show of a whole list: JSON can spell a password in
// ways that mask does not know.
func shownOrigins(value string) string {
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, "[") && strings.ContainsAny(value, `@\`) {
		return "[***]"
	}
	return value
}

// splitOrigins splits a list of origins into its entries, which remain to be
// checked.
func splitOrigins(value string) ([]string, []flaw) {
	shown := quote(shownOrigins(value))
	value = strings.TrimSpace(value)
	isJSON := strings.HasPrefix(value, "[")
	switch {
	case value == "":
		return nil, []flaw{{problem: "is empty", fix: "list the origins, or write [] to allow nobody"}}
	case !isJSON && strings.Contains(value, "@"):
		// Split first, a password with a comma would not be known as one.
		return nil, []flaw{{problem: shown + " has a user name or password", fix: "write the origins alone"}}
	case !isJSON:
		entries := strings.Split(value, ",")
		for i, entry := range entries {
			entries[i] = strings.TrimSpace(entry)
		}
		return entries, nil
	}
	const fix = `write ["https://app.example.com"]`
	// Pointers tell a JSON null, which decodes into a string without a word,
	// from a string.
	var elements []*string
	err := json.Unmarshal([]byte(value), &elements)
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return nil, []flaw{{problem: shown + " holds " + article(wrongType.Value) + " where a string belongs", fix: fix}}
	}
	if err != nil {
		return nil, []flaw{{problem: shown + " is not a JSON array", fix: fix}}
	}
	entries := make([]string, len(elements))
	for i, element := range elements {
		if element == nil {
			return nil, []flaw{{problem: shown + " holds a null where a string belongs", fix: fix}}
		}
		entries[i] = *element
	}
	return entries, nil
}

// OriginOf returns the origin of an http or https URL that a person typed, such as
// "https://shop.example.com" of "https://Shop.example.com/cart", for lists that
// users fill in, such as the domains of tenants. Everything after the port is left
// out, and user info too. Anything else is a [*ConfigError] whose Field is name; its
// Suggestion has the origin where only the scheme is missing.
func OriginOf(name, url string) (string, error) {
	url = strings.TrimSpace(url)
	if origin, ok := origins.Read(url); ok {
		return origin, nil
	}
	f := flaw{problem: quote(url) + " is not an http or https URL"}
	if origin := origins.AddScheme(url); origin != "" {
		f = writing(quote(url)+" has no scheme", origin)
	}
	var errs problems
	errs.add(name, url, f)
	return "", errs[0]
}
