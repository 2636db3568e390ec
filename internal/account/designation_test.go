package account_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/app"
)

func TestNewDefaultTakesOver(t *testing.T) {
	h := open(t)
	ask := aMeta("A", "305", account.Active)
	ask.IsDefaultOutgoing, ask.IsDefaultIncoming = new(true), new(true)
	a, b := h.create(t, ask), h.create(t, aMeta("B", "306", account.Active))
	h.update(t, b, account.Change{IsDefaultOutgoing: new(true)})

	outgoing, incoming := h.holders(t)
	assert.Equal(t, []string{b.ID, a.ID}, []string{outgoing, incoming})
	assert.False(t, h.read(t, a).IsDefaultOutgoing, "the flag shows the designation")
	lost := h.lines(t, a)[1]
	assert.Equal(t, account.DefaultLost, lost.Action)
	assert.Equal(t, "is_default_outgoing", lost.Changes[0].Field)
}

func TestAWASenderThatIsCreatedActiveTakesTheDefault(t *testing.T) {
	h := open(t)
	a := h.create(t, aMeta("A", "305", account.Active))
	_, err := h.SetDefault(t.Context(), caller(t, "home"), account.Outgoing, a.ID, nil)
	require.NoError(t, err)
	w := h.create(t, aWASender("W", account.Active))
	assert.True(t, w.IsDefaultOutgoing)
	outgoing, _ := h.holders(t)
	assert.Equal(t, w.ID, outgoing)
}

func TestAWASenderTakesTheDefaultAtItsFirstActivationOnly(t *testing.T) {
	h := open(t)
	w, a := h.create(t, aWASender("W", account.Inactive)), h.create(t, aMeta("A", "305", account.Active))
	h.update(t, a, account.Change{IsDefaultOutgoing: new(true)})
	assert.True(t, h.update(t, w, account.Change{Status: new(account.Active)}).IsDefaultOutgoing)

	h.update(t, a, account.Change{IsDefaultOutgoing: new(true)})
	h.update(t, w, account.Change{Status: new(account.Inactive)})
	assert.False(t, h.update(t, w, account.Change{Status: new(account.Active)}).IsDefaultOutgoing, "reactivation")
	assert.False(t, h.update(t, w, account.Change{Name: new("W2")}).IsDefaultOutgoing, "a later save")
	outgoing, _ := h.holders(t)
	assert.Equal(t, a.ID, outgoing)
}

func TestTheSiteMayNameAndClearAWASender(t *testing.T) {
	h, me := open(t), caller(t, "home")
	w := h.create(t, aWASender("W", account.Active))
	require.NoError(t, h.ClearDefault(t.Context(), me, account.Outgoing, nil))
	_, err := h.Default(t.Context(), me.Site, account.Outgoing)
	require.ErrorIs(t, err, account.ErrNoDefault)
	named, err := h.SetDefault(t.Context(), me, account.Outgoing, w.ID, nil)
	require.NoError(t, err)
	assert.True(t, named.IsDefaultOutgoing)

	var actions []account.Action
	for _, line := range h.lines(t, w) {
		actions = append(actions, line.Action)
	}
	assert.Equal(t, []account.Action{account.Created, account.DefaultLost, account.DefaultTaken}, actions)
}

func TestNamingTheHolderAgainChangesNothing(t *testing.T) {
	h := open(t)
	w := h.create(t, aWASender("W", account.Active))
	again, err := h.SetDefault(t.Context(), caller(t, "home"), account.Outgoing, w.ID, nil)
	require.NoError(t, err)
	assert.Equal(t, w, again)
	assert.Len(t, h.lines(t, w), 1)
}

func TestClearingWhatNobodyHoldsIsFine(t *testing.T) {
	h := open(t)
	require.NoError(t, h.ClearDefault(t.Context(), caller(t, "home"), account.Incoming, nil), "a site without accounts")
	a := h.create(t, aMeta("A", "305", account.Active))
	require.NoError(t, h.ClearDefault(t.Context(), caller(t, "home"), account.Incoming, nil))
	assert.Len(t, h.lines(t, a), 1)
}

func TestWhoMayNotBeDefaultIsRefusedWithItsReason(t *testing.T) {
	h, me := open(t), caller(t, "home")
	off, w := h.create(t, aMeta("Off", "305", account.Inactive)), h.create(t, aWASender("W", account.Active))
	_, err := h.SetDefault(t.Context(), me, account.Outgoing, off.ID, nil)
	require.ErrorIs(t, err, account.ErrInactive)
	_, err = h.SetDefault(t.Context(), me, account.Incoming, w.ID, nil)
	require.ErrorContains(t, err, "capability_unsupported")
	for _, id := range []string{app.NewID(), "", "nonsense"} {
		_, err = h.SetDefault(t.Context(), me, account.Outgoing, id, nil)
		require.ErrorIs(t, err, account.ErrNotFound)
	}
}

func TestAnInactiveHolderIsShownButNotUsed(t *testing.T) {
	h, me := open(t), caller(t, "home")
	w := h.create(t, aWASender("W", account.Active))
	h.update(t, w, account.Change{Status: new(account.Inactive)})
	outgoing, _ := h.holders(t)
	assert.Equal(t, w.ID, outgoing)
	assert.True(t, h.read(t, w).IsDefaultOutgoing)
	_, err := h.Default(t.Context(), me.Site, account.Outgoing)
	require.ErrorIs(t, err, account.ErrNoDefault)
	require.ErrorContains(t, err, `"W" is default outgoing but it is Inactive`)

	h.update(t, w, account.Change{Status: new(account.Active)})
	found, err := h.Default(t.Context(), me.Site, account.Outgoing)
	require.NoError(t, err)
	assert.Equal(t, w.ID, found.ID)
}

func TestADesignationGoesWithTheAccount(t *testing.T) {
	h := open(t)
	ask := aMeta("A", "305", account.Active)
	ask.IsDefaultOutgoing, ask.IsDefaultIncoming = new(true), new(true)
	a := h.create(t, ask)
	require.NoError(t, h.Delete(t.Context(), caller(t, "home"), a.ID, nil))
	outgoing, incoming := h.holders(t)
	assert.Empty(t, outgoing+incoming)
	lines := h.lines(t, a)
	assert.Len(t, lines[len(lines)-1].Changes, 3, "the name and both designations")
}

func TestEachSiteHasItsOwnDefaults(t *testing.T) {
	h := open(t)
	w := h.create(t, aWASender("W", account.Active))
	_, err := h.Create(t.Context(), caller(t, "elsewhere"), aWASender("W", account.Active))
	require.NoError(t, err)
	outgoing, _ := h.holders(t)
	assert.Equal(t, w.ID, outgoing)
}
