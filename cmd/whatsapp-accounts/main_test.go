package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// result is how a command ended.
type result struct {
	code     int
	out, err string
}

// TestMain forgets the settings of whoever runs the tests.
func TestMain(m *testing.M) {
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "WA_") {
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// running runs a command.
func running(t *testing.T, args ...string) result {
	t.Helper()
	var out, said bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // a service that should not have started stops then
	defer cancel()
	code := run(ctx, args, streams{&out, &said})
	return result{code, out.String(), said.String()}
}

// in is a data folder that nobody has made yet.
func in(t *testing.T) string {
	t.Helper()
	dir := t.TempDir() + "/data"
	t.Setenv("WA_DATA_DIR", dir)
	return dir
}

// words are a command and its arguments.
func words(line string) []string { return strings.Fields(line) }

// commands lists every command of the program, as people type them.
func commands(t *testing.T) []string {
	t.Helper()
	parser, err := kong.New(new(cli), kong.BindTo(t.Context(), (*context.Context)(nil)))
	require.NoError(t, err)
	var paths []string
	for _, leaf := range parser.Model.Leaves(false) {
		paths = append(paths, strings.TrimPrefix(leaf.Path(), parser.Model.Name+" "))
	}
	return paths
}

func TestEveryCommandExplainsItself(t *testing.T) {
	all := commands(t)
	assert.Len(t, all, 17)
	for _, command := range append(all, "", "keys", "apikey", "migrate") {
		got := running(t, append(words(command), "--help")...)
		assert.Zero(t, got.code, command)
		assert.Empty(t, got.err, command)
		assert.Contains(t, got.out, strings.TrimSpace("Usage: whatsapp-accounts "+command))
		for line := range strings.Lines(got.out) {
			assert.LessOrEqual(t, len(strings.TrimRight(line, "\n")), 110, "a terminal is 80 characters wide, and only a default may be longer: %s", line)
		}
	}
}

func TestHelpNamesEverySettingWithItsVariableAndDefault(t *testing.T) {
	help := strings.Join(words(running(t, "serve", "--help").out), " ")
	for _, setting := range []string{
		"(default ./data, $WA_DATA_DIR)", "($WA_DATABASE_URL)", "($WA_KEYSET_FILE)", "(default 12, $WA_DB_MAX_CONNS)", "(default auto, $WA_LOG_FORMAT)", "(default info, $WA_LOG_LEVEL)",
		"($WA_ALLOWED_PROVIDER_HOSTS)", "($WA_ALLOW_PRIVATE_PROVIDERS)", "(default v25.0, $WA_META_VERSION)", "(default 127.0.0.1:8080, $WA_LISTEN)",
		"(default 127.0.0.1:9090, $WA_OPERATOR_LISTEN)", "($WA_PUBLIC_URL)", "(default 10s, $WA_SHUTDOWN_TIMEOUT)", "(default 2s, $WA_KEYSET_POLL)",
	} {
		assert.Contains(t, help, setting)
	}
	assert.Regexp(t, `--listen=HOST:PORT\s+Address of the API`, help)
}

func TestWrongUsageIsOneLineAndExitCodeTwo(t *testing.T) {
	in(t)
	must(t, "apikey create --site=s --role=viewer --name=n")
	for line, says := range map[string]string{
		"":                                    `expected one of "serve", "migrate", "keys", "apikey", "doctor", "fake-providers", "version", "healthcheck"; see`,
		"serv":                                `did you mean "serve"?`,
		"serve extra":                         "unexpected argument extra",
		"serve --listen=8080":                 "WA_LISTEN (--listen) must be HOST:PORT",
		"serve --listen=:http":                "WA_LISTEN (--listen) must be HOST:PORT",
		"serve --listen=:65536":               "WA_LISTEN (--listen) must be HOST:PORT",
		"serve --listen=":                     "WA_LISTEN (--listen) must be HOST:PORT",
		"serve --log-level=loud":              `WA_LOG_LEVEL (--log-level) must be one of "debug","info","warn","error" but got "loud"`,
		"serve --db-max-conns=0":              "WA_DB_MAX_CONNS (--db-max-conns) must be from 1 to 1000",
		"serve --db-max-conns=x":              "WA_DB_MAX_CONNS (--db-max-conns): expected a valid 64 bit int",
		"serve --idle-timeout=5":              "WA_IDLE_TIMEOUT (--idle-timeout): expected duration",
		"serve --meta-version=25":             "WA_META_VERSION (--meta-version)",
		"serve --allowed-provider-hosts=Meta": "WA_ALLOWED_PROVIDER_HOSTS (--allowed-provider-hosts)",
		"serve --operator-listen=9090":        "WA_OPERATOR_LISTEN (--operator-listen) must be HOST:PORT",
		"serve --database-url=mysql://u:pa55word@h/d": "WA_DATABASE_URL (--database-url) must start with postgres://",
		"serve --demo": "WA_DATA_DIR (--data-dir) does not go with WA_DEMO (--demo), which keeps nothing: leave one of the two out",
		"serve --demo --database-url=postgres://u:pa55word@h/d": "WA_DATABASE_URL (--database-url) does not go with WA_DEMO (--demo)",
		"serve --demo --keyset-file=k.json":                     "WA_KEYSET_FILE (--keyset-file) does not go with WA_DEMO (--demo)",
		"migrate down":                                          "say --yes if you mean it",
		"keys":                                                  `expected one of "generate", "list", "add", "promote", "reseal", "retire"; see`,
		"migrate status --database-url=postgres://u:pa55word@127.0.0.1:xx/x":                      "WA_DATABASE_URL (--database-url) must be postgres://",
		"apikey list --site=s --database-url=postgres://u:pa55word@127.0.0.1:70000/x":             "WA_DATABASE_URL (--database-url) must be postgres://",
		"serve --listen=:0 --operator-listen= --database-url=postgres://u:pa55word@h/d?sslmode=x": "WA_DATABASE_URL (--database-url) must be postgres://",
		"keys generate":                                    "--file=FILE",
		"keys promote":                                     "<key>",
		"keys promote 12":                                  "use the 8 lower-case hexadecimal digits",
		"keys retire XYZ":                                  "use the 8 lower-case hexadecimal digits",
		"apikey create --site=s --role=viewer":             "--name=NAME",
		"apikey create --site=s --role=boss --name=n":      `--role must be one of "system_manager","service","viewer"`,
		"apikey create --site=a/b --role=viewer --name=n":  `site "a/b"`,
		"apikey create --site=s --role=viewer --name=":     "1 to 140 printable characters",
		"apikey list":                                      "--site=NAME",
		"apikey revoke --site=s":                           "<id>",
		"doctor":                                           "--account=ID|NAME",
		"doctor --account=x --site=a/b":                    `site "a/b"`,
		"doctor --account=x --public-url=wa.example.com":   "WA_PUBLIC_URL (--public-url) must be https://host",
		"doctor --account=x --allowed-provider-hosts=Meta": "WA_ALLOWED_PROVIDER_HOSTS (--allowed-provider-hosts)",
		"healthcheck --listen=80":                          "WA_LISTEN (--listen) must be HOST:PORT",
		"healthcheck --timeout=5":                          "expected duration",
		"fake-providers --meta-listen=8081":                "--meta-listen must be HOST:PORT",
		"fake-providers --wasender-listen=x":               "--wasender-listen must be HOST:PORT",
	} {
		got := running(t, words(line)...)
		assert.Equal(t, exitUsage, got.code, line)
		assert.Empty(t, got.out, line)
		assert.Equal(t, 1, strings.Count(got.err, "\n"), "%s: %s", line, got.err)
		assert.Contains(t, got.err, says, line)
		assert.NotContains(t, got.err, "pa55word")
	}
}

func TestUnknownFlagIsWrongUsageOfEveryCommand(t *testing.T) {
	for _, command := range append(commands(t), "") {
		got := running(t, append(words(command), "--no-such-flag")...)
		assert.Equal(t, exitUsage, got.code, command)
		assert.Contains(t, got.err, "whatsapp-accounts: unknown flag --no-such-flag", command)
	}
}

func TestVersionIsAloneOnStandardOutput(t *testing.T) {
	assert.Equal(t, result{exitDone, "dev\n", ""}, running(t, "version"))
}

func TestErrorOfManyLinesIsToldInOne(t *testing.T) {
	var said bytes.Buffer
	assert.Equal(t, exitFailed, exitOf(assertError("first\nsecond"), &said))
	assert.Equal(t, "whatsapp-accounts: first; second\n", said.String())
}

func TestFaultIsToldWithoutItsCode(t *testing.T) {
	var said bytes.Buffer
	known := fault.New(fault.Unavailable, "some_code", "It is away.", "Try again.")
	assert.Equal(t, exitFailed, exitOf(fmt.Errorf("looking: %w", known.Because(assertError("no route"))), &said))
	assert.Equal(t, "whatsapp-accounts: It is away. Try again. (no route)\n", said.String())
	in(t)
	must(t, "apikey create --site=s --role=viewer --name=n")
	assert.Equal(t, "whatsapp-accounts: There is no such API key. whatsapp-accounts apikey list shows the ids.\n", failing(t, "apikey revoke --site=s id"))
}

type assertError string

func (e assertError) Error() string { return string(e) }

func TestHelpShowsFirstWhatIsACommandsOwn(t *testing.T) {
	for command, own := range map[string]string{
		"serve": "--listen=", "migrate down": "--yes", "keys promote": "--keyset-poll=", "apikey create": "--role=", "apikey list": "--site=",
	} {
		help := running(t, append(words(command), "--help")...).out
		assert.Less(t, strings.Index(help, own), strings.Index(help, "Where things are kept:"), command)
		assert.Less(t, strings.Index(help, "Where things are kept:"), strings.Index(help, "--data-dir="), command)
		assert.NotContains(t, help, "context-sensitive")
	}
}
