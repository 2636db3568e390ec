package httpapi

import (
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
)

// sendMessage accepts a message.
//
//	@Summary	Send a message
//	@Description	Accepts a message: it is kept when the answer comes, and sent by the account that the answer names. The account is the one that is named, else that of the template, else the default outgoing one, as `GET /v1/route` says; one that cannot send it is a refusal, never another account. `message.status` events tell each step. Send an Idempotency-Key, so that a repeated request sends nothing twice.
//	@Tags		messages
//	@Param		body			body		v1.MessageSend	true	"The message"
//	@Param		Idempotency-Key	header		string			false	"Repeats are answered as the first request was"	minlength(1)	maxlength(255)
//	@Success	202				{object}	v1.Message
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/messages [post]
func (a *api) sendMessage(in *call) (reply, error) {
	ask, err := messageDraft(in.body)
	if err != nil {
		return reply{}, err
	}
	accepted, decided, err := a.Messages.Accept(in.ctx, in.caller.Site, ask)
	if err != nil {
		return reply{}, err
	}
	answer := messageAnswer(accepted)
	answer.Considered = candidates(decided.Considered)
	out, err := oneMessage(http.StatusAccepted, answer)
	out.location = "/v1/messages/" + accepted.ID
	return out, err
}

func oneMessage(status int, answer v1.Message) (reply, error) {
	body, err := json.Marshal(answer, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	return reply{status: status, body: body}, err
}

// listMessages reads a page of messages.
//
//	@Summary	List messages
//	@Description	Answers a page of the messages that the site asked to be sent, newest first, without their timelines. They are kept for a while after their end (`WA_MESSAGE_RETENTION`).
//	@Tags		messages
//	@Param		status		query		string	false	"Only messages of this status"	Enums(queued, sending, unknown, accepted, sent, delivered, read, failed, cancelled, discarded)
//	@Param		account_id	query		string	false	"Only messages of this account"
//	@Param		to			query		string	false	"Only messages to this recipient; a telephone number in any spelling"	minlength(1)	maxlength(140)
//	@Param		reference	query		string	false	"Only messages with this reference"	minlength(1)	maxlength(512)
//	@Param		limit		query		int		false	"Messages per page"	minimum(1)	maximum(200)	default(50)
//	@Param		cursor		query		string	false	"next_cursor of the page before"
//	@Success	200			{object}	v1.MessageList
//	@Failure	default		{object}	v1.Problem
//	@Router		/v1/messages [get]
func (a *api) listMessages(in *call) (reply, error) {
	query, err := messageQuery(in)
	if err != nil {
		return reply{}, err
	}
	page, err := a.Messages.List(in.ctx, in.caller.Site, query)
	if err != nil {
		return reply{}, err
	}
	return messagePage(in, page)
}

// messagePage is a page of messages as it is answered.
func messagePage(in *call, page message.Page) (reply, error) {
	answers := make([]v1.Message, len(page.Messages))
	for i, of := range page.Messages {
		of.Timeline = nil
		answers[i] = messageAnswer(of)
	}
	next, err := cursorOf(in, "age", account.Position{ID: page.Next})
	if err != nil {
		return reply{}, err
	}
	body, err := json.Marshal(pageAnswer[v1.Message]{Data: answers, NextCursor: next}, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	return reply{status: http.StatusOK, body: body}, err
}

func messageQuery(in *call) (message.Query, error) {
	var wrong fault.Fields
	q := message.Query{Limit: limitOf(in, &wrong), After: positionOf(in, "age", &wrong).ID}
	statuses := make([]string, 0, len(message.Statuses()))
	for _, s := range message.Statuses() {
		statuses = append(statuses, string(s))
	}
	q.Status = message.Status(oneOf(in, "status", &wrong, statuses...))
	for name, into := range map[string]*string{"account_id": &q.AccountID, "to": &q.To, "reference": &q.Reference} {
		text, sent := param(in, name)
		if *into = text; sent && text == "" {
			wrong.Add(name, "invalid_value", name+" is empty. Leave it out to see all.")
		}
	}
	return q, badQuery(wrong)
}

// getMessage reads a message.
//
//	@Summary	Read a message
//	@Description	Answers the message with its timeline: each attempt, what the provider said, and how far it has come.
//	@Tags		messages
//	@Param		id		path		string	true	"The message's id"
//	@Success	200		{object}	v1.Message
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/messages/{id} [get]
func (a *api) getMessage(in *call) (reply, error) {
	found, err := a.Messages.Get(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return oneMessage(http.StatusOK, messageAnswer(found))
}

// cancelMessage takes a message back.
//
//	@Summary	Cancel a message
//	@Description	Takes back a message that is queued, before its time or between two attempts. One whose sending has begun cannot be taken back. It takes no body and may be repeated.
//	@Tags		messages
//	@Param		id		path		string	true	"The message's id"
//	@Success	200		{object}	v1.Message
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/messages/{id}/cancel [post]
func (a *api) cancelMessage(in *call) (reply, error) {
	cancelled, err := a.Messages.Cancel(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return oneMessage(http.StatusOK, messageAnswer(cancelled))
}
