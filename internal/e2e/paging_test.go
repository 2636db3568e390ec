package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// TestPagesHoldWhileAccountsComeAndGo is A6: who is there all the time is on exactly one page, whichever replica answers it.
func TestPagesHoldWhileAccountsComeAndGo(t *testing.T) {
	t.Parallel()
	p := twoReplicas(t)
	staying := map[string]bool{}
	for _, id := range seed(t, p.clients[0], scaled(400)) {
		staying[id] = true
	}
	churn := newTraffic()
	for worker := range 2 {
		churn.flow(func(n int) bool {
			c := p.clients[n%2]
			a, err := c.CreateAccount(t.Context(), wasender(2*n+worker))
			return assert.NoError(t, err) && assert.NoError(t, c.DeleteAccount(t.Context(), a.ID))
		})
	}
	for name, q := range map[string]client.AccountQuery{
		"newest first": {Page: client.Page{Limit: 30}}, "by name": {Prefix: "meta ", Page: client.Page{Limit: 30}},
		"of a type": {AccountType: "Meta", Page: client.Page{Limit: 30}}, "of a status": {Status: "Active", Page: client.Page{Limit: 30}},
	} {
		seen := p.readPages(t, q)
		for id := range staying {
			assert.Equal(t, 1, seen[id], "%s: an account that stays is seen once", name)
		}
	}
	t.Logf("A6: %d accounts read in 4 orders, while %d came and went", len(staying), churn.stop())

	left := 0
	for a, err := range p.clients[0].AllAccounts(t.Context(), client.AccountQuery{}) {
		require.NoError(t, err)
		assert.True(t, staying[a.ID])
		left++
	}
	assert.Equal(t, len(staying), left)
}

// readPages reads page after page, each from the other replica, and counts how often each account is there.
func (p *pair) readPages(t testing.TB, q client.AccountQuery) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for n := 0; ; n++ {
		page, err := p.clients[n%2].Accounts(t.Context(), q)
		require.NoError(t, err)
		for _, a := range page.Data {
			seen[a.ID]++
		}
		if page.NextCursor == nil {
			return seen
		}
		q.Cursor = *page.NextCursor
	}
}
