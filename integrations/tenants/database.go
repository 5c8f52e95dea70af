package main

import (
	"context"
	"sync"
)

type database interface {
	Has(ctx context.Context, origin string) (bool, error)
	Set(ctx context.Context, origin string, allowed bool) error
}

// memory stands for a table with the origins of all tenants.
type memory struct{ origins sync.Map }

func (m *memory) Has(_ context.Context, origin string) (bool, error) {
	_, ok := m.origins.Load(origin)
	return ok, nil
}

func (m *memory) Set(_ context.Context, origin string, allowed bool) error {
	if allowed {
		m.origins.Store(origin, nil)
	} else {
		m.origins.Delete(origin)
	}
	return nil
}
