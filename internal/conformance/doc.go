// Package conformance compares the parsers of package httpsec with other people's:
// origins with the URL parser of node, with that of nlnwa/whatwg-url and with the
// tables of web-platform-tests, structured fields with dunglas/httpsfv, and public
// suffixes with the rules of the list. It is a module of its own so that none of them
// reaches whoever imports httpsec.
//
// What differs on purpose stands in the tests, each kind with its reason. Random input
// comes from a fixed seed; for more of it:
//
//	go test -inputs 1000000 -seed 2
package conformance
