package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/ivendnext/whatsapp-accounts/internal/httpapi"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/providertest"
)

// hostile makes requests that no honest client sends, and some that it would. What a request is depends on the seed and its number alone, save for
// the ids of accounts, which the service makes up.
type hostile struct {
	seed   uint64
	keys   map[string]string // API keys, by role
	routes []httpapi.RouteInfo
	urls   []providertest.URL
	ids    *ring
}

func newHostile(seed uint64, manager, viewer string) hostile {
	return hostile{
		seed: seed, keys: map[string]string{"system_manager": manager, "viewer": viewer}, routes: httpapi.Routes(),
		urls: providertest.HostileURLs("graph.facebook.com"), ids: new(ring),
	}
}

// message is a request as it goes over the wire.
type message struct {
	method string
	bytes  []byte
	broken bool // it promises more than it sends, or is no HTTP: nothing can follow it, and the service may hang up
}

// ring holds the ids of the accounts that were made last. It is safe for concurrent use.
type ring struct {
	mu   sync.Mutex
	ids  [64]string
	next int
}

func (r *ring) put(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids[r.next%len(r.ids)] = id
	r.next++
}

func (r *ring) at(n int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids[n%len(r.ids)]
}

// maker makes the parts of one message.
type maker struct {
	*rand.Rand
	hostile
	number uint64
}

func makerOf(h hostile, number uint64) maker {
	return maker{rand.New(rand.NewPCG(h.seed, number)), h, number} //nolint:gosec // it must be possible to do it again
}

// once is true once in n times.
func (m maker) once(n int) bool { return m.IntN(n) == 0 }

func (m maker) one(of ...string) string { return of[m.IntN(len(of))] }

// message makes the request of a number.
func (h hostile) message(number uint64) message {
	m := makerOf(h, number)
	if m.once(50) {
		return m.noise()
	}
	route := m.routes[m.IntN(len(m.routes))]
	method, target := m.method(route), m.target(route)
	version := m.version()
	head := []string{fmt.Sprintf("%s %s %s", method, target, version), "Host: " + m.host()}
	head = append(head, m.headers()...)
	body := ""
	if route.TakesBody || m.once(10) {
		body = m.body()
		head = append(head, m.mediaType()...)
	}
	framing, sent, broken := m.frame(body, version)
	head = append(head, framing...)
	text := []byte(strings.Join(head, "\r\n") + "\r\n\r\n" + sent)
	return message{method: method, bytes: text, broken: broken || unreadable(text) || tooLong(text)}
}

// most is how many bytes of a head the service reads. Go's server answers a longer one itself, and half a second later ends the connection with
// what it has not read, which a busy caller can meet before it has looked.
const most = 64 << 10

func tooLong(text []byte) bool { return bytes.Index(text, []byte("\r\n\r\n")) > most }

// unreadable tells what Go's server refuses before any handler sees it; it does not wait for the rest then, so that its answer may be lost.
func unreadable(text []byte) bool {
	_, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
	return err != nil
}

// noise is no request at all.
func (m maker) noise() message {
	text := m.one("", "\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /v1/me HTTP/1.1\r\n\r\n",
		"GET /v1/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /v1/me HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n", "GET /v1/me HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n",
		"POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
		"POST /v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc", "POST /v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
		"GET /v1/me HTTP/1.1\r\nHost: a\r\nX: "+strings.Repeat("x", 70<<10)+"\r\n\r\n", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
	return message{method: http.MethodGet, bytes: m.spoil([]byte(text)), broken: true}
}

func (m maker) method(route httpapi.RouteInfo) string {
	if !m.once(6) {
		return route.Method
	}
	return m.one("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "X", strings.Repeat("M", 300))
}

// old is the version before the one that the service speaks.
const old = "HTTP/1.0"

func (m maker) version() string {
	if m.once(100) {
		return old
	}
	return "HTTP/1.1"
}

func (m maker) host() string {
	if m.once(50) {
		return m.one("", "169.254.169.254", "evil.example:80", "[::1]", strings.Repeat("a", 300))
	}
	return "localhost"
}

// frame says how long the body is: rightly, in chunks, or wrongly.
func (m maker) frame(body, version string) (headers []string, sent string, broken bool) {
	length := func(n int) []string { return []string{fmt.Sprint("Content-Length: ", n)} }
	way := m.IntN(40)
	chunked := way == 1 || way == 2
	switch {
	case chunked && version == old:
		return []string{"Transfer-Encoding: chunked"}, chunks(body, 7), true // it does not know chunks, and takes them for the next request
	case way == 0:
		return length(len(body) + 1 + m.IntN(1000)), body, true
	case way == 1:
		return []string{"Transfer-Encoding: chunked"}, fmt.Sprintf("%x\r\n%s\r\n", len(body)+m.IntN(3), body), true
	case way == 2:
		return []string{"Transfer-Encoding: chunked"}, chunks(body, 1+m.IntN(100)), false
	case way == 3:
		return append(length(len(body)), "Expect: 100-continue"), body, false
	case way == 4:
		return append(length(len(body)), "Connection: close"), body, false
	}
	if body == "" {
		return nil, "", false
	}
	return length(len(body)), body, false
}

func chunks(body string, size int) string {
	var b strings.Builder
	for part := range slices.Chunk([]byte(body), size) {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(part), part)
	}
	return b.String() + "0\r\n\r\n"
}

// spoil changes a few bytes of a text, wherever they are.
func (m maker) spoil(text []byte) []byte {
	if len(text) == 0 || !m.once(2) {
		return text
	}
	at := m.IntN(len(text))
	switch m.IntN(5) {
	case 0:
		text[at] ^= byte(1 << m.IntN(8))
		return text
	case 1:
		return text[:at]
	case 2:
		return slices.Concat(text[:at], []byte(m.text()), text[at:])
	case 3:
		return slices.Concat(text, text[at:])
	}
	end := at + m.IntN(len(text)-at)
	return slices.Delete(text, at, end)
}
