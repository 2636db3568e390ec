package v1

import "encoding/json"

// Event is one line of a site's feed.
type Event struct {
	ID   string `json:"id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e15"`
	Type string `json:"type" enums:"message.received,message.status,template.status,account.health,account.changed,webhook.unrouted,webhook.other,subscription.disabled,subscription.test" example:"message.received"`
	// When the service told it.
	CreatedAt Time `json:"created_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	// The account that it is about; null when it is about none of the site.
	AccountID *string `json:"account_id" extensions:"x-nullable" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e11"`
	// The message, the status or the change as the provider sent it, by that name, and what goes with it: contact, metadata, business_id; of a status
	// also state, which only moves forward, and explained, what its error codes mean; of an unrouted change the reason. Of a subscription that was disabled its
	// id, the reason and the time. subscription.test is posted to subscribers who asked for it, and is in no feed.
	Data json.RawMessage `json:"data" swaggertype:"object"`
	// How the automatic read receipt of a received message stands; absent when there is none to send.
	ReadReceipt *ReadReceipt `json:"read_receipt,omitempty"`
}

// ReadReceipt is how an automatic read receipt stands.
type ReadReceipt struct {
	Status string `json:"status" enums:"queued,sent,failed,cancelled" example:"sent"`
	// Since when.
	At Time `json:"at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	// Why it was not sent; empty otherwise.
	Detail string `json:"detail" example:""`
}

// EventList is some events, the oldest first.
type EventList struct {
	Data []Event `json:"data"`
	// Where to go on, as after; always there.
	NextCursor string `json:"next_cursor" example:"pcW3p0Vx.2s"`
}
