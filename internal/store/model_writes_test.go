package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

func drawName(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"A", "a", "B", "C", "D", "E"}).Draw(rt, "name")
}
func drawPhone(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"1", "2", "3", "4", "5"}).Draw(rt, "phone")
}

func (m *model) createMeta(ctx context.Context, rt *rapid.T) {
	name, phone := drawName(rt), drawPhone(rt)
	ask := m.withPhone(name, phone)
	out, in := rapid.Bool().Draw(rt, "outgoing"), rapid.Bool().Draw(rt, "incoming")
	ask.IsDefaultOutgoing, ask.IsDefaultIncoming = &out, &in
	made, err := m.service.Create(ctx, m.caller(), ask)
	if want := m.taken(nil, name, phone); want != nil {
		require.ErrorIs(rt, err, want)
		return
	}
	require.NoError(rt, err)
	a := &modelled{id: made.ID, name: name, phone: phone, active: true, activated: true, secrets: map[string]string{}}
	for _, field := range []string{"token", verifyField, "app_secret"} {
		a.secrets[field] = ask.Sections["meta_settings"][field].Reveal()
	}
	m.add(a, out, in)
}

func (m *model) createSender(ctx context.Context, rt *rapid.T) {
	name, active := drawName(rt), rapid.Bool().Draw(rt, "active")
	ask := m.wasender(name)
	if !active {
		ask.Status = nil
	}
	made, err := m.service.Create(ctx, m.caller(), ask)
	if want := m.taken(nil, name, ""); want != nil {
		require.ErrorIs(rt, err, want)
		return
	}
	require.NoError(rt, err)
	m.add(&modelled{id: made.ID, name: name, active: active, activated: active, secrets: map[string]string{"wasender_api_key": "api-key"}}, active, false)
}

func (m *model) add(a *modelled, out, in bool) {
	m.accounts = append(m.accounts, a)
	m.lines[a.id]++
	if out {
		m.takes(account.Outgoing, a)
	}
	if in {
		m.takes(account.Incoming, a)
	}
}

// pick chooses an account of a kind; nil when there is none.
func (m *model) pick(rt *rapid.T, is func(*modelled) bool) *modelled {
	some := slices.DeleteFunc(slices.Clone(m.accounts), func(a *modelled) bool { return !is(a) })
	if len(some) == 0 {
		return nil
	}
	return some[rapid.IntRange(0, len(some)-1).Draw(rt, "account")]
}

func (m *model) updateMeta(ctx context.Context, rt *rapid.T) {
	a := m.pick(rt, func(a *modelled) bool { return a.phone != "" })
	if a == nil {
		return
	}
	after, section := *a, account.Section{}
	ask := account.Change{Sections: map[string]account.Section{"meta_settings": section}}
	changes := []string{"name", "phone", "status", "receipts", "token", "app_secret", "no app_secret", "outgoing", "incoming"}
	for _, change := range rapid.SliceOfNDistinct(rapid.SampledFrom(changes), 0, 4, rapid.ID).Draw(rt, "changes") {
		switch change {
		case "name":
			after.name = drawName(rt)
			ask.Name = &after.name
		case "phone":
			after.phone = drawPhone(rt)
			section["phone_id"] = clear(after.phone)
		case "status":
			after.active = !a.active
			ask.Status = statusOf(after.active)
		case "receipts":
			after.receipts = !a.receipts
			ask.AllowAutoReadReceipt = &after.receipts
		case "token", "app_secret":
			section[change] = clear(newID())
		case "no app_secret":
			section["app_secret"] = nil
		case "outgoing":
			ask.IsDefaultOutgoing = new(rapid.Bool().Draw(rt, "outgoing"))
		case "incoming":
			ask.IsDefaultIncoming = new(rapid.Bool().Draw(rt, "incoming"))
		}
	}
	_, err := m.service.Update(ctx, m.caller(), a.id, ask, nil)
	if want := m.refused(a, after, ask); want != nil {
		require.ErrorIs(rt, err, want)
		return
	}
	require.NoError(rt, err)
	m.apply(a, after, ask, section)
}

func statusOf(active bool) *account.Status {
	if active {
		return new(account.Active)
	}
	return new(account.Inactive)
}

