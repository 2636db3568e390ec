package e2e

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	timeout = 30 * time.Second // of anything: it is long, for the machine may be busy with other tests
	tick    = 5 * time.Millisecond
	maxTick = 200 * time.Millisecond
)

// transcript is what a process says, while it says it.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// eventually waits until done says so.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	waitFor(t, timeout, what, done)
}

// waitFor asks less often the longer it has waited: a question can be dear, and others share the machine.
func waitFor(t testing.TB, most time.Duration, what string, done func() bool) {
	t.Helper()
	for begun := time.Now(); !done(); time.Sleep(min(max(time.Since(begun)/10, tick), maxTick)) {
		require.Less(t, time.Since(begun), most, "it took too long: %s", what)
	}
}

// process is a running service.
type process struct {
	t       testing.TB
	cmd     *exec.Cmd
	said    *transcript // standard error
	printed *transcript // standard output
	ended   chan struct{}
	url     string
	http    *http.Transport
}

var listening = regexp.MustCompile(`(?m)^listening on (http://\S+)$`)

// serve starts the service, waits until it answers, and stops it when the test ends.
func (i installation) serve(t testing.TB) *process {
	t.Helper()
	p := i.launch(t)
	eventually(t, "the service listens", func() bool { return p.hasEnded() || listening.MatchString(p.said.String()) })
	found := listening.FindStringSubmatch(p.said.String())
	if found == nil {
		t.Fatalf("the service ended while it started:\n%s", p.said)
	}
	p.url = found[1]
	return p
}

// launch starts the service and waits for nothing.
func (i installation) launch(t testing.TB) *process {
	t.Helper()
	w, err := built()
	require.NoError(t, err)
	p := &process{t: t, said: new(transcript), printed: new(transcript), ended: make(chan struct{}), http: &http.Transport{MaxIdleConnsPerHost: 128}}
	program := w.binary
	if i.racing {
		program = w.racing
	}
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), program, "serve")
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = i.environ(), p.printed, p.said
	require.NoError(t, p.cmd.Start())
	w.tell("+", p.cmd.Process.Pid)
	go func() {
		_ = p.cmd.Wait() // the exit code is what counts
		w.tell("-", p.cmd.Process.Pid)
		close(p.ended)
	}()
	t.Cleanup(p.cleanUp)
	return p
}

func (p *process) cleanUp() {
	if !p.hasEnded() {
		if code := p.stop(); code != 0 {
			p.t.Errorf("the service stopped with exit code %d", code)
		}
	}
	for _, never := range []string{"DATA RACE", `"msg":"panic"`} {
		if strings.Contains(p.said.String(), never) {
			p.t.Errorf("the service's log has a %s", never)
		}
	}
	if p.t.Failed() {
		p.t.Logf("the log of %s, process %d:\n%s", p.url, p.cmd.Process.Pid, tail(p.said.String()))
	}
}

// tail is as much of a log as anybody reads.
func tail(log string) string {
	const enough = 20_000
	if len(log) <= enough {
		return log
	}
	return "…" + log[len(log)-enough:]
}

func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// signal tells the process something.
func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
}

// wait gives the exit code of a process that was told to end.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(timeout):
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.t.Errorf("the service did not end within %v and was killed", timeout)
	}
	return p.cmd.ProcessState.ExitCode()
}

// stop ends the process as an orchestrator does, and gives its exit code.
func (p *process) stop() int {
	p.t.Helper()
	p.http.CloseIdleConnections()
	p.signal(syscall.SIGTERM)
	return p.wait()
}

// address is where the process listens, as HOST:PORT.
func (p *process) address() string { return strings.TrimPrefix(p.url, "http://") }

// dial opens a connection to the process, for requests that no client would send.
func (p *process) dial() net.Conn {
	p.t.Helper()
	conn, err := new(net.Dialer).DialContext(p.t.Context(), "tcp", p.address())
	require.NoError(p.t, err)
	require.NoError(p.t, conn.SetDeadline(time.Now().Add(timeout)))
	p.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// says waits until the process has said something: what it writes before it answers may be read after the answer.
func (p *process) says(t testing.TB, what string) {
	t.Helper()
	eventually(t, "the service says "+what, func() bool { return strings.Contains(p.said.String(), what) })
}

// find gives what the first group of a pattern finds in what the process said.
func (p *process) find(pattern string) string {
	p.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(p.said.String())
	require.NotNil(p.t, found, "%s is not in:\n%s", pattern, p.said)
	return found[1]
}
