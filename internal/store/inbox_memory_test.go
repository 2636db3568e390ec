package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/meta"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/wasender"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/webhook"
)

// watched counts the look-ups of an acceptor, and does something before its receipts are kept.
type watched struct {
	*Candidates
	*Receipts
	looks  atomic.Int64
	proved atomic.Int64        // receipts that were made
	before func()              // done before the next receipts are kept
	kept   [][]webhook.Receipt // what was to be kept, call by call
}

func (w *watched) Named(ctx context.Context, t provider.Type, names provider.Names, proof string) ([]webhook.Candidate, error) {
	w.looks.Add(1)
	return w.Candidates.Named(ctx, t, names, proof)
}

func (w *watched) ByID(ctx context.Context, t provider.Type, id, proof string) ([]webhook.Candidate, error) {
	w.looks.Add(1)
	return w.Candidates.ByID(ctx, t, id, proof)
}

func (w *watched) Keep(ctx context.Context, receipts []webhook.Receipt) ([]string, error) {
	if do := w.before; do != nil {
		w.before = nil
		do()
	}
	w.kept = append(w.kept, receipts)
	return w.Receipts.Keep(ctx, receipts)
}

// looked tells how many look-ups do made.
func (w *watched) looked(do func()) int64 {
	before := w.looks.Load()
	do()
	return w.looks.Load() - before
}

// watch replaces the acceptor by one that is watched.
func (i *inbox) watch() *watched {
	w := &watched{Candidates: i.Candidates(), Receipts: i.Receipts()}
	i.acceptor = webhook.NewAcceptor(w, w, webhook.Options{Witness: i.witness, Now: i.clock.now, NewID: func() string {
		w.proved.Add(1)
		return newID()
	}})
	return w
}

// anew makes an acceptor that remembers nothing yet, as another process would have it.
func (i *inbox) anew(c webhook.Candidates, r webhook.Receipts) *webhook.Acceptor {
	return webhook.NewAcceptor(c, r, webhook.Options{Witness: i.witness, Now: i.clock.now, NewID: newID})
}

// statusOf is a webhook that names a number and no business, another one each time.
func (i *inbox) statusOf(phone string) string {
	return statusFor(phone, fmt.Sprint("wamid.", i.serial.Add(1)), "sent")
}

func (i *inbox) taken(body, key string) {
	i.Helper()
	require.NoError(i, i.post(body, key))
}

func (i *inbox) refused(body, key string) {
	i.Helper()
	kept := i.count("webhook_receipts")
	require.ErrorIs(i, i.post(body, key), webhook.ErrUnproved)
	require.Equal(i, kept, i.count("webhook_receipts"))
}

// postTo posts to the path of an account; to that of all when there is no id.
func (i *inbox) postTo(id, body, key string) error {
	_, err := i.acceptor.Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{AccountID: id, Signature: signed(body, key), Body: []byte(body)})
	return err
}

func (i *inbox) delete(in site.Site, id string) {
	i.Helper()
	require.NoError(i, i.service.Delete(i.Context(), caller(in), id, nil))
}

func TestAWebhookOfAnAddressThatIsRememberedIsTakenWithoutALookUp(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		w := i.watch()
		for n, want := range []int64{1, 0, 0} {
			require.Equal(i, want, w.looked(func() { i.taken(textFor("305", "204", fmt.Sprint(n)), "key") }), n)
		}
		require.EqualValues(i, 1, w.looked(func() { i.taken(textFor("305", "another", "3"), "key") }), "of what it names, one is not known")
		require.EqualValues(i, 0, w.looked(func() { i.taken(textFor("305", "another", "4"), "key") }), "nobody is remembered too, beside somebody who proves")
		i.clock.advance(5 * time.Minute)
		require.EqualValues(i, 1, w.looked(func() { i.taken(textFor("305", "204", "5"), "key") }), "not for long")
		i.work()
		require.Len(i, i.feed(i.one), 6)
	})
}

func TestARememberedSecretThatWasRemovedProvesNothingAndItsSuccessorDoes(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "old")
		i.taken(textFor("305", "204", "1"), "old")
		i.update(i.one, a.ID, set("app_secret", nil))
		i.refused(textFor("305", "204", "2"), "old")
		i.update(i.one, a.ID, set("app_secret", clear("new")))
		i.taken(textFor("305", "204", "3"), "new")
		i.refused(textFor("305", "204", "4"), "old")
		i.taken(textFor("305", "204", "5"), "new")
	})
}

