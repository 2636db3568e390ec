package e2e

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// together runs calls at the same moment and waits for them.
func together(calls ...func()) {
	begin := make(chan struct{})
	var group sync.WaitGroup
	for _, call := range calls {
		group.Go(func() {
			<-begin
			call()
		})
	}
	close(begin)
	group.Wait()
}

// holders lists the accounts that say that they are default outgoing. A page is one statement, so what it shows was true at one moment.
func holders(t testing.TB, c *client.Client) []v1.Account {
	t.Helper()
	var found []v1.Account
	page, err := c.Accounts(t.Context(), client.AccountQuery{Page: client.Page{Limit: 200}})
	if assert.NoError(t, err) {
		assert.Nil(t, page.NextCursor)
		for _, a := range page.Data {
			if a.IsDefaultOutgoing {
				found = append(found, a)
			}
		}
	}
	return found
}

// TestExactlyOneDefaultWhateverIsWrittenTogether is D1, with D2 beside it: 20 reads a round.
func TestExactlyOneDefaultWhateverIsWrittenTogether(t *testing.T) {
	t.Parallel()
	t.Run("two replicas on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		contendForDefault(t, twoReplicas(t).clients[:], scaled(60))
	})
	t.Run("one process on SQLite", func(t *testing.T) {
		t.Parallel()
		i := onSQLite(t)
		key := i.apiKey(t, "default")
		contendForDefault(t, []*client.Client{i.serve(t).as(t, key)}, scaled(6))
	})
}

// contendForDefault lets 32 writers ask for the default at once, round after round, while readers look.
func contendForDefault(t *testing.T, clients []*client.Client, rounds int) {
	t.Helper()
	const writers = 32
	ids := seed(t, clients[0], writers)
	_, err := clients[0].SetDefault(t.Context(), client.Outgoing, ids[0])
	require.NoError(t, err)

	var reads atomic.Int64
	calls := make([]func(), 0, writers+2)
	for n, id := range ids {
		calls = append(calls, func() { becomeDefault(t, clients[n%len(clients)], id, n%4 < 2) })
	}
	for n := range 2 {
		calls = append(calls, func() {
			for range 5 {
				lookAtDefault(t, clients[n%len(clients)])
				reads.Add(2)
			}
		})
	}
	began := time.Now()
	for range rounds {
		together(calls...)
		if assert.Len(t, holders(t, clients[0]), 1); t.Failed() {
			break
		}
	}
	t.Logf("D1: %d rounds of %d writers in %v, D2: %d reads meanwhile", rounds, writers, time.Since(began).Round(time.Millisecond), reads.Load())
}

// lookAtDefault reads the default in both places where it shows.
func lookAtDefault(t testing.TB, c *client.Client) {
	t.Helper()
	assert.Len(t, holders(t, c), 1, "a reader sees exactly one")
	both, err := c.Defaults(t.Context())
	if assert.NoError(t, err) {
		assert.NotNil(t, both.Outgoing)
	}
}

// becomeDefault asks in one of the two ways there are.
func becomeDefault(t testing.TB, c *client.Client, id string, bySite bool) {
	t.Helper()
	var err error
	if bySite {
		_, err = c.SetDefault(t.Context(), client.Outgoing, id)
	} else {
		_, err = c.UpdateAccount(t.Context(), id, client.Patch{"is_default_outgoing": true})
	}
	assert.NoError(t, err, "no request fails")
}

// TestActivatedWASenderAndNamedMetaShareOneDefault is D3: whoever is written last holds it, and the other's history says that it lost it.
func TestActivatedWASenderAndNamedMetaShareOneDefault(t *testing.T) {
	t.Parallel()
	p := twoReplicas(t)
	rival := made(t, p.clients[0], meta(0))
	won := map[string]int{}
	rounds := scaled(40)
	for n := range rounds {
		require.NoError(t, p.clients[0].ClearDefault(t.Context(), client.Outgoing))
		var sender *client.Account
		together(
			func() { sender = made(t, p.clients[n%2], wasender(n)) },
			func() { becomeDefault(t, p.clients[(n+1)%2], rival.ID, n%4 < 2) },
		)
		holding := holders(t, p.clients[n%2])
		require.Len(t, holding, 1)
		won[holding[0].AccountType]++
		loser := sender.ID
		if holding[0].ID == sender.ID {
			loser = rival.ID
		} else {
			require.Equal(t, rival.ID, holding[0].ID)
		}
		line, err := p.clients[0].History(t.Context(), loser, client.Page{Limit: 1})
		require.NoError(t, err)
		assert.Equal(t, "default_lost", line.Data[0].Action)

		_, err = p.clients[1].SetDefault(t.Context(), client.Outgoing, rival.ID)
		require.NoError(t, err)
		_, err = p.clients[0].UpdateAccount(t.Context(), sender.ID, client.Patch{"allow_auto_read_receipt": true})
		require.NoError(t, err)
		holding = holders(t, p.clients[0])
		require.Len(t, holding, 1)
		assert.Equal(t, rival.ID, holding[0].ID, "a later save does not take it back")
	}
	t.Logf("D3: %d rounds, held by %v", rounds, won)
}

