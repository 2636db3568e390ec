package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
)

// Subscription is a subscription as it was answered, with what came beside it.
type Subscription struct {
	v1.Subscription
	// Secret signs what is posted. Only the answers to CreateSubscription and RotateSubscriptionSecret have it.
	Secret string `json:"secret"`
	// ETag is the representation's, for IfMatch and IfNoneMatch.
	ETag string `json:"-"`
	// RequestID names the request to whoever operates the service.
	RequestID string `json:"-"`
	// Replayed tells that this is the answer to an earlier request with the same IdempotencyKey.
	Replayed bool `json:"-"`
}

func subscriptionPath(id string) string { return "/v1/subscriptions/" + url.PathEscape(id) }

// subscription makes a call that answers one subscription.
func (c *Client) subscription(ctx context.Context, r request, opts []CallOption) (*Subscription, error) {
	s := new(Subscription)
	h, err := c.do(ctx, r, s, opts)
	if err != nil {
		return nil, err
	}
	s.ETag, s.RequestID, s.Replayed = h.Get("ETag"), h.Get("X-Request-Id"), h.Get("Idempotent-Replayed") == "true"
	return s, nil
}

// CreateSubscription subscribes a URL. Keep the Secret of the answer: it is not shown again. Send an [IdempotencyKey] so that it may be repeated.
func (c *Client) CreateSubscription(ctx context.Context, s v1.SubscriptionCreate, opts ...CallOption) (*Subscription, error) {
	return c.subscription(ctx, request{method: http.MethodPost, path: "/v1/subscriptions", media: mediaJSON, body: s}, opts)
}

// GetSubscription reads a subscription. It takes [IfNoneMatch].
func (c *Client) GetSubscription(ctx context.Context, id string, opts ...CallOption) (*Subscription, error) {
	return c.subscription(ctx, request{method: http.MethodGet, path: subscriptionPath(id)}, opts)
}

// UpdateSubscription changes a subscription. The patch is whatever marshals to a JSON object: a [Patch], which can say null, or a
// v1.SubscriptionUpdate. It takes [IfMatch].
func (c *Client) UpdateSubscription(ctx context.Context, id string, patch any, opts ...CallOption) (*Subscription, error) {
	return c.subscription(ctx, request{method: http.MethodPatch, path: subscriptionPath(id), media: mediaMergePatch, body: patch}, opts)
}

// DeleteSubscription ends a subscription. It takes [IfMatch].
func (c *Client) DeleteSubscription(ctx context.Context, id string, opts ...CallOption) error {
	_, err := c.do(ctx, request{method: http.MethodDelete, path: subscriptionPath(id)}, nil, opts)
	return err
}

// RotateSubscriptionSecret gives the subscription a new Secret, which is not shown again. The one before signs beside it for 24 hours: [VerifyWebhook]
// takes both. It takes [IfMatch] and an [IdempotencyKey].
func (c *Client) RotateSubscriptionSecret(ctx context.Context, id string, opts ...CallOption) (*Subscription, error) {
	return c.subscription(ctx, request{method: http.MethodPost, path: subscriptionPath(id) + "/rotate-secret"}, opts)
}

// Subscriptions reads one page of subscriptions, newest first.
func (c *Client) Subscriptions(ctx context.Context, p Page, opts ...CallOption) (*v1.SubscriptionList, error) {
	return get[v1.SubscriptionList](ctx, c, "/v1/subscriptions", p.values(), opts)
}

// AllSubscriptions reads page after page, from p's cursor on. An error ends it and comes with the zero subscription.
func (c *Client) AllSubscriptions(ctx context.Context, p Page, opts ...CallOption) iter.Seq2[v1.Subscription, error] {
	return all(p.Cursor, func(cursor string) ([]v1.Subscription, *string, error) {
		p.Cursor = cursor
		page, err := c.Subscriptions(ctx, p, opts...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// TestSubscription posts one event of the type subscription.test now. That the subscriber failed is no error: the delivery says so.
func (c *Client) TestSubscription(ctx context.Context, id string, opts ...CallOption) (*v1.Delivery, error) {
	d := new(v1.Delivery)
	if _, err := c.do(ctx, request{method: http.MethodPost, path: subscriptionPath(id) + "/test"}, d, opts); err != nil {
		return nil, err
	}
	return d, nil
}

// DeliveryQuery selects deliveries; empty members select all.
type DeliveryQuery struct {
	Status string // pending, succeeded or failed
	Page
}

func (q DeliveryQuery) values() url.Values {
	v := q.Page.values()
	setUnlessEmpty(v, "status", q.Status)
	return v
}

// Deliveries reads one page of what was delivered to a subscription and what was not, newest first.
func (c *Client) Deliveries(ctx context.Context, id string, q DeliveryQuery, opts ...CallOption) (*v1.DeliveryList, error) {
	return get[v1.DeliveryList](ctx, c, subscriptionPath(id)+"/deliveries", q.values(), opts)
}

// AllDeliveries reads page after page, from q's cursor on. An error ends it and comes with the zero delivery.
func (c *Client) AllDeliveries(ctx context.Context, id string, q DeliveryQuery, opts ...CallOption) iter.Seq2[v1.Delivery, error] {
	return all(q.Cursor, func(cursor string) ([]v1.Delivery, *string, error) {
		q.Cursor = cursor
		page, err := c.Deliveries(ctx, id, q, opts...)
		if err != nil {
			return nil, nil, err
		}
		return page.Data, page.NextCursor, nil
	})
}

// RedeliverEvent sends an event once more: to the subscription that is named, or to every enabled one that takes its type when none is. It gives the
// deliveries that were made. It takes an [IdempotencyKey].
func (c *Client) RedeliverEvent(ctx context.Context, eventID, subscriptionID string, opts ...CallOption) ([]v1.Delivery, error) {
	r := request{method: http.MethodPost, path: "/v1/events/" + url.PathEscape(eventID) + "/redeliver"}
	if subscriptionID != "" {
		r.media, r.body = mediaJSON, v1.Redeliver{SubscriptionID: &subscriptionID}
	}
	made := new(v1.Redelivery)
	if _, err := c.do(ctx, r, made, opts); err != nil {
		return nil, err
	}
	return made.Data, nil
}
