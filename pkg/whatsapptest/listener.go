package whatsapptest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// TB is what a double needs of a test; testing.TB is one.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// listener serves a double on an address of its own.
type listener struct {
	// URL is where the double listens, as http://127.0.0.1:PORT; empty until it does.
	URL string

	server *http.Server
	served sync.WaitGroup
	once   sync.Once
	closed chan struct{}
}

// listen serves on HOST:PORT; port 0 picks a free one.
func (l *listener) listen(address string, handler http.Handler) error {
	if l.server != nil {
		return errors.New("whatsapptest: this double listens already, on " + l.URL)
	}
	on, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	l.URL = "http://" + on.Addr().String()
	l.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	l.served.Go(func() { _ = l.server.Serve(on) }) // always ErrServerClosed, by Close
	return nil
}

// Close stops listening, cuts every connection, and ends the calls that [Hang] and [Slow] hold. It may be called more than once.
func (l *listener) Close() {
	l.once.Do(func() {
		close(l.closed)
		if l.server != nil {
			_ = l.server.Close()
		}
	})
	l.served.Wait()
}

// start listens on loopback until the test ends.
func (l *listener) start(t TB, handler http.Handler) {
	t.Helper()
	if err := l.listen("127.0.0.1:0", handler); err != nil {
		t.Fatalf("whatsapptest: %v", err)
		return
	}
	t.Cleanup(l.Close)
}