// TestNoDesignationDangles is D5: the default is never an account that is gone, nor one that was Inactive when it was named.
func TestNoDesignationDangles(t *testing.T) {
	t.Parallel()
	p := twoReplicas(t)
	for n := range scaled(40) {
		a, remove := made(t, p.clients[0], meta(n)), n%2 == 0
		var named, ended error
		together(
			func() { _, named = p.clients[n/2%2].SetDefault(t.Context(), client.Incoming, a.ID) },
			func() {
				c := p.clients[(n/2+1)%2]
				if remove {
					ended = c.DeleteAccount(t.Context(), a.ID)
				} else {
					_, ended = c.UpdateAccount(t.Context(), a.ID, client.Patch{"status": "Inactive"})
				}
			},
		)
		require.NoError(t, ended)
		both, err := p.clients[0].Defaults(t.Context())
		require.NoError(t, err)
		_, used := p.clients[1].Default(t.Context(), client.Incoming)
		assertCode(t, used, "no_default_account")
		switch {
		case remove:
			assert.True(t, named == nil || client.HasCode(named, "account_not_found"), "%v", named)
			assert.Nil(t, both.Incoming, "the designation went with the account")
		case named == nil:
			assert.Equal(t, &v1.DefaultHolder{AccountID: a.ID, AccountName: a.AccountName, AccountType: "Meta", Status: "Inactive"}, both.Incoming, "the holder keeps it")
		default:
			assertCode(t, named, "account_inactive")
			assert.Nil(t, both.Incoming)
		}
		require.NoError(t, p.clients[0].ClearDefault(t.Context(), client.Incoming))
	}
}

// TestInactiveCountsAtOnceOnEveryReplica is D4, with the verify route and the dry run in place of sends.
func TestInactiveCountsAtOnceOnEveryReplica(t *testing.T) {
	t.Parallel()
	p := twoReplicas(t)
	a := made(t, p.clients[0], meta(1))
	for _, d := range []client.Direction{client.Outgoing, client.Incoming} {
		_, err := p.clients[0].SetDefault(t.Context(), d, a.ID)
		require.NoError(t, err)
	}
	uses, rounds := p.uses(t, a), scaled(20)
	var asked atomic.Int64
	everywhere := func(want string) {
		calls := make([]func(), 0, 2*len(uses)*len(p.replicas))
		for range 2 {
			for replica := range p.replicas {
				for what, use := range uses {
					calls = append(calls, func() {
						asked.Add(1)
						assert.Equal(t, want, use(replica), what)
					})
				}
			}
		}
		together(calls...)
	}
	for n := range rounds {
		everywhere("used")
		_, err := p.clients[n%2].UpdateAccount(t.Context(), a.ID, client.Patch{"status": "Inactive"})
		require.NoError(t, err)
		everywhere("refused")
		_, err = p.clients[n%2].UpdateAccount(t.Context(), a.ID, client.Patch{"status": "Active"})
		require.NoError(t, err)
		if t.Failed() {
			break
		}
	}
	t.Logf("D4: %d rounds, %d questions", rounds, asked.Load())
}

// uses is every way there is to use an account, on a replica; each says whether it was used or refused.
func (p *pair) uses(t *testing.T, a *client.Account) map[string]func(replica int) string {
	t.Helper()
	byCode := func(codes ...string) func(error) string {
		return func(err error) string {
			for _, code := range codes {
				if client.HasCode(err, code) {
					return "refused"
				}
			}
			if assert.NoError(t, err) {
				return "used"
			}
			return "failed"
		}
	}
	noDefault, inactive := byCode("no_default_account"), byCode("account_inactive")
	uses := map[string]func(int) string{
		"the route by name": func(r int) string {
			_, err := p.clients[r].Route(t.Context(), client.RouteQuery{AccountID: a.ID, Type: "text"})
			return inactive(err)
		},
		"verification":                func(r int) string { return p.replicas[r].verifies(t, "/webhooks/meta") },
		"verification of the account": func(r int) string { return p.replicas[r].verifies(t, "/webhooks/meta/"+a.ID) },
	}
	for _, d := range []client.Direction{client.Outgoing, client.Incoming} {
		uses["default "+string(d)] = func(r int) string {
			_, err := p.clients[r].Default(t.Context(), d)
			return noDefault(err)
		}
		uses["the route by default "+string(d)] = func(r int) string {
			_, err := p.clients[r].Route(t.Context(), client.RouteQuery{Direction: d})
			return noDefault(err)
		}
	}
	return uses
}
