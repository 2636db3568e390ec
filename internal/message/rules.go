package message

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// MaxAttempts is how often a message is tried.
const MaxAttempts = 8

// Lifetime is how long a message is tried at most, unless its caller says otherwise: what is late by a day is news no more.
const Lifetime = 24 * time.Hour

// rank orders the statuses that a provider tells: one of a higher rank replaces one of a lower.
func rank(s Status) int {
	switch s {
	case Queued, Sending, Unknown, Cancelled, Discarded:
		return 0
	case Accepted:
		return provider.StateAccepted.Rank()
	case Sent:
		return provider.StateSent.Rank()
	case Failed:
		return provider.StateFailed.Rank()
	case Delivered:
		return provider.StateDelivered.Rank()
	case Read:
		return provider.StateRead.Rank()
	}
	return 0
}

// Hear takes over what a webhook tells of the message, which the feed has. A status never goes back, whatever the order in which they arrive.
func (m Message) Hear(s provider.MessageState, providerID string, p *Problem, now time.Time) Message {
	after := m.learn(s, providerID, p, now)
	if after.Status != m.Status {
		after.Timeline[len(after.Timeline)-1].Told = true
	}
	return after
}

func (m Message) learn(s provider.MessageState, providerID string, p *Problem, now time.Time) Message {
	if m.ProviderID == "" && providerID != "" {
		m.ProviderID, m.UpdatedAt = providerID, now
	}
	if s.Rank() <= rank(m.Status) {
		return m
	}
	m.Status, m.Problem = Status(s), p
	m.note(Step{At: now, Step: string(s), Problem: p})
	return m
}

// begin starts an attempt with an account, or says why there is none.
func (m Message) begin(a account.Standing, now time.Time) Message {
	switch {
	case m.Status != Queued:
		return m
	case !m.DiscardAfter.IsZero() && now.After(m.DiscardAfter):
		m.Status = Discarded
		m.note(Step{At: now, Step: string(Discarded)})
		return m
	case !a.IsActive():
		return m.fail(unusable(a), now)
	}
	m.Status, m.PacedUntil = Sending, time.Time{}
	m.Attempts++
	m.note(Step{At: now, Step: attempted, Attempt: m.Attempts})
	return m
}

// unusable is the problem of a message whose account was switched off, or removed, before it was sent.
func unusable(a account.Standing) *Problem {
	why := account.ErrUnusable(a)
	if a.ID == "" {
		why = account.ErrNotFound
	}
	return &Problem{Code: why.Code, Class: provider.ClassAccount, Meaning: why.Detail, Fix: why.Fix}
}

func (m Message) fail(p *Problem, now time.Time) Message {
	m.Status, m.Problem, m.PacedUntil = Failed, p, time.Time{}
	m.note(Step{At: now, Step: string(Failed), Attempt: m.Attempts, Problem: p})
	return m
}

// take ends an attempt that the provider accepted.
func (m Message) take(a provider.Accepted, now time.Time) Message {
	after := m.learn(provider.StateAccepted, a.ID, nil, now)
	if after.Status != m.Status {
		after.Timeline[len(after.Timeline)-1].Attempt = m.Attempts
	}
	return after
}

// again ends an attempt that is followed by another.
func (m Message) again(p *Problem, until, now time.Time) Message {
	if m.Status != Sending {
		return m // a status was quicker
	}
	m.Status, m.Problem = Queued, p
	m.note(Step{At: now, Step: retried, Attempt: m.Attempts, Problem: p, Until: until})
	return m
}

// lose ends an attempt of which nobody knows what became.
func (m Message) lose(p *Problem, now time.Time) Message {
	if m.Status != Sending {
		return m // a status was quicker
	}
	m.Status, m.Problem = Unknown, p
	m.note(Step{At: now, Step: string(Unknown), Attempt: m.Attempts, Problem: p})
	return m
}

