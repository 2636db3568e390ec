package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/content"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// Router decides which account sends.
type Router interface {
	// Route gives the account to use, or a *routing.Refusal.
	Route(ctx context.Context, in site.Site, q routing.Query) (routing.Decision, error)
}

// Templates makes messages of templates.
type Templates interface {
	// Named finds the template that a message names the Cloud API's way, with its values. template.ErrNotFound.
	Named(ctx context.Context, in site.Site, a account.Account, message json.RawMessage) (template.Template, template.Parameters, error)
	// Compose makes what an account sends of a template. Invalid with each parameter at fault.
	Compose(a account.Account, t template.Template, p template.Parameters) (json.RawMessage, error)
}

// Draft is what a caller asks to be sent.
type Draft struct {
	To            string // a telephone number, or the id of a group
	User          string // a business-scoped user id
	RecipientType string // "individual", "group" or empty
	AccountID     string // empty names none
	TemplateID    string // empty names none
	Parameters    template.Parameters
	Type          provider.MessageType // empty is text, or template where one is named
	Content       json.RawMessage      // the member that is named like the type
	ReplyTo       string
	Reference     string
	IfUnknown     Policy // empty is Keep
	SendAfter     time.Time
	DiscardAfter  time.Time // zero is Lifetime after it may be sent
	// Wrong is what is at fault in the request already, before any rule looks at it: it is told with all that the rules find.
	Wrong fault.Fields
}

// Service accepts messages and tells of them.
type Service struct {
	store     Store
	router    Router
	templates Templates
	providers provider.Registry
	bell      *Bell
	now       func() time.Time
	newID     func() string
}

// Deps are what a Service stands on.
type Deps struct {
	Store     Store
	Router    Router
	Templates Templates
	Providers provider.Registry
	Bell      *Bell            // rings when this process has changed a message; nil never does
	Now       func() time.Time // the present in UTC, cut to microseconds
	NewID     func() string    // UUIDv7s
}

// NewService puts the use cases together.
func NewService(d Deps) *Service {
	if d.Bell == nil {
		d.Bell = NewBell()
	}
	return &Service{store: d.Store, router: d.Router, templates: d.Templates, providers: d.Providers, bell: d.Bell, now: d.Now, newID: d.NewID}
}

// Accept keeps a message that is to be sent, with its job, and says with which account and why. It is durable when Accept returns. Invalid with every member at
// fault, a *routing.Refusal when no account may send it.
func (s *Service) Accept(ctx context.Context, in site.Site, ask Draft) (Message, routing.Decision, error) {
	m, decided, err := s.Prepare(ctx, in, ask)
	if err != nil {
		return m, decided, err
	}
	return m, decided, s.store.Insert(ctx, in, m)
}

// Prepare judges a message as Accept does, and keeps nothing.
func (s *Service) Prepare(ctx context.Context, in site.Site, ask Draft) (Message, routing.Decision, error) {
	now := s.now()
	m, wrong := s.blank(in, ask, now)
	if len(wrong) > 0 {
		if ask.Content != nil { // whichever account it would be, so that everything is told at once
			_, more := content.Read(m.Type, m.Content)
			wrong = append(wrong, more...)
		}
		return m, routing.Decision{}, broken(wrong)
	}
	decided, err := s.router.Route(ctx, in, routing.Query{
		AccountID: ask.AccountID, TemplateID: ask.TemplateID, Kind: KindOf(m.Type, m.Content), Direction: account.Outgoing,
	})
	if err != nil {
		return m, decided, err
	}
	m.AccountID, m.Reason = decided.Account.ID, decided.Reason
	if err := s.compose(ctx, in, &m, decided, ask); err != nil {
		return m, decided, err
	}
	return m, decided, s.judge(m, decided)
}

