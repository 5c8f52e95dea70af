package httpsec

import (
	"errors"
	"iter"
	"strconv"
)

// ConfigError is one thing that is wrong with a configuration. [CORS], [NewPolicy],
// [Policy.Reload], [ConfigFromEnv], [ParseOrigins], [SecurityHeaders] and [ParseCSP]
// report all problems at once, the first 100, as an [errors.Join] of *ConfigError
// values; [ConfigErrors] iterates over them.
type ConfigError struct {
	// Field is what was set: "Config.Origins", "Headers.ReferrerPolicy",
	// "CORS_ORIGINS", or "CSP".
	Field string

	// Value is what it was set to, an entry where the field is a list, with any
	// password masked; "" if it was not set.
	Value string

	// Problem is what is wrong, quoting the value.
	Problem string

	// Fix is what to do instead, a phrase such as `write "https://a.com"`; ""
	// when there is no one answer.
	Fix string

	// Suggestion is the value that Fix offers in the place of what Problem
	// quotes, without the words around it, for programs that offer it to
	// somebody. It would be accepted. It is "" where Fix offers several or
	// none, and where it would show a password.
	Suggestion string
}

// Error returns one line: "httpsec: Field: Problem; Fix".
func (e *ConfigError) Error() string {
	s := "httpsec: " + e.Field + ": " + e.Problem
	if e.Fix != "" {
		s += "; " + e.Fix
	}
	return s
}

// ConfigErrors iterates over the problems that err holds: those that a constructor
// of this package joined, or the one that err is or wraps. It yields none if there
// is none, as for nil.
func ConfigErrors(err error) iter.Seq[*ConfigError] {
	return func(yield func(*ConfigError) bool) { yieldAll(err, yield) }
}

// yieldAll walks the tree of err and reports whether to go on.
func yieldAll(err error, yield func(*ConfigError) bool) bool {
	switch err := err.(type) {
	case *ConfigError:
		return yield(err)
	case interface{ Unwrap() []error }:
		for _, one := range err.Unwrap() {
			if !yieldAll(one, yield) {
				return false
			}
		}
	case interface{ Unwrap() error }:
		return yieldAll(err.Unwrap(), yield)
	}
	return true
}

// Must returns v, and panics if err is not nil. It is for configuration that is
// written in the program, where an error is a bug:
//
//	cors := httpsec.Must(httpsec.CORS(config))
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// flaw is one thing that is wrong with a value. A check is a function from a value
// to its flaws.
type flaw struct {
	problem    string // quotes what is wrong
	fix        string // a phrase, or ""
	suggestion string // what fix offers in its place, if that is one value
}

// writing is a flaw whose fix is to write the suggestion.
func writing(problem, suggestion string) flaw {
	return flaw{problem, "write " + strconv.Quote(suggestion), suggestion}
}

// maxProblems is how many problems are reported: nobody reads more, and somebody
// may check a stranger's policy of 64 KiB.
const maxProblems = 100

// enough reports whether there is no use in looking for more flaws.
func enough(flaws []flaw) bool { return len(flaws) >= maxProblems }

// problems collects flaws, so that all are reported at once.
type problems []error

// add notes the flaws of the value of a field.
func (list *problems) add(field, value string, flaws ...flaw) {
	if len(flaws) == 0 {
		return
	}
	value = mask(value)
	for _, f := range flaws {
		if list.full() {
			return
		}
		if fix := mask(f.fix); fix != f.fix {
			f.fix, f.suggestion = fix, ""
		}
		*list = append(*list, &ConfigError{field, value, f.problem, f.fix, f.suggestion})
	}
}

// full reports whether there is no use in looking further.
func (list *problems) full() bool { return len(*list) >= maxProblems }

func (list *problems) join() error { return errors.Join(*list...) }

// quote renders a value inside a problem: on one line, without its password,
// and no longer than helps.
func quote(value string) string {
	const most = 400
	value = mask(value)
	if len(value) > most {
		return strconv.Quote(value[:most]) + "…"
	}
	return strconv.Quote(value)
}
