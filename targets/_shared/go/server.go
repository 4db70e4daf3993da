// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
package main

import (
	"cmp"
	"crypto/tls"
	"log"
	"net"
	"os"

	"target/echo"
)

func main() {
	address := net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), cmp.Or(os.Getenv("PORT"), "9001"))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	if file := os.Getenv("TLS_CERT"); file != "" {
		cert, err := tls.LoadX509KeyPair(file, os.Getenv("TLS_KEY"))
		if err != nil {
			log.Fatal(err)
		}
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{cert}})
	}
	log.Fatal(echo.Serve(listener))
}
