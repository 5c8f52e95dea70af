package httpsec

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/httpsec/httpsec/internal/fields"
	"github.com/httpsec/httpsec/internal/origins"
)

// grant is what a policy lets an origin do.
type grant uint8

const (
	noGrant         grant = iota
	read                  // without credentials
	readCredentials       // with them
)

// rules is a compiled Config. It is immutable, and shares no memory with the
// Config it came from but the functions.
type rules struct {
	hosts *hostSet // nil: any

	anyone            bool // Origins has "*"
	anonymous         bool // and nobody has credentials: the Origin is not looked at
	origins           origins.Set
	originFunc        func(*http.Request, string) bool
	listed            grant        // of origins and originFunc
	withoutOrigin     grant        // of requests without an Origin: "*" shows to everyone
	credentialOrigins *origins.Set // nil: nobody beside listed

	anySocket     bool
	socketOrigins *origins.Set // nil: as the grants say

	// neverRefuses says that an actual request or handshake of an origin with
	// credentials goes on, and that nobody wants to be told.
	neverRefuses bool

	reject        bool
	answerOptions bool
	status        int
	isHTTPS       func(*http.Request) bool
	onDecision    func(*http.Request, Decision)

	// Header values, joined once. An empty one is not sent.
	methods string
	headers string
	expose  string
	maxAge  string

	// What the lists mean to a browser.
	anyMethod   bool
	anyHeader   bool
	methodNames map[string]struct{}
	headerNames map[string]struct{} // in lower case
}

func (c Config) compile() (*rules, error) {
	var errs problems
	p := &rules{
		anyone:        slices.Contains(c.Origins, "*"),
		originFunc:    c.OriginFunc,
		anySocket:     slices.Contains(c.SocketOrigins, "*"),
		answerOptions: c.AnswerOPTIONS,
		status:        c.PreflightStatus,
		isHTTPS:       orDefaultHTTPS(c.HTTPS),
		onDecision:    c.OnDecision,
		hosts:         compileHosts(c.Hosts, &errs),
	}
	p.anonymous = p.anyone && len(c.CredentialOrigins) == 0
	p.reject = c.RejectDisallowed && !p.anyone
	p.compileOrigins(c, &errs)
	p.compileMethods(c.Methods, &errs)
	p.compileHeaders(c.Headers, &errs)
	p.compileExpose(c, &errs)
	p.compileMaxAge(c.MaxAge, &errs)
	if p.status == 0 {
		p.status = http.StatusOK
	}
	if p.status < 200 || p.status > 299 {
		value := strconv.Itoa(p.status)
		errs.add("Config.PreflightStatus", value, flaw{problem: value + " is not a success status", fix: "write 200 or 204"})
	}
	p.neverRefuses = p.onDecision == nil && c.SocketOrigins == nil
	return p, errs.join()
}

// compileOrigins compiles the three lists of origins, each under the demands that
// its use makes.
func (p *rules) compileOrigins(c Config, errs *problems) {
	if c.Origins == nil && c.OriginFunc == nil && len(c.CredentialOrigins) == 0 {
		errs.add("Config.Origins", "", flaw{problem: "none of Origins, OriginFunc and CredentialOrigins is set",
			fix: "list the origins, start from DefaultConfig() for local development, or write []string{} to allow nobody"})
	}
	if c.Credentials && len(c.CredentialOrigins) > 0 {
		errs.add("Config.Credentials", "true", flaw{problem: "is set beside CredentialOrigins, which lists who may use credentials",
			fix: "remove one of the two"})
	}
	if p.anyone {
		p.withoutOrigin = read
	}
	demands := anyUse
	p.listed = read
	if c.credentialsPossible() {
		demands = credentialUse
		p.listed = readCredentials
	}
	compileSet("Config.Origins", c.Origins, demands, &p.origins, errs)
	if slices.Contains(c.CredentialOrigins, "*") {
		errs.add("Config.CredentialOrigins", "*", flaw{problem: `"*" would let every site use every user's credentials`, fix: "list the origins"})
	}
	if len(c.CredentialOrigins) > 0 {
		p.credentialOrigins = new(origins.Set)
		compileSet("Config.CredentialOrigins", c.CredentialOrigins, credentialUse, p.credentialOrigins, errs)
	}
	if c.SocketOrigins != nil {
		p.socketOrigins = new(origins.Set)
		compileSet("Config.SocketOrigins", c.SocketOrigins, socketUse, p.socketOrigins, errs)
	}
}

// credentialsPossible reports whether the origins in Origins may use credentials.
func (c Config) credentialsPossible() bool {
	return c.Credentials && !slices.Contains(c.Origins, "*") && len(c.CredentialOrigins) == 0
}

// use is what a list of origins is for. The more it grants, the more it refuses.
type use uint8

const (
	anyUse        use = iota // reading without credentials
	credentialUse            // reading with them
	socketUse                // opening sockets, which carry them
)

// compileSet checks the entries, which came from the named field, and adds them to
// the set. "*" is the caller's business.
func compileSet(field string, entries []string, u use, set *origins.Set, errs *problems) {
	for _, entry := range entries {
		if entry == "*" {
			continue
		}
		pattern, flaws := parseOrigin(entry, u)
		if len(flaws) == 0 {
			set.Add(entry, pattern)
		} else if errs.add(field, entry, flaws...); errs.full() {
			return
		}
	}
}

// parseOrigin reads an element of a list of origins other than "*", and returns what
// is wrong with it.
func parseOrigin(entry string, u use) (origins.Pattern, []flaw) {
	pattern, ok := origins.Parse(entry)
	if ok {
		return pattern, checkReach(entry, pattern, u)
	}
	refusal := origins.Explain(entry, func(other string) bool {
		pattern, ok := origins.Parse(other)
		return ok && len(checkReach(other, pattern, u)) == 0
	})
	return pattern, []flaw{{quote(entry) + " " + refusal.Problem, refusal.Fix, refusal.Suggestion}}
}