// blank makes the message as far as no account is needed for it.
func (s *Service) blank(in site.Site, ask Draft, now time.Time) (Message, fault.Fields) {
	wrong := ask.Wrong
	m := Message{
		ID: s.newID(), Site: in, TemplateID: ask.TemplateID, Type: ask.Type, Content: ask.Content, ReplyTo: ask.ReplyTo, Reference: ask.Reference,
		IfUnknown: ask.IfUnknown, SendAfter: ask.SendAfter, DiscardAfter: ask.DiscardAfter, Status: Queued, CreatedAt: now,
	}
	if m.IfUnknown == "" {
		m.IfUnknown = Keep
	}
	if m.DiscardAfter.IsZero() {
		m.DiscardAfter = latest(now, m.SendAfter).Add(Lifetime)
	}
	if !slices.Contains(Policies(), m.IfUnknown) {
		wrong.Add("/if_unknown", "invalid_value", "Send keep, resend or fail, or leave it out.")
	}
	tooLong("/reference", m.Reference, MaxReference, &wrong)
	tooLong("/context/message_id", m.ReplyTo, maxReplyTo, &wrong)
	m.To = recipientOf(ask.To, ask.User, ask.RecipientType, &wrong)
	judgeTimes(ask, now, &wrong)
	judgeContent(&m, ask, &wrong)
	m.note(Step{At: now, Step: string(Queued)})
	return m, wrong
}

// MaxReference is the longest reference, in characters: as long as what Meta brings back with statuses.
const MaxReference = 512

// maxReplyTo is the longest id of a message that is answered, in characters.
const maxReplyTo = 255

