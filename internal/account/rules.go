package account

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// decide turns the account as it is and what is asked into the account as it will be. For a new account, before carries only
// identity, site, type and times. Everything that is wrong is reported at once; now is the time of the change.
func decide(spec provider.Spec, before Account, ask Change, now time.Time) (Decision, error) {
	d := Decision{Account: before.clone()}
	wrong, inactive := slices.Clone(ask.Wrong), fault.Fields{}
	d.applyBasics(before, ask, &wrong)
	d.applySettings(spec, ask.Sections, now, &wrong)
	first := d.Account.IsActive() && before.ActivatedAt.IsZero()
	if first {
		d.Account.ActivatedAt = now
	}
	d.applyDesignations(spec, before, ask, first, &wrong, &inactive)
	d.judgeActivation(spec, &wrong)
	if err := wrong.Err(); err != nil {
		return Decision{}, err
	}
	if len(inactive) > 0 {
		return Decision{}, ErrInactive.Saying("The account is Inactive, and only an Active account can become default.").
			Advising("Set status to Active in the same request, or leave the flag out.").At(inactive...)
	}
	d.Changes = diff(spec, before, d)
	if len(d.Changes) > 0 {
		d.Account.UpdatedAt = now
	}
	return d, nil
}

// applyBasics takes over name, type, status and the read receipt flag.
func (d *Decision) applyBasics(before Account, ask Change, wrong *fault.Fields) {
	if ask.Name != nil || before.Name == "" {
		d.applyName(ask.Name, wrong)
	}
	if ask.Type != nil && *ask.Type != before.Type {
		wrong.Add("/account_type", "read_only_field",
			fmt.Sprintf("The account type was chosen at creation and stays %s. Create another account for the other provider.", before.Type))
	}
	if ask.Status != nil {
		d.Account.Status = meant(*ask.Status, before.Status)
	}
	if ask.AllowAutoReadReceipt != nil {
		d.Account.AllowAutoReadReceipt = *ask.AllowAutoReadReceipt
	}
}

// meant is the status that a request means, whatever its case: a misspelt one is at fault already, and what the account would lack is told with it.
func meant(asked, before Status) Status {
	for _, s := range []Status{Active, Inactive} {
		if strings.EqualFold(string(s), string(asked)) {
			return s
		}
	}
	return before
}

// applyName takes over a name; a new account that is given none has an empty one, which is refused like any other.
func (d *Decision) applyName(asked *string, wrong *fault.Fields) {
	var name string
	if asked != nil {
		name = *asked
	}
	clean, complaint := cleanName(name)
	if complaint != "" && !wrong.Has("/account_name") {
		wrong.Add("/account_name", "invalid_value", complaint)
	}
	d.Account.Name = clean
}

// applyDesignations decides who takes and gives up what. A flag that repeats its value before the request is never refused;
// the automatic taking, at the first activation, comes after the flags were judged.
func (d *Decision) applyDesignations(spec provider.Spec, before Account, ask Change, first bool, wrong, inactive *fault.Fields) {
	automatic := first && spec.DefaultOutgoing == provider.Automatic
	for _, direction := range Directions() {
		if want := ask.flag(direction); want != nil && *want != before.Holds(direction) {
			d.judgeFlag(spec, direction, *want, automatic, wrong, inactive)
			d.Account.setHolds(direction, *want)
		}
	}
	if automatic {
		d.Account.IsDefaultOutgoing = true
	}
	for _, direction := range Directions() {
		d.move(direction, before.Holds(direction))
	}
}

// judgeFlag refuses a change of a flag that the account may not make. What only its status forbids goes into inactive: such a conflict is
// worth telling only when the request itself is sound.
func (d *Decision) judgeFlag(spec provider.Spec, direction Direction, want, automatic bool, wrong, inactive *fault.Fields) {
	pointer := "/" + direction.Flag()
	switch {
	case direction == Outgoing && spec.DefaultOutgoing == provider.Automatic:
		if !want || !automatic {
			wrong.Add(pointer, "read_only_field", fmt.Sprintf("%s accounts become default outgoing by themselves at their first activation and the flag is read-only here. "+
				"Leave it out, or name the site's default with PUT /v1/defaults/outgoing.", spec.Type))
		}
	case direction == Incoming && want && !spec.Can(provider.CanDefaultIncoming):
		wrong.Add(pointer, "capability_unsupported", cannotReceiveByDefault(spec))
	case want && !d.Account.IsActive():
		inactive.Add(pointer, ErrInactive.Code, "Set status to Active in the same request, or leave the flag out.")
	}
}

func (d *Decision) move(direction Direction, had bool) {
	switch has := d.Account.Holds(direction); {
	case has && !had:
		d.Takes = append(d.Takes, direction)
	case had && !has:
		d.Gives = append(d.Gives, direction)
	}
}

// judgeActivation lists everything an Active account lacks. A value that was sent and refused is not missing.
func (d *Decision) judgeActivation(spec provider.Spec, wrong *fault.Fields) {
	if !d.Account.IsActive() {
		return
	}
	for _, f := range missing(spec, d.Account) {
		if pointer := spec.Pointer(f.Name); !wrong.Has(pointer) {
			wrong.Add(pointer, "required", fmt.Sprintf("%s is required while the account is Active.", f.Label))
		}
	}
}

// missing lists the fields an account must have to be Active and has not.
func missing(spec provider.Spec, a Account) []provider.Field {
	var fields []provider.Field
	for _, f := range spec.Fields {
		if f.RequiredToActivate && !a.has(f) {
			fields = append(fields, f)
		}
	}
	return fields
}

// judgeDefault says whether the account may be named default by the site-level decision.
func judgeDefault(spec provider.Spec, a Account, d Direction) error {
	switch {
	case d == Incoming && !spec.Can(provider.CanDefaultIncoming):
		return fault.Fields{{Pointer: "/account_id", Code: "capability_unsupported", Detail: cannotReceiveByDefault(spec)}}.Err()
	case !a.IsActive():
		return named(ErrUnusable(a.Standing()).Saying("%q is Inactive, and only an Active account can become default %s.", a.Name, d))
	}
	return nil
}

// named points at the member that names the account.
func named(e *fault.Error) error {
	return e.At(fault.Field{Pointer: "/account_id", Code: e.Code, Detail: e.Detail})
}

func cannotReceiveByDefault(spec provider.Spec) string {
	return fmt.Sprintf("%s accounts cannot be default incoming: the designation is for webhooks that do not say whom they are for, and %s posts to a path of the account's own.", spec.Type, spec.Type)
}
