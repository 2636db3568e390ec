// Package readreceipt marks incoming messages as read at their provider, by itself, for the accounts that ask for it.
// It does not know how a provider is asked, nor which messages there are.
package readreceipt

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Queue is where the jobs wait that send read receipts: their subject is a receipt. They have no order.
const Queue = "read-receipts"

// PerSecond is how many receipts a number sends at most. Source: Meta, Cloud API, "Throughput": 80 requests a second for each number.
const PerSecond = 80

// Apart is the time between two receipts of a number.
const Apart = time.Second / PerSecond

// MaxAttempts is how often a receipt is tried. With the queue's back-off that is more than an hour.
const MaxAttempts = 12

// Receipt is one read receipt that is to be sent.
type Receipt struct {
	ID        string
	AccountID string
	MessageID string
	Ref       json.RawMessage // what the provider needs to find the message
	State     event.ReceiptState
}

// ErrGone is a receipt whose time is over.
var ErrGone = errors.New("readreceipt: the receipt is no longer kept")

// Store keeps receipts.
type Store interface {
	// Due reads a receipt. ErrGone.
	Due(ctx context.Context, in site.Site, id string) (Receipt, error)
	// Settle notes what became of a receipt, in the transaction of ctx.
	Settle(ctx context.Context, in site.Site, id string, s event.ReceiptState, detail string) error
}

// Verdict is what an attempt came to. Exactly one of them is meant by an error of Mark.
type Verdict int

// The verdicts.
const (
	Again Verdict = iota // later, it may work
	Never                // it will not work
)

// Marker marks a message as read at the provider of an account.
type Marker interface {
	// Mark asks the provider.
	Mark(ctx context.Context, a account.Account, ref json.RawMessage) error
	// Judge says what an error of Mark means, when to try again at the earliest, and in which words the reader of the event is told.
	Judge(err error) (v Verdict, after time.Duration, detail string)
}

// Accounts reads accounts as they are now.
type Accounts interface {
	Get(ctx context.Context, in site.Site, id string) (account.Account, error)
}

// retried is the outcome of an attempt that is followed by another.
const retried = "retried"

// Outcomes lists what an attempt can come to, in the words of Tally.
func Outcomes() []string {
	return []string{string(event.ReceiptSent), retried, string(event.ReceiptFailed), string(event.ReceiptCancelled)}
}

// Tally counts what became of attempts. It must not block.
type Tally interface{ ReadReceipt(outcome string) }

// Sender sends read receipts.
type Sender struct {
	store    Store
	accounts Accounts
	marker   Marker
	tally    Tally
	log      *slog.Logger
	pace     pace
}

// NewSender makes a sender. now is the clock that the pace is kept by.
func NewSender(store Store, accounts Accounts, marker Marker, tally Tally, now func() time.Time, log *slog.Logger) *Sender {
	return &Sender{store: store, accounts: accounts, marker: marker, tally: tally, log: log, pace: pace{now: now, next: map[string]time.Time{}}}
}

// Send sends one receipt and gives what writes down what became of it; attempt counts from 1. An error asks for another attempt. Once a change of the
// account to Inactive, or of its flag, is answered, no receipt of it is begun in any process; a call that had begun before goes on to its end, since to
// hold the account for as long as a provider takes would keep its manager waiting.
func (s *Sender) Send(ctx context.Context, in site.Site, id string, attempt int) (func(context.Context) error, error) {
	r, err := s.store.Due(ctx, in, id)
	if errors.Is(err, ErrGone) || err == nil && r.State != event.ReceiptQueued {
		return func(context.Context) error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	if err := s.pace.wait(ctx, r.AccountID); err != nil {
		return nil, err
	}
	// Only now, when its turn has come: what is answered to whoever switches the account off holds for every receipt that has not begun.
	a, err := s.accounts.Get(ctx, in, r.AccountID)
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return nil, err
	}
	if !a.IsActive() || !a.AllowAutoReadReceipt {
		return s.settle(in, id, event.ReceiptCancelled, "The account was switched off, or its automatic read receipts, before this one was sent."), nil
	}
	err = s.marker.Mark(ctx, a, r.Ref)
	if err == nil {
		return s.settle(in, id, event.ReceiptSent, ""), nil
	}
	verdict, after, detail := s.marker.Judge(err)
	s.log.WarnContext(ctx, "a read receipt was not sent", "account_id", a.ID, "attempt", attempt, "cause", err)
	if verdict == Again && attempt < MaxAttempts {
		s.tally.ReadReceipt(retried)
		return nil, queue.RetryAfter(err, after)
	}
	return s.settle(in, id, event.ReceiptFailed, detail), nil
}

func (s *Sender) settle(in site.Site, id string, state event.ReceiptState, detail string) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := s.store.Settle(ctx, in, id, state, detail); err != nil {
			return err
		}
		s.tally.ReadReceipt(string(state))
		return nil
	}
}

// pace keeps the receipts of one number apart in this process. The times at which jobs become due keep them apart across all of them, but
// after a pause many are due at once.
type pace struct {
	mu   sync.Mutex
	now  func() time.Time
	next map[string]time.Time
}

// wait returns when the account may send, or with ctx.
func (p *pace) wait(ctx context.Context, accountID string) error {
	p.mu.Lock()
	now := p.now()
	at := p.next[accountID]
	if at.Before(now) {
		at = now
	}
	if len(p.next) > 1000 {
		p.forget(now)
	}
	p.next[accountID] = at.Add(Apart)
	p.mu.Unlock()
	if at.Equal(now) {
		return ctx.Err()
	}
	timer := time.NewTimer(at.Sub(now))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// forget drops the accounts that may send now anyway.
func (p *pace) forget(now time.Time) {
	for id, at := range p.next {
		if at.Before(now) {
			delete(p.next, id)
		}
	}
}
