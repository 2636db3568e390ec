package rig

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

// Child is a server that a session started. Its log goes to a file: a pipe would make the driver work for every line.
type Child struct {
	Name    string
	Address string // host:port
	PID     int
	Log     string // the file that it writes its output to
	cmd     *exec.Cmd
	ended   chan struct{} // closed when the process is gone
}

// Start starts a server and waits until it says where it listens. It ends with the session, or at Stop.
func (s *Session) Start(ctx context.Context, name, program string, env []string, args ...string) (*Child, error) {
	c := &Child{Name: name, Log: filepath.Join(s.Dir, name+".log"), ended: make(chan struct{})}
	log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	c.cmd = exec.Command(program, args...) //nolint:gosec,noctx // our own programs; Stop ends them gently, which a context does not
	c.cmd.Dir, c.cmd.Env = s.Dir, env
	c.cmd.Stdout, c.cmd.Stderr = log, log
	// A process group of its own: Ctrl-C in a terminal is for the driver, which then ends its children.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	c.PID = c.cmd.Process.Pid
	go func() {
		_ = c.cmd.Wait()
		close(c.ended)
	}()
	s.AtEnd(c.Stop)
	return c, c.awaitAddress(ctx)
}

var listening = regexp.MustCompile(`listening on http://(\S+)\n`)

func (c *Child) awaitAddress(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		said, err := os.ReadFile(c.Log)
		if err != nil {
			return err
		}
		if found := listening.FindSubmatch(said); found != nil {
			c.Address = string(found[1])
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not start: %w\n%s", c.Name, ctx.Err(), said)
		case <-c.ended:
			said, err := os.ReadFile(c.Log) // it may have spoken after we looked
			return errors.Join(fmt.Errorf("%s ended instead of serving:\n%s", c.Name, said), err)
		case <-look.C:
		}
	}
}

// Forget empties the log, which grows by a line per request. The server appends, so it goes on at the beginning.
func (c *Child) Forget() error { return os.Truncate(c.Log, 0) }

// Stop ends the process and returns when it is gone. It may be called again.
func (c *Child) Stop() error {
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
	err = errors.Join(err, fmt.Errorf("%s did not end by itself and was killed", c.Name), c.cmd.Process.Kill())
	<-c.ended
	return err
}
