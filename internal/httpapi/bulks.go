package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/bulk"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/message"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// sendBulk accepts a bulk message.
//
//	@Summary	Send a template to many recipients
//	@Description	Accepts one template for up to 100,000 recipients, all of them or none: each is held against the rules of a single message, and a request with bad ones is refused with a report that names them (`recipients_invalid`). As JSON, `recipients` comes last; as `application/x-ndjson` the first line is the object without it, and each further line is a recipient. The body may have 64 MiB. The account is the one that is named, else that of the template, as `GET /v1/route` says. Recipients become messages at the pace of the account, so single messages never wait behind them. Send an Idempotency-Key, so that a repeated request sends nothing twice.
//	@Tags		bulk messages
//	@Accept		json,application/x-ndjson
//	@Param		body			body		v1.BulkSend	true	"The template and the recipients"
//	@Param		Idempotency-Key	header		string		false	"Repeats are answered as the first request was"	minlength(1)	maxlength(255)
//	@Success	202				{object}	v1.BulkMessage
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/bulk-messages [post]
func (a *api) sendBulk(in *call) (reply, error) {
	var load *bulk.Load
	outside := in.ctx // of any transaction
	prepare := func(ctx context.Context) (err error) {
		load, err = a.loadBulk(ctx, in)
		return err
	}
	out, err := a.once(in, in.spool.digest, prepare, func(in *call) (reply, error) {
		made, decided, err := load.Start(in.ctx)
		if err != nil {
			return reply{}, err
		}
		answer := bulkAnswer(made)
		answer.Considered = candidates(decided.Considered)
		out, err := ok(answer)
		out.status, out.location = http.StatusAccepted, "/v1/bulk-messages/"+made.ID
		return out, err
	})
	if err != nil && load != nil {
		err = errors.Join(err, dropBulk(outside, load))
	}
	return out, err
}

// loadBulk reads the recipients, and keeps them where nobody sees them.
func (a *api) loadBulk(ctx context.Context, in *call) (*bulk.Load, error) {
	body := newBulkBody(in.spool)
	head, err := body.head()
	if err != nil {
		return nil, err
	}
	load, err := a.Bulks.Open(ctx, in.caller, head)
	if err != nil {
		return nil, body.advised(err)
	}
	if err = body.rows(ctx, load.Add); err == nil {
		err = load.Finish(ctx)
	}
	return load, err
}

// dropWithin bounds the removal of what came to nothing: when the database is away, it is removed later.
const dropWithin = 5 * time.Second

// dropBulk removes what was kept, even when the caller is gone.
func dropBulk(ctx context.Context, load *bulk.Load) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropWithin)
	defer cancel()
	return load.Drop(ctx)
}

// listBulks reads a page of bulk messages.
//
//	@Summary	List bulk messages
//	@Description	Answers a page of the site's bulk messages, newest first, without their counts. They are kept for a while after their last message has ended (`WA_MESSAGE_RETENTION`).
//	@Tags		bulk messages
//	@Param		status	query		string	false	"Only bulk messages of this status"	Enums(running, paused, cancelled)
//	@Param		limit	query		int		false	"Bulk messages per page"			minimum(1)	maximum(200)	default(50)
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	v1.BulkMessageList
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/bulk-messages [get]
func (a *api) listBulks(in *call) (reply, error) {
	var wrong fault.Fields
	q := bulk.Query{
		Status: bulk.Status(oneOf(in, "status", &wrong, string(bulk.Running), string(bulk.Paused), string(bulk.Cancelled))),
		Limit:  limitOf(in, &wrong), After: positionOf(in, "age", &wrong).ID,
	}
	if err := badQuery(wrong); err != nil {
		return reply{}, err
	}
	page, err := a.Bulks.List(in.ctx, in.caller.Site, q)
	if err != nil {
		return reply{}, err
	}
	next, err := cursorOf(in, "age", account.Position{ID: page.Next})
	if err != nil {
		return reply{}, err
	}
	list := pageAnswer[v1.BulkMessage]{Data: make([]v1.BulkMessage, len(page.Bulks)), NextCursor: next}
	for i, b := range page.Bulks {
		list.Data[i] = bulkView(b)
	}
	return ok(list)
}

// getBulk reads a bulk message.
//
//	@Summary	Read a bulk message
//	@Description	Answers how far the bulk message is. The counts are as of one moment, and always add up to `total`.
//	@Tags		bulk messages
//	@Param		id		path		string	true	"The bulk message's id"
//	@Success	200		{object}	v1.BulkMessage
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/bulk-messages/{id} [get]
func (a *api) getBulk(in *call) (reply, error) { return answerBulk(in, a.Bulks.Get) }

