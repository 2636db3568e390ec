package main

import (
	"bytes"
	"fmt"
	"strconv"
	"sync/atomic"
)

// counter stands in a request where each one sent must differ: that many digits are written over it.
const counter = "##########"

// request is the bytes of a request, written once. A copy of it belongs to one connection.
type request struct {
	bytes    []byte
	counters []int // where they begin
}

// newRequest writes a request. key may be empty; so may body.
func newRequest(method, target, key, body string) request {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\n", method, target)
	if key != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", key)
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	fmt.Fprintf(&b, "\r\n%s", body)
	r := request{bytes: b.Bytes()}
	for from := 0; ; {
		at := bytes.Index(r.bytes[from:], []byte(counter))
		if at < 0 {
			return r
		}
		r.counters = append(r.counters, from+at)
		from += at + len(counter)
	}
}

// clone gives a connection its own copy.
func (r request) clone() request { return request{bytes: bytes.Clone(r.bytes), counters: r.counters} }

// number writes the next number over the counters.
func (r request) number(numbers *atomic.Uint64) {
	if len(r.counters) == 0 {
		return
	}
	digits := strconv.AppendUint(nil, numbers.Add(1)+1e9, 10) // ten digits from the first on
	for _, at := range r.counters {
		copy(r.bytes[at:at+len(counter)], digits)
	}
}
