package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// AccountHealth reads what the provider last told of an account, and what became of its webhooks.
func (c *Client) AccountHealth(ctx context.Context, id string, opts ...CallOption) (*v1.AccountHealth, error) {
	return get[v1.AccountHealth](ctx, c, accountPath(id)+"/health", nil, opts)
}

// CheckAccount asks the provider now whether an account works, which may take ten seconds. Nothing about the account changes.
func (c *Client) CheckAccount(ctx context.Context, id string, opts ...CallOption) (*v1.AccountCheck, error) {
	return ask[v1.AccountCheck](ctx, c, accountPath(id)+"/check", opts)
}

// SubscribeAccount has the provider send the account's webhooks to its app, and checks the account. The problem of a provider that refuses is
// provider_refused; of one that does not answer, provider_unanswered.
func (c *Client) SubscribeAccount(ctx context.Context, id string, opts ...CallOption) (*v1.AccountCheck, error) {
	return ask[v1.AccountCheck](ctx, c, accountPath(id)+"/subscribe", opts)
}

// AdoptWebhooks gives an account the webhooks that came for it before it could have them.
func (c *Client) AdoptWebhooks(ctx context.Context, id string, opts ...CallOption) (*v1.Adoption, error) {
	return ask[v1.Adoption](ctx, c, accountPath(id)+"/adopt", opts)
}

// ParkedJobs reads one page of the background work of a queue that was given up; empty is "webhooks".
func (c *Client) ParkedJobs(ctx context.Context, queue string, p Page, opts ...CallOption) (*v1.ParkedJobList, error) {
	v := p.values()
	setUnlessEmpty(v, "queue", queue)
	return get[v1.ParkedJobList](ctx, c, "/v1/parked-jobs", v, opts)
}

// AllParkedJobs reads page after page, from p's cursor on. An error ends it and comes with the zero job.
func (c *Client) AllParkedJobs(ctx context.Context, queue string, p Page, opts ...CallOption) iter.Seq2[v1.ParkedJob, error] {
	return all(p.Cursor, func(cursor string) ([]v1.ParkedJob, *string, error) {
		p.Cursor = cursor
		page, err := c.ParkedJobs(ctx, queue, p, opts...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// ReplayJob has a parked job done again.
func (c *Client) ReplayJob(ctx context.Context, id string, opts ...CallOption) error {
	_, err := c.do(ctx, request{method: http.MethodPost, path: "/v1/parked-jobs/" + url.PathEscape(id) + "/replay"}, nil, opts)
	return err
}

// ask makes a POST that carries nothing and may be repeated.
func ask[Answer any](ctx context.Context, c *Client, path string, opts []CallOption) (*Answer, error) {
	answer := new(Answer)
	if _, err := c.do(ctx, request{method: http.MethodPost, path: path}, answer, opts); err != nil {
		return nil, err
	}
	return answer, nil
}
