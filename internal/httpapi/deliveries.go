package httpapi

import (
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

// testPatience is how long the caller of a test waits beyond what any request may take: as long as a subscriber may.
const testPatience = 15 * time.Second

// testSubscription sends an event to try the subscriber out.
//
//	@Summary	Test a subscription
//	@Description	Posts one signed event of the type `subscription.test` now, waits for the answer and says what became of it: a failure is a 200 whose `status` is `failed`. The event is in no feed and is not tried again; the delivery is in the log. It is posted to a disabled subscription too. `Idempotency-Key` has no effect.
//	@Tags		subscriptions
//	@Param		id		path		string	true	"The subscription's id"
//	@Success	200		{object}	v1.Delivery
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/subscriptions/{id}/test [post]
func (a *api) testSubscription(in *call) (reply, error) {
	ctx, cancel := a.patient(in, testPatience)
	defer cancel()
	d, err := a.Subscribers.Test(ctx, in.caller.Site, in.Param("id"))
	if err != nil {
		return reply{}, broken(ctx, err)
	}
	return ok(deliveryOf(d))
}

// listDeliveries reads the log of a subscription.
//
//	@Summary	List a subscription's deliveries
//	@Description	Answers what was delivered, what was not and why, and what is still to be tried, newest first. A delivery that has failed for about three days is given up; `POST /v1/events/{id}/redeliver` tries it again. What is finished is kept as long as events are.
//	@Tags		subscriptions
//	@Param		id		path		string	true	"The subscription's id"
//	@Param		status	query		string	false	"Only deliveries of this status"	Enums(pending, succeeded, failed)
//	@Param		limit	query		int		false	"Deliveries per page"				minimum(1)	maximum(200)	default(50)
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	v1.DeliveryList
//	@Failure	default	{object}	v1.Problem
//	@Router		/v1/subscriptions/{id}/deliveries [get]
func (a *api) listDeliveries(in *call) (reply, error) {
	var wrong fault.Fields
	var states []string
	for _, s := range subscription.DeliveryStatuses() {
		states = append(states, string(s))
	}
	limit, after, status := limitOf(in, &wrong), positionOf(in, "age", &wrong), oneOf(in, "status", &wrong, states...)
	if err := badQuery(wrong); err != nil {
		return reply{}, err
	}
	q := subscription.LogQuery{Status: subscription.DeliveryStatus(status), After: after.ID, Limit: limit}
	page, err := a.Subscribers.Log(in.ctx, in.caller.Site, in.Param("id"), q)
	if err != nil {
		return reply{}, err
	}
	next, err := cursorOf(in, "age", account.Position{ID: page.Next})
	if err != nil {
		return reply{}, err
	}
	return ok(pageAnswer[v1.Delivery]{Data: deliveriesOf(page.Deliveries), NextCursor: next})
}

// redeliverEvent sends an event once more.
//
//	@Summary	Deliver an event again
//	@Description	Sends an event that is still kept once more, under the same `webhook-id`: to the subscription that is named, whatever types it takes, or to every enabled one that takes the event's type. The answer lists the deliveries that were made; they are sent in the background.
//	@Tags		subscriptions
//	@Param		id				path		string			true	"The event's id"
//	@Param		Idempotency-Key	header		string			false	"Repeats are answered as the first request was"	minlength(1)	maxlength(255)
//	@Param		body			body		v1.Redeliver	false	"To whom"
//	@Success	202				{object}	v1.Redelivery
//	@Failure	default			{object}	v1.Problem
//	@Router		/v1/events/{id}/redeliver [post]
func (a *api) redeliverEvent(in *call) (reply, error) {
	var sent v1.Redeliver
	wrong, err := readSubscription(in.body, &sent)
	if err != nil {
		return reply{}, err
	}
	to := ""
	if sent.SubscriptionID != nil {
		if to = *sent.SubscriptionID; to == "" {
			return reply{}, subscription.ErrNotFound
		}
	}
	if err := wrong.Err(); err != nil {
		return reply{}, err
	}
	made, err := a.Subscribers.Redeliver(in.ctx, in.caller.Site, in.Param("id"), to)
	if err != nil {
		return reply{}, err
	}
	body, err := json.Marshal(v1.Redelivery{Data: deliveriesOf(made)})
	return reply{status: http.StatusAccepted, body: body}, err
}

func deliveriesOf(all []subscription.Delivery) []v1.Delivery {
	out := make([]v1.Delivery, len(all))
	for i, d := range all {
		out[i] = deliveryOf(d)
	}
	return out
}

func deliveryOf(d subscription.Delivery) v1.Delivery {
	out := v1.Delivery{
		ID: d.ID, SubscriptionID: d.SubscriptionID, EventID: d.EventID, EventType: string(d.Type), Status: string(d.Status),
		Attempts: make([]v1.DeliveryAttempt, len(d.Attempts)), NextAttemptAt: momentOf(d.NextAt), CreatedAt: v1.Time{Time: d.CreatedAt},
	}
	for i, at := range d.Attempts {
		out.Attempts[i] = v1.DeliveryAttempt{At: v1.Time{Time: at.At}, Detail: at.Detail, DurationMS: at.Took.Milliseconds()}
		if at.Status != 0 {
			out.Attempts[i].ResponseStatus = &at.Status
		}
	}
	return out
}
