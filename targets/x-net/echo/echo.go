// Package echo is what the server and the client do with the library.
package echo

import (
	"crypto/tls"
	"net"
	"net/http"

	"golang.org/x/net/websocket"
)

// message is what the library gives for each frame, with its opcode.
type message struct {
	kind byte
	data []byte
}

// The library's own codec does not tell text from binary.
var codec = websocket.Codec{
	Marshal: func(value any) ([]byte, byte, error) {
		m := value.(*message)
		return m.data, m.kind, nil
	},
	Unmarshal: func(data []byte, kind byte, value any) error {
		*value.(*message) = message{kind, data}
		return nil
	},
}

// Serve echoes on every connection that the listener gives.
func Serve(listener net.Listener) error {
	return http.Serve(listener, websocket.Server{
		Handshake: func(*websocket.Config, *http.Request) error { return nil },
		Handler:   func(conn *websocket.Conn) { run(conn) },
	})
}

// Visit opens a connection, echoes until it ends, and gives the last message.
func Visit(url string, tlsConfig *tls.Config) ([]byte, error) {
	config, err := websocket.NewConfig(url, "http://localhost")
	if err != nil {
		return nil, err
	}
	config.TlsConfig = tlsConfig
	conn, err := websocket.DialConfig(config)
	if err != nil {
		return nil, err
	}
	return run(conn), nil
}

// run sends everything back with its type until the connection ends, and closes it.
func run(conn *websocket.Conn) (last []byte) {
	defer conn.Close()
	conn.MaxPayloadBytes = 256 << 20
	for {
		var m message
		if codec.Receive(conn, &m) != nil {
			return last
		}
		if codec.Send(conn, &m) != nil {
			return m.data
		}
		last = m.data
	}
}
