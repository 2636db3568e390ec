package guard

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

func urlRefused(complaint string) error {
	if complaint == "" {
		complaint = "Correct the URL of the account."
	}
	return &provider.CallError{Class: provider.ClassAccount, Meaning: "The stored URL of the account may not be called, so nothing was sent.", Fix: complaint}
}

func noToken() error {
	return &provider.CallError{Class: provider.ClassToken, Meaning: "The account has no token or key to call with.", Fix: "Enter the token or key of the account."}
}

func incomplete() error {
	return &provider.CallError{Class: provider.ClassAccount, Meaning: "A setting that the call needs is missing.", Fix: "Complete the settings of the account."}
}

func redirected(status int) error {
	return &provider.CallError{
		Class: provider.ClassAccount, Status: status,
		Meaning: "The provider answered with a redirect, which is not followed because the token would go with it.",
		Fix:     "Enter the URL that the provider's documentation names.",
	}
}

func broken(c provider.Credentials, status int, err error) error {
	return (&provider.CallError{
		Class: provider.ClassUnknown, Status: status,
		Meaning: "The provider's answer broke off or is too large to be one.", Fix: "Try again; if it stays so, ask the provider.",
	}).Because(hide(c, err))
}

// unanswered is for whoever got no status.
func unanswered(c provider.Credentials, err error, sent bool) error {
	e := &provider.CallError{
		Class: provider.ClassRetry, Meaning: "The provider could not be reached; nothing was sent.",
		Fix: "Try again later. If it stays so, ask whoever operates the service to look at its way to the internet.",
	}
	switch {
	case errors.Is(err, ErrForbiddenAddress):
		e.Meaning = "The host's name leads to an address that is not on the public internet, so nothing was sent."
		e.Fix = "Ask whoever operates the service to look at its name server."
	case sent:
		e.Class, e.Meaning = provider.ClassUnknown, "The provider did not answer; whether it acted on the request is not known."
		e.Fix = "Try again later if repeating does no harm."
	}
	return e.Because(hide(c, err))
}

// hiding is a cause in words that hold no secret. What it was made from is not kept: net/http repeats what the provider sent.
type hiding struct {
	text string
	kind error
}

func (h hiding) Error() string { return h.text }

// Unwrap gives the sentinel that the cause was, if it was one of kinds.
func (h hiding) Unwrap() error { return h.kind }

// kinds are what callers may ask for with errors.Is.
func kinds() []error {
	return []error{context.Canceled, context.DeadlineExceeded, ErrForbiddenAddress, errTooLarge, io.ErrUnexpectedEOF, io.EOF}
}

func hide(c provider.Credentials, err error) error {
	h := hiding{text: c.Words(err.Error())}
	if i := slices.IndexFunc(kinds(), func(kind error) bool { return errors.Is(err, kind) }); i >= 0 {
		h.kind = kinds()[i]
	}
	return h
}
