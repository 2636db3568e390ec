package httpapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

var (
	outgoing = obj{"is_default_outgoing": true}
	incoming = obj{"is_default_incoming": true}
	both     = merged(outgoing, incoming)
)

func noOutgoing() obj { return obj{"is_default_outgoing": false} }
func noIncoming() obj { return obj{"is_default_incoming": false} }

// holders names who holds what, by account name; "-" is nobody. It also demands that every look-up agrees with the others.
func (c *caller) holders(t testing.TB) [2]string {
	t.Helper()
	shown := read[v1.Defaults](c.get(t, "/v1/defaults").is(200))
	names := [2]string{"-", "-"}
	for i, h := range []*v1.DefaultHolder{shown.Outgoing, shown.Incoming} {
		direction := []string{"outgoing", "incoming"}[i]
		a := c.get(t, "/v1/defaults/"+direction)
		if h == nil {
			a.refused(404, "no_default_account")
			continue
		}
		names[i] = h.AccountName
		holder := c.account(t, h.AccountID)
		assert.True(t, []bool{holder.IsDefaultOutgoing, holder.IsDefaultIncoming}[i])
		assert.Equal(t, []string{holder.AccountType, holder.Status}, []string{h.AccountType, h.Status})
		if h.Status == "Active" {
			assert.Equal(t, h.AccountID, a.is(200).account().ID)
		} else {
			a.refused(404, "no_default_account")
		}
	}
	flags := [2]int{}
	for _, a := range c.page(t, "limit=200").Data {
		if a.IsDefaultOutgoing {
			flags[0]++
			assert.Equal(t, names[0], a.AccountName)
		}
		if a.IsDefaultIncoming {
			flags[1]++
			assert.Equal(t, names[1], a.AccountName)
		}
	}
	for i := range flags {
		assert.Equal(t, names[i] != "-", flags[i] == 1)
	}
	return names
}

func TestAMetaAccountIsDefaultOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("A"))
	assert.Equal(t, [2]string{"-", "-"}, w.boss.holders(t))
}

func TestAskingTakesTheDesignationOver(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			a := w.boss.make(t, meta("A", both))
			assert.Equal(t, [2]string{"A", "A"}, w.boss.holders(t))
			b := w.boss.make(t, meta("B", incoming))
			assert.Equal(t, [2]string{"A", "B"}, w.boss.holders(t))
			w.boss.patch(t, at(b.ID), both).is(200)
			assert.Equal(t, [2]string{"B", "B"}, w.boss.holders(t))
			w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": a.ID}).is(200)
			assert.Equal(t, [2]string{"A", "B"}, w.boss.holders(t))
			w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": a.ID}).is(200)
			assert.Equal(t, [2]string{"A", "B"}, w.boss.holders(t))
		})
	}
}

func TestLosingADesignationIsALineOfHistory(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.boss.make(t, meta("A", both))
	w.boss.make(t, meta("B", outgoing))
	w.boss.put(t, "/v1/defaults/incoming", obj{"account_id": w.boss.make(t, meta("C")).ID}).is(200)
	lines := read[v1.HistoryList](w.boss.get(t, at(a.ID)+"/history").is(200)).Data
	require.Len(t, lines, 3)
	for i, field := range []string{"is_default_incoming", "is_default_outgoing"} {
		assert.Equal(t, "default_lost", lines[i].Action)
		require.Len(t, lines[i].Changes, 1)
		assert.Equal(t, field, lines[i].Changes[0].Field)
		assert.Equal(t, "true false", string(lines[i].Changes[0].From)+" "+string(lines[i].Changes[0].To))
	}
}

func TestFalseGivesUpOnlyWhatTheAccountHolds(t *testing.T) {
	t.Parallel()
	w := start(t)
	a, b := w.boss.make(t, meta("A", both)), w.boss.make(t, meta("B"))
	w.boss.unchanged(t, func() { w.boss.patch(t, at(b.ID), merged(noOutgoing(), noIncoming())).is(200) })
	w.boss.patch(t, at(a.ID), noOutgoing()).is(200)
	assert.Equal(t, [2]string{"-", "A"}, w.boss.holders(t))
}

