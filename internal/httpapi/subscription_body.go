package httpapi

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	v1 "github.com/ivendnext/whatsapp-accounts/api/v1"
	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/subscription"
)

// readSubscription reads a body into a type of the wire and notes what breaks a rule of its shape. Null clears the members that are named, and is
// wrong for the others.
func readSubscription(body []byte, into any, clearable ...string) (wrong fault.Fields, err error) {
	var members map[string]jsontext.Value
	if err := decode(body, &members); err != nil {
		return nil, err
	}
	if err := refuseReadOnly(members, []string{"id", "disabled_reason", "disabled_at", "secret", "secret_updated_at", "created_at", "updated_at"}); err != nil {
		return nil, err
	}
	if err := decode(body, into); err != nil {
		return nil, err
	}
	wrong = slices.DeleteFunc(nulls(members), func(f fault.Field) bool { return slices.Contains(clearable, f.Pointer[1:]) })
	if sent, is := into.(*v1.SubscriptionUpdate); is {
		clearNulls(members, sent)
	}
	return wrong, misshapen(into, &wrong)
}

// clearNulls puts what null stands for in place of it.
func clearNulls(members map[string]jsontext.Value, sent *v1.SubscriptionUpdate) {
	if members["event_types"].Kind() == 'n' {
		sent.EventTypes = &[]string{}
	}
	if members["description"].Kind() == 'n' {
		sent.Description = new("")
	}
}

// changeOf is what a body asks for.
func changeOf(sent v1.SubscriptionUpdate, wrong fault.Fields) subscription.Change {
	ask := subscription.Change{URL: sent.URL, Description: sent.Description, Status: (*subscription.Status)(sent.Status), Wrong: wrong}
	if sent.EventTypes != nil {
		types := make([]event.Type, len(*sent.EventTypes))
		for i, name := range *sent.EventTypes {
			types[i] = event.Type(name)
		}
		ask.Types = &types
	}
	return ask
}

// momentOf is null for the zero time.
func momentOf(at time.Time) *v1.Time {
	if at.IsZero() {
		return nil
	}
	return &v1.Time{Time: at}
}
