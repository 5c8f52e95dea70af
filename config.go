package httpsec

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config says which origins may read a service's responses, and how. Pass it
// to [CORS] or [NewPolicy], which check every field and copy what they keep:
// changing a slice afterwards changes nothing.
//
// The zero Config is refused, because it names no origin; start from
// [DefaultConfig] for local development, or from a literal:
//
//	httpsec.Config{Origins: []string{"https://app.example.com"}, Credentials: true}
//
// All checks on a request depend on its headers and on the Config alone.
type Config struct {
	// Origins lists the origins that may read responses, each exactly as a
	// browser sends it in the Origin header: "https://app.example.com",
	// "http://localhost:3000", "capacitor://localhost".
	//
	// Patterns: "https://*.example.com" is any subdomain at any depth, but not
	// example.com itself; "http://localhost:*" is any port or none;
	// "https://*.example.com:*" is both. "*" alone, or beside other entries,
	// is anyone, and switches Credentials off.
	//
	// Empty ([]string{}) allows nobody. Nil is refused unless OriginFunc is
	// set. An entry that no browser would send (upper case, a default port, a
	// trailing slash, a path, Unicode, "null", "file:", "ws:", …) is refused
	// with the right spelling in the error, and so is, with Credentials, a
	// pattern over a public suffix such as "https://*.github.io".
	Origins []string

	// OriginFunc is asked for well-formed origins that Origins does not cover,
	// never for "null" or a malformed one, and never when Origins has "*". Nil,
	// the default, means that Origins alone decides.
	//
	// It runs on every such request, from many goroutines at once, so it should
	// answer from memory. Its answer may depend on the origin and on r.Host
	// only: caches are told that the response varies by Origin, nothing else.
	// A panic in it is not recovered.
	OriginFunc func(r *http.Request, origin string) bool

	// Methods lists the methods a preflight allows. Browsers let GET, HEAD and
	// POST through whatever it says, and it never gates actual requests: route
	// those in your mux.
	//
	// Nil means GET, POST, PUT, PATCH, DELETE and OPTIONS. Empty ([]string{})
	// allows only GET, HEAD and POST. "*" is any method. Methods are
	// case-sensitive: a standard method in another case is refused, and so are
	// CONNECT, TRACE and TRACK, which browsers never send.
	Methods []string

	// Headers lists the request headers a preflight allows, in any case.
	//
	// Nil means "*": any header, Authorization included. Empty ([]string{})
	// allows only the CORS-safelisted ones. A name that is no token is refused.
	Headers []string

	// ExposeHeaders lists the response headers that scripts may read beside
	// the CORS-safelisted ones (Cache-Control, Content-Language,
	// Content-Length, Content-Type, Expires, Last-Modified, Pragma).
	//
	// Nil and empty expose no others. "*" exposes all but is refused with
	// Credentials, where browsers read it as a header called "*".
	ExposeHeaders []string

	// Credentials allows requests with cookies, HTTP authentication or TLS
	// client certificates: Access-Control-Allow-Credentials: true. False, the
	// default, sends nothing. When Origins has "*" it counts as false, because
	// Access-Control-Allow-Origin: * and Access-Control-Allow-Credentials: true
	// never meet.
	Credentials bool

	// MaxAge is how long a browser may cache a preflight's answer, in whole
	// seconds. Zero means 10 minutes; any negative value sends 0, no caching.
	// Chromium caps it at 2 hours, Firefox at 24. A fraction of a second is
	// refused.
	MaxAge time.Duration

	// PreflightStatus is the status of the answer to an allowed preflight, from
	// 200 to 299. Zero means 200, which every proxy and old browser accepts.
	PreflightStatus int

	// RejectDisallowed answers 403 to an actual cross-origin request whose
	// origin is not allowed, instead of running the handler. False, the
	// default, runs the handler and keeps the response from the script, which
	// is all that CORS promises.
	//
	// It is defence in depth against cross-site writes that need no preflight,
	// such as a form post. Same-origin requests and requests without an Origin
	// header always pass, so it is neither authentication nor a complete
	// defence against CSRF: see [http.CrossOriginProtection] and SameSite
	// cookies for that.
	RejectDisallowed bool

	// OnDecision, if not nil, is called once for each CORS request, preflight
	// or handshake that has an Origin header, before it is answered; never for
	// same-origin actual requests. Use it for logs and metrics. It runs on the
	// request's goroutine and must be safe for concurrent use. Nil, the
	// default, costs nothing.
	OnDecision func(r *http.Request, d Decision)
}

// defaultMethods is what a nil Config.Methods means.
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

