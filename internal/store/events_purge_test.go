package store

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
)

// feed gives a site so many events, a second after the other.
func (f *fixture) feed(name string, events int) {
	f.Helper()
	in := siteOf(f, name)
	for range events {
		_, err := f.Events().Append(f.Context(), in, event.New{Type: event.MessageReceived, Data: []byte("{}")})
		require.NoError(f, err)
		f.clock.advance(time.Second)
	}
}

func (f *fixture) positions(name string) (all []any) {
	f.Helper()
	for _, r := range f.rows("SELECT position FROM events WHERE site = ? ORDER BY position", name) {
		all = append(all, r["position"])
	}
	return all
}

func TestAPurgeRemovesWhatIsOlderFromTheBeginningOfEachFeed(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.feed("a", 2)
		f.feed("b", 3)
		f.feed("c", 1)
		removed, err := f.Events().Purge(f.Context(), instant.Add(4*time.Second)) // when b had two
		require.NoError(f, err)
		require.EqualValues(f, 4, removed)
		require.Equal(f, []any{nil, []any{int64(3)}, []any{int64(1)}}, []any{orNil(f.positions("a")), f.positions("b"), f.positions("c")})
		removed, err = f.Events().Purge(f.Context(), instant.Add(4*time.Second))
		require.NoError(f, err)
		require.Zero(f, removed)
		f.feed("a", 1)
		require.Equal(f, []any{int64(3)}, f.positions("a"), "a feed goes on behind what was removed")
	})
}

func orNil(all []any) any {
	if len(all) == 0 {
		return nil
	}
	return all
}

func TestAnEventOfAClockThatWasAheadIsKeptUntilThenWithThoseBehindIt(t *testing.T) {
	onBoth(t, func(f *fixture) {
		f.feed("a", 3)
		f.exec("UPDATE events SET created_at = ? WHERE position = 2", instant.Add(time.Minute))
		_, err := f.Events().Purge(f.Context(), instant.Add(30*time.Second))
		require.NoError(f, err)
		require.Equal(f, []any{int64(2), int64(3)}, f.positions("a"))
		_, err = f.Events().Purge(f.Context(), instant.Add(2*time.Minute))
		require.NoError(f, err)
		require.Empty(f, f.positions("a"))
	})
}

// TestReplicasThatPurgeTheSameFeedDoNotHoldUpEachOther has three of them empty one feed.
func TestReplicasThatPurgeTheSameFeedDoNotHoldUpEachOther(t *testing.T) {
	onBoth(t, func(f *fixture) {
		const events = 4 * purgeStep
		for range events / 500 {
			_, err := f.Events().Append(f.Context(), f.one, slices.Repeat([]event.New{{Type: event.MessageReceived, Data: []byte("{}")}}, 500)...)
			require.NoError(f, err)
		}
		var purgers sync.WaitGroup
		for _, db := range []*DB{f.DB, f.again(), f.again()} {
			purgers.Go(func() {
				for range 2 * events / purgeStep {
					_, err := db.Events().Purge(f.Context(), instant.Add(time.Second))
					assert.NoError(f, err)
				}
			})
		}
		purgers.Wait()
		require.Empty(f, f.positions(f.one.String()))
	})
}
