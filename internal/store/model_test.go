package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// modelled is an account as the model knows it.
type modelled struct {
	id, name, phone   string // a sender has no phone
	active, activated bool
	receipts          bool
	secrets           map[string]string
	replaced          string
	until             time.Time
}

// model is what a site should be after some writes: small enough to be seen to be right.
type model struct {
	*fixture
	site     site.Site
	accounts []*modelled
	holder   map[account.Direction]*modelled
	lines    map[string]int // of history, by account, of deleted ones too
}

func TestRandomWritesDoWhatASmallModelSays(t *testing.T) {
	onBoth(t, func(f *fixture) {
		n := 0
		rapid.Check(f, func(rt *rapid.T) {
			n++
			m := &model{fixture: f, site: siteOf(f, fmt.Sprintf("site-%d", n)), holder: map[account.Direction]*modelled{}, lines: map[string]int{}}
			ctx := f.Context()
			writes := []func(context.Context, *rapid.T){
				m.createMeta, m.createMeta, m.createSender, m.updateMeta, m.updateMeta, m.toggleSender, m.delete, m.designate, m.vacate, m.wait,
			}
			for range rapid.IntRange(1, 15).Draw(rt, "writes") {
				rapid.SampledFrom(writes).Draw(rt, "write")(ctx, rt)
			}
			m.check(ctx, rt)
		})
	})
}

func (m *model) caller() site.Caller { return caller(m.site) }

// taken finds another account of the name or of the phone.
func (m *model) taken(but *modelled, name, phone string) error {
	for _, a := range m.accounts {
		if a != but && account.NameKey(a.name) == account.NameKey(name) {
			return account.ErrNameTaken
		}
	}
	for _, a := range m.accounts {
		if a != but && phone != "" && a.phone == phone {
			return account.ErrValueTaken("", "phone_id", "")
		}
	}
	return nil
}

func (m *model) takes(d account.Direction, a *modelled) {
	if loser := m.holder[d]; loser != nil && loser != a {
		m.lines[loser.id]++
	}
	m.holder[d] = a
}

// check holds the site against the model.
func (m *model) check(ctx context.Context, rt *rapid.T) {
	page, err := m.service.List(ctx, m.site, account.Query{Limit: 200})
	require.NoError(rt, err)
	require.Len(rt, page.Accounts, len(m.accounts))
	for _, a := range m.accounts {
		i := slices.IndexFunc(page.Accounts, func(b account.Account) bool { return b.ID == a.id })
		require.GreaterOrEqual(rt, i, 0)
		m.checkAccount(ctx, rt, a, page.Accounts[i])
	}
	for _, d := range account.Directions() {
		holder, err := m.fixture.accounts.Holder(ctx, m.site, d)
		if m.holder[d] == nil {
			require.ErrorIs(rt, err, account.ErrNoDefault)
			continue
		}
		require.NoError(rt, err)
		require.Equal(rt, m.holder[d].id, holder.ID)
	}
	for id, lines := range m.lines {
		history, err := m.service.History(ctx, m.site, id, "", 200)
		require.NoError(rt, err)
		require.Len(rt, history.Entries, lines)
	}
}

func (m *model) checkAccount(ctx context.Context, rt *rapid.T, want *modelled, got account.Account) {
	require.Equal(rt, want.name, got.Name)
	require.Equal(rt, want.phone, got.Settings["phone_id"])
	require.Equal(rt, want.active, got.IsActive())
	require.Equal(rt, want.activated, !got.ActivatedAt.IsZero())
	require.Equal(rt, want.receipts, got.AllowAutoReadReceipt)
	require.Equal(rt, m.holder[account.Outgoing] == want, got.IsDefaultOutgoing)
	require.Equal(rt, m.holder[account.Incoming] == want, got.IsDefaultIncoming)
	require.ElementsMatch(rt, slices.Collect(maps.Keys(want.secrets)), slices.Collect(maps.Keys(got.SecretsSet)))
	var rows []secretRow
	require.NoError(rt, m.in(ctx, m.site).Where("account_id = ?", want.id).Find(&rows).Error)
	stored, previous := map[string]string{}, ""
	for _, r := range rows {
		value, err := m.box.Open(placeOf(r), r.Sealed)
		require.NoError(rt, err)
		if r.Slot == slotPrevious {
			previous = value.Reveal()
			continue
		}
		stored[r.Field] = value.Reveal()
	}
	require.Equal(rt, want.secrets, stored)
	require.Equal(rt, want.replaced, previous)
}
