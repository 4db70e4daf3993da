// Package echo is what the server and the client do with the library, through its helpers for whole messages.
package echo

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// Serve echoes on every connection that the listener gives.
func Serve(listener net.Listener) error {
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, buffered, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			log.Print(err)
			return
		}
		run(conn, buffered.Reader, ws.StateServerSide)
	}))
}

// Visit opens a connection, echoes until it ends, and gives the last message.
func Visit(url string, config *tls.Config) ([]byte, error) {
	conn, buffered, _, err := ws.Dialer{TLSConfig: config}.Dial(context.Background(), url)
	if err != nil {
		return nil, err
	}
	if buffered == nil {
		buffered = bufio.NewReader(conn)
	}
	return run(conn, buffered, ws.StateClientSide), nil
}

// run sends every message back with its type until the connection ends, and closes it.
func run(conn net.Conn, reader *bufio.Reader, state ws.State) (last []byte) {
	defer conn.Close()
	stream := struct {
		io.Reader
		io.Writer
	}{reader, conn}
	for {
		message, kind, err := wsutil.ReadData(stream, state)
		if err != nil {
			return last
		}
		if wsutil.WriteMessage(stream, state, kind, message) != nil {
			return message
		}
		last = message
	}
}
