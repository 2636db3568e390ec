package account

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// The errors of this room that callers tell apart with errors.Is.
var (
	ErrNotFound = fault.New(fault.NotFound, "account_not_found", "There is no such account in this site.",
		"Check the id; GET /v1/accounts lists the accounts of the site.")
	ErrInactive = fault.New(fault.Conflict, "account_inactive", "The account is Inactive.",
		"Set its status to Active, or name another account.")
	ErrNoDefault = fault.New(fault.NotFound, "no_default_account", "The site has no default account for this direction.",
		"Name one with PUT /v1/defaults/outgoing or PUT /v1/defaults/incoming.")
	ErrStale = fault.New(fault.Stale, "stale_representation", "The account has changed since the representation that If-Match names.",
		"Read the account again, apply your change to what it is now and send the new ETag.")
	ErrNameTaken = fault.New(fault.Conflict, "account_name_taken", "Another account of the site has this name; case and surrounding space do not count.",
		"Choose another name.").At(fault.Field{Pointer: "/account_name", Code: "account_name_taken", Detail: "The name is taken."})
)

// ErrDefaultStale is ErrStale of a designation: its holder is another, or has changed.
func ErrDefaultStale(d Direction) *fault.Error {
	return ErrStale.Saying("The default %s account is no longer the representation that If-Match names: another holds the designation, nobody does, or the holder has changed.", d).
		Advising("Read GET /v1/defaults/%s again and, if you still want the change, send the new ETag; leave If-Match out where there is no default.", d)
}

// ErrValueTaken is the conflict of a setting that must be unique within the site, such as phone_id. by is the name of the account that has
// the value; empty when it came at the same moment and nobody knows its name.
func ErrValueTaken(pointer, field, by string) *fault.Error {
	code := field + "_taken"
	detail := fmt.Sprintf("Another account of the site has this %s.", field)
	if by != "" {
		detail = fmt.Sprintf("The account %q of the site has this %s.", by, field)
	}
	return fault.New(fault.Conflict, code, detail, fmt.Sprintf("Change or delete that account first, or correct %s: one number is configured once.", field)).
		At(fault.Field{Pointer: pointer, Code: code, Detail: "The value is taken."})
}

// errUnknownType lists what can be judged without knowing the type.
func errUnknownType(ask Change, known []string) error {
	wrong := slices.Clone(ask.Wrong)
	new(Decision).applyName(ask.Name, &wrong)
	if !wrong.Has("/account_type") {
		wrong.Add("/account_type", "invalid_value", fmt.Sprintf("There is no such account type; use one of %s.", strings.Join(known, ", ")))
	}
	return wrong.Err()
}

// ErrNobody is ErrNoDefault of a designation that nobody holds.
func ErrNobody(d Direction) *fault.Error {
	return ErrNoDefault.Saying("Nobody is default %s in this site.", d).Advising("Name an account with PUT /v1/defaults/%s.", d)
}

// ErrHolderInactive is ErrNoDefault when the designation is held, but by an account that is switched off: the detail names it.
func ErrHolderInactive(d Direction, holder Account) *fault.Error {
	return ErrNoDefault.Saying("%q is default %s but it is Inactive, so the site has no default %s account now.", holder.Name, d, d).
		Advising("%s, or name another account with PUT /v1/defaults/%s.", activate(holder.Standing()), d)
}

// ErrUnusable is ErrInactive of an account that was asked for: the detail names it.
func ErrUnusable(s Standing) *fault.Error {
	return ErrInactive.Saying("%q is Inactive, so it is used for nothing.", s.Name).Advising("%s, or name another account.", activate(s))
}

func activate(s Standing) string {
	return fmt.Sprintf(`Activate it with PATCH /v1/accounts/%s {"status": "Active"}`, s.ID)
}

// ErrSecretNotSet tells that an account lacks a secret that somebody wanted to use.
var ErrSecretNotSet = fault.New(fault.Conflict, "secret_not_set", "The account lacks a secret that this needs.",
	"Set it with a PATCH of the account.")
