package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// provider is where messages arrive: it answers as Meta does, at once, and counts. It is no double: those are for tests, and this one must cost little.
type provider struct {
	url string

	mu      sync.Mutex
	total   int
	news    chan struct{}
	seconds map[string]int // by account and second
	refs    map[string]int
}

// arrival is what is looked at in a message.
type arrival struct {
	Ref string `json:"biz_opaque_callback_data"`
}

func newProvider(ctx context.Context, s session) (*provider, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &provider{url: "http://" + l.Addr().String(), news: make(chan struct{}, 1), seconds: map[string]int{}, refs: map[string]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{version}/{phone}/messages", p.take)
	mux.HandleFunc("GET /{version}/{business}/message_templates", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, theTemplate)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // until it is closed
	s.AtEnd(server.Close)
	return p, nil
}

func (p *provider) take(w http.ResponseWriter, r *http.Request) {
	var a arrival
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		http.Error(w, "no JSON", http.StatusBadRequest)
		return
	}
	n := p.count(r.PathValue("phone"), a.Ref)
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"messaging_product":"whatsapp","contacts":[{"input":"1","wa_id":"1"}],"messages":[{"id":"wamid.%d"}]}`, n)
}

func (p *provider) count(phone, ref string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total++
	p.refs[ref]++
	p.seconds[fmt.Sprint(phone, " ", now().Unix())]++
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
