// Package echo is what the server and the client do with the library.
package echo

import (
	"bytes"
	"crypto/tls"
	"net"
	"os"

	"github.com/lxzan/gws"
)

var (
	variant  = os.Getenv("VARIANT")
	defaults = variant == "defaults"
	deflate  = gws.PermessageDeflate{
		Enabled:               variant != "no-deflate",
		ServerContextTakeover: true,
		ClientContextTakeover: true,
	}
)

const maxMessage = 256 << 20

// handler echoes; what it does not say is the library's own handler.
type handler struct {
	gws.BuiltinEventHandler
	// last is where the last message is kept; nil when nobody asks for it.
	last *[]byte
}

func (h handler) OnPing(socket *gws.Conn, payload []byte) {
	if defaults {
		h.BuiltinEventHandler.OnPing(socket, payload)
	} else {
		socket.WritePong(payload)
	}
}

func (h handler) OnMessage(socket *gws.Conn, message *gws.Message) {
	defer message.Close()
	if h.last != nil {
		*h.last = bytes.Clone(message.Bytes())
	}
	socket.WriteMessage(message.Opcode, message.Bytes())
}

// Serve echoes on every connection that the listener gives.
func Serve(listener net.Listener) error {
	var options gws.ServerOption
	if !defaults {
		options.PermessageDeflate = deflate
		options.ReadMaxPayloadSize = maxMessage
		options.WriteMaxPayloadSize = maxMessage
		options.CheckUtf8Enabled = true
	}
	return gws.NewServer(handler{}, &options).RunListener(listener)
}

// Visit opens a connection, echoes until it ends, and gives the last message.
func Visit(url string, config *tls.Config) (last []byte, err error) {
	options := gws.ClientOption{Addr: url, TlsConfig: config}
	if !defaults {
		options.PermessageDeflate = deflate
		options.ReadMaxPayloadSize = maxMessage
		options.WriteMaxPayloadSize = maxMessage
		options.CheckUtf8Enabled = true
	}
	socket, _, err := gws.NewClient(handler{last: &last}, &options)
	if err != nil {
		return nil, err
	}
	socket.ReadLoop()
	return last, nil
}