func flag(ask account.Change, d account.Direction) *bool {
	if d == account.Outgoing {
		return ask.IsDefaultOutgoing
	}
	return ask.IsDefaultIncoming
}

// refused tells why an update is not to be made: first by the rules, then by what others have.
func (m *model) refused(a *modelled, after modelled, ask account.Change) error {
	for _, d := range account.Directions() {
		if want := flag(ask, d); want != nil && *want && m.holder[d] != a && !after.active {
			return account.ErrInactive
		}
	}
	return m.taken(a, after.name, after.phone)
}

// apply makes a what the update said, with what hangs on it.
func (m *model) apply(a *modelled, after modelled, ask account.Change, section account.Section) {
	changed := after.name != a.name || after.phone != a.phone || after.active != a.active || after.receipts != a.receipts
	after.secrets = maps.Clone(a.secrets)
	if value, sent := section["token"]; sent {
		after.secrets["token"], changed = value.Reveal(), true
	}
	if value, sent := section["app_secret"]; sent {
		old, was := after.secrets["app_secret"]
		changed = changed || was || value != nil
		delete(after.secrets, "app_secret")
		switch {
		case value == nil && was:
			after.replaced = ""
		case value != nil:
			after.secrets["app_secret"] = value.Reveal()
			if was {
				after.replaced, after.until = old, m.clock.now().Add(24*time.Hour)
			}
		}
	}
	for _, d := range account.Directions() {
		want := flag(ask, d)
		if want == nil || *want == (m.holder[d] == a) {
			continue
		}
		changed = true
		if *want {
			m.takes(d, a)
		} else {
			m.holder[d] = nil
		}
	}
	*a = after
	if changed {
		m.lines[a.id]++
	}
}

func (m *model) toggleSender(ctx context.Context, rt *rapid.T) {
	a := m.pick(rt, func(a *modelled) bool { return a.phone == "" })
	if a == nil {
		return
	}
	a.active = !a.active
	_, err := m.service.Update(ctx, m.caller(), a.id, account.Change{Status: statusOf(a.active)}, nil)
	require.NoError(rt, err)
	m.lines[a.id]++
	if a.active && !a.activated {
		a.activated = true
		m.takes(account.Outgoing, a)
	}
}

func (m *model) delete(ctx context.Context, rt *rapid.T) {
	a := m.pick(rt, func(*modelled) bool { return true })
	if a == nil {
		return
	}
	require.NoError(rt, m.service.Delete(ctx, m.caller(), a.id, nil))
	m.accounts = slices.DeleteFunc(m.accounts, func(b *modelled) bool { return b == a })
	m.lines[a.id]++
	for _, d := range account.Directions() {
		if m.holder[d] == a {
			m.holder[d] = nil
		}
	}
}

func drawDirection(rt *rapid.T) account.Direction {
	return rapid.SampledFrom([]account.Direction{account.Outgoing, account.Incoming}).Draw(rt, "direction")
}

func (m *model) designate(ctx context.Context, rt *rapid.T) {
	d, a := drawDirection(rt), m.pick(rt, func(*modelled) bool { return true })
	if a == nil {
		return
	}
	_, err := m.service.SetDefault(ctx, m.caller(), d, a.id, nil)
	switch {
	case d == account.Incoming && a.phone == "":
		require.Equal(rt, "capability_unsupported", fault.CodeOf(err))
	case !a.active:
		require.ErrorIs(rt, err, account.ErrInactive)
	default:
		require.NoError(rt, err)
		if m.holder[d] != a {
			m.takes(d, a)
			m.lines[a.id]++
		}
	}
}

func (m *model) vacate(ctx context.Context, rt *rapid.T) {
	d := drawDirection(rt)
	require.NoError(rt, m.service.ClearDefault(ctx, m.caller(), d, nil))
	if a := m.holder[d]; a != nil {
		m.lines[a.id]++
		m.holder[d] = nil
	}
}

// wait lets half a day pass and removes what has ended.
func (m *model) wait(ctx context.Context, rt *rapid.T) {
	m.clock.advance(12*time.Hour + time.Microsecond)
	require.NoError(rt, m.fixture.accounts.PurgeReplaced(ctx))
	for _, a := range m.accounts {
		if a.replaced != "" && a.until.Before(m.clock.now()) {
			a.replaced = ""
		}
	}
}
