package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/httpsec/httpsec/httpsectest"
)

// predictor says what a browser will make of a page's rows, before one does:
// httpsectest tries them on a second API.
type predictor struct {
	api     string   // the origin of the API
	address net.Addr // where the second one listens
	twin    *service
	tls     *tls.Config
}

// prediction is what a browser will make of a row. The fields with a JSON name are
// what the page's script compares.
type prediction struct {
	Passed bool `json:"passed"`           // whether the script gets what it is after
	Status int  `json:"status,omitempty"` // of the answer that a script can read
	Ran    bool `json:"ran"`              // whether a handler of the API ran

	Blocked   *httpsectest.Blocked `json:"-"` // nil if nothing was
	Exchanges []exchange           `json:"-"`
	Withheld  []string             `json:"-"` // cookies that stayed behind, and why
}

// predict returns a prediction for each row, for the page that r asks for.
func (p *predictor) predict(r *http.Request, sections []section) (map[string]prediction, error) {
	transport := p.transport(r)
	defer transport.CloseIdleConnections()
	browser := httpsectest.NewTransport(transport)
	// Every page here has the same policy, and this one predicts nothing.
	page, err := browser.Open(origin(r) + "/reports")
	if err != nil {
		return nil, err
	}
	_, nonce, _ := strings.Cut(page.Response().Header.Get("Content-Security-Policy"), "'nonce-")
	nonce, _, _ = strings.Cut(nonce, "'")

	predictions := make(map[string]prediction)
	for _, section := range sections {
		for _, row := range section.Rows {
			sent := len(browser.Log())
			id := rand.Text()
			predicted, err := attempt(page, row, id, nonce)
			if err != nil && !errors.As(err, &predicted.Blocked) {
				return nil, fmt.Errorf("%s: %w", row.ID, err)
			}
			predicted.Passed = predicted.Passed && err == nil
			predicted.Exchanges = p.twin.journal.find(id)
			for _, exchange := range predicted.Exchanges {
				predicted.Ran = predicted.Ran || exchange.Handled
			}
			for _, exchange := range browser.Log()[sent:] {
				for _, cookie := range exchange.Withheld {
					predicted.Withheld = append(predicted.Withheld, cookie.Name+": "+cookie.Why)
				}
			}
			predictions[row.ID] = predicted
		}
	}
	return predictions, nil
}

// attempt is what app.js does in a real browser.
func attempt(page *httpsectest.Page, row row, id, nonce string) (prediction, error) {
	url := row.URL + "?try=" + id
	switch row.Kind {
	case "socket":
		_, err := page.WebSocket("ws" + strings.TrimPrefix(url, "http"))
		return prediction{Passed: true}, err
	case "image":
		return prediction{Passed: true}, page.Load(`<img src="` + url + `">`)
	case "frame":
		_, err := page.Frame(url)
		return prediction{Passed: true}, err
	case "inline":
		if row.Nonce {
			return prediction{Passed: true}, page.Load(`<script nonce="` + nonce + `">ran = true</script>`)
		}
		return prediction{Passed: true}, page.Load(`<script>ran = true</script>`)
	}
	init := httpsectest.Init{Method: row.Method, Headers: row.Headers, Body: row.Body}
	if row.Credentials {
		init.Credentials = httpsectest.CredentialsInclude
	}
	response, err := page.Fetch(url, init)
	if err != nil {
		return prediction{}, err
	}
	readable := row.Reads == "" || response.Header.Get(row.Reads) != ""
	return prediction{Passed: readable, Status: response.StatusCode}, response.Body.Close()
}

// transport reaches the second API in the place of the first, and for everything
// else, whatever name it has, the page that r came to.
func (p *predictor) transport(r *http.Request) *http.Transport {
	page := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	_, api, _ := strings.Cut(p.api, "://")
	config := new(tls.Config)
	if p.tls != nil {
		config.RootCAs = p.tls.RootCAs
	}
	return &http.Transport{
		TLSClientConfig: config,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			to := page
			if strings.TrimSuffix(strings.TrimSuffix(address, ":443"), ":80") == api || address == api {
				to = p.address
			}
			return new(net.Dialer).DialContext(ctx, to.Network(), to.String())
		},
	}
}
