package pgtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Halt stops the server at once, as a crash does, and returns when it is gone. What it has is kept; Resume brings it back.
func (s *Server) Halt(t testing.TB) {
	t.Helper()
	if s.cluster == nil {
		t.Fatalf("pgtest: a server that is not ours is not halted")
	}
	_ = s.hangUp() // or the next order would find out that nobody listens any more
	if err := s.cluster.halt(); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}

// Resume starts a server that was halted, and returns when it answers.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	if err := s.cluster.resume(); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}

// halt tells the watchdog that the end is not the end, and the server to stop; it returns when the watchdog waits for what resume says.
func (c *cluster) halt() error {
	file := filepath.Join(c.dir, "data", "postmaster.pid")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	server, err := strconv.Atoi(first)
	if err != nil || server <= 1 {
		return fmt.Errorf("%s names no process: %q", file, first)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "halt"), nil, 0o600); err != nil {
		return err
	}
	if err := syscall.Kill(server, syscall.SIGQUIT); err != nil {
		return err
	}
	for deadline := time.Now().Add(stopTimeout); time.Now().Before(deadline); time.Sleep(pollInterval) {
		if _, err := os.Stat(filepath.Join(c.dir, "halted")); err == nil {
			return nil
		}
	}
	return fmt.Errorf("PostgreSQL did not stop within %v:\n%s", stopTimeout, c.said())
}

// resume gives the watchdog the line that it waits for.
func (c *cluster) resume() error {
	if _, err := c.life.WriteString("\n"); err != nil {
		return err
	}
	return c.awaitReady()
}
