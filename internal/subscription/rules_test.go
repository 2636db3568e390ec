package subscription

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
)

var instant = time.Date(2026, time.November, 28, 12, 0, 0, 0, time.UTC)

// answered is a try that began at a time and was answered so.
func answered(at time.Time, status int) Result {
	return Result{Attempt: Attempt{At: at, Status: status, Detail: "x"}}
}

func pending() Delivery { return Delivery{ID: "d", Status: Pending, NextAt: instant} }

func TestDeliveryIsTriedForAboutThreeDaysAndThenFails(t *testing.T) {
	d, h, now := pending(), Health{}, instant
	var apart []time.Duration
	for d.Status == Pending {
		v := judge(h, d, answered(now, 500), now, 0.5)
		d, h = v.Delivery, v.Health
		if d.Status == Pending {
			require.Equal(t, OutcomeRetried, v.Outcome)
			apart = append(apart, d.NextAt.Sub(now))
			now = d.NextAt
		} else {
			require.Equal(t, OutcomeFailed, v.Outcome)
		}
		require.Empty(t, v.Disable)
	}
	assert.Equal(t, waits(), apart)
	assert.InDelta(t, 72, now.Sub(instant).Hours(), 1)
	assert.Equal(t, []any{Failed, 17, now}, []any{d.Status, d.Tries, d.FinishedAt})
	assert.Len(t, d.Attempts, 17)
	assert.True(t, d.NextAt.IsZero())
}

func TestRetriesAreSpreadByATenthEachWay(t *testing.T) {
	for chance, want := range map[float64]time.Duration{0: 4500 * time.Millisecond, 0.5: 5 * time.Second, 1: 5500 * time.Millisecond} {
		v := judge(Health{}, pending(), answered(instant, 500), instant, chance)
		assert.Equal(t, want, v.Delivery.NextAt.Sub(instant), chance)
	}
}

func TestOnlyTwoHundredsAreSuccesses(t *testing.T) {
	for status, want := range map[int]bool{0: false, 100: false, 199: false, 200: true, 204: true, 299: true, 300: false, 302: false, 304: false, 400: false, 410: false, 500: false} {
		v := judge(Health{}, pending(), answered(instant, status), instant, 0)
		assert.Equal(t, want, v.Outcome == OutcomeSucceeded, status)
		assert.Equal(t, want, v.Delivery.Status == Succeeded, status)
	}
}

func TestRetryAfterIsHonouredUpToAnHourAndHoldsUpTheWholeSubscriber(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{0: 5 * time.Second, time.Second: 5 * time.Second, time.Minute: time.Minute, 48 * time.Hour: time.Hour} {
		r := answered(instant, 429)
		r.RetryAfter = asked
		v := judge(Health{}, pending(), r, instant, 0.5)
		assert.Equal(t, want, v.Delivery.NextAt.Sub(instant), asked)
		assert.Equal(t, asked > 0, v.Health.Paused(instant), asked)
	}
}

func TestThreeFailuresInARowPauseTheSubscriberAndEachProbeThatFailsDoublesThePause(t *testing.T) {
	h, now := Health{}, instant
	fail := func() { h = judge(h, pending(), answered(now, 500), now, 0).Health }
	for range 2 {
		fail()
		require.False(t, h.Paused(now))
	}
	var pauses []time.Duration
	for range 9 {
		fail()
		require.True(t, h.Paused(now))
		require.False(t, h.Probing(now))
		pauses = append(pauses, h.PausedUntil.Sub(now))
		now = h.PausedUntil
		require.True(t, h.Probing(now))
	}
	assert.Equal(t, []time.Duration{
		5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second, 160 * time.Second, 5 * time.Minute, 5 * time.Minute, 5 * time.Minute,
	}, pauses)
	v := judge(h, pending(), answered(now, 200), now, 0)
	assert.Equal(t, Health{}, v.Health)
	assert.True(t, v.Resumed)
	assert.False(t, judge(Health{Failures: 2}, pending(), answered(now, 200), now, 0).Resumed, "nothing was held up")
}

func TestWhatWasOnItsWayWhenThePauseBeganDoesNotLengthenIt(t *testing.T) {
	h := Health{}
	for range 8 {
		h = judge(h, pending(), answered(instant, 0), instant.Add(15*time.Second), 0).Health
	}
	assert.Equal(t, []any{8, 1, instant.Add(20 * time.Second)}, []any{h.Failures, h.Pauses, h.PausedUntil})
}