func tooLong(pointer, text string, most int, wrong *fault.Fields) {
	if utf8.RuneCountInString(text) > most && !wrong.Has(pointer) {
		wrong.Add(pointer, "invalid_value", fmt.Sprintf("This is longer than %d characters. Send a shorter one.", most))
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// furthest is how far ahead a message may be scheduled.
const furthest = 30 * 24 * time.Hour

func judgeTimes(ask Draft, now time.Time, wrong *fault.Fields) {
	if ask.SendAfter.After(now.Add(furthest)) {
		wrong.Add("/send_after", "invalid_value", "The time is more than 30 days ahead. Send an earlier one.")
	}
	if !ask.DiscardAfter.IsZero() && !ask.DiscardAfter.After(latest(now, ask.SendAfter)) {
		wrong.Add("/discard_after", "invalid_value", "The time is over before the message may be sent. Send a later one, or leave it out.")
	}
}

// judgeContent sees that there is one content, of the type that is named.
func judgeContent(m *Message, ask Draft, wrong *fault.Fields) {
	switch {
	case ask.Type != "" && !slices.Contains(provider.MessageTypes(), ask.Type):
		wrong.Add("/type", "invalid_value", "There is no such type of message. The reference at /docs lists them.")
	case ask.TemplateID != "" && ask.Type != "" && ask.Type != provider.TypeTemplate:
		wrong.Add("/type", "invalid_value", "A message with a template_id is of the type template. Leave type out.")
	case ask.TemplateID != "" && ask.Content != nil:
		wrong.Add("/template", "invalid_value", "The template is named by template_id already. Send its values as parameters.")
	case ask.TemplateID != "":
		m.Type = provider.TypeTemplate
	case ask.Parameters.ByKey != nil || ask.Parameters.InOrder != nil:
		wrong.Add("/parameters", "invalid_value", "Parameters are values of a template: send template_id with them.")
	case m.Type == "":
		m.Type = provider.TypeText
	}
	if ask.TemplateID == "" && ask.Content == nil && !wrong.Has("/type") {
		wrong.Add("/"+string(m.Type), "required", "A message of the type "+string(m.Type)+" has its content in the member "+string(m.Type)+".")
	}
}

// KindOf is the kind of message that routing asks the capability of.
func KindOf(t provider.MessageType, content json.RawMessage) routing.Kind {
	switch t {
	case provider.TypeImage, provider.TypeVideo, provider.TypeAudio, provider.TypeDocument, provider.TypeSticker:
		return "media"
	case provider.TypeInteractive:
		var inside struct {
			Type string `json:"type"`
		}
		_ = json.Unmarshal(content, &inside) // what cannot be read is refused when it is judged
		switch inside.Type {
		case "list", "flow":
			return routing.Kind(inside.Type)
		}
		return "buttons"
	case provider.TypeText, provider.TypeLocation, provider.TypeContacts, provider.TypeReaction, provider.TypeTemplate:
	}
	return routing.Kind(t)
}

// compose makes what is sent of a template. One that the caller names the Cloud API's way is held against the one that is kept here, if there is one; the
// provider is given what the caller wrote, unless it has no templates and is sent the text.
func (s *Service) compose(ctx context.Context, in site.Site, m *Message, d routing.Decision, ask Draft) (err error) {
	if ask.TemplateID != "" {
		m.TemplateID = d.Template.ID
		m.Composed, err = s.templates.Compose(d.Account, *d.Template, ask.Parameters)
		return err
	}
	if m.Type != provider.TypeTemplate {
		return nil
	}
	spec, _ := s.providers.Get(d.Account.Type)
	approves := spec.Can(provider.CanTemplateApproval)
	t, values, err := s.templates.Named(ctx, in, d.Account, m.Content)
	switch {
	case errors.Is(err, template.ErrNotFound) && approves:
		return nil // the provider knows it, or says that it does not
	case errors.Is(err, template.ErrNotFound):
		return template.ErrUnavailable.Saying("%q has no template of this name and language.", d.Account.Name).
			Advising("Create it with POST /v1/templates, or name one of GET /v1/templates?account_id=%s.", d.Account.ID)
	case err != nil:
		return err
	case approves && t.Status != template.Approved:
		return template.ErrUnavailable.Saying("%q has the template %s in %s with the status %s, and only APPROVED ones are sent.", d.Account.Name, t.Name, t.Language, t.Status)
	}
	composed, err := s.templates.Compose(d.Account, t, values)
	if err != nil {
		return inComponents(err)
	}
	m.TemplateID = t.ID
	if !approves {
		m.Composed = composed
	}
	return nil
}

// inComponents points at where the caller wrote the values.
func inComponents(err error) error {
	broken, known := errors.AsType[*fault.Error](err)
	if !known {
		return err
	}
	moved := *broken
	moved.Fields = nil
	for _, f := range broken.Fields {
		f.Pointer = "/template/components"
		moved.Fields = append(moved.Fields, f)
	}
	return &moved
}

// judge has the provider's own rules look at the message.
func (s *Service) judge(m Message, d routing.Decision) error {
	sender, can := provider.As[provider.Sender](s.providers, d.Account.Type)
	if !can {
		return refused(d, provider.CanText)
	}
	lack, wrong := sender.Judge(m.Outgoing())
	if lack != "" {
		return refused(d, lack)
	}
	return broken(wrong)
}

// broken is the error of what is wrong with a message. What is not even of the shape that the rules are about comes alone.
func broken(wrong fault.Fields) error {
	for _, f := range wrong {
		if f.Code == "wrong_type" {
			return fault.New(fault.Unreadable, f.Code, f.Pointer+": "+f.Detail, "Send the type that the Cloud API has there.").At(f)
		}
	}
	return wrong.Err()
}

// refused is the refusal of an account whose provider cannot carry the content.
func refused(d routing.Decision, lack provider.Capability) error {
	why := routing.ErrCapability.Saying("%q is a %s account, and %s does not have the capability %s.", d.Account.Name, d.Account.Type, d.Account.Type, lack)
	r := &routing.Refusal{Fault: why, Reason: d.Reason}
	for _, c := range d.Considered {
		if c.Outcome == routing.Chosen {
			c.Outcome, c.Detail = routing.Refused, why.Detail
		}
		r.Considered = append(r.Considered, c)
	}
	return r
}

// Get reads a message. ErrNotFound.
func (s *Service) Get(ctx context.Context, in site.Site, id string) (Message, error) {
	return s.store.Get(ctx, in, id)
}

// List reads a page of messages, newest first. A recipient is found however it is spelled.
func (s *Service) List(ctx context.Context, in site.Site, q Query) (Page, error) {
	if number, ok := Phone(q.To); ok {
		q.To = number
	}
	return s.store.List(ctx, in, q)
}

// Cancel takes back a message that is queued. ErrNotFound, ErrTooLate.
func (s *Service) Cancel(ctx context.Context, in site.Site, id string) (Message, error) {
	return s.store.Update(ctx, in, id, func(m Message) (Message, error) { return m.cancel(s.now()) })
}
