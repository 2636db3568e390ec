package apidoc_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// reads marks every message as read but one that nobody sent.
type reads struct{}

func (reads) Mark(_ context.Context, _ account.Account, ref json.RawMessage) error {
	if strings.Contains(string(ref), "nobody") {
		return &provider.CallError{
			Class: provider.ClassPermanent, Code: "131009", Meaning: "A value of the request is not valid.", Detail: "Parameter value is not valid", Fix: "Correct it.",
		}
	}
	return nil
}

func (r reads) MarkTyping(ctx context.Context, a account.Account, ref json.RawMessage) error {
	return r.Mark(ctx, a, ref)
}

const graphHi = `{"messaging_product": "whatsapp", "recipient_type": "individual", "to": "971501234567", "type": "text", "text": {"body": "Hi"}}`

// graph sends and reads as clients of Meta's Cloud API do.
func (w *tour) graph(brandB string) {
	w.t.Helper()
	const path = "POST /graph/v25.0/default/messages"
	post := func(name, summary, key, body string) {
		w.t.Helper()
		s := step{name: name, summary: summary, as: manager, request: path, body: body}
		if key != "" {
			s.header = map[string]string{"Idempotency-Key": key}
		}
		w.do(s)
	}
	// The tour waits for nothing: what became of a message is told to whoever repeats the request.
	post("graph-message-kept", "A message that the provider has not taken yet: the id is our own", "graph-1", graphHi)
	const closed = `{"messaging_product": "whatsapp", "to": "971501234568", "type": "text", "text": {"body": "The store closes at ten."}}`
	post("", "", "graph-2", closed)
	w.sends()
	post("graph-message", "A text, by the default account; the answer of its provider", "graph-1", graphHi)
	post("graph-message-refused", "Meta refuses it, with its own code", "graph-2", closed)
	post("graph-read", "A message is marked as read", "", `{"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.HBgMOTcxNTAxMjM0NTY3FQIAERgSMUE="}`)
	post("graph-read-unknown", "A message that nobody sent", "", `{"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.nobody"}`)
	post("graph-message-invalid", "Parameters that are wrong", "", `{"messaging_product": "whatsapp", "to": "050 123 4567", "type": "text", "text": {"body": "Hi"}}`)
	w.do(step{
		name: "graph-message-cannot", summary: "WASender has no reactions", as: manager, request: "POST /graph/v25.0/" + brandB + "/messages",
		body: `{"messaging_product": "whatsapp", "to": "971501234567", "type": "reaction", "reaction": {"message_id": "3EB0X1", "emoji": "👍"}}`,
	})
	get := func(name, summary, path string) {
		w.t.Helper()
		w.do(step{name: name, summary: summary, as: reader, request: "GET /graph/v25.0/" + path})
	}
	get("graph-phone", "What is known of a number", "305000000000007")
	get("graph-phone-fields", "Some of it", "305000000000007?fields=id,verified_name,status")
	get("graph-phones", "The numbers of a business account", "204000000000001/phone_numbers")
	get("graph-templates", "What Meta has of the business account", "204000000000001/message_templates?limit=1")
	get("graph-templates-none", "No template matches", "204000000000001/message_templates?status=PAUSED")
	w.refuseGraph()
}

// refuseGraph records what every operation of Graph's may answer.
func (w *tour) refuseGraph() {
	w.t.Helper()
	general := func(name, summary, as, request string, header map[string]string, body string) {
		w.t.Helper()
		w.do(step{name: "graph-" + name, summary: summary, general: true, as: as, request: request, header: header, body: body})
	}
	const send, read = "POST /graph/v25.0/default/messages", "GET /graph/v25.0/305000000000007"
	general("unauthenticated", "Without a key", nobody, read, nil, "")
	general("forbidden", "The role may only read", reader, send, nil, graphHi)
	general("not-found", "An object that the site does not have", reader, "GET /graph/v25.0/1", nil, "")
	general("no-such-path", "A version that is none", reader, "GET /graph/latest/305000000000007", nil, "")
	general("method-not-allowed", "A method that the path does not take", manager, "DELETE /graph/v25.0/305000000000007", nil, "")
	general("body-too-large", "A body of more than 1 MiB", manager, send, nil, `{"text": "`+strings.Repeat("x", 1<<20)+`"}`)
	general("unsupported", "A form", manager, send, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "to=971501234567")
}

// hurryGraph records what becomes of a request that took too long, and of a guess too many.
func (w *tour) hurryGraph() {
	w.t.Helper()
	w.do(step{name: "graph-timeout", summary: "The request took too long", general: true, as: reader, request: "GET /graph/v25.0/305000000000007"})
}

// guessGraph tries one wrong key more than is allowed.
func (w *tour) guessGraph(wary http.Handler) {
	w.t.Helper()
	s := step{
		name: "graph-too-many-failures", summary: "Too many wrong keys from one address", general: true, request: "GET /graph/v25.0/305000000000007",
		header: map[string]string{"Authorization": "Bearer wak_nobody-has-this-key"},
	}
	w.record(s, w.serve(wary, s))
}
