package provider

import (
	"errors"
	"net/http"
)

// Doubted is err as it counts for a message. An answer without a code of the provider's leaves it open whether the message was taken, when it is a success
// that says nothing or a failure of a server, which may come from somebody in between: such an error gets ClassUnknown. Any other error, a refusal in words
// included, stays as it is.
func Doubted(err error) error {
	e, ok := errors.AsType[*CallError](err)
	if !ok || e.Code != "" || e.Class != ClassRetry && e.Class != ClassUnknown || !isOpen(e.Status) {
		return err
	}
	doubt := *e
	doubt.Class, doubt.RetryAfter, doubt.Limit = ClassUnknown, 0, ""
	doubt.Meaning = "The answer does not tell whether the provider took the message."
	doubt.Fix = "Look at the recipient's chat, or wait for a status of the message, before it is sent again."
	return &doubt
}

func isOpen(status int) bool {
	return status >= http.StatusOK && status < http.StatusMultipleChoices || status >= http.StatusInternalServerError
}
