// Package echo is what the server and the client do with the library, frame by frame.
package echo

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"unicode/utf8"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsflate"
)

var (
	variant   = os.Getenv("VARIANT")
	deflate   = variant != "defaults" && variant != "no-deflate"
	checkUTF8 = variant != "defaults"

	errUTF8  = errors.New("text that is not UTF-8")
	errLarge = errors.New("message over the limit")
)

const maxMessage = 256 << 20

// Serve echoes on every connection that the listener gives.
func Serve(listener net.Listener) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go serve(conn)
	}
}

func serve(conn net.Conn) {
	var upgrader ws.Upgrader
	extension := wsflate.Extension{Parameters: wsflate.DefaultParameters}
	if deflate {
		upgrader.Negotiate = extension.Negotiate
	}
	if _, err := upgrader.Upgrade(conn); err != nil {
		log.Print(err)
		conn.Close()
		return
	}
	state := ws.StateServerSide
	if _, accepted := extension.Accepted(); accepted {
		state = state.Set(ws.StateExtended)
	}
	run(conn, bufio.NewReader(conn), state)
}

// Visit opens a connection, echoes until it ends, and gives the last message.
func Visit(url string, config *tls.Config) ([]byte, error) {
	dialer := ws.Dialer{TLSConfig: config}
	if deflate {
		dialer.Extensions = []httphead.Option{wsflate.DefaultParameters.Option()}
	}
	conn, reader, handshake, err := dialer.Dial(context.Background(), url)
	if err != nil {
		return nil, err
	}
	if reader == nil {
		reader = bufio.NewReader(conn)
	}
	state := ws.StateClientSide
	if len(handshake.Extensions) > 0 {
		state = state.Set(ws.StateExtended)
	}
	return run(conn, reader, state), nil
}

// run sends every message back with its type until the connection ends, and closes it.
func run(conn net.Conn, reader *bufio.Reader, state ws.State) (last []byte) {
	defer conn.Close()
	for {
		message, err := read(conn, reader, state)
		if err != nil {
			fail(conn, state, err)
			return last
		}
		last = message.Payload
		if state.Extended() {
			message, err = wsflate.CompressFrame(message)
		}
		if err != nil || write(conn, state, message) != nil {
			return last
		}
	}
}

// read gives the next message as one frame; control frames are answered on the way.
func read(conn net.Conn, reader *bufio.Reader, state ws.State) (message ws.Frame, err error) {
	for {
		frame, err := readFrame(reader, state, maxMessage-message.Header.Length)
		if err != nil {
			return message, err
		}
		if frame.Header.OpCode.IsControl() {
			if err := answer(conn, state, frame); err != nil {
				return message, err
			}
			continue
		}
		if !state.Fragmented() {
			message.Header = ws.Header{Fin: true, Rsv: frame.Header.Rsv, OpCode: frame.Header.OpCode}
		} else if frame.Header.Rsv != 0 {
			return message, wsflate.ErrUnexpectedCompressionBit
		}
		message.Payload = append(message.Payload, frame.Payload...)
		message.Header.Length += frame.Header.Length
		state = state.Set(ws.StateFragmented)
		if frame.Header.Fin {
			break
		}
	}
	if message, err = wsflate.DecompressFrame(message); err != nil {
		return message, err
	}
	if checkUTF8 && message.Header.OpCode == ws.OpText && !utf8.Valid(message.Payload) {
		return message, errUTF8
	}
	return message, nil
}

// readFrame gives the next frame, checked and unmasked.
func readFrame(reader io.Reader, state ws.State, limit int64) (ws.Frame, error) {
	header, err := ws.ReadHeader(reader)
	if err != nil {
		return ws.Frame{}, err
	}
	if err := ws.CheckHeader(header, state); err != nil {
		return ws.Frame{}, err
	}
	if header.Length > limit {
		return ws.Frame{}, errLarge
	}
	frame := ws.Frame{Header: header, Payload: make([]byte, header.Length)}
	if _, err := io.ReadFull(reader, frame.Payload); err != nil {
		return ws.Frame{}, err
	}
	if header.Masked {
		frame = ws.UnmaskFrameInPlace(frame)
	}
	return frame, nil
}

// answer sends what a control frame asks for; after a close frame the error is io.EOF.
func answer(conn net.Conn, state ws.State, frame ws.Frame) error {
	switch frame.Header.OpCode {
	case ws.OpPing:
		return write(conn, state, ws.NewPongFrame(frame.Payload))
	case ws.OpClose:
		code, reason := ws.ParseCloseFrameData(frame.Payload)
		if len(frame.Payload) > 0 {
			if err := ws.CheckCloseFrameData(code, reason); err != nil {
				return err
			}
		}
		write(conn, state, ws.NewCloseFrame(frame.Payload[:min(2, len(frame.Payload))]))
		return io.EOF
	}
	return nil
}

// fail tells the peer why the connection ends, where the protocol has a code for it.
func fail(conn net.Conn, state ws.State, err error) {
	var violation ws.ProtocolError
	switch {
	case errors.Is(err, errUTF8):
		write(conn, state, ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusInvalidFramePayloadData, "")))
	case errors.Is(err, errLarge):
		write(conn, state, ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusMessageTooBig, "")))
	case errors.As(err, &violation):
		write(conn, state, ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusProtocolError, "")))
	}
}

func write(conn net.Conn, state ws.State, frame ws.Frame) error {
	if state.ClientSide() {
		frame = ws.MaskFrame(frame)
	}
	return ws.WriteFrame(conn, frame)
}
