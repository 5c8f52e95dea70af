package main

import (
	"testing"

	"github.com/httpsec/httpsec/integrations/internal/routertest"
)

func TestWhole(t *testing.T) { routertest.Whole(t, whole()) }
