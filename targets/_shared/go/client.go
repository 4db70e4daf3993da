// Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message.
package main

import (
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

	"target/echo"
)

var (
	fuzzer = os.Getenv("FUZZER_URL")
	agent  = strings.ReplaceAll(url.QueryEscape(os.Getenv("AGENT")), "+", "%20")
)

func main() {
	config := tlsConfig()
	visit := func(path string) ([]byte, error) { return echo.Visit(fuzzer+path, config) }

	deadline := time.AfterFunc(10*time.Second, func() { log.Fatal("no case count") })
	message, err := visit("/getCaseCount")
	if err != nil {
		log.Fatal(err)
	}
	count, err := strconv.Atoi(string(message))
	if err != nil {
		log.Fatal(err)
	}
	deadline.Stop()

	numbers := make(chan int)
	concurrency, _ := strconv.Atoi(os.Getenv("CONCURRENCY"))
	var workers sync.WaitGroup
	for range max(1, concurrency) {
		workers.Go(func() {
			for number := range numbers {
				if _, err := visit(fmt.Sprintf("/runCase?case=%d&agent=%s", number, agent)); err != nil {
					log.Printf("case %d: %v", number, err)
				}
			}
		})
	}
	for number := 1; number <= count; number++ {
		numbers <- number
	}
	close(numbers)
	workers.Wait()

	if _, err := visit("/updateReports?agent=" + agent); err != nil {
		log.Fatal(err)
	}
}

// tlsConfig trusts what CA_CERT holds, if it is given, and nothing else.
func tlsConfig() *tls.Config {
	file := os.Getenv("CA_CERT")
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
