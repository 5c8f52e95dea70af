package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// adviseOn says of a blocked exchange what the header to send does not, "" if nothing.
func adviseOn(e *exchange) string {
	switch {
	case e.Preflight && e.Status/100 != 2:
		return adviseOnPreflight(e)
	case e.Blocked != nil && e.Blocked.Reason == "MethodDisallowedByPreflightResponse" && hasWildcard(e, "Access-Control-Allow-Methods"):
		return "note: * stands for every method only where there are no credentials"
	case e.Blocked != nil && e.Blocked.Reason == "HeaderDisallowedByPreflightResponse" && hasWildcard(e, "Access-Control-Allow-Headers"):
		return "note: * stands for every header only where there are no credentials, and never for Authorization"
	case e.Status/100 == 3:
		return "note: a redirect needs the header as well as the answer that it leads to"
	case e.Status >= 400:
		return fmt.Sprintf("note: the answer is an error, %d; other answers may have the header, but errors need it as well", e.Status)
	}
	return ""
}

// adviseOnPreflight is about a status that no header makes good.
func adviseOnPreflight(e *exchange) string {
	const send = "send: 204 to OPTIONS requests"
	switch {
	case e.Status/100 == 3:
		return send + " before anything redirects them, or fetch " + e.Response["Location"]
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusProxyAuthRequired:
		return send + " before anything asks who it is: they carry no credentials"
	case e.Status == http.StatusNotFound, e.Status == http.StatusMethodNotAllowed, e.Status == http.StatusNotImplemented:
		return send + " here; a CORS middleware has to stand around the router, not around a route"
	case e.Blocked != nil && e.Blocked.Reason == "PreflightInvalidStatus":
		return send
	}
	return ""
}

func hasWildcard(e *exchange, name string) bool {
	return slices.Contains(strings.FieldsFunc(e.Response[name], func(c rune) bool { return c == ',' || c == ' ' }), "*")
}
