package main

import (
	"net/http"
	"testing"

	"github.com/httpsec/httpsec/integrations/internal/routertest"
)

func TestWhole(t *testing.T) { routertest.Whole(t, whole()) }

func TestGroup(t *testing.T) { routertest.Group(t, group(), http.StatusMethodNotAllowed) }
