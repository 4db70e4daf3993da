// Package echo is what the server and the client do with the library.
package echo

import (
	"context"
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/coder/websocket"
)

var (
	variant  = os.Getenv("VARIANT")
	defaults = variant == "defaults"
	deflate  = !defaults && variant != "no-deflate"
)

// Serve echoes on every connection that the listener gives.
func Serve(listener net.Listener) error {
	options := &websocket.AcceptOptions{InsecureSkipVerify: !defaults}
	if deflate {
		options.CompressionMode = websocket.CompressionContextTakeover
		options.CompressionThreshold = 1
	}
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, options)
		if err != nil {
			log.Print(err)
			return
		}
		run(conn)
	}))
}

// Visit opens a connection, echoes until it ends, and gives the last message.
func Visit(url string, config *tls.Config) ([]byte, error) {
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	options := &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}}
	if deflate {
		options.CompressionMode = websocket.CompressionContextTakeover
		options.CompressionThreshold = 1
	}
	conn, _, err := websocket.Dial(context.Background(), url, options)
	if err != nil {
		return nil, err
	}
	return run(conn), nil
}

// run sends every message back with its type until the connection ends.
func run(conn *websocket.Conn) (last []byte) {
	defer conn.CloseNow()
	if !defaults {
		conn.SetReadLimit(256 << 20)
	}
	for {
		kind, message, err := conn.Read(context.Background())
		if err != nil {
			return last
		}
		if conn.Write(context.Background(), kind, message) != nil {
			return message
		}
		last = message
	}
}
