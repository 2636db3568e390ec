package template

import (
	"fmt"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// The errors of this room that callers tell apart with errors.Is.
var (
	ErrNotFound = fault.New(fault.NotFound, "template_not_found", "There is no such template in this site.",
		"Check the id; GET /v1/templates lists the templates of the site.")
	ErrStale = fault.New(fault.Stale, "stale_representation", "The template has changed since the representation that If-Match names.",
		"Read the template again, apply your change to what it is now and send the new ETag.")
	ErrExists = fault.New(fault.Conflict, "template_exists", "There is a template of this name and language already: accounts of one business account share their templates.",
		"Change that template, or choose another label or language.").
		At(fault.Field{Pointer: "/label", Code: "template_exists", Detail: "The name that the label makes is taken in this language."})
	ErrLocked = fault.New(fault.Conflict, "template_locked", "The provider does not allow this while the template is in its present state.",
		"Wait until the review has ended, or make a new template.")
	ErrUnavailable = fault.New(fault.Invalid, "template_unavailable", "The template cannot be used with this account.",
		"Use an approved template of the account, or another account.")
)

// errLocked is ErrLocked of a template whose status stands in the way.
func errLocked(t Template, what string) *fault.Error {
	return ErrLocked.Saying("%s a template whose status is %s.", fmt.Sprintf("%s does not let anybody %s", t.Type, what), t.Status)
}

// errForeign is ErrLocked of a template that this service can show and not write.
func errForeign(t Template) *fault.Error {
	return ErrLocked.Saying("The template has parts that this service cannot write (%v), so it would lose them.", t.Content.Foreign).
		Advising("Edit it with the provider; POST /v1/accounts/%s/sync-templates shows the result here.", t.AccountID)
}

// noAccount is account.ErrNotFound at the member that names the account.
func noAccount() error {
	return account.ErrNotFound.At(fault.Field{Pointer: "/account_id", Code: account.ErrNotFound.Code, Detail: account.ErrNotFound.Detail})
}

// errMoved is ErrUnavailable of a template whose account belongs somewhere else by now.
func errMoved(spec provider.Spec, t Template, a account.Account) *fault.Error {
	home, _ := spec.Field(spec.Templates.Home)
	return ErrUnavailable.Saying("The template belongs to the %s %s, and %q names another by now.", home.Label, t.Home, a.Name)
}
