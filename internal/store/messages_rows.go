package store

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// messageRow is a row of messages.
type messageRow struct {
	ID            string `gorm:"primaryKey"`
	Site          string
	AccountID     string
	Reason        string
	TemplateID    *string
	BulkID        *string
	RecipientKind string
	Recipient     string
	Type          string
	Content       []byte
	Composed      []byte
	ReplyTo       string
	Reference     string
	IfUnknown     string
	SendAfter     *time.Time
	DiscardAfter  *time.Time
	Status        string
	ProviderID    *string
	Attempts      int
	Problem       []byte
	Timeline      []byte
	PacedUntil    *time.Time
	CreatedAt     time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt     time.Time `gorm:"autoUpdateTime:false"`
}

func (messageRow) TableName() string { return "messages" }

// messageColumns are the columns of a look-up, and places is where they go.
const messageColumns = "t.id, t.site, t.account_id, t.reason, t.template_id, t.bulk_id, t.recipient_kind, t.recipient, t.type, t.content, t.composed, t.reply_to, t.reference, " +
	"t.if_unknown, t.send_after, t.discard_after, t.status, t.provider_id, t.attempts, t.problem, t.timeline, t.paced_until, t.created_at, t.updated_at"

func (r *messageRow) places() []any {
	return []any{
		&r.ID, &r.Site, &r.AccountID, &r.Reason, &r.TemplateID, &r.BulkID, &r.RecipientKind, &r.Recipient, &r.Type, &r.Content, &r.Composed, &r.ReplyTo, &r.Reference,
		&r.IfUnknown, &r.SendAfter, &r.DiscardAfter, &r.Status, &r.ProviderID, &r.Attempts, &r.Problem, &r.Timeline, &r.PacedUntil, &r.CreatedAt, &r.UpdatedAt,
	}
}

func messageRowOf(m message.Message) messageRow {
	r := messageRow{
		ID: m.ID, Site: m.Site.String(), AccountID: m.AccountID, Reason: string(m.Reason), TemplateID: unlessEmpty(m.TemplateID), BulkID: unlessEmpty(m.BulkID),
		RecipientKind: string(m.To.Kind), Recipient: m.To.Value, Type: string(m.Type), Content: m.Content, Composed: m.Composed, ReplyTo: m.ReplyTo,
		Reference: m.Reference, IfUnknown: string(m.IfUnknown), SendAfter: unlessZero(m.SendAfter), DiscardAfter: unlessZero(m.DiscardAfter),
		Status: string(m.Status), ProviderID: unlessEmpty(m.ProviderID), Attempts: m.Attempts, PacedUntil: unlessZero(m.PacedUntil),
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
	}
	r.Timeline = timelineJSON(m.Timeline)
	if m.Problem != nil {
		r.Problem = inJSON(m.Problem)
	}
	return r
}

// inJSON is the form of what happened to a message, which it always has: a provider's words need not be UTF-8.
func inJSON(what any) []byte {
	text, err := json.Marshal(what, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil // and no half of it: the database refuses a message without a timeline
	}
	return text
}

// timelineJSON is inJSON for a timeline, appended: each change of a message writes it, and compares the one before.
func timelineJSON(steps []message.Step) []byte {
	text := append(make([]byte, 0, 2+128*len(steps)), '[')
	for i, s := range steps {
		if i > 0 {
			text = append(text, ',')
		}
		var problem []byte
		if s.Problem != nil {
			if problem = inJSON(s.Problem); problem == nil {
				return nil
			}
		}
		text = s.AppendJSON(text, problem)
	}
	return append(text, ']')
}

// message makes the domain value, at home in the site that was asked for.
func (r messageRow) message(s site.Site) (message.Message, error) {
	m := message.Message{
		ID: r.ID, Site: s, AccountID: r.AccountID, Reason: routing.Reason(r.Reason), TemplateID: orEmpty(r.TemplateID), BulkID: orEmpty(r.BulkID),
		To: provider.Recipient{Kind: provider.RecipientKind(r.RecipientKind), Value: r.Recipient}, Type: provider.MessageType(r.Type),
		Content: r.Content, Composed: r.Composed, ReplyTo: r.ReplyTo, Reference: r.Reference, IfUnknown: message.Policy(r.IfUnknown),
		SendAfter: orZero(r.SendAfter), DiscardAfter: orZero(r.DiscardAfter), Status: message.Status(r.Status), ProviderID: orEmpty(r.ProviderID),
		Attempts: r.Attempts, PacedUntil: orZero(r.PacedUntil), CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	if err := json.Unmarshal(r.Timeline, &m.Timeline); err != nil {
		return m, err
	}
	if len(r.Problem) > 0 {
		m.Problem = new(message.Problem)
		return m, json.Unmarshal(r.Problem, m.Problem)
	}
	return m, nil
}

// orEmpty is the empty text for null.
func orEmpty(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
