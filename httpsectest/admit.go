package httpsectest

// admit asks the page's policy and the rules about insecure requests. Chromium
// upgrades audio and video of secure pages after the policy was asked.
func (r *request) admit() *Blocked {
	if !r.reported {
		r.checkReportOnly()
	}
	r.reported = false
	late := r.destination == "audio" || r.destination == "video"
	if r.upgrades() && !late {
		r.upgradeNow()
	}
	if r.redirects > 0 && r.mode == ModeSameOrigin && r.url.origin() != r.client.origin {
		return r.checkMode()
	}
	if blocked := r.checkEnforced(); blocked != nil {
		return blocked
	}
	if r.upgrades() {
		r.upgradeNow()
	}
	if blocked := r.checkMode(); blocked != nil {
		return blocked
	}
	if r.client.isSecure() && r.url.scheme == "http" && !isLoopback(r.url.host) && !r.isUpgradable() {
		return r.mixedContent()
	}
	if isBadPort(r.url.portNumber()) {
		return failedLoad(RuleNetwork, "net::ERR_UNSAFE_PORT", r.url)
	}
	return nil
}

func (r *request) upgradeNow() {
	r.upgraded = true
	r.url = r.url.upgraded()
	if r.redirects == 0 {
		r.first = r.url
	}
}

// checkMode refuses what the request's mode does not allow at its address.
func (r *request) checkMode() *Blocked {
	switch foreign := r.url.origin() != r.client.origin; {
	case r.mode == ModeSameOrigin && foreign:
		return r.refusedByMode("DisallowedByMode", `Request mode is "same-origin" but the URL's origin is not same as the request origin `+r.client.origin+`.`)
	case r.mode == ModeNoCORS && r.redirect != RedirectFollow && foreign && !r.upgraded:
		return r.refusedByMode("NoCorsRedirectModeNotFollow", `Request mode is "no-cors" but the redirect mode is not "follow".`)
	case !r.url.isHTTP():
		return thrown(r.url.String(), "Fetch API cannot load %s. URL scheme \"%s\" is not supported.", r.url, r.url.scheme)
	}
	return nil
}

// upgrades reports whether the page's policy, or the rule about images and media in
// secure pages, makes it https.
func (r *request) upgrades() bool {
	return r.url.scheme == "http" && r.upgradesTo(r.url)
}

func (r *request) upgradesTo(a *address) bool {
	if r.mode == modeNavigate { // which knows more about it
		return false
	}
	if r.upgrade && (!isLoopback(a.host) || r.redirects > 0) {
		return true
	}
	if !r.client.isSecure() || !r.isUpgradable() {
		return false
	}
	if r.redirects > 0 { // what began on loopback goes on as it is, wherever it leads
		return r.first.scheme == "https" && !isLoopback(r.first.host)
	}
	return !isLoopback(a.host) && !isIP(a.host)
}

// isUpgradable is https://w3c.github.io/webappsec-mixed-content/#category-upgradeable.
func (r *request) isUpgradable() bool {
	return r.destination == "image" && !r.imageSet || r.destination == "audio" || r.destination == "video"
}
