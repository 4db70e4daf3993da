// Package echo is what the server and the client do with a connection.
package echo

import (
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// Run sends every message back with its type until the connection ends, and closes it.
func Run(conn *websocket.Conn) {
	defer conn.Close()
	conn.SetReadLimit(256 << 20)
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.TextMessage && !utf8.Valid(message) {
			reason := websocket.FormatCloseMessage(websocket.CloseInvalidFramePayloadData, "")
			conn.WriteControl(websocket.CloseMessage, reason, time.Now().Add(time.Second))
			return
		}
		if conn.WriteMessage(kind, message) != nil {
			return
		}
	}
}
