package main

import (
	"context"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
)

// domains knows the origins of tenants, from a database and from what that said of
// late.
type domains struct {
	database database
	changing sync.RWMutex
	// Two caches, because anybody can send any number of origins: in a common one
	// strangers would push the tenants out.
	tenants, strangers *expirable.LRU[string, struct{}]
}

// newDomains remembers answers for ttl, after which changes by other instances are
// seen.
func newDomains(db database, ttl time.Duration) *domains {
	newCache := func() *expirable.LRU[string, struct{}] { return expirable.NewLRU[string, struct{}](10_000, nil, ttl) }
	return &domains{database: db, tenants: newCache(), strangers: newCache()}
}

// allows is a Config.OriginFunc. It depends on nothing but the origin, as caches of
// responses expect.
func (d *domains) allows(r *http.Request, origin string) bool {
	if _, ok := d.tenants.Get(origin); ok {
		return true
	}
	if _, ok := d.strangers.Get(origin); ok {
		return false
	}
	// While an answer is on its way into a cache nothing changes; otherwise a
	// domain could be removed in between, and be remembered all the same.
	d.changing.RLock()
	defer d.changing.RUnlock()
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	allowed, err := d.database.Has(ctx, origin)
	switch {
	case err != nil: // refused, but not remembered
		log.Print("looking up a tenant's domain: ", err)
	case allowed:
		d.tenants.Add(origin, struct{}{})
	default:
		d.strangers.Add(origin, struct{}{})
	}
	return err == nil && allowed
}

// set adds a domain, or removes it.
func (d *domains) set(ctx context.Context, origin string, allowed bool) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	err := d.database.Set(ctx, origin, allowed)
	// Also after an error, which does not say that nothing has changed.
	d.tenants.Remove(origin)
	d.strangers.Remove(origin)
	return err
}
