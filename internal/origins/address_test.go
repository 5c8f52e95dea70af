package origins_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/httpsec/httpsec/internal/origins"
)

func TestIsAddress(t *testing.T) {
	for _, host := range []string{"192.0.2.1", "[2001:db8::1]", "2001:db8::1", "::"} {
		assert.True(t, origins.IsAddress(host), host)
	}
	for _, host := range []string{"", "localhost", "192.0.2", "1.2.3.4.example", "example.com"} {
		assert.False(t, origins.IsAddress(host), host)
	}
}

func TestRegistrable(t *testing.T) {
	for host, domain := range map[string]string{
		"example.com": "example.com", "a.b.example.com": "example.com", "a.example.co.uk": "example.co.uk",
		"app.github.io": "app.github.io", "a.app.github.io": "app.github.io", "github.io": "github.io",
		"co.uk": "co.uk", "localhost": "localhost", "app.localhost": "app.localhost", "": "",
		"192.0.2.1": "192.0.2.1", "[2001:db8::1]": "[2001:db8::1]",
	} {
		assert.Equal(t, domain, origins.Registrable(host), host)
	}
}
