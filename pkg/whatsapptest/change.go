package whatsapptest

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Change is an event of any field, known or not. The functions below make those of accounts, numbers and templates.
type Change struct {
	// BusinessID is the account; empty is the first of the double.
	BusinessID string
	// Field is the field that an app subscribes to.
	Field string
	// Value is anything that is JSON.
	Value any
	// At is the entry's time; zero is now.
	At time.Time
}

func (e Change) change(m *Meta) (change, error) {
	if e.BusinessID == "" {
		if len(m.businesses) == 0 {
			return change{}, errors.New("whatsapptest: the event names no account and there is none")
		}
		e.BusinessID = m.businesses[0].ID
	}
	if e.At.IsZero() {
		e.At = m.clock()
	}
	return change{business: e.BusinessID, field: e.Field, value: e.Value, at: e.At}, nil
}

// Review decides about a template as Meta's reviewers do, or pauses it: it changes the template, and gives the webhook that tells. status is APPROVED,
// REJECTED, PAUSED and so on. reason is why, such as INVALID_FORMAT; empty is NONE.
func (m *Meta) Review(templateID, status, reason string) (Change, error) {
	m.world.Lock()
	defer m.world.Unlock()
	b, t := m.template(templateID)
	if t == nil {
		return Change{}, fmt.Errorf("whatsapptest: there is no template %s", templateID)
	}
	t.Status, t.RejectedReason = status, or(reason, "NONE")
	value := append(object{{"event", status}}, t.reference()...)
	value = append(value, object{{"reason", t.RejectedReason}, {"message_template_category", t.Category}}...)
	if status == "REJECTED" {
		value = append(value, member{"rejection_info", object{{"reason", t.RejectedReason}, {"recommendation", "Change it and submit it again."}}})
	}
	if status == "PAUSED" {
		value = append(value, member{"other_info", object{{"title", "FIRST_PAUSE"}, {"description", "The template is paused for 3 hours."}}})
	}
	return Change{BusinessID: b.ID, Field: "message_template_status_update", Value: value}, nil
}

// Regrade changes the quality of a template, and gives the webhook that tells.
func (m *Meta) Regrade(templateID, quality string) (Change, error) {
	m.world.Lock()
	defer m.world.Unlock()
	b, t := m.template(templateID)
	if t == nil {
		return Change{}, fmt.Errorf("whatsapptest: there is no template %s", templateID)
	}
	value := append(object{{"previous_quality_score", t.Quality}, {"new_quality_score", quality}}, t.reference()...)
	t.Quality = quality
	return Change{BusinessID: b.ID, Field: "message_template_quality_update", Value: value}, nil
}

// Recategorise changes the category of a template, and gives the webhook that tells.
func (m *Meta) Recategorise(templateID, category string) (Change, error) {
	m.world.Lock()
	defer m.world.Unlock()
	b, t := m.template(templateID)
	if t == nil {
		return Change{}, fmt.Errorf("whatsapptest: there is no template %s", templateID)
	}
	t.PreviousCategory, t.Category = t.Category, category
	value := append(t.reference(), object{{"previous_category", t.PreviousCategory}, {"new_category", category}}...)
	return Change{BusinessID: b.ID, Field: "template_category_update", Value: value}, nil
}

// reference is what webhooks call a template; its id is a number there, unlike everywhere else.
func (t *Template) reference() object {
	id, _ := strconv.ParseInt(t.ID, 10, 64)
	return object{{"message_template_id", id}, {"message_template_name", t.Name}, {"message_template_language", t.Language}}
}

// PhoneQuality tells that a number's limit has changed; event is THROUGHPUT_UPGRADE, ONBOARDING and so on, limit is TIER_2K and so on.
func PhoneQuality(displayNumber, event, limit string) Change {
	return Change{Field: "phone_number_quality_update", Value: object{
		{"display_phone_number", digits(displayNumber)}, {"event", event}, {"current_limit", limit}, {"max_daily_conversations_per_business", limit},
	}}
}

// PhoneName tells what was decided about a number's name: APPROVED, REJECTED, PENDING or DEFERRED.
func PhoneName(displayNumber, decision, name string) Change {
	return Change{Field: "phone_number_name_update", Value: object{
		{"display_phone_number", digits(displayNumber)}, {"decision", decision}, {"requested_verified_name", name}, {"rejection_reason", nil},
	}}
}

// AccountRestriction tells that an account is restricted until a time.
func AccountRestriction(restriction string, until time.Time) Change {
	return Change{Field: "account_update", Value: object{
		{"event", "ACCOUNT_RESTRICTION"},
		{"restriction_info", []object{{{"restriction_type", restriction}, {"expiration", strconv.FormatInt(until.Unix(), 10)}}}},
	}}
}

// AccountBan tells a ban's state: DISABLE, REINSTATE or SCHEDULE_FOR_DISABLE.
func AccountBan(state string, on time.Time) Change {
	return Change{Field: "account_update", Value: object{
		{"event", "DISABLED_UPDATE"}, {"ban_info", object{{"waba_ban_state", state}, {"waba_ban_date", on.Format("January 2, 2006")}}},
	}}
}

// AccountReview tells what was decided about an account: APPROVED, REJECTED, PENDING or DEFERRED.
func AccountReview(decision string) Change {
	return Change{Field: "account_review_update", Value: object{{"decision", decision}}}
}

// Capability tells how many users a business may write to in 24 hours, as a tier, and how many numbers it may have.
func Capability(tier string, phones int) Change {
	return Change{Field: "business_capability_update", Value: object{
		{"max_daily_conversations_per_business", tier}, {"max_phone_numbers_per_waba", phones},
	}}
}
