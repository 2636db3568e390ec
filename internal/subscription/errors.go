package subscription

import (
	"errors"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// The errors of this room that callers tell apart with errors.Is.
var (
	ErrNotFound = fault.New(fault.NotFound, "subscription_not_found", "There is no such subscription in this site.",
		"Check the id; GET /v1/subscriptions lists the subscriptions of the site.")
	ErrEventNotFound = fault.New(fault.NotFound, "event_not_found", "There is no such event in this site, or it is no longer kept.",
		"Check the id; GET /v1/events lists the events that are kept.")
	ErrDisabled = fault.New(fault.Conflict, "subscription_disabled", "The subscription is disabled, so nothing is delivered to it.",
		`Enable it with a PATCH of its status, {"status": "enabled"}, and send the request again.`)
	ErrStale = fault.New(fault.Stale, "stale_representation", "The subscription has changed since the representation that If-Match names.",
		"Read the subscription again, apply your change to what it is now and send the new ETag.")
)

// ErrLost tells that a turn is over: somebody else may serve the subscription, or it is gone. Whatever was about to be written must be undone.
var ErrLost = errors.New("the turn is lost")
