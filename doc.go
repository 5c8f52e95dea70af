// Package httpsec gives a net/http service correct CORS, WebSocket-origin checks
// and security headers.
package httpsec
