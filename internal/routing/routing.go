// Package routing decides which account is used, and says why and what was passed over.
// It sends nothing: a dry run and a send ask it the same question.
package routing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// Reason says why an account was chosen, or would have been.
type Reason string

// The reasons, in the order in which they count.
const (
	ByAccount  Reason = "account"  // the request names it
	ByTemplate Reason = "template" // the template belongs to it
	ByDefault  Reason = "default"  // it holds the designation
)

// Outcome says what became of a candidate.
type Outcome string

// The outcomes.
const (
	Chosen     Outcome = "chosen"
	PassedOver Outcome = "passed_over"
	Refused    Outcome = "refused"
)

// Candidate is an account that was looked at. Name is empty when there is no such account.
type Candidate struct {
	AccountID string
	Name      string
	Outcome   Outcome
	Detail    string // the reason of the outcome, as a sentence
}

// Decision is an account to use.
type Decision struct {
	Account    account.Account
	Template   *template.Template // the one to send, where one was named: of another business account it is the one of the same name and language
	Reason     Reason
	Considered []Candidate
}

// Refusal is an error that says why no account may be used, with every candidate that was looked at.
type Refusal struct {
	Fault      *fault.Error
	Reason     Reason // why the account would have been chosen that is refused
	Considered []Candidate
}

// Error is the fault's text.
func (r *Refusal) Error() string { return r.Fault.Error() }

// Unwrap gives the fault.
func (r *Refusal) Unwrap() error { return r.Fault }

// ErrCapability is the refusal of a kind of message that the account's provider cannot carry.
var ErrCapability = fault.New(fault.Invalid, "capability_unsupported", "The account's provider cannot carry this kind of message.",
	"Name an account whose type has the capability (GET /v1/account-types lists them), or send another kind.")

// Kind is a kind of message that is to be sent.
type Kind string

const kindTemplate Kind = "template"

// kinds maps each kind to the capabilities of which a provider needs at least one.
func kinds() map[Kind][]provider.Capability {
	return map[Kind][]provider.Capability{
		"text":       {provider.CanText},
		"media":      {provider.CanMedia},
		"location":   {provider.CanLocation},
		"contacts":   {provider.CanContacts},
		kindTemplate: {provider.CanTemplateApproval, provider.CanTemplateLocalRendering},
		"buttons":    {provider.CanInteractiveButtons},
		"list":       {provider.CanInteractiveLists},
		"flow":       {provider.CanFlows},
		"reaction":   {provider.CanReactions},
	}
}

// lacks names the capability that spec lacks for the kind; the empty kind needs nothing, and one that nobody knows needs what nobody has.
func lacks(spec provider.Spec, k Kind) (provider.Capability, bool) {
	if k == "" {
		return "", false
	}
	needed, known := kinds()[k]
	if !known {
		return provider.Capability(k), true
	}
	if slices.ContainsFunc(needed, spec.Can) {
		return "", false
	}
	return needed[0], true
}

// candidates is what a decision looks at: nil where there is none.
type candidates struct {
	namedID   string // as the request gave it; empty when it names none
	named     *account.Account
	templates templates
	holder    *account.Account
	direction account.Direction
	kind      Kind
}

// pick applies the order: the account that is named, then that of the template, then the default. One that cannot be used is a refusal, and the next is not
// tried: the sender never changes silently. specOf gives an account's provider.
func pick(c candidates, specOf func(account.Account) provider.Spec) (Decision, error) {
	switch {
	case c.namedID != "":
		return pickNamed(c, specOf)
	case c.templates.askedID != "":
		return pickTemplate(c, specOf)
	}
	return pickDefault(c, specOf)
}

func pickNamed(c candidates, specOf func(account.Account) provider.Spec) (Decision, error) {
	over := slices.Concat(c.templates.passedOver(c.namedID), passedOver(c))
	if c.named == nil {
		return Decision{}, refuse(account.ErrNotFound, ByAccount, Candidate{AccountID: c.namedID}, over)
	}
	spec := specOf(*c.named)
	if why := unusable(spec, *c.named, c.kind); why != nil {
		return Decision{}, refuse(why, ByAccount, candidateOf(*c.named), over)
	}
	use, why := c.templates.fit(spec, *c.named)
	if why != nil {
		return Decision{}, refuse(why, ByAccount, candidateOf(*c.named), over)
	}
	d := choose(*c.named, ByAccount, "The request names this account.", over)
	d.Template = use
	return d, nil
}

