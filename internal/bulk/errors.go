package bulk

import (
	"fmt"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
)

// The errors of this room that callers tell apart with errors.Is.
var (
	ErrNotFound = fault.New(fault.NotFound, "bulk_not_found", "There is no such bulk message in this site.",
		"Check the id; GET /v1/bulk-messages lists the bulk messages of the site that are kept.")
	ErrCancelled = fault.New(fault.Conflict, "bulk_cancelled", "The bulk message was cancelled, which is for good.",
		"Make a new one with POST /v1/bulk-messages of those who still are to be reached.")
	ErrRecipients = fault.New(fault.Invalid, "recipients_invalid", "Some recipients break a rule, so nothing was accepted.",
		"Correct or remove the recipients that errors names, and send the whole request again.")
)

// MostFindings is how many faults of recipients are listed at most.
const MostFindings = 1000

// Findings gathers what is wrong with recipients, row by row.
type Findings struct {
	fields fault.Fields
	rows   int // that are at fault
	last   int // the one noted last, from 1
}

// Add notes what is wrong with a row; the pointers of the fields are those of the row.
func (f *Findings) Add(n int, fields ...fault.Field) {
	if f.last != n+1 {
		f.rows, f.last = f.rows+1, n+1
	}
	for _, field := range fields {
		if len(f.fields) < MostFindings {
			f.fields.Add(fmt.Sprintf("/recipients/%d%s", n, field.Pointer), field.Code, field.Detail)
		}
	}
}

// Any reports whether anything was noted.
func (f *Findings) Any() bool { return f.rows > 0 }

// Err is the refusal of all of the rows that were read, nil when nothing was noted.
func (f *Findings) Err(read int) error {
	if !f.Any() {
		return nil
	}
	detail := fmt.Sprintf("%d of %d recipients break a rule, so nothing was accepted; errors names each of them.", f.rows, read)
	if len(f.fields) == MostFindings {
		detail = fmt.Sprintf("%d of %d recipients break a rule, so nothing was accepted; errors names the first of them, with %d faults.", f.rows, read, MostFindings)
	}
	e := ErrRecipients.Saying("%s", detail)
	e.Fields = f.fields
	return e
}
