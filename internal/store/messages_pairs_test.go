package store

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

func pairOf(accountID, number string) message.Pair {
	return message.Pair{AccountID: accountID, To: provider.Recipient{Kind: provider.ToPhone, Value: number}}
}

// countPair counts a pair that has room.
func (f *fixture) countPair(in site.Site, of message.Pair, count time.Duration) {
	f.Helper()
	_, counted, err := f.Messages().CountPair(f.Context(), in, of, count, time.Hour)
	require.NoError(f, err)
	require.True(f, counted)
}

func TestAPairIsCountedUntilItIsFull(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a, b := f.create(f.one, f.meta("A")), f.create(f.one, f.meta("B"))
		count := func(of message.Pair, count, room time.Duration) (time.Duration, bool) {
			rest, counted, err := f.Messages().CountPair(f.Context(), f.one, of, count, room)
			require.NoError(f, err)
			return rest.Sub(instant), counted
		}
		one := pairOf(a.ID, "+971501234567")
		for _, step := range []struct {
			count, room, rest time.Duration
			counted           bool
		}{
			{12 * time.Second, 20 * time.Second, 12 * time.Second, true},
			{6 * time.Second, 12 * time.Second, 18 * time.Second, true},
			{6 * time.Second, 12 * time.Second, 18 * time.Second, false},
			{time.Microsecond, 18 * time.Second, 18*time.Second + time.Microsecond, true},
		} {
			rest, counted := count(one, step.count, step.room)
			require.Equal(f, step.counted, counted)
			require.Equal(f, step.rest, rest)
		}
		for _, another := range []message.Pair{
			pairOf(b.ID, one.To.Value), pairOf(a.ID, "+971501234568"),
			{AccountID: a.ID, To: provider.Recipient{Kind: provider.ToGroup, Value: one.To.Value}},
		} {
			rest, counted := count(another, time.Second, 0)
			require.True(f, counted)
			require.Equal(f, time.Second, rest)
		}
	})
}

func TestAPairThatIsAtRestIsCountedFromNow(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		of := pairOf(a.ID, "+971501234567")
		f.exec("INSERT INTO message_pairs (account_id, recipient_kind, recipient, site, rest_at) VALUES (?, ?, ?, ?, ?)",
			a.ID, string(of.To.Kind), of.To.Value, f.one.String(), instant.Add(-time.Hour).UnixMicro())
		rest, counted, err := f.Messages().CountPair(f.Context(), f.one, of, time.Second, 0)
		require.NoError(f, err)
		require.True(f, counted)
		require.Equal(f, instant.Add(time.Second), rest)
	})
}

func TestNothingIsCountedForAnAccountThatIsGoneOrOfAnotherSite(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.two, f.meta("A"))
		f.countPair(f.two, pairOf(a.ID, "+971501234568"), time.Second)
		f.unchanged(func() {
			for _, of := range []message.Pair{pairOf(a.ID, "+971501234567"), pairOf(a.ID, "+971501234568"), pairOf(newID(), "+971501234567")} {
				_, _, err := f.Messages().CountPair(f.Context(), f.one, of, time.Second, time.Minute)
				require.ErrorIs(f, err, account.ErrNotFound)
			}
		})
	})
}

func TestThoseWhoCountAPairAtOnceFillItAndNoMore(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		var counted atomic.Int64
		var wg sync.WaitGroup
		for range 24 {
			wg.Go(func() {
				_, done, err := f.Messages().CountPair(f.Context(), f.one, pairOf(a.ID, "+971501234567"), time.Second, 9*time.Second)
				if assert.NoError(f, err) && done {
					counted.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(f, 10, counted.Load())
	})
}

func TestThePurgeForgetsThePairsThatAreAtRest(t *testing.T) {
	onBoth(t, func(f *fixture) {
		a := f.create(f.one, f.meta("A"))
		for number, count := range map[string]time.Duration{"+971501234567": time.Second, "+971501234568": time.Minute} {
			f.countPair(f.one, pairOf(a.ID, number), count)
		}
		removed, err := f.Messages().PurgePairs(f.Context(), instant.Add(2*time.Second))
		require.NoError(f, err)
		require.EqualValues(f, 1, removed)
		require.Equal(f, []map[string]any{{"recipient": "+971501234568"}}, f.rows("SELECT recipient FROM message_pairs"))
		require.NoError(f, f.service.Delete(f.Context(), caller(f.one), a.ID, nil))
		require.Zero(f, f.count("message_pairs"), "an account takes them with it")
	})
}
