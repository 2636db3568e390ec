package message

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/batch"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/breaker"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Accounts reads accounts as they are now.
type Accounts interface {
	// GetAll reads several at once, by their ids. Those that are not there are left out.
	GetAll(ctx context.Context, in site.Site, ids ...string) (map[string]account.Account, error)
}

// Carrier carries messages to the provider of an account.
type Carrier interface {
	// Carry sends a message with the account's credentials, once. It calls begin just before, and sends nothing when that fails or when the provider is being
	// spared (breaker.ErrOpen, which comes without a call of begin).
	Carry(ctx context.Context, a account.Account, m provider.Outgoing, begin func() error) (provider.Accepted, error)
	// Rules are the paces of the account's provider.
	Rules(a account.Account) provider.SendRules
}

// Tally counts what became of attempts. It must not block.
type Tally interface{ Message(outcome string) }

// Outcomes lists what an attempt can come to, in the words of Tally.
func Outcomes() []string {
	return []string{string(Accepted), retried, string(Unknown), string(Failed), string(Discarded)}
}

const (
	// patience is how long a worker waits for a message's place in the pace; one that is further away is given back.
	patience = time.Second
	// missed is how long ago a place was that is no longer good: longer than it takes until a message that was given back is looked at again.
	missed = 10 * time.Second
	// holdsUp is how long a message that waits for another attempt holds up those to its recipient that come after it. One that waits longer loses its turn: what
	// is said tomorrow must not silence what is said today.
	holdsUp = time.Minute
	// spared is when a message is looked at again whose provider is being spared.
	spared = 5 * time.Second
)

// Options say how a Sender works.
type Options struct {
	InFlight    int           // the most calls of one account at once, so that one that hangs leaves workers to the others; zero is any number
	UnknownWait time.Duration // how long a status is waited for before the caller's policy is followed
	Now         func() time.Time
	Log         *slog.Logger
}

// Sender sends the messages that were accepted.
type Sender struct {
	Options

	store    Store
	accounts Accounts
	looks    *batch.Reads[batch.Key[site.Site], *looked]
	carrier  Carrier
	tally    Tally
	pace     *pacer
	pairs    *pairs
	begins   *beginner
	calls    *calls
}

// NewSender makes a sender.
func NewSender(store Store, accounts Accounts, carrier Carrier, tally Tally, o Options) *Sender {
	s := &Sender{
		Options: o, store: store, accounts: accounts, carrier: carrier, tally: tally,
		pace: newPacer(store, o.Now), pairs: newPairs(store, o.Now), begins: newBeginner(store, o.Now), calls: newCalls(o.InFlight, o.Now),
	}
	s.looks = batch.ReadsOf(together, beginWithin, s.look)
	return s
}

// Commit writes what an attempt came to, together with the end of its job.
type Commit = func(context.Context) error

func nothing(context.Context) error { return nil }

// Send does the job of a message: it makes at most one attempt. An error asks for another look at the message.
//
// That an attempt begins is committed before the provider is called. Whoever finds a message that is being sent, and is not sending it, knows therefore that
// somebody may have sent it: it is not sent again, it is unknown.
func (s *Sender) Send(ctx context.Context, in site.Site, id string) (Commit, error) {
	seen, found, err := s.looks.Get(ctx, batch.Key[site.Site]{Of: in, ID: id})
	if err != nil {
		return nil, err
	}
	if !found {
		return nothing, nil
	}
	m, a := seen.message, seen.account
	switch {
	case m.Status == Sending:
		return s.interrupted(ctx, m), nil
	case m.Status == Unknown:
		return s.resolve(ctx, m)
	case m.Status != Queued:
		return nothing, nil
	}
	if !a.IsActive() || s.late(m) {
		after := m.begin(a.Standing(), s.Now())
		s.tally.Message(string(after.Status))
		return s.ended(m, func(m Message) Message { return m.begin(a.Standing(), s.Now()) }), nil
	}
	rules := s.carrier.Rules(a)
	waited := !m.PacedUntil.IsZero() || m.Attempts > 0
	if wait, entered := s.calls.enter(a.ID, rules.Apart, waited); !entered {
		return nil, queue.RetryIn(errBusy, wait)
	}
	defer s.calls.leave(a.ID)
	if err := s.awaitTurn(ctx, m, rules); err != nil {
		return nil, err
	}
	return s.attempt(ctx, m, a)
}

func (s *Sender) late(m Message) bool {
	return !m.DiscardAfter.IsZero() && s.Now().After(m.DiscardAfter)
}

// unlessLate is how long a message waits at most: when its time ends it is looked at, and discarded.
func (s *Sender) unlessLate(m Message, wait time.Duration) time.Duration {
	if m.DiscardAfter.IsZero() {
		return wait
	}
	return min(wait, max(m.DiscardAfter.Sub(s.Now())+time.Millisecond, 0))
}

