package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// revisionNow is the id of the last revision.
func (f *fixture) revisionNow() string {
	f.Helper()
	at, err := f.revision(f.Context())
	require.NoError(f, err)
	require.NotEmpty(f, at.id)
	return at.id
}

// settled takes three webhooks for a number: the first is looked up, what the second rests on is compared, and is known to be true for the third.
func (i *inbox) settled(w *watched, body func() string) {
	i.Helper()
	for range 3 {
		i.taken(body(), "key")
	}
	_, known := i.proven.all(w.kept[len(w.kept)-1], i.clock.now())
	require.True(i, known)
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
	text := func(i *inbox) string { return textFor("305", "204", newID()) }
	status := func(i *inbox) string { return i.statusOf("305") }
	update := func(ask account.Change) func(*inbox, *account.Service, string) error {
		return func(i *inbox, s *account.Service, id string) error {
			_, err := s.Update(i.Context(), caller(i.one), id, ask, nil)
			return err
		}
	}
	for name, c := range map[string]struct {
		change func(*inbox, *account.Service, string) error
		body   func(*inbox) string
		then   func(i *inbox, body string) // what is true afterwards
	}{
		"the secret is removed": {update(set("app_secret", nil)), text, func(i *inbox, body string) { i.refused(body, "key") }},
		"the account is deleted": {func(i *inbox, s *account.Service, id string) error {
			return s.Delete(i.Context(), caller(i.one), id, nil)
		}, text, func(i *inbox, body string) { i.refused(body, "key") }},
		"the number is changed": {update(set("phone_id", clear("306"))), status, func(i *inbox, body string) { i.refused(body, "key") }},
		"the account is switched off": {update(account.Change{Status: new(account.Inactive)}), text, func(i *inbox, body string) {
			i.work()
			before := len(i.types(i.one))
			i.taken(body, "key")
			i.work()
			require.Equal(i, []string{"webhook.unrouted"}, i.types(i.one)[before:])
		}},
		"another account gains the number": {func(i *inbox, s *account.Service, _ string) error {
			ask := i.meta("other")
			ask.Sections["meta_settings"]["phone_id"], ask.Sections["meta_settings"]["app_secret"] = clear("305"), clear("key")
			_, err := s.Create(i.Context(), caller(i.two), ask)
			return err
		}, status, func(i *inbox, body string) {
			i.taken(body, "key")
			i.work()
			require.Equal(i, []string{"message.status"}, i.types(i.two))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			onInbox(t, func(i *inbox) {
				a := i.number(i.one, "305", "204", "key")
				i.settled(i.watch(), func() string { return c.body(i) })
				before := i.revisionNow()
				require.NoError(i, c.change(i, i.replica(), a.ID))
				require.NotEqual(i, before, i.revisionNow())
				c.then(i, c.body(i))
			})
		})
	}
}

// What the service never does moves it too: an operator may.
func TestEveryWriteToWhatProvesWebhooksMovesTheRevision(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		spare := i.number(i.one, "306", "205", "key")
		for _, w := range []struct {
			write string
			args  []any
		}{
			{"INSERT INTO account_identifiers (account_id, field, site, account_type, value, exclusive) SELECT account_id, 'spare', site, account_type, '9', exclusive FROM account_identifiers WHERE account_id = ? AND field = 'phone_id'", []any{a.ID}},
			{"UPDATE account_identifiers SET value = '8' WHERE account_id = ? AND field = 'spare'", []any{a.ID}},
			{"DELETE FROM account_identifiers WHERE account_id = ? AND field = 'spare'", []any{a.ID}},
			{"INSERT INTO account_secrets (account_id, field, slot, site, sealed, key_id) SELECT account_id, 'spare', slot, site, sealed, key_id FROM account_secrets WHERE account_id = ? AND field = 'app_secret'", []any{a.ID}},
			{"UPDATE account_secrets SET sealed = sealed WHERE account_id = ? AND field = 'spare'", []any{a.ID}},
			{"DELETE FROM account_secrets WHERE account_id = ? AND field = 'spare'", []any{a.ID}},
			{"UPDATE accounts SET status = 'Inactive' WHERE id = ?", []any{a.ID}},
			{"DELETE FROM accounts WHERE id = ?", []any{spare.ID}},
		} {
			before := i.revisionNow()
			require.NotZero(i, i.exec(w.write, w.args...), w.write)
			require.NotEqual(i, before, i.revisionNow(), w.write)
		}
		before := i.revisionNow()
		i.stock(i.one, "bare")
		require.NotEqual(i, before, i.revisionNow(), "an account more")
	})
}

