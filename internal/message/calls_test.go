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
		_, entered := c.Enter(account, time.Millisecond, false)
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

func TestMessagesThatAreTooManyComeBackAtThePaceOfTheirAccount(t *testing.T) {
	t.Parallel()
	const apart, soon, latest = 80 * time.Millisecond, 300 * time.Millisecond, 5 * time.Second
	c := countedCalls(1)
	waits := func() time.Duration {
		wait, entered := c.Enter("a", apart, false)
		require.False(t, entered)
		return wait
	}
	_, entered := c.Enter("a", apart, false)
	require.True(t, entered)
	for next := soon; next < latest; next += apart {
		require.Equal(t, next, waits())
	}
	for range 4 {
		require.Equal(t, latest, waits(), "the last of them")
	}
	wait, entered := c.Enter("a", apart, true)
	require.False(t, entered)
	require.Equal(t, soon, wait, "one that has waited before does not stand in line")
	c.at = c.at.Add(latest)
	require.Equal(t, soon, waits(), "and then nobody waits for those who were there")
}

func TestTheMoreWereTurnedAwayTheLongerTheLastWaitsUpToAMinute(t *testing.T) {
	t.Parallel()
	const apart = time.Second / 80
	c := countedCalls(1)
	_, entered := c.Enter("a", apart, false)
	require.True(t, entered)
	for _, step := range []struct {
		messages      int
		longest, over time.Duration // over is how long it takes until the next come
	}{
		{2000, 5 * time.Second, 5 * time.Second}, {2000, 10 * time.Second, 10 * time.Second}, {50_000, 10 * time.Second, 10 * time.Second},
		{50_000, time.Minute, time.Minute}, {2000, 25 * time.Second, time.Minute}, {2000, 10 * time.Second, time.Minute}, {100, 1540 * time.Millisecond, 0},
	} {
		longest := time.Duration(0)
		for range step.messages {
			wait, _ := c.Enter("a", apart, false)
			longest = max(longest, wait)
		}
		require.InDelta(t, step.longest.Seconds(), longest.Seconds(), 0.3, step)
		c.at = c.at.Add(step.over)
	}
}
