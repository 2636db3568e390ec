package httpapi

import (
	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// messageAnswer is a message as it is answered.
func messageAnswer(of message.Message) v1.Message {
	out := v1.Message{
		ID: of.ID, Status: string(of.Status), AccountID: of.AccountID, Reason: string(of.Reason), TemplateID: unlessEmpty(of.TemplateID), BulkID: unlessEmpty(of.BulkID),
		To: of.To.Value, RecipientType: "individual", Type: string(of.Type), Content: of.Content, ContextMessageID: unlessEmpty(of.ReplyTo), Reference: unlessEmpty(of.Reference),
		IfUnknown: string(of.IfUnknown), ProviderMessageID: unlessEmpty(of.ProviderID), Attempts: of.Attempts, Error: messageProblem(of.Problem),
		SendAfter: timeOrNull(of.SendAfter), DiscardAfter: timeOrNull(of.DiscardAfter), CreatedAt: v1.Time{Time: of.CreatedAt}, UpdatedAt: v1.Time{Time: of.UpdatedAt},
	}
	if of.Content == nil {
		out.Content = of.Composed
	}
	switch of.To.Kind {
	case provider.ToUser, provider.ToGroup:
		out.RecipientType = string(of.To.Kind)
	case provider.ToPhone:
	}
	for _, s := range of.Timeline {
		step := v1.MessageStep{At: v1.Time{Time: s.At}, Step: s.Step, Error: messageProblem(s.Problem), Until: timeOrNull(s.Until)}
		if s.Attempt > 0 {
			step.Attempt = &s.Attempt
		}
		out.Timeline = append(out.Timeline, step)
	}
	return out
}

func messageProblem(p *message.Problem) *v1.MessageProblem {
	if p == nil {
		return nil
	}
	return &v1.MessageProblem{Code: unlessEmpty(p.Code), Class: string(p.Class), Meaning: p.Meaning, Detail: unlessEmpty(p.Detail), Fix: p.Fix}
}
