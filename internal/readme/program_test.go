package readme_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// root is the repository, seen from this folder.
const root = "../.."

// program is a fresh service on SQLite, in a folder of its own.
type program struct {
	greeting                 string // what it told people, without the log
	url, operatorURL, apiKey string
}

// folder is where the binary is, for as long as the tests run.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "readme-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// built makes the binary that the commands of the README run, once.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(folder, "whatsapp-accounts")
	compile := exec.CommandContext(context.Background(), "go", "build", "-buildvcs=false", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/whatsapp-accounts")
	compile.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is shipped
	compile.Dir = root
	out, err := compile.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return path, errors.Join(err, lookAtSources())
})

// lookAtSources tells go test on which files the result depends: it notes what a test looks at, and does not see what the compiler reads.
func lookAtSources() error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && slices.Contains(foreign(), entry.Name()) {
			return filepath.SkipDir
		}
		if err == nil && !entry.IsDir() {
			_, err = os.Stat(path)
		}
		if errors.Is(err, fs.ErrNotExist) { // another test's file, which came and went
			return nil
		}
		return err
	})
}

// foreign are the folders that hold nothing of ours.
func foreign() []string { return []string{".git", "bin", "data", "dist", "node_modules"} }

func binary(t *testing.T) string {
	t.Helper()
	path, err := built()
	require.NoError(t, err)
	return path
}

// clean is the environment without our settings: the README speaks of the defaults.
func clean(more ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "WA_") {
			env = append(env, v)
		}
	}
	return append(env, more...)
}

// start serves until the test ends, and then sees that the service ends as it promises.
func start(t *testing.T) program {
	t.Helper()
	serve := exec.CommandContext(t.Context(), binary(t), "serve")
	serve.Dir = t.TempDir()
	serve.Env = clean("WA_LISTEN=127.0.0.1:0", "WA_OPERATOR_LISTEN=127.0.0.1:0", "WA_LOG_FORMAT=json")
	serve.Cancel = func() error { return serve.Process.Signal(syscall.SIGTERM) }
	serve.WaitDelay = 30 * time.Second
	stderr, err := serve.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, serve.Start())
	lines := bufio.NewScanner(stderr)
	p := greeted(t, lines)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for lines.Scan() { // a full pipe would stop the service
		}
	}()
	t.Cleanup(func() {
		<-drained
		_ = serve.Wait() // the error is that it was told to stop
		require.Zero(t, serve.ProcessState.ExitCode(), "a service that is told to stop ends well")
	})
	return p
}

func greeted(t *testing.T, lines *bufio.Scanner) program {
	t.Helper()
	var greeting strings.Builder
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "{") { // the log
			continue
		}
		greeting.WriteString(line + "\n")
		if strings.HasPrefix(line, "listening on ") {
			text := greeting.String()
			return program{
				greeting: text, url: one(t, text, `(?m)^listening on (\S+)$`),
				operatorURL: one(t, text, `(?m)^metrics +(\S+)$`), apiKey: one(t, text, `(?m)^API key (\S+) `),
			}
		}
	}
	t.Fatalf("the service did not start: %s %v", greeting.String(), lines.Err())
	return program{}
}

// one gives the only match's first group.
func one(t *testing.T, text, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1)
	require.Len(t, found, 1, "%s in %s", pattern, text)
	return found[0][1]
}

func get(ctx context.Context, t *testing.T, url string) string {
	t.Helper()
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(ask)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, errors.Join(err, answer.Body.Close()))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	return string(body)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(text)
}

// section gives what stands under a heading of the second level.
func section(t *testing.T, text, heading string) string {
	t.Helper()
	_, after, found := strings.Cut("\n"+text, fmt.Sprintf("\n## %s\n", heading))
	require.True(t, found, "no section %q", heading)
	body, _, _ := strings.Cut(after, "\n## ")
	return body
}
