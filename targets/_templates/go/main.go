// Echo server and client driver. gorilla/websocket stands where your library will.
package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/gorilla/websocket"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "client" {
		drive(os.Getenv("FUZZER_URL"), cmp.Or(os.Getenv("AGENT"), "__NAME__"))
		return
	}
	serve(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), cmp.Or(os.Getenv("PORT"), "9001"))
}

// serve echoes on every connection. TLS when TLS_CERT and TLS_KEY name PEM files.
func serve(host, port string) {
	upgrader := websocket.Upgrader{EnableCompression: true}
	server := http.Server{
		Addr: net.JoinHostPort(host, port),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if conn, err := upgrader.Upgrade(w, r, nil); err == nil {
				echo(conn)
			}
		}),
	}
	if cert := os.Getenv("TLS_CERT"); cert != "" {
		log.Fatal(server.ListenAndServeTLS(cert, os.Getenv("TLS_KEY")))
	}
	log.Fatal(server.ListenAndServe())
}

// drive plays the fuzzer's cases one after the other.
func drive(fuzzer, agent string) {
	dialer := websocket.Dialer{EnableCompression: true, TLSClientConfig: trust(os.Getenv("CA_CERT"))}
	agent = strings.ReplaceAll(url.QueryEscape(agent), "+", "%20")
	visit := func(path string) (last []byte) {
		conn, _, err := dialer.Dial(fuzzer+path, nil)
		if err != nil {
			log.Printf("%s: %v", path, err)
			return nil
		}
		return echo(conn)
	}
	count, err := strconv.Atoi(string(visit("/getCaseCount")))
	if err != nil {
		log.Fatal(err)
	}
	for number := range count {
		visit(fmt.Sprintf("/runCase?case=%d&agent=%s", number+1, agent))
	}
	visit("/updateReports?agent=" + agent)
}

// echo sends every message back with its type until the connection ends, and gives the last one.
func echo(conn *websocket.Conn) (last []byte) {
	defer conn.Close()
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil {
			return last
		}
		last = message
		if conn.WriteMessage(kind, message) != nil {
			return last
		}
	}
}

// trust takes the certificates of one PEM file and no others; without a file, those of the system.
func trust(file string) *tls.Config {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: roots}
}