func TestASecretThatIsRemovedBetweenProofAndCommitProvesNothing(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		w := i.watch()
		i.taken(textFor("305", "204", "1"), "key")
		w.before = func() { i.update(i.one, a.ID, set("app_secret", nil)) }
		i.refused(textFor("305", "204", "2"), "key")
		require.Nil(i, w.before, "it was proved by what was remembered, and was about to be kept")
		require.Equal(i, []string{"signed " + a.ID, "no_secret " + a.ID}, i.witness.lines, "what was not kept is not told")
	})
}

func TestAReplacedSecretThatIsRememberedProvesUntilItsTime(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "old")
		i.update(i.one, a.ID, set("app_secret", clear("new")))
		i.clock.advance(24*time.Hour - time.Minute)
		w, serial := i.watch(), 0
		for _, id := range []string{"", a.ID} { // by name, and by id
			for n, key := range []string{"old", "new", "old"} {
				looked := w.looked(func() { require.NoError(i, i.postTo(id, textFor("305", "204", fmt.Sprint(serial)), key)) })
				require.Equal(i, n == 0, looked == 1, "the others are taken by what is remembered")
				serial++
			}
		}
		i.clock.advance(time.Minute)
		for _, id := range []string{"", a.ID} {
			require.ErrorIs(i, i.postTo(id, textFor("305", "204", "no"), "old"), webhook.ErrUnproved)
			require.NoError(i, i.postTo(id, textFor("305", "204", "later "+id), "new"))
		}
		require.Equal(i, serial+2, i.count("webhook_receipts"))
	})
}

func TestARememberedAccountThatIsDeletedProvesNothing(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.taken(textFor("305", "204", "1"), "key")
		i.delete(i.one, a.ID)
		i.refused(textFor("305", "204", "2"), "key")
	})
}

func TestARememberedAccountThatIsSwitchedOffReceivesNothingAndIsAnswered(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		w := i.watch()
		i.taken(textFor("305", "204", "1"), "key")
		i.update(i.one, a.ID, account.Change{Status: new(account.Inactive)})
		require.EqualValues(i, 1, w.looked(func() { i.taken(textFor("305", "204", "2"), "key") }))
		i.work()
		require.Equal(i, []string{"webhook.unrouted", "webhook.unrouted"}, i.types(i.one))
	})
}

func TestAnAccountThatGainsARememberedNumberIsSeenAtOnce(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		i.taken(textFor("305", "204", "1"), "key")
		other := i.number(i.two, "305", "777", "key")
		i.taken(textFor("305", "204", "2"), "key")
		i.work()
		i.update(i.two, other.ID, set("phone_id", clear("306")))
		i.taken(textFor("305", "204", "3"), "key")
		i.update(i.two, other.ID, set("business_id", clear("204")))
		i.taken(textFor("306", "204", "4"), "key")
		i.work()
		require.Equal(i, []string{"message.received", "message.received", "message.received"}, i.types(i.one))
		require.Equal(i, []string{"message.received", "message.received"}, i.types(i.two))
	})
}

func TestANumberThatWasNobodysIsSeenAtOnce(t *testing.T) {
	onInbox(t, func(i *inbox) {
		i.number(i.one, "305", "204", "key")
		for n := range 2 {
			i.taken(textFor("999", "204", fmt.Sprint(n)), "key")
		}
		i.number(i.two, "999", "205", "key")
		i.taken(textFor("999", "204", "2"), "key")
		i.work()
		require.Equal(i, []string{"message.received"}, i.types(i.two))
	})
}

func TestANumberThatIsChangedIsNotTakenUnderTheOldOne(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		i.taken(i.statusOf("305"), "key")
		i.update(i.one, a.ID, set("phone_id", clear("306")))
		i.refused(i.statusOf("305"), "key")
		i.taken(i.statusOf("306"), "key")
		i.update(i.one, a.ID, set("phone_id", clear("305")))
		i.taken(i.statusOf("305"), "key")
		i.refused(i.statusOf("306"), "key")
	})
}

func TestAForgedWebhookAfterAGoodOneIsRefused(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		w := i.watch()
		i.taken(textFor("305", "204", "1"), "key")
		require.EqualValues(i, 1, w.looked(func() { i.refused(textFor("305", "204", "2"), "guessed") }), "nobody is refused by what is remembered")
		_, err := i.acceptor.Accept(i.Context(), i.doors[meta.Type], webhook.Delivery{Body: []byte(textFor("305", "204", "3"))})
		require.ErrorIs(i, err, webhook.ErrUnproved)
		require.Equal(i, []string{"signed " + a.ID, "bad_signature " + a.ID, "unsigned " + a.ID}, i.witness.lines)
	})
}

