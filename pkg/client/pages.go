package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// Page says which part of a list to read.
type Page struct {
	Limit  int    // per page, 1 to 200; zero leaves it to the service
	Cursor string // NextCursor of the page before; empty begins
}

func (p Page) values() url.Values {
	q := url.Values{}
	setUnlessEmpty(q, "cursor", p.Cursor)
	if p.Limit != 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	return q
}

func setUnlessEmpty(q url.Values, name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

// History reads one page of who changed what on an account, newest first. It also answers for an account that was deleted.
func (c *Client) History(ctx context.Context, accountID string, p Page, opts ...CallOption) (*v1.HistoryList, error) {
	return get[v1.HistoryList](ctx, c, accountPath(accountID)+"/history", p.values(), opts)
}

// AllHistory reads page after page, from p's cursor on. An error ends it and comes with the zero line.
func (c *Client) AllHistory(ctx context.Context, accountID string, p Page, opts ...CallOption) iter.Seq2[v1.HistoryLine, error] {
	return all(p.Cursor, func(cursor string) ([]v1.HistoryLine, *string, error) {
		p.Cursor = cursor
		page, err := c.History(ctx, accountID, p, opts...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// get makes a call that answers a T.
func get[T any](ctx context.Context, c *Client, path string, query url.Values, opts []CallOption) (*T, error) {
	into := new(T)
	if _, err := c.do(ctx, request{method: http.MethodGet, path: path, query: query}, into, opts); err != nil {
		return nil, err
	}
	return into, nil
}

// all goes through the pages that read gives. It may be ranged over again: it then starts at the beginning.
func all[T any](from string, read func(cursor string) ([]T, *string, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for cursor := &from; cursor != nil; {
			data, next, err := read(*cursor)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			if !yieldAll(data, yield) {
				return
			}
			cursor = next
		}
	}
}

func yieldAll[T any](data []T, yield func(T, error) bool) bool {
	for _, item := range data {
		if !yield(item, nil) {
			return false
		}
	}
	return true
}
