package client

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/url"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

const mediaLines = "application/x-ndjson"

// BulkMessage is a bulk message as it was answered, with what came beside it.
type BulkMessage struct {
	v1.BulkMessage
	// RequestID names the request to whoever operates the service.
	RequestID string `json:"-"`
	// Replayed tells that this is the answer to an earlier request with the same IdempotencyKey: nothing was sent twice.
	Replayed bool `json:"-"`
}

// BulkMessageQuery selects bulk messages; an empty status selects all.
type BulkMessageQuery struct {
	Status string // running, paused or cancelled
	Page
}

func (q BulkMessageQuery) values() url.Values {
	v := q.Page.values()
	setUnlessEmpty(v, "status", q.Status)
	return v
}

func bulkPath(id string) string { return "/v1/bulk-messages/" + url.PathEscape(id) }

// bulkMessage makes a call that answers one bulk message.
func (c *Client) bulkMessage(ctx context.Context, r request, opts []CallOption) (*BulkMessage, error) {
	b := new(BulkMessage)
	h, err := c.do(ctx, r, b, opts)
	if err != nil {
		return nil, err
	}
	b.RequestID, b.Replayed = h.Get("X-Request-Id"), h.Get("Idempotent-Replayed") == "true"
	return b, nil
}

// SendBulkMessage has a template sent to many recipients, up to 100,000 and 64 MiB: all of them are kept when this returns, or none. They are sent as they are
// given ([slices.Values] gives those of a slice), so memory holds one at a time; those in b itself are left out. Send an [IdempotencyKey] so that the call may be
// repeated: recipients must then be the same each time they are ranged over. The problem of recipients that break a rule is recipients_invalid, and its Errors
// name them. Each attempt must end within the client's timeout, which is [DefaultTimeout] unless [WithHTTPClient] brings a longer one.
func (c *Client) SendBulkMessage(ctx context.Context, b v1.BulkSend, recipients iter.Seq[v1.BulkRecipient], opts ...CallOption) (*BulkMessage, error) {
	lines := func() io.ReadCloser { return linesOf(b, recipients) }
	return c.bulkMessage(ctx, request{method: http.MethodPost, path: "/v1/bulk-messages", media: mediaLines, stream: lines}, opts)
}

// firstLine is a bulk message without its recipients.
type firstLine struct {
	v1.BulkSend

	Recipients *struct{} `json:"recipients,omitempty"` // stands before that of BulkSend
}

// linesOf gives the lines while they are read. Whoever reads them closes it.
func linesOf(b v1.BulkSend, recipients iter.Seq[v1.BulkRecipient]) io.ReadCloser {
	lines, into := io.Pipe()
	go func() {
		write := json.NewEncoder(into)
		err := write.Encode(firstLine{BulkSend: b})
		if err == nil && recipients != nil {
			recipients(func(r v1.BulkRecipient) bool {
				err = write.Encode(r)
				return err == nil // it ends when nobody reads any more
			})
		}
		_ = into.CloseWithError(err) // without an error that is the end of the lines
	}()
	return lines
}

// GetBulkMessage reads how far a bulk message is.
func (c *Client) GetBulkMessage(ctx context.Context, id string, opts ...CallOption) (*BulkMessage, error) {
	return c.bulkMessage(ctx, request{method: http.MethodGet, path: bulkPath(id)}, opts)
}

// PauseBulkMessage keeps back the recipients that are not messages yet. It may be repeated.
func (c *Client) PauseBulkMessage(ctx context.Context, id string, opts ...CallOption) (*BulkMessage, error) {
	return c.bulkMessage(ctx, request{method: http.MethodPost, path: bulkPath(id) + "/pause"}, opts)
}

// ResumeBulkMessage ends a pause. It may be repeated.
func (c *Client) ResumeBulkMessage(ctx context.Context, id string, opts ...CallOption) (*BulkMessage, error) {
	return c.bulkMessage(ctx, request{method: http.MethodPost, path: bulkPath(id) + "/resume"}, opts)
}

// CancelBulkMessage ends a bulk message for good: what is pending or queued is not sent. It may be repeated.
func (c *Client) CancelBulkMessage(ctx context.Context, id string, opts ...CallOption) (*BulkMessage, error) {
	return c.bulkMessage(ctx, request{method: http.MethodPost, path: bulkPath(id) + "/cancel"}, opts)
}

// RetryFailedOfBulkMessage has the messages sent again that have failed by now, and tells how many. Send an [IdempotencyKey] so that it may be repeated.
func (c *Client) RetryFailedOfBulkMessage(ctx context.Context, id string, opts ...CallOption) (retrying int, err error) {
	told, err := ask[v1.BulkRetry](ctx, c, bulkPath(id)+"/retry-failed", opts)
	if err != nil {
		return 0, err
	}
	return told.Retrying, nil
}

// BulkMessages reads one page of bulk messages, without their counts.
func (c *Client) BulkMessages(ctx context.Context, q BulkMessageQuery, opts ...CallOption) (*v1.BulkMessageList, error) {
	return get[v1.BulkMessageList](ctx, c, "/v1/bulk-messages", q.values(), opts)
}

// AllBulkMessages reads page after page, from q's cursor on. An error ends it and comes with the zero bulk message.
func (c *Client) AllBulkMessages(ctx context.Context, q BulkMessageQuery, opts ...CallOption) iter.Seq2[v1.BulkMessage, error] {
	return all(q.Cursor, func(cursor string) ([]v1.BulkMessage, *string, error) {
		q.Cursor = cursor
		page, err := c.BulkMessages(ctx, q, opts...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// MessagesOfBulkMessage reads one page of the messages that its recipients have become. Only Status and Page of the query count.
func (c *Client) MessagesOfBulkMessage(ctx context.Context, id string, q MessageQuery, opts ...CallOption) (*v1.MessageList, error) {
	return get[v1.MessageList](ctx, c, bulkPath(id)+"/messages", MessageQuery{Status: q.Status, Page: q.Page}.values(), opts)
}

// AllMessagesOfBulkMessage reads page after page, from q's cursor on. An error ends it and comes with the zero message.
func (c *Client) AllMessagesOfBulkMessage(ctx context.Context, id string, q MessageQuery, opts ...CallOption) iter.Seq2[v1.Message, error] {
	return all(q.Cursor, func(cursor string) ([]v1.Message, *string, error) {
		q.Cursor = cursor
		page, err := c.MessagesOfBulkMessage(ctx, id, q, opts...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}
