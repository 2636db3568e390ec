package readreceipt

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// world is everything that a sender asks: one receipt of one account.
type world struct {
	receipt Receipt
	account account.Account
	answers []error // of the provider, in their order
	marked  int
	verdict Verdict
	tallied []string
	at      time.Time
	asked   func() // called when the clock is read
}

func (w *world) Due(context.Context, site.Site, string) (Receipt, error) { return w.receipt, nil }

func (w *world) Settle(_ context.Context, _ site.Site, _ string, s event.ReceiptState, _ string) error {
	w.receipt.State = s
	return nil
}

func (w *world) Get(context.Context, site.Site, string) (account.Account, error) {
	return w.account, nil
}

func (w *world) Mark(context.Context, account.Account, json.RawMessage) error {
	w.marked++
	if len(w.answers) == 0 {
		return nil
	}
	err := w.answers[0]
	w.answers = w.answers[1:]
	return err
}

func (w *world) Judge(error) (Verdict, time.Duration, string) { return w.verdict, 0, "It did not work." }

func (w *world) ReadReceipt(outcome string) { w.tallied = append(w.tallied, outcome) }

func (w *world) now() time.Time {
	if w.asked != nil {
		w.asked()
	}
	return w.at
}

func newWorld() *world {
	return &world{
		receipt: Receipt{ID: "r", AccountID: "a", State: event.ReceiptQueued}, at: time.Unix(1795345200, 0),
		account: account.Account{ID: "a", Status: account.Active, AllowAutoReadReceipt: true},
	}
}

// send makes one attempt and commits what it came to.
func (w *world) send(t *testing.T, attempt int) error {
	t.Helper()
	sender := NewSender(w, w, w, w, w.now, slog.New(slog.DiscardHandler))
	commit, err := sender.Send(t.Context(), site.Site{}, "r", attempt)
	if err == nil {
		require.NoError(t, commit(t.Context()))
	}
	return err
}

func TestReceiptIsSentOnce(t *testing.T) {
	w := newWorld()
	require.NoError(t, w.send(t, 1))
	require.NoError(t, w.send(t, 1), "the job came again")
	assert.Equal(t, 1, w.marked)
	assert.Equal(t, event.ReceiptSent, w.receipt.State)
	assert.Equal(t, []string{"sent"}, w.tallied)
}

// TestAccountThatIsSwitchedOffWhileAReceiptWaitsForItsTurnSendsNone is what D4 asks of receipts: the account is looked at after the wait.
func TestAccountThatIsSwitchedOffWhileAReceiptWaitsForItsTurnSendsNone(t *testing.T) {
	for what, change := range map[string]func(*account.Account){
		"Inactive": func(a *account.Account) { a.Status = account.Inactive },
		"the flag": func(a *account.Account) { a.AllowAutoReadReceipt = false },
	} {
		w := newWorld()
		w.asked = func() { change(&w.account) }
		require.NoError(t, w.send(t, 1))
		assert.Zero(t, w.marked, what)
		assert.Equal(t, event.ReceiptCancelled, w.receipt.State, what)
	}
}

func TestReceiptIsTriedAgainWhereThatMayHelpAndNotForEver(t *testing.T) {
	w := newWorld()
	w.answers = []error{errors.New("busy"), errors.New("busy")}
	require.Error(t, w.send(t, 1))
	assert.Equal(t, event.ReceiptQueued, w.receipt.State)
	require.NoError(t, w.send(t, MaxAttempts))
	assert.Equal(t, event.ReceiptFailed, w.receipt.State)

	w = newWorld()
	w.answers, w.verdict = []error{errors.New("no such message")}, Never
	require.NoError(t, w.send(t, 1))
	assert.Equal(t, event.ReceiptFailed, w.receipt.State)
}

func TestReceiptsOfANumberKeepTheirDistanceAndThoseOfOthersDoNotWait(t *testing.T) {
	at := time.Unix(1795345200, 0)
	p := pace{now: func() time.Time { return at }, next: map[string]time.Time{}}
	require.NoError(t, p.wait(t.Context(), "a"))
	require.NoError(t, p.wait(t.Context(), "b"))
	assert.Equal(t, map[string]time.Time{"a": at.Add(Apart), "b": at.Add(Apart)}, p.next)
	over, end := context.WithCancel(t.Context())
	end()
	require.ErrorIs(t, p.wait(over, "a"), context.Canceled, "the second has to wait")
}
