// Package e2e tests the program as its operators and callers meet it: the real binary, as processes, on both databases, through pkg/client.
// It knows nothing of the rooms inside.
package e2e

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	// What the binary is made of: go test runs this package again when it changes, and not only when the tests do.
	_ "github.com/ivendnext/whatsapp-accounts/internal/app"
	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
)

func TestMain(m *testing.M) {
	// More at a time than there are processors: most of a test is waiting, for processes to start and for connections to drain.
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", "4") // the flag is there, and 4 is a number
	}
	pgtest.Main(m)
}

// command is the folder of the program's main package.
const command = "../../cmd/whatsapp-accounts"

// watchdogScript ends what a test process leaves behind, however it ended: its standard input is a pipe that the kernel then closes.
// It is told every process that starts and every one that ended, and removes the binary.
const watchdogScript = `
while read -r sign pid; do
	if [ "$sign" = + ]; then running="$running $pid"; continue; fi
	kept=
	for p in $running; do [ "$p" = "$pid" ] || kept="$kept $p"; done
	running=$kept
done
[ -z "$running" ] || kill $running
rm -rf "$1"`

// workshop is what all tests of this process share: the binary, made twice, and the watchdog. The race detector takes three quarters of the speed, so it watches
// where several replicas or many requests do the same at once.
type workshop struct {
	binary string
	racing string // what serves an installation that is watched, made with the race detector if the tests are
	mu     sync.Mutex
	dog    *os.File
}

// built makes the workshop once, at the first test that needs it.
var built = sync.OnceValues(func() (*workshop, error) {
	dir, err := os.MkdirTemp("", "whatsapp-accounts-e2e-")
	if err != nil {
		return nil, err
	}
	w := &workshop{binary: filepath.Join(dir, "whatsapp-accounts"), racing: filepath.Join(dir, "whatsapp-accounts-racing")}
	if err := w.unleash(dir); err != nil {
		return nil, err
	}
	return w, errors.Join(readSources(), w.build())
})

// readSources makes go test look at the main package too, which nobody can import: it runs the tests again when a file changes that they read.
func readSources() error {
	files, err := filepath.Glob(command + "/*.go")
	for _, f := range files {
		_, readErr := os.ReadFile(f)
		err = errors.Join(err, readErr)
	}
	return err
}

func (w *workshop) build() error {
	if !raceEnabled {
		w.racing = w.binary
		return compile(w.binary)
	}
	return errors.Join(compile(w.binary), compile(w.racing, "-race", "-gcflags=modernc.org/sqlite/lib=-race=false", "-gcflags=modernc.org/libc/...=-race=false")) // as make test does
}

func compile(to string, flags ...string) error {
	args := append([]string{"build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w -X main.version=" + builtVersion, "-o", to}, flags...)
	build := exec.Command("go", append(args, command)...) //nolint:noctx // go test has a timeout, and go build ends
	if len(flags) == 0 {
		build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is shipped
	}
	said, err := build.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, said)
	}
	return nil
}

// builtVersion is what the binary is told that it is.
const builtVersion = "v0.0.0-e2e"

func (w *workshop) unleash(dir string) error {
	stdin, dog, err := os.Pipe()
	if err != nil {
		return err
	}
	w.dog = dog
	sh := exec.Command("/bin/sh", "-c", watchdogScript, "watchdog", dir) //nolint:noctx // it ends with this process
	sh.Stdin = stdin
	sh.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C must not end it before the others
	return errors.Join(sh.Start(), stdin.Close())
}

func (w *workshop) tell(sign string, pid int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintln(w.dog, sign, pid)
}
