package whatsapptest

import (
	"fmt"
	"strings"
	"time"
)

// WASenderEvent is something that WASender tells by a webhook: [Received] or an [Update].
type WASenderEvent interface {
	// body makes the whole body. The world is locked.
	body(s *WASender, one *session, d *Delivery) object
}

// The events that bring a message. They differ in the form of data.messages.
const (
	// MessagesReceived has an object there.
	MessagesReceived = "messages.received"
	// MessagesUpsert has a list there.
	MessagesUpsert = "messages.upsert"
)

// Received is a message from a user.
type Received struct {
	// Event is [MessagesReceived], [MessagesUpsert] or a kin of the first, such as messages-group.received; empty is the first.
	Event string
	// From is the user; the zero Customer is [SampleCustomer].
	From Customer
	// Hidden tells that the chat shows no number but a LID; the number is in senderPn.
	Hidden bool
	// Group is the JID of a group, if it was written there.
	Group string
	// ID is the message's; empty gets one, which [Delivery.MessageIDs] tells.
	ID string
	// Text is what it says; empty is Hello.
	Text string
	// Message replaces the member message, for other kinds than text. Then Text is not used.
	Message map[string]any
	// At is when; zero is now.
	At time.Time
	// FromMe tells that the session itself sent it, from another device.
	FromMe bool
}

func (e Received) body(s *WASender, one *session, d *Delivery) object {
	if e.From == (Customer{}) {
		e.From = SampleCustomer()
	}
	key := MessageKey{ID: or(e.ID, newMessageID()), FromMe: e.FromMe, RemoteJID: e.chat()}
	d.MessageIDs = []string{key.ID}
	if !e.FromMe {
		s.inbound = append(s.inbound, key)
	}
	at := s.at(e.At)
	message := object{{"key", e.key(key)}}
	if e.Message == nil {
		text := or(e.Text, "Hello")
		message = append(message, object{{"messageBody", text}, {"message", object{{"conversation", text}}}}...)
	} else {
		message = append(message, member{"message", e.Message})
	}
	message = append(message, object{{"pushName", e.From.Name}, {"messageTimestamp", at.Unix()}}...)
	event := or(e.Event, MessagesReceived)
	var messages any = message
	if event == MessagesUpsert {
		messages = []object{message}
	}
	return object{
		{"event", event}, {"sessionId", one.APIKey}, {"timestamp", at.Unix()}, {"data", object{{"messages", messages}}},
	}
}

func (e Received) chat() string {
	switch {
	case e.Group != "":
		return e.Group
	case e.Hidden:
		return "555555555@lid"
	}
	return jidOf(e.From.WaID)
}

// key is the key with what WASender adds: who wrote it, in several notations.
func (e Received) key(k MessageKey) object {
	o := object{{"id", k.ID}, {"fromMe", k.FromMe}, {"remoteJid", k.RemoteJID}}
	if e.Group != "" {
		return append(o, object{
			{"participant", jidOf(e.From.WaID)}, {"participantPn", jidOf(e.From.WaID)}, {"cleanedParticipantPn", e.From.WaID}, {"participantLid", "555555555@lid"},
		}...)
	}
	mode := "pn"
	if e.Hidden {
		mode = "lid"
	}
	return append(o, object{
		{"addressingMode", mode}, {"senderPn", jidOf(e.From.WaID)}, {"cleanedSenderPn", e.From.WaID}, {"senderLid", "555555555@lid"},
	}...)
}

func (s *WASender) at(when time.Time) time.Time {
	if when.IsZero() {
		return s.clock()
	}
	return when
}

// Update is an event of any other kind. The functions below make the usual ones.
type Update struct {
	// Event is its name.
	Event string
	// Data is anything that is JSON.
	Data any
	// At is when; zero is now.
	At time.Time

	millis bool // the unit of its timestamp
}

func (e Update) body(s *WASender, one *session, _ *Delivery) object {
	at := s.at(e.At)
	stamp := at.Unix()
	if e.millis {
		stamp = at.UnixMilli()
	}
	return object{{"event", e.Event}, {"sessionId", one.APIKey}, {"data", e.Data}, {"timestamp", stamp}}
}

// MessageUpdate tells the status of a message: 0 error, 1 pending, 2 sent, 3 delivered, 4 read, 5 played. Its timestamp is in milliseconds, unlike others.
func MessageUpdate(key MessageKey, status int) Update {
	return Update{Event: "messages.update", millis: true, Data: object{{"update", object{{"status", status}}}, {"key", key}}}
}

// ReceiptUpdate tells that a member of a group got a message.
func ReceiptUpdate(key MessageKey, userJID string, at time.Time) Update {
	receipt := object{{"userJid", userJID}, {"receiptTimestamp", at.Unix()}}
	member := object{{"id", key.ID}, {"fromMe", key.FromMe}, {"remoteJid", key.RemoteJID}, {"participant", userJID}}
	return Update{Event: "message-receipt.update", Data: object{{"message", object{{"key", member}, {"receipt", receipt}}}}}
}

// ChangeSession changes the status of a session, and gives the webhook that tells.
func (s *WASender) ChangeSession(id int, status string) (Update, error) {
	if !s.SetSession(id, func(one *Session) { one.Status = status }) {
		return Update{}, fmt.Errorf("whatsapptest: there is no session %d", id)
	}
	return Update{Event: "session.status", Data: object{{"status", strings.ToLower(status)}, {"session_id", fmt.Sprint(id)}}}, nil
}

// Advance changes the status of a message that was sent, and gives the webhook that tells. The numbers are those of [MessageUpdate].
func (s *WASender) Advance(msgID, status int) (Update, error) {
	s.world.Lock()
	defer s.world.Unlock()
	for i := range s.sent {
		if s.sent[i].MsgID == msgID {
			s.sent[i].Status = status
			return MessageUpdate(s.sent[i].Key, status), nil
		}
	}
	return Update{}, fmt.Errorf("whatsapptest: there is no message %d", msgID)
}
