package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// copies is two replicas on one PostgreSQL, each with a keyset file of its own, as where a platform hands the file out.
type copies struct {
	here, there installation // commands run here
	near, far   *process
	old         string // the key that there is in the beginning
	nearby      *client.Client
	faraway     *client.Client
	accounts    int
}

func twoCopies(t *testing.T) *copies {
	t.Helper()
	here := onPostgres(t)
	c := &copies{here: here, there: here.with("WA_KEYSET_FILE", filepath.Join(t.TempDir(), "keyset.json"))}
	key := here.apiKey(t, "default")
	c.copyFile(t)
	c.near, c.far = here.serve(t), c.there.serve(t)
	c.nearby, c.faraway = c.near.as(t, key), c.far.as(t, key)
	c.old = here.keys(t)[0].id
	return c
}

// copyFile takes the place of the old file at once: a file that is half written would be complained of.
func (c *copies) copyFile(t *testing.T) {
	t.Helper()
	content, err := os.ReadFile(c.here.keyset())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(c.there.keyset()+".new", content, 0o600)) //nolint:gosec // a file of the test
	require.NoError(t, os.Rename(c.there.keyset()+".new", c.there.keyset()))
}

// handOut copies the file and waits, as the operator does, until the far replica says what it has learnt.
func (c *copies) handOut(t *testing.T, keys, primary string) {
	t.Helper()
	c.copyFile(t)
	learnt := fmt.Sprintf(`"keys":"%s","primary":"%s"`, keys, primary)
	c.near.says(t, learnt)
	c.far.says(t, learnt)
}

// save makes an account through a replica and gives its number.
func (c *copies) save(t *testing.T, by *client.Client) (number int, id string) {
	t.Helper()
	c.accounts++
	return c.accounts, made(t, by, meta(c.accounts)).ID
}

// replaceSecret opens the app secret that is there.
func replaceSecret(t *testing.T, by *client.Client, id string) error {
	t.Helper()
	_, err := by.UpdateAccount(t.Context(), id, client.Patch{"meta_settings": client.Patch{"app_secret": "another"}})
	return err
}

// agree holds what each replica has sealed against the other one.
func (c *copies) agree(t *testing.T) {
	t.Helper()
	for _, p := range []*process{c.near, c.far} {
		assert.Equal(t, http.StatusOK, p.get(t, "/readyz").status)
	}
	near, nearID := c.save(t, c.nearby)
	far, farID := c.save(t, c.faraway)
	assertVerifies(t, c.far, near)
	assertVerifies(t, c.near, far)
	require.NoError(t, replaceSecret(t, c.faraway, nearID))
	require.NoError(t, replaceSecret(t, c.nearby, farID))
}

func TestRotationInTheWrittenOrderHarmsNobodyThoughEveryReplicaHasACopy(t *testing.T) {
	t.Parallel()
	c := twoCopies(t)
	c.agree(t)
	fresh := strings.TrimSpace(c.here.must(t, "keys", "add"))
	both := c.old + " " + fresh
	c.handOut(t, both, c.old)
	c.agree(t)
	c.here.must(t, "keys", "promote", fresh)
	c.agree(t) // the far replica still seals under the old key, and has the new one
	c.handOut(t, both, fresh)
	c.agree(t)
	c.here.must(t, "keys", "reseal")
	c.agree(t)
	c.here.must(t, "keys", "retire", c.old)
	c.agree(t)
	c.handOut(t, fresh, fresh)
	c.agree(t)
	for _, p := range []*process{c.near, c.far} {
		assertVerifies(t, p, 1)
		assert.NotContains(t, p.said.String(), `"level":"ERROR"`)
	}
}

func TestPromotionBeforeAReplicaHasTheKeyIsSaidAndCuredByTheFile(t *testing.T) {
	t.Parallel()
	c := twoCopies(t)
	fresh := strings.TrimSpace(c.here.must(t, "keys", "add"))
	c.here.must(t, "keys", "promote", fresh)
	c.near.says(t, fmt.Sprintf(`"primary":"%s"`, fresh))

	said := c.far.get(t, "/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, said.status)
	assert.Contains(t, said.body, `"name":"keys","ok":false`)
	saved, id := c.save(t, c.nearby)
	assertVerifies(t, c.near, saved)
	assert.Equal(t, http.StatusForbidden, c.far.get(t, verification(verifyToken(saved), "challenge")).status, "it cannot know the token")
	var problem *client.Problem
	require.ErrorAs(t, replaceSecret(t, c.faraway, id), &problem)
	assert.Equal(t, http.StatusInternalServerError, problem.Status)
	c.far.says(t, "the keyset has no such key")

	c.handOut(t, c.old+" "+fresh, fresh)
	assertVerifies(t, c.far, saved)
	require.NoError(t, replaceSecret(t, c.faraway, id))
	c.agree(t)
}

func TestStepsInAnotherOrderMoveAndRemoveNothing(t *testing.T) {
	t.Parallel()
	c := twoCopies(t)
	c.save(t, c.nearby)
	fresh := strings.TrimSpace(c.here.must(t, "keys", "add"))
	assert.Contains(t, c.here.must(t, "keys", "reseal"), "resealed 0 secrets under key "+c.old, "before the promotion")
	assert.Contains(t, c.here.refused(t, failed, "keys", "retire", c.old), "is the primary; promote another first")
	c.handOut(t, c.old+" "+fresh, c.old)
	c.here.must(t, "keys", "promote", fresh)
	c.handOut(t, c.old+" "+fresh, fresh)
	assert.Contains(t, c.here.run(t, "keys", "retire", c.old).err, "3 secrets and 0 kept answers are still sealed under key "+c.old, "before they are moved")
	assert.Len(t, c.here.keys(t), 2)
	c.agree(t)
}

func TestReplicaThatMissedThePromotionSealsNothingUnderTheRetiredKey(t *testing.T) {
	t.Parallel()
	c := twoCopies(t)
	saved, id := c.save(t, c.nearby)
	fresh := strings.TrimSpace(c.here.must(t, "keys", "add"))
	c.handOut(t, c.old+" "+fresh, c.old)
	c.here.must(t, "keys", "promote", fresh)
	c.here.must(t, "keys", "reseal")
	c.here.must(t, "keys", "retire", c.old)

	assertVerifies(t, c.far, saved)
	_, err := c.faraway.CreateAccount(t.Context(), meta(1000))
	var problem *client.Problem
	require.ErrorAs(t, err, &problem)
	assert.Equal(t, "keyset_outdated", problem.Code)
	assert.Equal(t, http.StatusServiceUnavailable, problem.Status)
	require.ErrorAs(t, replaceSecret(t, c.faraway, id), &problem)

	c.handOut(t, fresh, fresh)
	require.NoError(t, replaceSecret(t, c.faraway, id))
	c.agree(t)
}
