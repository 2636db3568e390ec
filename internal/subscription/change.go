package subscription

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ivendnext/whatsapp-accounts/internal/event"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// MaxDescription is the longest description, in characters.
const MaxDescription = 500

// Change is what a caller asks for; nil leaves as it is.
type Change struct {
	URL         *string
	Types       *[]event.Type
	Description *string
	Status      *Status
	// Wrong is what the caller's request was found to be wrong in before.
	Wrong fault.Fields
}

// apply gives the subscription as it will be, or everything that is wrong with the change at once. complain says what is wrong with a URL.
func apply(before Subscription, ask Change, complain func(url string) string, now time.Time) (Subscription, error) {
	after, wrong := before, slices.Clone(ask.Wrong)
	if ask.URL != nil {
		after.URL = *ask.URL
		if complaint := complain(after.URL); complaint != "" && !wrong.Has("/url") {
			wrong.Add("/url", "invalid_value", complaint)
		}
	}
	if ask.Types != nil {
		after.Types = applyTypes(*ask.Types, &wrong)
	}
	if ask.Description != nil {
		after.Description = *ask.Description
		if !describes(after.Description) {
			wrong.Add("/description", "invalid_value", fmt.Sprintf("description must be a text of at most %d characters, none of them a control character.", MaxDescription))
		}
	}
	if ask.Status != nil && *ask.Status != before.Status {
		after.Status, after.DisabledReason, after.DisabledAt = Enabled, "", time.Time{}
		if *ask.Status == Disabled {
			after = after.disabled(Requested, now)
		}
	}
	if !equal(before, after) {
		after.UpdatedAt = now
	}
	return after, wrong.Err()
}

// applyTypes puts the types into their order, each once.
func applyTypes(asked []event.Type, wrong *fault.Fields) (types []event.Type) {
	for _, t := range asked {
		if !slices.Contains(event.Types(), t) {
			wrong.Add("/event_types", "invalid_value", "event_types must be some of these, or empty for all: "+known()+".")
			return nil
		}
	}
	for _, t := range event.Types() {
		if slices.Contains(asked, t) {
			types = append(types, t)
		}
	}
	return types
}

func known() string {
	var names []string
	for _, t := range event.Types() {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

func describes(text string) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= MaxDescription && !strings.ContainsFunc(text, unicode.IsControl)
}

func equal(a, b Subscription) bool {
	return a.URL == b.URL && slices.Equal(a.Types, b.Types) && a.Description == b.Description && a.Status == b.Status
}

// refreshed reports whether a change gives the subscriber a new chance: it is enabled again, or is somewhere else.
func refreshed(before, after Subscription) bool {
	return after.Status == Enabled && (before.Status != Enabled || before.URL != after.URL)
}