func TestTheRevisionMovesWithASecretThatIsSealedAnewOrEnds(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "old")
		moves := func(do func()) {
			i.Helper()
			before := i.revisionNow()
			do()
			require.NotEqual(i, before, i.revisionNow())
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

func TestWhenTheNextSecretEndsIsToldWithTheRevision(t *testing.T) {
	onInbox(t, func(i *inbox) {
		var ends []time.Time
		for n := range 2 {
			a := i.number(i.one, fmt.Sprint("30", n), fmt.Sprint("20", n), "old")
			i.update(i.one, a.ID, set("app_secret", clear("new")))
			ends = append(ends, i.end(a.ID))
			i.clock.advance(time.Hour)
		}
		for _, want := range ends {
			at, err := i.revision(i.Context())
			require.NoError(i, err)
			require.True(i, at.until.Valid)
			require.True(i, want.Equal(at.until.Time), "%v and not %v", want, at.until.Time)
			i.clock.advance(want.Sub(i.clock.now()))
		}
		at, err := i.revision(i.Context())
		require.NoError(i, err)
		require.False(i, at.until.Valid, "no other is replaced")
	})
}

// Counted numbers would come again: of a database that was put back, or has lost its last commits.
func TestTheRevisionOfTablesThatWereMadeAnewIsAnother(t *testing.T) {
	onBoth(t, func(f *fixture) {
		before := f.revisionNow()
		for slices.Contains(f.tables(), "account_revision") {
			require.NoError(f, f.MigrateDown(f.Context()))
		}
		require.NoError(f, f.Migrate(f.Context()))
		require.NotEqual(f, before, f.revisionNow())
	})
}

func TestWithoutARevisionEverythingIsCompared(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.exec("DELETE FROM account_revision")
		for n, want := range []bool{true, true, true} {
			require.Equal(i, want, reads(i.sent(func() { i.taken(textFor("305", "204", newID()), "key") })), n)
		}
		i.update(i.one, a.ID, set("app_secret", nil))
		i.refused(textFor("305", "204", newID()), "key")
	})
}

func TestWebhooksAreNotKeptWithinAnotherTransaction(t *testing.T) {
	onInbox(t, func(i *inbox) {
		require.ErrorIs(i, i.Transact(i.Context(), func(ctx context.Context) error {
			_, err := i.Receipts().Keep(ctx, nil)
			return err
		}), errWithin)
	})
}

// What is known to be true would else be forgotten for nothing: health is written all the time.
func TestTheRevisionStaysWhenNothingThatProvesWebhooksChanges(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.settled(i.watch(), func() string { return textFor("305", "204", newID()) })
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

// A part of a transaction that is undone takes with it that the revision has moved, and that it need not move again.
func TestTheRevisionMovesAfterASavepointToWhichItWentBackOnPostgreSQL(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	f.stock(f.one, "A", "B")
	before, seen := f.revisionNow(), ""
	require.NoError(t, f.Transact(f.Context(), func(ctx context.Context) error {
		tx := f.in(ctx, f.one)
		for _, statement := range []string{"SET CONSTRAINTS ALL IMMEDIATE", "SAVEPOINT here", "UPDATE accounts SET status = 'Active' WHERE account_name = 'A'", "ROLLBACK TO SAVEPOINT here"} {
			if err := f.across(ctx, statement); err != nil {
				return err
			}
		}
		at, err := f.revision(ctx)
		seen = at.id
		return errors.Join(err, tx.Model(&accountRow{}).Where("account_name = ?", "B").Update("status", "Active").Error)
	}))
	require.Equal(t, before, seen)
	require.NotEqual(t, before, f.revisionNow())
}

// across runs a statement as it is, in the transaction of ctx.
func (f *fixture) across(ctx context.Context, statement string) error {
	return f.acrossSites(ctx, "a test").Exec(statement).Error
}

// A row that is written many times in one transaction would grow with each.
func TestATransactionOfManyChangesMovesTheRevisionOnceOnPostgreSQL(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	f.exec("CREATE TABLE moves (n serial)")
	f.exec("CREATE FUNCTION moved() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO moves DEFAULT VALUES; RETURN NULL; END'")
	f.exec("CREATE TRIGGER moved AFTER UPDATE ON account_revision FOR EACH ROW EXECUTE FUNCTION moved()")
	f.stock(f.one, numbered(50)...)
	require.Equal(t, 1, f.count("moves"))
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
	ends := revision{id: "seven"}
	ends.until.Valid, ends.until.Time = true, instant.Add(time.Minute)
	var p proven
	_, known := p.all(nil, instant)
	require.False(t, known, "nothing is known yet")

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
		{receipt("3"), instant, false}, // what rests on nothing needs no revision
	} {
		id, known := p.all([]webhook.Receipt{c.of}, c.at)
		require.Equal(t, c.known, known, "%v at %v", c.of.Premises, c.at)
		require.True(t, !known || id == "seven")
	}

	p.learn(revision{id: "eight"}, []webhook.Receipt{receipt("4", "307")}, nil)
	_, known = p.all([]webhook.Receipt{receipt("5", "305")}, instant)
	require.False(t, known, "it was true at another revision")
	id, known := p.all([]webhook.Receipt{receipt("5", "307")}, instant.Add(time.Hour))
	require.True(t, known)
	require.Equal(t, "eight", id)
}

func TestNoMoreThanSoMuchIsKnownToBeTrue(t *testing.T) {
	t.Parallel()
	var p proven
	for n := range mostProven + 10 {
		p.learn(revision{id: "one"}, []webhook.Receipt{{Premises: []webhook.Premise{{Address: webhook.Address{Value: fmt.Sprint(n)}}}}}, nil)
		require.LessOrEqual(t, len(p.premises), mostProven)
	}
	require.NotEmpty(t, p.premises)
}
