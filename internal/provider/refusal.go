package provider

import (
	"errors"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// What a provider answered to a caller instead of doing what it was asked for.
var (
	ErrRefused    = fault.New(fault.Provider, "provider_refused", "The provider refused.", "The detail has its reason.")
	ErrUnanswered = fault.New(fault.Provider, "provider_unanswered", "The provider did not answer, or could not.", "Try again later.")
)

// Refusal tells a failed call in the words of a fault. Any other error stays as it is.
func Refusal(err error) error {
	failed, known := errors.AsType[*CallError](err)
	if !known {
		return err
	}
	kind := ErrRefused
	switch failed.Class {
	case ClassRetry, ClassWait, ClassUnknown:
		kind = ErrUnanswered.After(failed.RetryAfter)
	case ClassToken, ClassAccount, ClassPermanent:
	}
	detail := failed.Meaning
	if failed.Detail != "" {
		detail += " The provider says: “" + failed.Detail + "”."
	}
	return kind.Saying("%s", detail).Advising("%s", failed.Fix).Because(err)
}
