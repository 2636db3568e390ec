package whatsapptest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
)

var bsuid = regexp.MustCompile(`^[A-Z]{2}\.(ENT\.)?[0-9A-Za-z]{1,128}$`)

// draft is a message that is being judged.
type draft struct {
	params

	business *business
	phone    *phone
	kind     string // its type
	input    string // whom it is for, as it was said
	to       string // digits, a BSUID or a group
}

func (m *Meta) sendMessage(c graphCall, token Token) reply {
	m.world.Lock()
	defer m.world.Unlock()
	b, p, missing := m.phoneFor(c, token)
	if missing != nil {
		return missing.reply()
	}
	d := draft{params: c.params, business: b, phone: p, kind: or(c.params.text("type"), "text")}
	if refused := m.judge(&d); refused != nil {
		return refused.reply()
	}
	s := Sent{
		ID: newWamid(d.to, outgoing), PhoneID: p.ID, To: d.to, Type: d.kind, CallbackData: d.text("biz_opaque_callback_data"), At: m.clock(), Body: c.body,
	}
	m.sent = append(m.sent, s)
	return accepted(s, d)
}

func accepted(s Sent, d draft) reply {
	user, message := object{{"input", d.input}, {"wa_id", s.To}}, object{{"id", s.ID}}
	if bsuid.MatchString(s.To) {
		user[1].name = "user_id"
	}
	if d.kind == "template" {
		message = append(message, member{"message_status", "accepted"})
	}
	return reply{status: http.StatusOK, body: object{
		{"messaging_product", "whatsapp"}, {"contacts", []object{user}}, {"messages", []object{message}},
	}}
}

// judge finds what is wrong with a message: with its envelope, its content, and then with the moment.
func (m *Meta) judge(d *draft) *graphError {
	if refused := d.judgeEnvelope(); refused != nil {
		return refused
	}
	if refused := d.judgeContent(); refused != nil {
		return refused
	}
	if refused := d.phone.judge(); refused != nil {
		return refused
	}
	if d.kind != "template" && (m.shut[""] || m.shut[d.to]) {
		return newGraphError(131047, "Message failed to send because more than 24 hours have passed since the customer last replied to this number.")
	}
	return nil
}

func (d *draft) judgeEnvelope() *graphError {
	if product := d.text("messaging_product"); product != "whatsapp" {
		return required("messaging_product")
	}
	if to := d.text("recipient_type"); to != "" && to != "individual" && to != "group" {
		return invalidParameter("Param recipient_type must be one of {individual, group} - got \"" + to + "\".")
	}
	if len(d.text("biz_opaque_callback_data")) > 512 {
		return invalidParameter("Param biz_opaque_callback_data must be at most 512 characters long.")
	}
	return d.address()
}

// address finds whom the message is for. If a number and a user id are given, the number wins.
func (d *draft) address() *graphError {
	to, user := d.text("to"), d.text("recipient")
	number := digits(to)
	switch {
	case to == "" && user == "":
		return required("to")
	case d.text("recipient_type") == "group":
		d.input, d.to = to, to
	case to != "" && (len(number) < 5 || len(number) > 15):
		return newGraphError(131009, "Param to is not a valid phone number.")
	case to != "" && number == digits(d.phone.DisplayNumber):
		return newGraphError(131021, "Sender and recipient phone number is the same.")
	case to != "":
		d.input, d.to = to, number
	case !bsuid.MatchString(user):
		return newGraphError(131009, "Param recipient is not a valid business-scoped user id.")
	default:
		d.input, d.to = user, user
	}
	return nil
}

// judge says why a number cannot send.
func (p *phone) judge() *graphError {
	switch {
	case p.sends():
		return nil
	case slices.Contains([]string{"BANNED", "RESTRICTED"}, p.status()):
		return newGraphError(131031, "Business Account has been locked.")
	case p.status() == "RATE_LIMITED":
		return newGraphError(130429, "Message failed to send because there were too many messages sent from this phone number in a short period of time.")
	}
	return newGraphError(133010, "The account does not exist in Cloud API: it is "+p.status()+".")
}

func required(name string) *graphError {
	e := invalidParameter("")
	e.message = fmt.Sprintf("(#100) The parameter %s is required.", name)
	return e
}

// Sent gives the messages that were accepted, in their order. Each has the id that its sender was told.
func (m *Meta) Sent() []Sent {
	m.world.Lock()
	defer m.world.Unlock()
	return slices.Clone(m.sent)
}

// CloseWindow ends the 24-hour service window of these users, who are wa_ids or business-scoped user ids; without users, of everybody. Only templates reach them
// then, everything else is error 131047. An incoming message, or [Meta.OpenWindow], opens it.
func (m *Meta) CloseWindow(users ...string) {
	m.world.Lock()
	defer m.world.Unlock()
	for _, user := range everybody(users) {
		m.shut[user] = true
	}
}

// OpenWindow ends what [Meta.CloseWindow] began; without users, for everybody.
func (m *Meta) OpenWindow(users ...string) {
	m.world.Lock()
	defer m.world.Unlock()
	if len(users) == 0 {
		clear(m.shut)
	}
	for _, user := range users {
		delete(m.shut, user)
	}
}

func everybody(users []string) []string {
	if len(users) == 0 {
		return []string{""}
	}
	return users
}