// checkReach returns what is wrong with a well-formed entry: that anyone can have an
// origin which it allows, where that is too many.
func checkReach(entry string, pattern origins.Pattern, u use) []flaw {
	if u == anyUse {
		return nil
	}
	reach := map[use]string{credentialUse: "use credentials", socketUse: "open sockets"}[u]
	wayOut := map[use]string{credentialUse: "list the origins, or switch Credentials off", socketUse: "list the origins"}[u]
	switch suffix := pattern.PublicSuffix(); {
	case pattern.Kind == origins.Null:
		return []flaw{{problem: quote(entry) + " can be claimed by any sandboxed page or local file, which could " + reach,
			fix: "give the page an origin of its own and list that"}}
	case suffix != "":
		return []flaw{{problem: quote(entry) + " lets anyone's site " + reach + ", because " + strconv.Quote(suffix) + " is a public suffix", fix: wayOut}}
	case pattern.Kind == origins.AnyHost:
		return []flaw{{problem: quote(entry) + " lets every app or extension " + reach, fix: wayOut}}
	}
	return nil
}

func (p *rules) compileMethods(methods []string, errs *problems) {
	if len(methods) == 0 {
		methods = defaultMethods
	}
	p.methodNames = map[string]struct{}{}
	var list []string
	for _, method := range methods {
		if flaws := checkMethod(method); len(flaws) > 0 {
			if errs.add("Config.Methods", method, flaws...); errs.full() {
				return
			}
			continue
		}
		if _, seen := p.methodNames[method]; !seen {
			p.methodNames[method] = struct{}{}
			list = append(list, method)
		}
	}
	p.methods = strings.Join(list, ", ")
	if _, p.anyMethod = p.methodNames["*"]; p.anyMethod {
		p.methods = "*"
	}
	// Browsers let these through whatever the list says:
	// https://fetch.spec.whatwg.org/#cors-safelisted-method
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		p.methodNames[method] = struct{}{}
	}
}

// checkMethod returns what is wrong with an entry of Config.Methods.
func checkMethod(method string) []flaw {
	upper := strings.ToUpper(method)
	switch {
	case !fields.IsToken(method):
		return []flaw{splitting(method, quote(method)+" is not a method", func(part string) bool { return len(checkMethod(part)) == 0 })}
	case upper == http.MethodConnect, upper == http.MethodTrace, upper == "TRACK":
		// https://fetch.spec.whatwg.org/#forbidden-method
		return []flaw{{problem: quote(method) + " is a method that browsers never send", fix: "remove it"}}
	case method == upper:
		return nil
	case upper == http.MethodHead || upper == "QUERY" || slices.Contains(defaultMethods, upper):
		// Browsers compare byte for byte, and upper-case only six of these, not
		// PATCH: https://fetch.spec.whatwg.org/#concept-method-normalize
		return []flaw{writing(quote(method)+" is a standard method in the wrong case", upper)}
	}
	return nil
}

func (p *rules) compileHeaders(headers []string, errs *problems) {
	if len(headers) == 0 {
		headers = []string{"*"}
	}
	p.headers, p.headerNames = compileNames("Config.Headers", headers, fields.IsToken, errs)
	if p.anyHeader = slices.Contains(headers, "*"); p.anyHeader {
		// "*" does not cover Authorization:
		// https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
		p.headers = "*, Authorization"
	}
}

func (p *rules) compileExpose(c Config, errs *problems) {
	credentials := c.credentialsPossible() || len(c.CredentialOrigins) > 0
	notLiteral := func(name string) bool { return fields.IsToken(name) && !(name == "*" && credentials) }
	p.expose, _ = compileNames("Config.ExposeHeaders", c.ExposeHeaders, notLiteral, errs)
	if slices.Contains(c.ExposeHeaders, "*") {
		p.expose = "*"
		if credentials {
			errs.add("Config.ExposeHeaders", "*", flaw{problem: `"*" with credentials is a header called "*"`, fix: "list the headers by name"})
		}
	}
}

// compileNames checks a list of header names, and returns them joined, as they
// were written, and as a set in lower case. What its errors offer is accepted.
func compileNames(field string, names []string, accepted func(string) bool, errs *problems) (string, map[string]struct{}) {
	var list []string
	set := make(map[string]struct{}, len(names))
	for _, name := range names {
		if !fields.IsToken(name) {
			if errs.add(field, name, checkName(name, accepted)); errs.full() {
				break
			}
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

// checkName returns what is wrong with a header name that is not a token.
func checkName(name string, accepted func(string) bool) flaw {
	problem := quote(name) + " is not a header name"
	if before, _, _ := strings.Cut(name, ":"); before != name && accepted(before) {
		return writing(problem, before)
	}
	return splitting(name, problem, accepted)
}

func (p *rules) compileMaxAge(age time.Duration, errs *problems) {
	switch {
	case age == 0:
		age = defaultMaxAge
	case age < 0:
		age = 0
	case age%time.Second != 0:
		// A bare number is nanoseconds; whoever wrote one meant seconds.
		const year = 365 * 24 * 60 * 60
		seconds := age.Nanoseconds()
		if age%time.Millisecond == 0 || seconds > year {
			seconds = int64(max(age.Truncate(time.Second), time.Second) / time.Second)
		}
		errs.add("Config.MaxAge", age.String(), flaw{problem: age.String() + " is not a whole number of seconds",
			fix: fmt.Sprintf("write %d * time.Second", seconds)})
		return
	}
	p.maxAge = strconv.FormatInt(int64(age/time.Second), 10)
}
