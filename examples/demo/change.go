package main

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/httpsec/httpsec/httpsectest"
)

// change says what would let the row pass, or, where it passes, what would stop it.
func (v *view) change(row row, p prediction) string {
	switch {
	case p.Passed:
		return v.stop(row)
	case row.Kind == "inline":
		return "Give the element the page's nonce: `<script nonce=…>`."
	case row.Kind == "image":
		return v.share()
	case row.Kind == "frame":
		return "List `" + v.origin + "` in the handler's `frame-ancestors`, and delete `X-Frame-Options` for old browsers, as `/widget/shared` does."
	case p.Blocked != nil && p.Blocked.Rule == httpsectest.RuleCSP:
		return v.connect(p.Blocked.Fix)
	case row.Kind == "socket" && slices.Contains(v.config.Origins, "*"):
		return "List `" + v.origin + "` in `Config.SocketOrigins`: in `Config.Origins`, `*` lets in only handshakes without cookies."
	case row.Kind == "socket":
		return "Add `" + v.origin + "` to `Config.Origins`, or list it in `Config.SocketOrigins`, which then decides alone."
	case p.Blocked != nil && p.Blocked.Reason == "WildcardOriginNotAllowed":
		return "List the origins rather than `*` in `Config.Origins`, and set `Config.Credentials`."
	}
	return v.allow(row, p)
}

// allow says what the configuration lacks for the script to get what it is after.
func (v *view) allow(row row, p prediction) string {
	var lacking []string
	if !v.allowed() {
		lacking = append(lacking, "`"+v.origin+"` to `Config.Origins`")
	}
	if row.listed() && !slices.Contains(v.config.Methods, row.Method) {
		lacking = append(lacking, "`"+row.Method+"` to `Config.Methods`")
	}
	if row.Reads != "" && !slices.Contains(v.config.ExposeHeaders, row.Reads) {
		lacking = append(lacking, "`"+row.Reads+"` to `Config.ExposeHeaders`")
	}
	add := "Add " + strings.Join(lacking, ", and ")
	switch {
	case row.ID == "guarded":
		return add + ". Without `Config.RejectDisallowed` the handler would run, and the script would still read nothing."
	case p.Blocked != nil && p.Ran:
		return add + " to let the script read. Or set `Config.RejectDisallowed` to keep the handler from running."
	}
	return add + "."
}

func (v *view) share() string {
	text := "Send `Cross-Origin-Resource-Policy: cross-origin`, as the handler of `/image/shared` does."
	if host := hostname(v.origin); host == hostname(v.api) {
		text += " `same-site` would do here too: page and API are both on `" + host + "`."
	}
	return text
}

func hostname(origin string) string {
	parsed, err := url.Parse(origin)
	if err != nil {
		return origin
	}
	return parsed.Hostname()
}

func (v *view) connect(source string) string {
	add := "Add `" + source + "` to this page's `connect-src`"
	if v.allowed() {
		return add + ": the API's policy allows this page, so the script could then read the answer."
	}
	return add + ", and `" + v.origin + "` to `Config.Origins`: with the first alone the request is sent, the handler runs, and CORS keeps the answer from the script."
}

// stop says what would stop a row that passes.
func (v *view) stop(row row) string {
	without := v.without()
	switch {
	case row.Undo != "":
		return row.Undo
	case row.Kind == "frame":
		return "Take `" + v.origin + "` off the handler's `frame-ancestors`."
	case row.ID == "public":
		return v.stopPublic()
	case row.Kind == "socket":
		return without + ": the handshake is then answered 403. With `Config.Credentials` false, only handshakes without cookies pass."
	case row.ID == "guarded":
		return without + ": the policy then answers 403, and the handler does not run."
	case row.preflighted():
		return v.stopPreflight(row, without)
	case row.ID == "redirect":
		return without + ": the handler of `/moved` then still runs, but the browser does not follow to `/events`, and the script reads nothing."
	case row.Credentials:
		without += ", or set `Config.Credentials` to false"
	}
	without += ": the handler then still runs, and the script reads nothing."
	switch {
	case row.Reads != "":
		without += " Take `" + row.Reads + "` off `Config.ExposeHeaders`, and the script reads `null` in its place."
	case row.Counts:
		without += " With `Config.RejectDisallowed` as well, the handler does not run either."
	}
	return without
}

// without says how to disallow the page's origin.
func (v *view) without() string {
	switch {
	case slices.Contains(v.config.Origins, "*"):
		return "List other origins in the place of `*` in `Config.Origins`"
	case slices.Contains(v.config.Origins, v.origin):
		return "Take `" + v.origin + "` off `Config.Origins`"
	}
	return "Narrow the pattern in `Config.Origins` that covers `" + v.origin + "`"
}

func (v *view) stopPreflight(row row, without string) string {
	if row.listed() {
		without += ", take `" + row.Method + "` off `Config.Methods`"
	}
	for _, name := range slices.Sorted(maps.Keys(row.Headers)) {
		without += ", or replace `*` in `Config.Headers` by a list that lacks `" + name + "`"
	}
	return without + ": the browser then sends nothing after the preflight."
}

func (v *view) stopPublic() string {
	list := "Let this policy's `Config.SocketOrigins` list neither `*` nor `" + v.origin + "`: the handshake is then answered 403."
	if v.predictions["socket"].Passed {
		return list + " Nil would not do: `Config.Origins` then decides, and lets this page in."
	}
	return list + " Nil would do too: `Config.Origins` then decides, and keeps this page out."
}
