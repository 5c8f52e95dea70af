package httpsec

import (
	"slices"

	"github.com/httpsec/httpsec/internal/fields"
)

// The lists hold what some browser knows, or knew. What is not in them is fine for
// the checks unless it is one slip away; audits name it.
var (
	embedderPolicies = []string{"unsafe-none", "require-corp", "credentialless"}
	openerPolicies   = []string{"unsafe-none", "same-origin-allow-popups", "same-origin", "noopener-allow-popups"}

	// https://w3c.github.io/webappsec-clear-site-data/#header
	siteData = []string{"cache", "cookies", "storage", "executionContexts", "clientHints", "prefetchCache", "prerenderCache", "*"}

	// https://wicg.github.io/document-policy/
	documentFeatures = []string{
		"bfcache-clear-on-storage", "document-domain", "document-write", "expect-no-linked-resources",
		"font-display-late-swap", "force-load-at-top", "include-js-call-stacks-in-crash-reports", "js-profiling",
		"layout-animations", "lossless-images-max-bpp", "lossless-images-strict-max-bpp", "lossy-images-max-bpp",
		"network-efficiency-guardrails", "oversized-images", "sync-script", "sync-xhr", "unoptimized-lossless-images",
		"unoptimized-lossless-images-strict", "unoptimized-lossy-images", "unsized-media",
	}

	// https://w3c.github.io/webappsec-subresource-integrity/#integrity-policy-section
	integrityKeys  = []string{"blocked-destinations", "endpoints", "sources"}
	integrityWords = map[string][]string{
		"blocked-destinations": {"script", "style"},
		"sources":              {"inline"},
	}

	crossDomainPolicies = []string{"none", "master-only", "by-content-type", "by-ftp-filename", "all", "none-this-response"}

	// https://github.com/w3c/webappsec-permissions-policy/blob/main/features.md
	permissionsFeatures = []string{
		"accelerometer", "all-screens-capture", "ambient-light-sensor", "aria-notify", "attribution-reporting",
		"autofill", "autoplay", "battery", "bluetooth", "browsing-topics", "camera", "captured-surface-control",
		"ch-device-memory", "ch-downlink", "ch-dpr", "ch-ect", "ch-prefers-color-scheme", "ch-prefers-reduced-motion",
		"ch-prefers-reduced-transparency", "ch-rtt", "ch-save-data", "ch-ua", "ch-ua-arch", "ch-ua-bitness",
		"ch-ua-form-factors", "ch-ua-full-version", "ch-ua-full-version-list", "ch-ua-high-entropy-values",
		"ch-ua-mobile", "ch-ua-model", "ch-ua-platform", "ch-ua-platform-version", "ch-ua-wow64",
		"ch-viewport-height", "ch-viewport-width", "ch-width", "clipboard-read", "clipboard-write",
		"compute-pressure", "conversion-measurement", "controlled-frame", "cross-origin-isolated", "deferred-fetch",
		"deferred-fetch-minimal", "device-attributes", "digital-credentials-create", "digital-credentials-get",
		"direct-sockets", "direct-sockets-private", "display-capture", "document-domain", "encrypted-media",
		"execution-while-not-rendered", "execution-while-out-of-viewport", "fenced-unpartitioned-storage-read",
		"focus-without-user-activation", "font-display-late-swap", "fullscreen", "gamepad", "geolocation",
		"gyroscope", "hid", "identity-credentials-get", "idle-detection", "interest-cohort", "join-ad-interest-group",
		"keyboard-lock", "keyboard-map", "language-detector", "language-model", "layout-animations", "local-fonts",
		"local-network", "local-network-access", "loopback-network", "magnetometer", "manual-text", "media-playback-while-not-visible",
		"microphone", "midi", "mobile-web-app", "navigation-override", "on-device-speech-recognition",
		"otp-credentials", "oversized-images", "payment", "picture-in-picture", "popins", "private-aggregation",
		"private-state-token-issuance", "private-state-token-redemption", "proofreader",
		"publickey-credentials-create", "publickey-credentials-get", "record-ad-auction-events", "rewriter",
		"run-ad-auction", "screen-wake-lock", "serial", "shared-autofill", "shared-storage",
		"shared-storage-select-url", "smart-card", "speaker", "speaker-selection", "storage-access",
		"sub-apps", "summarizer", "sync-script", "sync-xhr", "tools", "translator", "trust-token-redemption",
		"unload", "unoptimized-images", "unoptimized-lossless-images", "unoptimized-lossy-images", "unsized-media",
		"usb", "usb-unrestricted", "vertical-scroll", "vibrate", "vr", "wake-lock", "web-app-installation",
		"web-printing", "web-share", "window-management", "window-placement", "writer", "xr", "xr-spatial-tracking",
	}
)

// nearFeature returns the known feature that an unknown one is a slip away from,
// "" if there is none. Short names are often close to each other by chance.
func nearFeature(name string) string {
	const short = 6
	if near := nearest(name, permissionsFeatures); near != name && len(near) >= short {
		return near
	}
	return ""
}

// unknownKeys returns the keys of a dictionary that are not known.
func unknownKeys(value string, known []string) []string {
	members, _ := fields.ParseDictionary(value)
	keys := make([]string, len(members))
	for i, m := range members {
		keys[i] = m.Key
	}
	return unknownWords(keys, known)
}

// unknownWords returns the words that are not known, each once.
func unknownWords(words, known []string) []string {
	var unknown []string
	for _, word := range words {
		if !slices.Contains(known, word) && !slices.Contains(unknown, word) && len(unknown) < maxProblems {
			unknown = append(unknown, word)
		}
	}
	return unknown
}
