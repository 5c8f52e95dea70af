// Package httpsectest is a browser for tests. It sends requests to any [http.Handler]
// exactly as a page of some origin would, enforces what browsers enforce, and says
// what the page sees, in the words of a browser's console. It needs no browser and no
// network, and works for any server, whatever CORS or header library that uses.
//
//	func TestEvents(t *testing.T) {
//		browser := httpsectest.New(t, newHandler())
//		app := browser.Page("https://app.example.com")
//
//		res, err := app.Fetch("https://api.example.com/events/1", httpsectest.Init{
//			Method: "PUT", Body: `{}`, Credentials: httpsectest.CredentialsInclude,
//		})
//		require.NoError(t, err)
//		require.Equal(t, 200, res.StatusCode)
//
//		_, err = browser.Page("https://evil.example").Fetch("https://api.example.com/events/1", httpsectest.Init{})
//		require.ErrorContains(t, err, "No 'Access-Control-Allow-Origin' header is present")
//	}
//
// # CORS
//
// [Browser.Page] is a blank page of an origin, [Page.Fetch] its fetch: preflights and
// their cache, redirects, credentials and the headers that a script can read are as in
// a browser. Test through the whole chain of handlers, as it is served: a policy that
// is wrapped around a route and not around the mux lets no preflight through, because
// the mux answers OPTIONS itself. [Page.Client] is the same for generated clients,
// [Page.WebSocket] for sockets, [Page.Load] for images, scripts and style sheets.
//
// # Documents
//
// [Browser.Open] navigates: the document's own headers apply to what it does.
// [Page.Violations] lists what its markup asks for and does not get because of its
// Content-Security-Policy, the resource's Cross-Origin-Resource-Policy or type, mixed
// content or framing. An empty list is what a test wants:
//
//	page, err := httpsectest.New(t, site).Open("https://www.example.com/")
//	require.NoError(t, err)
//	for _, v := range page.Violations() {
//		t.Errorf("%+v", v) // with the rule, the address, the line and the fix
//	}
//
// [Page.Follow], [Page.Submit] and [Page.Frame] go on from there. What a document in a
// frame asks for is loaded by the Violations of the page that Frame returns, and not
// by those of the page around it.
//
// # Cookies
//
// The browser keeps and sends cookies as Domain, Path, Secure, prefixes and SameSite
// have it, in fetches as in navigations: an answer to a fetch from another site may set
// none but with SameSite=None. [Browser.Log] has those that stayed behind and those
// that were not kept, each with the reason. No third-party cookie is blocked, which
// browsers differ in.
//
// # Refusals
//
// What a page does not get is a *[Blocked]: which rule, the console's line word for
// word, and what would let it pass; %+v prints them all. Not every mistake is a
// refusal: a cookie that is not kept and a header that
// Access-Control-Expose-Headers does not name are missed without a word. The log has
// them, one line for each request:
//
//	for _, e := range browser.Log() {
//		t.Log(e)
//	}
//
// # Time
//
// Expiry follows [time.Now], and the connections are pipes in memory: in the bubble of
// [testing/synctest] a test that waits for Access-Control-Max-Age takes no time.
//
//	func TestMaxAge(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			browser := httpsectest.New(t, newHandler())
//			page := browser.Page("https://app.example.com")
//			for _, pause := range []time.Duration{0, 9 * time.Minute, 2 * time.Minute} {
//				time.Sleep(pause)
//				_, err := page.Fetch("https://api.example.com/events/1", httpsectest.Init{Method: "DELETE"})
//				require.NoError(t, err)
//			}
//			require.Len(t, browser.Log(), 2+3) // of Access-Control-Max-Age: 600
//		})
//	}
//
// # Which browser
//
// The rules are those of Chromium 156, which they are compared with by random servers,
// requests, documents and navigations (internal/browsertest). It is like no browser in
// particular where browsers differ and the standard decides: "*" in
// Access-Control-Allow-Headers does not cover Authorization.
//
// No script runs: there is no eval, no Trusted Types, no import() and nothing that a
// script would load. There is no HTTP cache, no HTTP/2 in [New], no blocking of
// third-party cookies, no Permissions-Policy, Cross-Origin-Opener-Policy, Reporting or
// Local Network Access. Every rule of a style sheet counts as one that applies. What
// documents in frames load is not loaded, srcdoc is not read, nor is favicon.ico or a
// manifest asked for.
//
// Known to differ from Chromium:
//
//   - Where more than one header is not allowed, Chromium names the first of its hash
//     table. So does this package, but where buckets collide, or Range or Last-Event-ID
//     is among them, it may name another.
//   - The text of CorsDisabledScheme lists schemes that vary from build to build.
//   - After an upgrade to https, Response.url is in Chromium the address before it;
//     here the response's Request has the one that was asked.
//   - Chromium sends no violation event for a redirect of what its preload scanner
//     fetched; here it is a violation.
//   - A style sheet of the wrong type is reported without nosniff, too, where Chromium
//     ignores it in silence, and so is the wrong type of every modulepreload.
//   - Which of the addresses before and after an upgrade a report-only policy reports
//     for frames and forms that are redirected.
//   - A <meta name=referrer> or <base> applies here to objects, audio and video before
//     it, and to nothing else; in Chromium now and then not to them, or to images, too.
//   - What several elements ask for is loaded once; Chromium now and then asks again.
//   - Under a policy with hashes, an integrity attribute with an algorithm in capitals
//     counts here, and not in Chromium.
//   - A relative form in a frame in a frame on localhost, where an ancestor upgrades
//     insecure requests.
//   - Chromium takes a space in a host, and sends an address such as /%zz as it is,
//     which net/url cannot.
//   - Chromium asks the person before a form goes from https to http; here the person
//     agrees.
package httpsectest
