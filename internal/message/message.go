// Package message sends messages: it decides with which account, keeps each until it is sent, sends it once, and tells what becomes of it.
// It knows no provider by name, no HTTP and no SQL.
package message

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Status says how far a message is.
type Status string

// The statuses.
const (
	Queued    Status = "queued"    // waits for its turn, its time or another attempt
	Sending   Status = "sending"   // an attempt has begun
	Unknown   Status = "unknown"   // an attempt ended without an answer, and it may have been taken
	Accepted  Status = "accepted"  // the provider took it
	Sent      Status = "sent"      // it left the provider
	Delivered Status = "delivered" // it arrived
	Read      Status = "read"      // somebody opened it
	Failed    Status = "failed"    // it was not sent, or did not arrive
	Cancelled Status = "cancelled" // somebody took it back before it was sent
	Discarded Status = "discarded" // its time ended before it was sent
)

// Statuses lists the statuses, in the order in which a message can have them.
func Statuses() []Status {
	return []Status{Queued, Sending, Unknown, Accepted, Sent, Delivered, Read, Failed, Cancelled, Discarded}
}

// Policy says what is done about a message of which nobody knows whether the provider took it, when no status has told it for a while.
type Policy string

// The policies.
const (
	Keep   Policy = "keep"   // it stays unknown until a status tells
	Resend Policy = "resend" // it is sent again, and may arrive twice
	Fail   Policy = "fail"   // it counts as failed, and may have arrived
)

// Policies lists the policies.
func Policies() []Policy { return []Policy{Keep, Resend, Fail} }

// Message is a message that was accepted from a caller.
type Message struct {
	ID         string // UUIDv7
	Site       site.Site
	AccountID  string
	Reason     routing.Reason // why this account
	TemplateID string         // empty unless it is made of a template that is kept here
	BulkID     string         // empty unless it is one of a bulk
	To         provider.Recipient
	Type       provider.MessageType
	Content    json.RawMessage // as the caller wrote it; nil for a template that is kept here
	Composed   json.RawMessage // what goes to the provider of such a template; nil otherwise
	ReplyTo    string          // the provider's id of the message that it answers
	Reference  string          // the caller's own word for it
	IfUnknown  Policy
	// SendAfter is the earliest time to send it, zero for at once; DiscardAfter the latest time to begin an attempt.
	SendAfter    time.Time
	DiscardAfter time.Time

	Status     Status
	ProviderID string // by which the provider's statuses name it; empty until it is known
	Attempts   int    // that have begun
	Problem    *Problem
	Timeline   []Step
	PacedUntil time.Time // its place in the pace of its account; zero while it has none
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Problem is why a message was not sent, or did not arrive.
type Problem struct {
	Code    string         `json:"code"`             // the provider's; empty when it gave none
	Class   provider.Class `json:"class"`            // what follows from it
	Meaning string         `json:"meaning"`          // in our words
	Detail  string         `json:"detail,omitempty"` // in the provider's
	Fix     string         `json:"fix"`
}

// What steps are called that are no status.
const (
	attempted = "attempt"
	retried   = "retry"
)

// Step is one thing that happened to a message.
type Step struct {
	At      time.Time `json:"at"`
	Step    string    `json:"step"` // a status, or "attempt", or "retry"
	Attempt int       `json:"attempt,omitzero"`
	Problem *Problem  `json:"problem,omitempty"`
	Until   time.Time `json:"until,omitzero"` // when a retry follows
	Told    bool      `json:"told,omitzero"`  // the feed has it
}

// AppendJSON appends the form that the step has in JSON: each change of a message writes its steps several times, and what a step is called needs no escape. That of
// its problem, nil when it has none, comes with it: what is kept has the provider's words as they are, and what readers are told has them in UTF-8.
func (s Step) AppendJSON(text, problem []byte) []byte {
	text = appendTime(append(text, `{"at":`...), s.At)
	text = append(append(append(text, `,"step":"`...), s.Step...), '"')
	if s.Attempt != 0 {
		text = strconv.AppendInt(append(text, `,"attempt":`...), int64(s.Attempt), 10)
	}
	if problem != nil {
		text = append(append(text, `,"problem":`...), problem...)
	}
	if !s.Until.IsZero() {
		text = appendTime(append(text, `,"until":`...), s.Until)
	}
	if s.Told {
		text = append(text, `,"told":true`...)
	}
	return append(text, '}')
}

func appendTime(text []byte, at time.Time) []byte {
	return append(at.AppendFormat(append(text, '"'), time.RFC3339Nano), '"')
}

// mostSteps bounds a timeline: the oldest steps and the newest stay.
const mostSteps = 60

// note adds a step.
func (m *Message) note(s Step) {
	m.UpdatedAt = s.At
	m.Timeline = append(slices.Clone(m.Timeline), s)
	if len(m.Timeline) > mostSteps {
		m.Timeline = slices.Delete(m.Timeline, mostSteps/2, mostSteps/2+1)
	}
}

// Outgoing is what its provider is given.
func (m Message) Outgoing() provider.Outgoing {
	return provider.Outgoing{To: m.To, Type: m.Type, Content: m.Content, Composed: m.Composed, ReplyTo: m.ReplyTo, Ref: m.ID}
}

// Ended reports whether nothing is left to be done for it here. What arrives may still be read.
func (m Message) Ended() bool {
	return m.Status != Queued && m.Status != Sending && m.Status != Unknown
}

// Untold gives the steps that the feed does not have yet, and the message as it is when it has them.
func (m Message) Untold() ([]Step, Message) {
	var untold []Step
	m.Timeline = slices.Clone(m.Timeline)
	for i := range m.Timeline {
		if !m.Timeline[i].Told {
			untold = append(untold, m.Timeline[i])
			m.Timeline[i].Told = true
		}
	}
	return untold, m
}
