package account

import (
	"fmt"
	"strings"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// Readiness judges an account's configuration, and nothing else: no provider is asked.
type Readiness struct {
	Send     Ability
	Receive  Ability
	Warnings []Warning
}

// Ability says whether the account can do something and what is missing for it.
type Ability struct {
	OK      bool
	Missing []Missing
}

// Missing is one thing to supply, in words a manager can act on.
type Missing struct{ Pointer, Detail string }

// Warning is something that a manager should act on although the account works.
type Warning struct{ Code, Pointer, Detail string }

// ReadinessOf judges a by its provider's rules at the time now.
func ReadinessOf(spec provider.Spec, a Account, now time.Time) Readiness {
	var lacks []Missing
	if !a.IsActive() {
		lacks = append(lacks, Missing{"/status", "The account is Inactive, so it neither sends nor receives. Set status to Active."})
	}
	for _, f := range missing(spec, a) {
		lacks = append(lacks, Missing{spec.Pointer(f.Name), fmt.Sprintf("%s is not set. %s", f.Label, f.Help)})
	}
	send := Ability{OK: len(lacks) == 0, Missing: lacks}
	receive := Ability{Missing: append([]Missing(nil), lacks...)}
	var warnings []Warning
	if f, ok := spec.FieldWhere(func(f provider.Field) bool { return f.ProvesWebhooks }); ok && !a.has(f) {
		receive.Missing = append(receive.Missing, Missing{spec.Pointer(f.Name),
			fmt.Sprintf("%s is not set, so the webhooks of %s cannot be verified and are refused. %s", f.Label, spec.Type, whereIs(f))})
		warnings = append(warnings, Warning{f.Name + "_missing", spec.Pointer(f.Name),
			fmt.Sprintf("Without %s every incoming webhook is refused. %s", f.Label, whereIs(f))})
	}
	receive.OK = len(receive.Missing) == 0
	return Readiness{Send: send, Receive: receive, Warnings: append(warnings, moreWarnings(spec, a, now)...)}
}

// whereIs is the beginning of a field's help, which says where to find the value; the rest explains what is said here already.
func whereIs(f provider.Field) string {
	first, _, _ := strings.Cut(f.Help, ". ")
	return strings.TrimSuffix(first, ".") + "."
}

func moreWarnings(spec provider.Spec, a Account, now time.Time) []Warning {
	var warnings []Warning
	if spec.Warn != nil {
		for _, w := range spec.Warn(a.Settings, now) {
			warnings = append(warnings, Warning{w.Code, spec.Pointer(w.Field), w.Detail})
		}
	}
	for _, d := range Directions() {
		if a.Holds(d) && !a.IsActive() {
			warnings = append(warnings, Warning{"default_inactive", "/" + d.Flag(),
				fmt.Sprintf("This account is the site's default %s but Inactive, so look-ups of the default find nobody. Activate it, or name another with PUT /v1/defaults/%s.", d, d)})
		}
	}
	return warnings
}
