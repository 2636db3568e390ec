package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/pkg/client"
)

// The secret is shown once: keep it. Afterwards the service posts events to the URL, and VerifyWebhook proves them.
func ExampleClient_CreateSubscription() {
	c, stop := service()
	defer stop()
	var secret string
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		receiver([]string{secret}, func(_, kind string) error {
			fmt.Println("came:", kind)
			return nil
		}).ServeHTTP(w, r)
	}))
	defer shop.Close()
	ctx := context.Background()

	s, err := c.CreateSubscription(ctx, v1.SubscriptionCreate{URL: &shop.URL, EventTypes: &[]string{"message.received"}}, client.IdempotencyKey("shop"))
	if err != nil {
		panic(err)
	}
	secret = s.Secret
	tried, err := c.TestSubscription(ctx, s.ID)
	if err != nil {
		panic(err)
	}
	fmt.Println(tried.Status, *tried.Attempts[0].ResponseStatus)
	// Output:
	// came: subscription.test
	// succeeded 204
}

func TestSubscriptionIsMadeReadChangedRotatedAndDeleted(t *testing.T) {
	c, ctx := running(t), t.Context()
	made, err := c.CreateSubscription(ctx, v1.SubscriptionCreate{URL: new("https://shop.example.com/hooks"), EventTypes: &[]string{"message.status"}})
	require.NoError(t, err)
	assert.Regexp(t, "^whsec_", made.Secret)
	read, err := c.GetSubscription(ctx, made.ID)
	require.NoError(t, err)
	assert.Empty(t, read.Secret)
	assert.Equal(t, made.ETag, read.ETag)
	_, err = c.GetSubscription(ctx, made.ID, client.IfNoneMatch(made.ETag))
	require.ErrorIs(t, err, client.ErrNotModified)

	changed, err := c.UpdateSubscription(ctx, made.ID, client.Patch{"event_types": nil, "status": "disabled"}, client.IfMatch(made.ETag))
	require.NoError(t, err)
	assert.Equal(t, []any{"disabled", "requested", []string{}}, []any{changed.Status, *changed.DisabledReason, changed.EventTypes})
	_, err = c.UpdateSubscription(ctx, made.ID, v1.SubscriptionUpdate{Status: new("enabled")}, client.IfMatch(made.ETag))
	assert.True(t, client.HasCode(err, "stale_representation"), "%v", err)
	rotated, err := c.RotateSubscriptionSecret(ctx, made.ID, client.IdempotencyKey("r"))
	require.NoError(t, err)
	again, err := c.RotateSubscriptionSecret(ctx, made.ID, client.IdempotencyKey("r"))
	require.NoError(t, err)
	assert.NotEqual(t, made.Secret, rotated.Secret)
	assert.Equal(t, rotated.Secret, again.Secret)
	assert.True(t, again.Replayed)

	_, err = c.RedeliverEvent(ctx, made.ID, "")
	assert.True(t, client.HasCode(err, "event_not_found"), "%v", err)
	_, err = c.RedeliverEvent(ctx, made.ID, made.ID)
	assert.True(t, client.HasCode(err, "event_not_found"), "%v", err)
	require.NoError(t, c.DeleteSubscription(ctx, made.ID))
	for _, err := range []error{
		func() error { _, err := c.GetSubscription(ctx, made.ID); return err }(),
		func() error { _, err := c.TestSubscription(ctx, made.ID); return err }(),
		func() error { _, err := c.Deliveries(ctx, made.ID, client.DeliveryQuery{}); return err }(),
		c.DeleteSubscription(ctx, made.ID),
	} {
		assert.True(t, client.HasCode(err, "subscription_not_found"), "%v", err)
	}
}

func TestSubscriptionsAndDeliveriesAreReadPageByPage(t *testing.T) {
	c, ctx := running(t), t.Context()
	shop := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(shop.Close)
	ids := map[string]bool{}
	var last string
	for range 3 {
		made, err := c.CreateSubscription(ctx, v1.SubscriptionCreate{URL: &shop.URL})
		require.NoError(t, err)
		ids[made.ID], last = true, made.ID
	}
	for s, err := range c.AllSubscriptions(ctx, client.Page{Limit: 1}) {
		require.NoError(t, err)
		delete(ids, s.ID)
	}
	assert.Empty(t, ids)
	for range 3 {
		d, err := c.TestSubscription(ctx, last)
		require.NoError(t, err)
		assert.Equal(t, []any{"failed", 404, "The subscriber answered 404 Not Found."}, []any{d.Status, *d.Attempts[0].ResponseStatus, d.Attempts[0].Detail})
		ids[d.ID] = true
	}
	for d, err := range c.AllDeliveries(ctx, last, client.DeliveryQuery{Status: "failed", Page: client.Page{Limit: 2}}) {
		require.NoError(t, err)
		delete(ids, d.ID)
	}
	assert.Empty(t, ids)
	page, err := c.Deliveries(ctx, last, client.DeliveryQuery{Status: "pending"})
	require.NoError(t, err)
	assert.Empty(t, page.Data)
}
