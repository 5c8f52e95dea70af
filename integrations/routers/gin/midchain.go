package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// midChain gives the policy to what is registered after it, and to all 404s and
// 405s: it is there that gin hands preflights.
func midChain() http.Handler {
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.Use(adapt(secure))
	engine.GET("/health", noContent)
	engine.Use(adapt(cors))
	engine.PUT("/api/events/:id", noContent)
	return engine
}

// adapt makes gin middleware of net/http middleware. It goes into Engine.Use, not
// into a RouterGroup's, which sees no preflights.
func adapt(wrap func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		passed := false
		next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			passed = true
			c.Request = r // may carry a nonce
			c.Next()
		})
		// httpsec does not wrap the ResponseWriter, so c.Writer stays as it is.
		wrap(next).ServeHTTP(c.Writer, c.Request)
		if !passed {
			// After a middleware that did not call Next, gin runs the rest of the
			// chain itself; what has been answered or refused must not get there.
			// Aborting before would keep c.Next from running anything.
			c.Abort()
		}
	}
}
