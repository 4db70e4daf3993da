// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
package main

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"target/echo"
)

var (
	fuzzer = os.Getenv("FUZZER_URL")
	agent  = strings.ReplaceAll(url.QueryEscape(cmp.Or(os.Getenv("AGENT"), "gorilla")), "+", "%20")
	dialer = websocket.Dialer{EnableCompression: true, HandshakeTimeout: 10 * time.Second}
)

func dial(path string) (*websocket.Conn, error) {
	conn, _, err := dialer.Dial(fuzzer+path, nil)
	return conn, err
}

func caseCount() (int, error) {
	conn, err := dial("/getCaseCount")
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, message, err := conn.ReadMessage()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(message))
}

func runCase(number int) {
	conn, err := dial(fmt.Sprintf("/runCase?case=%d&agent=%s", number, agent))
	if err != nil {
		log.Printf("case %d: %v", number, err)
		return
	}
	echo.Run(conn)
}

func main() {
	if file := os.Getenv("CA_CERT"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		dialer.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
		dialer.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem)
	}

	count, err := caseCount()
	if err != nil {
		log.Fatal(err)
	}
	numbers := make(chan int)
	concurrency, _ := strconv.Atoi(os.Getenv("CONCURRENCY"))
	var workers sync.WaitGroup
	for range max(1, concurrency) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for number := range numbers {
				runCase(number)
			}
		}()
	}
	for number := 1; number <= count; number++ {
		numbers <- number
	}
	close(numbers)
	workers.Wait()

	conn, err := dial("/updateReports?agent=" + agent)
	if err != nil {
		log.Fatal(err)
	}
	echo.Run(conn)
}
