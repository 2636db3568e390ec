package subscription

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Message is an event as it is posted.
type Message struct {
	URL       string
	ID        string // the same however often it is sent
	At        time.Time
	Body      []byte // JSON
	Signature string // one or several, with spaces between them
}

// Sender posts messages.
type Sender interface {
	// Send posts a message once and tells how that ended, in words that hold nothing of what was sent or answered. Only 2xx is a success.
	Send(ctx context.Context, m Message) Result
	// Complain says what is wrong with a subscriber's URL, as a sentence that tells what to change; empty when nothing is.
	Complain(url string) string
}

// Encode writes an event as its readers see it.
type Encode func(event.Event) ([]byte, error)

// Options are what a Service needs of the process.
type Options struct {
	Sender Sender
	Encode Encode
	NewKey func() secret.Text
	Now    func() time.Time // UTC, cut to microseconds
	NewID  func() string    // UUIDv7s
}

// Service is the use cases of subscriptions. Who may call which is decided before it is called.
type Service struct {
	Options
	store Store
}

// NewService puts the use cases on a store.
func NewService(store Store, o Options) *Service { return &Service{Options: o, store: store} }

// Precondition is checked inside the transaction, before any rule. Nil demands nothing.
type Precondition func(Subscription) error

func (p Precondition) check(s Subscription) error {
	if p == nil {
		return nil
	}
	return p(s)
}

// Create makes a subscription and returns its key in clear: the only time it can be seen. Invalid with every field at fault.
func (s *Service) Create(ctx context.Context, in site.Site, ask Change) (Subscription, secret.Text, error) {
	now := s.Now()
	blank := Subscription{ID: s.NewID(), Site: in, Status: Enabled, SecretSetAt: now, CreatedAt: now, UpdatedAt: now}
	made, err := apply(blank, ask, s.Sender.Complain, now)
	if err != nil {
		return Subscription{}, secret.Text{}, err
	}
	key := s.NewKey()
	return made, key, s.store.Insert(ctx, in, made, key)
}

// Update changes a subscription. ErrNotFound, what the precondition returns, then as Create.
func (s *Service) Update(ctx context.Context, in site.Site, id string, ask Change, pre Precondition) (Subscription, error) {
	return s.store.Update(ctx, in, id, func(before Subscription) (Subscription, bool, error) {
		if err := pre.check(before); err != nil {
			return before, false, err
		}
		after, err := apply(before, ask, s.Sender.Complain, s.Now())
		return after, refreshed(before, after), err
	})
}

// Rotate gives the subscription a new key and returns it in clear. The one before signs beside it for a while. ErrNotFound, or what the precondition returns.
func (s *Service) Rotate(ctx context.Context, in site.Site, id string, pre Precondition) (Subscription, secret.Text, error) {
	key, now := s.NewKey(), s.Now()
	after, err := s.store.Rotate(ctx, in, id, key, now.Add(KeepReplaced), func(before Subscription) (Subscription, error) {
		before.SecretSetAt, before.UpdatedAt = now, now
		return before, pre.check(before)
	})
	return after, key, err
}

// Delete ends a subscription. ErrNotFound, or what the precondition returns.
func (s *Service) Delete(ctx context.Context, in site.Site, id string, pre Precondition) error {
	return s.store.Delete(ctx, in, id, pre.check)
}

// Get reads a subscription. ErrNotFound.
func (s *Service) Get(ctx context.Context, in site.Site, id string) (Subscription, error) {
	return s.store.Get(ctx, in, id)
}

// List reads a page of subscriptions.
func (s *Service) List(ctx context.Context, in site.Site, after string, limit int) (Page, error) {
	return s.store.List(ctx, in, after, limit)
}

// Log reads a page of what was delivered and what was not. ErrNotFound.
func (s *Service) Log(ctx context.Context, in site.Site, id string, q LogQuery) (LogPage, error) {
	return s.store.Log(ctx, in, id, q)
}

// Redeliver sends an event once more, to one subscription or to all that take it. ErrEventNotFound, ErrNotFound, ErrDisabled.
func (s *Service) Redeliver(ctx context.Context, in site.Site, eventID, id string) ([]Delivery, error) {
	now := s.Now()
	return s.store.Redeliver(ctx, in, eventID, id, func(to Subscription, e event.Event) Delivery { return NewDelivery(s.NewID(), to, e, now) })
}

// recordWithin bounds what is written after something was sent: whoever asked for it may be gone.
const recordWithin = 5 * time.Second

// Test sends an event that is in no feed, now and once, and keeps how that ended in the log. It works on a disabled subscription too, and a failure
// is not held against it. ctx must carry no transaction: the subscriber may take its time. ErrNotFound.
func (s *Service) Test(ctx context.Context, in site.Site, id string) (Delivery, error) {
	to, err := s.store.Get(ctx, in, id)
	if err != nil {
		return Delivery{}, err
	}
	keys, err := s.store.Keys(ctx, in, id)
	if err != nil {
		return Delivery{}, err
	}
	data, err := json.Marshal(map[string]string{"subscription_id": to.ID})
	if err != nil {
		return Delivery{}, err
	}
	now := s.Now()
	e := event.Event{ID: s.NewID(), Type: event.SubscriptionTest, CreatedAt: now, Data: data}
	d := NewDelivery(s.NewID(), to, e, now)
	body, err := s.Encode(e)
	if err != nil {
		return Delivery{}, err
	}
	r := s.Sender.Send(ctx, signed(to.URL, e.ID, s.Now(), body, keys))
	if err := ctx.Err(); err != nil {
		return Delivery{}, err // broken off: nobody knows what became of it, and nobody is there to be told
	}
	d.Tries, d.Attempts = 1, []Attempt{r.Attempt}
	if d = d.finished(Failed, s.Now()); r.Succeeded() {
		d.Status = Succeeded
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	return d, s.store.Keep(ctx, in, d)
}

// signed is a message with its signatures.
func signed(url, id string, at time.Time, body []byte, keys []secret.Text) Message {
	return Message{URL: url, ID: id, At: at, Body: body, Signature: signatures(keys, id, at, body)}
}
