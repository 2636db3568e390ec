package pgtest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	startTimeout = time.Minute
	stopTimeout  = 30 * time.Second
	pollInterval = 10 * time.Millisecond
)

// watchdog makes the cluster, runs the server, and ends with its standard input, which the kernel closes when the test process dies of anything.
// Parent-death signals would not do: they belong to a thread, Linux alone has them, and nobody would remove the folder.
//
//go:embed watchdog.sh
var watchdog string

type cluster struct {
	dir   string
	life  *os.File // the watchdog's standard input: closing it stops the server
	alive *os.File // the watchdog's standard output: nothing comes but the end
	log   *os.File // kept open, for the folder may be gone when it is wanted
	cmd   *exec.Cmd
}

func startCluster(p programs, o Options) (_ *cluster, err error) {
	c := &cluster{}
	defer func() {
		if err != nil {
			c.abandon()
		}
	}()
	if c.dir, err = makeFolder(o, p.owner); err != nil {
		return nil, err
	}
	if c.log, err = makeLog(c.dir); err != nil {
		return nil, err
	}
	if err = c.launch(p, o); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", p.postgres, err)
	}
	return c, c.awaitReady()
}

func (c *cluster) launch(p programs, o Options) error {
	stdin, life, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = stdin.Close() }()
	c.life = life
	alive, stdout, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = stdout.Close() }()
	c.alive = alive

	args := append([]string{"-c", watchdog, "watchdog", p.initdb, p.postgres, c.dir, segmentSize(o)}, settings(c.dir, o)...)
	c.cmd = exec.Command("/bin/sh", args...) //nolint:gosec,noctx // our own script; it lives until close, not as long as a request
	c.cmd.Dir = c.dir
	c.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"} // no PG* variable of the caller's
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = stdin, stdout, c.log
	// A session of its own: Ctrl-C in a terminal must not kill the watchdog before it has removed the folder.
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.owner, Setsid: true}
	return c.cmd.Start()
}

func settings(dir string, o Options) []string {
	s := []string{"listen_addresses=", "unix_socket_directories=" + dir, "max_connections=200", "timezone=UTC"}
	if !o.Durable {
		s = append(s, "fsync=off", "synchronous_commit=off", "full_page_writes=off")
	}
	args := make([]string, 0, 2*len(s))
	for _, setting := range s {
		args = append(args, "-c", setting)
	}
	return args
}

// segmentSize in megabytes: a small log is made faster, and the usual one is what a benchmark must write to.
func segmentSize(o Options) string {
	if o.Durable {
		return "16"
	}
	return "1"
}

// url names the port too, or PGPORT of the caller would choose the socket's name.
func (c *cluster) url() url.URL {
	return url.URL{
		Scheme: "postgres", User: url.User("postgres"), Path: "/postgres",
		RawQuery: "host=" + c.dir + "&port=5432",
	}
}

func (c *cluster) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	address := c.url()
	for ctx.Err() == nil {
		if err := c.ended(pollInterval); !errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("PostgreSQL did not start:\n%s", c.said())
		}
		if conn, err := pgx.Connect(ctx, address.String()); err == nil {
			return conn.Close(ctx)
		}
	}
	return fmt.Errorf("PostgreSQL was not ready within %v:\n%s", startTimeout, c.said())
}

// ended waits for the watchdog's end and gives io.EOF then, or os.ErrDeadlineExceeded while it still runs.
func (c *cluster) ended(within time.Duration) error {
	if err := c.alive.SetReadDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	_, err := c.alive.Read(make([]byte, 1))
	return err
}

func (c *cluster) said() string {
	text, err := io.ReadAll(io.NewSectionReader(c.log, 0, 1<<16))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text))
}

// stop returns when the server is gone and its folder removed.
func (c *cluster) stop() error {
	_ = c.life.Close()
	if err := c.ended(stopTimeout); !errors.Is(err, io.EOF) {
		c.abandon()
		return fmt.Errorf("PostgreSQL in %s did not stop by itself (%w) and was killed:\n%s", c.dir, err, c.said())
	}
	err := c.cmd.Wait()
	return errors.Join(err, c.alive.Close(), c.log.Close())
}

// abandon gives up on a cluster that did not start or stop: best effort, in any state.
func (c *cluster) abandon() {
	if c.life != nil {
		_ = c.life.Close()
	}
	if c.cmd != nil && c.cmd.Process != nil {
		_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
		_ = c.cmd.Wait()
	}
	_ = os.RemoveAll(c.dir)
}
