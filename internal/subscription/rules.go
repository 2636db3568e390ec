package subscription

import "time"

// The rules of failing. They are numbers that callers read in the reference, so they are no settings.
const (
	failuresToPause = 3                  // in a row, whatever the deliveries
	firstPause      = 5 * time.Second    // doubled with each that follows
	longestPause    = 5 * time.Minute    // of ours
	longestWait     = time.Hour          // that a subscriber may ask for
	failingToEnd    = 5 * 24 * time.Hour // without a success
	failingApart    = 24 * time.Hour     // failures that are further apart are not one time of failing
)

// statusGone is the HTTP status by which a subscriber ends its subscription.
const statusGone = 410

// waits are the pauses between the attempts of a delivery: about three days in all.
func waits() []time.Duration {
	return []time.Duration{
		5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
		8 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour,
	}
}

// Outcome is what became of a delivery by an attempt.
type Outcome string

// The outcomes, as metrics name them.
const (
	OutcomeSucceeded Outcome = "succeeded"
	OutcomeRetried   Outcome = "retried"
	OutcomeFailed    Outcome = "failed"
)

// Verdict is what follows from an attempt.
type Verdict struct {
	Delivery Delivery
	Health   Health
	Outcome  Outcome
	// Disable says why the subscription ends; empty: it goes on.
	Disable Reason
	// Resumed tells that the subscriber is back: everything that waits for it is due at once.
	Resumed bool
}

// judge says what follows from how a try ended. chance, from 0 to 1, spreads what would otherwise come back at one moment.
func judge(h Health, d Delivery, r Result, now time.Time, chance float64) Verdict {
	d.Tries++
	d.Attempts = append(d.Attempts, r.Attempt)
	d.Attempts = d.Attempts[max(0, len(d.Attempts)-MaxAttempts):]
	if r.Succeeded() {
		return Verdict{Delivery: d.finished(Succeeded, now), Outcome: OutcomeSucceeded, Resumed: !h.PausedUntil.IsZero()}
	}
	asked := min(r.RetryAfter, longestWait)
	v := Verdict{Delivery: d, Health: h.failed(r.At, asked, now), Outcome: OutcomeRetried}
	switch {
	case r.Status == statusGone:
		v.Disable = Gone
	case now.Sub(v.Health.FailingSince) >= failingToEnd:
		v.Disable = Failing
	}
	if d.Tries > len(waits()) {
		v.Delivery, v.Outcome = d.finished(Failed, now), OutcomeFailed
		return v
	}
	v.Delivery.NextAt = now.Add(max(spread(waits()[d.Tries-1], chance), asked))
	return v
}

// spread is d, give or take a tenth.
func spread(d time.Duration, chance float64) time.Duration {
	return (d - d/10 + time.Duration(chance*float64(d/5))).Truncate(time.Microsecond)
}

func (d Delivery) finished(as DeliveryStatus, now time.Time) Delivery {
	d.Status, d.NextAt, d.FinishedAt = as, time.Time{}, now
	return d
}

// failed is the health after one more failure. An attempt that began before the pause tells nothing new: it was on its way already.
func (h Health) failed(begun time.Time, asked time.Duration, now time.Time) Health {
	if h.FailingSince.IsZero() || now.Sub(h.FailedAt) > failingApart {
		h.FailingSince = now
	}
	h.Failures, h.FailedAt = h.Failures+1, now
	if h.Failures >= failuresToPause && !begun.Before(h.PausedUntil) {
		h.PausedUntil = now.Add(min(firstPause<<min(h.Pauses, 10), longestPause))
		h.Pauses++
	}
	if until := now.Add(asked); asked > 0 && until.After(h.PausedUntil) {
		h.PausedUntil = until
	}
	return h
}

// lapsed is what follows when the event of a delivery is no longer kept: nobody has failed, and there is nothing to send.
func lapsed(h Health, d Delivery, now time.Time) Verdict {
	d.Attempts = append(d.Attempts, Attempt{At: now, Detail: "The event is no longer kept, so nothing was sent."})
	return Verdict{Delivery: d.finished(Failed, now), Health: h, Outcome: OutcomeFailed}
}
