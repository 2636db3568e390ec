package v1

// SubscriptionCreate is the body of POST /v1/subscriptions.
type SubscriptionCreate struct {
	// Where events are posted: https, without user name and fragment, at a host of the public internet.
	URL *string `json:"url" validate:"required" minLength:"1" maxLength:"2048" example:"https://shop.example.com/hooks/whatsapp"`
	// Only events of these types. Empty or left out: all of them, those of later versions too.
	EventTypes *[]string `json:"event_types,omitempty" swaggertype:"array,string" enums:"message.received,message.status,template.status,account.health,account.changed,webhook.unrouted,webhook.other,subscription.disabled" example:"message.received,message.status"`
	// For people.
	Description *string `json:"description,omitempty" maxLength:"500" example:"The shop's order desk"`
}

// SubscriptionUpdate is the body of PATCH /v1/subscriptions/{id}: an RFC 7396 merge patch. What is left out stays.
type SubscriptionUpdate struct {
	URL *string `json:"url,omitempty" minLength:"1" maxLength:"2048" example:"https://shop.example.com/hooks/whatsapp"`
	// For events that come from now on. Empty or null: all of them.
	EventTypes *[]string `json:"event_types,omitempty" swaggertype:"array,string" enums:"message.received,message.status,template.status,account.health,account.changed,webhook.unrouted,webhook.other,subscription.disabled" extensions:"x-nullable" example:"message.received"`
	// null clears it.
	Description *string `json:"description,omitempty" maxLength:"500" extensions:"x-nullable" example:"The shop's order desk"`
	// Enabled again, it goes on where it was: nothing is lost that is still kept.
	Status *string `json:"status,omitempty" validate:"omitempty,oneof=enabled disabled" enums:"enabled,disabled" example:"disabled"`
}

// Subscription is a URL that events of the site are posted to.
type Subscription struct {
	ID  string `json:"id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e16"`
	URL string `json:"url" example:"https://shop.example.com/hooks/whatsapp"`
	// Empty: all types.
	EventTypes  []string `json:"event_types" example:"message.received,message.status"`
	Description string   `json:"description" example:"The shop's order desk"`
	Status      string   `json:"status" enums:"enabled,disabled" example:"enabled"`
	// Why it is disabled: requested by whoever manages it, gone (the subscriber answered 410), or failing (nothing but failures for five days).
	DisabledReason *string `json:"disabled_reason" extensions:"x-nullable" example:"failing"`
	DisabledAt     *Time   `json:"disabled_at" swaggertype:"string" format:"date-time" extensions:"x-nullable" example:"2026-11-22T10:00:00.000000Z"`
	// Since when the signing secret is what it is.
	SecretUpdatedAt Time `json:"secret_updated_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	CreatedAt       Time `json:"created_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	UpdatedAt       Time `json:"updated_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
}

// SubscriptionWithSecret is a subscription in the one answer that shows its signing secret.
type SubscriptionWithSecret struct {
	Subscription
	// Signs what is posted. It is shown only now, so keep it.
	Secret string `json:"secret" example:"whsec_Rm9yIGV4YW1wbGUsIGFuZCBmb3Igbm90aGluZyBlbHNlIQ=="`
}

// SubscriptionList is a page of subscriptions, newest first.
type SubscriptionList struct {
	Data []Subscription `json:"data"`
	// Pass it as cursor for the next page; null at the end.
	NextCursor *string `json:"next_cursor" extensions:"x-nullable"`
}

// Delivery is one event on its way to one subscriber, or what became of it.
type Delivery struct {
	ID             string `json:"id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e17"`
	SubscriptionID string `json:"subscription_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e16"`
	// What the subscriber sees as webhook-id: the same for every attempt and every redelivery.
	EventID   string `json:"event_id" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e15"`
	EventType string `json:"event_type" example:"message.received"`
	Status    string `json:"status" enums:"pending,succeeded,failed" example:"succeeded"`
	// The last twenty at most, the oldest first.
	Attempts []DeliveryAttempt `json:"attempts"`
	// Not before; null once it has succeeded or failed.
	NextAttemptAt *Time `json:"next_attempt_at" swaggertype:"string" format:"date-time" extensions:"x-nullable" example:"2026-11-22T10:00:05.000000Z"`
	CreatedAt     Time  `json:"created_at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
}

// DeliveryAttempt is one try of a delivery.
type DeliveryAttempt struct {
	At Time `json:"at" swaggertype:"string" format:"date-time" example:"2026-11-22T10:00:00.000000Z"`
	// What the subscriber answered; null when there was no answer.
	ResponseStatus *int `json:"response_status" extensions:"x-nullable" example:"500"`
	// What went wrong; empty when nothing did.
	Detail     string `json:"detail" example:"The subscriber answered 500 Internal Server Error."`
	DurationMS int64  `json:"duration_ms" example:"84"`
}

// DeliveryList is a page of deliveries, newest first.
type DeliveryList struct {
	Data       []Delivery `json:"data"`
	NextCursor *string    `json:"next_cursor" extensions:"x-nullable"`
}

// Redeliver is the body of POST /v1/events/{id}/redeliver, which may be left out.
type Redeliver struct {
	// The only subscription to deliver to; left out, all that are enabled and take the event's type.
	SubscriptionID *string `json:"subscription_id,omitempty" format:"uuid" example:"0198b2f0-5c1e-7c3a-9d1f-6a2b8c4d0e16"`
}

// Redelivery is the deliveries that were made.
type Redelivery struct {
	Data []Delivery `json:"data"`
}
