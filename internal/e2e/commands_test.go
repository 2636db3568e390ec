package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

func TestVersionIsThatOfTheBuild(t *testing.T) {
	t.Parallel()
	assert.Equal(t, builtVersion+"\n", onSQLite(t).must(t, "version"))
}

func TestKeyMadeBesideARunningServerCountsAtOnce(t *testing.T) {
	t.Parallel()
	for name, on := range emptyDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := on(t)
			p := i.serve(t)
			created := i.run(t, "apikey", "create", "--site", "brand-a", "--role", "viewer", "--name", "dashboard")
			require.Zero(t, created.code, created.err)
			assert.Regexp(t, `^wak_[0-9A-Za-z]{46}\n$`, created.out, "the key alone")
			assert.Empty(t, created.err)

			c := p.as(t, strings.TrimSpace(created.out))
			me, err := c.Me(t.Context())
			require.NoError(t, err)
			assert.Equal(t, []string{"brand-a", "viewer", "dashboard"}, []string{me.Site, me.Role, me.Name})
			_, err = c.CreateAccount(t.Context(), meta(1))
			assertCode(t, err, "forbidden")

			list := i.must(t, "apikey", "list", "--site", "brand-a")
			assert.Contains(t, list, "dashboard")
			assert.NotContains(t, list, strings.TrimSpace(created.out))
			id := strings.Fields(strings.Split(list, "\n")[1])[0]
			i.must(t, "apikey", "revoke", "--site", "brand-a", id)
			_, err = c.Me(t.Context())
			assertCode(t, err, "unauthenticated")
		})
	}
}

func TestRevokedKeyIsRefusedByEveryReplica(t *testing.T) {
	t.Parallel()
	i := onEmptyPostgres(t)
	key := i.apiKey(t, "default")
	replicas := []*client.Client{i.serve(t).as(t, key), i.serve(t).as(t, key)}
	for _, c := range replicas {
		_, err := c.Me(t.Context())
		require.NoError(t, err)
	}
	id := strings.Fields(strings.Split(i.must(t, "apikey", "list", "--site", "default"), "\n")[1])[0]
	i.must(t, "apikey", "revoke", "--site", "default", id)
	for _, c := range replicas {
		_, err := c.Me(t.Context())
		assertCode(t, err, "unauthenticated")
	}
}

func TestLastUseOfAKeyIsKnownAfterTheEnd(t *testing.T) {
	t.Parallel()
	for name, on := range emptyDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := on(t)
			key := i.apiKey(t, "default")
			p := i.serve(t)
			_, err := p.as(t, key).Me(t.Context())
			require.NoError(t, err)
			require.Zero(t, p.stop())
			row := strings.Fields(strings.Split(i.must(t, "apikey", "list", "--site", "default"), "\n")[1])
			assert.Regexp(t, `^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`, strings.Join(row[6:8], " "))
		})
	}
}

func TestSchemaIsManagedByItself(t *testing.T) {
	t.Parallel()
	for name, on := range emptyDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := on(t)
			if i.usesSQLite() {
				assert.Contains(t, i.refused(t, failed, "migrate", "status"), "set WA_DATA_DIR")
			} else {
				assert.NotContains(t, i.must(t, "migrate", "status"), "applied")
				assert.Contains(t, i.refused(t, failed, "migrate", "down", "--yes"), "migrate up makes it")
			}
			assert.NoDirExists(t, i.dir, "to look makes nothing")
			up := i.must(t, "migrate", "up")
			assert.NotContains(t, up, "pending")
			assert.Contains(t, i.refused(t, usage, "migrate", "down"), "--yes")
			assert.Equal(t, 1, strings.Count(i.must(t, "migrate", "down", "--yes"), "pending"))

			p := i.serve(t) // which brings it up to date again
			assert.Equal(t, up, i.must(t, "migrate", "status"))
			assert.Equal(t, http.StatusOK, p.get(t, "/readyz").status)
		})
	}
}

func TestKeysOfNoInstallationAreRefusedAndNothingIsMade(t *testing.T) {
	t.Parallel()
	for name, on := range emptyDatabases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := on(t)
			for _, command := range []string{"keys list", "keys add", "apikey list --site s", "apikey revoke --site s id"} {
				line := i.refused(t, failed, strings.Fields(command)...)
				assert.Regexp(t, "set WA_DATA_DIR .*WA_DATABASE_URL", line)
				assert.NoDirExists(t, i.dir, command)
			}
		})
	}
}

func TestSchemaTakenAwayIsSaidAtReadyz(t *testing.T) {
	t.Parallel()
	i := onEmptyPostgres(t)
	p := i.serve(t)
	for strings.Contains(i.must(t, "migrate", "status"), "applied") {
		i.must(t, "migrate", "down", "--yes")
	}
	said := p.get(t, "/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, said.status)
	assert.Contains(t, said.body, "run whatsapp-accounts migrate up")
	i.must(t, "migrate", "up")
	assert.Contains(t, p.get(t, "/readyz").body, "The keyset is not the one", "the record of the key went with its table")
}

func TestHealthcheckTellsByItsExitCode(t *testing.T) {
	t.Parallel()
	i := onSQLite(t).with("WA_DRAIN_DELAY", "4s")
	p := i.serve(t)
	at := i.with("WA_LISTEN", p.address())
	assert.Empty(t, at.must(t, "healthcheck"))
	held := holdRequest(t, p, "GET /healthz HTTP/1.1\r\nHost: x\r\n") // so that the service cannot end yet
	p.beginStop(t)
	assert.Contains(t, at.refused(t, failed, "healthcheck"), "not ready")
	held.finish(t, "\r\n")
	require.Zero(t, p.wait())
	assert.Contains(t, at.refused(t, failed, "healthcheck"), "does not answer")
}