func TestOnlyAnActiveAccountTakesADesignation(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, meta("Holder", both))
	id := w.boss.make(t, meta("A", inactive())).ID
	w.boss.unchanged(t, func() {
		w.boss.create(t, meta("B", inactive(), outgoing)).refused(409, "account_inactive", "/is_default_outgoing")
		w.boss.create(t, meta("B", inactive(), incoming)).refused(409, "account_inactive", "/is_default_incoming")
		w.boss.patch(t, at(id), outgoing).refused(409, "account_inactive", "/is_default_outgoing")
		w.boss.patch(t, at(id), incoming).refused(409, "account_inactive", "/is_default_incoming")
		w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": id}).refused(409, "account_inactive", "/account_id")
		w.boss.put(t, "/v1/defaults/incoming", obj{"account_id": id}).refused(409, "account_inactive", "/account_id")
	})
	w.boss.patch(t, at(id), merged(active(), both)).is(200)
	assert.Equal(t, [2]string{"A", "A"}, w.boss.holders(t))
}

func TestStatusIsJudgedAsItWillBe(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A")).ID
	w.boss.unchanged(t, func() {
		w.boss.patch(t, at(id), merged(inactive(), outgoing)).refused(409, "account_inactive", "/is_default_outgoing")
	})
}

func TestAFlagThatRepeatsItsValueIsNeverRefused(t *testing.T) {
	t.Parallel()
	w := start(t)
	a := w.boss.make(t, meta("A", both)).ID
	b := w.boss.make(t, wasender("B", noOutgoing(), noIncoming(), outgoing)).ID
	// A full form sends every flag back as it was read.
	w.boss.patch(t, at(a), merged(noOutgoing(), incoming)).is(200)
	w.boss.patch(t, at(b), merged(outgoing, noIncoming())).is(200)
	w.boss.patch(t, at(a), merged(inactive(), incoming)).is(200)
	w.boss.patch(t, at(a), incoming).is(200)
	w.boss.patch(t, at(b), merged(inactive(), outgoing)).is(200)
	w.boss.patch(t, at(b), outgoing).is(200)
	assert.Equal(t, [2]string{"B", "A"}, w.boss.holders(t))
}

func TestWASenderBecomesDefaultOutgoingAtItsFirstActivation(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			w.boss.make(t, meta("M", outgoing))
			assert.True(t, w.boss.make(t, wasender("A")).IsDefaultOutgoing)
			b := w.boss.make(t, wasender("B", inactive()))
			assert.False(t, b.IsDefaultOutgoing)
			assert.Equal(t, [2]string{"A", "-"}, w.boss.holders(t))
			w.boss.patch(t, at(b.ID), active()).is(200)
			assert.Equal(t, [2]string{"B", "-"}, w.boss.holders(t))
		})
	}
}

func TestLaterSavesOfWASenderDoNotTakeTheDesignationBack(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, wasender("A")).ID
	w.boss.make(t, meta("M", outgoing))
	for _, patch := range []obj{{"account_name": "AA"}, inactive(), active(), {"wasender_settings": obj{"wasender_api_key": mark}}, noOutgoing()} {
		w.boss.patch(t, at(id), patch).is(200)
		assert.Equal(t, [2]string{"M", "-"}, w.boss.holders(t))
	}
}

func TestTheFlagOfWASenderIsReadOnly(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, wasender("A")).ID
	w.boss.unchanged(t, func() {
		w.boss.patch(t, at(id), noOutgoing()).refused(422, "read_only_field", "/is_default_outgoing")
		w.boss.create(t, wasender("B", inactive(), outgoing)).refused(422, "read_only_field", "/is_default_outgoing")
	})
	w.boss.make(t, meta("M", outgoing))
	w.boss.unchanged(t, func() {
		w.boss.patch(t, at(id), outgoing).refused(422, "read_only_field", "/is_default_outgoing")
	})
}

func TestTrueIsAcceptedInTheRequestThatTakesTheDesignation(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.boss.make(t, wasender("A", outgoing))
	w.boss.make(t, wasender("B", noOutgoing()))
	assert.Equal(t, [2]string{"B", "-"}, w.boss.holders(t))
	c := w.boss.make(t, wasender("C", inactive())).ID
	w.boss.patch(t, at(c), merged(active(), outgoing)).is(200)
	assert.Equal(t, [2]string{"C", "-"}, w.boss.holders(t))
}

