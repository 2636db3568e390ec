package message_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/breaker"
)

// failing is a call that failed so.
func failing(c provider.Class) *provider.CallError {
	return &provider.CallError{Class: c, Code: "131000", Meaning: "It did not work.", Detail: "said the provider", Fix: "Try again."}
}

func TestAMessageIsSentOnceAndItsAttemptIsKnownBeforeTheCall(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		m := w.accept(func(d *message.Draft) { d.Reference = "order-1" })
		w.during = func() { assert.Equal(w, message.Sending, w.get(m).Status) }
		for range 3 {
			require.NoError(w, w.send(m))
		}
		require.Len(w, w.calls, 1)
		require.Equal(w, m.ID, w.calls[0].Ref)
		require.Equal(w, "+971501234567", w.calls[0].To.Value)
		got := w.get(m)
		require.Equal(w, message.Accepted, got.Status)
		require.Equal(w, "wamid."+m.ID, got.ProviderID)
		require.Equal(w, []string{"queued", "attempt", "accepted"}, w.steps(m))
	})
}

// TestAMessageWhoseProcessEndedIsNeverSentBlindly plays a process that dies after the call and before it could write what came of it.
func TestAMessageWhoseProcessEndedIsNeverSentBlindly(t *testing.T) {
	for policy, want := range map[message.Policy]message.Status{message.Keep: message.Unknown, message.Resend: message.Accepted, message.Fail: message.Failed} {
		t.Run(string(policy), func(t *testing.T) {
			onBoth(t, func(w *world) {
				w.wasender()
				m := w.accept(func(d *message.Draft) { d.IfUnknown = policy })
				_, err := w.another().Send(w.Context(), w.home, m.ID) // and its commit never comes
				require.NoError(w, err)
				require.NoError(w, w.send(m))
				require.Equal(w, message.Unknown, w.get(m).Status)
				require.Len(w, w.calls, 1)
				later := map[message.Policy]int{message.Keep: 0, message.Resend: 1, message.Fail: 1}[policy]
				require.Equal(w, later, w.waiting(), "the policy is followed later")
				w.advance(time.Minute)
				require.NoError(w, w.send(m))
				require.Equal(w, want, w.get(m).Status)
				sent := map[message.Policy]int{message.Keep: 1, message.Resend: 2, message.Fail: 1}[policy]
				require.Len(w, w.calls, sent)
				require.Equal(w, policy, w.get(m).IfUnknown)
			})
		})
	}
}

func TestACallWithoutAnAnswerIsUnknownUntilAStatusTells(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		m := w.accept()
		w.answers = []error{failing(provider.ClassUnknown)}
		require.NoError(w, w.send(m), "nothing more is to be done by itself")
		got := w.get(m)
		require.Equal(w, message.Unknown, got.Status)
		require.Equal(w, &message.Problem{Code: "131000", Class: provider.ClassUnknown, Meaning: "It did not work.", Detail: "said the provider", Fix: "Try again."}, got.Problem)
		require.Equal(w, map[string]int{"unknown": 1}, w.tallied)
	})
}

func TestAStatusThatIsQuickerThanTheAnswerStays(t *testing.T) {
	for _, answer := range []error{nil, failing(provider.ClassUnknown), failing(provider.ClassRetry), failing(provider.ClassPermanent)} {
		onBothNamed(t, answer, func(w *world) {
			w.wasender()
			m := w.accept()
			w.answers = []error{answer}
			w.during = func() {
				_, err := w.db.Messages().Update(w.Context(), w.home, m.ID, func(m message.Message) (message.Message, error) {
					return m.Hear(provider.StateDelivered, "wamid.1", nil, w.now()), nil
				})
				assert.NoError(w, err)
			}
			_ = w.send(m) // a retry may be asked for, and finds nothing to do
			require.NoError(w, w.send(m))
			require.Equal(w, message.Delivered, w.get(m).Status)
			require.Len(w, w.calls, 1)
		})
	}
}

func onBothNamed(t *testing.T, answer error, test func(*world)) {
	t.Helper()
	name := "taken"
	if failed, is := errors.AsType[*provider.CallError](answer); is {
		name = string(failed.Class)
	}
	t.Run(name, func(t *testing.T) { onBoth(t, test) })
}

func TestWhatMaySucceedLaterIsTriedAgainAndNotForever(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		m := w.accept()
		for range message.MaxAttempts + 2 {
			w.answers = append(w.answers, failing(provider.ClassRetry))
		}
		for n := 1; n < message.MaxAttempts; n++ {
			err := w.send(m)
			got := w.get(m)
			require.Equal(w, message.Queued, got.Status)
			require.Equal(w, n, got.Attempts)
			require.Equal(w, n > 5, err == nil, "after the fifth it waits longer than a minute, with a job of its own")
			w.advance(time.Hour)
		}
		require.NoError(w, w.send(m))
		require.Equal(w, message.Failed, w.get(m).Status)
		require.Len(w, w.calls, message.MaxAttempts)
		require.Equal(w, map[string]int{"retry": message.MaxAttempts - 1, "failed": 1}, w.tallied)
	})
}

