package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// Template is a message template as it was answered, with what came beside it.
type Template struct {
	v1.Template
	// ETag is the representation's, for IfMatch and IfNoneMatch.
	ETag string `json:"-"`
	// RequestID names the request to whoever operates the service.
	RequestID string `json:"-"`
	// Replayed tells that this is the answer to an earlier request with the same IdempotencyKey.
	Replayed bool `json:"-"`
}

// TemplateQuery selects templates; empty members select all.
type TemplateQuery struct {
	AccountID string // with those that the account shares with others
	Status    string // such as DRAFT, PENDING, APPROVED or LOCAL
	Prefix    string // labels and names that begin so
	Page
}

func (q TemplateQuery) values() url.Values {
	v := q.Page.values()
	setUnlessEmpty(v, "account_id", q.AccountID)
	setUnlessEmpty(v, "status", q.Status)
	setUnlessEmpty(v, "q", q.Prefix)
	return v
}

func templatePath(id string) string { return "/v1/templates/" + url.PathEscape(id) }

// template makes a call that answers one template.
func (c *Client) template(ctx context.Context, r request, opts []CallOption) (*Template, error) {
	t := new(Template)
	h, err := c.do(ctx, r, t, opts)
	if err != nil {
		return nil, err
	}
	t.ETag, t.RequestID, t.Replayed = h.Get("ETag"), h.Get("X-Request-Id"), h.Get("Idempotent-Replayed") == "true"
	return t, nil
}

// CreateTemplate makes a template. Send an [IdempotencyKey] so that it may be repeated.
func (c *Client) CreateTemplate(ctx context.Context, t v1.TemplateCreate, opts ...CallOption) (*Template, error) {
	return c.template(ctx, request{method: http.MethodPost, path: "/v1/templates", media: mediaJSON, body: t}, opts)
}

// GetTemplate reads a template. It takes [IfNoneMatch].
func (c *Client) GetTemplate(ctx context.Context, id string, opts ...CallOption) (*Template, error) {
	return c.template(ctx, request{method: http.MethodGet, path: templatePath(id)}, opts)
}

// UpdateTemplate changes a template here: a [Patch] or a v1.TemplateUpdate. It takes [IfMatch].
func (c *Client) UpdateTemplate(ctx context.Context, id string, patch any, opts ...CallOption) (*Template, error) {
	return c.template(ctx, request{method: http.MethodPatch, path: templatePath(id), media: mediaMergePatch, body: patch}, opts)
}

// DeleteTemplate removes a template, with its provider too. It takes [IfMatch].
func (c *Client) DeleteTemplate(ctx context.Context, id string, opts ...CallOption) error {
	_, err := c.do(ctx, request{method: http.MethodDelete, path: templatePath(id)}, nil, opts)
	return err
}

// Templates reads one page of templates.
func (c *Client) Templates(ctx context.Context, q TemplateQuery, opts ...CallOption) (*v1.TemplateList, error) {
	return get[v1.TemplateList](ctx, c, "/v1/templates", q.values(), opts)
}

// AllTemplates reads page after page, from q's cursor on. An error ends it and comes with the zero template.
func (c *Client) AllTemplates(ctx context.Context, q TemplateQuery, opts ...CallOption) iter.Seq2[v1.Template, error] {
	return all(q.Cursor, func(cursor string) ([]v1.Template, *string, error) {
		q.Cursor = cursor
		page, err := c.Templates(ctx, q, opts...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// RenderTemplate fills in a template without sending it, and tells what each provider would be sent. Parameters are a list of texts in the order of the
// template's placeholders ([]string), or texts by their keys (map[string]string); nil when it has none.
func (c *Client) RenderTemplate(ctx context.Context, id string, parameters any, opts ...CallOption) (*v1.RenderedTemplate, error) {
	body := map[string]any{}
	if parameters != nil {
		body["parameters"] = parameters
	}
	rendered := new(v1.RenderedTemplate)
	if _, err := c.do(ctx, request{method: http.MethodPost, path: templatePath(id) + "/render", media: mediaJSON, body: body}, rendered, opts); err != nil {
		return nil, err
	}
	return rendered, nil
}

// SubmitTemplate has the provider review a template, or its edit. It may be repeated. The problem of a provider that refuses is provider_refused.
func (c *Client) SubmitTemplate(ctx context.Context, id string, opts ...CallOption) (*Template, error) {
	return c.template(ctx, request{method: http.MethodPost, path: templatePath(id) + "/submit"}, opts)
}

// ForgetTemplate removes a template here and leaves it with its provider; the next sync brings it back. It takes [IfMatch].
func (c *Client) ForgetTemplate(ctx context.Context, id string, opts ...CallOption) error {
	_, err := c.do(ctx, request{method: http.MethodDelete, path: templatePath(id), query: url.Values{"only_here": {"true"}}}, nil, opts)
	return err
}

// SyncTemplates has an account's templates read from its provider soon. What became of it is template_sync in the account's health.
func (c *Client) SyncTemplates(ctx context.Context, accountID string, opts ...CallOption) error {
	_, err := ask[v1.TemplateSync](ctx, c, accountPath(accountID)+"/sync-templates", opts)
	return err
}