func TestTheSiteMayNameAWASenderAndMayClearIt(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, wasender("A")).ID
	w.boss.make(t, meta("M", outgoing))
	assert.True(t, w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": id}).is(200).account().IsDefaultOutgoing)
	assert.Equal(t, [2]string{"A", "-"}, w.boss.holders(t))
	assert.Empty(t, w.boss.delete(t, "/v1/defaults/outgoing").is(204).body)
	assert.Equal(t, [2]string{"-", "-"}, w.boss.holders(t))
	w.boss.unchanged(t, func() { w.boss.delete(t, "/v1/defaults/outgoing").is(204) })
}

func TestOnlyMetaCanBeDefaultIncoming(t *testing.T) {
	t.Parallel()
	w := start(t)
	id, idle := w.boss.make(t, wasender("A")).ID, w.boss.make(t, wasender("B", inactive())).ID
	w.boss.unchanged(t, func() {
		w.boss.put(t, "/v1/defaults/incoming", obj{"account_id": id}).refused(422, "capability_unsupported", "/account_id")
		w.boss.put(t, "/v1/defaults/incoming", obj{"account_id": idle}).refused(422, "capability_unsupported", "/account_id")
		w.boss.patch(t, at(id), incoming).refused(422, "capability_unsupported", "/is_default_incoming")
		w.boss.create(t, wasender("C", incoming)).refused(422, "capability_unsupported", "/is_default_incoming")
		w.boss.create(t, wasender("C", inactive(), incoming)).refused(422, "capability_unsupported", "/is_default_incoming")
	})
}

func TestDeactivatingTheHolderKeepsTheDesignationOutOfEveryLookUp(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.make(t, meta("Head office", both)).ID
			w.boss.patch(t, at(id), inactive()).is(200)
			assert.Equal(t, [2]string{"Head office", "Head office"}, w.boss.holders(t))
			for _, path := range []string{"/v1/defaults/outgoing", "/v1/defaults/incoming", "/v1/route", "/v1/route?direction=incoming"} {
				p := w.boss.get(t, path).refused(404, "no_default_account")
				assert.Contains(t, p.Detail, `"Head office"`, path)
				assert.Contains(t, p.Fix, `Activate it with PATCH /v1/accounts/`+id+` {"status": "Active"}, or name another account with PUT /v1/defaults/`, path)
				assert.Equal(t, strings.HasPrefix(path, "/v1/route"), strings.Contains(p.Fix, "in the request"), path)
			}
			w.boss.patch(t, at(id), active()).is(200)
			w.boss.get(t, "/v1/defaults/outgoing").is(200)
			w.boss.get(t, "/v1/route?direction=incoming").is(200)
		})
	}
}

func TestAnInactiveHolderMayGiveUpAndBeReplaced(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := w.boss.make(t, meta("A", both)).ID
	w.boss.patch(t, at(id), merged(inactive(), noOutgoing())).is(200)
	assert.Equal(t, [2]string{"-", "A"}, w.boss.holders(t))
	w.boss.make(t, meta("B", both))
	assert.Equal(t, [2]string{"B", "B"}, w.boss.holders(t))
}

func TestDeletingTheHolderTakesTheDesignationWithIt(t *testing.T) {
	t.Parallel()
	for database, start := range databases() {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			w := start(t)
			id := w.boss.make(t, meta("A", both)).ID
			assert.Empty(t, w.boss.delete(t, at(id)).is(204).body)
			assert.Equal(t, [2]string{"-", "-"}, w.boss.holders(t))
			w.boss.delete(t, at(id)).refused(404, "account_not_found")
			w.boss.put(t, "/v1/defaults/outgoing", obj{"account_id": id}).refused(404, "account_not_found", "/account_id")
			w.boss.make(t, meta("A", both))
			assert.Equal(t, [2]string{"A", "A"}, w.boss.holders(t))
		})
	}
}

func TestAnUnknownAccountIsNoDefault(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, direction := range []string{"outgoing", "incoming"} {
		w.boss.put(t, "/v1/defaults/"+direction, obj{"account_id": never}).refused(404, "account_not_found", "/account_id")
		w.boss.put(t, "/v1/defaults/"+direction, obj{"account_id": nil}).refused(422, "required", "/account_id")
		w.boss.put(t, "/v1/defaults/"+direction, obj{}).refused(422, "required", "/account_id")
		w.boss.put(t, "/v1/defaults/"+direction, obj{"account_id": 1}).refused(400, "wrong_type", "/account_id")
	}
}
