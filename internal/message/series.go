package message

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/routing"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// Series makes messages of one template for many recipients. What is the same for all of them is decided once, and by the rules of a single message.
type Series struct {
	Decision routing.Decision

	service *Service
	ask     Draft
	site    site.Site
}

// Series decides about messages of a template as Accept does about one, but for their recipients and values: the draft has neither. Invalid with every member
// at fault, a *routing.Refusal when no account may send them.
func (s *Service) Series(ctx context.Context, in site.Site, ask Draft) (*Series, error) {
	wrong := ask.Wrong
	ask.Wrong = nil
	judgeTimes(ask, s.now(), &wrong)
	if len(wrong) > 0 {
		return nil, wrong.Err()
	}
	d, err := s.router.Route(ctx, in, routing.Query{AccountID: ask.AccountID, TemplateID: ask.TemplateID, Kind: routing.Kind(provider.TypeTemplate), Direction: account.Outgoing})
	return &Series{service: s, site: in, ask: ask, Decision: d}, err
}

// Message makes the message to one recipient. Invalid with every member at fault: /to, /parameters/1.
func (r *Series) Message(to, reference string, p template.Parameters) (Message, error) {
	ask := r.ask
	ask.To, ask.Reference, ask.Parameters = to, reference, p
	ask.SendAfter, ask.DiscardAfter = time.Time{}, time.Time{} // which were judged, and are the same for all
	m, wrong := r.service.blank(r.site, ask, r.service.now())
	m.AccountID, m.Reason, m.TemplateID = r.Decision.Account.ID, r.Decision.Reason, r.Decision.Template.ID
	composed, err := r.service.templates.Compose(r.Decision.Account, *r.Decision.Template, p)
	if err != nil {
		known, is := errors.AsType[*fault.Error](err)
		if !is || known.Kind != fault.Invalid || len(known.Fields) == 0 {
			return m, err
		}
		return m, append(wrong, known.Fields...).Err()
	}
	if len(wrong) > 0 {
		return m, wrong.Err()
	}
	m.Composed, m.SendAfter = composed, r.ask.SendAfter
	if !r.ask.DiscardAfter.IsZero() {
		m.DiscardAfter = r.ask.DiscardAfter
	}
	return m, r.service.judge(m, r.Decision)
}

// Fail makes the message one that is not sent, and says why.
func (m Message) Fail(p *Problem, now time.Time) Message { return m.fail(p, now) }

// Cancel takes the message back. ErrTooLate.
func (m Message) Cancel(now time.Time) (Message, error) { return m.cancel(now) }

// Revive has a message that failed sent again, as if it had just been accepted: until a time, or for as long as any message if that is zero. Any other is left
// as it is.
func (m Message) Revive(until, now time.Time) Message {
	if m.Status != Failed {
		return m
	}
	if until.IsZero() {
		until = now.Add(Lifetime)
	}
	m.Status, m.Problem, m.ProviderID, m.Attempts, m.PacedUntil, m.SendAfter, m.DiscardAfter = Queued, nil, "", 0, time.Time{}, time.Time{}, until
	m.note(Step{At: now, Step: string(Queued)})
	return m
}

// RefusalOf is the problem of a message that no account may send.
func RefusalOf(r *routing.Refusal) *Problem {
	return &Problem{Code: r.Fault.Code, Class: provider.ClassAccount, Meaning: r.Fault.Detail, Fix: r.Fault.Fix}
}

// OfTemplate is a message of a composed template that has just been accepted, to a telephone number in E.164. It lacks what it belongs to.
func OfTemplate(id, to string, composed json.RawMessage, now time.Time) Message {
	m := Message{ID: id, To: provider.Recipient{Kind: provider.ToPhone, Value: to}, Type: provider.TypeTemplate, Composed: composed, Status: Queued, CreatedAt: now}
	m.note(Step{At: now, Step: string(Queued)})
	return m
}
