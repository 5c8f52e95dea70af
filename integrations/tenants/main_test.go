package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/httpsec/httpsec/integrations/internal/wire"
	"github.com/stretchr/testify/assert"
)

const shop = "https://shop.example.org"

// counting is a database that counts questions, and fails on request.
type counting struct {
	memory
	asked  atomic.Int64
	broken atomic.Bool
}

func (c *counting) Has(ctx context.Context, origin string) (bool, error) {
	c.asked.Add(1)
	if c.broken.Load() {
		return false, errors.New("the database is down")
	}
	return c.memory.Has(ctx, origin)
}

func change(t *testing.T, handler http.Handler, method, typed string) wire.Answer {
	t.Helper()
	return wire.Send(t, handler, method+" /domains?url="+url.QueryEscape(typed))
}

func preflight(t *testing.T, handler http.Handler, origin string) int {
	t.Helper()
	return wire.Send(t, handler, "OPTIONS /api/events", "Origin: "+origin, "Access-Control-Request-Method: PUT").Status
}

func TestRequests(t *testing.T) {
	handler := service(newDomains(&memory{}, time.Hour))
	assert.Equal(t, 204, change(t, handler, "PUT", "https://Shop.example.org/cart").Status)

	answer := wire.Send(t, handler, "OPTIONS /api/events", "Origin: "+shop, "Access-Control-Request-Method: PUT")
	assert.Equal(t, 200, answer.Status)
	assert.Equal(t, []string{shop}, answer.Header["Access-Control-Allow-Origin"])
	assert.Empty(t, answer.Header["Access-Control-Allow-Credentials"])

	assert.Equal(t, 204, wire.Send(t, handler, "GET /api/events", "Origin: "+shop).Status)
	assert.Equal(t, 204, wire.Send(t, handler, "GET /api/events", "Origin: https://app.example.com").Status)
	assert.Equal(t, 403, wire.Send(t, handler, "GET /api/events", "Origin: https://evil.example").Status)
	assert.Equal(t, 403, wire.Send(t, handler, "GET /api/events", "Origin: https://evil.example", wire.Handshake).Status)
	assert.Equal(t, 403, preflight(t, handler, "https://evil.example"))
	assert.Equal(t, 403, preflight(t, handler, "null"))
}

func TestTypedDomains(t *testing.T) {
	handler := service(newDomains(&memory{}, time.Hour))
	for typed, want := range map[string]string{
		"shop.example.org":  `httpsec: url: "shop.example.org" has no scheme; write "https://shop.example.org"` + "\n",
		"":                  `httpsec: url: "" is not an http or https URL` + "\n",
		"https://*.example": `httpsec: url: "https://*.example" is not an http or https URL` + "\n",
	} {
		answer := change(t, handler, "PUT", typed)
		assert.Equal(t, 400, answer.Status, typed)
		assert.Equal(t, want, answer.Body)
	}
}

func TestAnswersAreRemembered(t *testing.T) {
	db := &counting{}
	handler := service(newDomains(db, time.Hour))
	for range 3 {
		assert.Equal(t, 403, preflight(t, handler, shop))
	}
	assert.EqualValues(t, 1, db.asked.Load(), "a refusal is remembered")

	assert.Equal(t, 204, change(t, handler, "PUT", shop).Status)
	for range 3 {
		assert.Equal(t, 200, preflight(t, handler, shop))
	}
	assert.EqualValues(t, 2, db.asked.Load(), "a domain that is added is seen at once, and remembered")

	assert.Equal(t, 204, change(t, handler, "DELETE", shop).Status)
	assert.Equal(t, 403, preflight(t, handler, shop), "a domain that is removed is refused at once")
	assert.EqualValues(t, 3, db.asked.Load())

	assert.Equal(t, 200, preflight(t, handler, "https://app.example.com"))
	assert.EqualValues(t, 3, db.asked.Load(), "nobody asks for what is listed")
}

func TestAnswersExpire(t *testing.T) {
	db := &counting{}
	const ttl = 50 * time.Millisecond
	handler := service(newDomains(db, ttl))
	assert.Equal(t, 403, preflight(t, handler, shop))
	// Another instance adds it, and later removes it.
	assert.NoError(t, db.Set(t.Context(), shop, true))
	time.Sleep(2 * ttl)
	assert.Equal(t, 200, preflight(t, handler, shop))
	assert.NoError(t, db.Set(t.Context(), shop, false))
	time.Sleep(2 * ttl)
	assert.Equal(t, 403, preflight(t, handler, shop))
}

func TestErrorsAreNotRemembered(t *testing.T) {
	db := &counting{}
	handler := service(newDomains(db, time.Hour))
	assert.Equal(t, 204, change(t, handler, "PUT", shop).Status)
	db.broken.Store(true)
	assert.Equal(t, 403, preflight(t, handler, shop))
	db.broken.Store(false)
	assert.Equal(t, 200, preflight(t, handler, shop))
}

func TestStrangersDoNotPushTenantsOut(t *testing.T) {
	db := &counting{}
	d := newDomains(db, time.Hour)
	assert.NoError(t, d.set(t.Context(), shop, true))
	r, err := http.NewRequestWithContext(t.Context(), "GET", "/", nil)
	assert.NoError(t, err)
	assert.True(t, d.allows(r, shop))
	for i := range 20_000 {
		assert.False(t, d.allows(r, "https://"+strconv.Itoa(i)+".evil.example"))
	}
	before := db.asked.Load()
	assert.True(t, d.allows(r, shop))
	assert.Equal(t, before, db.asked.Load())
	assert.LessOrEqual(t, d.strangers.Len(), 10_000)
}

// removing is a database in which a domain is removed between the answer to a
// look-up and its arrival.
type removing struct {
	memory
	meanwhile func()
}

func (r *removing) Has(ctx context.Context, origin string) (bool, error) {
	allowed, err := r.memory.Has(ctx, origin)
	r.meanwhile()
	return allowed, err
}

func TestRemovalDuringLookup(t *testing.T) {
	db := &removing{}
	d := newDomains(db, time.Hour)
	assert.NoError(t, d.set(t.Context(), shop, true))
	removed := make(chan struct{})
	db.meanwhile = sync.OnceFunc(func() {
		go func() {
			assert.NoError(t, d.set(t.Context(), shop, false))
			close(removed)
		}()
		select {
		case <-removed:
		case <-time.After(50 * time.Millisecond): // it waits for the look-up, as it should
		}
	})
	r, err := http.NewRequestWithContext(t.Context(), "GET", "/", nil)
	assert.NoError(t, err)
	assert.True(t, d.allows(r, shop))
	<-removed
	assert.False(t, d.allows(r, shop))
}