func pickTemplate(c candidates, specOf func(account.Account) provider.Spec) (Decision, error) {
	over := passedOver(c)
	if c.templates.owner == nil {
		return Decision{}, &Refusal{Fault: c.templates.missing(), Reason: ByTemplate, Considered: over}
	}
	owner := *c.templates.owner
	spec := specOf(owner)
	if why := unusable(spec, owner, c.kind); why != nil {
		return Decision{}, refuse(why, ByTemplate, candidateOf(owner), over)
	}
	use, why := c.templates.fit(spec, owner)
	if why != nil {
		return Decision{}, refuse(why, ByTemplate, candidateOf(owner), over)
	}
	d := choose(owner, ByTemplate, "The template belongs to this account.", over)
	d.Template = use
	return d, nil
}

func pickDefault(c candidates, specOf func(account.Account) provider.Spec) (Decision, error) {
	if c.holder == nil {
		return Decision{}, &Refusal{Fault: orNameOne(account.ErrNobody(c.direction)), Reason: ByDefault}
	}
	if !c.holder.IsActive() {
		over := candidateOf(*c.holder)
		over.Outcome, over.Detail = PassedOver, fmt.Sprintf("It is default %s but Inactive.", c.direction)
		return Decision{}, &Refusal{Fault: orNameOne(account.ErrHolderInactive(c.direction, *c.holder)), Reason: ByDefault, Considered: []Candidate{over}}
	}
	if why := unusable(specOf(*c.holder), *c.holder, c.kind); why != nil {
		return Decision{}, refuse(why, ByDefault, candidateOf(*c.holder), nil)
	}
	return choose(*c.holder, ByDefault, fmt.Sprintf("It is default %s and the request names no account.", c.direction), nil), nil
}

// orNameOne adds the cure that only a request has which may name an account.
func orNameOne(e *fault.Error) *fault.Error {
	return e.Advising("%s, or name an account in the request.", strings.TrimSuffix(e.Fix, "."))
}

// unusable says why an account may not be used, or nil.
func unusable(spec provider.Spec, a account.Account, k Kind) *fault.Error {
	if !a.IsActive() {
		return account.ErrUnusable(a.Standing())
	}
	if c, missing := lacks(spec, k); missing {
		return ErrCapability.Saying("%q is a %s account, and %s does not have the capability %s.", a.Name, spec.Type, spec.Type, c)
	}
	return nil
}

// passedOver tells that the default stands back when an account or a template is named.
func passedOver(c candidates) []Candidate {
	first, what := c.namedID, "an account"
	if first == "" {
		what = "a template"
		if c.templates.owner != nil {
			first = c.templates.owner.ID
		}
	}
	if c.holder == nil || c.holder.ID == first || c.namedID != "" && c.templates.owns(c.holder.ID) {
		return nil
	}
	over := candidateOf(*c.holder)
	over.Outcome, over.Detail = PassedOver, fmt.Sprintf("It is default %s, but the request names %s.", c.direction, what)
	return []Candidate{over}
}

func candidateOf(a account.Account) Candidate { return Candidate{AccountID: a.ID, Name: a.Name} }

func choose(a account.Account, why Reason, detail string, rest []Candidate) Decision {
	first := candidateOf(a)
	first.Outcome, first.Detail = Chosen, detail
	return Decision{Account: a, Reason: why, Considered: append([]Candidate{first}, rest...)}
}

func refuse(why *fault.Error, by Reason, first Candidate, rest []Candidate) *Refusal {
	first.Outcome, first.Detail = Refused, why.Detail
	return &Refusal{Fault: why, Reason: by, Considered: append([]Candidate{first}, rest...)}
}

// Kinds lists the kinds of message, in alphabetical order.
func Kinds() []string {
	names := make([]string, 0, len(kinds()))
	for k := range kinds() {
		names = append(names, string(k))
	}
	slices.Sort(names)
	return names
}
