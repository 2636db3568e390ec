package httpapi

import (
	"net/http"

	"github.com/go-json-experiment/json"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/secret"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

// createSubscription makes a subscription.
//
//	@Summary	Subscribe a URL
//	@Description	Posts the site's events to the URL from now on, each as `GET /v1/events` shows it, signed as Standard Webhooks has it. Without `event_types` it is sent all types. The answer shows the signing secret, once. What comes is at least once and in no order: `webhook-id` is the event's id, however often it comes.
//	@Tags		subscriptions
//	@Param		body			body		v1.SubscriptionCreate	true	"The subscription"
//	@Param		Idempotency-Key	header		string					false	"Repeats are answered as the first request was"	minlength(1)	maxlength(255)
//	@Success	201				{object}	v1.SubscriptionWithSecret
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/subscriptions [post]
func (a *api) createSubscription(in *call) (reply, error) {
	var sent v1.SubscriptionCreate
	wrong, err := readSubscription(in.body, &sent)
	if err != nil {
		return reply{}, err
	}
	ask := changeOf(v1.SubscriptionUpdate{URL: sent.URL, EventTypes: sent.EventTypes, Description: sent.Description}, wrong)
	made, key, err := a.Subscribers.Create(in.ctx, in.caller.Site, ask)
	if err != nil {
		return reply{}, err
	}
	out, err := revealed(http.StatusCreated, made, key)
	out.location = "/v1/subscriptions/" + made.ID
	return out, err
}

// listSubscriptions reads a page of subscriptions.
//
//	@Summary	List subscriptions
//	@Description	Answers a page of the site's subscriptions, newest first.
//	@Tags		subscriptions
//	@Param		limit	query		int		false	"Subscriptions per page"	minimum(1)	maximum(200)	default(50)
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	v1.SubscriptionList
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/subscriptions [get]
func (a *api) listSubscriptions(in *call) (reply, error) {
	var wrong fault.Fields
	limit, after := limitOf(in, &wrong), positionOf(in, "age", &wrong)
	if err := badQuery(wrong); err != nil {
		return reply{}, err
	}
	page, err := a.Subscribers.List(in.ctx, in.caller.Site, after.ID, limit)
	if err != nil {
		return reply{}, err
	}
	list := make([]v1.Subscription, len(page.Subscriptions))
	for i, s := range page.Subscriptions {
		list[i] = subscriptionOf(s)
	}
	next, err := cursorOf(in, "age", account.Position{ID: page.Next})
	if err != nil {
		return reply{}, err
	}
	return ok(pageAnswer[v1.Subscription]{Data: list, NextCursor: next})
}

// getSubscription reads one subscription.
//
//	@Summary	Read a subscription
//	@Description	Answers the subscription without its secret. One that this service has disabled says why: enable it again once the subscriber is well, and it goes on where it was.
//	@Tags		subscriptions
//	@Param		id				path		string	true	"The subscription's id"
//	@Param		If-None-Match	header		string	false	"Answers 304 while the representation is this one"
//	@Success	200				{object}	v1.Subscription
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/subscriptions/{id} [get]
func (a *api) getSubscription(in *call) (reply, error) {
	found, err := a.Subscribers.Get(in.ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, err
	}
	return shown(found)
}

// updateSubscription changes a subscription.
//
//	@Summary	Change a subscription
//	@Description	Applies a merge patch (RFC 7396). Another `url` is for whatever was not delivered yet, too; other `event_types` are for events from now on. While it is disabled nothing is posted; enabled again, it goes on where it was, and what is pending is due at once.
//	@Tags		subscriptions
//	@Accept		json,application/merge-patch+json
//	@Param		id			path		string					true	"The subscription's id"
//	@Param		If-Match	header		string					false	"Changes the subscription only while its ETag is this one"
//	@Param		body		body		v1.SubscriptionUpdate	true	"A merge patch"
//	@Success	200			{object}	v1.Subscription
//	@Failure	default		{object}	v1.Problem
//	@Router		/v1/subscriptions/{id} [patch]
func (a *api) updateSubscription(in *call) (reply, error) {
	var sent v1.SubscriptionUpdate
	wrong, err := readSubscription(in.body, &sent, "event_types", "description")
	if err != nil {
		return reply{}, err
	}
	changed, err := a.Subscribers.Update(in.ctx, in.caller.Site, in.Param("id"), changeOf(sent, wrong), ifSubscription(in))
	if err != nil {
		return reply{}, err
	}
	return shown(changed)
}

// deleteSubscription ends a subscription.
//
//	@Summary	Delete a subscription
//	@Description	Ends the subscription with its secret. What was not delivered yet is not delivered any more.
//	@Tags		subscriptions
//	@Param		id			path	string	true	"The subscription's id"
//	@Param		If-Match	header	string	false	"Deletes the subscription only while its ETag is this one"
//	@Success	204
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/subscriptions/{id} [delete]
func (a *api) deleteSubscription(in *call) (reply, error) {
	err := a.Subscribers.Delete(in.ctx, in.caller.Site, in.Param("id"), ifSubscription(in))
	return reply{status: http.StatusNoContent}, err
}

// rotateSubscriptionSecret makes a new signing secret.
//
//	@Summary	Rotate a subscription's secret
//	@Description	Answers a new signing secret, once. For 24 hours both sign, the new one first: take either until every receiver has the new one. Rotated again within that time, the oldest ends at once.
//	@Tags		subscriptions
//	@Param		id				path		string	true	"The subscription's id"
//	@Param		If-Match		header		string	false	"Rotates the secret only while the subscription's ETag is this one"
//	@Param		Idempotency-Key	header		string	false	"Repeats are answered as the first request was"	minlength(1)	maxlength(255)
//	@Success	200				{object}	v1.SubscriptionWithSecret
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/subscriptions/{id}/rotate-secret [post]
func (a *api) rotateSubscriptionSecret(in *call) (reply, error) {
	if err := decode(in.body, &struct{}{}); err != nil {
		return reply{}, err
	}
	after, key, err := a.Subscribers.Rotate(in.ctx, in.caller.Site, in.Param("id"), ifSubscription(in))
	if err != nil {
		return reply{}, err
	}
	return revealed(http.StatusOK, after, key)
}

// representSubscription is the one JSON of a subscription: what is sent, and what the ETag digests.
func representSubscription(s subscription.Subscription) ([]byte, error) {
	return json.Marshal(subscriptionOf(s))
}

// ifSubscription is If-Match of a subscription.
func ifSubscription(in *call) subscription.Precondition {
	return precondition(in, representSubscription, subscription.ErrStale)
}

// shown answers one subscription with its ETag.
func shown(s subscription.Subscription) (reply, error) {
	body, err := representSubscription(s)
	return reply{status: http.StatusOK, body: body, etag: etagOf(body)}, err
}

// revealed is the answer that shows the secret. Its ETag is that of the subscription as it is read, which has no secret.
func revealed(status int, s subscription.Subscription, key secret.Text) (reply, error) {
	out, err := shown(s)
	if err != nil {
		return reply{}, err
	}
	out.status = status
	out.body, err = json.Marshal(v1.SubscriptionWithSecret{Subscription: subscriptionOf(s), Secret: subscription.Shown(key)})
	return out, err
}

func subscriptionOf(s subscription.Subscription) v1.Subscription {
	out := v1.Subscription{
		ID: s.ID, URL: s.URL, EventTypes: []string{}, Description: s.Description, Status: string(s.Status), DisabledReason: unlessEmpty(string(s.DisabledReason)),
		DisabledAt: momentOf(s.DisabledAt), SecretUpdatedAt: v1.Time{Time: s.SecretSetAt}, CreatedAt: v1.Time{Time: s.CreatedAt}, UpdatedAt: v1.Time{Time: s.UpdatedAt},
	}
	for _, t := range s.Types {
		out.EventTypes = append(out.EventTypes, string(t))
	}
	return out
}
