// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
package main

import (
	"cmp"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/gorilla/websocket"

	"target/echo"
)

var upgrader = websocket.Upgrader{
	EnableCompression: true,
	CheckOrigin:       func(*http.Request) bool { return true },
}

func handle(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		log.Print(err)
		return
	}
	echo.Run(conn)
}

func main() {
	address := net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), cmp.Or(os.Getenv("PORT"), "9001"))
	handler := http.HandlerFunc(handle)
	if cert := os.Getenv("TLS_CERT"); cert != "" {
		log.Fatal(http.ListenAndServeTLS(address, cert, os.Getenv("TLS_KEY"), handler))
	}
	log.Fatal(http.ListenAndServe(address, handler))
}
