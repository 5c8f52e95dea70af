package main

import (
	"net/http"
	"strings"

	"github.com/httpsec/httpsec"
)

// service is the API as it is served.
type service struct {
	api     *api
	policy  *httpsec.Policy // of all but the paths that show another
	journal *journal
	handler http.Handler
}

// newService puts the middleware around an API: the security headers outermost, and
// within them the policies, around the whole mux. Three policies stand side by
// side, and differ in a field each.
func newService(config httpsec.Config, framers []string) (*service, error) {
	s := &service{journal: new(journal)}
	config.OnDecision = s.journal.decisions(config.OnDecision)
	policy, err := httpsec.NewPolicy(config)
	if err != nil {
		return nil, err
	}
	rejecting := config
	rejecting.RejectDisallowed = true
	guarded, err := httpsec.NewPolicy(rejecting)
	if err != nil {
		return nil, err
	}
	listening := config
	listening.SocketOrigins = []string{"*"}
	public, err := httpsec.NewPolicy(listening)
	if err != nil {
		return nil, err
	}
	choose := func(r *http.Request) *httpsec.Policy {
		switch {
		case strings.HasPrefix(r.URL.Path, "/guarded/"):
			return guarded
		case strings.HasPrefix(r.URL.Path, "/public/"):
			return public
		}
		return policy
	}
	secure, err := httpsec.SecurityHeaders(httpsec.APIHeaders())
	if err != nil {
		return nil, err
	}
	s.policy = policy
	s.api = newAPI(choose, framers)
	s.handler = s.journal.record(secure(httpsec.Select(choose)(s.journal.reached(s.api))))
	return s, nil
}

// allows reports whether scripts of an origin may read what the API answers.
func (s *service) allows(origin string) bool {
	return s.policy.Decide(&http.Request{Method: "GET", Host: "localhost", Header: http.Header{"Origin": {origin}}}).Allowed
}
