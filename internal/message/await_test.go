package message_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// long is longer than any test may take: whoever waits so long is woken.
const long = time.Hour

func TestWhoeverWaitsForAMessageIsToldWhenItIsTaken(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		m := w.accept()
		waiting := make(chan message.Message, 1)
		go func() {
			got, err := w.service.Await(w.Context(), w.home, m.ID, long)
			if err == nil {
				waiting <- got
			}
			close(waiting)
		}()
		require.NoError(w, w.send(m))
		got, told := <-waiting
		require.True(w, told)
		require.Equal(w, message.Accepted, got.Status)
		require.Equal(w, "wamid."+m.ID, got.ProviderID)
	})
}

func TestNobodyWaitsForWhatIsSettledOrNotDueInTime(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		for status, become := range map[message.Status]func(message.Message) message.Message{
			message.Queued: func(m message.Message) message.Message { m.PacedUntil = w.now().Add(2 * long); return m },
			message.Failed: func(m message.Message) message.Message {
				return m.Hear(provider.StateFailed, "", &message.Problem{}, w.now())
			},
			message.Unknown:  func(m message.Message) message.Message { m.Status = message.Unknown; return m },
			message.Accepted: func(m message.Message) message.Message { return m.Hear(provider.StateAccepted, "x", nil, w.now()) },
		} {
			m := w.accept()
			_, err := w.db.Messages().Update(w.Context(), w.home, m.ID, func(m message.Message) (message.Message, error) { return become(m), nil })
			require.NoError(w, err)
			got, err := w.service.Await(w.Context(), w.home, m.ID, long)
			require.NoError(w, err)
			require.Equal(w, status, got.Status)
		}
		scheduled := w.accept(func(d *message.Draft) { d.SendAfter = w.now().Add(2 * long) })
		got, err := w.service.Await(w.Context(), w.home, scheduled.ID, long)
		require.NoError(w, err)
		require.Equal(w, message.Queued, got.Status)
	})
}

func TestAnAttemptThatFollowsLaterIsNotWaitedFor(t *testing.T) {
	onBoth(t, func(w *world) {
		w.answers = []error{&provider.CallError{Class: provider.ClassRetry, RetryAfter: 2 * long}}
		w.wasender()
		m := w.accept()
		require.NoError(w, w.send(m))
		got, err := w.service.Await(w.Context(), w.home, m.ID, long)
		require.NoError(w, err)
		require.Equal(w, message.Queued, got.Status)
		require.NotNil(w, got.Problem)
	})
}

func TestAWaitEndsWithItsTimeOrItsCaller(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		m := w.accept()
		got, err := w.service.Await(w.Context(), w.home, m.ID, time.Millisecond)
		require.NoError(w, err)
		require.Equal(w, message.Queued, got.Status)
		gone, leave := context.WithCancel(w.Context())
		time.AfterFunc(10*time.Millisecond, leave)
		got, err = w.service.Await(gone, w.home, m.ID, long)
		require.NoError(w, err)
		require.Equal(w, message.Queued, got.Status)
		_, err = w.service.Await(w.Context(), w.home, newID(), long)
		require.ErrorIs(w, err, message.ErrNotFound)
	})
}

func TestEverybodyWhoWaitsForAMessageIsWoken(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		m := w.accept()
		told := make(chan message.Status)
		for range 5 {
			go func() {
				got, err := w.service.Await(w.Context(), w.home, m.ID, long)
				assert.NoError(w, err)
				told <- got.Status
			}()
		}
		require.NoError(w, w.send(m))
		for range 5 {
			require.Equal(w, message.Accepted, <-told)
		}
	})
}
