package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// changing is a small world of accounts that somebody changes all the time.
type changing struct {
	*inbox
	dice     *rand.Rand
	accounts map[string]site.Site
}

func (c *changing) one(of ...string) string { return of[c.dice.IntN(len(of))] }
func (c *changing) phone() string           { return c.one("301", "302", "303") }
func (c *changing) business() string        { return c.one("201", "202") }
func (c *changing) key() string             { return c.one("key", "other key") }

func (c *changing) change() {
	c.Helper()
	ids := make([]string, 0, len(c.accounts))
	for id := range c.accounts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	what := c.dice.IntN(8)
	if len(ids) < 2 || what == 0 && len(ids) < 6 {
		in := []site.Site{c.inbox.one, c.two}[c.dice.IntN(2)]
		ask := c.meta(newID())
		ask.Sections["meta_settings"]["phone_id"], ask.Sections["meta_settings"]["business_id"] = clear(c.phone()), clear(c.business())
		ask.Sections["meta_settings"]["app_secret"] = clear(c.key())
		if a, err := c.service.Create(c.Context(), caller(in), ask); err == nil { // unless the site has the number already
			c.accounts[a.ID] = in
		}
		return
	}
	id := c.one(ids...)
	in, as := c.accounts[id], map[int]account.Change{
		2: set("app_secret", clear(c.key())), 3: set("app_secret", nil), 4: set("phone_id", clear(c.phone())), 5: set("business_id", clear(c.business())),
		6: {Status: new(account.Inactive)}, 7: {Status: new(account.Active)},
	}
	if what < 2 {
		c.delete(in, id)
		delete(c.accounts, id)
		return
	}
	if _, err := c.service.Update(c.Context(), caller(in), id, as[what], nil); err != nil {
		require.NotErrorIs(c, err, account.ErrNotFound)
	}
}

// A receipt is told apart by its body and by who proved it, so the same webhook proved by the same accounts is kept once.
func TestWhoRemembersTakesWhatWhoDoesNotRememberTakesAndByTheSameAccounts(t *testing.T) {
	onInbox(t, func(i *inbox) {
		c := &changing{inbox: i, dice: rand.New(rand.NewPCG(7, 11)), accounts: map[string]site.Site{}}
		w, taken, kept := i.watch(), 0, 0
		for n := range i.rounds(250, 400) {
			for range c.dice.IntN(2) {
				c.change()
			}
			i.clock.advance(time.Duration(c.dice.IntN(20)) * time.Second)
			body, key := textFor(c.phone(), c.business(), fmt.Sprint(n)), c.key()
			remembering := i.post(body, key)
			mindful := i.acceptor
			i.acceptor = i.anew(i.Candidates(), i.Receipts())
			afresh := i.post(body, key)
			i.acceptor = mindful
			require.Equal(i, afresh, remembering, n)
			if afresh == nil {
				taken++
			} else {
				require.ErrorIs(i, afresh, webhook.ErrUnproved)
			}
			require.Equal(i, taken, i.count("webhook_receipts"), n)
			kept = n + 1
		}
		require.Greater(i, taken, kept/4)
		require.Less(i, int(w.looks.Load()), kept*9/10, "some were taken by what is remembered")
	})
}

func TestWhatIsSealedAnewIsLookedUpAnewAndNothingUnderARetiredKeyProves(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		w := i.watch()
		i.taken(textFor("305", "204", "1"), "key")
		old, _ := i.rotate()
		require.EqualValues(i, 0, w.looked(func() { i.taken(textFor("305", "204", "2"), "key") }))
		require.NoError(i, i.Keys().Reseal(i.Context(), quiet))
		i.retire(old)
		require.NoError(i, i.Keys().Forget(i.Context(), old))
		require.EqualValues(i, 1, w.looked(func() { i.taken(textFor("305", "204", "3"), "key") }))
		require.EqualValues(i, 0, w.looked(func() { i.taken(textFor("305", "204", "4"), "key") }))
		i.update(i.one, a.ID, set("app_secret", nil))
		i.refused(textFor("305", "204", "5"), "key")
	})
}

// The statement that keeps webhooks also asks whether what they rest on is true, for each address once.
func TestKeepingWebhooksThatRestOnWhatIsRememberedTouchesLittle(t *testing.T) {
	t.Parallel()
	f, _, _ := crowded(t, 5000, 0)
	f.exec(`INSERT INTO account_identifiers (account_id, field, site, account_type, value, exclusive)
		SELECT id, 'phone_id', site, account_type, 'p' || name_key, true FROM accounts`)
	f.exec("VACUUM ANALYZE")
	i := f.inbox()
	i.number(i.one, "305", "204", "key")
	i.taken(textFor("305", "204", "1"), "key")
	for n, most := range []int{7 * oneRow, 5 * oneRow} { // compared, and then known to be true
		asked := i.sent(func() { i.taken(textFor("305", "204", fmt.Sprint("later ", n)), "key") })
		require.Len(t, asked, 1, "one statement is all that a webhook waits for")
		plan := i.explain(asked[0])
		require.NotContains(t, plan, "Seq Scan")
		require.LessOrEqual(t, buffers(t, plan), most, plan)
	}
}

func TestTheReadThatIsCutShortProvesNoPremise(t *testing.T) {
	t.Parallel()
	i := onSQLite(t).inbox()
	i.number(i.one, "305", "204", "key")
	w := i.watch()
	for n := range 2 {
		i.taken(textFor("305", "204", fmt.Sprint(n)), "key")
	}
	i.exec(`WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 4000)
		INSERT INTO accounts (id, site, account_name, name_key, account_type, status, allow_auto_read_receipt, settings, secrets_set, created_at, updated_at)
		SELECT printf('00000000-0000-7000-8000-%012d', n), 's' || n, 'x', 'x', 'Meta', 'Active', false, '{}', '{}', '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00' FROM n`)
	i.exec(`INSERT INTO account_identifiers (account_id, field, site, account_type, value, exclusive) SELECT id, 'business_id', site, 'Meta', '205', false FROM accounts WHERE account_name = 'x'`)
	model := w.kept[1][0]
	other := model
	other.ID, other.Premises = newID(), slices.Clone(model.Premises)
	other.Premises = append(other.Premises, webhook.Premise{Address: webhook.Address{Type: model.Type, Field: "business_id", Value: "205", Proof: "app_secret"}})
	outdated, err := i.Receipts().Keep(t.Context(), []webhook.Receipt{model, other})
	require.NoError(t, err)
	require.Len(t, outdated, 2, strings.Join(outdated, " "))
}
