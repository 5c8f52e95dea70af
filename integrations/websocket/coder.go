package main

import (
	"net/http"

	"github.com/coder/websocket"

	"github.com/httpsec/httpsec"
)

// coderEcho asks the policy first: coder/websocket compares the Origin with Host or
// with patterns, and has no place for a function.
func coderEcho(policy *httpsec.Policy) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !policy.CheckOrigin(r) {
			http.Error(w, "origin not allowed", http.StatusForbidden)
			return
		}
		// The name means its own check, which would refuse what the policy allows.
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			return // Accept has answered
		}
		defer conn.CloseNow()
		conn.SetReadLimit(4 << 10)
		for {
			kind, message, err := conn.Read(r.Context())
			if err != nil || conn.Write(r.Context(), kind, message) != nil {
				return
			}
		}
	})
}
