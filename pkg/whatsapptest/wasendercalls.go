package whatsapptest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var recipient = regexp.MustCompile(`^(\+?[0-9]{5,15}|[0-9-]+@(s\.whatsapp\.net|g\.us|newsletter|lid))$`)

func contentKeys() []string {
	return []string{"text", "imageUrl", "videoUrl", "documentUrl", "audioUrl", "stickerUrl", "contact", "location", "poll"}
}

func (s *WASender) sendMessage(one *session, _ string, p params, body []byte) reply {
	if wrong := judgeSend(p); len(wrong) > 0 {
		return invalid(wrong)
	}
	if !one.connected() {
		return failure(http.StatusBadRequest, "Your WhatsApp session is not connected.") // a guess
	}
	now := s.clock()
	if wait := one.next.Sub(now); wait > 0 {
		return one.tooEarly(wait)
	}
	one.next = now.Add(one.Pace)
	s.lastID++
	message := SentByWASender{
		MsgID: s.lastID, Session: one.ID, Body: body, At: now, Status: 1,
		Key: MessageKey{ID: newMessageID(), FromMe: true, RemoteJID: jidOf(p.text("to"))},
	}
	s.sent = append(s.sent, message)
	return done(object{{"msgId", message.MsgID}, {"jid", p.text("to")}, {"status", "in_progress"}})
}

// judgeSend finds what is wrong with a message, by the names of its members.
func judgeSend(p params) map[string][]string {
	wrong := map[string][]string{}
	switch to := p.text("to"); {
	case to == "":
		wrong["to"] = []string{"The to field is required."}
	case !recipient.MatchString(to):
		wrong["to"] = []string{"The to field format is invalid."}
	}
	if !slices.ContainsFunc(contentKeys(), p.has) {
		wrong["text"] = []string{"The text field is required when none of the media fields are present."}
	}
	for _, name := range contentKeys() {
		if value := p.text(name); strings.HasSuffix(name, "Url") && p.has(name) && !strings.HasPrefix(value, "http") {
			wrong[name] = []string{fmt.Sprintf("The %s field must be a valid URL.", name)}
		}
	}
	if p.has("poll") && len(p.object("poll").text("question")) == 0 {
		wrong["poll.question"] = []string{"The poll.question field is required."}
	}
	if p.has("contact") && p.object("contact").text("phone") == "" {
		wrong["contact.phone"] = []string{"The contact.phone field is required."}
	}
	return wrong
}

func invalid(wrong map[string][]string) reply {
	return reply{status: http.StatusUnprocessableEntity, body: object{{"success", false}, {"message", "Validation failed"}, {"errors", wrong}}}
}

func (o *session) connected() bool { return strings.EqualFold(or(o.Status, "connected"), "connected") }

// tooEarly has no member success, as the documentation shows it.
func (o *session) tooEarly(wait time.Duration) reply {
	seconds := int((wait + time.Second - 1) / time.Second)
	message := fmt.Sprintf("You have account protection enabled. You can only send 1 message every %d seconds.", int(o.Pace/time.Second))
	if o.Pace >= time.Minute {
		message = fmt.Sprintf("You are on a free trial. You can only send 1 message every %d minute.", int(o.Pace/time.Minute))
	}
	return reply{
		status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {strconv.Itoa(seconds)}},
		body: object{{"message", message}, {"retry_after", seconds}},
	}
}

// markRead wants the exact key of the webhook. What it answers for another one is not published: 404 is a guess.
func (s *WASender) markRead(_ *session, _ string, p params, _ []byte) reply {
	given := p.object("key")
	key := MessageKey{ID: given.text("id"), FromMe: given.isTrue("fromMe"), RemoteJID: given.text("remoteJid")}
	wrong := map[string][]string{}
	for name, missing := range map[string]bool{"key.id": key.ID == "", "key.remoteJid": key.RemoteJID == "", "key.fromMe": !given.has("fromMe")} {
		if missing {
			wrong[name] = []string{"The " + name + " field is required."}
		}
	}
	switch {
	case len(wrong) > 0:
		return invalid(wrong)
	case !slices.Contains(s.inbound, key):
		return failure(http.StatusNotFound, "Message not found.")
	}
	s.read = append(s.read, key)
	return done(object{{"status", "read"}})
}

// readStatus answers with a bare object.
func (s *WASender) readStatus(one *session, _ string, _ params, _ []byte) reply {
	return reply{status: http.StatusOK, body: object{{"status", or(one.Status, "connected")}}}
}

func (s *WASender) readUser(one *session, _ string, _ params, _ []byte) reply {
	return done(object{{"id", digits(one.PhoneNumber) + "@s.whatsapp.net"}, {"name", one.Name}, {"lid", "100000000000001@lid"}})
}

func (s *WASender) readMessage(one *session, path string, _ params, _ []byte) reply {
	id, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(path, "messages/"), "/info"))
	i := slices.IndexFunc(s.sent, func(m SentByWASender) bool { return m.MsgID == id && m.Session == one.ID })
	if i < 0 {
		return failure(http.StatusNotFound, "Message not found.") // a guess
	}
	m := s.sent[i]
	return done(object{
		{"remoteJid", m.Key.RemoteJID}, {"id", m.Key.ID}, {"msgId", m.MsgID}, {"key", m.Key}, {"message", object{{"conversation", textIn(m.Body)}}},
		{"messageTimestamp", strconv.FormatInt(m.At.Unix(), 10)}, {"status", m.Status},
	})
}

func textIn(body []byte) string {
	p := params{}
	_ = decode(body, &p)
	return p.text("text")
}

// newMessageID is in the form of WhatsApp's own.
func newMessageID() string { return "3EB0" + rand.Text()[:18] }

// jidOf is the chat with a number; what is a chat already stays.
func jidOf(to string) string {
	if strings.Contains(to, "@") {
		return to
	}
	return digits(to) + "@s.whatsapp.net"
}