// decide ends the wait of an unknown message by a policy.
func (m Message) decide(by Policy, now time.Time) Message {
	if m.Status != Unknown {
		return m
	}
	switch by {
	case Resend:
		m.Status = Queued
		m.note(Step{At: now, Step: retried, Attempt: m.Attempts, Problem: m.Problem, Until: now})
	case Fail:
		return m.fail(m.Problem, now)
	case Keep:
	}
	return m
}

// cancel takes the message back. ErrTooLate.
func (m Message) cancel(now time.Time) (Message, error) {
	switch m.Status {
	case Cancelled:
		return m, nil
	case Queued:
		m.Status = Cancelled
		m.note(Step{At: now, Step: string(Cancelled)})
		return m, nil
	case Sending, Unknown, Accepted, Sent, Delivered, Read, Failed, Discarded:
	}
	return m, ErrTooLate.Saying("The message is %s, so it cannot be taken back.", m.Status)
}

// problemOf is a failed call in the words of a message.
func problemOf(err error) *Problem {
	failed, known := errors.AsType[*provider.CallError](err)
	if !known {
		return lost()
	}
	return &Problem{Code: failed.Code, Class: failed.Class, Meaning: failed.Meaning, Detail: failed.Detail, Fix: failed.Fix}
}

// lost is the problem of an attempt that ended with its process.
func lost() *Problem {
	return &Problem{
		Class: provider.ClassUnknown, Meaning: "The service was interrupted while the message was being sent, so it is not known whether the provider took it.",
		Fix: "Wait for its status. Send it again only if it may arrive twice.",
	}
}

// pause is how long to wait before the attempt that follows. What goes to one recipient too often waits four times as long each time, as Meta advises for
// its pair limit (code 131056); anything else twice as long.
func pause(failed *provider.CallError, attempts int) time.Duration {
	wait, most := 2*time.Second<<min(attempts-1, 12), time.Hour
	switch {
	case failed.Limit == provider.LimitPair:
		wait = time.Second << (2 * min(attempts-1, 8))
	case failed.Class == provider.ClassWait:
		wait, most = time.Hour<<min(attempts-1, 4), 12*time.Hour
	}
	return max(min(wait, most), failed.RetryAfter)
}

// News is what readers of the feed are told of a step.
type News struct {
	Message Brief  `json:"message"`
	State   string `json:"state"`
	Step    Step   `json:"step"`
}

// Brief names a message to readers of the feed.
type Brief struct {
	ID         string `json:"id"`
	Reference  string `json:"reference,omitempty"`
	BulkID     string `json:"bulk_id,omitempty"`
	ProviderID string `json:"provider_message_id,omitempty"`
	To         string `json:"to"`
	Type       string `json:"type"`
}

// Brief names the message to readers of the feed.
func (m Message) Brief() Brief {
	return Brief{ID: m.ID, Reference: m.Reference, BulkID: m.BulkID, ProviderID: m.ProviderID, To: m.To.Value, Type: string(m.Type)}
}

// Tell gives the events of steps as News has them: for each the status that the message had after it, and what happened.
func (m Message) Tell(steps []Step) ([]json.RawMessage, error) {
	brief, err := json.Marshal(m.Brief())
	told := make([]json.RawMessage, len(steps))
	for i, s := range steps {
		var problem []byte
		if s.Problem != nil {
			var wrong error
			problem, wrong = json.Marshal(s.Problem)
			err = errors.Join(err, wrong)
		}
		news := append(append(make([]byte, 0, len(brief)+len(problem)+192), `{"message":`...), brief...)
		news = append(append(append(news, `,"state":"`...), s.state()...), `","step":`...)
		told[i] = append(s.AppendJSON(news, problem), '}')
	}
	return told, err
}

// state is the status that a message has after the step.
func (s Step) state() string {
	switch s.Step {
	case attempted:
		return string(Sending)
	case retried:
		return string(Queued)
	}
	return s.Step
}
