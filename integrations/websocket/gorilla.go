package main

import (
	"net/http"

	"github.com/gorilla/websocket"

	"github.com/httpsec/httpsec"
)

// gorillaEcho asks the policy in place of gorilla's own check, which knows only the
// same origin.
func gorillaEcho(policy *httpsec.Policy) http.Handler {
	upgrader := websocket.Upgrader{CheckOrigin: policy.CheckOrigin}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // Upgrade has answered
		}
		defer conn.Close()
		conn.SetReadLimit(4 << 10)
		for {
			kind, message, err := conn.ReadMessage()
			if err != nil || conn.WriteMessage(kind, message) != nil {
				return
			}
		}
	})
}
