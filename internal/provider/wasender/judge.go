package wasender

import (
	"regexp"
	"strconv"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/content"
)

// groupID is a group's address at WhatsApp.
var groupID = regexp.MustCompile(`^[0-9]+(-[0-9]+)?@g\.us$`)

// ownID is WASender's id of a message.
var ownID = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// Judge implements provider.Sender. The limits are those of the Cloud API, because a message means the same whoever sends it; WASender names none.
func (p *Provider) Judge(m provider.Outgoing) (lack provider.Capability, wrong fault.Fields) {
	if m.Composed == nil {
		var c content.Content
		c, wrong = content.Read(m.Type, m.Content)
		lack = p.lack(c.Needs())
		judgeContent(c, &wrong)
	}
	if m.ReplyTo != "" && !ownID.MatchString(m.ReplyTo) {
		wrong.Add("/context/message_id", "invalid_value", "Leave context out, or write the msgId of the message: WASender quotes only by its own numeric id.")
	}
	judgeRecipient(m.To, &wrong)
	return lack, wrong
}

// lack is the capability if it is missing. A type that nobody knows needs none.
func (p *Provider) lack(needed provider.Capability) provider.Capability {
	if needed == "" || p.spec.Can(needed) {
		return ""
	}
	return needed
}

func judgeRecipient(to provider.Recipient, wrong *fault.Fields) {
	switch {
	case to.Kind == provider.ToUser:
		wrong.Add("/recipient", "invalid_value", "Write the telephone number into to instead: WASender knows no user ids of Meta's.")
	case to.Kind == provider.ToGroup && !groupID.MatchString(to.Value):
		wrong.Add("/to", "invalid_value", "Write to as the address of the group at WhatsApp, which ends in @g.us.")
	}
}

// judgeContent notes what WASender cannot say of what the Cloud API can.
func judgeContent(c content.Content, wrong *fault.Fields) {
	if c.Media != nil && c.Media.ID != "" {
		wrong.Add("/"+string(c.Type)+"/id", "invalid_value", "Write the public address of the file into link instead: WASender has no files with ids.")
	}
	if len(c.Contacts) > 1 {
		wrong.Add("/contacts", "invalid_value", "Send one contact in each message: WASender takes no more.")
	}
	for i, contact := range c.Contacts {
		judgeContact("/contacts/"+strconv.Itoa(i), contact, wrong)
	}
}

func judgeContact(at string, c content.Contact, wrong *fault.Fields) {
	if len(c.Phones) != 1 || c.Phones[0] == "" {
		wrong.Add(at+"/phones", "invalid_value", "Write exactly one telephone number: WASender sends a name and a number.")
	}
	for _, part := range c.Beyond {
		wrong.Add(at+"/"+part, "invalid_value", "Leave "+part+" out: WASender sends a name and a number of a contact.")
	}
}
