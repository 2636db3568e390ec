package message

import (
	"errors"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// The errors of this room that callers tell apart with errors.Is.
var (
	ErrNotFound = fault.New(fault.NotFound, "message_not_found", "There is no such message in this site.",
		"Check the id; GET /v1/messages lists the messages of the site that are kept.")
	ErrTooLate = fault.New(fault.Conflict, "message_not_cancellable", "The message cannot be taken back any more.",
		"Only a message that is queued can be cancelled; GET /v1/messages/{id} tells what became of it.")
)

// errPaced asks for another look at a message when its place in the pace of its account has come.
var errPaced = errors.New("message: it waits for its place in the pace of its account")

// errBusy asks for another look at a message whose account has as many calls in flight as it may.
var errBusy = errors.New("message: its account has as many calls in flight as it may")
