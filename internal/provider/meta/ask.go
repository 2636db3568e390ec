package meta

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/provider/guard"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
)

// maxPages bounds a list; a page has 100 items and a business account 25 numbers, or a few hundred.
const maxPages = 10

// inspected is the answer of GET /debug_token.
type inspected struct {
	Data struct {
		AppID     objectID    `json:"app_id"`
		IsValid   *bool       `json:"is_valid"`
		ExpiresAt int64       `json:"expires_at"` // Unix seconds; 0 is never
		Scopes    []string    `json:"scopes"`
		Error     *graphError `json:"error"`
	} `json:"data"`
}

// business is the answer of GET /{business_id}.
type business struct {
	ID     objectID `json:"id"`
	Name   string   `json:"name"`
	Review string   `json:"account_review_status"`
}

// listedNumber is an item of GET /{business_id}/phone_numbers.
type listedNumber struct {
	ID      objectID `json:"id"`
	Display string   `json:"display_phone_number"`
	Name    string   `json:"verified_name"`
	Quality string   `json:"quality_rating"`
	Status  string   `json:"status"`
}

// subscribedApp is an item of GET /{business_id}/subscribed_apps.
type subscribedApp struct {
	App struct {
		ID objectID `json:"id"`
	} `json:"whatsapp_business_api_data"`
}

// page is one page of a list. The cursors are followed and never the URL in next, which names a host and may hold the token.
type page[Item any] struct {
	Data   []Item `json:"data"`
	Paging struct {
		Next    string `json:"next"`
		Cursors struct {
			After string `json:"after"`
		} `json:"cursors"`
	} `json:"paging"`
}

// inspect asks about the account's token, as the app or, when bearer is empty, as the token itself. Meta wants the token as a parameter; this is the one
// call that has a secret in its URL.
func (p *Provider) inspect(ctx context.Context, c provider.Credentials, bearer secret.Text) (inspected, error) {
	query := url.Values{"input_token": {c.Secrets["token"].Reveal()}}
	found, err := ask[inspected](ctx, p, c, guard.Request{Method: http.MethodGet, Path: []string{"debug_token"}, Query: query, Bearer: bearer})
	if err == nil && found.Data.IsValid == nil {
		return found, unreadable(http.StatusOK)
	}
	return found, err
}

// appToken is Meta's "app access token" of an account that has an app id and secret.
func appToken(c provider.Credentials) secret.Text {
	if c.Settings["app_id"] == "" || c.Secrets["app_secret"].IsZero() {
		return secret.Text{}
	}
	return secret.New(c.Settings["app_id"] + "|" + c.Secrets["app_secret"].Reveal())
}

// list asks for the pages of a list below the business account until stop is content with an item. Complete is false when pages are left that were not
// asked for.
func list[Item any](ctx context.Context, p *Provider, c provider.Credentials, edge, fields string, stop func(Item) bool) (all []Item, complete bool, err error) {
	query := url.Values{}
	if fields != "" {
		query.Set("fields", fields)
	}
	return pages(ctx, p, c, edge, query, maxPages, stop)
}

// pages is list with any query and at most so many pages.
func pages[Item any](
	ctx context.Context, p *Provider, c provider.Credentials, edge string, query url.Values, most int, stop func(Item) bool,
) (all []Item, complete bool, err error) {
	query = maps.Clone(query)
	query.Set("limit", "100")
	for range most {
		r := guard.Request{Method: http.MethodGet, Path: []string{c.Settings["business_id"], edge}, Query: maps.Clone(query)}
		got, err := ask[page[Item]](ctx, p, c, r)
		if err == nil && got.Data == nil {
			err = unreadable(http.StatusOK)
		}
		if err != nil {
			return nil, false, err
		}
		all = append(all, got.Data...)
		if got.Paging.Next == "" || slices.ContainsFunc(got.Data, stop) {
			return all, true, nil
		}
		query.Set("after", got.Paging.Cursors.After)
	}
	return all, false, nil
}
