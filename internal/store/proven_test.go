package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// revisionNow is the number of the last revision.
func (f *fixture) revisionNow() int64 {
	f.Helper()
	at, err := f.revision(f.Context())
	require.NoError(f, err)
	return at.number
}

// settled takes webhooks for a number until what they rest on is known to be true: the first is looked up, the second compared.
func (i *inbox) settled(phone, business, key string) {
	i.Helper()
	for range 3 {
		i.taken(textFor(phone, business, newID()), key)
	}
}

// reads tells whether what webhooks rest on was compared.
func reads(asked []statement) bool {
	for _, s := range asked {
		if strings.Contains(s.sql, "account_identifiers") {
			return true
		}
	}
	return false
}

func TestWhatIsKnownToBeTrueIsNotComparedAgainUntilAnAccountChanges(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		take := func() bool { return reads(i.sent(func() { i.taken(textFor("305", "204", newID()), "key") })) }
		for n, want := range []bool{true, true, false, false} {
			require.Equal(i, want, take(), n)
		}
		i.number(i.two, "306", "205", "key")
		for n, want := range []bool{true, false} {
			require.Equal(i, want, take(), n)
		}
		require.Equal(i, 6, i.count("webhook_receipts"))
	})
}

// Each is done by another process, which tells this one nothing.
func TestAChangeOfWhatProvesWebhooksIsSeenByTheNext(t *testing.T) {
	ours := func(i *inbox, of string) error { return i.post(textFor("305", "204", newID()), of) }
	for name, c := range map[string]struct {
		change func(*inbox, *account.Service, string) error
		then   func(*inbox) // what is true afterwards
	}{
		"the secret is removed": {func(i *inbox, s *account.Service, id string) error {
			_, err := s.Update(i.Context(), caller(i.one), id, set("app_secret", nil), nil)
			return err
		}, func(i *inbox) { require.ErrorIs(i, ours(i, "key"), webhook.ErrUnproved) }},
		"the account is deleted": {func(i *inbox, s *account.Service, id string) error {
			return s.Delete(i.Context(), caller(i.one), id, nil)
		}, func(i *inbox) { require.ErrorIs(i, ours(i, "key"), webhook.ErrUnproved) }},
		"the number is changed": {func(i *inbox, s *account.Service, id string) error {
			_, err := s.Update(i.Context(), caller(i.one), id, set("phone_id", clear("306")), nil)
			return err
		}, func(i *inbox) { require.ErrorIs(i, i.post(i.statusOf("305"), "key"), webhook.ErrUnproved) }},
		"the account is switched off": {func(i *inbox, s *account.Service, id string) error {
			_, err := s.Update(i.Context(), caller(i.one), id, account.Change{Status: new(account.Inactive)}, nil)
			return err
		}, func(i *inbox) {
			require.NoError(i, ours(i, "key"))
			i.work()
			all := i.types(i.one)
			require.Equal(i, "webhook.unrouted", all[len(all)-1])
		}},
		"another account gains the number": {func(i *inbox, s *account.Service, _ string) error {
			ask := i.meta("other")
			ask.Sections["meta_settings"]["phone_id"], ask.Sections["meta_settings"]["app_secret"] = clear("305"), clear("key")
			_, err := s.Create(i.Context(), caller(i.two), ask)
			return err
		}, func(i *inbox) {
			require.NoError(i, i.post(i.statusOf("305"), "key"))
			i.work()
			require.NotEmpty(i, i.types(i.two))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			onInbox(t, func(i *inbox) {
				a := i.number(i.one, "305", "204", "key")
				i.settled("305", "204", "key")
				for range 3 {
					i.taken(i.statusOf("305"), "key")
				}
				before := i.revisionNow()
				require.NoError(i, c.change(i, i.replica(), a.ID))
				require.Greater(i, i.revisionNow(), before)
				c.then(i)
			})
		})
	}
}

func TestTheRevisionMovesWithASecretThatIsSealedAnewOrEnds(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "old")
		moves := func(do func()) {
			i.Helper()
			before := i.revisionNow()
			do()
			require.Greater(i, i.revisionNow(), before)
		}
		moves(func() { i.update(i.one, a.ID, set("app_secret", clear("new"))) })
		moves(func() {
			i.rotate()
			require.NoError(i, i.Keys().Reseal(i.Context(), quiet))
		})
		i.clock.advance(25 * time.Hour)
		moves(func() { require.NoError(i, i.accounts.PurgeReplaced(i.Context())) })
	})
}

