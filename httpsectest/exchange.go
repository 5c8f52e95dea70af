package httpsectest

import (
	"net/http"
	"strconv"
	"strings"
)

// Exchange is a request that went over the network, and its answer.
type Exchange struct {
	// Request is as it was sent, headers included. Its body is not kept.
	Request *http.Request

	// Status is that of the answer, 0 if there was none.
	Status int

	// Header is the answer's, all of it, whatever the page may read.
	Header http.Header

	// Preflight says that the browser asked on its own whether it may ask.
	Preflight bool

	// Blocked is why the page did not see the answer, or why its redirect was not
	// followed; nil if nothing stood in the way.
	Blocked *Blocked

	// Withheld are the cookies of the host that were not sent.
	Withheld []Withheld

	// Refused are the cookies that the answer set and the browser did not keep.
	Refused []Withheld

	// Hidden are the names of the answer's headers that the page's script could read,
	// did Access-Control-Expose-Headers name them; sorted. It is empty where the script
	// reads all, and where it reads nothing.
	Hidden []string
}

// Withheld is a cookie that was not sent, or was not kept.
type Withheld struct {
	// Name is the cookie's.
	Name string

	// Why is the DevTools protocol's word, such as "SameSiteLax" or "SecureOnly", or
	// "Credentials" where the request's credentials mode leaves all cookies out.
	Why string
}

// String returns what happened on one line: the method, the address, the status, and
// what the page did not get, if anything.
//
//	POST https://api.example.com/login 204; cookies not kept: session (SameSiteLax)
func (e Exchange) String() string {
	var b strings.Builder
	b.WriteString(e.Request.Method + " " + e.Request.URL.String() + " " + strconv.Itoa(e.Status))
	add := func(what string, names []string) {
		if len(names) > 0 {
			b.WriteString("; " + what + ": " + strings.Join(names, ", "))
		}
	}
	add("cookies not sent", words(e.Withheld))
	add("cookies not kept", words(e.Refused))
	add("hidden from scripts", e.Hidden)
	if e.Blocked != nil {
		b.WriteString("; " + e.Blocked.Message)
	}
	return b.String()
}

func words(cookies []Withheld) (words []string) {
	for _, c := range cookies {
		words = append(words, c.Name+" ("+c.Why+")")
	}
	return words
}
