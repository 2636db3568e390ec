package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"sync/atomic"
)

// counter stands in a request where each one sent must differ: that many digits are written over it.
const counter = "##########"

// request is the bytes of a request, written once. A copy of it belongs to one connection.
type request struct {
	bytes    []byte
	counters []int  // where they begin
	among    uint64 // the numbers are below it, in an order that looks like chance; zero counts on
	seal     *seal  // nil unless the request is signed anew whenever its numbers change
}

// seal is where a request has Meta's signature, and where the body begins that is signed.
type seal struct {
	secret   string
	mac      hash.Hash
	at, body int
}

// signature stands where the digits of a signature go.
const signature = "0000000000000000000000000000000000000000000000000000000000000000"

// newRequest writes a request. key may be empty; so may body.
func newRequest(method, target, key, body string) request {
	return write(method, target, key, "", body)
}

// newSigned writes a webhook of Meta, signed with the app secret.
func newSigned(target, secret, body string) request {
	r := write(http.MethodPost, target, "", fmt.Sprintf("X-Hub-Signature-256: sha256=%s\r\n", signature), body)
	r.seal = &seal{secret: secret, at: bytes.Index(r.bytes, []byte(signature)), body: len(r.bytes) - len(body)}
	return r
}

func write(method, target, key, header, body string) request {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", method, target, header)
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
func (r request) clone() request {
	r.bytes = bytes.Clone(r.bytes)
	if r.seal != nil {
		own := *r.seal
		own.mac = hmac.New(sha256.New, []byte(own.secret))
		r.seal = &own
	}
	return r
}

// number writes the next number over the counters, and signs what they make.
func (r request) number(numbers *atomic.Uint64) {
	defer r.sign()
	if len(r.counters) == 0 {
		return
	}
	n := numbers.Add(1)
	if r.among > 0 {
		n = scatter(n) % r.among
	}
	digits := strconv.AppendUint(nil, n+1e9, 10) // ten digits from the first on
	for _, at := range r.counters {
		copy(r.bytes[at:at+len(counter)], digits)
	}
}

// sign signs the body as it is; only a clone can.
func (r request) sign() {
	if r.seal == nil {
		return
	}
	r.seal.mac.Reset()
	r.seal.mac.Write(r.bytes[r.seal.body:])
	hex.Encode(r.bytes[r.seal.at:], r.seal.mac.Sum(nil))
}

// scatter is the last step of SplitMix64: every number once, and no two beside each other.
func scatter(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
