package httpsec

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/httpsec/httpsec/internal/fields"
	"github.com/httpsec/httpsec/internal/origins"
)

// Decision is what a browser will conclude about a request under a [Policy], and
// why. It goes to Config.OnDecision, and [Policy.Decide] returns it.
type Decision struct {
	// Kind is what the request is to CORS. It is KindNotCORS without an Origin,
	// also where its Host or Sec-Fetch-Site gets it refused, and for actual
	// requests from the service's own origin.
	Kind Kind

	// Origin is the Origin header as received, its first line if there are
	// several; "" if absent. It is not trusted: anything can stand in it, at
	// any length. String and LogValue cut it at 512 bytes, in memory of their
	// own, so that a log does not keep a long request alive.
	Origin string

	// Allowed says whether the browser will let the script read the response
	// (send the request, after a preflight) or open the socket.
	Allowed bool

	// Reason says why not. It is "" when Allowed.
	Reason Reason

	// Detail is what was refused, as received and not trusted: the method or
	// header name that the preflight asked for, or the Host. It is "" for other
	// reasons, and for a method or header list too long to read.
	Detail string
}

// Kind is what a request is to CORS.
type Kind uint8

const (
	// KindNotCORS is a request without an Origin, or an actual request from the
	// service's own.
	KindNotCORS Kind = iota
	// KindActual is a cross-origin request that is none of the following.
	KindActual
	// KindPreflight is OPTIONS with one Origin and Access-Control-Request-Method.
	KindPreflight
	// KindWebSocket is the opening handshake of a WebSocket.
	KindWebSocket
)