func TestWhatAnotherProcessChangesIsTrueForTheNextWebhook(t *testing.T) {
	onInbox(t, func(i *inbox) {
		a := i.number(i.one, "305", "204", "key")
		other := i.again()
		other.UseBox(secret.NewBox(keyset()))
		here, there := i.acceptor, i.anew(other.Candidates(), other.Receipts())
		for _, acceptor := range []*webhook.Acceptor{here, there} {
			i.acceptor = acceptor
			i.taken(textFor("305", "204", fmt.Sprint(i.serial.Add(1))), "key")
		}
		i.update(i.one, a.ID, set("app_secret", nil))
		for _, acceptor := range []*webhook.Acceptor{there, here} {
			i.acceptor = acceptor
			i.refused(textFor("305", "204", fmt.Sprint(i.serial.Add(1))), "key")
		}
	})
}

// The five are proved by what is remembered while a commit is held, and what that rests on changes before they are kept; so they share one, or, if one of them
// is late, two. That some of one commit are kept and others not is for certain in TestReceiptsThatRestOnWhatIsNotTrueAreTold.
func TestOfAGroupThoseWhosePremisesAreTrueAreKeptAndTheOthersJudgedAfresh(t *testing.T) {
	onInbox(t, func(i *inbox) {
		numbers, left := []string{"301", "302", "303", "304", "305", "306"}, map[string]account.Account{}
		w := i.watch()
		for _, n := range numbers {
			left[n] = i.number(i.one, n, "2"+n, "key of "+n)
			i.taken(i.statusOf(n), "key of "+n)
		}
		results, proved := make([]error, len(numbers)), w.proved.Load()
		var posts sync.WaitGroup
		post := func(n int) {
			posts.Go(func() { results[n] = i.post(i.statusOf(numbers[n]), "key of "+numbers[n]) })
		}
		w.before = func() {
			for n := range numbers[1:] {
				post(n + 1)
			}
			require.Eventually(i, func() bool { return w.proved.Load()-proved == int64(len(numbers)) }, 10*time.Second, time.Millisecond, "by what is remembered")
			i.update(i.one, left["302"].ID, set("app_secret", nil))
			i.update(i.one, left["304"].ID, set("phone_id", clear("404")))
			i.delete(i.one, left["306"].ID)
		}
		post(0)
		posts.Wait()
		for n, err := range results {
			if n%2 == 0 {
				require.NoError(i, err, numbers[n])
			} else {
				require.ErrorIs(i, err, webhook.ErrUnproved, numbers[n])
			}
		}
		require.Equal(i, len(numbers)+3, i.count("webhook_receipts"))
		require.Equal(i, len(numbers)+3, i.count("jobs"))
	})
}

func TestAnAccountThatIsPostedToByItsIdIsRememberedAsLongAsItStays(t *testing.T) {
	onInbox(t, func(i *inbox) {
		ask := i.wasender("B")
		ask.Sections["wasender_settings"]["webhook_secret"] = clear("the-hook")
		a, w := i.create(i.one, ask), i.watch()
		change := func(field string, value *secret.Text) {
			i.update(i.one, a.ID, account.Change{Sections: map[string]account.Section{"wasender_settings": {field: value}}})
		}
		post := func(key, text string) error {
			body := fmt.Sprintf(`{"event":"messages.received","data":{"messages":{"key":{"id":"m%d"},"message":{"conversation":%q}}}}`, i.serial.Add(1), text)
			_, err := i.acceptor.Accept(i.Context(), i.doors[wasender.Type], webhook.Delivery{AccountID: a.ID, Signature: key, Body: []byte(body)})
			return err
		}
		for _, want := range []int64{1, 0} {
			require.Equal(i, want, w.looked(func() { require.NoError(i, post("the-hook", "hi")) }))
		}
		change("wasender_api_key", clear("a-later-api-key"))
		require.NoError(i, post("the-hook", "it is a-later-api-key"))
		for _, r := range i.rows("SELECT body FROM webhook_receipts") {
			require.NotContains(i, text(r["body"]), "a-later-api-key", "what was entered since is hidden too")
		}
		change("webhook_secret", clear("another"))
		require.ErrorIs(i, post("the-hook", "hi"), webhook.ErrUnproved)
		require.NoError(i, post("another", "hi"))
		i.delete(i.one, a.ID)
		require.ErrorIs(i, post("another", "hi"), webhook.ErrUnproved)
	})
}
