package whatsapptest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// MetaWebhooks sends webhooks of one app as Meta does: JSON that is escaped and then signed with the app secret. It is safe for
// concurrent use.
type MetaWebhooks struct {
	meta     *Meta
	app      App
	callback string
	options  []SendOption
}

// Webhooks sends the webhooks of an app to a callback URL. Without a URL they go where Meta would send them: to the override of the number,
// else that of the account, else the app's own callback; and only if the app is subscribed to the account. An app that the
// double does not know signs with an empty secret.
func (m *Meta) Webhooks(appID, callback string, options ...SendOption) *MetaWebhooks {
	a, _ := m.app(appID)
	a.ID = appID
	return &MetaWebhooks{meta: m, app: a, callback: callback, options: options}
}

// With gives a sender with further options.
func (h *MetaWebhooks) With(options ...SendOption) *MetaWebhooks {
	changed := *h
	changed.options = append(slices.Clone(h.options), options...)
	return &changed
}

// Verify sends the verification request with this token. The error wraps [ErrNotVerified].
func (h *MetaWebhooks) Verify(ctx context.Context, verifyToken string) error {
	return verify(ctx, h.meta.client, h.callback, verifyToken)
}

// Send sends the events in one body. The error says why there was no answer, or that an event is about nothing that the double knows; an answer that is
// not 200 is no error, see [Delivery].
func (h *MetaWebhooks) Send(ctx context.Context, events ...Event) (Delivery, error) {
	s := newSending(h.options)
	changes, to, err := h.compose(events)
	if err != nil {
		return Delivery{}, err
	}
	body := encode(envelope(changes, s.packing))
	if !s.unescaped {
		body = Escape(body)
	}
	d := Delivery{Body: body}
	for _, c := range changes {
		d.MessageIDs = append(d.MessageIDs, c.ids...)
	}
	return h.deliver(ctx, s, to, d)
}

// SendEach sends each event in a body of its own, in the order of the options, and gives what became of them in the order of the events.
// It stops at the first error.
func (h *MetaWebhooks) SendEach(ctx context.Context, events ...Event) ([]Delivery, error) {
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

// SendBody sends a body of your own as it is, signed over these bytes; without a URL, to the app's own callback. The double does not read
// it: tell it of the incoming messages in it with [Meta.Know] if they are to be marked as read.
func (h *MetaWebhooks) SendBody(ctx context.Context, body []byte) (Delivery, error) {
	a, _ := h.meta.app(h.app.ID)
	return h.deliver(ctx, newSending(h.options), or(h.callback, a.Callback), Delivery{Body: body})
}

func (h *MetaWebhooks) deliver(ctx context.Context, s sending, to string, d Delivery) (Delivery, error) {
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {userAgent}}
	if !s.unsigned {
		secret := h.app.Secret
		if s.secret != nil {
			secret = *s.secret
		}
		d.Signature = Sign(secret, d.Body)
		header.Set(SignatureHeader, d.Signature)
	}
	err := s.send(ctx, h.meta.client, to, header, &d)
	return d, err
}

// compose makes the changes of a body, and finds where it goes.
func (h *MetaWebhooks) compose(events []Event) (changes []change, to string, err error) {
	h.meta.world.Lock()
	defer h.meta.world.Unlock()
	to = h.callback
	for i, e := range events {
		c, err := e.change(h.meta)
		if err != nil {
			return nil, "", err
		}
		changes = append(changes, c)
		if h.callback != "" {
			continue
		}
		target, err := h.destination(c)
		if err != nil {
			return nil, "", err
		}
		if i > 0 && target != to {
			return nil, "", fmt.Errorf("whatsapptest: one body cannot go both to %s and to %s", to, target)
		}
		to = target
	}
	return changes, to, nil
}

// destination is where Meta would send a change. Overrides are for messages only. The world is locked.
func (h *MetaWebhooks) destination(c change) (string, error) {
	b := h.meta.business(c.business)
	if b == nil || !slices.Contains(b.Apps, h.app.ID) {
		return "", fmt.Errorf("whatsapptest: app %s is not subscribed to account %s, so Meta sends it nothing", h.app.ID, c.business)
	}
	to := ""
	if c.phone != "" {
		_, p := h.meta.phone(c.phone)
		to = or(p.override, b.overrides[h.app.ID])
	}
	for _, a := range h.meta.apps {
		if a.ID == h.app.ID {
			to = or(to, a.Callback)
		}
	}
	if to == "" {
		return "", fmt.Errorf("whatsapptest: app %s has no callback URL", h.app.ID)
	}
	return to, nil
}