// answerBulk does something with the bulk message of the path and answers how far it is.
func answerBulk(in *call, do func(context.Context, site.Site, string) (bulk.Progress, error)) (reply, error) {
	p, err := do(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(bulkAnswer(p))
}

// listBulkMessages reads a page of the messages of a bulk message.
//
//	@Summary	List the messages of a bulk message
//	@Description	Answers a page of the messages that its recipients have become so far, newest first, without their timelines. Those that are pending are not messages yet.
//	@Tags		bulk messages
//	@Param		id		path		string	true	"The bulk message's id"
//	@Param		status	query		string	false	"Only messages of this status"	Enums(queued, sending, unknown, accepted, sent, delivered, read, failed, cancelled, discarded)
//	@Param		limit	query		int		false	"Messages per page"	minimum(1)	maximum(200)	default(50)
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	v1.MessageList
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/bulk-messages/{id}/messages [get]
func (a *api) listBulkMessages(in *call) (reply, error) {
	query, err := messageQuery(in)
	if err != nil {
		return reply{}, err
	}
	page, err := a.Bulks.Messages(in.ctx, in.caller.Site, in.Param("id"), query)
	if err != nil {
		return reply{}, err
	}
	return messagePage(in, page)
}

// pauseBulk pauses a bulk message.
//
//	@Summary	Pause a bulk message
//	@Description	Keeps back the recipients that are not messages yet. Those that are go out, at most a few seconds' worth. It takes no body and may be repeated.
//	@Tags		bulk messages
//	@Param		id		path		string	true	"The bulk message's id"
//	@Success	200		{object}	v1.BulkMessage
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/bulk-messages/{id}/pause [post]
func (a *api) pauseBulk(in *call) (reply, error) { return answerBulk(in, a.Bulks.Pause) }

// resumeBulk ends a pause.
//
//	@Summary	Resume a bulk message
//	@Description	Ends a pause: recipients become messages again. It takes no body and may be repeated.
//	@Tags		bulk messages
//	@Param		id		path		string	true	"The bulk message's id"
//	@Success	200		{object}	v1.BulkMessage
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/bulk-messages/{id}/resume [post]
func (a *api) resumeBulk(in *call) (reply, error) { return answerBulk(in, a.Bulks.Resume) }

// cancelBulk ends a bulk message.
//
//	@Summary	Cancel a bulk message
//	@Description	Ends it for good: what is pending or queued is cancelled, and counts as that. A message whose sending has begun cannot be taken back. It takes no body and may be repeated.
//	@Tags		bulk messages
//	@Param		id		path		string	true	"The bulk message's id"
//	@Success	200		{object}	v1.BulkMessage
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/bulk-messages/{id}/cancel [post]
func (a *api) cancelBulk(in *call) (reply, error) { return answerBulk(in, a.Bulks.Cancel) }

// retryBulk has failed messages sent again.
//
//	@Summary	Send the failed messages of a bulk message again
//	@Description	Has the messages sent again that have failed by now, and no others: each with a fresh set of attempts and at the pace of the account, the pending ones first. It answers how many those are. It takes no body.
//	@Tags		bulk messages
//	@Param		id				path		string	true	"The bulk message's id"
//	@Param		Idempotency-Key	header		string	false	"Repeats are answered as the first request was"	minlength(1)	maxlength(255)
//	@Success	200				{object}	v1.BulkRetry
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/bulk-messages/{id}/retry-failed [post]
func (a *api) retryBulk(in *call) (reply, error) {
	if err := decode(in.body, &struct{}{}); err != nil {
		return reply{}, err
	}
	n, err := a.Bulks.RetryFailed(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(v1.BulkRetry{Retrying: n})
}

// bulkAnswer is a bulk message as it is answered, with how far it is.
func bulkAnswer(p bulk.Progress) v1.BulkMessage {
	out, of, done := bulkView(p.Bulk), p.Counts.Of, p.Done()
	out.Done = &done
	out.Counts = &v1.BulkCounts{
		Pending: p.Counts.Pending, Queued: of[message.Queued], Sending: of[message.Sending], Unknown: of[message.Unknown], Accepted: of[message.Accepted],
		Sent: of[message.Sent], Delivered: of[message.Delivered], Read: of[message.Read], Failed: of[message.Failed], Cancelled: of[message.Cancelled],
		Discarded: of[message.Discarded],
	}
	return out
}

func bulkView(b bulk.Bulk) v1.BulkMessage {
	return v1.BulkMessage{
		ID: b.ID, Title: b.Title, Status: string(b.Status), TemplateID: b.TemplateID, AccountID: b.AccountID, Reason: string(b.Reason), Total: b.Total,
		IfUnknown: string(b.IfUnknown), SendAfter: timeOrNull(b.SendAfter), DiscardAfter: timeOrNull(b.DiscardAfter), CreatedBy: b.CreatedBy,
		CreatedAt: v1.Time{Time: b.CreatedAt}, UpdatedAt: v1.Time{Time: b.UpdatedAt},
	}
}
