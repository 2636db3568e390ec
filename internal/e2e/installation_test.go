package e2e

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/pgtest"
)

// installation is what the processes that belong together share: a database, a keyset and the other settings.
type installation struct {
	dir    string // the data folder; nobody has made it yet
	set    map[string]string
	racing bool // its services are watched by the race detector, if the tests are
}

func onSQLite(t testing.TB) installation {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	return installation{dir: dir, set: map[string]string{
		"WA_DATA_DIR": dir, "WA_LISTEN": "127.0.0.1:0", "WA_OPERATOR_LISTEN": "127.0.0.1:0", "WA_LOG_FORMAT": "json", "WA_KEYSET_POLL": "50ms",
	}}
}

// onPostgres has a schema: the program made it once, and each test gets a copy.
func onPostgres(t testing.TB) installation {
	t.Helper()
	empty := onSQLite(t)
	return empty.at(pgtest.Migrated(t, "e2e", func(url string) error {
		done := empty.at(url).run(t, "migrate", "up")
		if done.code != 0 {
			return errors.New(done.err)
		}
		return nil
	}))
}

// onEmptyPostgres has nothing yet.
func onEmptyPostgres(t testing.TB) installation {
	t.Helper()
	return onSQLite(t).at(pgtest.URL(t))
}

// at is the installation on a database of PostgreSQL. Four connections serve what a test asks for, and a service that starts opens as many as it may: each is
// a process that the server forks.
func (i installation) at(url string) installation {
	return i.with("WA_DATABASE_URL", url).with("WA_DB_MAX_CONNS", "4")
}

// watched is the installation for tests that are about what happens at once. SQLite's is not: one transaction writes at a time, and the rooms' own tests race on it.
func (i installation) watched() installation {
	i.racing = !i.usesSQLite()
	return i
}

// databases is where tests run that are about neither in particular.
var databases = map[string]func(testing.TB) installation{"SQLite": onSQLite, "PostgreSQL": onPostgres}

// emptyDatabases are for tests that are about the first start, or about the schema.
var emptyDatabases = map[string]func(testing.TB) installation{"SQLite": onSQLite, "PostgreSQL": onEmptyPostgres}

// with is the installation with another setting.
func (i installation) with(name, value string) installation {
	i.set = maps.Clone(i.set)
	i.set[name] = value
	return i
}

// without is the installation with one setting left to its default.
func (i installation) without(name string) installation {
	i.set = maps.Clone(i.set)
	delete(i.set, name)
	return i
}

func (i installation) usesSQLite() bool { return i.set["WA_DATABASE_URL"] == "" }

func (i installation) keyset() string {
	if file := i.set["WA_KEYSET_FILE"]; file != "" {
		return file
	}
	return filepath.Join(i.dir, "keyset.json")
}

// environ has nothing of whoever runs the tests but where programs and temporary files are.
func (i installation) environ() []string {
	// A race ends with exit code 66, and waiting a second for its report at every end is not needed.
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "GORACE=atexit_sleep_ms=0"}
	for name, value := range i.set {
		env = append(env, name+"="+value)
	}
	return env
}

// outcome is how a command ended.
type outcome struct {
	code     int
	out, err string
}

// run runs a command beside whatever is serving.
func (i installation) run(t testing.TB, args ...string) outcome {
	t.Helper()
	w, err := built()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.binary, args...)
	var out, said bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = i.environ(), &out, &said
	if err := cmd.Run(); !errors.As(err, new(*exec.ExitError)) {
		require.NoError(t, err)
	}
	return outcome{code: cmd.ProcessState.ExitCode(), out: out.String(), err: said.String()}
}

// must runs a command that has to succeed and gives what it printed.
func (i installation) must(t testing.TB, args ...string) string {
	t.Helper()
	done := i.run(t, args...)
	require.Zero(t, done.code, "%s: %s", strings.Join(args, " "), done.err)
	return done.out
}

// refused runs a command that has to fail with that exit code and one line, and gives the line.
func (i installation) refused(t testing.TB, code int, args ...string) string {
	t.Helper()
	done := i.run(t, args...)
	assert.Equal(t, code, done.code, done.err)
	assert.Empty(t, done.out)
	return oneLine(t, done.err)
}

// slowStatement is what a busy machine makes any program say beside what it has to say.
var slowStatement = regexp.MustCompile(`(?m)^\{.*"msg":"slow statement".*\}\n`)

func oneLine(t testing.TB, said string) string {
	t.Helper()
	said = slowStatement.ReplaceAllString(said, "")
	assert.Equal(t, 1, strings.Count(said, "\n"), "one line:\n%s", said)
	assert.Regexp(t, `^whatsapp-accounts: .+\n$`, said)
	return said
}

// apiKey makes a key of a system manager.
func (i installation) apiKey(t testing.TB, site string) string {
	t.Helper()
	return strings.TrimSpace(i.must(t, "apikey", "create", "--site", site, "--role", "system_manager", "--name", "e2e"))
}

// scaled is n times WA_TEST_SCALE: a quarter fits the check, and quality.md's own numbers need about 20.
func scaled(n int) int {
	scale, err := strconv.ParseFloat(os.Getenv("WA_TEST_SCALE"), 64)
	if err != nil || scale <= 0 {
		scale = 0.25
	}
	return max(2, int(float64(n)*scale))
}
