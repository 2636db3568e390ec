package queue

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

func TestMarksKeepTheErrorTheyMark(t *testing.T) {
	cause := errors.New("broken")
	for _, err := range []error{Permanent(cause), RetryAfter(cause, time.Second), Permanent(RetryAfter(cause, time.Second))} {
		require.ErrorIs(t, err, cause)
		require.Equal(t, "broken", err.Error())
	}
	require.NoError(t, Permanent(nil))
	require.NoError(t, RetryAfter(nil, time.Second))
}

func TestBackoffDoublesUpToItsEnd(t *testing.T) {
	b, broken := Backoff{First: time.Second, Max: time.Minute}, errors.New("broken")
	rapid.Check(t, func(rt *rapid.T) {
		attempt := rapid.IntRange(1, 10_000).Draw(rt, "attempt")
		full := min(time.Second<<min(attempt-1, 20), time.Minute)
		wait := b.after(attempt, broken)
		require.GreaterOrEqual(rt, wait, full/2)
		require.LessOrEqual(rt, wait, full)
	})
}

func TestBackoffSpreadsWhatFailedTogether(t *testing.T) {
	b, seen := Backoff{First: time.Hour, Max: time.Hour}, map[time.Duration]bool{}
	for range 100 {
		seen[b.after(1, errors.New("broken"))] = true
	}
	require.Greater(t, len(seen), 90)
}

func TestErrorIsNotTriedAgainSoonerThanItSays(t *testing.T) {
	busy := fault.New(fault.TooMany, "x", "x", "x")
	busy.RetryAfter = time.Minute
	b := Backoff{First: time.Hour, Max: time.Hour}
	for _, err := range []error{RetryAfter(errors.New("broken"), time.Minute), busy} {
		for range 100 {
			wait := b.after(5, err)
			require.GreaterOrEqual(t, wait, time.Minute)
			require.LessOrEqual(t, wait, time.Minute+time.Minute/8)
		}
	}
}

func TestWhoSpreadsWhatComesBackIsObeyedExactly(t *testing.T) {
	b := Backoff{First: time.Hour, Max: time.Hour}
	for range 100 {
		require.Equal(t, time.Minute, b.after(5, RetryIn(errors.New("broken"), time.Minute)))
	}
	require.NoError(t, RetryIn(nil, time.Minute))
}
