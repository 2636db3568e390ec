package routing

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
)

func specOf(a account.Account) provider.Spec {
	if a.Type == meta.Type {
		return meta.Spec(meta.Options{})
	}
	return wasender.Spec(wasender.Options{})
}

// The kinds of account that a candidate can be, when flow is the kind of message.
const (
	none     = "none"
	absent   = "absent" // named, and not there
	inactive = "inactive"
	unable   = "unable"
	usable   = "usable"
)

func candidate(id, is string) *account.Account {
	a := &account.Account{ID: id, Name: "name of " + id, Type: meta.Type, Status: account.Active}
	switch is {
	case none, absent:
		return nil
	case inactive:
		a.Status = account.Inactive
	case unable:
		a.Type = wasender.Type
	}
	return a
}

// ask picks among a named account and a holder of these kinds, and tells the reason or the refusal's code and what was considered.
func ask(t *testing.T, named, holder string) (string, []string) {
	t.Helper()
	c := candidates{named: candidate("named", named), holder: candidate("holder", holder), direction: account.Outgoing, kind: "flow"}
	if named != none {
		c.namedID = "named"
	}
	d, err := pick(c, specOf)
	if err == nil {
		return string(d.Reason) + " " + d.Account.ID, short(t, d.Considered)
	}
	require.Zero(t, d)
	var r *Refusal
	require.ErrorAs(t, err, &r)
	return string(r.Reason) + ": " + r.Fault.Code, short(t, r.Considered)
}

func short(t *testing.T, all []Candidate) []string {
	t.Helper()
	texts := []string{}
	for _, c := range all {
		assert.NotEmpty(t, c.Detail, "every candidate has its own reason")
		texts = append(texts, c.AccountID+" "+string(c.Outcome))
	}
	return texts
}

func TestTheDefaultIsUsedWhenTheRequestNamesNobody(t *testing.T) {
	for _, c := range []struct {
		holder, outcome string
		considered      []string
	}{
		{usable, "default holder", []string{"holder chosen"}},
		{none, "default: no_default_account", []string{}},
		{inactive, "default: no_default_account", []string{"holder passed_over"}},
		{unable, "default: capability_unsupported", []string{"holder refused"}},
	} {
		outcome, considered := ask(t, none, c.holder)
		assert.Equal(t, c.outcome, outcome, c.holder)
		assert.Equal(t, c.considered, considered, c.holder)
	}
}

func TestANamedAccountIsUsedOrRefusedAndNeverReplaced(t *testing.T) {
	for _, c := range []struct{ named, outcome, fate string }{
		{usable, "account named", "named chosen"},
		{absent, "account: account_not_found", "named refused"},
		{inactive, "account: account_inactive", "named refused"},
		{unable, "account: capability_unsupported", "named refused"},
	} {
		for _, holder := range []string{none, inactive, unable, usable} {
			want := []string{c.fate}
			if holder != none {
				want = append(want, "holder passed_over")
			}
			outcome, considered := ask(t, c.named, holder)
			assert.Equal(t, c.outcome, outcome, "%s beside a holder that is %s", c.named, holder)
			assert.Equal(t, want, considered, "%s beside a holder that is %s", c.named, holder)
		}
	}
}

func TestADefaultThatIsNamedIsOneCandidate(t *testing.T) {
	both := candidate("both", usable)
	d, err := pick(candidates{namedID: "both", named: both, holder: both, direction: account.Outgoing}, specOf)
	require.NoError(t, err)
	assert.Equal(t, ByAccount, d.Reason)
	assert.Equal(t, []string{"both chosen"}, short(t, d.Considered))
}

func TestARefusalNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		c    candidates
		is   *fault.Error
		says string
	}{
		{candidates{direction: account.Incoming}, account.ErrNoDefault, "Nobody is default incoming"},
		{candidates{direction: account.Outgoing, holder: candidate("h", inactive)}, account.ErrNoDefault, `"name of h" is default outgoing but it is Inactive`},
		{candidates{namedID: "n", named: candidate("n", inactive)}, account.ErrInactive, `"name of n" is Inactive`},
		{candidates{namedID: "n", named: candidate("n", unable), kind: "list"}, ErrCapability, "does not have the capability interactive_lists"},
		{candidates{namedID: "n"}, account.ErrNotFound, "no such account"},
	} {
		_, err := pick(c.c, specOf)
		require.ErrorIs(t, err, c.is)
		require.ErrorContains(t, err, c.says)
	}
}

func TestANameIsToldOfEveryCandidateThatIsThere(t *testing.T) {
	_, err := pick(candidates{namedID: "gone", holder: candidate("h", usable), direction: account.Outgoing}, specOf)
	var r *Refusal
	require.ErrorAs(t, err, &r)
	assert.Equal(t, []string{"", "name of h"}, []string{r.Considered[0].Name, r.Considered[1].Name})
}

func TestEachKindNeedsWhatTheContractsTableSays(t *testing.T) {
	for kind, can := range map[Kind][2]bool{ // Meta, WASender
		"": {true, true}, "text": {true, true}, "media": {true, true}, "location": {true, true}, "contacts": {true, true},
		"template": {true, true}, // approved by Meta, or rendered here
		"buttons":  {true, false}, "list": {true, false}, "flow": {true, false}, "reaction": {true, false},
	} {
		for i, is := range []string{usable, unable} {
			_, err := pick(candidates{namedID: "n", named: candidate("n", is), kind: kind}, specOf)
			assert.Equal(t, can[i], err == nil, "%s through %s", kind, candidate("n", is).Type)
			if err != nil {
				assert.ErrorIs(t, err, ErrCapability)
			}
		}
	}
}

func TestKindsAreThoseOfTheContract(t *testing.T) {
	assert.Equal(t, []string{"buttons", "contacts", "flow", "list", "location", "media", "reaction", "template", "text"}, Kinds())
	for needed := range slices.Values(Kinds()) {
		capability, missing := lacks(provider.Spec{}, Kind(needed))
		assert.True(t, missing)
		assert.Contains(t, provider.Capabilities(), capability)
	}
}

func TestAKindThatNobodyKnowsIsRefused(t *testing.T) {
	_, err := pick(candidates{namedID: "n", named: candidate("n", usable), kind: "telepathy"}, specOf)
	require.ErrorIs(t, err, ErrCapability)
}

func TestARefusalIsTheFaultInIt(t *testing.T) {
	r := &Refusal{Fault: account.ErrInactive}
	assert.Equal(t, account.ErrInactive.Error(), r.Error())
	require.ErrorIs(t, r, account.ErrInactive)
	assert.Equal(t, "account_inactive", fault.CodeOf(r))
}
