package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// stepped is a message that has taken a step to a status.
func stepped(m message.Message, to message.Status) message.Message {
	m.Status = to
	m.Timeline = append(slices.Clone(m.Timeline), message.Step{At: instant, Step: string(to)})
	return m
}

// started begins what waits, with an account that is Active.
func started(m message.Message, a account.Standing) message.Message {
	if m.Status != message.Queued || !a.IsActive() {
		return m
	}
	m.Attempts++
	return stepped(m, message.Sending)
}

// moved takes the message to a status behind the back of whoever has read it.
func (f *fixture) moved(m message.Message, to message.Status) {
	f.Helper()
	_, err := f.Messages().Update(f.Context(), m.Site, m.ID, func(m message.Message) (message.Message, error) { return stepped(m, to), nil })
	require.NoError(f, err)
}

func TestAMessageThatChangedSinceItWasSeenIsBegunAsItIs(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		one, other := f.keepMessage(f.message(a, "+971501234567")), f.keepMessage(f.message(a, "+971501234568"))
		gone := f.message(a, "+971501234569")
		f.moved(one, message.Cancelled)
		after, err := f.Messages().Begin(f.Context(), f.one, []message.Message{other, one, gone}, started)
		require.NoError(f, err)
		require.Len(f, after, 2, "what is not there is left out")
		require.Equal(f, message.Cancelled, after[one.ID].Status)
		require.Equal(f, message.Cancelled, f.messageOf(one).Status)
		require.Equal(f, message.Sending, after[other.ID].Status)
		require.Equal(f, after[other.ID], f.messageOf(other))
	})
}

// The clock of a test stands still: nothing but its timeline tells that the message was there and back.
func TestAMessageThatIsBackAtItsStatusIsNotAsItWasSeen(t *testing.T) {
	onBoth(t, func(f *fixture) {
		m := f.keepMessage(f.message(f.create(f.one, f.meta("A")), "+971501234567"))
		f.moved(m, message.Failed)
		f.moved(m, message.Queued)
		after, err := f.Messages().Begin(f.Context(), f.one, []message.Message{m}, started)
		require.NoError(f, err)
		require.Len(f, after[m.ID].Timeline, 4)
		require.Len(f, f.messageOf(m).Timeline, 4)
	})
}

// What is decided about a message that did not change its timeline shows whether it was looked at.
func TestAMessageOfWhichOnlyTheStatusOrTheTimeMovedIsDecidedAnew(t *testing.T) {
	for what, move := range map[string]string{"status": "status = 'cancelled'", "time": "updated_at = '2026-11-05 06:07:09.5+00:00'"} {
		t.Run(what, func(t *testing.T) {
			onBoth(t, func(f *fixture) {
				a := f.create(f.one, f.meta("A"))
				begins, ends := f.keepMessage(f.message(a, "+971501234567")), f.keepMessage(f.message(a, "+971501234568"))
				f.exec("UPDATE messages SET " + move)
				now, seen := f.messageOf(begins), map[string]message.Message{}
				require.NotEqual(f, begins, now)
				_, err := f.Messages().Begin(f.Context(), f.one, []message.Message{begins}, func(m message.Message, a account.Standing) message.Message {
					seen[m.ID] = m
					return stepped(m, message.Failed)
				})
				require.NoError(f, err)
				require.NoError(f, f.Messages().Conclude(f.Context(), f.one, ends, func(m message.Message) message.Message {
					seen[m.ID] = m
					return stepped(m, message.Failed)
				}))
				for _, m := range []message.Message{begins, ends} {
					require.Equal(f, now.Status, seen[m.ID].Status)
					require.Equal(f, now.UpdatedAt, seen[m.ID].UpdatedAt)
					require.Equal(f, now.UpdatedAt, f.messageOf(m).UpdatedAt)
				}
			})
		})
	}
}

func TestAMessageThatIsBelievedToBeOfAnotherSiteIsLeftAlone(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.create(f.one, f.meta("A"))
		m := f.keepMessage(f.message(f.create(f.two, f.meta("B")), "+971501234567"))
		f.unchanged(func() {
			after, err := f.Messages().Begin(f.Context(), f.one, []message.Message{m}, refused)
			require.NoError(f, err)
			require.Empty(f, after)
			require.NoError(f, f.Messages().Conclude(f.Context(), f.one, m, answered))
		})
	})
}

