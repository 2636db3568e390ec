package whatsapptest

import (
	"errors"
	"net/http"
)

// Control takes orders for the double over HTTP, under [ControlPrefix]: PUT callback, POST messages, POST statuses, PUT session, POST and DELETE faults, GET and
// DELETE requests, GET sent and GET receipts. What is said of [Meta.Control] is true here too.
func (s *WASender) Control() http.Handler {
	c := s.orders()
	c["PUT callback"] = s.orderCallback
	c["POST messages"] = s.orderMessage
	c["POST statuses"] = s.orderStatus
	c["PUT session"] = s.orderSession
	c["GET sent"] = func(*http.Request, params) (any, error) { return append([]SentByWASender{}, s.Sent()...), nil }
	c["GET receipts"] = func(*http.Request, params) (any, error) { return append([]MessageKey{}, s.Receipts()...), nil }
	return c
}

// orderCallback reads {"url":"…"}, with secret to change the webhook secret. WASender asks a callback for nothing.
func (s *WASender) orderCallback(_ *http.Request, body params) (any, error) {
	known := s.SetSession(s.sessionIn(body), func(one *Session) {
		one.Callback = body.text("url")
		one.WebhookSecret = or(body.text("secret"), one.WebhookSecret)
	})
	if !known {
		return nil, errNoSession
	}
	return object{{"ok", true}}, nil
}

var errNoSession = errors.New("there is no such session")

// orderMessage reads {"text":"…"} with from, name and event at will.
func (s *WASender) orderMessage(r *http.Request, body params) (any, error) {
	e := Received{Event: body.text("event"), ID: body.text("id"), Text: body.text("text")}
	if from := body.text("from"); from != "" {
		e.From = Customer{Name: or(body.text("name"), "Customer"), WaID: digits(from)}
	}
	return outcome(s.hooksFor(body).Send(r.Context(), e))
}

// orderStatus reads {"msg_id":100000,"status":3}.
func (s *WASender) orderStatus(r *http.Request, body params) (any, error) {
	id, _ := body.number("msg_id")
	status, _ := body.number("status")
	update, err := s.Advance(int(id), int(status))
	if err != nil {
		return nil, err
	}
	return outcome(s.hooksFor(body).Send(r.Context(), update))
}

// orderSession reads {"status":"disconnected"}.
func (s *WASender) orderSession(r *http.Request, body params) (any, error) {
	update, err := s.ChangeSession(s.sessionIn(body), body.text("status"))
	if err != nil {
		return nil, err
	}
	return outcome(s.hooksFor(body).Send(r.Context(), update))
}

func (s *WASender) hooksFor(body params) *WASenderWebhooks {
	return s.Webhooks(s.sessionIn(body), "", options(body)...)
}

// sessionIn is the session that an order names, or the first.
func (s *WASender) sessionIn(body params) int {
	if id, given := body.number("session"); given || len(s.sessions) == 0 {
		return int(id)
	}
	s.world.Lock()
	defer s.world.Unlock()
	return s.sessions[0].ID
}
