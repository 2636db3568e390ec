package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// maxResponse bounds a response, header and body: the longest is a page of 50 accounts.
const maxResponse = 256 << 10

// errTooLong is a response that does not fit.
var errTooLong = errors.New("the response is too long")

// response gathers one HTTP/1.1 response of a Go server and looks at no more than it must: a client that works hard takes the processor from
// what is measured, and makes every ratio look better than it is.
type response struct {
	buffer []byte
	have   int
}

func newResponse() *response { return &response{buffer: make([]byte, maxResponse)} }

// reset makes room for the next one.
func (r *response) reset() { r.have = 0 }

// room is where to read into.
func (r *response) room() []byte { return r.buffer[r.have:] }

// text is what has come so far.
func (r *response) text() []byte { return r.buffer[:r.have] }

// add takes n bytes that were read into room. A status of zero means that the response is not complete.
func (r *response) add(n int) (status int, err error) {
	r.have += n
	header := bytes.Index(r.text(), []byte("\r\n\r\n"))
	if header >= 0 && complete(r.buffer[:header], r.buffer[header+4:r.have]) {
		return statusOf(r.buffer[:header])
	}
	if r.have == len(r.buffer) {
		return 0, errTooLong
	}
	return 0, nil
}

// statusOf reads the digits after "HTTP/1.1 ".
func statusOf(header []byte) (int, error) {
	if len(header) < len("HTTP/1.1 200") {
		return 0, fmt.Errorf("%q is no response", header)
	}
	return strconv.Atoi(string(header[9:12]))
}

// complete tells by the length, or by the last chunk. Go writes the names of headers in one way only.
func complete(header, body []byte) bool {
	if _, rest, found := bytes.Cut(header, []byte("\r\nContent-Length: ")); found {
		return len(body) >= leadingNumber(rest)
	}
	if bytes.Contains(header, []byte("\r\nTransfer-Encoding: chunked")) {
		return bytes.HasSuffix(body, []byte("0\r\n\r\n"))
	}
	return true
}

func leadingNumber(text []byte) int {
	n := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}