// String returns "not-cors", "actual", "preflight" or "websocket".
func (k Kind) String() string {
	switch k {
	case KindNotCORS:
		return "not-cors"
	case KindActual:
		return "actual"
	case KindPreflight:
		return "preflight"
	case KindWebSocket:
		return "websocket"
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// Reason says why a request is not allowed, in a word that serves as the label of
// a metric.
type Reason string

const (
	// ReasonOrigin means that the policy does not allow the origin.
	ReasonOrigin Reason = "origin"
	// ReasonMalformedOrigin means that no browser sends such an Origin, or that
	// there are several.
	ReasonMalformedOrigin Reason = "malformed-origin"
	// ReasonMethod means that the preflight's method is not allowed.
	ReasonMethod Reason = "method"
	// ReasonHeader means that one of the preflight's headers is not allowed.
	ReasonHeader Reason = "header"
	// ReasonCredentials means that the origin may not use credentials, and the
	// request carries them: a handshake with Cookie, Authorization or a client
	// certificate, or a fetch (Sec-Fetch-Mode: cors) with Cookie, whose response
	// the browser will keep from the script. The handler still runs for a fetch.
	ReasonCredentials Reason = "credentials"
	// ReasonHost means that Config.Hosts does not have the request's Host.
	ReasonHost Reason = "host"
	// ReasonCrossSite means that Config.RejectDisallowed refused a request
	// without an Origin, because Sec-Fetch-Site says that another site's page
	// sent it.
	ReasonCrossSite Reason = "cross-site"
)

// Reasons returns every Reason, for metrics that start at zero.
func Reasons() []Reason {
	return []Reason{
		ReasonOrigin, ReasonMalformedOrigin, ReasonMethod, ReasonHeader,
		ReasonCredentials, ReasonHost, ReasonCrossSite,
	}
}

// decide explains a request.
func (p *rules) decide(r *http.Request) Decision {
	lines := r.Header[headerOrigin]
	d := Decision{Allowed: true}
	if hasOrigin(lines) {
		d.Origin = lines[0]
		d.Kind = p.kindOf(r, lines, true)
	}
	switch {
	case !p.servesHost(r):
		return Decision{Kind: d.Kind, Origin: d.Origin, Reason: ReasonHost, Detail: r.Host}
	case hasOrigin(lines):
		return p.decideKind(r, lines, d.Kind, p.grantTo(r, lines))
	case p.reject && isForeignWrite(r):
		return Decision{Reason: ReasonCrossSite}
	}
	return d
}

// decideKind explains a request that has an Origin, given its kind and what the
// policy grants that origin.
func (p *rules) decideKind(r *http.Request, lines []string, kind Kind, g grant) Decision {
	d := Decision{Kind: kind, Origin: lines[0]}
	switch {
	case kind == KindNotCORS:
	case kind == KindWebSocket:
		if !p.allowsHandshake(r, lines, g) {
			d.Reason = handshakeReason(lines, p.socketOrigins == nil && g == read)
		}
	case g == noGrant:
		d.Reason = originReason(lines)
	case kind == KindPreflight:
		d.Reason, d.Detail = p.preflightReason(r, g)
	case g == read && isCredentialedFetch(r):
		d.Reason = ReasonCredentials
	}
	d.Allowed = d.Reason == ""
	return d
}

// handshakeReason says why a handshake is refused: for its origin, unless that may
// open sockets without credentials.
func handshakeReason(lines []string, anonymously bool) Reason {
	if anonymously {
		return ReasonCredentials
	}
	return originReason(lines)
}

// isCredentialedFetch reports whether a script's request carries cookies:
// https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-mode-header. A script
// may have set Authorization itself, so that says nothing.
func isCredentialedFetch(r *http.Request) bool {
	mode := r.Header[headerFetchMode]
	return len(mode) == 1 && mode[0] == "cors" && len(r.Header["Cookie"]) > 0
}

// originReason says why an origin is not allowed.
func originReason(lines []string) Reason {
	if len(lines) == 1 && (origins.Opaque(lines[0]) || origins.Valid(lines[0])) {
		return ReasonOrigin
	}
	return ReasonMalformedOrigin
}

// preflightReason does what a browser does with the answer:
// https://fetch.spec.whatwg.org/#cors-preflight-fetch-0, steps 7.5 to 7.7.
func (p *rules) preflightReason(r *http.Request, g grant) (Reason, string) {
	methods := r.Header[headerRequestMethod]
	if len(methods) != 1 {
		return ReasonMethod, ""
	}
	if !p.allowsMethod(methods[0], g) {
		if len(methods[0]) > maxRequestHeaders {
			return ReasonMethod, ""
		}
		return ReasonMethod, methods[0]
	}
	if p.anyHeader && g == read {
		return "", ""
	}
	lines := r.Header[headerRequestHeaders]
	if fields.TooLong(lines, maxRequestHeaders) {
		return ReasonHeader, ""
	}
	for name := range fields.Elements(lines) {
		if p.anyHeader && fields.IsToken(name) {
			continue
		}
		if _, listed := p.headerNames[strings.ToLower(name)]; !listed {
			return ReasonHeader, name
		}
	}
	return "", ""
}

// allowsMethod reports whether a browser finds the method in the answer.
func (p *rules) allowsMethod(method string, g grant) bool {
	if p.anyMethod && g == read {
		return method != ""
	}
	if len(method) > maxRequestHeaders {
		return false
	}
	_, listed := p.methodNames[method]
	return listed || p.anyMethod && isRepeatable(method)
}

// String returns a line for a log, such as
//
//	preflight from "https://app.example.com" refused: method "PURGE" is not allowed
func (d Decision) String() string {
	s := "request"
	switch d.Kind {
	case KindPreflight:
		s = "preflight"
	case KindWebSocket:
		s = "handshake"
	}
	if d.Origin != "" {
		s += " from " + strconv.Quote(cut(d.Origin))
	}
	if d.Allowed {
		return s + " allowed"
	}
	return s + " refused: " + d.because()
}

func (d Decision) because() string {
	detail := strconv.Quote(cut(d.Detail))
	switch d.Reason {
	case ReasonOrigin:
		return "its origin is not allowed"
	case ReasonMalformedOrigin:
		return "its Origin is not what a browser sends"
	case ReasonMethod:
		return "method " + detail + " is not allowed"
	case ReasonHeader:
		return "header " + detail + " is not allowed"
	case ReasonCredentials:
		return "its origin may not use credentials"
	case ReasonHost:
		return "host " + detail + " is not allowed"
	case ReasonCrossSite:
		return "a page of another site sent it"
	}
	return string(d.Reason)
}

// LogValue returns the fields as a group for [log/slog], without the empty ones.
func (d Decision) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", d.Kind.String()), slog.Bool("allowed", d.Allowed)}
	for _, attr := range []slog.Attr{
		slog.String("origin", cut(d.Origin)),
		slog.String("reason", string(d.Reason)),
		slog.String("detail", cut(d.Detail)),
	} {
		if attr.Value.String() != "" {
			attrs = append(attrs, attr)
		}
	}
	return slog.GroupValue(attrs...)
}

// cut bounds what a log holds of a value that anybody can send, and what it keeps
// alive.
func cut(s string) string {
	const most = 512
	if len(s) <= most {
		return s
	}
	return strings.Clone(s[:most])
}