// awaitTurn waits until the paces of the account and of the recipient let the message go. One that has long to wait is given back, with its place. A place that was
// missed is nobody's: if those who missed theirs while their provider was spared, or hung, all went when it answers again, they would be many times the pace.
func (s *Sender) awaitTurn(ctx context.Context, m Message, rules provider.SendRules) error {
	if s.Now().Sub(m.PacedUntil) > missed { // or it never had one
		wait, err := s.pairs.wait(ctx, m, rules)
		if err != nil {
			return err
		}
		if wait > 0 {
			return queue.RetryAfter(errPaced, s.unlessLate(m, wait))
		}
		at, err := s.pace.take(ctx, m.Site, m.AccountID, rules)
		if err != nil {
			return err
		}
		m.PacedUntil = at
		if wait := at.Sub(s.Now()); wait > patience {
			return s.giveBack(ctx, m, wait)
		}
	}
	timer := time.NewTimer(m.PacedUntil.Sub(s.Now()))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (s *Sender) giveBack(ctx context.Context, m Message, wait time.Duration) error {
	_, err := s.store.Update(ctx, m.Site, m.ID, func(now Message) (Message, error) {
		now.PacedUntil = m.PacedUntil
		return now, nil
	})
	if err != nil {
		return err
	}
	return queue.RetryIn(errPaced, wait)
}

// errNotBegun tells that the message is no longer to be sent.
var errNotBegun = errors.New("message: it is no longer to be sent")

// attempt makes one attempt.
func (s *Sender) attempt(ctx context.Context, m Message, a account.Account) (Commit, error) {
	begun := m
	taken, err := s.carrier.Carry(ctx, a, m.Outgoing(), func() (err error) {
		begun, err = s.begins.do(ctx, begun)
		if err == nil && begun.Status != Sending {
			return errNotBegun
		}
		return err
	})
	switch {
	case err == nil:
		s.tally.Message(string(Accepted))
		return s.ended(begun, func(m Message) Message { return m.take(taken, s.Now()) }), nil
	case errors.Is(err, breaker.ErrOpen):
		return nil, queue.RetryAfter(err, spared)
	case errors.Is(err, errNotBegun):
		if begun.Status == Failed || begun.Status == Discarded {
			s.tally.Message(string(begun.Status))
		}
		return nothing, nil
	case begun.Status != Sending:
		return nil, err // nothing has begun
	}
	return s.judge(ctx, begun, err)
}

// judge says what follows from a call that failed.
func (s *Sender) judge(ctx context.Context, m Message, err error) (Commit, error) {
	failed, _ := errors.AsType[*provider.CallError](err)
	s.Log.WarnContext(ctx, "a message was not sent", "account_id", m.AccountID, "message_id", m.ID, "attempt", m.Attempts, "cause", err)
	if failed == nil || failed.Class == provider.ClassUnknown {
		s.tally.Message(string(Unknown))
		return s.lost(m, problemOf(err)), nil
	}
	if wait, again := s.wait(m, failed); again {
		s.tally.Message(retried)
		return s.retry(ctx, m, failed, wait)
	}
	s.tally.Message(string(Failed))
	return s.ended(m, func(m Message) Message {
		if m.Status != Sending {
			return m // a status was quicker
		}
		return m.fail(problemOf(err), s.Now())
	}), nil
}

// wait is how long to wait for another attempt, if there is to be one.
func (s *Sender) wait(m Message, failed *provider.CallError) (time.Duration, bool) {
	if failed.Class != provider.ClassRetry && failed.Class != provider.ClassWait {
		return 0, false
	}
	wait := pause(failed, m.Attempts)
	return wait, m.Attempts < MaxAttempts && (m.DiscardAfter.IsZero() || !s.Now().Add(wait).After(m.DiscardAfter))
}

// retry writes that the message is tried again, and sees to that.
func (s *Sender) retry(ctx context.Context, m Message, failed *provider.CallError, wait time.Duration) (Commit, error) {
	now := s.Now()
	until := now.Add(wait)
	switch failed.Limit {
	case provider.LimitAccount:
		s.pace.drop(m.AccountID)
		if err := s.store.Hold(ctx, m.Site, m.AccountID, until); err != nil {
			return nil, err
		}
	case provider.LimitPair:
		s.pairs.fill(m, until)
	}
	again := func(m Message) Message { return m.again(problemOf(failed), until, now) }
	if wait > holdsUp {
		return s.later(m, again, until), nil
	}
	if err := s.ended(m, again)(ctx); err != nil {
		return nil, err
	}
	return nil, queue.RetryAfter(failed, wait)
}

// interrupted is for a message whose last attempt ended with its process.
func (s *Sender) interrupted(ctx context.Context, m Message) Commit {
	s.tally.Message(string(Unknown))
	s.Log.WarnContext(ctx, "a message was being sent when its process ended", "account_id", m.AccountID, "message_id", m.ID)
	return s.lost(m, lost())
}

// lost gives what writes that nobody knows what became of an attempt, and has the policy followed later if there is one.
func (s *Sender) lost(m Message, p *Problem) Commit {
	lose := func(m Message) Message { return m.lose(p, s.Now()) }
	if m.IfUnknown == Keep {
		return s.ended(m, lose)
	}
	return s.later(m, lose, s.Now().Add(s.UnknownWait))
}

// resolve follows the caller's policy for a message that is still unknown. One that is sent again is so at once: its job goes on.
func (s *Sender) resolve(ctx context.Context, m Message) (Commit, error) {
	policy := m.IfUnknown
	if policy == Resend && (m.Attempts >= MaxAttempts || s.late(m)) {
		policy = Fail
	}
	if policy != Resend {
		return s.ended(m, func(m Message) Message { return m.decide(policy, s.Now()) }), nil
	}
	_, err := s.store.Update(ctx, m.Site, m.ID, func(m Message) (Message, error) { return m.decide(policy, s.Now()), nil })
	if err != nil {
		return nil, err
	}
	return s.Send(ctx, m.Site, m.ID)
}

// later gives what writes the end of an attempt, and has the message looked at again at a time. Until then it holds up nobody.
func (s *Sender) later(m Message, end func(Message) Message, at time.Time) Commit {
	return func(ctx context.Context) error {
		if err := s.ended(m, end)(ctx); err != nil {
			return err
		}
		return s.store.Again(ctx, m.Site, m.ID, at)
	}
}

// ended gives what writes the end of an attempt in the transaction that ends its job.
func (s *Sender) ended(m Message, end func(Message) Message) Commit {
	return func(ctx context.Context) error {
		return s.store.Conclude(ctx, m.Site, m, end)
	}
}
