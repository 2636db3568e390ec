package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// pair is two replicas on one PostgreSQL, and a system manager at each.
type pair struct {
	installation
	replicas [2]*process
	clients  [2]*client.Client
}

func twoReplicas(t testing.TB) *pair {
	t.Helper()
	p := &pair{installation: onPostgres(t).watched()}
	key := p.apiKey(t, "default")
	for n := range p.replicas {
		p.racing = n == 0 // one of the two is watched: both do the same
		p.replicas[n] = p.serve(t)
		p.clients[n] = p.replicas[n].as(t, key)
	}
	return p
}

func TestReplicasMayStartAtTheSameMoment(t *testing.T) {
	t.Parallel()
	i := onEmptyPostgres(t).watched()
	first, second := i.launch(t), i.launch(t)
	for _, p := range []*process{first, second} {
		eventually(t, "both listen", func() bool { return listening.MatchString(p.said.String()) || p.hasEnded() })
		require.False(t, p.hasEnded(), "%s", p.said)
		p.url = p.find(listening.String())
	}
	assert.Equal(t, 1, strings.Count(first.said.String()+second.said.String(), "made keyset"))

	key := i.apiKey(t, "default")
	a := made(t, first.as(t, key), meta(1))
	read, err := second.as(t, key).GetAccount(t.Context(), a.ID)
	require.NoError(t, err)
	assert.Equal(t, a.ETag, read.ETag)
	assertVerifies(t, first, 1)
	assertVerifies(t, second, 1)
	_, err = second.as(t, key).UpdateAccount(t.Context(), a.ID, client.Patch{"meta_settings": client.Patch{"app_secret": "another"}})
	assert.NoError(t, err, "it opens what the other sealed")
}

func TestReplicaWithAKeysetOfItsOwnIsRefused(t *testing.T) {
	t.Parallel()
	one := onEmptyPostgres(t)
	other := one.with("WA_DATA_DIR", filepath.Join(t.TempDir(), "data"))
	first, second := one.launch(t), other.launch(t)
	eventually(t, "one listens and one has ended", func() bool {
		return (first.hasEnded() || listening.MatchString(first.said.String())) && (second.hasEnded() || listening.MatchString(second.said.String()))
	})
	if first.hasEnded() {
		first, second = second, first
	}
	require.False(t, first.hasEnded(), "%s", first.said)
	require.True(t, second.hasEnded(), "%s", second.said)
	assert.Equal(t, failed, second.wait())
	line := oneLine(t, second.said.String())
	assert.Contains(t, line, "keyset.json is missing, and this database is sealed under key")
	assert.Contains(t, line, "put the file back or set WA_KEYSET_FILE to where it is")
}
