package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"net/http"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
)

// newToken stands for an OAuth server: one token, good for a day.
func newToken() (string, auth.TokenVerifier) {
	token, expires := rand.Text(), time.Now().Add(24*time.Hour)
	return token, func(_ context.Context, sent string, _ *http.Request) (*auth.TokenInfo, error) {
		if subtle.ConstantTimeCompare([]byte(sent), []byte(token)) == 0 {
			return nil, auth.ErrInvalidToken
		}
		return &auth.TokenInfo{Expiration: expires}, nil
	}
}
