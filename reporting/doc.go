// Package reporting receives what browsers report: violations of a
// Content-Security-Policy, of COOP, COEP, Permissions-Policy and Integrity-Policy,
// deprecations, crashes and network errors. It counts them, and suggests a policy
// that allows what is safe to allow.
//
//	var tally reporting.Tally
//	mux.Handle("POST /reports", reporting.Handler(func(r *http.Request, report reporting.Report) {
//		slog.Warn("browser report", "report", report)
//		tally.Add(report)
//	}))
//
// # Asking for reports
//
// For a Content-Security-Policy use report-uri alone:
//
//	Content-Security-Policy-Report-Only: default-src 'self'; report-uri /reports
//
// It is the only form that Chromium, Firefox and WebKit all obey everywhere. Where
// report-to stands beside it, Chromium and Firefox ignore it, and on plain http,
// localhost included, they then report nothing. For what has no report-uri send
//
//	Reporting-Endpoints: default="https://app.example.com/reports"
//
// # Where to mount it
//
// Put the handler in front of authentication, CSRF tokens,
// httpsec.Config.RejectDisallowed and [http.CrossOriginProtection]: reports come with
// cookies or without, with Sec-Fetch-Site or without, and WebKit's come with
// "Origin: null".
//
// Reports of pages of other origins need no CORS under report-uri. Under report-to, and
// for all other types, browsers ask first with a preflight: mount the handler behind
// [httpsec.CORS] with those origins, and name them in the call of [Handler].
//
// # Trust
//
// Anybody can send reports, with anything in them. URLs lose their query, fragment
// and user info before they reach you, and what [Report] and [Entry] print is cut and
// free of control characters. The number and the size of what is kept is bounded. A
// suggestion is to be read, and not to be applied by itself.
package reporting
