package browsertest

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
)

// The origins of the pages and of what they ask for: two schemes, sites that are the
// same and others, ports, names and loopback.
var judgeOrigins = []string{
	"https://app.example.com", "https://api.example.com", "https://partner.example.org", "http://app.example.com",
	"http://api.example.com", "http://partner.example.org", "http://localhost:3000", "http://localhost:8080", "http://api.localhost:3000",
	"https://api.example.com:8443", "http://api.example.com:8080", "http://127.0.0.1:8080",
	"https://localhost:8443",
}

// chance reports true once in n.
func chance(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

// some returns a few of the options, none twice.
func some(r *rand.Rand, most int, options ...string) []string {
	n := r.IntN(most + 1)
	var chosen []string
	for _, i := range r.Perm(len(options))[:min(n, len(options))] {
		chosen = append(chosen, options[i])
	}
	return chosen
}

func (j *judge) newKey() string {
	j.count++
	return fmt.Sprintf("%dx", j.count)
}

// randomBatch makes a page and a number of fetches.
func (j *judge) randomBatch(r *rand.Rand, size int) *fetchBatch {
	b := &fetchBatch{Key: j.newKey(), Page: pick(r, judgeOrigins...) + pick(r, "/", "/page", "/directory/page")}
	b.Answer = answer{Status: 200, Body: "<!doctype html><title>page</title>", Headers: [][2]string{{"Content-Type", "text/html"}}}
	add := func(name, value string) { b.Answer.Headers = append(b.Answer.Headers, [2]string{name, value}) }
	if chance(r, 4) {
		add("Content-Security-Policy", pick(r, "sandbox allow-scripts", "sandbox allow-scripts", "sandbox Allow-Scripts allow-same-origin"))
	}
	if chance(r, 2) {
		add("Referrer-Policy", pick(r, "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin",
			"strict-origin", "strict-origin-when-cross-origin", "unsafe-url", "bogus", "origin, bogus", "no-referrer, unsafe-url"))
	}
	if chance(r, 5) {
		add("Content-Security-Policy", "connect-src "+strings.Join(append(some(r, 3, randomSources...), "https:"), " "))
	}
	if chance(r, 8) {
		add("Content-Security-Policy", "upgrade-insecure-requests")
	}
	if chance(r, 8) {
		add("Cross-Origin-Embedder-Policy", pick(r, "require-corp", "credentialless", "unsafe-none"))
	}
	origin := originOf(b.Page)
	j.origins = judgeOrigins
	if chance(r, 3) { // few, so that what one answer says meets the next request
		j.origins = some(r, 4, judgeOrigins...)
		j.origins = append(j.origins, origin, pick(r, "https://", "http://")+pick(r, "api.example.com", "app.example.com"))
	}
	if chance(r, 6) {
		b.Answer.Body += fmt.Sprintf(`<base href="%s/base/directory/">`, pick(r, judgeOrigins...))
	}
	if chance(r, 4) {
		b.Parent = pick(r, judgeOrigins...) + "/parent"
		if strings.HasPrefix(b.Page, "http:") && strings.HasPrefix(b.Parent, "https:") {
			b.Parent = pick(r, judgeOrigins[3:9]...) + "/parent" // no mixed content
		}
		if chance(r, 4) {
			b.Sandboxed, b.Parent = true, origin+"/parent"
		}
	}
	remember := chance(r, 5)
	if remember {
		b.Page, b.Parent, b.Sandboxed = "http://app.example.com/page", "", false
	}
	later := -1
	if chance(r, 8) {
		later = r.IntN(size)
	}
	for i := range size {
		switch {
		case i > 0 && (chance(r, 6) || i == later):
			earlier := b.Fetches[r.IntN(i)]
			again := fetchTrial{Key: earlier.Key, URL: earlier.URL, Socket: earlier.Socket, Init: earlier.Init, Later: i == later}
			if !earlier.Socket && chance(r, 2) {
				again.Init = randomInit(r)
			}
			b.Fetches = append(b.Fetches, again)
		case remember:
			b.Fetches = append(b.Fetches, j.rememberedFetch(r))
		case chance(r, 15):
			b.Fetches = append(b.Fetches, j.randomSocket(r))
		default:
			b.Fetches = append(b.Fetches, j.randomFetch(r, origin))
		}
	}
	return b
}

// rememberedFetch asks for what leaves something behind: cookies, and whether a host
// wants https.
func (j *judge) rememberedFetch(r *rand.Rand) fetchTrial {
	key := j.newKey()
	a := &answer{Status: 200, Headers: append(randomCookies(r), randomCookies(r)...)}
	if chance(r, 2) {
		a.Headers = append(a.Headers, [2]string{"Set-Cookie", fmt.Sprintf("a=%d%s", r.IntN(10), pick(r, "", "; Secure; SameSite=None"))})
	}
	if chance(r, 4) {
		a.Headers = append(a.Headers, [2]string{"Strict-Transport-Security", pick(r, "max-age=100", "max-age=100; includeSubDomains", "max-age=0")})
	}
	return fetchTrial{
		Key: key, Init: fetchInit{Mode: "no-cors", Credentials: "include"}, Hops: []*answer{a},
		URL: fmt.Sprintf("%s://%s%s?k=%s&h=0", pick(r, "http", "https"), pick(r, "example.com", "api.example.com", "app.example.com"), pick(r, "/", "/a/b", "/directory/data"), key),
	}
}

func originOf(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host
}

func (j *judge) randomSocket(r *rand.Rand) fetchTrial {
	key := j.newKey()
	f := fetchTrial{Key: key, Socket: true, URL: j.randomURL(r, key, 0)}
	if !chance(r, 8) {
		f.URL = strings.Replace(f.URL, "http", "ws", 1)
	}
	switch r.IntN(30) {
	case 0:
		f.URL += "#fragment"
	case 1:
		f.URL = strings.Replace(f.URL, "://", "://user:pass@", 1)
	case 2:
		f.URL = pick(r, "ftp://api.example.com/?k="+key+"&h=0", "ws://[", "mailto:a?k="+key+"&h=0", "data:,?k="+key+"&h=0", "ws://api.example.com:6667/?k="+key+"&h=0")
	case 3:
		f.URL = "socket?k=" + key + "&h=0"
	}
	f.Init.Protocols = some(r, 2, "chat", "v2.chat", "bad protocol", "chat")
	a := &answer{Status: pick(r, 101, 101, 101, 101, 200, 403, 302, 500), Headers: [][2]string{{"Upgrade", "websocket"}, {"Connection", "Upgrade"}}}
	if chance(r, 5) {
		a.Headers[0][1] = pick(r, "", "WebSocket", "h2c", "websocket, h2c")
	}
	if chance(r, 5) {
		a.Headers[1][1] = pick(r, "", "upgrade", "keep-alive, Upgrade", "close")
	}
	if chance(r, 10) {
		a.Headers = append(a.Headers, [2]string{"Sec-Websocket-Accept", pick(r, "", "bogus")})
	}
	if chance(r, 10) {
		a.Headers = append(a.Headers, [2]string{"Sec-Websocket-Extensions", pick(r, "permessage-deflate", "other", "permessage-deflate; client_max_window_bits=15")})
	}
	for range pick(r, 0, 0, 0, 1, 1, 1, 1, 2) {
		if a.Status == 101 {
			a.Headers = append(a.Headers, [2]string{"Sec-WebSocket-Protocol", pick(r, "chat", "chat", "v2.chat", "other", "Chat")})
		}
	}
	if a.Status != 101 {
		a.Headers = [][2]string{{"Location", "/elsewhere"}}
	}
	a.Headers = append(a.Headers, randomCookies(r)...)
	f.Hops = []*answer{a}
	return f
}

func (j *judge) randomURL(r *rand.Rand, key string, hop int) string {
	return fmt.Sprintf("%s%s?k=%s&h=%d", pick(r, j.origins...), pick(r, "/", "/data", "/a/b", "/directory/data"), key, hop)
}

func (j *judge) randomFetch(r *rand.Rand, origin string) fetchTrial {
	key := j.newKey()
	f := fetchTrial{Key: key, Init: randomInit(r), URL: j.randomURL(r, key, 0)}
	if chance(r, 6) {
		f.URL = origin + fmt.Sprintf("/own?k=%s&h=0", key)
	}
	switch r.IntN(12) {
	case 0:
		f.URL = oddAddress(r, f.URL)
	case 1:
		f.URL = fmt.Sprintf("%s?k=%s&h=0", pick(r, "", "relative", "./a/../b", "../../up", "/rooted", `\back`, "//app.example.com/other", "%2e%2E/dots", "/%7Etilde", "a b", "<>^{}|", "ü"), key)
	}
	if chance(r, 25) {
		f.URL += pick(r, "#fragment", "#fragment", "#", "#a b`ü")
	}
	if chance(r, 60) {
		f.URL = strings.Replace(f.URL, "://", "://user:pass@", 1)
	}
	if chance(r, 80) {
		f.URL = pick(r, "foo://bar?k="+key+"&h=0", "data:text/plain,hi?k="+key+"&", "https://", "about:blank?k="+key)
	}
	hops := 1
	for chance(r, 4) && hops < 4 {
		hops++
	}
	for h := range hops {
		a := randomAnswer(r, origin)
		if h < hops-1 {
			a.Status = pick(r, 301, 302, 303, 307, 308)
			next := j.randomURL(r, key, h+1)
			switch r.IntN(24) {
			case 0:
				next += "#moved"
			case 1:
				next = strings.Replace(next, "://", "://user:pass@", 1)
			case 2:
				next = pick(r, "https://", "data:text/plain,hi", "ftp://app.example.com/?k="+key, "http://[", "")
			case 3, 4, 5:
				next = fmt.Sprintf("/relative?k=%s&h=%d", key, h+1)
			case 8:
				next = oddAddress(r, next)
			case 6, 7:
				next = origin + fmt.Sprintf("/back?k=%s&h=%d", key, h+1)
			}
			a.Headers = append(a.Headers, [2]string{"Location", next})
		}
		f.Hops = append(f.Hops, a)
	}
	return f
}

// oddAddress writes an address in another way. Most mean the same.
func oddAddress(r *rand.Rand, address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	host, rest, _ := strings.Cut(rest, "/")
	switch r.IntN(9) {
	case 0:
		return strings.ToUpper(scheme) + "://" + strings.ToUpper(host) + "/" + rest
	case 1:
		return scheme + pick(r, ":/", ":", `:\\`, "://", ":///") + host + pick(r, "/", `\`) + rest
	case 2:
		return " " + scheme + ":\t//" + host + "/\n" + rest + " "
	case 3:
		return scheme + "://" + host + pick(r, "/./", "/a/../", "/a/%2e%2E/", "/..//", "/a/.", "/a//../") + rest
	case 4:
		return scheme + "://" + host + pick(r, "/a b/", "/ü/", `/"<>/`, "/{}|^/", "/%c3%bc/", "/'~!$&()*+,;=:@/") + rest
	case 5:
		return address + pick(r, "&a b", "&ü", `&"<>'`, "&{}|^`", "&?", "&%zz")
	case 6:
		if !strings.Contains(host, ":") {
			host += map[string]string{"http": ":80", "https": pick(r, ":443", ":0443", ":")}[scheme]
		}
		return scheme + "://" + host + "/" + rest
	case 7:
		host = pick(r, "127.1:8080", "0x7f.1:8080", "2130706433:8080", "0177.0.0.1:8080", "127.0.0.256:8080", "127.0.0.09:8080", "1.2.3.4.5:8080", "[::1:8080", "a_b.localhost:3000", "%61pi.localhost:3000", "a..localhost:3000", "loc\u00adalhost:3000")
		return "http://" + host + "/" + rest
	}
	return "https://" + pick(r, "bücher.example.com", "BÜCHER.example.com", "xn--bcher-kva.example.com", "x.y.example.com", "ａｐｉ.example.com", "xn--a.example.com") + "/" + rest
}

var randomHeaders = [][2]string{
	{"Accept", "text/html"}, {"Accept", "a(b)"}, {"Accept-Language", "de"}, {"Accept-Language", "d\"e"}, {"Content-Language", "de"},
	{"Content-Type", "application/json"}, {"Content-Type", "text/plain"}, {"Content-Type", "TEXT/PLAIN; charset=utf-8"}, {"Content-Type", "text/plain; a=\"b\""},
	{"Content-Type", "multipart/form-data; boundary=x"}, {"Content-Type", "bogus"}, {"Content-Type", "application/x-www-form-urlencoded"},
	{"X-A", "1"}, {"X-B", "2"}, {"x-c", " padded "}, {"Authorization", "Basic YTpi"}, {"Range", "bytes=0-10"}, {"Range", "bytes=-10"}, {"Range", "bytes=10-2"},
	{"Origin", "https://forged.example"}, {"Cookie", "forged=1"}, {"Host", "forged"}, {"Sec-Fetch-Site", "none"}, {"Proxy-Foo", "1"}, {"DNT", "1"},
	{"X-HTTP-Method-Override", "TRACE"}, {"X-HTTP-Method-Override", "PUT"}, {"If-None-Match", "\"1\""}, {"X Y", "1"}, {"X-D", "a\nb"}, {"X-E", "é"}, {"X-F", "€"},
	{"X-Long", strings.Repeat("x", 200)}, {"Accept", strings.Repeat("x", 129)}, {"Accept", strings.Repeat("x", 128)}, {"Range", "bytes=5-"}, {"Range", "bytes=5-7,9-10"},
	{"Last-Event-ID", "1"}, {"Cache-Control", "no-cache"}, {"Pragma", "no-cache"}, {"X-Requested-With", "XMLHttpRequest"}, {"Access-Control-Request-Method", "GET"},
}

func randomInit(r *rand.Rand) fetchInit {
	i := fetchInit{
		Method:      pick(r, "", "", "GET", "GET", "POST", "POST", "PUT", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"),
		Credentials: pick(r, "", "include", "include", "same-origin", "omit"),
		Mode:        pick(r, "", "", "", "cors", "cors", "no-cors", "same-origin"),
		Redirect:    pick(r, "", "", "", "", "follow", "error", "manual"),
	}
	if chance(r, 15) {
		i.Method = pick(r, "get", "put", "patch", "FOO", "TRACE", "P UT", "QUERY", "connect", "Delete", "PUTTY", "post")
	}
	for range pick(r, 0, 0, 0, 1, 1, 2, 3) {
		if i.Headers == nil {
			i.Headers = make(map[string]string)
		}
		h := pick(r, randomHeaders...)
		if strings.ContainsAny(h[0]+h[1], " \n€") && !chance(r, 6) && h[0] != "x-c" {
			continue
		}
		i.Headers[h[0]] = h[1]
	}
	switch i.Method {
	case "", "GET", "HEAD", "get":
		if chance(r, 40) {
			i.Body = "{}"
		}
	default:
		if chance(r, 2) {
			i.Body = pick(r, "{}", "a=b", "ü")
		}
	}
	return i
}

func randomAnswer(r *rand.Rand, origin string) *answer {
	a := &answer{Status: pick(r, 200, 200, 200, 200, 200, 200, 201, 204, 404, 500, 403, 304, 302), Body: pick(r, "hello", "", "{\"a\":1}", "<!doctype html><p>")}
	if chance(r, 60) {
		a.Abort = true
	}
	a.Headers = randomCORS(r, origin)
	add := func(name string, values ...string) {
		a.Headers = append(a.Headers, [2]string{name, pick(r, values...)})
	}
	if chance(r, 2) {
		add("Content-Type", "text/plain", "application/json", "text/html", "image/png", "text/css", "bogus")
	}
	if chance(r, 3) {
		add("Access-Control-Expose-Headers", "X-A", "*", "x-a, X-B", "X-A,,X-C", "X-A, b(d", "Set-Cookie, X-B", "\"X-A\"", "X-A\tX-B", "Cache-Control, X-C")
	}
	for _, name := range []string{"X-A", "X-B", "X-C", "Expires", "Last-Modified", "ETag", "Pragma", "Content-Language"} {
		if chance(r, 4) {
			add(name, "1", "a b", "x, y")
		}
	}
	if chance(r, 6) {
		add("Cross-Origin-Resource-Policy", "same-origin", "same-site", "cross-origin", "same-Site", "bogus", "same-origin, same-origin", " same-site ")
	}
	if chance(r, 8) {
		add("Referrer-Policy", "no-referrer", "unsafe-url", "origin", "same-origin", "bogus")
	}
	if chance(r, 8) {
		add("Strict-Transport-Security", "max-age=100", "max-age=100; includeSubDomains", "max-age=0", "max-age=0", "bogus", "max-age=\"9\"", "includeSubDomains")
	}
	a.Headers = append(a.Headers, randomCookies(r)...)
	if chance(r, 30) {
		return a
	}
	a.Preflight = &answer{Status: pick(r, 200, 204, 200, 204, 200, 204, 200, 204, 200, 204, 299, 404, 500, 301, 302, 304), Headers: randomCORS(r, origin)}
	p := a.Preflight
	add = func(name string, values ...string) {
		p.Headers = append(p.Headers, [2]string{name, pick(r, values...)})
	}
	for range pick(r, 0, 1, 1, 1, 1, 2) {
		add("Access-Control-Allow-Methods", "GET, PUT, DELETE, PATCH", "PUT, DELETE, PATCH, OPTIONS, QUERY, FOO", "*", "*", "PUT,DELETE", "put", "PATCH", ",, PUT ,", "PUT\t,\tDELETE", "PUT;GET", "\"PUT\"", "", "PUT DELETE", "patch, PUT")
	}
	for range pick(r, 0, 1, 1, 1, 1, 2) {
		add("Access-Control-Allow-Headers", "Content-Type, X-A, X-B, X-C, Authorization", "content-type,x-a,x-b,x-c,x-e,x-long,x-http-method-override,if-none-match,range,accept,cache-control,pragma,last-event-id,x-requested-with", "*, Authorization", "*, authorization", "X-A", "x-a;x-b", "\"x-a\"", "", ",X-A,,", "Content-Type", "X A")
	}
	if chance(r, 2) {
		add("Access-Control-Max-Age", "600", "0", "-1", "abc", "1.5", "", "+600", "600, 600", " 600 ", "99999999999999999999", "86400")
	}
	if p.Status/100 == 3 && chance(r, 2) {
		add("Location", "/elsewhere", "https://api.example.com/elsewhere", "https://")
	}
	if chance(r, 10) {
		p.Headers = append(p.Headers, randomCookies(r)...)
	}
	return a
}

func randomCORS(r *rand.Rand, origin string) (headers [][2]string) {
	add := func(name string, values ...string) { headers = append(headers, [2]string{name, pick(r, values...)}) }
	switch r.IntN(16) {
	case 0:
	case 1, 2:
		add("Access-Control-Allow-Origin", "*")
	case 3:
		add("Access-Control-Allow-Origin", "null", "https://other.example", strings.ToUpper(origin), origin+"/", "app.example.com", origin+", "+origin, "*, *", "", "https://*.example.com", " "+origin+" ", "{origin} {origin}", "http://[", "none", "foo:bar", origin+":443", "Null", "http://a b", "//app.example.com", "*.example.com")
	case 4:
		add("Access-Control-Allow-Origin", "{origin}")
		add("Access-Control-Allow-Origin", "{origin}", "*", "")
	default:
		add("Access-Control-Allow-Origin", "{origin}")
	}
	if !chance(r, 3) {
		add("Access-Control-Allow-Credentials", "true", "true", "true", "true", "true", "true", "True", "false", "", " true ", "true, true", "1")
	}
	return headers
}

func randomCookies(r *rand.Rand) (headers [][2]string) {
	if !chance(r, 3) {
		return nil
	}
	for range pick(r, 1, 1, 2) {
		var cookie strings.Builder
		cookie.WriteString(pick(r, "a", "b", "c", "__Host-h", "__Secure-s", "", "__http-x") + pick(r, "=", "=", "=", "=", "") + pick(r, "1", "2", "\"q\"", "x y", "", "ü"))
		for _, attribute := range some(r, 4, "Secure", "HttpOnly", "SameSite=None", "SameSite=Lax", "SameSite=Strict", "SameSite=bogus", "Path=/", "Path=/a", "Path=directory", "Domain=example.com", "Domain=.example.com",
			"Domain=com", "Domain=api.example.com", "Domain=other.example", "Domain=localhost", "Domain=", "Max-Age=100", "Max-Age=0", "Max-Age=-1", "Max-Age=x", "Expires=Thu, 01 Jan 2032 00:00:00 GMT", "Expires=Thu, 01-Jan-1970 00:00:00 GMT", "Expires=bogus", "secure", "SameSite=None; Secure", "SameSite=None; Secure") {
			cookie.WriteString(pick(r, "; ", ";") + attribute)
		}
		headers = append(headers, [2]string{"Set-Cookie", cookie.String()})
	}
	return headers
}

var randomSources = []string{
	"'self'", "'none'", "*", "https:", "http:", "ws:", "wss:", "data:", "https://api.example.com", "http://api.example.com", "api.example.com", "*.example.com",
	"https://*.example.com", "https://api.example.com:*", "api.example.com:8443", "api.example.com:443", "http://api.example.com:80", "https://api.example.com:80", "http://localhost:*", "localhost:3000", "http://api.example.com:8080",
	"https://api.example.com/a/", "https://api.example.com/data", "api.example.com/a/b", "https://api.example.com/data?x", "https://api.example.com#a", "HTTPS://API.EXAMPLE.COM", "wss://api.example.com", "ws://localhost:3000",
	"https://partner.example.org/d%61ta", "*:8443", "'bogus'", "https://app.example.com", "127.0.0.1:8080", "http://127.0.0.1:*",
}

func digestOf(algorithm, content string) string {
	switch algorithm {
	case "sha384":
		sum := sha512.Sum384([]byte(content))
		return base64.StdEncoding.EncodeToString(sum[:])
	case "sha512":
		sum := sha512.Sum512([]byte(content))
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	sum := sha256.Sum256([]byte(content))
	return base64.StdEncoding.EncodeToString(sum[:])
}
