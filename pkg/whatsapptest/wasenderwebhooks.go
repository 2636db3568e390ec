package whatsapptest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// WASenderWebhooks sends the webhooks of one session: JSON with the webhook secret in clear. It is safe for concurrent use.
type WASenderWebhooks struct {
	double   *WASender
	session  int
	callback string
	options  []SendOption
}

// Webhooks sends the webhooks of a session to a callback URL; without one, to the session's own.
func (s *WASender) Webhooks(sessionID int, callback string, options ...SendOption) *WASenderWebhooks {
	return &WASenderWebhooks{double: s, session: sessionID, callback: callback, options: options}
}

// With gives a sender with further options.
func (h *WASenderWebhooks) With(options ...SendOption) *WASenderWebhooks {
	changed := *h
	changed.options = append(slices.Clone(h.options), options...)
	return &changed
}

// Send sends an event. The error says why there was no answer; an answer that is not 200 is no error, see [Delivery].
func (h *WASenderWebhooks) Send(ctx context.Context, e WASenderEvent) (Delivery, error) {
	h.double.world.Lock()
	i := slices.IndexFunc(h.double.sessions, func(one *session) bool { return one.ID == h.session })
	if i < 0 {
		h.double.world.Unlock()
		return Delivery{}, fmt.Errorf("whatsapptest: there is no session %d", h.session)
	}
	d := Delivery{}
	d.Body = encode(e.body(h.double, h.double.sessions[i], &d))
	one := h.double.sessions[i].Session
	h.double.world.Unlock()
	return h.deliver(ctx, one, d)
}

// SendEach sends several events in the order of the options, and gives what became of them in the order of the events. It stops at the first error.
func (h *WASenderWebhooks) SendEach(ctx context.Context, events ...WASenderEvent) ([]Delivery, error) {
	all := make([]Delivery, len(events))
	for _, i := range newSending(h.options).places(len(events)) {
		d, err := h.Send(ctx, events[i])
		all[i] = d
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func (h *WASenderWebhooks) deliver(ctx context.Context, one Session, d Delivery) (Delivery, error) {
	s, secret, to := newSending(h.options), one.WebhookSecret, or(h.callback, one.Callback)
	if to == "" {
		return Delivery{}, fmt.Errorf("whatsapptest: session %d has no callback URL", one.ID)
	}
	if s.secret != nil {
		secret = *s.secret
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if !s.unsigned && secret != "" {
		header.Set(SecretHeader, secret)
		d.Signature = secret
	}
	err := s.send(ctx, h.double.client, to, header, &d)
	return d, err
}
