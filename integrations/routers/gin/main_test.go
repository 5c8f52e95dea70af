package main

import (
	"net/http"
	"os"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/httpsec/httpsec"
	"github.com/httpsec/httpsec/integrations/internal/routertest"
	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/stretchr/testify/assert"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

func TestWhole(t *testing.T) { routertest.Whole(t, whole()) }

func TestGroup(t *testing.T) { routertest.Group(t, group(), http.StatusMethodNotAllowed) }

func TestMidChain(t *testing.T) { routertest.MidChain(t, midChain()) }

// TestAdapt counts how often a request gets to its handler, behind middleware that
// asks for a password.
func TestAdapt(t *testing.T) {
	const allowed, foreign, password = "Origin: https://app.example.com", "Origin: https://evil.example", "Authorization: me"
	for _, tt := range []struct {
		name    string
		adapt   func(func(http.Handler) http.Handler) gin.HandlerFunc
		request string
		lines   []string
		status  int
		body    string
		runs    int
	}{
		{"no origin", adapt, "GET /stream", []string{password}, 200, "stream", 1},
		{"allowed", adapt, "GET /stream", []string{allowed, password}, 200, "stream", 1},
		{"allowed, no password", adapt, "GET /stream", []string{allowed}, 401, "", 0},
		{"foreign", adapt, "GET /stream", []string{foreign, password}, 403, "origin not allowed\n", 0},
		{"foreign handshake", adapt, "GET /stream", []string{foreign, password, wire.Handshake}, 403, "origin not allowed\n", 0},
		{"preflight", adapt, "OPTIONS /stream", []string{allowed, "Access-Control-Request-Method: GET"}, 200, "", 0},
		{"foreign preflight", adapt, "OPTIONS /stream", []string{foreign, "Access-Control-Request-Method: GET"}, 403, "origin not allowed\n", 0},
		{"preflight without a route", adapt, "OPTIONS /panic", []string{allowed, "Access-Control-Request-Method: GET"}, 200, "", 0},
		{"panic", adapt, "GET /panic", []string{allowed, password}, 500, "", 1},

		// How adapters fail that do not keep count.
		{"abort first: never runs", abortFirst, "GET /stream", []string{allowed, password}, 200, "", 0},
		{"abort first: lets everyone in", abortFirst, "GET /stream", []string{allowed}, 200, "", 0},
		{"never abort: runs what was refused", neverAbort, "GET /stream", []string{foreign, password}, 403, "origin not allowed\nstream", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cors := httpsec.Must(httpsec.CORS(httpsec.Config{
				Origins: []string{"https://app.example.com"}, Credentials: true, RejectDisallowed: true,
			}))
			runs := 0
			engine := gin.New()
			engine.Use(gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, _ any) { c.AbortWithStatus(500) }))
			engine.Use(tt.adapt(cors), func(c *gin.Context) {
				if c.GetHeader("Authorization") == "" {
					c.AbortWithStatus(http.StatusUnauthorized)
				}
			})
			stream := func(c *gin.Context) { runs++; c.String(200, "stream") }
			engine.GET("/stream", stream)
			engine.OPTIONS("/stream", stream) // who answers preflights by hand
			engine.GET("/panic", func(*gin.Context) { runs++; panic("handler") })

			answer := wire.Send(t, engine, tt.request, tt.lines...)
			assert.Equal(t, tt.status, answer.Status)
			assert.Equal(t, tt.body, answer.Body)
			assert.Equal(t, tt.runs, runs)
		})
	}
}

func TestAdaptHandsOnTheNonce(t *testing.T) {
	csp := httpsec.DefaultCSP().With("script-src", httpsec.NonceSource).String()
	engine := gin.New()
	engine.Use(adapt(httpsec.Must(httpsec.SecurityHeaders(httpsec.Headers{ContentSecurityPolicy: csp}))))
	engine.GET("/", func(c *gin.Context) { c.String(200, httpsec.Nonce(c.Request.Context())) })
	answer := wire.Send(t, engine, "GET /")
	assert.NotEmpty(t, answer.Body)
	assert.Contains(t, answer.Header.Get("Content-Security-Policy"), "'nonce-"+answer.Body+"'")
}

func abortFirst(wrap func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Abort()
		wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { c.Next() })).ServeHTTP(c.Writer, c.Request)
	}
}

func neverAbort(wrap func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { c.Next() })).ServeHTTP(c.Writer, c.Request)
	}
}
