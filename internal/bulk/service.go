package bulk

import (
	"context"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Messages makes messages, and reads them.
type Messages interface {
	// Series decides about messages of one template. Invalid with every member at fault, a *routing.Refusal.
	Series(ctx context.Context, in site.Site, ask message.Draft) (*message.Series, error)
	// List reads a page of messages, newest first.
	List(ctx context.Context, in site.Site, q message.Query) (message.Page, error)
}

// Service is the use cases of bulks. Who may call which is decided before it is called.
type Service struct {
	store    Store
	messages Messages
	now      func() time.Time
	newID    func() string
}

// NewService puts the use cases on a store. now gives the present in UTC, cut to microseconds; newID gives UUIDv7s.
func NewService(store Store, messages Messages, now func() time.Time, newID func() string) *Service {
	return &Service{store: store, messages: messages, now: now, newID: newID}
}

// Get reads a bulk with its counts. ErrNotFound.
func (s *Service) Get(ctx context.Context, in site.Site, id string) (Progress, error) {
	return s.store.Get(ctx, in, id)
}

// List reads a page of bulks, newest first.
func (s *Service) List(ctx context.Context, in site.Site, q Query) (Page, error) {
	return s.store.List(ctx, in, q)
}

// Messages reads a page of the messages that a bulk has become so far, newest first. ErrNotFound.
func (s *Service) Messages(ctx context.Context, in site.Site, id string, q message.Query) (message.Page, error) {
	if _, err := s.store.Read(ctx, in, id); err != nil {
		return message.Page{}, err
	}
	q.BulkID = id
	return s.messages.List(ctx, in, q)
}

// Pause has the recipients wait that are not messages yet. Those that are go out. ErrNotFound, ErrCancelled.
func (s *Service) Pause(ctx context.Context, in site.Site, id string) (Progress, error) {
	return s.become(ctx, in, id, Paused)
}

// Resume ends a pause. ErrNotFound, ErrCancelled.
func (s *Service) Resume(ctx context.Context, in site.Site, id string) (Progress, error) {
	return s.become(ctx, in, id, Running)
}

func (s *Service) become(ctx context.Context, in site.Site, id string, status Status) (Progress, error) {
	_, err := s.store.Update(ctx, in, id, func(_ context.Context, b Bulk) (Bulk, bool, error) {
		if b.Status == Cancelled {
			return b, false, ErrCancelled
		}
		if b.Status == status {
			return b, false, nil
		}
		b.Status, b.UpdatedAt = status, s.now()
		return b, status == Running, nil
	})
	if err != nil {
		return Progress{}, err
	}
	return s.store.Get(ctx, in, id)
}

// How many messages are taken back at once, and how often before the answer; the rest follows soon.
const (
	recallStep  = 200
	recallSteps = 10
)

// Cancel ends a bulk: recipients that are not messages yet never become any, and messages that wait are taken back. ErrNotFound.
func (s *Service) Cancel(ctx context.Context, in site.Site, id string) (Progress, error) {
	_, err := s.store.Update(ctx, in, id, func(_ context.Context, b Bulk) (Bulk, bool, error) {
		if b.Status == Cancelled {
			return b, true, nil
		}
		b.Status, b.Retry, b.UpdatedAt = Cancelled, Retry{}, s.now()
		return b, true, nil
	})
	for range recallSteps {
		if err != nil {
			return Progress{}, err
		}
		var n int
		if n, err = recall(ctx, s.store, in, id, s.now); n < recallStep && err == nil {
			break
		}
	}
	if err != nil {
		return Progress{}, err
	}
	return s.store.Get(ctx, in, id)
}

// recall takes some messages back that wait.
func recall(ctx context.Context, store Store, in site.Site, id string, now func() time.Time) (int, error) {
	return store.Recall(ctx, in, id, recallStep, func(m message.Message) (message.Message, error) { return m.Cancel(now()) })
}

// RetryFailed has the messages sent again that have failed by now, at the pace of the bulk, and tells how many. ErrNotFound, ErrCancelled.
func (s *Service) RetryFailed(ctx context.Context, in site.Site, id string) (failed int, err error) {
	_, err = s.store.Update(ctx, in, id, func(ctx context.Context, b Bulk) (Bulk, bool, error) {
		if b.Status == Cancelled {
			return b, false, ErrCancelled
		}
		again := Retry{Before: s.now()}
		if failed, err = s.store.Failed(ctx, in, id, again); err != nil || failed == 0 {
			return b, false, err
		}
		b.Retry, b.UpdatedAt = again, s.now()
		return b, true, nil
	})
	return failed, err
}
