package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// patience is how long any answer is waited for: longer than every time limit of the service.
const patience = 60 * time.Second

// line is one connection at a time to the service, over which messages go byte for byte as they were made.
type line struct {
	address string
	conn    *net.TCPConn
	reader  *bufio.Reader
	used    uint64 // the number of the request before, which may be to blame
}

// answer is what is looked at of a response.
type answer struct {
	status   int
	location string
	body     []byte
}

// errHungUp is a connection that ended without an answer.
var errHungUp = errors.New("the service hung up without an answer")

// send sends a message and reads the answer. After a broken message, or when the service says so, the next one goes over a new connection.
func (l *line) send(ctx context.Context, m message) (answer, error) {
	if err := l.connect(ctx); err != nil {
		return answer{}, err
	}
	_, writeErr := l.conn.Write(m.bytes) // the service may answer before it has read everything
	if m.broken {
		_ = l.conn.CloseWrite()
	}
	a, last, err := l.read(m.method)
	if err != nil || last || m.broken || writeErr != nil {
		l.close()
	}
	if err != nil && !isTimeout(err) {
		err = fmt.Errorf("%w: %w", errHungUp, err)
	}
	return a, err
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

func (l *line) connect(ctx context.Context) error {
	if l.conn == nil {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", l.address)
		if err != nil {
			return err
		}
		l.conn, l.reader = conn.(*net.TCPConn), bufio.NewReader(conn)
	}
	return l.conn.SetDeadline(now().Add(patience))
}

// read reads one answer to its end, past those that only say to go on.
func (l *line) read(method string) (a answer, last bool, err error) {
	for {
		response, err := http.ReadResponse(l.reader, &http.Request{Method: method})
		if err != nil {
			return answer{}, true, err
		}
		body, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return answer{}, true, err
		}
		if response.StatusCode >= http.StatusOK {
			return answer{status: response.StatusCode, location: response.Header.Get("Location"), body: body}, response.Close, nil
		}
	}
}

func (l *line) close() {
	if l.conn != nil {
		_ = l.conn.Close()
		l.conn = nil
	}
}
