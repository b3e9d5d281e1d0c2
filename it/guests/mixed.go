// SPDX-License-Identifier: Apache-2.0

// mixed hello|http|exec: a Go program with goroutines, a server with its client, a child.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"sync"
)

func check(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func hello() {
	var all sync.WaitGroup
	var lock sync.Mutex
	sum := 0
	for i := 1; i <= 100; i++ {
		all.Add(1)
		go func(n int) {
			defer all.Done()
			data, err := os.ReadFile("/etc/passwd")
			check(err)
			runtime.Gosched()
			lock.Lock()
			defer lock.Unlock()
			if len(data) > 0 {
				sum += n
			}
		}(i)
	}
	all.Wait()
	fmt.Println("sum", sum)
}

func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "you asked for %s", r.URL.Path)
	}))
	for i := 0; i < 5; i++ {
		answer, err := http.Get(fmt.Sprintf("http://%s/page%d", listener.Addr(), i))
		check(err)
		text, err := io.ReadAll(answer.Body)
		check(err)
		answer.Body.Close()
		fmt.Println(answer.StatusCode, string(text))
	}
}

func execute() {
	out, err := exec.Command("/bin/sh", "-c", "echo from a child; exit 0").Output()
	check(err)
	fmt.Print(string(out))
	err = exec.Command("/bin/sh", "-c", "exit 7").Run()
	fmt.Println(err)
}

func main() {
	switch os.Args[1] {
	case "hello":
		hello()
	case "http":
		serve()
	default:
		execute()
	}
}