// envOrigins is the environment variable that ConfigFromEnv reads, and the
// Field of its errors.
const envOrigins = "CORS_ORIGINS"

// ConfigFromEnv returns [DefaultConfig] with Origins replaced by the environment
// variable CORS_ORIGINS, when that is set. A value that begins with "[" is a JSON
// array of strings, anything else a comma-separated list:
//
//	CORS_ORIGINS='["https://app.example.com","https://admin.example.com"]'
//	CORS_ORIGINS=https://app.example.com,https://admin.example.com
//
// [] allows nobody; ["*"] allows anyone and switches Credentials off. A variable
// that is set but blank, broken JSON, an element that is no string and an entry
// that [Config] would refuse are errors, each a [*ConfigError] whose Field is
// CORS_ORIGINS.
func ConfigFromEnv() (Config, error) {
	c := DefaultConfig()
	value, ok := os.LookupEnv(envOrigins)
	if !ok {
		return c, nil
	}
	var errs problems
	c.Origins = parseOriginList(value, &errs)
	if slices.Contains(c.Origins, "*") {
		c.Credentials = false
	}
	compileOrigins(envOrigins, c.Origins, c.Credentials, &errs)
	if len(errs) > 0 {
		return Config{}, errs.join()
	}
	return c, nil
}

// parseOriginList splits the value of CORS_ORIGINS into its entries, which
// remain to be checked.
func parseOriginList(value string, errs *problems) []string {
	value = strings.TrimSpace(value)
	isJSON := strings.HasPrefix(value, "[")
	shown := value
	if isJSON && strings.ContainsAny(value, `@\`) {
		shown = "[***]" // JSON can spell a password in ways that mask does not know
	}
	refuse := func(problem, fix string) []string {
		errs.add(envOrigins, shown, flaw{problem: problem, fix: fix})
		return nil
	}
	switch {
	case value == "":
		return refuse("is set but empty", "unset it for the development origins, or write [] to allow nobody")
	case !isJSON && strings.Contains(value, "@"):
		// Split first, a password with a comma would not be known as one.
		return refuse(quote(shown)+" has a user name or password", "write the origins alone")
	case !isJSON:
		entries := strings.Split(value, ",")
		for i, entry := range entries {
			entries[i] = strings.TrimSpace(entry)
		}
		return entries
	}
	const fix = `write ["https://app.example.com"]`
	// Pointers tell a JSON null, which decodes into a string without a word,
	// from a string.
	var elements []*string
	err := json.Unmarshal([]byte(value), &elements)
	if wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return refuse(quote(shown)+" holds "+article(wrongType.Value)+" where a string belongs", fix)
	}
	if err != nil {
		return refuse(quote(shown)+" is not a JSON array", fix)
	}
	origins := make([]string, len(elements))
	for i, element := range elements {
		if element == nil {
			return refuse(quote(shown)+" holds a null where a string belongs", fix)
		}
		origins[i] = *element
	}
	return origins
}

// policy is a compiled Config. It is immutable, and shares no memory with the
// Config it came from but the functions.
type policy struct {
	any         bool // Origins has "*"
	origins     originSet
	originFunc  func(*http.Request, string) bool
	credentials bool
	reject      bool
	status      int
	onDecision  func(*http.Request, Decision)

	// Header values, joined once. An empty one is not sent.
	methods string
	headers string
	expose  string
	maxAge  string

	// With credentials the literal "*" is a name like any other, so "any" has
	// to name what was asked for.
	echoMethod  bool
	echoHeaders bool

	// What the lists mean to a browser, for decisions.
	anyMethod   bool
	anyHeader   bool
	methodNames map[string]struct{}
	headerNames map[string]struct{} // in lower case
}

func (c Config) compile() (*policy, error) {
	var errs problems
	p := &policy{
		any:        slices.Contains(c.Origins, "*"),
		originFunc: c.OriginFunc,
		reject:     c.RejectDisallowed,
		status:     c.PreflightStatus,
		onDecision: c.OnDecision,
	}
	p.credentials = c.Credentials && !p.any
	if c.Origins == nil && c.OriginFunc == nil {
		errs.add("Config.Origins", "", flaw{problem: "neither Origins nor OriginFunc is set",
			fix: "list the origins, start from DefaultConfig() for local development, or write []string{} to allow nobody"})
	}
	p.origins = compileOrigins("Config.Origins", c.Origins, p.credentials, &errs)
	p.compileMethods(c.Methods, &errs)
	p.compileHeaders(c.Headers, &errs)
	p.compileExpose(c.ExposeHeaders, &errs)
	p.compileMaxAge(c.MaxAge, &errs)
	if p.status == 0 {
		p.status = http.StatusOK
	}
	if p.status < 200 || p.status > 299 {
		value := strconv.Itoa(p.status)
		errs.add("Config.PreflightStatus", value, flaw{problem: value + " is not a success status", fix: "write 200 or 204"})
	}
	if len(errs) > 0 {
		return nil, errs.join()
	}
	return p, nil
}

func (p *policy) compileMethods(methods []string, errs *problems) {
	if methods == nil {
		methods = defaultMethods
	}
	p.methodNames = map[string]struct{}{http.MethodGet: {}, http.MethodHead: {}, http.MethodPost: {}}
	var list []string
	for _, method := range methods {
		if problem, fix := checkMethod(method); problem != "" {
			errs.add("Config.Methods", method, flaw{problem: quote(method) + " " + problem, fix: fix})
			continue
		}
		if !slices.Contains(list, method) {
			list = append(list, method)
		}
		p.methodNames[method] = struct{}{}
	}
	p.methods = strings.Join(list, ", ")
	if p.anyMethod = slices.Contains(methods, "*"); p.anyMethod {
		p.methods = "*"
		p.echoMethod = p.credentials
	}
}

// checkMethod returns what is wrong with an entry of Config.Methods.
func checkMethod(method string) (problem, fix string) {
	upper := strings.ToUpper(method)
	switch {
	case !isToken(method):
		return "is not a method", listFix(method, func(part string) bool {
			problem, _ := checkMethod(part)
			return problem == ""
		})
	case upper == http.MethodConnect, upper == http.MethodTrace, upper == "TRACK":
		// https://fetch.spec.whatwg.org/#forbidden-method
		return "is a method that browsers never send", "remove it"
	case method == upper:
		return "", ""
	case upper == http.MethodHead || slices.Contains(defaultMethods, upper):
		// Browsers compare byte for byte, and upper-case only six of these, not
		// PATCH: https://fetch.spec.whatwg.org/#concept-method-normalize
		return "is a standard method in the wrong case", "write " + strconv.Quote(upper)
	}
	return "", ""
}

func (p *policy) compileHeaders(headers []string, errs *problems) {
	if headers == nil {
		headers = []string{"*"}
	}
	list, names := compileNames("Config.Headers", headers, isToken, errs)
	p.headers, p.headerNames = list, names
	if p.anyHeader = slices.Contains(headers, "*"); p.anyHeader {
		// "*" does not cover Authorization:
		// https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
		p.headers = "*, Authorization"
		p.echoHeaders = p.credentials
	}
}

func (p *policy) compileExpose(headers []string, errs *problems) {
	notLiteral := func(name string) bool { return isToken(name) && !(name == "*" && p.credentials) }
	p.expose, _ = compileNames("Config.ExposeHeaders", headers, notLiteral, errs)
	if slices.Contains(headers, "*") {
		p.expose = "*"
		if p.credentials {
			errs.add("Config.ExposeHeaders", "*", flaw{problem: `"*" with Credentials is a header called "*"`, fix: "list the headers by name"})
		}
	}
}

// compileNames checks a list of header names, and returns them joined, as they
// were written, and as a set in lower case. What its errors offer is accepted.
func compileNames(field string, names []string, accepted func(string) bool, errs *problems) (string, map[string]struct{}) {
	var list []string
	set := make(map[string]struct{}, len(names))
	for _, name := range names {
		if !isToken(name) {
			errs.add(field, name, flaw{problem: quote(name) + " is not a header name", fix: listFix(name, accepted)})
			continue
		}
		lower := strings.ToLower(name)
		if _, seen := set[lower]; !seen {
			set[lower] = struct{}{}
			list = append(list, name)
		}
	}
	return strings.Join(list, ", "), set
}

func (p *policy) compileMaxAge(age time.Duration, errs *problems) {
	switch {
	case age == 0:
		age = defaultMaxAge
	case age < 0:
		age = 0
	case age%time.Second != 0:
		// A bare number is nanoseconds; whoever wrote one meant seconds.
		seconds := age.Nanoseconds()
		if age%time.Millisecond == 0 || seconds > yearOfSeconds {
			seconds = int64(max(age.Truncate(time.Second), time.Second) / time.Second)
		}
		errs.add("Config.MaxAge", age.String(), flaw{problem: age.String() + " is not a whole number of seconds",
			fix: fmt.Sprintf("write %d * time.Second", seconds)})
		return
	}
	p.maxAge = strconv.FormatInt(int64(age/time.Second), 10)
}
