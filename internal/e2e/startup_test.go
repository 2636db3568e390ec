package e2e

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// firstKey is the key that a new SQLite installation prints.
const firstKey = `(?m)^API key (wak_\S+) `

func TestFreshStartMakesEverythingForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	i := onSQLite(t)
	p := i.serve(t)
	for _, what := range []string{"data folder " + i.dir, "database " + i.dir + "/whatsapp-accounts.db", "keyset " + i.dir + "/keyset.json"} {
		assert.Contains(t, p.said.String(), "made "+what+"\n")
	}
	made(t, p.as(t, p.find(firstKey)), meta(1)) // so that SQLite has written whatever files it writes
	assert.FileExists(t, i.dir+"/whatsapp-accounts.db-wal")
	assertPrivate(t, i.dir)
}

// assertPrivate fails unless folder is for its owner alone, and so is all in it.
func assertPrivate(t *testing.T, folder string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		assert.Equal(t, want, info.Mode().Perm(), path)
		return nil
	}))
}

func TestUmaskOpensNothing(t *testing.T) {
	t.Parallel()
	i := onSQLite(t)
	w, err := built()
	require.NoError(t, err)
	sh := exec.CommandContext(t.Context(), "sh", "-c", `umask 0; exec "$0" apikey create --site s --role viewer --name n`, w.binary)
	sh.Env = i.environ()
	said, err := sh.CombinedOutput()
	require.NoError(t, err, "%s", said)
	assertPrivate(t, i.dir)
}

func TestFirstKeyIsPrintedOnceAndTheCurlLineWorks(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).serve(t)
	assert.Len(t, strings.Split(p.said.String(), "API key wak_"), 2, "the key is named once")
	assert.Empty(t, p.printed.String())

	line := p.find(`(?m)^try\s+(curl .+)$`)
	body, err := exec.CommandContext(t.Context(), "sh", "-c", line).Output()
	require.NoError(t, err, line)
	var me v1.Me
	require.NoError(t, json.Unmarshal(body, &me), "%s", body)
	assert.Equal(t, v1.Me{Site: "default", Role: "system_manager", Name: "first"}, me)
}

func TestPrintedReferencePageIsThere(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).serve(t)
	page := p.get(t, strings.TrimPrefix(p.find(`(?m)^reference (\S+)$`), p.url))
	assert.Equal(t, http.StatusOK, page.status)
	assert.Contains(t, page.header.Get("Content-Type"), "text/html")
	assert.Equal(t, http.StatusOK, p.get(t, "/openapi.json").status)
}

func TestMetricsAreOnTheOperatorsPortAlone(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).serve(t)
	p.get(t, "/healthz")
	assert.Contains(t, p.metrics(t), `http_request_duration_seconds_count{method="GET",route="/healthz",status="200"} 1`)
	assert.Equal(t, http.StatusNotFound, p.get(t, "/metrics").status)
}

// metrics reads the operator's port.
func (p *process) metrics(t testing.TB) string {
	t.Helper()
	operator := *p
	operator.url = strings.TrimSuffix(p.find(`(?m)^metrics\s+(http://\S+)$`), "/metrics")
	got := operator.ask(t, &http.Client{Transport: p.http, Timeout: timeout}, http.MethodGet, "/metrics", nil, "")
	assert.Equal(t, http.StatusOK, got.status)
	return got.body
}

func TestSecondStartReusesEverything(t *testing.T) {
	t.Parallel()
	i := onSQLite(t)
	p := i.serve(t)
	key := p.find(firstKey)
	first := made(t, p.as(t, key), meta(1))
	require.Zero(t, p.stop())

	again := i.serve(t)
	assert.NotContains(t, again.said.String(), "wak_")
	assert.NotContains(t, again.said.String(), "made ")
	read, err := again.as(t, key).GetAccount(t.Context(), first.ID)
	require.NoError(t, err)
	assert.Equal(t, first.ETag, read.ETag)
	assert.Equal(t, http.StatusOK, again.get(t, verification(verifyToken(1), "challenge")).status)
}

func TestServePrintsNoKeyOnPostgreSQL(t *testing.T) {
	t.Parallel()
	i := onEmptyPostgres(t)
	p := i.serve(t)
	assert.NotContains(t, p.said.String(), "wak_")
	assert.Contains(t, p.said.String(), "made keyset "+i.keyset())
	assertPrivate(t, i.dir)

	me, err := p.as(t, i.apiKey(t, "brand-a")).Me(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "brand-a", me.Site)
}

func TestStartWithEverythingInPlaceButTheKeysetFolder(t *testing.T) {
	t.Parallel()
	i := onEmptyPostgres(t)
	i = i.with("WA_KEYSET_FILE", filepath.Join(t.TempDir(), "keyset.json"))
	p := i.serve(t)
	assert.NoDirExists(t, i.dir, "PostgreSQL and a keyset of its own need no data folder")
	require.Zero(t, p.stop())
	info, err := os.Stat(i.keyset())
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
}
