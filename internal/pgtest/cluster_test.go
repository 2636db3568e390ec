package pgtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestOnlyADurableClusterSyncs(t *testing.T) {
	for durable, want := range map[bool]string{false: "off off off", true: "on on on"} {
		t.Run(want, func(t *testing.T) {
			conn, err := pgx.Connect(t.Context(), Start(t, Options{Durable: durable}).URL(t))
			require.NoError(t, err)
			defer func() { _ = conn.Close(t.Context()) }()
			var got string
			const query = "SELECT concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'))"
			require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&got))
			assert.Equal(t, want, got)
		})
	}
}

func TestNothingIsLeftRunningInTheTestProcess(t *testing.T) {
	before := goleak.IgnoreCurrent()
	s := Start(t, Options{})
	_ = s.Migrated(t, "things", makeThings)
	goleak.VerifyNone(t, before)
}

func TestAddressIsProofAgainstTheEnvironment(t *testing.T) {
	own := Start(t, Options{})
	t.Setenv("PGPORT", "1")
	t.Setenv("PGHOST", "elsewhere")
	t.Setenv("PGUSER", "somebody")
	assert.Equal(t, 0, number(t, own.URL(t), countTables))
}

func TestServerThatDoesNotStartSaysWhyAndLeavesNothing(t *testing.T) {
	script := filepath.Join(t.TempDir(), "initdb")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\necho 'no space left' >&2\nexit 1\n"), 0o700))
	c, err := startCluster(programs{initdb: script, postgres: "/bin/false"}, Options{})
	require.ErrorContains(t, err, "PostgreSQL did not start:\nno space left")
	assert.NoDirExists(t, c.dir)
}

// childMode tells TestChild what its process is for; in an ordinary run it is a test like the others.
const childMode = "PGTEST_CHILD"

func TestChild(t *testing.T) {
	address := URL(t)
	mode := os.Getenv(childMode)
	if mode == "" {
		assert.Equal(t, 0, number(t, address, countTables))
		return
	}
	fmt.Println(address)
	_, _ = io.Copy(io.Discard, os.Stdin)
	if mode == "exit" {
		os.Exit(3) // behind the back of Main
	}
}

func TestClusterIsGoneWhenTheProcessEnds(t *testing.T) {
	ways := map[string]func(*child){
		"through Main":    func(c *child) { require.NoError(t, c.stdin.Close()) },
		"exit":            func(c *child) { require.NoError(t, c.stdin.Close()) },
		"killed by force": func(c *child) { require.NoError(t, c.cmd.Process.Kill()) },
	}
	for mode, end := range ways {
		t.Run(mode, func(t *testing.T) {
			c := startChild(t, mode)
			conn, err := pgx.Connect(t.Context(), c.address)
			require.NoError(t, err)
			end(c)
			ctx, cancel := context.WithTimeout(t.Context(), stopTimeout)
			defer cancel()
			_, err = conn.WaitForNotification(ctx)
			require.Error(t, err)
			require.NoError(t, ctx.Err(), "the server outlived its process")
			_ = c.cmd.Wait()
			gone := func() bool { _, err := os.Stat(c.dir); return os.IsNotExist(err) }
			if mode == "through Main" {
				assert.True(t, gone(), "Main returned before the folder was gone")
			}
			assert.Eventually(t, gone, stopTimeout, pollInterval)
		})
	}
}

type child struct {
	cmd          *osexec.Cmd
	stdin        io.Closer
	address, dir string
}

func startChild(t *testing.T, mode string) *child {
	t.Helper()
	c := &child{cmd: osexec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")}
	c.cmd.Env = append(os.Environ(), childMode+"="+mode, "TEST_DATABASE_URL=")
	c.cmd.Stderr = os.Stderr
	stdin, err := c.cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := c.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.cmd.Start())
	t.Cleanup(func() { _ = c.cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	c.stdin, c.address = stdin, strings.TrimSpace(line)
	u, err := url.Parse(c.address)
	require.NoError(t, err)
	c.dir = u.Query().Get("host")
	require.DirExists(t, c.dir)
	return c
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := start(Options{})
		require.NoError(b, err)
		require.NoError(b, s.close())
	}
}

func BenchmarkMigrated(b *testing.B) {
	s := Start(b, Options{})
	_ = s.Migrated(b, "things", makeThings)
	for b.Loop() {
		_ = s.Migrated(b, "things", makeThings)
	}
}
