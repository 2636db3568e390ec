package meta

import (
	"errors"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/provider"
)

// The names of the checks.
const (
	checkConnection   = "connection"
	checkToken        = "token"
	checkPermissions  = "permissions"
	checkApp          = "app"
	checkAppSecret    = "app_secret"
	checkBusiness     = "business"
	checkReview       = "review"
	checkPhone        = "phone"
	checkNumber       = "number"
	checkQuality      = "quality"
	checkSubscription = "subscription"
)

// judgement is a report in the making.
type judgement struct {
	spec   provider.Spec
	codes  codes
	c      provider.Credentials
	now    time.Time
	checks []provider.Check
}

// verdict is what was found of a check before; one that was not made is Valid.
func (j *judgement) verdict(name string) provider.Verdict {
	for _, c := range j.checks {
		if c.Name == name {
			return c.Verdict
		}
	}
	return provider.Valid
}

func (j *judgement) valid(name, detail string) {
	j.checks = append(j.checks, provider.Check{Name: name, Verdict: provider.Valid, Detail: detail})
}

// advise is for what works and yet wants somebody.
func (j *judgement) advise(name, detail, fix string) {
	j.checks = append(j.checks, provider.Check{Name: name, Verdict: provider.Valid, Detail: detail, Fix: fix})
}

// reject names the setting to correct, or none.
func (j *judgement) reject(name, field, detail, fix string) {
	c := provider.Check{Name: name, Verdict: provider.Rejected, Detail: detail, Fix: fix}
	if field != "" {
		c.Pointer = j.spec.Pointer(field)
	}
	j.checks = append(j.checks, c)
}

func (j *judgement) unknown(name, detail, fix string) {
	j.checks = append(j.checks, provider.Check{Name: name, Verdict: provider.Unknown, Detail: detail, Fix: fix})
}

// depends reports, as Unknown, that the check cannot be made before an earlier one is valid.
func (j *judgement) depends(name string, on ...string) bool {
	for _, earlier := range on {
		if j.verdict(earlier) == provider.Rejected {
			j.unknown(name, "It cannot be told before the check "+earlier+" is valid.", "Follow what the check "+earlier+" says, then check again.")
			return true
		}
	}
	return false
}

// failed reports why a question has no answer: Rejected if Meta refused it for a reason of its own, Unknown otherwise.
func (j *judgement) failed(name, field string, err error) {
	var e *provider.CallError
	switch {
	case !errors.As(err, &e):
		j.unknown(name, "Meta could not be asked.", "Check again.")
	case refused(err):
		j.reject(name, field, spoken(e), e.Fix)
	default:
		j.unknown(name, spoken(e), e.Fix)
	}
}

// refused reports whether Meta, or the guard before it, refused for a reason that stays until somebody acts.
func refused(err error) bool {
	e, ok := errors.AsType[*provider.CallError](err)
	return ok && (e.Class == provider.ClassToken || e.Class == provider.ClassAccount || e.Class == provider.ClassPermanent)
}

// refusesToken reports whether Meta does not accept the token.
func refusesToken(err error) bool {
	e, ok := errors.AsType[*provider.CallError](err)
	return ok && e.Class == provider.ClassToken
}

// answered reports whether it was Meta that said something: a page of somebody in between has no code.
func answered(err error) bool { return err == nil || codeOf(err) != "" }

// codeOf gives the code of Meta's error, if err has one.
func codeOf(err error) string {
	if e, ok := errors.AsType[*provider.CallError](err); ok {
		return e.Code
	}
	return ""
}

// spoken is our sentence and, if there is one, Meta's.
func spoken(e *provider.CallError) string {
	if e.Detail == "" {
		return e.Meaning
	}
	return e.Meaning + " Meta says: “" + e.Detail + "”."
}
