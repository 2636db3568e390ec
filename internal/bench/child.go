package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 15 * time.Second
)

// child is a server that we started. Its log goes to a file: a pipe would make the driver work for every line.
type child struct {
	name    string
	address string // host:port
	log     string
	cmd     *exec.Cmd
	ended   chan struct{} // closed when the process is gone
}

// start starts a server and waits until it says where it listens. It ends with the session, or at stop.
func (s *session) start(ctx context.Context, name, program string, env []string, args ...string) (*child, error) {
	c := &child{name: name, log: filepath.Join(s.dir, name+".log"), ended: make(chan struct{})}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	c.cmd = exec.Command(program, args...) //nolint:gosec,noctx // our own programs; stop ends them gently, which a context does not
	c.cmd.Dir, c.cmd.Env = s.dir, env
	c.cmd.Stdout, c.cmd.Stderr = log, log
	// A process group of its own: Ctrl-C in a terminal is for the driver, which then ends its children.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	go func() {
		_ = c.cmd.Wait()
		close(c.ended)
	}()
	s.atEnd(c.stop)
	return c, c.awaitAddress(ctx)
}

func (c *child) pid() int { return c.cmd.Process.Pid }

var listening = regexp.MustCompile(`listening on http://(\S+)\n`)

func (c *child) awaitAddress(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		said, err := os.ReadFile(c.log)
		if err != nil {
			return err
		}
		if found := listening.FindSubmatch(said); found != nil {
			c.address = string(found[1])
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not start: %w\n%s", c.name, ctx.Err(), said)
		case <-c.ended:
			said, err := os.ReadFile(c.log) // it may have spoken after we looked
			return errors.Join(fmt.Errorf("%s ended instead of serving:\n%s", c.name, said), err)
		case <-look.C:
		}
	}
}

// forget empties the log, which grows by a line per request. The server appends, so it goes on at the beginning.
func (c *child) forget() error { return os.Truncate(c.log, 0) }

// stop ends the process and returns when it is gone. It may be called again.
func (c *child) stop() error {
	select {
	case <-c.ended:
		return nil
	default:
	}
	err := c.cmd.Process.Signal(syscall.SIGTERM)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	select {
	case <-c.ended:
		return err
	case <-time.After(stopTimeout):
	}
	err = errors.Join(err, fmt.Errorf("%s did not end by itself and was killed", c.name), c.cmd.Process.Kill())
	<-c.ended
	return err
}
