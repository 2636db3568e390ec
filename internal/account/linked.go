package account

import (
	"fmt"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// ErrLinked tells that templates belong to an account, so it cannot be deleted.
var ErrLinked = fault.New(fault.Conflict, "account_has_templates", "Templates belong to the account.",
	"Delete the templates first, or set the account's status to Inactive: then it is used for nothing.")

// LinkedTemplate names a template of an account.
type LinkedTemplate struct{ ID, Label, Name, Language string }

// MaxLinked is how many templates a Linked lists.
const MaxLinked = 200

// Linked is ErrLinked with the templates, the newest first and MaxLinked of them at most.
type Linked struct {
	Fault     *fault.Error
	Templates []LinkedTemplate
}

// NewLinked makes the refusal to delete an account. Count is how many templates it has.
func NewLinked(a Account, count int64, templates []LinkedTemplate) *Linked {
	what := fmt.Sprintf("%d templates belong", count)
	if count == 1 {
		what = "A template belongs"
	}
	return &Linked{Fault: ErrLinked.Saying("%s to %q, so it cannot be deleted; templates lists them.", what, a.Name), Templates: templates}
}

// Error is the fault's text.
func (l *Linked) Error() string { return l.Fault.Error() }

// Unwrap gives the fault.
func (l *Linked) Unwrap() error { return l.Fault }
