package client

import (
	"context"
	"net/http"
	"net/url"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// Direction is one of the two designations of a site.
type Direction string

// The designations.
const (
	Outgoing Direction = "outgoing" // the account that sends unless another is named
	Incoming Direction = "incoming" // the account of webhooks that name none
)

func (d Direction) path() string { return "/v1/defaults/" + url.PathEscape(string(d)) }

// Defaults reads who holds the designations, Inactive holders too; nil where nobody does.
func (c *Client) Defaults(ctx context.Context, opts ...CallOption) (*v1.Defaults, error) {
	return get[v1.Defaults](ctx, c, "/v1/defaults", nil, opts)
}

// Default reads the account to use. The problem is no_default_account when nobody holds the designation or the holder is Inactive.
// It takes [IfNoneMatch].
func (c *Client) Default(ctx context.Context, d Direction, opts ...CallOption) (*Account, error) {
	return c.account(ctx, request{method: http.MethodGet, path: d.path()}, opts)
}

// SetDefault gives the designation to an account, from whoever holds it. It takes [IfMatch], with the ETag of the present holder.
func (c *Client) SetDefault(ctx context.Context, d Direction, accountID string, opts ...CallOption) (*Account, error) {
	return c.account(ctx, request{method: http.MethodPut, path: d.path(), media: mediaJSON, body: v1.DefaultSet{AccountID: &accountID}}, opts)
}

// ClearDefault leaves the site without that default; without one already, it does nothing. It takes [IfMatch], with the ETag of the holder.
func (c *Client) ClearDefault(ctx context.Context, d Direction, opts ...CallOption) error {
	_, err := c.do(ctx, request{method: http.MethodDelete, path: d.path()}, nil, opts)
	return err
}

// RouteQuery asks which account would be used.
type RouteQuery struct {
	AccountID  string    // the account that the request would name; empty for none
	TemplateID string    // the template that it would send; empty for none
	Type       string    // the kind of message: text, media, location, contacts, template, buttons, list, flow or reaction; empty for any
	Direction  Direction // the designation to fall back on; empty means Outgoing
}

// Route asks which account is used and why, without sending. On a refusal, the [*Problem] has in Considered what was looked at.
func (c *Client) Route(ctx context.Context, q RouteQuery, opts ...CallOption) (*v1.Route, error) {
	query := url.Values{}
	setUnlessEmpty(query, "account_id", q.AccountID)
	setUnlessEmpty(query, "template_id", q.TemplateID)
	setUnlessEmpty(query, "type", q.Type)
	setUnlessEmpty(query, "direction", string(q.Direction))
	return get[v1.Route](ctx, c, "/v1/route", query, opts)
}

// AccountTypes reads the rules and capabilities of every account type, enough to draw a form.
func (c *Client) AccountTypes(ctx context.Context, opts ...CallOption) ([]v1.AccountType, error) {
	list, err := get[v1.AccountTypeList](ctx, c, "/v1/account-types", nil, opts)
	if err != nil {
		return nil, err
	}
	return list.Data, nil
}

// Me reads who the service takes the caller for.
func (c *Client) Me(ctx context.Context, opts ...CallOption) (*v1.Me, error) {
	return get[v1.Me](ctx, c, "/v1/me", nil, opts)
}
