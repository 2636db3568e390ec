package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// The media types of what is sent.
const (
	mediaJSON       = "application/json"
	mediaMergePatch = "application/merge-patch+json"
)

// Account is an account as it was answered, with what came beside it.
type Account struct {
	v1.Account
	// ETag is the representation's, for IfMatch and IfNoneMatch.
	ETag string `json:"-"`
	// RequestID names the request to whoever operates the service.
	RequestID string `json:"-"`
	// Replayed tells that this is the answer to an earlier request with the same IdempotencyKey.
	Replayed bool `json:"-"`
}

// Patch is a merge patch (RFC 7396) in the making: what is left out stays, and nil is null, which clears a secret or restores a default.
//
//	client.Patch{"status": "Active", "meta_settings": client.Patch{"token": "EAAG…", "app_secret": nil}}
type Patch map[string]any

// AccountQuery selects accounts; empty members select all.
type AccountQuery struct {
	Status      string // Active or Inactive
	AccountType string
	AccountName string // the account of this name, case ignored
	Prefix      string // names that begin so, case ignored; they come ordered by name, otherwise the newest comes first
	Page
}

func (q AccountQuery) values() url.Values {
	v := q.Page.values()
	setUnlessEmpty(v, "status", q.Status)
	setUnlessEmpty(v, "account_type", q.AccountType)
	setUnlessEmpty(v, "account_name", q.AccountName)
	setUnlessEmpty(v, "q", q.Prefix)
	return v
}

func accountPath(id string) string { return "/v1/accounts/" + url.PathEscape(id) }

// account makes a call that answers one account.
func (c *Client) account(ctx context.Context, r request, opts []CallOption) (*Account, error) {
	a := new(Account)
	h, err := c.do(ctx, r, a, opts)
	if err != nil {
		return nil, err
	}
	a.ETag, a.RequestID, a.Replayed = h.Get("ETag"), h.Get("X-Request-Id"), h.Get("Idempotent-Replayed") == "true"
	return a, nil
}

// CreateAccount makes an account. Send an [IdempotencyKey] so that it may be repeated.
func (c *Client) CreateAccount(ctx context.Context, a v1.AccountCreate, opts ...CallOption) (*Account, error) {
	return c.account(ctx, request{method: http.MethodPost, path: "/v1/accounts", media: mediaJSON, body: a}, opts)
}

// GetAccount reads an account. It takes [IfNoneMatch].
func (c *Client) GetAccount(ctx context.Context, id string, opts ...CallOption) (*Account, error) {
	return c.account(ctx, request{method: http.MethodGet, path: accountPath(id)}, opts)
}

// UpdateAccount changes an account. The patch is whatever marshals to a JSON object: a [Patch], which can say null, or a v1.AccountUpdate,
// which the compiler checks. It takes [IfMatch]. It is not repeated once it was sent: read the account to learn what became of it.
func (c *Client) UpdateAccount(ctx context.Context, id string, patch any, opts ...CallOption) (*Account, error) {
	return c.account(ctx, request{method: http.MethodPatch, path: accountPath(id), media: mediaMergePatch, body: patch}, opts)
}

// DeleteAccount removes an account; a designation goes with it. It takes [IfMatch]. When the first attempt did it and its answer was lost,
// the problem of the next one is account_not_found.
func (c *Client) DeleteAccount(ctx context.Context, id string, opts ...CallOption) error {
	_, err := c.do(ctx, request{method: http.MethodDelete, path: accountPath(id)}, nil, opts)
	return err
}

// Accounts reads one page of accounts.
func (c *Client) Accounts(ctx context.Context, q AccountQuery, opts ...CallOption) (*v1.AccountList, error) {
	return get[v1.AccountList](ctx, c, "/v1/accounts", q.values(), opts)
}

// AllAccounts reads page after page, from q's cursor on. An error ends it and comes with the zero account.
func (c *Client) AllAccounts(ctx context.Context, q AccountQuery, opts ...CallOption) iter.Seq2[v1.Account, error] {
	return all(q.Cursor, func(cursor string) ([]v1.Account, *string, error) {
		q.Cursor = cursor
		page, err := c.Accounts(ctx, q, opts...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}