// What is known to be true would else be forgotten for nothing: health is written all the time.
func TestTheRevisionStaysWhenNothingThatProvesWebhooksChanges(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.settled("305", "204", "key")
		before := i.revisionNow()
		i.update(i.one, a.ID, account.Change{Name: new("Another name"), AllowAutoReadReceipt: new(false)})
		i.update(i.one, a.ID, account.Change{IsDefaultOutgoing: new(true)})
		i.work()
		_, err := i.service.Update(i.Context(), caller(i.one), a.ID, account.Change{Name: new("")}, nil)
		require.Error(i, err)
		require.Equal(i, before, i.revisionNow())
	})
}

func TestTheRevisionOfAChangeThatIsUndoneStays(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		before := i.revisionNow()
		undone := errors.New("undone")
		require.ErrorIs(i, i.Transact(i.Context(), func(ctx context.Context) error {
			if err := i.in(ctx, i.one).Model(&accountRow{}).Where("id = ?", a.ID).Update("status", "Inactive").Error; err != nil {
				return err
			}
			return undone
		}), undone)
		require.Equal(i, before, i.revisionNow())
	})
}

// On SQLite each change moves it; on PostgreSQL a row that is written many times in one transaction would grow with each.
func TestATransactionOfManyChangesMovesTheRevisionOnceOnPostgreSQL(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	before := f.revisionNow()
	f.stock(f.one, numbered(50)...)
	require.Equal(t, before+1, f.revisionNow())
}

func TestWhatIsProvenHoldsAtItsRevisionAndUntilTheNextSecretEnds(t *testing.T) {
	t.Parallel()
	premise := func(value string) webhook.Premise {
		return webhook.Premise{Address: webhook.Address{Type: meta.Type, Field: "phone_id", Value: value, Proof: "app_secret"}}
	}
	receipt := func(id string, on ...string) webhook.Receipt {
		r := webhook.Receipt{ID: id}
		for _, value := range on {
			r.Premises = append(r.Premises, premise(value))
		}
		return r
	}
	ends := revision{number: 7}
	ends.until.Valid, ends.until.Time = true, instant.Add(time.Minute)
	var p proven
	_, known := p.all(nil, instant)
	require.False(t, known, "of nothing it is not known when it was true")

	p.learn(ends, []webhook.Receipt{receipt("1", "305", "306"), receipt("2", "307")}, []string{"2"})
	for _, c := range []struct {
		of    webhook.Receipt
		at    time.Time
		known bool
	}{
		{receipt("3", "305"), instant, true},
		{receipt("3", "305", "306"), instant.Add(time.Minute - 1), true},
		{receipt("3", "305"), instant.Add(time.Minute), false},
		{receipt("3", "305", "307"), instant, false},
		{receipt("3"), instant, true},
	} {
		number, known := p.all([]webhook.Receipt{c.of}, c.at)
		require.Equal(t, c.known, known, "%v at %v", c.of.Premises, c.at)
		require.Equal(t, c.known, number == 7)
	}

	p.learn(revision{number: 8}, []webhook.Receipt{receipt("4", "307")}, nil)
	_, known = p.all([]webhook.Receipt{receipt("5", "305")}, instant)
	require.False(t, known, "it was true at another revision")
	number, known := p.all([]webhook.Receipt{receipt("5", "307")}, instant.Add(time.Hour))
	require.True(t, known)
	require.EqualValues(t, 8, number)
}

func TestNoMoreThanSoMuchIsKnownToBeTrue(t *testing.T) {
	t.Parallel()
	var p proven
	for n := range mostProven + 10 {
		p.learn(revision{number: 1}, []webhook.Receipt{{Premises: []webhook.Premise{{Address: webhook.Address{Value: fmt.Sprint(n)}}}}}, nil)
		require.LessOrEqual(t, len(p.premises), mostProven)
	}
	require.NotEmpty(t, p.premises)
}