func TestGoneEndsASubscriptionAtOnceAndKeepsTheDelivery(t *testing.T) {
	v := judge(Health{}, pending(), answered(instant, 410), instant, 0)
	assert.Equal(t, []any{Gone, Pending}, []any{v.Disable, v.Delivery.Status})
}

func TestFiveDaysOfFailingEndASubscriptionAndNotADayLess(t *testing.T) {
	h, now := Health{}, instant
	for range 5 {
		for range 2 {
			v := judge(h, pending(), answered(now, 500), now, 0)
			require.Empty(t, v.Disable)
			h, now = v.Health, now.Add(12*time.Hour)
		}
	}
	assert.Equal(t, Failing, judge(h, pending(), answered(now, 500), now, 0).Disable)
	assert.Empty(t, judge(Health{}, pending(), answered(now, 500), now, 0).Disable, "a success forgets them")
}

func TestFailuresThatAreFarApartAreNotOneTimeOfFailing(t *testing.T) {
	h, now := Health{}, instant
	for range 30 {
		v := judge(h, pending(), answered(now, 500), now, 0)
		require.Empty(t, v.Disable)
		h, now = v.Health, now.Add(25*time.Hour)
	}
}

func TestTheLastTwentyAttemptsAreRemembered(t *testing.T) {
	d := pending()
	for i := range 30 {
		d.Tries = 0
		d = judge(Health{}, d, answered(instant.Add(time.Duration(i)), 500), instant, 0).Delivery
	}
	require.Len(t, d.Attempts, MaxAttempts)
	assert.Equal(t, instant.Add(29), d.Attempts[MaxAttempts-1].At)
}

func TestLapsedDeliveryIsNobodysFailure(t *testing.T) {
	h := Health{Failures: 2, FailingSince: instant, FailedAt: instant}
	v := lapsed(h, pending(), instant)
	assert.Equal(t, []any{h, Failed, OutcomeFailed, instant}, []any{v.Health, v.Delivery.Status, v.Outcome, v.Delivery.FinishedAt})
	assert.Contains(t, v.Delivery.Attempts[0].Detail, "no longer kept")
}

func complain(url string) string {
	if url == "bad" {
		return "Correct it."
	}
	return ""
}

func TestChangeIsJudgedAsAWhole(t *testing.T) {
	disabled := Disabled
	before := Subscription{URL: "https://a.example.com", Status: Enabled, UpdatedAt: instant}
	after, err := apply(before, Change{}, complain, instant.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, before, after, "nothing was asked for")
	_, err = apply(before, Change{URL: new("bad"), Types: &[]event.Type{"x"}, Description: new("a\nb")}, complain, instant)
	for _, member := range []string{"/url", "/event_types", "/description"} {
		require.Contains(t, fieldsOf(t, err), member)
	}
	later := instant.Add(time.Hour)
	after, err = apply(before, Change{Types: &[]event.Type{event.MessageStatus, event.MessageReceived, event.MessageStatus}, Status: &disabled}, complain, later)
	require.NoError(t, err)
	assert.Equal(t, []event.Type{event.MessageReceived, event.MessageStatus}, after.Types)
	assert.Equal(t, []any{Disabled, Requested, later, later}, []any{after.Status, after.DisabledReason, after.DisabledAt, after.UpdatedAt})
	again, err := apply(after, Change{Status: &disabled}, complain, later.Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, after, again, "it is disabled since it was")
	enabled := Enabled
	again, err = apply(after, Change{Status: &enabled}, complain, later)
	require.NoError(t, err)
	assert.Equal(t, []any{Enabled, Reason(""), time.Time{}}, []any{again.Status, again.DisabledReason, again.DisabledAt})
}

func TestNewChanceIsForWhoIsEnabledAgainOrIsElsewhere(t *testing.T) {
	on, off := Subscription{URL: "a", Status: Enabled}, Subscription{URL: "a", Status: Disabled}
	elsewhere := Subscription{URL: "b", Status: Enabled}
	for _, c := range []struct {
		before, after Subscription
		want          bool
	}{{on, on, false}, {off, on, true}, {on, elsewhere, true}, {on, off, false}, {off, off, false}} {
		assert.Equal(t, c.want, refreshed(c.before, c.after))
	}
}

func TestSubscriberWithoutTypesTakesAll(t *testing.T) {
	all, one := Subscription{}, Subscription{Types: []event.Type{event.AccountHealth}}
	for _, of := range event.Types() {
		assert.True(t, all.Takes(of))
		assert.Equal(t, of == event.AccountHealth, one.Takes(of))
	}
}
