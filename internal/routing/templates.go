package routing

import (
	"fmt"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/template"
)

// templates is what a decision looks at when a template is named: nil where there is none.
type templates struct {
	askedID string // as the request gave it; empty when it names none
	asked   *template.Template
	owner   *account.Account   // whose it is
	twin    *template.Template // of the same name and language, in the home of the account that is named
}

func (t templates) owns(accountID string) bool { return t.owner != nil && t.owner.ID == accountID }

// passedOver tells that the template's account stands back when another is named.
func (t templates) passedOver(namedID string) []Candidate {
	if t.owner == nil || t.owner.ID == namedID {
		return nil
	}
	over := candidateOf(*t.owner)
	over.Outcome, over.Detail = PassedOver, "The template belongs to it, but the request names an account."
	return []Candidate{over}
}

func (t templates) missing() *fault.Error {
	return template.ErrUnavailable.Saying("There is no such template in this site.").Advising("Check the id; GET /v1/templates lists the templates of the site.")
}

// fit gives the template that the account would send, or why it cannot send the one that is asked for. Without one there is nothing to fit.
func (t templates) fit(spec provider.Spec, a account.Account) (*template.Template, *fault.Error) {
	switch {
	case t.askedID == "":
		return nil, nil
	case t.asked == nil:
		return nil, t.missing()
	}
	if lack, found := template.Unfit(spec, *t.asked); found && lack.Capability == provider.CanTemplateLocalRendering {
		return nil, template.ErrUnavailable.Saying("The template %q is one of a %s account, and %s sends only templates that it approved itself.", t.asked.Label, t.asked.Type, spec.Type)
	} else if found {
		return nil, ErrCapability.Saying("%q cannot carry the template %q: %s", a.Name, t.asked.Label, lack.Detail(spec.Type)).
			Advising("Name an account whose type has the capability (GET /v1/account-types lists them), or send another template.")
	}
	if spec.Can(provider.CanTemplateLocalRendering) {
		return t.asked, nil
	}
	return t.approved(spec, a)
}

// approved is for providers that send what they approved: in the account's own home.
func (t templates) approved(spec provider.Spec, a account.Account) (*template.Template, *fault.Error) {
	use := t.asked
	if spec.TemplateHome(a.ID, a.Settings) != use.Home {
		use = t.twin
	}
	what := fmt.Sprintf("the template %s in %s", t.asked.Name, template.LanguageName(t.asked.Language))
	switch {
	case use == nil:
		return nil, template.ErrUnavailable.Saying("%q belongs to another business account than the template, and that one does not have %s.", a.Name, what).
			Advising("Submit a template of this name and language with that account, or name an account of the template's business account.")
	case use.Status != template.Approved:
		return nil, template.ErrUnavailable.Saying("%q has %s with the status %s, and only APPROVED ones are sent.", a.Name, what, use.Status).
			Advising("Submit the template with POST /v1/templates/%s/submit if it was not, and wait for the review.", use.ID)
	}
	return use, nil
}
