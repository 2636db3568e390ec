package whatsapptest

import "slices"

// markRead marks an incoming message as read. It may be repeated.
func (m *Meta) markRead(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	_, p, missing := m.phoneFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	id := c.params.text("message_id")
	typing := c.params.object("typing_indicator")
	switch {
	case c.params.text("messaging_product") != "whatsapp":
		return required("messaging_product").reply()
	case id == "":
		return required("message_id").reply()
	case c.params.has("typing_indicator") && typing.text("type") != "text":
		return invalidParameter(`Param typing_indicator['type'] must be one of {TEXT}.`).reply()
	case m.inbound[id] != p.ID:
		return newGraphError(131009, "Message with id "+id+" was not found.").reply()
	}
	m.receipts = append(m.receipts, Receipt{MessageID: id, PhoneID: p.ID, Typing: len(typing) > 0, At: m.clock()})
	return success()
}

// Receipts gives the read receipts that were accepted, in their order, repeated ones too.
func (m *Meta) Receipts() []Receipt {
	m.world.Lock()
	defer m.world.Unlock()
	return slices.Clone(m.receipts)
}

// Know makes the double know incoming messages of a number that it did not send itself, so that they can be marked as read. It knows
// those that [MetaWebhooks.Send] sent.
func (m *Meta) Know(phoneID string, messageIDs ...string) {
	m.world.Lock()
	defer m.world.Unlock()
	for _, id := range messageIDs {
		m.inbound[id] = phoneID
	}
}
