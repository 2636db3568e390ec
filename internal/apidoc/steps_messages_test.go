package apidoc_test

import (
	"context"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/queue"
	"github.com/ivendnext/whatsapp-accounts/internal/store"
)

// carrier takes every message but those whose reference says late.
type carrier struct{}

func (carrier) Carry(_ context.Context, _ account.Account, m provider.Outgoing, begin func() error) (provider.Accepted, error) {
	if err := begin(); err != nil {
		return provider.Accepted{}, err
	}
	if strings.Contains(string(m.Content), "store closes") {
		return provider.Accepted{}, &provider.CallError{
			Class: provider.ClassPermanent, Code: "131047", Meaning: "More than 24 hours have passed since the recipient's last message.",
			Detail: "Re-engagement message", Fix: "Send an approved template instead.",
		}
	}
	return provider.Accepted{ID: "wamid.HBgMOTcxNTAxMjM0NTY3FQIAERgSMUE="}, nil
}

func (carrier) Rules(account.Account) provider.SendRules { return provider.SendRules{} }

func (untold) Message(string) {}

// sender gives what sends messages, as the program does in the background.
func (w *tour) sender(db *store.DB) func() {
	return func() {
		w.t.Helper()
		w.now, w.ids = w.now.Add(time.Minute), 0
		s := message.NewSender(db.Messages(), db.Accounts(), carrier{}, untold{}, message.Options{UnknownWait: time.Minute, Now: w.clock, Log: quiet()})
		w.jobs(db, message.Queue, func(j queue.Job) (func(context.Context) error, error) {
			return s.Send(w.t.Context(), j.Site, j.Subject)
		})
	}
}

// message sends messages and reads what became of them.
func (w *tour) message(brandA, brandB string) {
	w.t.Helper()
	const path, nowhere = "/v1/messages", "/v1/messages/0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"
	send := func(name, summary, body string) string {
		w.t.Helper()
		id, _ := w.do(step{name: "message-" + name, summary: summary, as: manager, request: "POST " + path, body: body})["id"].(string)
		return id
	}
	text := send("send", "A text, by the default account", `{"to": "+971 50 123 4567", "type": "text", "text": {"body": "Your order is ready."}, "reference": "order-42"}`)
	late := send("send-account", "An account that is named, at a time that is named",
		`{"to": "+971501234568", "account_id": "`+brandB+`", "text": {"body": "The store closes at ten."}, "send_after": "2026-11-22T20:00:00Z", "if_unknown": "resend"}`)
	failing := send("send-interactive", "Buttons", `{"to": "+971501234569", "account_id": "`+brandA+`", "type": "interactive", "interactive": {"type": "button", "body": {"text": "The store closes at ten. Shall we keep your order?"},
		"action": {"buttons": [{"type": "reply", "reply": {"id": "keep", "title": "Keep it"}}, {"type": "reply", "reply": {"id": "drop", "title": "Drop it"}}]}}}`)
	made := w.do(step{as: manager, request: "POST /v1/templates", body: `{"account_id": "` + brandB + `", "label": "Message of the day", "language": "English (US)", "body": "Hi {{name}}, today: {{offer}}."}`})
	template, _ := made["id"].(string)
	require.NotEmpty(w.t, template)
	send("send-template", "A template, by the account that it belongs to", `{"to": "+971501234567", "template_id": "`+template+`", "parameters": {"name": "Ann", "offer": "figs"}}`)
	send("send-template-missing", "A placeholder without a value", `{"to": "+971501234567", "template_id": "`+template+`", "parameters": {"name": "Ann"}}`)
	send("send-cannot", "A capability that the account's provider lacks",
		`{"to": "+971501234567", "account_id": "`+brandB+`", "type": "reaction", "reaction": {"message_id": "3EB0X1", "emoji": "👍"}}`)
	send("send-no-account", "No such account in the site", `{"to": "+971501234567", "account_id": "0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11", "text": {"body": "Hi"}}`)
	send("send-several-faults", "Several faults at once", `{"to": "050 123 4567", "type": "text", "text": {"body": "Hi"}, "discard_after": "2026-01-01T00:00:00Z"}`)
	send("send-too-long", "A content that breaks a rule", `{"to": "+971501234567", "type": "image", "image": {"link": "ftp://shop.example.com/figs.jpg"}}`)
	send("send-unknown-member", "A misspelt member", `{"to": "+971501234567", "txt": {"body": "Hi"}}`)
	w.do(step{name: "message-send-forbidden", summary: "The role may only read", as: reader, request: "POST " + path, body: `{"to": "+971501234567", "text": {"body": "Hi"}}`})
	w.do(step{name: "message-queued", summary: "It waits for its time", as: reader, request: "GET " + path + "/" + late})
	w.do(step{name: "message-cancel", summary: "It is taken back before its time", as: manager, request: "POST " + path + "/" + late + "/cancel"})
	w.sends()
	w.do(step{name: "message", summary: "Meta took it", as: reader, request: "GET " + path + "/" + text})
	w.do(step{name: "message-failed", summary: "Meta refused it: the cause and the cure", as: reader, request: "GET " + path + "/" + failing})
	w.do(step{name: "message-cancel-too-late", summary: "It was sent", as: manager, request: "POST " + path + "/" + text + "/cancel"})
	w.do(step{name: "message-cancel-not-found", summary: "No such message in the site", as: manager, request: "POST " + nowhere + "/cancel"})
	w.do(step{name: "message-not-found", summary: "No such message in the site", as: reader, request: "GET " + nowhere})
	w.do(step{name: "messages", summary: "Those of one account", as: reader, request: "GET " + path + "?limit=2&account_id=" + brandA})
	w.do(step{name: "messages-none", summary: "No message matches", as: reader, request: "GET " + path + "?reference=order-1"})
	w.do(step{name: "messages-bad-status", summary: "A status that does not exist", as: reader, request: "GET " + path + "?status=lost"})
	w.do(step{as: manager, request: "DELETE /v1/templates/" + template})
}
