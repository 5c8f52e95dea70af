package httpsec

import (
	"log/slog"
	"net/http"
	"strconv"
)

// Decision is what a browser will conclude about a request under a [Policy], and
// why. It goes to Config.OnDecision, and [Policy.Decide] returns it.
type Decision struct {
	// Kind is what the request is to CORS. It is KindNotCORS, and Allowed is
	// true, without an Origin and for same-origin actual requests.
	Kind Kind

	// Origin is the Origin header as received, its first line if there are
	// several; "" if absent. It is not trusted: anything can stand in it, at
	// any length. String and LogValue quote it and cut it at 512 bytes.
	Origin string

	// Allowed says whether the browser will let the script read the response
	// (send the request, after a preflight) or open the socket.
	Allowed bool

	// Reason says why not. It is "" when Allowed.
	Reason Reason

	// Detail is the method or header name that the preflight asked for in vain,
	// as received; "" if none did, or if it is too long to read.
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
	// ReasonCredentials means a handshake with Cookie or Authorization under "*".
	ReasonCredentials Reason = "credentials"
)

// Decide returns what a browser will conclude about r, and why, without
// answering it. It calls OriginFunc if the policy would, but neither a handler
// nor OnDecision.
func (p *Policy) Decide(r *http.Request) Decision {
	lines := r.Header[headerOrigin]
	if !hasOrigin(lines) {
		return Decision{Allowed: true}
	}
	current := p.load()
	return current.decide(r, lines, current.allows(r, lines))
}

// decide explains a request that has an Origin, given whether the policy allows
// that origin.
func (p *policy) decide(r *http.Request, origins []string, allowed bool) Decision {
	d := Decision{Origin: origins[0]}
	switch {
	case isPreflight(r, origins):
		d.Kind = KindPreflight
		if allowed {
			d.Reason, d.Detail = p.preflightReason(r)
		} else {
			d.Reason = originReason(origins)
		}
	case isHandshake(r):
		d.Kind = KindWebSocket
		switch {
		case p.allowsHandshake(r, origins, allowed):
		case allowed:
			d.Reason = ReasonCredentials
		default:
			d.Reason = originReason(origins)
		}
	case sameOrigin(r, origins):
		d.Kind = KindNotCORS
	default:
		d.Kind = KindActual
		if !allowed {
			d.Reason = originReason(origins)
		}
	}
	d.Allowed = d.Reason == ""
	return d
}

// originReason says why an origin is not allowed. "null" is well-formed: it is
// what a sandboxed page sends.
func originReason(origins []string) Reason {
	if len(origins) == 1 && (origins[0] == "null" || isOrigin(origins[0])) {
		return ReasonOrigin
	}
	return ReasonMalformedOrigin
}

// preflightReason does what a browser does with the answer:
// https://fetch.spec.whatwg.org/#cors-preflight-fetch-0, steps 7.5 to 7.7.
func (p *policy) preflightReason(r *http.Request) (Reason, string) {
	methods := r.Header[headerRequestMethod]
	if len(methods) != 1 {
		return ReasonMethod, ""
	}
	if !p.allowsMethod(methods[0]) {
		if len(methods[0]) > maxRequestHeaders {
			return ReasonMethod, ""
		}
		return ReasonMethod, methods[0]
	}
	if p.anyHeader && !p.echoHeaders {
		return "", ""
	}
	lines := r.Header[headerRequestHeaders]
	if isLong(lines, maxRequestHeaders) {
		return ReasonHeader, ""
	}
	for name := range elements(lines) {
		if p.echoHeaders && isToken(name) || p.allowsHeader(name) {
			continue
		}
		return ReasonHeader, name
	}
	return "", ""
}

// allowsMethod reports whether a browser finds the method in the answer.
func (p *policy) allowsMethod(method string) bool {
	if p.anyMethod && !p.echoMethod {
		return method != ""
	}
	if len(method) > maxRequestHeaders {
		return false
	}
	_, listed := p.methodNames[method]
	return listed || p.echoMethod && isRepeatable(method)
}

// allowsHeader reports whether the list has the name, in any case.
func (p *policy) allowsHeader(name string) bool {
	var buffer [64]byte // names that fit are looked up without an allocation
	lower := buffer[:0]
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower = append(lower, c)
	}
	_, listed := p.headerNames[string(lower)]
	return listed
}

// String returns a line for a log, such as
//
//	preflight from "https://app.example.com" refused: method "PURGE"
func (d Decision) String() string {
	s := d.Kind.String()
	if d.Origin != "" {
		s += " from " + strconv.Quote(cut(d.Origin))
	}
	if d.Allowed {
		return s + " allowed"
	}
	s += " refused: " + string(d.Reason)
	if d.Detail != "" {
		s += " " + strconv.Quote(cut(d.Detail))
	}
	return s
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

// cut bounds what a log holds of a value that anybody can send.
func cut(s string) string { return s[:min(len(s), 512)] }
