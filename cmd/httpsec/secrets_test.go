package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// echo is a server that puts what it is told into everything that the command shows.
func echo(w http.ResponseWriter, r *http.Request) {
	told := r.Header.Get("Authorization") + r.Header.Get("X-Api-Key") + r.Header.Get("Cookie")
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", app)
	h.Set("Access-Control-Allow-Headers", "authorization, x-api-key")
	h.Set("Access-Control-Allow-Methods", "PUT")
	h.Set("Access-Control-Allow-Credentials", "true")
	h.Set("X-Told", told)
	h.Set("Referrer-Policy", "/"+told)
	h.Set("Set-Cookie", "session="+told+"; Path=/")
	if r.Method == http.MethodOptions {
		return
	}
	if r.URL.Path == "/redirect" {
		h.Set("Location", "https://www.example.com/page?t="+url.QueryEscape(told))
		w.WriteHeader(http.StatusFound)
		return
	}
	if r.URL.Path == "/away" {
		h.Set("Location", "https://example.net/?t="+url.PathEscape(told))
		w.WriteHeader(http.StatusFound)
		return
	}
	if r.URL.Path == "/refuse" {
		h.Set("Access-Control-Allow-Origin", told)
	}
	h.Set(headerCSP, "default-src 'none'; report-uri /r?"+url.QueryEscape(told))
	quiet(w, "text/html", "<script src='/"+told+".js'></script>\n<img src='/"+url.PathEscape(told)+"'>")
}

func TestValuesOfHeadersFileAreNeverPrinted(t *testing.T) {
	const file = "Authorization: Bearer t0ken/4711==\nX-Api-Key: k3y 0815\nCookie: session=c00kie-1234; other=c00kie-5678\n"
	secrets := []string{
		"t0ken/4711==", "t0ken%2F4711%3D%3D", "t0ken%2F4711==", "k3y 0815", "k3y+0815", "k3y%200815", "c00kie-1234", "c00kie-5678",
	}
	for _, path := range []string{"page", "redirect", "away", "refuse"} {
		for _, mode := range []string{"", "-json"} {
			for _, flags := range []string{"-from " + app + " -credentials", "-from " + app + " -credentials -method PUT", "-load"} {
				t.Run(path+mode+flags, func(t *testing.T) {
					given := file
					if flags == "-load" {
						given = "Cookie: session=c00kie-1234; other=c00kie-5678"
					}
					args := append(strings.Fields(mode+" "+flags+" -headers -"), "https://www.example.com/"+path)
					o := checkedWith(echo, given, args...)
					require.NotEmpty(t, o.requests, o.errors)
					require.NotEmpty(t, o.out)
					for _, secret := range secrets {
						assert.NotContains(t, o.out, secret)
						assert.NotContains(t, o.errors, secret)
					}
					arrived := false
					for _, r := range o.requests {
						arrived = arrived || strings.Contains(r.Header.Get("Cookie"), "session=c00kie-1234")
					}
					assert.True(t, arrived)
				})
			}
		}
	}
}

func TestCookieJar(t *testing.T) {
	const jar = "Cookie: a=1; b=2\nSet-Cookie: strict=3; SameSite=Strict; Secure\nSet-Cookie: there=4; Path=/other\n"
	handler := header("Access-Control-Allow-Origin", app, "Access-Control-Allow-Credentials", "true")
	sent := func(stdin string, args ...string) string {
		o := checkedWith(handler, stdin, append([]string{"-headers", "-", "-probe=false"}, args...)...)
		require.NotEmpty(t, o.requests, o.errors)
		return o.requests[len(o.requests)-1].Header.Get("Cookie")
	}
	assert.Equal(t, "a=1; b=2; strict=3", sent(jar, "https://www.example.com/"))
	assert.Equal(t, "a=1; b=2; strict=3", sent(jar, "-from", app, "-credentials", "https://www.example.com/"), "of the same site")
	assert.Equal(t, "strict=3; there=4; a=1; b=2", sent(jar, "https://www.example.com/other/"))
	assert.Equal(t, "a=1; b=2", sent(jar, "-from", "https://example.net", "-credentials", "https://www.example.com/"))
	assert.Equal(t, "a=1; b=2; strict=3", sent(jar, "-from", "https://www.example.com", "https://www.example.com/"))
	assert.Equal(t, "a=1; b=2", sent("Cookie: a=1; b=2", "http://www.example.com/"), "plain http")
	assert.Equal(t, "a=1", sent("Cookie: a=1", "http://localhost:8080/"))

	both := checkedWith(handler, "Cookie: a=1", "-headers", "-", "-probe=false", "https://www.example.com/", "https://example.net/")
	require.Len(t, both.requests, 2)
	assert.Equal(t, both.requests[0].Header["Cookie"], both.requests[1].Header["Cookie"], "every URL has them")

	o := checkedWith(handler, jar, "-headers", "-", "-probe=false", "-json", "-from", app, "-credentials", "https://www.example.com/")
	assert.Equal(t, "a=…; b=…; strict=…", o.report(t).Exchanges[0].Request["Cookie"])
	people := checkedWith(handler, jar, "-headers", "-", "-probe=false", "-from", "https://example.net", "-credentials", "https://www.example.com/")
	assert.Contains(t, people.out, "Cookie: a=…; b=…\n")
	assert.Contains(t, people.out, "\n  cookie strict stays behind: ")
}

// TestCookiesStayWithTheirHost: what redirects elsewhere takes no credentials along.
func TestCookiesStayWithTheirHost(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "https://www.example.com")
		w.Header().Set("Access-Control-Allow-Headers", "authorization")
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		if r.Host == "www.example.com" {
			http.Redirect(w, r, "https://login.example.com/", http.StatusFound)
			return
		}
		quiet(w, "application/json", "{}")
	}
	o := checkedWith(handler, "Cookie: a=1\nAuthorization: Bearer 4711", "-headers", "-", "-probe=false", "-from", "https://www.example.com", "-credentials", "https://www.example.com/")
	require.Len(t, o.requests, 2)
	assert.Equal(t, "a=1", o.requests[0].Header.Get("Cookie"))
	assert.Equal(t, "Bearer 4711", o.requests[0].Header.Get("Authorization"))
	assert.Empty(t, o.requests[1].Header["Cookie"])
	assert.Empty(t, o.requests[1].Header["Authorization"])
}

// TestCookiesOfTheServer: their values are not for a log of CI either.
func TestCookiesOfTheServer(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "fresh-secret", Path: "/", Secure: true})
		http.SetCookie(w, &http.Cookie{Name: "theme", Value: "dark-secret"})
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/next", http.StatusFound)
			return
		}
		quiet(w, "text/html", "")
	}
	o := checked(handler, "-json", "-probe=false", site)
	require.Len(t, o.requests, 2)
	assert.Contains(t, o.requests[1].Header.Get("Cookie"), "session=fresh-secret", "they are sent")
	assert.NotContains(t, o.out, "secret")
	r := o.report(t)
	assert.Equal(t, "session=…; Path=/; Secure, theme=…", r.Exchanges[0].Response["Set-Cookie"])
	assert.Equal(t, "session=…; theme=…", r.Exchanges[1].Request["Cookie"])
}
