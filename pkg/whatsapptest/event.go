package whatsapptest

import (
	"fmt"
	"strconv"
	"time"
)

// Event is something that Meta tells by a webhook: [Incoming], [Status], [NumberErrors] or a [Change].
type Event interface {
	// change makes the event's part of a body. The world is locked.
	change(m *Meta) (change, error)
}

// Customer is a user who writes to a business.
type Customer struct {
	// Name is the profile's name.
	Name string
	// Username is the profile's user name, if there is one.
	Username string
	// WaID is the number as digits. Empty is a user whose number businesses do not learn: from and wa_id are left out.
	WaID string
	// UserID is the business-scoped user id.
	UserID string
}

func (c Customer) contact() object {
	profile := object{{"name", c.Name}}.with("username", c.Username)
	return object{{"profile", profile}}.with("wa_id", c.WaID).with("user_id", c.UserID)
}

// Incoming is a message from a user.
type Incoming struct {
	// PhoneID is the number that was written to; empty is the first of the double.
	PhoneID string
	// From is who writes; the zero Customer is [SampleCustomer].
	From Customer
	// ID is the wamid; empty gets one, which [Delivery.MessageIDs] tells.
	ID string
	// At is when it was written; zero is now.
	At time.Time
	// Content is what it says; the zero Content is a text.
	Content Content
	// ReplyTo is the wamid of the message of the business that it answers, if any.
	ReplyTo string
}

func (e Incoming) change(m *Meta) (change, error) {
	c, err := m.changeOf(e.PhoneID)
	if err != nil {
		return change{}, err
	}
	if e.From == (Customer{}) {
		e.From = SampleCustomer()
	}
	said := e.Content
	if said.kind == "" {
		said = Text("Hello")
	}
	if e.ID == "" {
		e.ID = newWamid(or(e.From.WaID, e.From.UserID), incoming)
	}
	if !said.system {
		c.contacts = []object{e.From.contact()}
	}
	message := object{}.with("from", e.From.WaID)
	if !said.system {
		message = message.with("from_user_id", e.From.UserID)
	}
	message = append(message, object{{"id", e.ID}, {"timestamp", m.seconds(e.At)}, {"type", said.kind}}...)
	message = append(message, said.members...)
	if e.ReplyTo != "" {
		message = append(message, member{"context", object{{"from", digits(c.number)}, {"id", e.ReplyTo}}})
	}
	c.messages, c.ids = []object{message}, []string{e.ID}
	m.inbound[e.ID] = c.phone
	delete(m.shut, e.From.WaID)
	delete(m.shut, e.From.UserID)
	return c, nil
}

// seconds is a time as messages and statuses have it.
func (m *Meta) seconds(at time.Time) string {
	if at.IsZero() {
		at = m.clock()
	}
	return strconv.FormatInt(at.Unix(), 10)
}

// Status tells what became of a message of the business.
type Status struct {
	// PhoneID is the number that sent it; empty is the first of the double.
	PhoneID string
	// MessageID is the wamid that the sender was told.
	MessageID string
	// Status is sent, delivered, read, failed or played.
	Status string
	// To is who got it; the zero Customer is [SampleCustomer].
	To Customer
	// At is when; zero is now.
	At time.Time
	// CallbackData is the biz_opaque_callback_data of the message.
	CallbackData string
	// Category is the price's category, on sent; empty is utility.
	Category string
	// Errors say why it failed.
	Errors []ErrorItem
}

// StatusOf is a status of a message that was sent.
func StatusOf(s Sent, status string) Status {
	to := Customer{Name: "Customer", WaID: s.To}
	if bsuid.MatchString(s.To) {
		to = Customer{Name: "Customer", UserID: s.To}
	}
	return Status{PhoneID: s.PhoneID, MessageID: s.ID, Status: status, To: to, CallbackData: s.CallbackData}
}

func (e Status) change(m *Meta) (change, error) {
	c, err := m.changeOf(e.PhoneID)
	if err != nil {
		return change{}, err
	}
	if e.To == (Customer{}) {
		e.To = SampleCustomer()
	}
	failed := len(e.Errors) > 0
	status := object{{"id", e.MessageID}, {"status", e.Status}, {"timestamp", m.seconds(e.At)}}.with("recipient_id", e.To.WaID)
	if !failed { // failed ones come without contacts and user ids
		c.contacts = []object{e.To.contact()}
		status = status.with("recipient_user_id", e.To.UserID)
	}
	status = status.with("biz_opaque_callback_data", e.CallbackData)
	if e.Status == "sent" {
		status = append(status, member{"pricing", object{
			{"billable", true}, {"pricing_model", "PMP"}, {"type", "regular"}, {"category", or(e.Category, "utility")},
		}})
	}
	if failed {
		status = append(status, member{"errors", errorObjects(e.Errors)})
	}
	c.statuses = []object{status}
	return c, nil
}

// ErrorItem is one of the errors of a status, a message or a value.
type ErrorItem struct {
	// Code is Meta's.
	Code int
	// Title is empty for what Meta's list says.
	Title string
	// Details is error_data.details.
	Details string
}

func (i ErrorItem) object() object {
	_, listed := titleOf(i.Code)
	title := or(i.Title, listed)
	return object{
		{"code", i.Code}, {"title", title}, {"message", title}, {"error_data", object{{"details", i.Details}}},
		{"href", "/documentation/business-messaging/whatsapp/support/error-codes"},
	}
}

func errorObjects(items []ErrorItem) []object {
	all := make([]object, len(items))
	for i, item := range items {
		all[i] = item.object()
	}
	return all
}

// NumberErrors are errors of a number that concern no message.
type NumberErrors struct {
	// PhoneID is the number; empty is the first of the double.
	PhoneID string
	// Errors are what is wrong.
	Errors []ErrorItem
}

func (e NumberErrors) change(m *Meta) (change, error) {
	c, err := m.changeOf(e.PhoneID)
	c.errors = errorObjects(e.Errors)
	return c, err
}

// changeOf begins a change about a number. The world is locked.
func (m *Meta) changeOf(phoneID string) (change, error) {
	for _, b := range m.businesses {
		for _, p := range b.phones {
			if phoneID == "" || p.ID == phoneID {
				return change{business: b.ID, field: "messages", phone: p.ID, number: p.DisplayNumber}, nil
			}
		}
	}
	return change{}, fmt.Errorf("whatsapptest: there is no phone number %s", or(phoneID, "at all"))
}
