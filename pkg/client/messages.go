package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// Message is a message as it was answered, with what came beside it.
type Message struct {
	v1.Message
	// RequestID names the request to whoever operates the service.
	RequestID string `json:"-"`
	// Replayed tells that this is the answer to an earlier request with the same IdempotencyKey: nothing was sent twice.
	Replayed bool `json:"-"`
}

// MessageQuery selects messages; empty members select all.
type MessageQuery struct {
	Status    string // such as queued, unknown or failed
	AccountID string
	To        string // a telephone number in any spelling
	Reference string
	Page
}

func (q MessageQuery) values() url.Values {
	v := q.Page.values()
	setUnlessEmpty(v, "status", q.Status)
	setUnlessEmpty(v, "account_id", q.AccountID)
	setUnlessEmpty(v, "to", q.To)
	setUnlessEmpty(v, "reference", q.Reference)
	return v
}

func messagePath(id string) string { return "/v1/messages/" + url.PathEscape(id) }

// message makes a call that answers one message.
func (c *Client) message(ctx context.Context, r request, opts []CallOption) (*Message, error) {
	m := new(Message)
	h, err := c.do(ctx, r, m, opts)
	if err != nil {
		return nil, err
	}
	m.RequestID, m.Replayed = h.Get("X-Request-Id"), h.Get("Idempotent-Replayed") == "true"
	return m, nil
}

// SendMessage has a message sent: it is kept when this returns, and sent soon, or at its time. Send an [IdempotencyKey] so that it may be repeated; without one a
// call whose answer is lost is not made again. A refusal of routing is a [Problem] with a reason and what was considered.
func (c *Client) SendMessage(ctx context.Context, m v1.MessageSend, opts ...CallOption) (*Message, error) {
	return c.message(ctx, request{method: http.MethodPost, path: "/v1/messages", media: mediaJSON, body: m}, opts)
}

// GetMessage reads a message with its timeline.
func (c *Client) GetMessage(ctx context.Context, id string, opts ...CallOption) (*Message, error) {
	return c.message(ctx, request{method: http.MethodGet, path: messagePath(id)}, opts)
}

// CancelMessage takes back a message that is queued; one that was taken back already is answered as it is. The problem of one whose sending has begun is
// message_not_cancellable.
func (c *Client) CancelMessage(ctx context.Context, id string, opts ...CallOption) (*Message, error) {
	return c.message(ctx, request{method: http.MethodPost, path: messagePath(id) + "/cancel"}, opts)
}

// Messages reads one page of messages, without their timelines.
func (c *Client) Messages(ctx context.Context, q MessageQuery, opts ...CallOption) (*v1.MessageList, error) {
	return get[v1.MessageList](ctx, c, "/v1/messages", q.values(), opts)
}

// AllMessages reads page after page, from q's cursor on. An error ends it and comes with the zero message.
func (c *Client) AllMessages(ctx context.Context, q MessageQuery, opts ...CallOption) iter.Seq2[v1.Message, error] {
	return all(q.Cursor, func(cursor string) ([]v1.Message, *string, error) {
		q.Cursor = cursor
		page, err := c.Messages(ctx, q, opts...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}
