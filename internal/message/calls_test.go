package message_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
)

// counted are calls by a clock that the test sets.
type counted struct {
	*message.Calls

	at time.Time
}

func countedCalls(most int) *counted {
	c := &counted{at: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	c.Calls = message.NewCalls(most, func() time.Time { return c.at })
	return c
}

func TestAnAccountHasSoManyCallsAndEachThatEndsMakesRoomForOne(t *testing.T) {
	t.Parallel()
	c := countedCalls(2)
	enters := func(account string) bool {
		_, entered := c.Enter(account, time.Millisecond)
		return entered
	}
	require.True(t, enters("a"))
	require.True(t, enters("a"))
	require.False(t, enters("a"))
	require.True(t, enters("b"), "another account's is another matter")
	c.Leave("a")
	require.True(t, enters("a"))
	require.False(t, enters("a"))

	c = countedCalls(0)
	for range 100 {
		require.True(t, enters("a"), "zero is any number")
	}
}

func TestWhatIsTooMuchComesBackAtThePaceOfItsAccount(t *testing.T) {
	t.Parallel()
	const apart = 50 * time.Millisecond
	c := countedCalls(1)
	waits := func() time.Duration {
		wait, entered := c.Enter("a", apart)
		require.False(t, entered)
		return wait
	}
	_, entered := c.Enter("a", apart)
	require.True(t, entered)
	first := waits()
	for next := first + apart; next < time.Second; next += apart {
		require.Equal(t, next, waits())
	}
	c.at = c.at.Add(time.Hour)
	require.Equal(t, first, waits(), "those have come back long since")
	for range 10_000 {
		require.LessOrEqual(t, waits(), time.Minute)
	}
}
