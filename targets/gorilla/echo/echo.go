// Package echo is what the server and the client do with the library.
package echo

import (
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"os"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

var (
	variant  = os.Getenv("VARIANT")
	defaults = variant == "defaults"
	deflate  = !defaults && variant != "no-deflate"
)

// Serve echoes on every connection that the listener gives.
func Serve(listener net.Listener) error {
	upgrader := websocket.Upgrader{EnableCompression: deflate}
	if !defaults {
		upgrader.CheckOrigin = func(*http.Request) bool { return true }
	}
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			log.Print(err)
			return
		}
		run(conn)
	}))
}

// Visit opens a connection, echoes until it ends, and gives the last message.
func Visit(url string, config *tls.Config) ([]byte, error) {
	dialer := websocket.Dialer{TLSClientConfig: config, EnableCompression: deflate}
	conn, _, err := dialer.Dial(url, nil)
	if err != nil {
		return nil, err
	}
	return run(conn), nil
}

// run sends every message back with its type until the connection ends, and closes it.
func run(conn *websocket.Conn) (last []byte) {
	defer conn.Close()
	if !defaults {
		conn.SetReadLimit(256 << 20)
	}
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil {
			return last
		}
		if kind == websocket.TextMessage && !defaults && !utf8.Valid(message) {
			reason := websocket.FormatCloseMessage(websocket.CloseInvalidFramePayloadData, "")
			conn.WriteControl(websocket.CloseMessage, reason, time.Now().Add(time.Second))
			return last
		}
		if conn.WriteMessage(kind, message) != nil {
			return message
		}
		last = message
	}
}
