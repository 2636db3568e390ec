package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// provider is where messages arrive: it answers as Meta does, and counts. It is no double: those are for tests, and this one must cost little, since Meta's servers
// are on other machines. So it speaks HTTP by itself, and only as much of it as the service asks for.
type provider struct {
	url    string
	within time.Duration // how long it takes to answer

	mu      sync.Mutex
	total   int
	news    chan struct{}
	seconds map[arrival]int
	refs    map[string]int
}

// arrival is a second in which messages of an account arrived.
type arrival struct {
	path   string
	second int64
}

// newProvider starts one that takes so long to answer.
func newProvider(ctx context.Context, s session, within time.Duration) (*provider, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &provider{url: "http://" + l.Addr().String(), within: within, news: make(chan struct{}, 1), seconds: map[arrival]int{}, refs: map[string]int{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // it is closed
			}
			go p.answer(c)
		}
	}()
	s.AtEnd(l.Close)
	return p, nil
}

// answer answers what is asked on a connection until the client closes it.
func (p *provider) answer(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReaderSize(c, 8<<10)
	for {
		r, err := readAsked(in)
		if err != nil {
			return
		}
		said := p.reply(r)
		if p.within > 0 {
			time.Sleep(p.within)
		}
		if _, err := io.WriteString(c, said); err != nil {
			return
		}
	}
}

// asked is what is made of a request.
type asked struct {
	path string
	ref  string // our own id of the message; empty when it is none
	post bool
}

// readAsked reads one request: its first line, the length of its body, and the reference in that.
func readAsked(in *bufio.Reader) (r asked, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return r, err
	}
	method, rest, _ := bytes.Cut(line, []byte(" "))
	target, _, _ := bytes.Cut(rest, []byte(" "))
	r.post, r.path = string(method) == http.MethodPost, string(target)
	length := 0
	for len(bytes.TrimSpace(line)) > 0 {
		if line, err = in.ReadSlice('\n'); err != nil {
			return r, err
		}
		if name, value, _ := bytes.Cut(line, []byte(":")); strings.EqualFold(string(name), "Content-Length") {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return r, err
			}
		}
	}
	body := make([]byte, length)
	if _, err = io.ReadFull(in, body); err != nil {
		return r, err
	}
	r.ref = referenceIn(body)
	return r, nil
}

// reply is the answer to a message, or to a question for templates.
func (p *provider) reply(r asked) string {
	said := theTemplate
	if r.post {
		said = fmt.Sprintf(`{"messaging_product":"whatsapp","contacts":[{"input":"1","wa_id":"1"}],"messages":[{"id":"wamid.%d"}]}`, p.count(r.path, r.ref))
	}
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(said), said)
}

// referenceIn is our own id of a message: empty when it has none.
func referenceIn(body []byte) string {
	_, after, _ := bytes.Cut(body, []byte(`"biz_opaque_callback_data":"`))
	ref, _, _ := bytes.Cut(after, []byte(`"`))
	return string(ref)
}

func (p *provider) count(path, ref string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total++
	p.refs[ref]++
	p.seconds[arrival{path, now().Unix()}]++
	select {
	case p.news <- struct{}{}:
	default:
	}
	return p.total
}

// await returns when so many have arrived.
func (p *provider) await(ctx context.Context, n int) error {
	for {
		p.mu.Lock()
		total := p.total
		p.mu.Unlock()
		if total >= n {
			return nil
		}
		select {
		case <-p.news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// busiest is the most that arrived of one account in one second.
func (p *provider) busiest() (most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.seconds {
		most = max(most, n)
	}
	return most
}

// twice counts the messages that arrived more than once.
func (p *provider) twice() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, times := range p.refs {
		if times > 1 {
			n++
		}
	}
	return n
}