func TestMessagesThatAreAsTheyWereSeenAreWrittenWithoutBeingReadOrLocked(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	a := f.create(f.one, f.meta("A"))
	some := make([]message.Message, 5)
	for i := range some {
		some[i] = f.keepMessage(f.message(a, fmt.Sprintf("+97150123456%d", i)))
	}
	var begun map[string]message.Message
	begin := f.sent(func() {
		var err error
		begun, err = f.Messages().Begin(t.Context(), f.one, some, started)
		require.NoError(t, err)
	})
	end := f.sent(func() { require.NoError(t, f.concludes(t.Context(), slices.Collect(maps.Values(begun)))) })
	for what, c := range map[string]struct {
		sent []statement
		want []string
	}{
		"begin": {begin, []string{`^SELECT .* FROM unnest.*accounts.* FOR SHARE\)`, `^WITH written AS \(UPDATE messages`}},
		"end":   {end, []string{`^SELECT .* FROM unnest.*message_states`, `^WITH written AS \(UPDATE messages`, `^INSERT INTO events `}},
	} {
		require.Len(t, c.sent, len(c.want), what)
		for i, s := range c.sent {
			require.Regexp(t, `(?s)`+c.want[i], s.sql)
			require.NotContains(t, s.sql, "FOR UPDATE")
		}
	}
	for _, m := range some {
		require.Equal(t, message.Accepted, f.messageOf(m).Status)
	}
}

func TestAStatusThatWasQuickerThanTheEndOfItsAttemptStays(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		one, other := f.keepMessage(f.message(a, "+971501234567")), f.keepMessage(f.message(a, "+971501234568"))
		begun, err := f.Messages().Begin(f.Context(), f.one, []message.Message{one, other}, started)
		require.NoError(f, err)
		f.moved(one, message.Read)
		told := len(f.toldOfMessages(f.one))
		require.NoError(f, f.Messages().Transact(f.Context(), func(ctx context.Context) error {
			for _, m := range begun {
				end := func(m message.Message) message.Message {
					return m.Hear(provider.StateAccepted, "wamid."+m.ID, nil, instant)
				}
				if err := f.Messages().Conclude(ctx, f.one, m, end); err != nil {
					return err
				}
			}
			return nil
		}))
		require.Equal(f, message.Read, f.messageOf(one).Status)
		require.Equal(f, "wamid."+one.ID, f.messageOf(one).ProviderID)
		require.Equal(f, message.Accepted, f.messageOf(other).Status)
		require.Len(f, f.toldOfMessages(f.one), told+1, "the attempt of the other, and nothing twice")
	})
}

func TestChangesOfOneMessageInOneTransactionFollowEachOther(t *testing.T) {
	onBoth(t, func(f *fixture) {
		m := f.keepMessage(f.message(f.create(f.one, f.meta("A")), "+971501234567"))
		fail := func(m message.Message) message.Message { return stepped(m, message.Failed) }
		again := func(m message.Message) message.Message {
			if m.Status != message.Failed {
				return m
			}
			return stepped(m, message.Queued)
		}
		require.NoError(f, f.Messages().Transact(f.Context(), func(ctx context.Context) error {
			if err := f.Messages().Conclude(ctx, f.one, m, fail); err != nil {
				return err
			}
			return f.Messages().Conclude(ctx, f.one, m, again)
		}))
		require.Equal(f, []string{"queued", "failed", "queued"}, f.toldOfMessages(f.one))
		require.Len(f, f.messageOf(m).Timeline, 3)
		same := func(m message.Message) message.Message { return m }
		f.unchanged(func() { require.NoError(f, f.Messages().Conclude(f.Context(), f.one, m, same)) })
	})
}

func TestOfManyWhoBeginAMessageOneDoes(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		for range 10 {
			some := []message.Message{f.keepMessage(f.message(a, "+971501234567")), f.keepMessage(f.message(a, "+971501234568"))}
			var begun atomic.Int32
			require.Empty(f, race(8, func(i int) error {
				order := slices.Clone(some)
				if i%2 == 0 {
					slices.Reverse(order)
				}
				ours := map[string]bool{}
				after, err := f.Messages().Begin(f.Context(), f.one, order, func(m message.Message, a account.Standing) message.Message {
					ours[m.ID] = m.Status == message.Queued
					return started(m, a)
				})
				for id, m := range after {
					if m.Status == message.Sending && ours[id] {
						begun.Add(1)
					}
				}
				return err
			}))
			require.EqualValues(f, len(some), begun.Load())
			require.Equal(f, 1, f.messageOf(some[0]).Attempts)
		}
	})
}

func TestABeginningWaitsForTheAccountThatIsBeingSwitchedOff(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		m := f.keepMessage(f.message(a, "+971501234567"))
		other, begun := f.again(), make(chan message.Message, 1)
		require.NoError(f, f.Transact(f.Context(), func(ctx context.Context) error {
			if _, err := f.service.Update(ctx, caller(f.one), a.ID, account.Change{Status: new(account.Inactive)}, nil); err != nil {
				return err
			}
			go func() {
				after, _ := other.Messages().Begin(f.Context(), f.one, []message.Message{m}, started)
				begun <- after[m.ID]
			}()
			if f.dialect.arrays { // SQLite does not tell who waits
				f.awaitLock()
			}
			return nil
		}))
		require.Equal(f, message.Queued, (<-begun).Status)
	})
}
