package whatsapptest

import (
	"errors"
	"net/http"
)

// Control takes orders for the double over HTTP, under [ControlPrefix]: PUT callback, POST messages, POST statuses, POST changes, POST and DELETE faults, GET
// and DELETE requests, GET sent and GET receipts. Bodies and answers are JSON; an order that cannot be followed is a 422 with an error in words. Whoever
// reaches it commands the double, so serve it on loopback only.
func (m *Meta) Control() http.Handler {
	c := m.orders()
	c["PUT callback"] = m.orderCallback
	c["POST messages"] = m.orderMessage
	c["POST statuses"] = m.orderStatus
	c["POST changes"] = m.orderChange
	c["GET sent"] = func(*http.Request, params) (any, error) { return append([]Sent{}, m.Sent()...), nil }
	c["GET receipts"] = func(*http.Request, params) (any, error) { return append([]Receipt{}, m.Receipts()...), nil }
	return c
}

// orderCallback reads {"url":"…","verify_token":"…"} and saves the callback of an app as the dashboard does.
func (m *Meta) orderCallback(r *http.Request, body params) (any, error) {
	if err := m.SetCallback(r.Context(), m.appIn(body), body.text("url"), body.text("verify_token")); err != nil {
		return nil, err
	}
	return object{{"verified", true}}, nil
}

// orderMessage reads {"text":"…"} with from, name and phone_id at will.
func (m *Meta) orderMessage(r *http.Request, body params) (any, error) {
	e := Incoming{PhoneID: body.text("phone_id"), ID: body.text("id"), ReplyTo: body.text("reply_to"), From: SampleCustomer()}
	if from := body.text("from"); from != "" {
		e.From = Customer{Name: or(body.text("name"), "Customer"), WaID: digits(from)}
	}
	if text := body.text("text"); text != "" {
		e.Content = Text(text)
	}
	return outcome(m.hooksFor(body).Send(r.Context(), e))
}

// orderStatus reads {"id":"wamid.…","status":"delivered"}, with code for a failed one.
func (m *Meta) orderStatus(r *http.Request, body params) (any, error) {
	sent, i := m.Sent(), -1
	for place, s := range sent {
		if s.ID == body.text("id") {
			i = place
		}
	}
	if i < 0 {
		return nil, errors.New("no message with this id was sent; GET " + ControlPrefix + "sent lists them")
	}
	e := StatusOf(sent[i], or(body.text("status"), "delivered"))
	if code, given := body.number("code"); given {
		e.Errors = []ErrorItem{{Code: int(code), Details: body.text("details")}}
	}
	return outcome(m.hooksFor(body).Send(r.Context(), e))
}

// orderChange reads {"field":"account_update","value":{…}}.
func (m *Meta) orderChange(r *http.Request, body params) (any, error) {
	if !body.has("field") || !body.has("value") {
		return nil, errors.New("field and value are required")
	}
	return outcome(m.hooksFor(body).Send(r.Context(), Change{BusinessID: body.text("business_id"), Field: body.text("field"), Value: body["value"]}))
}

func (m *Meta) hooksFor(body params) *MetaWebhooks {
	return m.Webhooks(m.appIn(body), "", options(body)...)
}

// appIn is the app that an order names, or the first.
func (m *Meta) appIn(body params) string {
	if id := body.text("app_id"); id != "" || len(m.apps) == 0 {
		return id
	}
	return m.apps[0].ID
}
