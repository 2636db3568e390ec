package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The exit codes that scripts rely on.
const (
	failed = 1
	usage  = 2
)

// occupied gives an address that somebody else listens on.
func occupied(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

func TestWrongSettingIsRefusedWithItsNameAndACure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ value, says string }{
		"WA_DATABASE_URL":           {"mysql://user:pa55word@db/wa", "must start with postgres://; leave it out for SQLite"},
		"WA_DB_MAX_CONNS":           {"0", "from 1 to 1000"},
		"WA_PUBLIC_URL":             {"wa.example.com", "must be https://host"},
		"WA_LOG_LEVEL":              {"loud", `must be one of "debug","info","warn","error"`},
		"WA_LOG_FORMAT":             {"xml", `must be one of "auto","json","text"`},
		"WA_REQUEST_TIMEOUT":        {"0s", "must be longer than nothing, for example 10s"},
		"WA_SHUTDOWN_TIMEOUT":       {"ten seconds", "duration"},
		"WA_ALLOWED_PROVIDER_HOSTS": {"graph.facebook.com", "Type=host,host"},
		"WA_META_VERSION":           {"25", "for example v25.0"},
		"WA_LISTEN":                 {"8080", "HOST:PORT"},
		"WA_OPERATOR_LISTEN":        {"nowhere", "HOST:PORT"},
		"WA_TRUSTED_PROXIES":        {"proxy.example.com", "for example 10.0.0.0/8"},
		"WA_CORS_ORIGINS":           {"*", "for example https://app.example.com"},
		"WA_AUTH_FAILURES":          {"-1", "0 sets no limit"},
		"WA_MAX_CONNECTIONS":        {"-1", "0 sets no limit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := onSQLite(t).with(name, c.value).refused(t, usage, "serve")
			assert.Contains(t, line, name)
			assert.Contains(t, line, c.says)
			assert.NotContains(t, line, "pa55word")
		})
	}
}

func TestPortInUseIsRefusedWithACure(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"WA_LISTEN", "WA_OPERATOR_LISTEN"} {
		i := onSQLite(t).with(name, occupied(t))
		line := i.refused(t, failed, "serve")
		assert.Contains(t, line, "address already in use")
		assert.Contains(t, line, "set "+name+" to another address")
		assert.NoDirExists(t, i.dir, "nothing was made")
	}
}

func TestUnwritableFolderIsRefusedWithACure(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, command := range [][]string{{"serve"}, {"migrate", "up"}, {"keys", "list"}, {"apikey", "list", "--site", "s"}} {
		line := onSQLite(t).with("WA_DATA_DIR", filepath.Join(file, "data")).refused(t, failed, command...)
		assert.Contains(t, line, "WA_DATA_DIR", command)
		assert.Contains(t, line, "not a directory", command)
	}
}

func TestKeysetOfAnotherOrOfNobodyIsRefused(t *testing.T) {
	t.Parallel()
	for name, on := range emptyDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := on(t)
			require.Zero(t, i.serve(t).stop())
			right := i.keyset()
			wrong := filepath.Join(t.TempDir(), "keyset.json")
			i.must(t, "keys", "generate", "--file", wrong)

			line := i.with("WA_KEYSET_FILE", wrong).refused(t, failed, "serve")
			assert.Contains(t, line, wrong+" lacks key")
			assert.Contains(t, line, "set WA_KEYSET_FILE to the keyset of this database")

			require.NoError(t, os.Rename(right, right+".away"))
			line = i.refused(t, failed, "serve")
			assert.Contains(t, line, right+" is missing")
			assert.Contains(t, line, "put the file back or set WA_KEYSET_FILE")
			assert.NoFileExists(t, right, "a second keyset beside the first would split the secrets")

			assert.Zero(t, i.with("WA_KEYSET_FILE", right+".away").serve(t).stop())
		})
	}
}

func TestBrokenKeysetIsRefused(t *testing.T) {
	t.Parallel()
	i := onSQLite(t)
	require.Zero(t, i.serve(t).stop())
	whole, err := os.ReadFile(i.keyset())
	require.NoError(t, err)
	for what, content := range map[string]string{
		"empty": "", "short": string(whole[:len(whole)/2]), "something else": `{"keys": []}`, "not JSON": "key",
		"a key cut short": strings.Replace(string(whole), `"value": "`, `"value": "A`, 1),
	} {
		require.NoError(t, os.WriteFile(i.keyset(), []byte(content), 0o600))
		line := i.refused(t, failed, "serve")
		assert.Contains(t, line, "WA_KEYSET_FILE", what)
		assert.Contains(t, line, i.keyset(), what)
		assert.Contains(t, line, "restore it from its backup", what)
		after, err := os.ReadFile(i.keyset())
		require.NoError(t, err)
		assert.Equal(t, content, string(after), "the file is left for whoever looks into it")
	}
}

func TestDatabaseThatDoesNotAnswerIsRefusedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for url, code := range map[string]int{
		"postgres://user:pa55word@" + freeAddress(t) + "/wa":   failed,
		"postgres://user:pa55word@[::1/wa":                     usage,
		"postgres://user:pa55word@localhost:port/wa":           usage,
		"postgres://user:pa55word@localhost:5432/wa?sslmode=x": usage,
	} {
		line := onSQLite(t).with("WA_DATABASE_URL", url).refused(t, code, "serve")
		assert.NotContains(t, line, "pa55word")
		assert.Contains(t, line, "WA_DATABASE_URL")
	}
}

// freeAddress is one that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

func TestDefaultMetricsPortOfSomebodyElseKeepsNobodyFromStarting(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:9090")
	if err == nil { // otherwise it is taken already, which is as well
		defer func() { _ = l.Close() }()
	}
	p := onSQLite(t).without("WA_OPERATOR_LISTEN").serve(t)
	assert.Contains(t, p.said.String(), "no metrics: cannot listen on 127.0.0.1:9090; stop what uses it or set WA_OPERATOR_LISTEN to another address")
}

func TestMetricsAreTurnedOffByAnEmptyAddress(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).with("WA_OPERATOR_LISTEN", "").serve(t)
	assert.NotContains(t, p.said.String(), "metrics")
}