func TestAMessageThatWaitsLongHoldsUpNoOther(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		m := w.accept()
		w.answers = []error{failing(provider.ClassWait)}
		require.NoError(w, w.send(m))
		require.Equal(w, message.Queued, w.get(m).Status)
		require.Equal(w, 1, w.waiting())
		w.advance(2 * time.Hour)
		require.NoError(w, w.send(m))
		require.Equal(w, message.Accepted, w.get(m).Status)
	})
}

func TestWhatCannotSucceedFailsAtOnce(t *testing.T) {
	for _, class := range []provider.Class{provider.ClassPermanent, provider.ClassToken, provider.ClassAccount} {
		onBothNamed(t, failing(class), func(w *world) {
			w.wasender()
			m := w.accept()
			w.answers = []error{failing(class)}
			require.NoError(w, w.send(m))
			got := w.get(m)
			require.Equal(w, message.Failed, got.Status)
			require.Equal(w, class, got.Problem.Class)
			require.Equal(w, []string{"queued", "attempt", "failed"}, w.steps(m))
		})
	}
}

func TestAnAccountThatWasSwitchedOffSendsNothing(t *testing.T) {
	for _, when := range []string{"before its turn", "at the last moment"} {
		t.Run(when, func(t *testing.T) {
			onBoth(t, func(w *world) {
				a := w.wasender()
				m := w.accept()
				if when == "before its turn" {
					w.switchOff(a)
				} else {
					w.before = func() { w.switchOff(a) }
				}
				require.NoError(w, w.send(m))
				got := w.get(m)
				require.Equal(w, message.Failed, got.Status)
				require.Equal(w, "account_inactive", got.Problem.Code)
				require.Empty(w, w.calls)
			})
		})
	}
}

func TestAMessageThatIsTooLateOrTakenBackIsNotSent(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		late := w.accept(func(d *message.Draft) { d.DiscardAfter = w.now().Add(time.Minute) })
		back := w.accept()
		_, err := w.service.Cancel(w.Context(), w.home, back.ID)
		require.NoError(w, err)
		w.advance(2 * time.Minute)
		for m, want := range map[string]message.Status{late.ID: message.Discarded, back.ID: message.Cancelled} {
			require.NoError(w, w.send(message.Message{ID: m}))
			require.Equal(w, want, w.get(message.Message{ID: m}).Status)
		}
		require.NoError(w, w.send(message.Message{ID: newID()}), "one that is gone has no job left to do")
		require.Empty(w, w.calls)
	})
}

func TestAProviderThatIsBeingSparedCostsNoAttempt(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		m := w.accept()
		w.refuse = (&provider.CallError{Class: provider.ClassRetry}).Because(breaker.ErrOpen)
		require.ErrorIs(w, w.send(m), breaker.ErrOpen)
		w.refuse = errors.New("the secret cannot be opened")
		require.Error(w, w.send(m))
		got := w.get(m)
		require.Equal(w, message.Queued, got.Status)
		require.Zero(w, got.Attempts)
	})
}

func TestAnAccountHasItsCallsInFlightAndNoMore(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		first, second, third := w.accept(), w.accept(), w.accept()
		depth := 0
		w.during = func() {
			if depth++; depth == 1 {
				assert.NoError(w, w.send(second))
				return
			}
			assert.ErrorContains(w, w.send(third), "in flight")
		}
		require.NoError(w, w.send(first))
		require.Len(w, w.calls, 2)
	})
}

// TestOfTwoJobsOfAMessageOneSendsIt: a message that was revived can have a job that was left of its first life.
func TestOfTwoJobsOfAMessageOneSendsIt(t *testing.T) {
	onBoth(t, func(w *world) {
		w.wasender()
		m := w.accept()
		w.before = func() { // the other job is a moment quicker
			_, err := w.db.Messages().Begin(w.Context(), w.home, []message.Message{w.get(m)}, func(m message.Message, _ account.Standing) message.Message {
				m.Status, m.Attempts = message.Sending, m.Attempts+1
				return m
			})
			require.NoError(w, err)
		}
		require.NoError(w, w.send(m))
		require.Empty(w, w.calls)
		require.Equal(w, message.Sending, w.get(m).Status)
	})
}

func TestOnlyAMessageThatFailedIsRevived(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, status := range message.Statuses() {
		m := message.Message{Status: status, ProviderID: "wamid.1", Attempts: 8, Problem: &message.Problem{Code: "1"}, SendAfter: now, DiscardAfter: now}
		after := m.Revive(time.Time{}, now)
		if status != message.Failed {
			require.Equal(t, m, after)
			continue
		}
		require.Equal(t, message.Message{
			Status: message.Queued, DiscardAfter: now.Add(message.Lifetime), UpdatedAt: now, Timeline: []message.Step{{At: now, Step: "queued"}},
		}, after)
		require.Equal(t, now.Add(time.Hour), m.Revive(now.Add(time.Hour), now).DiscardAfter)
	}
}
