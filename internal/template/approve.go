package template

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ivendnext/whatsapp-accounts/internal/account"
	"github.com/ivendnext/whatsapp-accounts/internal/fault"
	"github.com/ivendnext/whatsapp-accounts/internal/provider"
	"github.com/ivendnext/whatsapp-accounts/internal/site"
)

// Opener opens what a call to the account's provider needs.
type Opener func(ctx context.Context, a account.Account) (provider.Credentials, error)

// errCannot tells that the provider has nothing to approve or to list.
var errCannot = fault.New(fault.Invalid, "capability_unsupported", "The provider does not have the capability template_approval.",
	"Use the template as it is: it is rendered here.")

// Submit asks the provider to approve the template, or an edit of it, and waits for its answer, but not for the review. What the provider has already is not
// submitted again. It calls the provider in no transaction, and may be repeated: a template of that name and language which is there already is taken for the
// first submission. ErrNotFound, account.ErrInactive, ErrLocked, ErrUnavailable, Invalid with what is missing, provider.ErrRefused, provider.ErrUnanswered.
func (s *Service) Submit(ctx context.Context, caller site.Caller, id string) (Template, error) {
	t, err := s.store.Get(ctx, caller.Site, id)
	if err != nil {
		return t, err
	}
	a, err := s.accounts.Get(ctx, t.Site, t.AccountID)
	if err != nil {
		return t, err
	}
	approver, can := provider.As[provider.TemplateApprover](s.providers, t.Type)
	if !can {
		return t, errCannot.Saying("%s does not have the capability %s.", t.Type, provider.CanTemplateApproval)
	}
	if !t.Unsubmitted() {
		return t, nil
	}
	if err := s.submittable(t, a); err != nil {
		return t, err
	}
	c, err := s.open(ctx, a)
	if err != nil {
		return t, err
	}
	asked := s.now()
	known, err := approver.SubmitTemplate(ctx, c, submissionOf(t))
	if err != nil {
		return t, provider.Refusal(err)
	}
	return s.store.Update(ctx, t.Site, t.ID, func(now Template) (Template, error) {
		now.SubmittedAt = asked
		return now.submitted(t, known, asked), nil
	})
}

// submittable says why a template cannot be submitted with its account, or nil.
func (s *Service) submittable(t Template, a account.Account) error {
	spec := s.specOf(t.Type)
	switch {
	case !a.IsActive():
		return account.ErrUnusable(a.Standing())
	case spec.TemplateHome(a.ID, a.Settings) != t.Home:
		return errMoved(spec, t, a)
	case len(t.Content.Foreign) > 0:
		return errForeign(t)
	case t.ProviderID != "" && !slices.Contains(spec.Templates.Editable, string(t.Status)):
		return errLocked(t, "edit")
	}
	wrong := unsampled(t.Content)
	if t.Category == "" && len(spec.Templates.Categories) > 0 {
		wrong.Add("/category", "required", fmt.Sprintf("%s wants a category before it reviews the template.", t.Type))
	}
	return wrong.Err()
}

func submissionOf(t Template) provider.TemplateSubmission {
	ask := provider.TemplateSubmission{ID: t.ProviderID, Category: t.Category, Content: Clone(t.Content), Samples: MessageOf(t, t.Content.Samples)}
	if t.AtProvider != nil && t.AtProvider.Category == t.Category {
		ask.Category = ""
	}
	return ask
}

// submitted notes what the provider made of a submission of the template as it was before. What it told meanwhile of the review is newer than its answer.
func (t Template) submitted(before Template, known provider.KnownTemplate, asked time.Time) Template {
	if known.Category != "" && t.Category == before.Category {
		t.Category = known.Category // it may know better
	}
	if known.Category == "" {
		known.Category = before.Category
	}
	t.ProviderID, t.AtProvider, t.UpdatedAt = known.ID, &Held{Category: known.Category, Content: Clone(known.Content)}, asked
	if t.ToldAt.Equal(before.ToldAt) {
		t.Status, t.Reason, t.ToldAt = Status(known.Status), known.Reason, asked
	}
	return t
}

// Delete removes a template here and, unless onlyHere says otherwise, with its provider. ErrNotFound, what the precondition returns, account.ErrInactive,
// ErrLocked, ErrUnavailable, provider.ErrRefused, provider.ErrUnanswered: then it is still here.
func (s *Service) Delete(ctx context.Context, caller site.Caller, id string, onlyHere bool, pre Precondition) error {
	t, err := s.store.Get(ctx, caller.Site, id)
	if err != nil {
		return err
	}
	if t.ProviderID == "" || onlyHere {
		return s.store.Delete(ctx, caller.Site, id, pre.check)
	}
	if err := pre.check(t); err != nil {
		return err
	}
	if err := s.withdraw(ctx, t); err != nil {
		return err
	}
	return s.store.Delete(ctx, caller.Site, id, Precondition(nil).check)
}

func (s *Service) withdraw(ctx context.Context, t Template) error {
	const here = "To forget it here and leave it with the provider, send only_here=true."
	a, err := s.accounts.Get(ctx, t.Site, t.AccountID)
	if err != nil {
		return err
	}
	approver, can := provider.As[provider.TemplateApprover](s.providers, t.Type)
	spec := s.specOf(t.Type)
	switch {
	case !can:
		return nil
	case !a.IsActive():
		return account.ErrUnusable(a.Standing()).Advising("Activate the account. %s", here)
	case spec.TemplateHome(a.ID, a.Settings) != t.Home:
		return errMoved(spec, t, a).Advising("%s", here)
	case slices.Contains(spec.Templates.Undeletable, string(t.Status)):
		return errLocked(t, "delete").Advising("%s", here)
	}
	c, err := s.open(ctx, a)
	if err != nil {
		return err
	}
	return provider.Refusal(approver.WithdrawTemplate(ctx, c, t.ProviderID, t.Name))
}
