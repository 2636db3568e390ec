package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// must runs a command that has to succeed.
func must(t *testing.T, line string) result {
	t.Helper()
	got := running(t, words(line)...)
	require.Equal(t, exitDone, got.code, "%s: %s", line, got.err)
	return got
}

// failing runs a command that has to fail, and gives its one line.
func failing(t *testing.T, line string) string {
	t.Helper()
	got := running(t, words(line)...)
	assert.Equal(t, exitFailed, got.code, line)
	assert.Empty(t, got.out)
	assert.Equal(t, 1, strings.Count(got.err, "\n"), got.err)
	return got.err
}

func TestAPIKeyIsMadeListedAndRevoked(t *testing.T) {
	dir := in(t)
	made := must(t, "apikey create --site=brand-a --role=service --name=sales")
	assert.Regexp(t, `^wak_[0-9A-Za-z]{46}\n$`, made.out)
	assert.Contains(t, made.err, "made keyset "+dir+"/keyset.json")
	key := strings.TrimSpace(made.out)

	list := must(t, "apikey list --site=brand-a")
	assert.Empty(t, list.err, "nothing was made")
	assert.NotContains(t, list.out, key)
	row := words(strings.Split(list.out, "\n")[1])
	assert.Equal(t, []string{"sales", "service", key[len(key)-4:]}, row[1:4])
	assert.Equal(t, []string{"-", "-"}, row[len(row)-2:], "never used, not revoked")

	assert.Contains(t, failing(t, "apikey revoke --site=brand-b "+row[0]), "There is no such API key. whatsapp-accounts apikey list shows the ids.")
	must(t, "apikey revoke --site=brand-a "+row[0])
	assert.Contains(t, failing(t, "apikey revoke --site=brand-a "+row[0]), "There is no such API key.")
	assert.NotRegexp(t, `-\n$`, must(t, "apikey list --site=brand-a").out, "the time of the revocation")
}

func TestSchemaGoesUpAndDown(t *testing.T) {
	dir := in(t)
	first := must(t, "migrate up")
	up := first.out
	assert.Equal(t, "made data folder "+dir+"\nmade database "+dir+"/whatsapp-accounts.db\n", first.err)
	assert.NotContains(t, up, "pending")
	assert.Equal(t, up, must(t, "migrate up").out)
	assert.Equal(t, up, must(t, "migrate status").out)
	steps := strings.Count(up, "\n")
	for left := steps; left > 0; left-- {
		assert.Equal(t, steps-left+1, strings.Count(must(t, "migrate down --yes").out, "pending"))
	}
	must(t, "migrate up")
}

// onInstallation are the commands that make sense on an installation alone.
var onInstallation = []string{
	"keys list", "keys add", "keys promote 00000000", "keys reseal", "keys retire 00000000", "apikey list --site=s", "apikey revoke --site=s id", "doctor --account=a",
}

func TestCommandInAWrongFolderMakesNothingAndNamesTheSetting(t *testing.T) {
	dir := in(t)
	for _, command := range append(onInstallation, "migrate status", "migrate down --yes") {
		said := failing(t, command)
		assert.Contains(t, said, "there is no database; set WA_DATA_DIR to the folder of the installation", command)
		assert.Contains(t, said, dir+"/whatsapp-accounts.db: no such file or directory", command)
		assert.NoDirExists(t, dir, command)
	}
}

func TestCommandOnADatabaseWithoutInstallationMakesNoKeyset(t *testing.T) {
	dir := in(t)
	must(t, "migrate up")
	for _, command := range onInstallation {
		assert.Contains(t, failing(t, command), "WA_KEYSET_FILE, to those of the installation", command)
		assert.NoFileExists(t, dir+"/keyset.json", command)
	}
}

func TestCommandWithoutTheKeysetNamesItsSetting(t *testing.T) {
	dir := in(t)
	must(t, "apikey create --site=s --role=viewer --name=n")
	require.NoError(t, os.Remove(dir+"/keyset.json"))
	for _, command := range onInstallation {
		assert.Contains(t, failing(t, command), "put the file back or set WA_KEYSET_FILE to where it is", command)
		assert.NoFileExists(t, dir+"/keyset.json", command)
	}
}

func TestKeysetFileIsMadeOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keyset.json")
	made := must(t, "keys generate --file="+file)
	assert.Empty(t, made.out)
	assert.Contains(t, made.err, "made keyset "+file)
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	assert.Contains(t, failing(t, "keys generate --file="+file), "there is a keyset already: use it")
	assert.Contains(t, failing(t, "keys generate --file="+file+".d/keyset.json"), "make its folder writable")
}

func TestKeysAreRotated(t *testing.T) {
	dir := in(t)
	t.Setenv("WA_KEYSET_POLL", "1ms")
	must(t, "apikey create --site=s --role=viewer --name=n")
	first := words(strings.Split(must(t, "keys list").out, "\n")[1])
	assert.Equal(t, []string{"0", "0", "primary"}, first[len(first)-3:])
	second := strings.TrimSpace(must(t, "keys add").out)
	assert.Regexp(t, "^[0-9a-f]{8}$", second)

	assert.Contains(t, failing(t, "keys retire "+first[0]), "is the primary; promote another first")
	assert.Contains(t, failing(t, "keys promote 00000000"), "has no key 00000000")
	tomorrow := time.Now().Add(24 * time.Hour) // so that the file is fresh however slow this machine is
	require.NoError(t, os.Chtimes(dir+"/keyset.json", tomorrow, tomorrow))
	assert.Contains(t, must(t, "keys promote "+second).err, "waiting 1s, until every replica has seen the last change of")
	assert.Contains(t, must(t, "keys reseal").out, "resealed 0 secrets under key "+second)
	must(t, "keys retire "+first[0])
	assert.Equal(t, 2, strings.Count(must(t, "keys list").out, "\n"), "a heading and one key")
	assert.Contains(t, failing(t, "keys retire "+first[0]), "has no key "+first[0])
}

func TestHealthcheckAsksWhetherTheServiceIsReady(t *testing.T) {
	status := http.StatusOK
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/readyz", r.URL.Path)
		w.WriteHeader(status)
		fmt.Fprint(w, "{}")
	}))
	address := strings.TrimPrefix(service.URL, "http://")
	assert.Equal(t, result{}, must(t, "healthcheck --listen="+address))
	_, port, _ := strings.Cut(address, ":")
	must(t, "healthcheck --listen=0.0.0.0:"+port)
	must(t, "healthcheck --listen=:"+port)

	status = http.StatusServiceUnavailable
	assert.Contains(t, failing(t, "healthcheck --listen="+address), "not ready")
	service.Close()
	assert.Contains(t, failing(t, "healthcheck --listen="+address), "the service does not answer")
}
