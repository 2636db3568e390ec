package main

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// poller holds connections to one server and tells which have something to read. It goes to the kernel itself: goroutines on net.Conn cost the
// driver half as much again per request, in reads that find nothing and in a scheduler that looks for work.
type poller struct {
	epoll  int
	fds    []int
	events []syscall.EpollEvent
}

// newPoller opens connections. The caller closes.
func newPoller(address string, connections int) (*poller, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !to.Addr().Is4() {
		return nil, errors.Join(errors.New("the address must be IPv4:PORT"), err)
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	p := &poller{epoll: epoll, events: make([]syscall.EpollEvent, connections)}
	for i := range connections {
		if err := p.connect(to, int32(i)); err != nil {
			p.close()
			return nil, err
		}
	}
	return p, nil
}

// connect leaves the socket blocking: it is read only when there is something, and a request always fits into an empty buffer.
func (p *poller) connect(to netip.AddrPort, index int32) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	p.fds = append(p.fds, fd)
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(to.Port()), Addr: to.Addr().As4()}); err != nil {
		return os.NewSyscallError("connect", err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: index}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(p.epoll, syscall.EPOLL_CTL_ADD, fd, &event))
}

// wait calls ready with the number of each connection that can be read; with none when the time runs out.
func (p *poller) wait(within time.Duration, ready func(connection int) error) error {
	n, err := syscall.EpollWait(p.epoll, p.events, int(within.Milliseconds()))
	if errors.Is(err, syscall.EINTR) {
		return nil
	}
	if err != nil {
		return os.NewSyscallError("epoll_wait", err)
	}
	for _, event := range p.events[:n] {
		if err := ready(int(event.Fd)); err != nil {
			return err
		}
	}
	return nil
}

func (p *poller) send(connection int, request []byte) error {
	n, err := syscall.Write(p.fds[connection], request)
	if err == nil && n < len(request) {
		return io.ErrShortWrite
	}
	return os.NewSyscallError("write", err)
}

// receive reads what is there; io.EOF when the server hung up.
func (p *poller) receive(connection int, into []byte) (int, error) {
	n, err := syscall.Read(p.fds[connection], into)
	if err == nil && n == 0 {
		return 0, io.EOF
	}
	return n, os.NewSyscallError("read", err)
}

func (p *poller) close() {
	for _, fd := range p.fds {
		_ = syscall.Close(fd)
	}
	_ = syscall.Close(p.epoll)
}
