package message

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// orders are all orders of some things.
func orders[T any](of []T) [][]T {
	if len(of) < 2 {
		return [][]T{of}
	}
	var all [][]T
	for i := range of {
		rest := append(append([]T{}, of[:i]...), of[i+1:]...)
		for _, tail := range orders(rest) {
			all = append(all, append([]T{of[i]}, tail...))
		}
	}
	return all
}

func TestStatusesEndAlikeWhateverTheirOrder(t *testing.T) {
	t.Parallel()
	for _, order := range orders([]provider.MessageState{provider.StateAccepted, provider.StateSent, provider.StateFailed, provider.StateDelivered, provider.StateRead}) {
		for _, before := range []Status{Queued, Sending, Unknown} {
			m := Message{Status: before}
			for _, s := range order {
				after := m.Hear(s, "wamid.1", nil, noon)
				assert.GreaterOrEqual(t, rank(after.Status), rank(m.Status))
				m = after
			}
			assert.Equal(t, Read, m.Status, order)
			assert.Equal(t, "wamid.1", m.ProviderID)
			untold, _ := m.Untold()
			assert.Empty(t, untold, "what a webhook told is in the feed")
		}
	}
}

func TestAStatusLeavesTheMessageThatItWasMadeFromAlone(t *testing.T) {
	t.Parallel()
	m := Message{Status: Sending, Timeline: []Step{{Step: "attempt"}}}
	after := m.Hear(provider.StateSent, "wamid.1", nil, noon)
	assert.Len(t, m.Timeline, 1)
	assert.False(t, m.Timeline[0].Told)
	assert.Len(t, after.Timeline, 2)
	assert.Equal(t, after, after.Hear(provider.StateAccepted, "wamid.2", nil, noon), "its id stays, and an older status changes nothing")
}

func TestOnlyAQueuedMessageIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, s := range Statuses() {
		after, err := Message{Status: s}.cancel(noon)
		switch s {
		case Queued, Cancelled:
			require.NoError(t, err)
			assert.Equal(t, Cancelled, after.Status)
		default:
			require.ErrorIs(t, err, ErrTooLate)
			assert.Equal(t, s, after.Status)
		}
	}
}

func TestAnAttemptBeginsOnlyWithAnActiveAccountAndInTime(t *testing.T) {
	t.Parallel()
	active := account.Standing{ID: "a", Name: "A", Status: account.Active}
	m := Message{Status: Queued, DiscardAfter: noon.Add(time.Hour), PacedUntil: noon}
	begun := m.begin(active, noon)
	assert.Equal(t, Sending, begun.Status)
	assert.Equal(t, 1, begun.Attempts)
	assert.True(t, begun.PacedUntil.IsZero())
	assert.Equal(t, Discarded, m.begin(active, noon.Add(2*time.Hour)).Status)
	for code, a := range map[string]account.Standing{"account_inactive": {ID: "a", Name: "A", Status: account.Inactive}, "account_not_found": {}} {
		failed := m.begin(a, noon)
		assert.Equal(t, Failed, failed.Status)
		assert.Equal(t, code, failed.Problem.Code)
		assert.Zero(t, failed.Attempts)
	}
	for _, s := range Statuses() {
		if s != Queued {
			assert.Equal(t, Message{Status: s}, Message{Status: s}.begin(active, noon))
		}
	}
}

func TestAnUnknownMessageEndsAsItsCallerChose(t *testing.T) {
	t.Parallel()
	for policy, want := range map[Policy]Status{Keep: Unknown, Resend: Queued, Fail: Failed} {
		assert.Equal(t, want, Message{Status: Unknown, Problem: lost()}.decide(policy, noon).Status, policy)
		assert.Equal(t, Sent, Message{Status: Sent}.decide(policy, noon).Status, "a status was quicker")
	}
}

func TestPausesGrowAndAreNeverShorterThanTheProviderAsks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		failed   provider.CallError
		attempts int
		want     time.Duration
	}{
		{provider.CallError{Class: provider.ClassRetry}, 1, 2 * time.Second},
		{provider.CallError{Class: provider.ClassRetry}, 3, 8 * time.Second},
		{provider.CallError{Class: provider.ClassRetry}, 60, time.Hour},
		{provider.CallError{Class: provider.ClassRetry, RetryAfter: time.Minute}, 1, time.Minute},
		{provider.CallError{Class: provider.ClassRetry, Limit: provider.LimitPair}, 1, time.Second},
		{provider.CallError{Class: provider.ClassRetry, Limit: provider.LimitPair}, 2, 4 * time.Second},
		{provider.CallError{Class: provider.ClassRetry, Limit: provider.LimitPair}, 4, 64 * time.Second},
		{provider.CallError{Class: provider.ClassWait}, 1, time.Hour},
		{provider.CallError{Class: provider.ClassWait, RetryAfter: 3 * time.Hour}, 1, 3 * time.Hour},
	} {
		assert.Equal(t, c.want, pause(&c.failed, c.attempts), "%+v", c)
	}
}

func TestATimelineKeepsItsBeginningAndItsEnd(t *testing.T) {
	t.Parallel()
	m := Message{Status: Queued}
	for i := range 3 * mostSteps {
		m.note(Step{At: noon, Step: retried, Attempt: i})
	}
	require.Len(t, m.Timeline, mostSteps)
	assert.Equal(t, 0, m.Timeline[0].Attempt)
	assert.Equal(t, 3*mostSteps-1, m.Timeline[mostSteps-1].Attempt)
}

func TestReadersAreToldTheStatusAfterEachStep(t *testing.T) {
	t.Parallel()
	m := Message{ID: "m", Reference: `a "<r>"`, To: provider.Recipient{Value: "+971501234567"}, Type: provider.TypeText}
	problem := &Problem{Code: "131026", Class: provider.ClassPermanent, Meaning: "It <cannot> be\xff delivered.", Fix: "None."}
	steps := []Step{
		{At: noon, Step: attempted, Attempt: 2}, {At: noon.Add(time.Microsecond), Step: retried, Attempt: 2, Problem: problem, Until: noon.Add(time.Hour)},
		{At: noon, Step: string(Accepted), Attempt: 3, Told: true}, {At: noon, Step: string(Failed), Problem: problem},
	}
	told, err := m.Tell(steps)
	require.NoError(t, err)
	for i, state := range []string{"sending", "queued", "accepted", "failed"} {
		want, err := json.Marshal(News{Message: m.Brief(), State: state, Step: steps[i]})
		require.NoError(t, err)
		assert.Equal(t, string(want), string(told[i]))
	}
	none, err := m.Tell(nil)
	require.NoError(t, err)
	assert.Empty(t, none)
}
